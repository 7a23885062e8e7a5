"""What only TLS has: handshakes that end in every phase, truncation, ALPN, keys that change."""

import ssl
import time
import unittest

from support.between import DIRECT, RelayTest, needs_proxy
from support.frames import client_frame, frame_from, noise
from support.proxy import is_sanitized
from support.raw_peers import FIN, RESET
from support.records import other
from support.sessions import assert_relays
from support.tls_legs import TlsLegs
from support.tls_streams import client_context, server_context

SIDES = ("client", "server")
MIB = 1 << 20


class Truncations(TlsLegs, RelayTest):
    """A FIN without close_notify stays one where the other leg can say so."""

    def is_tls(self, side):
        return self.client_tls if side == "client" else self.server_tls

    def truncating_sides(self):
        return [side for side in SIDES if self.is_tls(side)]

    def expect_its_end(self, peer, side, data=b""):
        """Of what the other side has truncated."""
        peer.expect_truncation(data) if self.is_tls(side) else peer.expect_fin(data)

    def test_a_truncation_passes_and_the_other_direction_stays_open(self):
        for sender in self.truncating_sides():
            with self.subTest(sender=sender), self.directed(sender) as (here, there):
                here.send(frame_from(sender, b"last words"))
                here.truncate()
                self.expect_its_end(there, other(sender), frame_from(sender, b"last words"))
                there.send(b"still here")
                here.expect(b"still here")
                there.finish()
                here.expect_fin()

    def test_a_truncation_behind_megabytes_passes_behind_them(self):
        data = noise(8 * MIB)
        for sender in self.truncating_sides():
            with self.subTest(sender=sender), self.directed(sender) as (here, there):
                def send(here=here):
                    here.send(data)
                    here.truncate()
                with self.in_background(send):
                    self.expect_its_end(there, other(sender), data)

    def test_a_truncation_within_a_record_passes_what_was_whole(self):
        for sender in self.truncating_sides():
            with self.subTest(sender=sender), self.directed(sender) as (here, there):
                here.send(b"whole")
                here.send_raw(here.records_of(b"never whole")[:-1])
                here.truncate()
                self.expect_its_end(there, other(sender), b"whole")

    def test_a_truncation_is_recorded_as_one(self):
        for sender in self.truncating_sides():
            with self.subTest(sender=sender), self.directed(sender) as (here, there):
                client = here if sender == "client" else there
                name = client.name
                here.truncate()
                self.expect_its_end(there, other(sender))
                there.finish()
                here.expect_fin()
                ends = self.relay.record_of(name)["stream_ends"]
                self.assertEqual([(end["endpoint"], end["how"]) for end in ends],
                                 [(sender, "tls_truncated"), (other(sender), "fin")])

    def test_close_notify_alone_is_an_end(self):
        """Its sender waits for the other end before it lets TCP go."""
        for sender in self.truncating_sides():
            with self.subTest(sender=sender), self.directed(sender) as (here, there):
                here.send(b"bye")
                here.close_notify()
                if not DIRECT:
                    there.expect_fin(b"bye")
                else:
                    there.expect(b"bye")
                there.send(b"heard")
                there.finish()
                here.expect_fin(b"heard")


class TruncationsOnClientsLeg(Truncations):
    server_tls = False


class TruncationsOnServersLeg(Truncations):
    client_tls = False


class TruncationsOfTls12(Truncations):
    version = ssl.TLSVersion.TLSv1_2


@needs_proxy
class BrokenRecords(TlsLegs, RelayTest):
    """What is no TLS ends the connection as an error would: the other side sees a reset."""

    def test_what_came_before_a_broken_record_arrives(self):
        for sender in SIDES:
            for broken in ("a changed byte", "plain text"):
                with self.subTest(sender=sender, broken=broken):
                    with self.directed(sender) as (here, there):
                        here.send(b"good")
                        record = bytearray(here.records_of(b"x" * 100))
                        record[-1] ^= 1
                        here.send_raw(bytes(record) if broken == "a changed byte"
                                      else b"GET / HTTP/1.1\r\n\r\n")
                        there.expect_reset(b"good")


