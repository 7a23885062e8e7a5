"""What a client can write must not do harm in a log: secrets stay out, text stays text.

A secret of its own is planted in every place where a client or server can put text; then the
whole log, in both formats and at its most talkative level, is searched for each of them.
"""

import base64
import gzip
import hashlib
import re
import unittest

from support.between import between, configured, needs_proxy
from support.deflate import OFFER, deflated
from support.frames import (BINARY, CONTINUATION, MASK, PING, PONG, client_frame, close_from,
                            frame_from, head, masked, server_frame, sized_response,
                            upgrade_request, upgrade_response)
from support.proxy import wait_until
from support.raw_peers import Listener


def secret(place):
    """43 characters that look like a token; each place has its own."""
    return base64.urlsafe_b64encode(hashlib.sha256(place.encode()).digest()).decode().rstrip("=")


def jwt(place):
    def part(text):
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
    return ".".join((part('{"alg":"HS256","typ":"JWT"}'), part(f'{{"sub":"{secret(place)}"}}'),
                     secret(place + " signature")))


def traces_of(text):
    """Pieces of a secret that would betray it: the middle parts of it, as they are and as hex."""
    parts = text.split(".")[-2:]  # a JWT's first part is the same for all of them
    return {part[at:at + 12] for part in parts for at in (10, 20) if len(part) >= at + 12}


# place -> the opening request that carries {secret} there.
REQUESTS = {
    "Authorization: Bearer": dict(headers=[("Authorization", "Bearer {secret}")]),
    "Authorization: Basic": dict(headers=[("Authorization", "Basic {secret}")]),
    "Proxy-Authorization": dict(headers=[("Proxy-Authorization", "Basic {secret}")]),
    "Cookie": dict(headers=[("Cookie", "theme=dark; session={secret}")]),
    "X-Api-Key": dict(headers=[("X-Api-Key", "{secret}")]),
    "query": dict(target="/chat?EIO=4&token={secret}&transport=websocket"),
    "query without a value": dict(target="/chat?{secret}"),
    "query, percent-encoded name": dict(target="/chat?%74oken={secret}"),
    "query behind a semicolon": dict(target="/chat?EIO=4;token={secret}"),
    "an allowed query name": dict(target="/chat?v={secret}"),
    "path": dict(target="/chat/{secret}/room"),
    "fragment": dict(target="/chat#access_token={secret}"),
    "absolute target": dict(target="http://user:{secret}@example.test/chat"),
    "subprotocol": dict(headers=[("Sec-WebSocket-Protocol", "bearer, {secret}")]),
    "extension": dict(headers=[("Sec-WebSocket-Extensions", "x-auth; token={secret}")]),
    "User-Agent": dict(headers=[("User-Agent", "app/1.0 {secret}")]),
    "Origin": dict(headers=[("Origin", "https://user:{secret}@app.example.test")]),
    "Origin's host": dict(headers=[("Origin", "https://{secret}.example.test")]),
    "Referer": dict(headers=[("Referer", "https://app.example.test/?token={secret}")]),
    "X-Forwarded-For": dict(headers=[("X-Forwarded-For", "{secret}, 198.51.100.7")]),
    "Forwarded": dict(headers=[("Forwarded", "for={secret};proto=https")]),
    "Via": dict(headers=[("Via", "1.1 {secret}")]),
    "Host": dict(host="{secret}.example.test"),
    "traceparent": dict(headers=[("traceparent", "{secret}")]),
    "tracestate": dict(headers=[("tracestate", "vendor={secret}")]),
    "X-Request-Id": dict(headers=[("X-Request-Id", "{secret}")]),
    "X-Amzn-Trace-Id": dict(headers=[("X-Amzn-Trace-Id", "Root={secret}")]),
    "b3": dict(headers=[("b3", "{secret}")]),
    "an unknown header": dict(headers=[("X-Custom", "{secret}")]),
    "a header's name": dict(headers=[("X-{secret}", "1")]),
}
RESPONSES = {
    "Set-Cookie": [("Set-Cookie", "session={secret}; HttpOnly")],
    "Server": [("Server", "{secret}")],
    "response Via": [("Via", "1.1 {secret}")],
    "chosen subprotocol": [("Sec-WebSocket-Protocol", "{secret}")],
    "Location": [("Location", "https://example.test/?token={secret}")],
}

