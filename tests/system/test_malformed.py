"""What is malformed, or was never WebSocket or HTTP at all, passes unchanged.

Run with LASTFRAME_DIRECT=1 the same tests show that a connection without a proxy does the same.
"""

import unittest

from support.between import RelayTest
from support.frames import (CONTINUATION, MASK, PING, client_frame, close_from, frame, frame_from,
                            noise, request, response, upgrade_request, upgrade_response)

SIDES = ("client", "server")


class Malformed(RelayTest):
    """What breaks RFC 6455 passes as it is, and so does all that follows it."""

    def kinds(self, side):
        wrong_mask = None if side == "client" else MASK

        def of(payload=b"x", **fields):
            return frame_from(side, payload, **fields)

        yield "masked as the other side must", frame(b"hello", mask=wrong_mask)
        for rsv in range(1, 8):
            yield f"RSV bits {rsv:03b}", of(rsv=rsv)
        for opcode in (*range(3, 8), *range(11, 16)):
            yield f"reserved opcode {opcode:#x}", of(opcode=opcode)
        yield "a ping of 126 bytes", of(b"p" * 126, opcode=PING)
        yield "a ping of 70000 bytes", of(b"p" * 70000, opcode=PING)
        yield "a Close of 200 bytes", close_from(side, 1000, b"r" * 198)
        yield "a fragmented ping", of(opcode=PING, fin=False)
        yield "a fragmented Close", of(b"\x03\xe8", opcode=8, fin=False)
        yield "a length with the top bit set", of(length=1 << 63, length_bytes=8)
        yield "a length of all ones", of(length=(1 << 64) - 1, length_bytes=8)
        yield "5 bytes with a 16-bit length", of(b"hello", length_bytes=2)
        yield "5 bytes with a 64-bit length", of(b"hello", length_bytes=8)
        yield "300 bytes with a 64-bit length", of(b"h" * 300, length_bytes=8)
        yield "a continuation of nothing", of(opcode=CONTINUATION)
        yield "a message inside a message", of(fin=False) + of()
        yield "text that is not UTF-8", of(b"\xc0\xaf\xff")
        yield "a Close body of one byte", of(b"\x03", opcode=8)
        yield "a Close with bad UTF-8", close_from(side, 1000, b"\xff\xfe")
        yield "data behind a Close", close_from(side, 1000) + of() + close_from(side, 1001)
        for code in (0, 999, 1004, 1005, 1006, 1015, 2999, 5000, 65535):
            yield f"Close {code}", close_from(side, code)
        yield "an HTTP response", sized_error()
        yield "an HTTP request", request("GET", "/again")
        yield "HTML", b"<html><body>Bad gateway</body></html>"
        yield "a TLS alert", bytes.fromhex("15030300020128")
        yield "random bytes", noise(3000)
        yield "zeros", bytes(3000)

    def test_malformed_frames_pass_unchanged_and_so_does_what_follows(self):
        for side in SIDES:
            for kind, data in self.kinds(side):
                with self.subTest(sender=side, kind=kind), self.directed(side) as (here, there):
                    data = frame_from(side, b"good") + data + frame_from(side, b"after")
                    here.send(data)
                    there.expect(data)
                    there.send(b"and back")
                    here.expect(b"and back")
                    here.finish()
                    there.expect_fin()
                    there.finish()
                    here.expect_fin()

    def test_malformed_frames_byte_by_byte_pass_unchanged(self):
        for side in SIDES:
            for kind, data in self.kinds(side):
                if len(data) > 400:
                    continue
                with self.subTest(sender=side, kind=kind), self.directed(side) as (here, there):
                    here.send_each(bytes([byte]) for byte in data)
                    there.expect(data)

    def test_frames_around_a_64_bit_length_never_end_early(self):
        """A frame that declares 2^40 bytes: all that comes is its payload, then the stream ends."""
        for side in SIDES:
            with self.subTest(sender=side), self.directed(side) as (here, there):
                data = frame_from(side, b"part", length=1 << 40) + noise(100_000)
                sending = here.send_in_background(data, then_finish=True)
                there.expect_fin(data)
                sending.join()


def sized_error():
    return response("502 Bad Gateway", [("Content-Length", 11)], b"Bad gateway")


class NotHttp(RelayTest):
    """What was never HTTP, or only almost, passes too."""

    OPAQUE = {
        "TLS": bytes.fromhex("160301020001") + b"\x00\x01\xfc\x03\x03" + bytes(range(256)) * 2,
        "SSH": b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n" + bytes(range(200)),
        "PROXY protocol v2": b"\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0c" + bytes(12),
        "HTTP/2 preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(9),
        "zeros": bytes(5000), "0xff": b"\xff" * 5000, "empty lines": b"\r\n" * 3000,
        "a line without an end": b"A" * 200_000,
        "a header without an end": b"GET / HTTP/1.1\r\nX: " + b"a" * 200_000,
        "headers without an end": b"GET / HTTP/1.1\r\n" + b"X-Y: z\r\n" * 20_000,
        "a broken request line": b"GET  / HTTP\r\nHost\r\n\r\n" + bytes(50),
        "a broken chunk": (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                           b"zzz\r\nnot a chunk\r\n"),
        "a negative length": b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -5\r\n\r\nabc",
        "two lengths": (b"POST / HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 5\r\n\r\nabcde"),
        "a huge length": b"POST / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\nabc",
        "NUL in a head": b"GET /\0 HTTP/1.1\r\nHost: \0\r\n\r\n",
    }

    def test_opaque_bytes_pass_both_ways(self):
        for name, data in {**self.OPAQUE, "random": noise(100_000)}.items():
            for sender in SIDES:
                with self.subTest(name=name, first=sender):
                    with self.directed(sender, self.pair) as (here, there):
                        sending = here.send_in_background(data)
                        there.expect(data)
                        sending.join()
                        sending = there.send_in_background(data, then_finish=True)
                        here.expect_fin(data)
                        sending.join()
                        here.finish()
                        there.expect_fin()

    def test_an_opaque_answer_to_an_upgrade_passes(self):
        for name, data in self.OPAQUE.items():
            with self.subTest(name=name):
                client, server = self.pair()
                client.send(upgrade_request())
                server.expect(upgrade_request())
                sending = server.send_in_background(data, then_finish=True)
                client.expect_fin(data)
                sending.join()

    def test_heads_that_end_lines_with_lf_only_pass(self):
        client, server = self.upgraded(upgrade_request(eol="\n"), upgrade_response(eol="\n"))
        client.send(client_frame(b"hi"))
        server.expect(client_frame(b"hi"))

    def test_empty_lines_before_a_request_pass(self):
        client, server = self.upgraded(b"\r\n\r\n\n" + upgrade_request())
        client.send(client_frame(b"hi"))
        server.expect(client_frame(b"hi"))


if __name__ == "__main__":
    unittest.main()
