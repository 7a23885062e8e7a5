"""What a recording must not hold: a secret of its own is planted in every place where a client or a
server can put text; then each file that was written, and what analyze says of it, is searched.
"""

import base64
import json
import unittest

from support.deflate import OFFER, deflated
from support.frames import (BINARY, CONTINUATION, MASK, client_frame, masked, request,
                            server_frame, sized_response, upgrade_request, upgrade_response)
from support.recordings import RecordingTest, analyze
from test_secrets import PAYLOADS, REQUESTS, RESPONSES, filled, jwt, secret, traces_of

CREDENTIALS = ("Authorization: Bearer", "Authorization: Basic", "Proxy-Authorization", "Cookie",
               "X-Api-Key", "query", "query without a value", "path", "absolute target",
               "subprotocol")

PASSWORD_PLACES = {
    "a query's value": dict(target="/chat?EIO=4&password={secret}"),
    "a query behind a semicolon": dict(target="/chat?EIO=4;password={secret}"),
    "a second question mark": dict(target="/chat?EIO=4?password={secret}"),
    "a bare query": dict(target="/chat?{secret}"),
    "the fragment": dict(target="/chat#{secret}"),
    "the user of a URL": dict(target="http://maria:{secret}@example.test/chat"),
    "the user of a Referer": dict(headers=[("Referer", "http://maria:{secret}@example.test/")]),
    "a header of credentials": dict(headers=[("Authorization", "Basic {secret}")]),
    "a header that goes on": dict(headers=[("Authorization", "Basic\r\n a:{secret}")]),
    "a header with a space before its colon": dict(headers=[("Cookie ", "id={secret}")]),
}


