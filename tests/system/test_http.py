"""Plain HTTP on the same port passes byte for byte; an upgrade is found wherever it comes.

Every dialogue is a list of turns. A turn is sent by one side and must arrive whole at the other
before the next begins. Each runs three times: as written, with every turn cut into single bytes,
and with every run of turns by one side in one write.
"""

import unittest

from support.between import RelayTest
from support.frames import (client_frame, close_from, head, noise, request, response,
                            server_frame, sized_response, upgrade_request, upgrade_response)


def client(*parts):
    return "client", b"".join(parts)


def server(*parts):
    return "server", b"".join(parts)


def chunk(data, extension=b""):
    return b"%x%s\r\n%s\r\n" % (len(data), extension, data)


CHUNKED = ("Transfer-Encoding", "chunked")
EMPTY = ("Content-Length", 0)

# A short WebSocket life: what must be found behind whatever came before it.
WEBSOCKET = [
    client(upgrade_request()), server(upgrade_response()),
    client(client_frame(b"hello")), server(server_frame(b"hello")),
    client(close_from("client", 1000)), server(close_from("server", 1000)),
]

GET = request("GET", "/page")
PAGE = sized_response("200 OK", b"<p>page</p>")
UNAUTHORIZED = sized_response("401 Unauthorized", b"who are you?", [("WWW-Authenticate", "Basic")])
HEAD_LOOKALIKE = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"

