"""Rules of the opening handshake, by raw heads: each is named with the field's place, counted from
the connection's first byte, also where the request is not its first.
"""

import unittest

from support.frames import (ACCEPT, KEY, client_frame, request, response, sized_response,
                            upgrade_request, upgrade_response)
from support.records import Records

UPGRADE = {"Host": "example.test", "Upgrade": "websocket", "Connection": "Upgrade",
           "Sec-WebSocket-Key": KEY, "Sec-WebSocket-Version": "13"}
ANSWER = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Accept": ACCEPT}


def asks(*more, line="GET /chat HTTP/1.1", without=(), **changed):
    """An upgrade request; `changed` replaces fields, underscores standing for hyphens."""
    return _head(line, UPGRADE, more, without, changed)


def answers(*more, without=(), **changed):
    return _head("HTTP/1.1 101 Switching Protocols", ANSWER, more, without, changed)


def _head(line, fields, more, without, changed):
    changed = {name.replace("_", "-"): value for name, value in changed.items()}
    lines = [line, *(f"{name}: {changed.get(name, value)}" for name, value in fields.items()
                     if name not in without), *more]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def deflate(parameters=""):
    return "Sec-WebSocket-Extensions: permessage-deflate" + parameters


# What a client breaks: (rule, request, where in it, words of the detail). "" is the head's first
# byte: the request line, or a field that is missing.
REQUESTS = [
    ("HS-01", asks(line="POST /chat HTTP/1.1"), "", "POST"),
    ("HS-01", asks(line="GET /chat HTTP/1.0"), "", "HTTP/1.0"),
    ("HS-02", asks(without=["Host"]), "", "missing"),
    ("HS-02", asks("Host: other.test"), "Host: other", "two fields"),
    ("HS-03", asks(without=["Upgrade"]), "", "missing"),
    ("HS-04", asks(without=["Connection"]), "", "missing"),
    ("HS-04", asks(Connection="keep-alive"), "Connection", "upgrade"),
    ("HS-05", asks(without=["Sec-WebSocket-Key"]), "", "missing"),
    ("HS-05", asks(Sec_WebSocket_Key="c2hvcnQ="), "Sec-WebSocket-Key", "decodes to 5 bytes"),
    ("HS-05", asks(f"Sec-WebSocket-Key: {KEY} "), "Sec-WebSocket-Key: " + KEY + " ", "two fields"),
    ("HS-07", asks(Sec_WebSocket_Version="8"), "Sec-WebSocket-Version", "is 8"),
    ("HS-07", asks(without=["Sec-WebSocket-Version"]), "", "missing"),
    ("HS-09", asks("Sec-WebSocket-Protocol: chat, chat"), "Sec-WebSocket-Protocol", "repeats"),
    ("HS-09", asks("Sec-WebSocket-Protocol: a b"), "Sec-WebSocket-Protocol", "no token"),
    ("HS-19", asks("X-Space : 1"), "X-Space", ""),
    ("PD-02", asks(deflate("; level=9")), "Sec-WebSocket-Extensions", ""),
    ("PD-03", asks(deflate("; client_max_window_bits=16")), "Sec-WebSocket-Extensions", ""),
]