class Secrets(RecordingTest):
    maxDiff = None

    """Where a client or a server can put a secret, none is written at default settings."""

    def go_through_places(self, relay):
        """Sessions with a secret in each place; {place: secret}."""
        for place, fields in REQUESTS.items():
            for kind in (secret, jwt):
                self.plant_in_session(relay, request_fields=filled(fields, kind(place)))
        for place, headers in RESPONSES.items():
            headers, = filled({"headers": headers}, secret(place)).values()
            self.plant_in_session(relay, response_headers=headers)
        for side in ("client", "server"):
            for place, build in PAYLOADS.items():
                self.plant_in_session(
                    relay, [(side, build(side, secret(f"{side} {place}").encode()))])
        self.plant_in_http(relay)

    def plant_in_session(self, relay, turns=(), request_fields=None, response_headers=()):
        client, server = self.opened(relay, upgrade_request(**(request_fields or {})),
                                     upgrade_response(response_headers))
        self.turns(client, server, turns)
        self.fins(client, server)
        self.count += 1

    def plant_in_http(self, relay):
        """Bodies around an upgrade on a kept-alive connection, and of a refusal."""
        for is_refused in (False, True):
            posted = secret("posted body").encode()
            client, server = self.pair(relay)
            self.turns(client, server, [
                ("client", request("POST", "/login", [("Content-Length", len(posted))]) + posted),
                ("server", sized_response("200 OK", secret("answered body").encode(), [
                    ("Set-Cookie", f"sid={secret('early cookie')}")])),
                ("client", upgrade_request()),
                ("server", upgrade_response() if not is_refused else sized_response(
                    "403 Forbidden", secret("refusal").encode(), [
                        ("WWW-Authenticate", f"Bearer error=\"{secret('challenge')}\"")]))])
            self.fins(client, server)
            self.count += 1

    def planted(self):
        places = {}
        for place in REQUESTS:
            places[place, "random"], places[place, "jwt"] = secret(place), jwt(place)
        for place in (*RESPONSES, "posted body", "answered body", "early cookie", "refusal",
                      "challenge"):
            places[place, "random"] = secret(place)
        for side in ("client", "server"):
            for place in PAYLOADS:
                places[side, place] = secret(f"{side} {place}")
        return places

    def everything_written(self, relay, *analyses):
        """{name: bytes} of each file, of standard error and of what analyze says of each."""
        found = {"standard error": "\n".join(relay.diagnostics).encode(),
                 "log": relay.log_path.read_bytes()}
        for path in relay.captures.iterdir():
            found[path.name] = path.read_bytes()
            for level in ("closes", "frames"):
                for form in ("json", "text"):
                    said = analyze(path, arguments=("--log-level", level, "--log-format", form))
                    found[f"analysis of {path.name}, {level}, {form}"] = (
                        said.output + said.errors).encode()
        return found

    def assert_nowhere(self, written, places):
        leaks = []
        for place, value in places.items():
            for trace in (trace.encode() for trace in traces_of(value)):
                forms = (trace, masked(trace, MASK), trace.hex().encode(),
                         base64.b64encode(trace)[2:-4])
                leaks += [(place, where) for where, data in written.items()
                          if any(form in data for form in forms)]
        self.assertEqual(sorted(set(leaks), key=str), [])

    def capture_all(self, capture, **options):
        self.count = 0
        with self.relay(f"of: [all], {capture}", log_level="frames", **options) as relay:
            self.go_through_places(relay)
            self.wait_for_ends(relay, self.count)
            return self.everything_written(relay)

    def test_none_is_written_at_default_settings(self):
        for formats in ("lastframe", "lastframe, pcapng, har"):
            with self.subTest(formats=formats):
                written = self.capture_all(f"formats: [{formats}]")
                self.assert_nowhere(written, self.planted())

    def test_none_is_written_by_a_tap_with_digests(self):
        written = self.capture_all("payload: false", rest="tap: {name: before, digests: true}")
        self.assert_nowhere(written, self.planted())

    def test_with_payload_credentials_are_still_hidden(self):
        written = self.capture_all("payload: true")
        for name in CREDENTIALS:
            with self.subTest(name):
                self.assert_nowhere(written, {(name, "random"): secret(name),
                                              (name, "jwt"): jwt(name)})
        self.assert_nowhere(written, {"Set-Cookie": secret("Set-Cookie"),
                                      "early cookie": secret("early cookie")})
        recording, = (data for name, data in written.items() if name.endswith(".lfr"))
        for place in ("client text", "server text"):
            value = secret(place).encode()
            self.assertTrue(value in recording or masked(b'{"token":"' + value, MASK) in recording,
                            place)
        self.assertIn(secret("posted body").encode(), recording)
        # It is for whoever may read the files; no line of a log or an analysis has it.
        self.assert_nowhere({name: data for name, data in written.items()
                             if not name.startswith("lastframe-")}, self.planted())

    def test_headers_that_are_named_are_hidden_too(self):
        for keys, is_there in (("payload: true", True), ("payload: true, redact: [X-User]", False),
                               ("redact: [x-user]", False)):
            with self.subTest(keys), self.relay(f"of: [all], {keys}") as relay:
                client, server = self.opened(relay, upgrade_request(headers=[
                    ("X-User", "maria.s"), ("X-Other", "kept as it is")]))
                self.fins(client, server)
                self.wait_for_ends(relay, 1)
                data = self.recording(relay)
                self.assertEqual(b"maria.s" in data, is_there)
                self.assertIn(b"X-User", data)
                self.assertIn(b"kept as it is", data)

    def test_members_that_are_named_are_hidden_in_payload(self):
        keys = "payload: true, redact_payload: [PIN, card], formats: [lastframe, pcapng, har]"
        hidden = b"4929-swordfish"
        texts = (b'{"pin":"%s","note":"seen"}', b'42["pay",{"card":["%s"]}]',
                 b'a["{\\"pin\\":\\"%s\\"}"]')
        with self.relay(f"of: [all], {keys}") as relay:
            client, server = self.opened(
                relay, upgrade_request(headers=[("Sec-WebSocket-Extensions", OFFER)]),
                upgrade_response([("Sec-WebSocket-Extensions", "permessage-deflate")]))
            for side, frame in (("client", client_frame), ("server", server_frame)):
                for text in texts:
                    self.turns(client, server, [(side, frame(text % hidden))])
                whole = texts[0] % hidden
                self.turns(client, server, [
                    (side, frame(whole[:12], fin=False)),
                    (side, frame(whole[12:], opcode=CONTINUATION)),
                    (side, frame(whole, opcode=BINARY)),
                    (side, frame(deflated(whole), rsv=4))])
            self.fins(client, server)
            self.assertEqual(relay.stop(), 0)  # a HAR is whole by then
            for path in relay.captures.iterdir():
                with self.subTest(path.suffix):
                    data = path.read_bytes()
                    self.assert_nowhere({path.name: data}, {"payload": hidden.decode()})
                    self.assertNotIn(b"swordfish", data)
                    self.assertIn(b'"note":"seen"' if path.suffix != ".har" else b"seen", data)
            har, = self.files(relay, ".har")
            entry, = json.loads(har.read_bytes())["log"]["entries"]
            shown = [message["data"] for message in entry["_webSocketMessages"][:3]]
            self.assertEqual(shown, [(text % (b"x" * len(hidden))).decode() for text in texts])

    def test_a_plain_word_is_hidden_where_credentials_stand(self):
        for place, fields in PASSWORD_PLACES.items():
            with self.subTest(place), self.relay("of: [all], payload: true") as relay:
                client, server = self.opened(relay, upgrade_request(**filled(fields, "hunter")))
                self.fins(client, server)
                self.wait_for_ends(relay, 1)
                data = self.recording(relay)
                self.assertNotIn(b"hunter", data)
                self.assertIn(b"GET ", data)

    def test_a_head_right_behind_a_body_is_a_head(self):
        upgrade = upgrade_request(headers=[("Cookie", "id=hunter")])
        for keys in ("payload: false", "payload: true"):
            for body in (b"user=maria", b"SWORDFISH", b"GET / HTTP/1.1\r\nnote: swordfish"):
                with self.subTest(keys, body=body), self.relay(f"of: [all], {keys}") as relay:
                    client, server = self.pair(relay)
                    posted = request("POST", "/pin", [("Content-Length", len(body))]) + body
                    self.turns(client, server, [
                        ("client", posted), ("server", sized_response("200 OK", b"fine")),
                        ("client", upgrade), ("server", upgrade_response()),
                        ("client", client_frame(b"hello"))])
                    self.fins(client, server)
                    self.wait_for_ends(relay, 1)
                    data = self.recording(relay)
                    self.assertNotIn(b"hunter", data)
                    self.assertIn(b"GET /chat HTTP/1.1", data)
                    self.assertEqual(body in data, keys == "payload: true")
                    said = analyze("-", data=data, arguments=("--json", "--log-level", "frames"))
                    self.assertEqual([line["event"] for line in said.lines],
                                     ["frame", "message", "session_end"])


if __name__ == "__main__":
    unittest.main()
