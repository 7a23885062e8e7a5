"""Bytes that are no frames: where they begin, what they are, in the JSON record and the text line."""

import gzip
import unittest
from contextlib import closing

from support.between import between, needs_proxy
from support.frames import (BINARY, close_from, frame, frame_from, response, server_frame,
                            upgrade_request, upgrade_response)
from support.proxy import wait_until
from support.raw_peers import Listener
from support.records import SIDES, Records

PAGE = response("502 Bad Gateway", [("Server", "nginx"), ("Content-Type", "text/html"),
                                    ("Content-Length", "20")], b"<html>too bad</html>")
PAGE_SUMMARY = f"an HTTP/1.1 502 page from nginx, {len(PAGE)} bytes"
TLS_ALERT = bytes.fromhex("15 03 03 00 02 02 28")  # RFC 8446 section 6: fatal, handshake_failure

# What may stand in the stream: (kind, bytes, words of the summary)
STRAYS = [
    ("http_response", PAGE, PAGE_SUMMARY),
    ("http_request", b"GET /health HTTP/1.1\r\nHost: a.test\r\n\r\n", "GET"),
    ("html", b"<html><body><h1>504 Gateway Time-out</h1></body></html>\r\n", "HTML"),
    ("tls_record", TLS_ALERT, "a TLS alert record (fatal, handshake_failure)"),
    ("chunk_size", b"5\r\n" + server_frame(b"abc") + b"\r\n", "chunk"),
    ("proxy_header", b"PROXY TCP4 203.0.113.9 10.0.0.7 50122 9000\r\n", "PROXY"),
    ("http2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "HTTP/2"),
    ("gzip", gzip.compress(b"a page"), "gzip"),
    ("json", b'{"type":"tick","price":101.25,"size":3}', "JSON"),
    ("text", b"upstream connect error or disconnect/reset before headers\n", "a message of Envoy"),
]


class StrayBytes(Records):
    """Each kind behind a good frame, from both sides; then inside a frame."""

    def test_what_stands_in_place_of_a_frame_is_recognised(self):
        for side in SIDES:
            good = frame_from(side, b"good")
            for kind, data, words in STRAYS:
                for parts in ([good + data], [good, *(bytes([byte]) for byte in data)]):
                    with self.subTest(side=side, kind=kind, parts=len(parts)):
                        record = self.record_of_session(*((side, part) for part in parts),
                                                        first_fin=side)
                        stray, = record["stray_bytes"]
                        self.assertEqual(
                            {key: stray[key] for key in ("side", "frame", "offset", "kind",
                                                         "inside_frame")},
                            {"side": side, "frame": 2, "offset": len(good), "kind": kind,
                             "inside_frame": False})
                        self.assertIn(words, stray["summary"])
                        self.assertEqual({each["frame"] for each in record["violations"]}, {2})
                        self.assertEqual({each["offset"] for each in record["violations"]},
                                         {len(good)})

    def test_a_page_inside_a_frame_that_never_ends(self):
        for sent in (1, 125, 4000):
            for parts in ([PAGE], [PAGE[:5], PAGE[5:]], [bytes([byte]) for byte in PAGE]):
                with self.subTest(sent=sent, parts=len(parts)):
                    good = server_frame(b"good")
                    begun = frame(b"x" * sent, opcode=BINARY, length=5000)
                    record = self.record_of_session(
                        ("server", good + begun), *(("server", part) for part in parts),
                        first_fin="server")
                    self.assert_broken(record, ("FR-14", "server", 2, len(good)))
                    missing = 5000 - sent - len(PAGE)
                    self.assertIn(f"{missing} bytes", record["violations"][0]["detail"])
                    self.check_page(record, 2, len(good + begun))

    def test_a_page_inside_a_frame_and_beyond_its_end(self):
        begun = frame(b"x" * 300, opcode=BINARY, length=320)
        record = self.record_of_session(("server", begun + PAGE), first_fin="server")
        self.assertEqual({each["frame"] for each in record["violations"]}, {2})
        self.assertEqual({each["offset"] for each in record["violations"]},
                         {len(begun) + 20})
        self.check_page(record, 1, len(begun))

    def check_page(self, record, frame_number, offset):
        stray, = record["stray_bytes"]
        self.assertEqual(stray, {
            "side": "server", "frame": frame_number, "offset": offset, "inside_frame": True,
            "kind": "http_response", "summary": PAGE_SUMMARY, "shown": stray["shown"]})
        self.assertTrue(stray["shown"].startswith("HTTP/1.1 502 Bad Gateway"), stray)

    def test_what_looks_like_it_and_is_payload_breaks_nothing(self):
        for side in SIDES:
            for kind, data, _ in STRAYS:
                with self.subTest(side=side, kind=kind):
                    payload = data * 10
                    record = self.record_of_session(
                        (side, frame_from(side, payload, opcode=BINARY)),
                        (side, frame_from(side, payload[:200], opcode=BINARY, fin=False)),
                        (side, frame_from(side, payload[200:], opcode=0)),
                        (side, close_from(side, 1000)))
                    self.assert_legal(record)

    def test_a_masked_text_that_a_hop_unmasked(self):
        """The payload came in the clear behind a header that says MASK."""
        text = b'{"op":"subscribe","channel":"prices of today"}'
        honest = frame_from("client", text)
        broken = honest[:6] + text
        record = self.record_of_session(("client", broken))
        self.assertEqual(record["violations"][0]["id"], "TX-01")
        stray, = record["stray_bytes"]
        self.assertEqual((stray["side"], stray["kind"], stray["frame"], stray["inside_frame"]),
                         ("client", "not_masked", 1, True))


@needs_proxy
class TextLine(unittest.TestCase):
    def line_of(self, data):
        """The session's line in the text format."""
        with Listener() as listener, between(
                listener, log_level=None, arguments=["--log-format", "text"]) as relay:
            with closing(relay.dial()) as client, closing(listener.accept()) as server:
                client.send(upgrade_request())
                server.expect(upgrade_request())
                server.send(upgrade_response() + data)
                server.finish()
                client.expect_fin(upgrade_response() + data)
                client.finish()
                server.expect_fin()

            def written():
                text = relay.log_path.read_text() if relay.log_path.exists() else ""
                return text if text.endswith("\n") else None
            lines = wait_until(written, "a line").splitlines()
        records = [line for line in lines if not line.startswith(" ")]
        self.assertEqual(len(records), 1, lines)
        return records[0]

    def test_a_page_between_frames(self):
        good = server_frame(b"good")
        line = self.line_of(good + PAGE)
        self.assertIn("FR-03 reserved_bit_set by server in frame 2 and 1 more", line)
        self.assertIn(f"in place of a frame at offset {len(good)} of the server: {PAGE_SUMMARY}",
                      line)

    def test_a_page_inside_a_frame(self):
        begun = frame(b"x" * 1000, length=5000)
        line = self.line_of(begun + PAGE)
        self.assertIn("FR-14 frame_cut_off by server in frame 1", line)
        self.assertIn(f"inside a frame at offset {len(begun)} of the server: {PAGE_SUMMARY}", line)

    def test_a_tls_alert(self):
        self.assertIn("in place of a frame at offset 0 of the server: "
                      "a TLS alert record (fatal, handshake_failure)", self.line_of(TLS_ALERT))

    def test_frames_that_are_right_have_no_such_words(self):
        line = self.line_of(server_frame(PAGE, opcode=BINARY) + close_from("server", 1000))
        for words in ("FR-", "a frame at offset", "nginx"):
            self.assertNotIn(words, line)


if __name__ == "__main__":
    unittest.main()