class Handshakes(TlsLegs, RelayTest):
    """How ClientHellos arrive, and what comes before the handshake is over."""

    def hello_in(self, cut):
        """A pair whose client's hello was sent in these parts."""
        client, server = self.raw_pair()
        client, server = self.tls_client(client), self.tls_server(server)
        hello = client.hello()
        with self.in_background(server.handshake):
            for part in cut(hello):
                client.send_raw(part)
                time.sleep(0.0005)  # for the kernel to hand on each part alone
            client.handshake()
        return client, server

    def test_a_hello_byte_by_byte(self):
        client, server = self.hello_in(lambda hello: (hello[at:at + 1] for at in range(len(hello))))
        assert_relays(client, server)

    def test_a_hello_in_two_parts(self):
        for at in (1, 4, 5, 6, 9, 10, 43, 44, 100, -1):
            with self.subTest(at=at):
                client, server = self.hello_in(lambda hello: (hello[:at], hello[at:]))
                assert_relays(client, server)
                client.close()
                server.close()

    def test_a_hello_in_several_records(self):
        """RFC 8446 section 5.1: messages of a handshake may be cut into records anywhere."""
        def cut(hello):
            self.assertEqual(hello[0], 22)
            message = hello[5:]
            for at in range(0, len(message), 20):
                part = message[at:at + 20]
                yield hello[:3] + len(part).to_bytes(2, "big") + part
        assert_relays(*self.hello_in(cut))

    def test_all_of_a_handshake_byte_by_byte_both_ways(self):
        """Every byte of the client's comes alone, behind the hello too."""
        client, server = self.raw_pair()
        client = self.tls_client(client)
        client.socket = BytewiseSocket(client.socket)
        server = self.tls_server(server)
        server.socket = BytewiseSocket(server.socket)
        self.shake_hands(client, server)
        assert_relays(client, server)
        client.finish()
        server.expect_fin()
        server.finish()
        client.expect_fin()

    def test_a_hundred_connections_at_once(self):
        pairs = [self.raw_pair() for _ in range(100)]
        clients = [self.tls_client(client) for client, _ in pairs]
        names = {peer.name: peer for peer in clients}
        self.assertEqual(len(names), 100)
        servers = [self.tls_server(server) for _, server in pairs]
        self.shake_hands(*clients, *servers)
        data = noise(20_000)
        for number, (client, server) in enumerate(zip(clients, servers)):
            client.send(client_frame(b"%d" % number))
            server.expect(client_frame(b"%d" % number))
            server.send(data + b"%d" % number)
        for number, client in enumerate(clients):
            client.expect(data + b"%d" % number)
        for client, server in zip(clients, servers):
            client.finish()
            server.expect_fin()
            server.finish()
            client.expect_fin()


class BytewiseSocket:
    """Sends each byte alone."""

    def __init__(self, sock):
        self._socket = sock

    def sendall(self, data):
        for at in range(len(data)):
            self._socket.sendall(data[at:at + 1])

    def __getattr__(self, name):
        return getattr(self._socket, name)