# place -> the frames, right or broken, that one side sends: each breaks rules in its own way, and
# each gets its lines at the frames level.
RSV1 = 4
PAYLOADS = {
    "text": lambda side, value: frame_from(side, b'{"token":"' + value + b'"}'),
    "ping": lambda side, value: frame_from(side, value[:125], opcode=PING),
    "pong": lambda side, value: frame_from(side, value[:125], opcode=PONG),
    "reason": lambda side, value: close_from(side, 4001, value[:123]),
    "reason in a sentence": lambda side, value: close_from(side, 4001,
                                                           b"bad token=" + value[:110]),
    "reason that is no UTF-8": lambda side, value: close_from(side, 1000, b"\xe9 " + value[:110]),
    "Close with a code that is none": lambda side, value: close_from(side, 999, value[:120]),
    "text that is no UTF-8": lambda side, value: frame_from(side, value + b"\xe9 " + value),
    "text whose mask is wrong": lambda side, value: frame_from(side, masked(value * 3, MASK)),
    "frame with the mask of the other side": lambda side, value: frame_from(
        side, value, mask=None if side == "client" else MASK),
    "length that is not minimal": lambda side, value: frame_from(side, value, length_bytes=8),
    "ping that is too long": lambda side, value: frame_from(side, value * 4, opcode=PING),
    "continuation of nothing": lambda side, value: frame_from(side, value, opcode=CONTINUATION),
    "reserved bit": lambda side, value: frame_from(side, value, rsv=1),
    "reserved opcode": lambda side, value: frame_from(side, value, opcode=3),
    "frame that is cut off": lambda side, value: frame_from(side, value, length=5000),
    "data after a Close": lambda side, value: close_from(side, 1000) + frame_from(side, value),
    "compressed text": lambda side, value: frame_from(side, deflated(value), rsv=RSV1),
    "compressed text that is no UTF-8": lambda side, value: frame_from(
        side, deflated(value + b"\xe9 " + value), rsv=RSV1),
    "compressed payload that is no DEFLATE": lambda side, value: frame_from(side, value, rsv=RSV1),
    "compressed gzip": lambda side, value: frame_from(
        side, deflated(gzip.compress(value, 0)), rsv=RSV1, opcode=BINARY),
    "stray bytes": lambda side, value: value * 2,
    "stray JSON": lambda side, value: b'{"token":"' + value + b'"}',
    "stray chunk": lambda side, value: b"%x\r\n%s\r\n" % (len(value), value),
    "stray HTML": lambda side, value: b"<html><body>" + value + b"</body></html>",
    "stray page's cookie": lambda side, value: head("HTTP/1.1 502 Bad", [
        ("Set-Cookie", value.decode())]),
    "stray page's Server": lambda side, value: head("HTTP/1.1 502 Bad", [
        ("Server", value.decode())]),
    "stray page's phrase": lambda side, value: head("HTTP/1.1 502 " + value.decode(), []),
    "stray page's body": lambda side, value: head("HTTP/1.1 502 Bad", []) + value,
    "stray request": lambda side, value: head(f"GET /{value.decode()} HTTP/1.1", [
        ("Authorization", f"Bearer {value.decode()}"), ("User-Agent", value.decode())]),
    "page inside a frame": lambda side, value: frame_from(side, head("HTTP/1.1 502 Bad", [
        ("Server", value.decode()), ("Location", value.decode())]), length=5000),
}


def filled(fields, value):
    def fill(text):
        return text.replace("{secret}", value)
    return {name: fill(field) if isinstance(field, str)
            else [(fill(one), fill(two)) for one, two in field] for name, field in fields.items()}


