"""The load pair through relays that damage the stream: what it does not notice, it does not check.

Run: python3 -m unittest tests/bench/load_pair_test.py, or by ctest.
"""

import json
import os
import pathlib
import select
import socket
import ssl
import subprocess
import tempfile
import threading
import unittest
import zlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
LOAD_PAIR = os.environ.get("LASTFRAME_BENCH_PEER",
                           ROOT / "build/release/tests/bench/lastframe_bench_peer")
SIZE = 1000
FRAME = 4 + SIZE  # an unmasked header with a 16-bit length


class Relay:
    """Passes bytes on both ways; `damage` may rewrite what comes behind the server's 101.

    It is called with all bytes that came so far and gives back all that are to be sent so far, or
    None to end the connection there. With `tls`, a context, its clients speak TLS.
    """

    def __init__(self, upstream_port, damage, tls=None, *, says_close_notify=True):
        self.damage = damage
        self.tls = tls
        self.says_close_notify = says_close_notify
        self.upstream_port = upstream_port
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client = self.listener.accept()[0]
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self.upstream_port))
            if self.tls:
                threading.Thread(target=self._terminate, args=(client, server), daemon=True).start()
                continue
            threading.Thread(target=self._forward, args=(client, server), daemon=True).start()
            threading.Thread(target=self._backward, args=(server, client), daemon=True).start()

    def _terminate(self, client, server):
        """One thread for both directions: an SSL object is not for two."""
        try:
            client = self.tls.wrap_socket(client, server_side=True)
            client.setblocking(False)
            server.setblocking(False)
            while True:
                select.select([client, server], [], [])
                for source, sink in ((client, server), (server, client)):
                    try:
                        while received := source.recv(65536):
                            sink.setblocking(True)
                            sink.sendall(self.damage(received))
                            sink.setblocking(False)
                        server.close()
                        if self.says_close_notify:
                            client.settimeout(5)
                            client.unwrap()
                        client.close()
                        return
                    except (BlockingIOError, ssl.SSLWantReadError):
                        continue
        except OSError:
            client.close()
            server.close()

    @staticmethod
    def _forward(client, server):
        try:
            while received := client.recv(65536):
                server.sendall(received)
            server.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # the other direction has ended the connection

    def _backward(self, server, client):
        head = b""
        while b"\r\n\r\n" not in head:
            head += server.recv(65536)
        head, _, came = head.partition(b"\r\n\r\n")
        sent = 0
        try:
            client.sendall(head + b"\r\n\r\n")
            while True:
                passed = self.damage(came)
                if passed is None:
                    break
                client.sendall(passed[sent:])
                sent = len(passed)
                received = server.recv(65536)
                if not received:
                    break
                came += received
            client.shutdown(socket.SHUT_WR)
        except OSError:
            pass


def tls_context():
    """Of a server with a certificate made on the spot."""
    with tempfile.TemporaryDirectory() as folder:
        key, certificate = f"{folder}/key.pem", f"{folder}/certificate.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:P-256", "-noenc", "-subj", "/CN=test.example", "-keyout",
                        key, "-out", certificate], check=True, capture_output=True)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
    return context


def with_byte(came, index, change):
    if len(came) <= index:
        return came
    return came[:index] + bytes([came[index] ^ change]) + came[index + 1:]


def in_two_fragments(came):
    """The first echo, once whole, as two frames."""
    if len(came) < FRAME:
        return b""
    head = bytes([came[0] & 0x7F, 100]) + came[4:104]
    tail = b"\x80\x7e" + (SIZE - 100).to_bytes(2, "big") + came[104:FRAME]
    return head + tail + came[FRAME:]


def without_second_echo(came):
    return came[:FRAME] + came[2 * FRAME:]


def swapped(came):
    if len(came) < 2 * FRAME:
        return b""
    return came[FRAME:2 * FRAME] + came[:FRAME] + came[2 * FRAME:]


def deflated_payloads(came):
    """The payloads of a server's whole messages, each of which has RSV1; up to its Close."""
    payloads = []
    while came and came[0] & 0x0F != 8:
        assert came[0] & 0xF0 == 0xC0, hex(came[0])
        length, head = came[1], 2
        if length == 126:
            length, head = int.from_bytes(came[2:4], "big"), 4
        payloads.append(came[head:head + length])
        came = came[head + length:]
    return payloads