@needs_proxy
class EndsInHandshakes(TlsLegs, RelayTest):
    """Either side ends before, within and right behind the client's handshake."""

    def phases(self):
        """name -> what brings a raw client there; the server has not said a word of TLS."""
        def nothing(client):
            return client

        def half_a_hello(client):
            client.send(self.tls_client(client).hello()[:100])
            return client

        def hello(client):
            client.send(self.tls_client(client).hello())
            return client
        return {"before a hello": nothing, "within it": half_a_hello, "behind it": hello}

    def test_a_client_s_end_reaches_the_server(self):
        for phase, bring in self.phases().items():
            if phase == "behind it" and self.server_tls:
                continue  # until the server has answered the client is not read
            for reset in (False, True):
                with self.subTest(phase=phase, reset=reset), self.raw() as (client, server):
                    bring(client)
                    client.wait_until_delivered()
                    time.sleep(0.05)  # what was delivered has been read, or waits
                    client.reset() if reset else client.finish()
                    got, how = server.receive_to_end()
                    self.assertEqual(how, RESET if reset else FIN)
                    self.assertEqual(got, b"")

    def test_a_client_s_reset_behind_its_hello_does_not_wait_for_the_server(self):
        with self.raw() as (client, server):
            client.send(self.tls_client(client).hello())
            server.wait_until_readable() if self.server_tls else time.sleep(0.05)
            client.reset()
            self.assertEqual(server.receive_to_end()[1], RESET)

    def test_a_server_s_reset_reaches_the_client(self):
        for phase, bring in self.phases().items():
            with self.subTest(phase=phase), self.raw() as (client, server):
                bring(client)
                if phase == "behind it" and self.server_tls:
                    server.wait_until_readable()
                server.reset()
                got, how = client.receive_to_end()
                self.assertEqual(how, RESET)

    def test_a_server_that_resets_at_once_resets_the_client(self):
        """Often before the proxy has noticed that its connection stands."""
        for _ in range(100):
            with self.raw() as (client, server):
                server.reset()
                self.assertEqual(client.receive_to_end(), (b"", RESET))

    def test_a_server_that_ends_within_its_handshake_ends_the_client(self):
        if not self.server_tls:
            self.skipTest("the server has no handshake")
        with self.raw() as (client, server):
            client.send(self.tls_client(client).hello())
            server.wait_until_readable()
            server.finish()
            client.expect_fin()

    def test_an_end_without_a_byte_waits_for_the_handshake(self):
        """A server of plain text ends its side at once. The client's handshake is not its affair:
        it comes about, close_notify follows, and the client may still speak."""
        if self.server_tls:
            self.skipTest("the server's end needs its handshake")
        for phase, bring in self.phases().items():
            with self.subTest(phase=phase), self.raw() as (raw, server):
                server.finish()
                time.sleep(0.05)  # the end is there first
                client = self.tls_client(raw)
                if phase == "within it":
                    hello = client.hello()
                    client.send_raw(hello[:100])
                    time.sleep(0.05)
                    client.send_raw(hello[100:])
                client.handshake()
                client.expect_fin()
                client.send(b"still here")
                server.expect(b"still here")
                client.finish()
                server.expect_fin()


class EndsInHandshakesOnClientsLeg(EndsInHandshakes):
    server_tls = False


@needs_proxy
class EndsInServersHandshakes(TlsLegs, RelayTest):
    """The client speaks plain text, and its end comes before the server's handshake is over."""

    client_tls = False

    def test_an_end_waits_for_the_handshake(self):
        for data in (b"", b"first and last", noise(MIB)):
            with self.subTest(size=len(data)), self.raw() as (client, server):
                sending = client.send_in_background(data, then_finish=True)
                time.sleep(0.05)  # the end is there first, where it can be
                server = self.tls_server(server).handshake()
                server.expect_fin(data)
                sending.join()
                server.send(b"an answer")
                server.finish()
                client.expect_fin(b"an answer")

    def test_bytes_that_come_before_the_upstream_is_reached_are_encrypted(self):
        for _ in range(20):
            with self.relay.stopped():
                client = self.relay.dial()
                self.addCleanup(client.close)
                client.send(b"not in plain text")
            server = self.listener.accept()
            self.addCleanup(server.close)
            self.tls_server(server).handshake().expect(b"not in plain text")

    def test_a_reset_does_not(self):
        with self.raw() as (client, server):
            server.wait_until_readable()
            client.reset()
            self.assertEqual(server.receive_to_end()[1], RESET)


@needs_proxy
class EarlyWords(TlsLegs, RelayTest):
    """A server of plain text that speaks before its client has: it waits for the handshake."""

    server_tls = False

    def test_the_banner_arrives_behind_the_handshake(self):
        for banner in (b"220 ready\r\n", noise(100_000), noise(3 * MIB)):
            for ends in (False, True):
                with self.subTest(size=len(banner), ends=ends), self.raw() as (client, server):
                    sending = server.send_in_background(banner, then_finish=ends)
                    time.sleep(0.05)  # the banner is there first
                    client = self.tls_client(client).handshake()
                    client.expect_fin(banner) if ends else client.expect(banner)
                    sending.join()
                    client.send(b"EHLO\r\n")
                    server.expect(b"EHLO\r\n")