class Log(unittest.TestCase):
    """Each test runs a proxy of its own, so that it can read the whole log when all is over."""

    def logs(self, log_format, level="frames"):
        """A server and a proxy in front of it, by default at the most talkative level."""
        listener = Listener()
        self.addCleanup(listener.close)
        config = configured(rest="privacy: {trust_forwarded_from: [127.0.0.0/8]}")
        return listener, between(listener, config=config, log_level=None,
                                 arguments=["--log-level", level, "--log-format", log_format])

    def session(self, listener, relay, request, response, turns=()):
        client = relay.dial()
        self.addCleanup(client.close)
        server = listener.accept()
        self.addCleanup(server.close)
        client.send(request)
        server.expect(request)
        server.send(response)
        client.expect(response)
        ends = {"client": (client, server), "server": (server, client)}
        for side, data in turns:
            here, there = ends[side]
            here.send(data)
            there.expect(data)
        client.finish()
        server.expect_fin()
        server.finish()
        client.expect_fin()

    def whole_log(self, relay, needle):
        """Everything written, once a last session, known by `needle` in its reason, is in it."""
        def written():
            if not relay.log_path.exists():
                return None
            text = relay.log_path.read_text(errors="surrogateescape")
            return text if needle in text else None
        return wait_until(written, f"{needle} in the log") + "\n".join(relay.diagnostics)


class Secrets(Log):

    def check(self, log_format):
        planted = {}
        listener, relay = self.logs(log_format)
        with relay:
            for kind in (secret, jwt):
                for place, fields in REQUESTS.items():
                    planted[place, kind.__name__] = value = kind(place)
                    request = upgrade_request(**filled(fields, value))
                    self.session(listener, relay, request, upgrade_response())
                    self.session(listener, relay, request, sized_response("403 Forbidden", b"no"))
                for place, headers in RESPONSES.items():
                    planted[place, kind.__name__] = value = kind(place)
                    headers = filled({"headers": headers}, value)["headers"]
                    offer = [("Sec-WebSocket-Protocol", value)]
                    self.session(listener, relay, upgrade_request(headers=offer),
                                 upgrade_response(headers))
                    self.session(listener, relay, upgrade_request(),
                                 sized_response("401 Unauthorized", value.encode(), headers))
                for side in ("client", "server"):
                    for place, bytes_with in PAYLOADS.items():
                        where = f"{side}'s {place}"
                        planted[where, kind.__name__] = value = kind(where)
                        extension = [OFFER] if "compressed" in place else []
                        self.session(listener, relay, upgrade_request(headers=extension),
                                     upgrade_response(extension),
                                     [(side, bytes_with(side, value.encode()))])
            self.session(listener, relay, upgrade_request(), upgrade_response(),
                         [("server", close_from("server", 4000, "the last one"))])
            self.skip_if_direct(relay)
            log = self.whole_log(relay, "the last one")
        for (place, kind), value in planted.items():
            with self.subTest(place=place, kind=kind):
                found = [piece for piece in traces_of(value)
                         if piece in log or piece.encode().hex() in log]
                self.assertEqual(found, [])

    def skip_if_direct(self, relay):
        if not hasattr(relay, "log_path"):
            self.skipTest("a direct connection leaves no log")

    def test_no_secret_reaches_the_json_log(self):
        self.check("json")

    def test_no_secret_reaches_the_text_log(self):
        self.check("text")