DAMAGES = [
    ("one bit of the stamp", lambda came: with_byte(came, 4 + 3, 0x01)),
    ("one bit of the payload", lambda came: with_byte(came, FRAME + 4 + 700, 0x80)),
    ("the last byte of an echo", lambda came: with_byte(came, FRAME - 1, 0x01)),
    ("another opcode", lambda came: with_byte(came, 0, 0x03)),
    ("a reserved bit", lambda came: with_byte(came, FRAME, 0x40)),
    ("a length that is too small", lambda came: with_byte(came, 3, 0x08)),
    ("an echo that is lost", without_second_echo),
    ("an echo that comes twice", lambda came: came[:FRAME] + came),
    ("two echoes swapped", swapped),
    ("an end without a Close", lambda came: None if len(came) > 3 * FRAME else came),
]


class LoadPair(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = subprocess.Popen([LOAD_PAIR, "echo"], stdout=subprocess.PIPE, text=True)
        cls.port = json.loads(cls.server.stdout.readline())["port"]

    @classmethod
    def tearDownClass(cls):
        cls.server.kill()
        cls.server.wait()
        cls.server.stdout.close()

    def load(self, port, *arguments):
        with tempfile.TemporaryFile("w+") as errors:
            done = subprocess.run(
                [LOAD_PAIR, "load", "--port", str(port), "--size", str(SIZE), "--messages", "20",
                 "--depth", "4", *arguments], stdout=subprocess.PIPE, stderr=errors, text=True)
            errors.seek(0)
            self.assertTrue(done.stdout, errors.read())
        return done.returncode, json.loads(done.stdout)

    def load_through(self, damage):
        relay = Relay(self.port, damage)
        try:
            return self.load(relay.port)
        finally:
            relay.listener.close()

    def test_every_payload_size_and_kind_comes_back_whole(self):
        sizes = (0, 1, 15, 16, 17, 125, 126, 65535, 65536, 1 << 20)
        for kind in ("ascii", "binary", "utf8", "deflated"):
            for size in (s for s in sizes if kind != "deflated" or s >= 32):
                with self.subTest(kind=kind, size=size):
                    code, result = self.load(self.port, "--size", str(size), "--payload", kind,
                                             "--connections", "3")
                    self.assertEqual((code, result["errors"]), (0, 0), result)
                    self.assertEqual(result["total_echoes"], 3 * 20)
                    self.assertEqual(result["total_echo_frames"], 3 * 20)

    def test_deflated_messages_are_one_stream_that_inflates(self):
        """RFC 7692 section 7.2.2, with context takeover: by Python's zlib, past the messages that
        come only once, in a window of 15 bits."""
        for size, messages in ((64, 2500), (1000, 200), (16384, 20)):
            with self.subTest(size=size):
                came = b""

                def keep(so_far):
                    nonlocal came
                    came = so_far
                    return so_far

                relay = Relay(self.port, keep)
                try:
                    code, result = self.load(relay.port, "--payload", "deflated", "--size",
                                             str(size), "--messages", str(messages))
                finally:
                    relay.listener.close()
                self.assertEqual((code, result["errors"]), (0, 0), result)
                payloads = deflated_payloads(came)
                self.assertEqual(len(payloads), messages)
                inflater = zlib.decompressobj(-15)
                for number, payload in enumerate(payloads):
                    text = inflater.decompress(payload + b"\x00\x00\xff\xff")
                    self.assertEqual(len(text), size)
                    self.assertEqual(int(text[8:16], 16), number)
                    text.decode()
                whole = sum(len(payload) for payload in payloads)
                self.assertLess(whole, size * messages * 0.7)

    def test_a_damaged_deflated_echo_is_noticed(self):
        # Behind the header: five bytes of a stored block's head, and the stamp.
        for index in (0, 5, 5 + 15, 5 + 16, 60):
            with self.subTest(index=index):
                relay = Relay(self.port, lambda came: with_byte(came, 4 + index, 0x01))
                try:
                    code, result = self.load(relay.port, "--payload", "deflated")
                finally:
                    relay.listener.close()
                self.assertEqual((code, result["errors"]), (1, 1), result)

    def test_a_deflated_load_wants_permessage_deflate_accepted(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            def refuse():
                connection = listener.accept()[0]
                with connection:
                    head = b""
                    while b"\r\n\r\n" not in head:
                        head += connection.recv(65536)
                    connection.sendall(b"HTTP/1.1 101 Switching Protocols\r\n"
                                       b"Upgrade: websocket\r\nConnection: Upgrade\r\n"
                                       b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n")
                    connection.recv(65536)
            threading.Thread(target=refuse, daemon=True).start()
            code, result = self.load(listener.getsockname()[1], "--payload", "deflated")
        self.assertEqual(code, 1)
        self.assertIn("not accepted", result["first_error"])

    def test_an_honest_relay_gives_no_error(self):
        code, result = self.load_through(lambda came: came)
        self.assertEqual((code, result["errors"]), (0, 0), result)

    def test_every_damage_is_noticed(self):
        for name, damage in DAMAGES:
            with self.subTest(damage=name):
                code, result = self.load_through(damage)
                self.assertEqual((code, result["errors"]), (1, 1), result)
                self.assertNotEqual(result["first_error"], "")

    def test_fragments_are_counted_and_are_no_error(self):
        code, result = self.load_through(in_two_fragments)
        self.assertEqual((code, result["errors"]), (0, 0), result)
        self.assertEqual(result["total_echo_frames"], result["total_echoes"] + 1)

    def rate(self, port, *arguments, mode="rate"):
        done = subprocess.run(
            [LOAD_PAIR, mode, "--port", str(port), "--connections", "4", "--warm-up", "0",
             "--seconds", "0.2", *arguments], stdout=subprocess.PIPE, text=True)
        return done.returncode, json.loads(done.stdout)

    def through_tls(self, run, damage=lambda passed: passed, **options):
        """(what `run` gives, the server names that were asked for)"""
        context, names = tls_context(), set()
        context.sni_callback = lambda _, name, __: names.add(name)
        relay = Relay(self.port, damage, context, **options)
        try:
            return run(relay.port), names
        finally:
            relay.listener.close()

    def test_over_tls_echoes_come_back_whole(self):
        for size in (0, 64, 16384, 1 << 20):
            with self.subTest(size=size):
                (code, result), names = self.through_tls(
                    lambda port: self.load(port, "--size", str(size), "--tls", "a.test.example"))
                self.assertEqual((code, result["errors"]), (0, 0), result)
                self.assertEqual(result["total_echoes"], 20)
                self.assertEqual(names, {"a.test.example"})

    def test_over_tls_damage_is_noticed(self):
        def damage(passed):
            return with_byte(passed, 700, 1) if len(passed) >= SIZE else passed
        (code, result), _ = self.through_tls(
            lambda port: self.load(port, "--tls", "a.test.example"), damage)
        self.assertEqual((code, result["errors"]), (1, 1), result)

    def test_an_end_without_close_notify_is_an_error(self):
        for says_it in (True, False):
            with self.subTest(says_it=says_it):
                (code, result), _ = self.through_tls(
                    lambda port: self.rate(port, "--tls", "*.test.example"),
                    says_close_notify=says_it)
                self.assertEqual(code, 0 if says_it else 1, result)
                self.assertEqual(result["errors"] > 0, not says_it, result)

    def test_connections_that_live_for_a_handshake_have_their_own_names(self):
        (code, result), names = self.through_tls(
            lambda port: self.rate(port, "--tls", "*.test.example", mode="handshakes"))
        self.assertEqual((code, result["errors"]), (0, 0), result)
        self.assertGreater(result["finished_connections"], 4)
        self.assertIn("n1.test.example", names)
        self.assertGreaterEqual(len(names), result["finished_connections"])

    def test_a_refused_connection_is_an_error(self):
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        code, result = self.load(port)
        self.assertEqual(code, 1)
        self.assertGreaterEqual(result["errors"], 1)

    def test_connections_that_live_for_one_echo_end_cleanly(self):
        code, result = self.rate(self.port)
        self.assertEqual((code, result["errors"]), (0, 0), result)
        self.assertGreater(result["finished_connections"], 4)
        self.assertEqual(result["total_echoes"], result["total_echo_frames"])


if __name__ == "__main__":
    unittest.main()