# What a server breaks: (rule, request, 101, where in it, words of the detail)
ANSWERS = [
    ("HS-11", asks(), answers(without=["Upgrade"]), "", "missing"),
    ("HS-11", asks(), answers(Upgrade="h2c"), "Upgrade", "h2c"),
    ("HS-12", asks(), answers(without=["Connection"]), "", "missing"),
    ("HS-12", asks(), answers(Connection="close"), "Connection", "upgrade"),
    ("HS-13", asks(), answers(without=["Sec-WebSocket-Accept"]), "", "missing"),
    ("HS-13", asks(), answers(Sec_WebSocket_Accept="A" * 27 + "="), "Sec-WebSocket-Accept",
     "another key"),
    ("HS-14", asks(), answers(deflate()), "Sec-WebSocket-Extensions", "permessage-deflate"),
    ("HS-15", asks("Sec-WebSocket-Protocol: chat"), answers("Sec-WebSocket-Protocol: superchat"),
     "Sec-WebSocket-Protocol", ""),
    ("HS-16", asks(), answers("Content-Length: 0"), "Content-Length", ""),
    ("HS-16", asks(), answers("Transfer-Encoding: chunked"), "Transfer-Encoding", ""),
    ("HS-19", asks(), answers("X-Space : 1"), "X-Space", ""),
    ("PD-01", asks(deflate()), answers(deflate(), deflate()), deflate() + "\r\n\r\n", ""),
    ("PD-02", asks(deflate()), answers(deflate("; level=9")), "Sec-WebSocket-Extensions", ""),
    ("PD-03", asks(deflate("; client_max_window_bits")),
     answers(deflate("; client_max_window_bits=7")), "Sec-WebSocket-Extensions", ""),
    ("PD-04", asks(deflate("; server_max_window_bits=10")),
     answers(deflate("; server_max_window_bits=12")), "Sec-WebSocket-Extensions", ""),
    ("PD-05", asks(deflate("; server_no_context_takeover")), answers(deflate()),
     "Sec-WebSocket-Extensions", ""),
]

# Odd, and as legal as the next one.
LEGAL = [
    (asks(Upgrade="h2c, WebSocket", Connection="keep-alive, upgrade"), answers()),
    (asks("Sec-WebSocket-Protocol: a", "Sec-WebSocket-Protocol: b, c"),
     answers("Sec-WebSocket-Protocol: c")),
    (asks(), answers(Upgrade="WebSocket", Connection="UPGRADE")),
    (asks(deflate("; client_max_window_bits")), answers()),
    (asks(deflate("; client_max_window_bits")), answers(deflate("; server_max_window_bits=9"))),
    (asks(deflate("; client_max_window_bits, permessage-deflate")),
     answers(deflate("; client_max_window_bits=8; server_no_context_takeover"))),
    (asks("X-Empty:", "X-Latin-1: d\xe9j\xe0"), answers("Set-Cookie: a=1", "Set-Cookie: b=2")),
]

GET, PAGE = request("GET", "/page"), sized_response("200 OK", b"<p>page</p>")
REFUSAL = sized_response("401 Unauthorized", b"who are you?")

# (name, what passes before the handshake)
BEFORE = [("the first request", []),
          ("behind a page", [("client", GET), ("server", PAGE)] * 2),
          ("behind a refusal", [("client", upgrade_request("/first", [("X-Try", "1")])),
                                ("server", REFUSAL)])]


def place_of(text, head):
    return head.index(b"\r\n" + text.encode()) + 2 if text else 0