class Redaction(Log):
    """What is taken out is replaced by what it was; what is harmless stays."""

    def record_of(self, request, turns=(), rest=""):
        with Listener() as listener:
            config = configured(rest=rest)
            with between(listener, config=config) as relay:
                self.session(listener, relay, request, upgrade_response(), turns)
                return relay.wait_for_records(1, "session_end")[0]

    @needs_proxy
    def test_a_jwt_in_a_path_is_named_with_its_length(self):
        token = jwt("path")
        record = self.record_of(upgrade_request(f"/chat/{token}/room"))
        self.assertEqual(record["path"], f"/chat/[redacted jwt, {len(token)} bytes]/room")

    @needs_proxy
    def test_who_a_url_names_is_not_said_wherever_it_stands(self):
        named = "bob:hunter2@"
        record = self.record_of(
            upgrade_request(f"http://{named}chat.test/go/http://{named}far.test", [
                ("Origin", f"http://{named}app.test"), ("Via", f"1.1 http://{named}hop.test"),
                ("User-Agent", f"bot (+http://{named}bot.test)")], host=f"{named}chat.test"),
            [("server", close_from("server", 4000, f"gone to ws://{named}far.test"))])
        hidden = "[redacted, 11 bytes]@"
        self.assertNotIn("hunter2", str(record))
        self.assertEqual(
            (record["path"], record["host"], record["request"]["origin"],
             record["close"]["reason"]),
            (f"http://{hidden}chat.test/go/http://{hidden}far.test", f"{hidden}chat.test",
             f"http://{hidden}app.test", f"gone to ws://{hidden}far.test"))

    @needs_proxy
    def test_query_names_stay_and_only_allowed_values_do(self):
        record = self.record_of(upgrade_request("/chat?EIO=4&room=lobby&transport=websocket"))
        self.assertIn("EIO=4", record["path"])
        self.assertIn("transport=websocket", record["path"])
        self.assertIn("room=", record["path"])
        self.assertNotIn("lobby", record["path"])

    @needs_proxy
    def test_an_operator_may_allow_other_names(self):
        record = self.record_of(upgrade_request("/chat?EIO=4&room=lobby"),
                                rest="privacy: {query_allow: [room]}")
        self.assertIn("room=lobby", record["path"])
        self.assertNotIn("EIO=4", record["path"])

    @needs_proxy
    def test_harmless_text_stays(self):
        record = self.record_of(
            upgrade_request("/api/v1/rooms/general-discussion/messages", [
                ("User-Agent", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/120.0")]),
            [("server", close_from("server", 1008, "message rate limit exceeded: 20 per second"))])
        self.assertEqual(record["path"], "/api/v1/rooms/general-discussion/messages")
        self.assertEqual(record["close"]["reason"], "message rate limit exceeded: 20 per second")
        self.assertEqual(record["request"]["user_agent"],
                         "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/120.0")

    @needs_proxy
    def test_a_user_is_a_keyed_hash(self):
        seen = set()
        for user in ("alice@example.test", "bob@example.test"):
            record = self.record_of(upgrade_request(headers=[("X-User", user)]),
                                    rest="privacy: {user: {header: X-User}}")
            self.assertNotIn("example.test", str(record["request"]))
            self.assertTrue(record["request"]["user"])
            seen.add(record["request"]["user"])
        self.assertEqual(len(seen), 2)

    @needs_proxy
    def test_forwarded_for_is_believed_only_from_trusted_addresses(self):
        request = upgrade_request(headers=[("X-Forwarded-For", "198.51.100.7, 10.0.0.1")])
        for trusted, expected in (("127.0.0.0/8", True), ("192.0.2.0/24", False)):
            with self.subTest(trusted=trusted):
                record = self.record_of(
                    request, rest=f"privacy: {{trust_forwarded_from: [{trusted}]}}")
                forwarded = record["request"]["forwarded_for"]
                self.assertEqual(bool(forwarded) and "198.51.100.7" in forwarded, expected)


class HostileText(Log):
    """A reason, a header or a path cannot leave its place in a text log either."""

    @needs_proxy
    def test_no_control_character_reaches_the_text_log(self):
        hostile = b"x\nsession_end forged\r\n\x1b[2J\x1b]0;title\x07\x9b31m\x00\x7f\x08"
        listener, relay = self.logs("text")
        with relay:
            self.session(listener, relay,
                         upgrade_request("/\x1b[31mpath", [("User-Agent", "a\x1b[31m\x9b\x7f")]),
                         upgrade_response([("Server", "s\x1b[0m")]),
                         [("client", client_frame(b"\x1b[31m")),
                          ("server", server_frame(hostile, opcode=PING)),
                          ("server", close_from("server", 4000, hostile)),
                          ("client", close_from("client", 4000, "\u202e\u2028\u0085\u009b31m"))])
            self.session(listener, relay, upgrade_request(), upgrade_response(),
                         [("server", close_from("server", 4000, "the last one"))])
            log = self.whole_log(relay, "the last one")
        forbidden = (r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e"
                     r"\udc80-\udcff]")  # the last: what is no UTF-8
        self.assertEqual(re.findall(forbidden, log), [])
        self.assertNotIn("\nsession_end forged", log)

    @needs_proxy
    def test_a_text_log_says_what_the_record_says(self):
        listener, relay = self.logs("text", "closes")
        with relay:
            self.session(listener, relay, upgrade_request(), upgrade_response(),
                         [("server", close_from("server", 1011, "the last one")),
                          ("client", close_from("client", 1011))])
            log = self.whole_log(relay, "the last one")
        for word in ("1011", "Internal Error", "server", "the last one", "/chat"):
            self.assertIn(word.lower(), log.lower())


if __name__ == "__main__":
    unittest.main()