class Alpn(TlsLegs, RelayTest):
    """The upstream chooses, as it would without us."""

    ROWS = (  # (the client offers, the server knows, both agree on)
        (("h2", "http/1.1"), ("h2",), "h2"),
        (("h2", "http/1.1"), ("h2", "http/1.1"), "h2"),
        (("h2", "http/1.1"), ("http/1.1",), "http/1.1"),
        (("http/1.1",), ("h2", "http/1.1"), "http/1.1"),
        (("acme-tls/1",), ("acme-tls/1", "h2"), "acme-tls/1"),
        (("h2",), (), None),
        ((), ("h2",), None),
    )

    def agreed(self, offered, known):
        client, server = self.pair(
            client_context=client_context(self.files, version=self.version, protocols=offered),
            server_context=server_context(self.files, version=self.version, protocols=known))
        for here, there in ((client, server), (server, client)):
            data = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + noise(1000)
            here.send(data)
            there.expect(data)
        both = client.protocol, server.protocol
        client.finish()
        server.expect_fin()
        server.finish()
        client.expect_fin()
        return both

    def test_the_upstream_s_choice_is_the_answer(self):
        for offered, known, chosen in self.ROWS:
            with self.subTest(offered=offered, known=known):
                self.assertEqual(self.agreed(offered, known), (chosen, chosen))


class AlpnOfTls12(Alpn):
    version = ssl.TLSVersion.TLSv1_2


@needs_proxy
class AlpnWithoutUpstream(TlsLegs, RelayTest):
    server_tls = False

    def test_http_1_1_where_the_upstream_is_plain(self):
        for offered, chosen in ((("h2", "http/1.1"), "http/1.1"), (("http/1.1",), "http/1.1"),
                                ((), None)):
            with self.subTest(offered=offered):
                client, _ = self.pair(
                    client_context=client_context(self.files, protocols=offered))
                self.assertEqual(client.protocol, chosen)


@needs_proxy
class OnlyHttp1(Alpn):
    """`alpn: http1`: nothing else is offered to the upstream, nor answered to the client."""

    ROWS = (
        (("h2", "http/1.1"), ("h2", "http/1.1"), "http/1.1"),
        ((), ("h2",), None),
    )

    tls_extras = "alpn: http1"


@needs_proxy
class Backpressure(TlsLegs, RelayTest):
    """A reader that does not read: its sender is stopped, and what is held is bounded."""

    def test_a_stalled_reader_bounds_what_is_pending(self):
        data = noise(16 * MIB)
        for sender in SIDES:
            with self.subTest(sender=sender), self.directed(sender) as (here, there):
                name = (here if sender == "client" else there).name
                sending = here.send_in_background(data, then_finish=True)
                here.wait_until_stalled()
                there.expect_fin(data)
                sending.join()
                there.finish()
                here.expect_fin()
                traffic = self.relay.record_of(name)["traffic"]
                held = traffic[f"{sender}_to_{other(sender)}"]["pending_max"]
                self.assertGreater(held, 0)
                self.assertLessEqual(held, 256 * 1024 + 17 * 64)


@needs_proxy
class BackpressureInAll(TlsLegs, RelayTest):
    rest = "limits: {pending_per_direction: 64KiB, pending_total: 512KiB}\nworkers: 1"

    def test_stalled_readers_are_bounded_in_all(self):
        """20 of them, 8 MiB on the way to each."""
        pairs = [self.upgraded() for _ in range(20)]
        data = noise(8 * MIB)
        before = self.relay.resident_bytes()
        sending = [server.send_in_background(data, then_finish=True) for _, server in pairs]
        for _, server in pairs:
            server.wait_until_stalled()
        if not is_sanitized():  # a sanitizer keeps what was freed
            self.assertLess(self.relay.resident_bytes() - before, 3 * MIB)
        for client, _ in pairs:
            client.expect_fin(data)
        for each in sending:
            each.join()


if __name__ == "__main__":
    unittest.main()