class HandshakeRules(Records):
    def record_behind(self, before, asked, answered, byte_by_byte=False):
        """The record of the last handshake on a connection; both heads pass as they are."""
        client, server = self.pair()
        name, ends = client.name, self.ends(client, server)
        for side, data in [*before, ("client", asked), ("server", answered)]:
            receiver = ends["server" if side == "client" else "client"]
            pieces = [data[at:at + 1] for at in range(len(data))] if byte_by_byte else [data]
            for piece in pieces:
                ends[side].send(piece)
                receiver.expect(piece)
        self.finish_both(ends, "client")
        refused = sum(side == "client" and b"Upgrade" in data for side, data in before)
        return self.relay.records_of(name, 1 + refused)[-1]

    def check(self, record, rule, side, offset, words):
        """Nothing else is broken; HS-06 and the like are notes."""
        self.assert_broken(record, (rule, side, 0, offset))
        self.assertIn(words, record["violations"][0].get("detail", ""))
        self.assertNotIn("bytes", record["violations"][0], "no header's text is shown")

    def size_of(self, before, side):
        return sum(len(data) for who, data in before if who == side)

    def test_each_rule_of_a_request(self):
        for title, before in BEFORE:
            for rule, asked, where, words in REQUESTS:
                with self.subTest(rule=rule, head=asked, where=title):
                    record = self.record_behind(before, asked,
                                                sized_response("400 Bad Request", b"no"))
                    self.assertEqual(record["handshake"]["status"], 400)
                    self.check(record, rule, "client",
                               self.size_of(before, "client") + place_of(where, asked), words)

    def test_each_rule_of_an_answer(self):
        for title, before in BEFORE:
            for rule, asked, answered, where, words in ANSWERS:
                with self.subTest(rule=rule, head=answered, where=title):
                    record = self.record_behind(before, asked, answered)
                    self.check(record, rule, "server",
                               self.size_of(before, "server") + place_of(where, answered), words)

    def test_places_do_not_depend_on_how_heads_are_cut(self):
        before = BEFORE[1][1]
        for rule, asked, where, words in (REQUESTS[3], REQUESTS[8], REQUESTS[-1]):
            with self.subTest(rule=rule):
                record = self.record_behind(before, asked, REFUSAL, byte_by_byte=True)
                self.check(record, rule, "client",
                           self.size_of(before, "client") + place_of(where, asked), words)
        for rule, asked, answered, where, words in (ANSWERS[5], ANSWERS[9], ANSWERS[-1]):
            with self.subTest(rule=rule):
                record = self.record_behind(before, asked, answered, byte_by_byte=True)
                self.check(record, rule, "server",
                           self.size_of(before, "server") + place_of(where, answered), words)

    def test_legal_heads(self):
        for _, before in BEFORE:
            for asked, answered in LEGAL:
                with self.subTest(asked=asked, answered=answered):
                    record = self.record_behind(before, asked, answered)
                    self.assertEqual(record["handshake"]["outcome"], "accepted")
                    self.assert_legal(record)

    def test_a_request_and_its_answer_break_several_rules_each(self):
        asked = asks(without=["Host"], Sec_WebSocket_Version="12")
        answered = answers("Content-Length: 0", Connection="close")
        record = self.record_behind([], asked, answered)
        self.assert_broken(
            record, ("HS-02", "client", 0, 0),
            ("HS-07", "client", 0, place_of("Sec-WebSocket-Version", asked)),
            ("HS-12", "server", 0, place_of("Connection", answered)),
            ("HS-16", "server", 0, place_of("Content-Length", answered)))

    def test_hs_17_data_before_the_answer(self):
        for title, before in BEFORE:
            with self.subTest(where=title):
                early = client_frame(b"early")
                record = self.record_behind(before, asks() + early, upgrade_response())
                self.assert_broken(record, ("HS-17", "client", 0,
                                            self.size_of(before, "client") + len(asks())))
                self.assertIn(f"{len(early)} bytes", record["violations"][0]["detail"])
                self.assertEqual(record["traffic"]["client_to_server"]["messages"], 1)

    def test_a_key_that_comes_twice_is_a_note(self):
        record = self.record_behind([("client", asks()), ("server", REFUSAL)], asks(), answers())
        self.assert_legal(record)
        self.assertEqual([each["id"] for each in record["notes"] if each["id"][:2] == "HS"],
                         ["HS-06"])

    def test_hs_25_a_hop_took_the_upgrade_away(self):
        asked = asks(without=["Upgrade"], Connection="close")
        record = self.record_behind([], asked, response("426 Upgrade Required", [
            ("Content-Length", 0)]))
        self.assert_broken(record, ("HS-03", "client", 0, 0),
                           ("HS-04", "client", 0, place_of("Connection", asked)))
        note, = [each for each in record["notes"] if each["id"] == "HS-25"]
        self.assertEqual((note["side"], note["rule"]), ("client", "upgrade_stripped"))


if __name__ == "__main__":
    unittest.main()