PLAIN = {
    "one request": [client(GET), server(PAGE)],
    "ten requests kept alive": [client(GET), server(PAGE)] * 10,
    "pipelined requests": [client(GET * 20), server(PAGE * 20)],
    "a chunked upload with extensions and trailers": [
        client(request("POST", "/up", [CHUNKED, ("Trailer", "X-Sum")])),
        client(chunk(b"one"), chunk(b"two" * 100, b";name=\"va;lue\""), chunk(b"")[:-2]),
        client(b"X-Sum: 3\r\n\r\n"),
        server(PAGE)],
    "a chunked response with trailers": [
        client(GET), server(response("200 OK", [CHUNKED])),
        server(chunk(b"part"), chunk(noise(5000)), b"0\r\nX-Sum: 9\r\n\r\n"),
        client(GET), server(PAGE)],
    "an upload with a length": [
        client(request("PUT", "/up", [("Content-Length", 3000)]), noise(3000)), server(PAGE)],
    "HEAD with a length and no body": [
        client(request("HEAD", "/page")), server(response("200 OK", [("Content-Length", 5000)])),
        client(GET), server(PAGE)],
    "HEAD of a chunked page": [
        client(request("HEAD", "/page")), server(response("200 OK", [CHUNKED])),
        client(GET), server(PAGE)],
    "204 and 304 have no body": [
        client(GET), server(response("204 No Content")),
        client(GET), server(response("304 Not Modified", [("Content-Length", 5000)])),
        client(GET), server(PAGE)],
    "100-continue": [
        client(request("POST", "/up", [("Content-Length", 4), ("Expect", "100-continue")])),
        server(response("100 Continue")), client(b"body"), server(PAGE)],
    "417 in place of 100-continue, and no body": [
        client(request("POST", "/up", [("Content-Length", 0), ("Expect", "100-continue")])),
        server(response("417 Expectation Failed", [EMPTY])), client(GET), server(PAGE)],
    "103 before the answer": [
        client(GET), server(response("103 Early Hints", [("Link", "</a.css>; rel=preload")])),
        server(PAGE)],
    "several 1xx before the answer": [
        client(GET), server(response("102 Processing") * 3, response("100 Continue"), PAGE)],
    "a body that looks like an upgrade": [
        client(request("POST", "/up", [("Content-Length", len(upgrade_request()))]),
               upgrade_request()),
        server(sized_response("200 OK", HEAD_LOOKALIKE))],
    "an answer before the request has ended": [
        client(request("POST", "/up", [("Content-Length", 10)]), b"12345"),
        server(sized_response("413 Content Too Large", b"no")), client(b"67890")],
    "an event stream": [
        client(GET), server(response("200 OK", [("Content-Type", "text/event-stream"), CHUNKED])),
        *[server(chunk(b"data: %d\n\n" % number)) for number in range(10)]],
    "HTTP/1.0": [client(b"GET / HTTP/1.0\r\n\r\n"),
                 server(b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok")],
    "an upgrade to h2c": [
        client(request("GET", "/", [("Connection", "Upgrade, HTTP2-Settings"), ("Upgrade", "h2c"),
                                    ("HTTP2-Settings", "AAMAAABkAAQAAP__")])),
        server(response("101 Switching Protocols", [("Connection", "Upgrade"),
                                                    ("Upgrade", "h2c")])),
        server(bytes.fromhex("000000040000000000")),
        client(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", bytes.fromhex("000000040000000000"))],
    "an ignored upgrade to h2c": [
        client(request("GET", "/", [("Connection", "Upgrade"), ("Upgrade", "h2c")])), server(PAGE)],
    "CONNECT that is accepted": [
        client(head("CONNECT db.example.test:5432 HTTP/1.1", [("Host", "db.example.test:5432")])),
        server(response("200 Connection Established")),
        client(b"\x00\x00\x00\x08\x04\xd2\x16\x2f"), server(b"N"), client(upgrade_request())],
    "CONNECT that is refused": [
        client(head("CONNECT db.example.test:5432 HTTP/1.1", [("Host", "db.example.test:5432")])),
        server(sized_response("403 Forbidden", b"no")), client(GET), server(PAGE)],
}

UNTIL_EOF = response("200 OK", [("Connection", "close")]) + b"until the end" * 100

# What may come on a connection before the upgrade that is accepted.
BEFORE_THE_UPGRADE = {
    "nothing": [],
    "two requests": [client(GET), server(PAGE)] * 2,
    "pipelined requests": [client(GET * 3), server(PAGE * 3)],
    "HEAD with a length": PLAIN["HEAD with a length and no body"][:2],
    "204 and 304": PLAIN["204 and 304 have no body"][:4],
    "chunks both ways": (PLAIN["a chunked upload with extensions and trailers"]
                         + PLAIN["a chunked response with trailers"]),
    "100-continue": PLAIN["100-continue"],
    "103": PLAIN["103 before the answer"],
    "a body that looks like an upgrade": PLAIN["a body that looks like an upgrade"],
    "an ignored upgrade to h2c": PLAIN["an ignored upgrade to h2c"],
    "a refused CONNECT": PLAIN["CONNECT that is refused"],
    "empty lines": [client(b"\r\n\r\n")],
    "heads with LF only": [client(request("GET", "/", eol="\n")),
                           server(response("200 OK", [EMPTY], eol="\n"))],
}

REFUSED = [client(upgrade_request("/chat")), server(UNAUTHORIZED)]


class Dialogues(RelayTest):
    proxy_options = {"arguments": ["--workers", "1"]}

    def play(self, turns):
        """Runs the turns on a new connection, ends it from both sides; the client's name."""
        ends = dict(zip(("client", "server"), self.pair()))
        for sender, data in turns:
            ends[sender].send(data)
            ends["server" if sender == "client" else "client"].expect(data, f"sent by the {sender}")
        return self.end(ends)

    def end(self, ends):
        name = ends["client"].name
        ends["client"].finish()
        ends["server"].expect_fin()
        ends["server"].finish()
        ends["client"].expect_fin()
        return name

    def play_byte_by_byte(self, turns):
        ends = dict(zip(("client", "server"), self.pair()))
        for sender, data in turns:
            ends[sender].send_each(bytes([byte]) for byte in data)
            ends["server" if sender == "client" else "client"].expect(data, f"sent by the {sender}")
        return self.end(ends)

    def play_in_one_write_each(self, turns):
        """Each run of turns by the same side in a single write."""
        runs = []
        for sender, data in turns:
            if runs and runs[-1][0] == sender:
                runs[-1] = (sender, runs[-1][1] + data)
            else:
                runs.append((sender, data))
        return self.play(runs)

    def every_way(self):
        return {"as written": self.play, "byte by byte": self.play_byte_by_byte,
                "in one write each": self.play_in_one_write_each}.items()

    def assert_no_record_of(self, names):
        """Nothing was said of these connections when a later one already has its line."""
        later = self.play(WEBSOCKET)
        self.relay.record_of(later)
        self.assertEqual([name for name in names if self.relay.has_record_of(name)], [])

    def test_plain_http_passes_and_leaves_no_record(self):
        names = []
        for title, turns in PLAIN.items():
            for way, play in self.every_way():
                with self.subTest(title=title, way=way):
                    names.append(play(turns))
        self.assert_no_record_of(names)

    def test_a_response_until_eof_passes(self):
        ends = self.pair()
        ends[0].send(GET)
        ends[1].expect(GET)
        ends[1].send(UNTIL_EOF)
        ends[1].finish()
        ends[0].expect_fin(UNTIL_EOF)
        name = ends[0].name
        ends[0].finish()
        ends[1].expect_fin()
        self.assert_no_record_of([name])

    def test_a_response_cut_by_a_reset_passes(self):
        client_end, server_end = self.pair()
        client_end.send(GET)
        server_end.expect(GET)
        server_end.send(UNTIL_EOF)
        server_end.reset_behind_data()
        client_end.expect_reset(UNTIL_EOF)

    def test_an_upgrade_is_found_behind_whatever_came_before_it(self):
        for title, turns in BEFORE_THE_UPGRADE.items():
            for way, play in self.every_way():
                with self.subTest(before=title, way=way):
                    self.check_websocket(self.relay.record_of(play(turns + WEBSOCKET)))

    def check_websocket(self, record):
        """The record of WEBSOCKET, wherever on its connection it came."""
        self.check_session(record)
        self.assert_legal(record)

    def check_session(self, record):
        self.assertEqual(record["event"], "session_end")
        self.assertEqual(record["handshake"]["outcome"], "accepted")
        self.assertEqual(record["handshake"]["status"], 101)
        self.assertEqual(record["path"], "/chat")
        self.assertEqual(record["close"]["code"], 1000)
        self.assertEqual(record["close"]["initiator"], "client")
        self.assertEqual(record["close"]["ending"], "closing_handshake")
        to_server, to_client = (record["traffic"][direction] for direction in (
            "client_to_server", "server_to_client"))
        self.assertEqual((to_server["frames"], to_client["frames"]), (2, 2))
        self.assertEqual((to_server["bytes"], to_client["bytes"]), (
            len(client_frame(b"hello") + close_from("client", 1000)),
            len(server_frame(b"hello") + close_from("server", 1000))))

    def test_everything_pipelined_behind_an_upgrade_request_is_websocket(self):
        """Two requests, the upgrade and a frame in one write; three answers and a frame back.

        RFC 6455 section 4.1: "the client MUST wait for a response from the server before sending
        any further data", and that it does not is all that is wrong here.
        """
        heads = GET * 2 + upgrade_request()
        up = heads + client_frame(b"hello") + close_from("client", 1000)
        down = PAGE * 2 + upgrade_response() + server_frame(b"hello") + close_from("server", 1000)
        record = self.relay.record_of(self.play([client(up), server(down)]))
        self.check_session(record)
        self.assert_broken(record, ("HS-17", "client", 0, len(heads)))

    def test_a_refused_upgrade_leaves_a_record_of_its_own(self):
        for status, text in ((401, "Unauthorized"), (403, "Forbidden"), (404, "Not Found"),
                             (426, "Upgrade Required"), (502, "Bad Gateway"), (302, "Found"),
                             (200, "OK")):
            with self.subTest(status=status):
                name = self.play([client(upgrade_request()),
                                  server(sized_response(f"{status} {text}", b"no"))])
                record = self.relay.record_of(name)
                self.assertEqual(record["event"], "handshake_failed")
                self.assertEqual(record["handshake"]["outcome"], "rejected")
                self.assertEqual(record["handshake"]["status"], status)
                self.assertEqual(record["close"]["ending"], "handshake_failed")

    def test_a_refused_upgrade_then_an_accepted_one_leave_both_records(self):
        name = self.play(REFUSED + WEBSOCKET)
        failed, ended = self.relay.records_of(name, 2)
        self.assertEqual(failed["event"], "handshake_failed")
        self.assertEqual(failed["handshake"]["status"], 401)
        self.check_websocket(ended)

    def test_a_refused_upgrade_then_plain_requests_leave_one_record(self):
        name = self.play(REFUSED + [client(GET), server(PAGE)] * 3)
        self.assertEqual(self.relay.record_of(name)["event"], "handshake_failed")

    def test_an_upgrade_behind_1xx_responses_is_accepted(self):
        hints = response("103 Early Hints", [("Link", "</a>")])
        turns = [WEBSOCKET[0], server(hints), *WEBSOCKET[1:]]
        for way, play in self.every_way():
            with self.subTest(way=way):
                self.check_websocket(self.relay.record_of(play(turns)))

    def test_a_pipelined_upgrade_takes_its_own_answer(self):
        """The first answer belongs to the first request, also where it looks like a refusal."""
        turns = [client(request("HEAD", "/gone") + upgrade_request()),
                 server(response("404 Not Found", [("Content-Length", 999)]) + upgrade_response()),
                 *WEBSOCKET[2:]]
        self.check_websocket(self.relay.record_of(self.play(turns)))

    def test_header_words_are_read_as_http_says(self):
        """Names without case, lists, white space, repeated lines: all of it asks for WebSocket."""
        def asks(*lines):
            return head("GET /chat HTTP/1.1", [("Host", "example.test"), *lines])
        key = ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")
        version = ("Sec-WebSocket-Version", "13")
        for title, asked in {
                "lower case": asks(("upgrade", "websocket"), ("connection", "upgrade"),
                                   ("sec-websocket-key", key[1]), ("sec-websocket-version", "13")),
                "upper case": asks(("UPGRADE", "WebSocket"), ("CONNECTION", "UPGRADE"), key,
                                   version),
                "a list": asks(("Upgrade", "websocket"), ("Connection", "keep-alive, Upgrade"),
                               key, version),
                "two Connection lines": asks(("Connection", "keep-alive"), ("Upgrade", "websocket"),
                                             ("Connection", "Upgrade"), key, version),
                "white space": asks(("Upgrade", "  websocket \t"), ("Connection", "\tUpgrade "),
                                    key, version),
        }.items():
            with self.subTest(title=title):
                name = self.play([client(asked), *WEBSOCKET[1:]])
                self.check_websocket(self.relay.record_of(name))


if __name__ == "__main__":
    unittest.main()
