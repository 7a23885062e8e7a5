"""Thousands of clients that never finish their TLS handshake cost bounded time and memory."""

import contextlib
import os
import resource
import socket
import unittest

from support.between import between, configured, needs_proxy
from support.frames import client_frame, upgrade_request, upgrade_response
from support.proxy import PATIENCE_S, is_sanitized, wait_until
from support.raw_peers import FIN, Service
from support.tls_files import NAME, TlsFiles
from support.tls_legs import tls_keys
from support.tls_streams import TlsPeer, client_context

OF_EACH = 750
KIB = 1 << 10


def setUpModule():
    """Both ends of thousands of connections are ours; the proxy inherits the limit."""
    global OF_EACH
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    OF_EACH = min(OF_EACH, most // 12)


def sockets_of(relay):
    return len(os.listdir(f"/proc/{relay.process.pid}/fd"))


def long_hello(size=64 * KIB - 256):
    """All but the last bytes of a ClientHello of `size`; more than 64 KiB are not taken."""
    body = b"\x01" + size.to_bytes(3) + b"\x03\x03" + bytes(size - 64)
    return b"".join(b"\x16\x03\x01" + len(part).to_bytes(2) + part
                    for part in (body[at:at + 16 * KIB] for at in range(0, len(body), 16 * KIB)))


@needs_proxy
class HalfOpen(unittest.TestCase):

    def setUp(self):
        self.files = self.enterContext(TlsFiles())
        self.service = Service(upgrade_response(), backlog=4096)
        self.addCleanup(self.service.close)

    def relay(self, patience):
        """With a time-out of `patience`, which is the only thing that ends such clients."""
        keys = tls_keys(self.files, server=False)
        return between(self.service,
                       config=configured(*keys, f"timeouts: {{tls: {patience}}}"))

    def client(self, relay):
        return TlsPeer(relay.dial().socket, client_context(self.files), server_name=NAME)

    def hello(self, relay):
        client = self.client(relay)
        client.close()
        return client.hello()

    def openings(self, relay):
        """What each kind of client says before it says no more: name, bytes."""
        hello = self.hello(relay)
        return (("nothing", b""), ("the half of a hello", hello[:len(hello) // 2]),
                ("a hello", hello), ("a long hello", long_hello()))

    @contextlib.contextmanager
    def half_open(self, relay, *openings):
        """OF_EACH clients for each of these openings."""
        with contextlib.ExitStack() as stack:
            clients = []
            for opening in openings * OF_EACH:
                clients.append(stack.enter_context(
                    contextlib.closing(socket.create_connection(relay.listener_address()))))
                clients[-1].sendall(opening)
            yield clients

    def assert_is_served(self, relay):
        with contextlib.closing(self.client(relay).handshake()) as client:
            client.send(upgrade_request())
            client.expect(upgrade_response())
            client.send(client_frame(b"here"))
            client.expect(client_frame(b"here"))

    def test_they_hold_little_and_hold_up_nobody(self):
        most_kib = {"nothing": 6, "the half of a hello": 12, "a hello": 60, "a long hello": 140}
        with self.relay("10m") as relay:
            openings = self.openings(relay)
        for name, opening in openings:
            with self.subTest(name), self.relay("10m") as relay:
                self.assert_is_served(relay)
                before = relay.resident_bytes()
                with self.half_open(relay, opening) as clients:
                    wait_until(lambda: sockets_of(relay) > 2 * len(clients),
                               "both connections of every client")
                    for _ in range(5):
                        self.assert_is_served(relay)
                    each = (relay.resident_bytes() - before) / len(clients)
                if not is_sanitized():
                    self.assertLess(each, most_kib[name] * KIB)

    def test_a_hello_of_more_than_64_kib_is_refused_at_once(self):
        with self.relay("10m") as relay, contextlib.closing(relay.dial()) as client:
            client.send(long_hello(64 * KIB)[:5])
            client.send(long_hello(64 * KIB)[5:9])
            client.expect_end(FIN)
            record = relay.record_of(client.name)
            self.assertEqual(record["tls"]["failure"]["fault"], "malformed")
            self.assertEqual(record["cause"]["id"], "tls_malformed")

    def test_they_are_ended_in_time_and_leave_room(self):
        with self.relay("2s") as relay:
            openings = [opening for _, opening in self.openings(relay)]
            with self.half_open(relay, *openings) as clients:
                for client in clients:
                    client.settimeout(PATIENCE_S)
                    with contextlib.suppress(ConnectionResetError):
                        while client.recv(1 << 16):
                            pass
            # Who says nothing at all leaves no record.
            records = relay.wait_for_records(OF_EACH * (len(openings) - 1), "tls_failed")
            self.assertEqual({each["cause"]["id"] for each in records}, {"tls_timeout"})
            self.assert_is_served(relay)


if __name__ == "__main__":
    unittest.main()
