"""PROXY headers: given by and to real HAProxy and nginx, taken apart byte by byte, and refused."""

import contextlib
import os
import socket
import ssl
import tempfile
import unittest

from support import frames
from support.between import Between, needs_proxy
from support.forwarding import listener, listeners
from support.neighbours import NGINX_MODULES, NGINX_PASSES_UPGRADES, haproxy, nginx, nginx_stream
from support.own_authority import OwnAuthority
from support.raw_peers import RESET, Background, Listener, Peer
from support.verdicts import Verdicts

ELSEWHERE = "127.0.0.5"  # a client that is told from every other hop
V2 = b"\r\n\r\n\x00\r\nQUIT\n"  # proxy-protocol.txt section 2.2
HAS_STREAM = os.path.exists(f"{NGINX_MODULES}/ngx_stream_module.so")


def v1(source, source_port, destination, destination_port, family="TCP4"):
    return (f"PROXY {family} {source} {destination} {source_port} {destination_port}\r\n"
            .encode())


def v2(source, source_port, destination, destination_port):
    packed = b"".join(map(socket.inet_aton, (source, destination)))
    ports = source_port.to_bytes(2, "big") + destination_port.to_bytes(2, "big")
    return V2 + b"\x21\x11\x00\x0c" + packed + ports


LOCAL_V2 = V2 + b"\x20\x00\x00\x00"
GIVEN = ("203.0.113.9", 50122, "192.0.2.1", 443)
HEADERS = {"v1": v1(*GIVEN), "v2": v2(*GIVEN)}


@needs_proxy
class ProxyProtocol(Verdicts, unittest.TestCase):
    def setUp(self):
        self.server = self.enterContext(Listener())

    def relay(self, *, upstream=None, accept=False, send="off", senders=(), **keys):
        protocol = {"accept": accept, "send": send, "from": list(senders)}
        config = listeners(listener("reverse", upstream=upstream or self.server.upstream,
                                    proxy_protocol=protocol, **keys))
        return self.enterContext(Between(self.server, config=config))

    def talk(self, client, peer):
        """A whole WebSocket between two streams that stand already."""
        client.send(frames.upgrade_request())
        peer.expect(frames.upgrade_request())
        self.finish_talk(client, peer)

    def finish_talk(self, client, peer):
        peer.send(frames.upgrade_response())
        client.receive(len(frames.upgrade_response()))
        client.send(frames.close_from("client", 1000))
        peer.expect(frames.close_from("client", 1000))
        peer.send(frames.close_from("server", 1000))
        client.expect(frames.close_from("server", 1000))
        peer.close()
        client.close()

    def check_record(self, relay, client_name):
        record = relay.record_of(client_name, "session_end")
        self.assertEqual(record["close"]["ending"], "closing_handshake")
        self.assert_legal(record)

    def fronts(self, port):
        """Real hops that put a header before what they relay to us."""
        yield "haproxy, v1", haproxy(port, "tcp", server_words="send-proxy")
        yield "haproxy, v2", haproxy(port, "tcp", server_words="send-proxy-v2")
        yield "haproxy, v2 with TLVs", haproxy(port, "tcp", server_words="send-proxy-v2-ssl-cn")
        if HAS_STREAM:
            yield "nginx", nginx_stream(port, "proxy_protocol on;")

    def test_only_known_senders_are_believed(self):
        for senders, is_believed in ((["127.0.0.1"], True), (["10.0.0.4", "127.0.0.0/8"], True),
                                     (["10.0.0.4"], False)):
            with self.subTest(senders=senders):
                client = self.relay(accept=True, senders=senders).dial()
                if is_believed:
                    client.send(HEADERS["v1"])
                    peer = self.server.accept()
                    self.talk(client, peer)
                else:  # whatever it may say
                    client.expect_reset()
                    self.assertTrue(self.server.accepts_nothing())

    def test_the_client_s_address_from_a_hop_in_front(self):
        relay = self.relay(accept=True)
        for name, hop in self.fronts(relay.port()):
            with self.subTest(name), hop as running:
                client = Peer.connect(("127.0.0.1", running.port), source=ELSEWHERE)
                own = client.name
                client.send(frames.upgrade_request())
                peer = self.server.accept()
                peer.expect(frames.upgrade_request())
                self.finish_talk(client, peer)
                self.check_record(relay, own)

    def test_the_client_s_address_for_a_hop_behind(self):
        behind = {
            "haproxy": lambda: haproxy(self.server.address[1], "http", bind_words="accept-proxy",
                                       lines="option forwardfor"),
            "nginx": lambda: nginx(self.server.address[1], NGINX_PASSES_UPGRADES
                                   + "proxy_set_header X-Forwarded-For $proxy_protocol_addr;",
                                   listen="proxy_protocol"),
        }
        for name, hop in behind.items():
            for version in ("v1", "v2"):
                with self.subTest(name, version=version), hop() as running:
                    relay = self.relay(upstream=f"ws://127.0.0.1:{running.port}", send=version)
                    client = Peer.connect(relay.listener_address(), source=ELSEWHERE)
                    client.send(frames.upgrade_request())
                    peer = self.server.accept()
                    head = b""
                    while not head.endswith(b"\r\n\r\n"):
                        head += peer.receive(1)
                    self.assertIn(f"\r\nx-forwarded-for: {ELSEWHERE}\r\n".encode(), head.lower())
                    peer.close()
                    client.close()

    def test_a_header_that_is_sent_names_both_addresses(self):
        for version, make in (("v1", v1), ("v2", v2)):
            with self.subTest(version):
                relay = self.relay(send=version)
                client = relay.dial(source=ELSEWHERE)
                peer = self.server.accept()
                host, port = client.socket.getsockname()
                # It comes before the client has said anything.
                peer.expect(make(host, port, *relay.listener_address()))
                self.talk(client, peer)

    def test_a_header_is_passed_on_in_the_other_version(self):
        for accepted, sent in (("v1", "v2"), ("v2", "v1"), ("v2", "v2")):
            with self.subTest(accepted=accepted, sent=sent):
                relay = self.relay(accept=True, send=sent)
                client = relay.dial()
                client.send(HEADERS[accepted])
                peer = self.server.accept()
                peer.expect(HEADERS[sent])
                self.talk(client, peer)
                self.check_record(relay, "203.0.113.9:50122")

    def test_headers_come_in_any_parts(self):
        relay = self.relay(accept=True)
        for name, header in HEADERS.items():
            behind = frames.upgrade_request()
            ways = {"byte by byte": [bytes([byte]) for byte in header + behind],
                    "glued to what follows": [header + behind],
                    "cut where it ends": [header, behind],
                    **{f"cut at {at}": [header[:at], header[at:] + behind]
                       for at in range(1, len(header), 5)}}
            for way, parts in ways.items():
                with self.subTest(name, way=way):
                    client = relay.dial()
                    for part in parts:
                        client.send(part)
                        client.wait_until_delivered()
                    peer = self.server.accept()
                    peer.expect(behind)
                    self.finish_talk(client, peer)

    def test_headers_that_name_nobody_keep_the_address(self):
        relay = self.relay(accept=True)
        for name, header in {"LOCAL": LOCAL_V2, "UNKNOWN": b"PROXY UNKNOWN\r\n"}.items():
            with self.subTest(name):
                client = relay.dial()
                client.send(header)
                own = client.name
                self.talk(client, self.server.accept())
                self.check_record(relay, own)

    def test_what_is_no_header_is_reset(self):
        relay = self.relay(accept=True)
        rows = {"a request": frames.upgrade_request(), "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc",
                "an address that is none": b"PROXY TCP4 1.2.3 4.5.6.7 1 2\r\n",
                "a line that is too long": b"PROXY TCP4 " + b"1" * 200,
                "version 2 of version 3": V2 + b"\x31\x11\x00\x0c" + b"\0" * 12,
                "addresses cut short": V2 + b"\x21\x11\x00\x04" + b"\0" * 4}
        for name, data in rows.items():
            with self.subTest(name):
                client = relay.dial()
                with contextlib.suppress(ConnectionResetError):
                    client.send(data)
                self.assertEqual(client.receive_to_end(), (b"", RESET))
                client.close()
        self.assertTrue(self.server.accepts_nothing())
        self.assertEqual(relay.records(), [])

    def test_with_tls_on_both_sides(self):
        """The header stands before TLS, on either leg."""
        folder = self.enterContext(tempfile.TemporaryDirectory())
        own = OwnAuthority(folder)
        certificate, key = map(str, own.issue("service", "DNS:service.test", "IP:127.0.0.1"))
        relay = self.relay(accept=True, send="v2", upstream=f"wss://{self.server.name}",
                           tls={"certificates": [{"cert": certificate, "key": key}]},
                           upstream_tls={"ca": str(own.certificate)})
        serving = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        serving.load_cert_chain(certificate, key)
        trusting = ssl.create_default_context(cafile=own.certificate)
        for version in ("v1", "v2"):
            with self.subTest(version):
                client, seen = relay.dial(), []
                client.send(HEADERS[version])

                def serve():
                    peer = self.server.accept()
                    peer.expect(HEADERS["v2"])
                    seen.append(Peer(serving.wrap_socket(peer.socket, server_side=True)))
                serving_now = Background(serve)
                client = Peer(trusting.wrap_socket(client.socket, server_hostname="service.test"))
                serving_now.join()
                self.talk(client, seen[0])
                self.assertEqual(relay.wait_for_records(1)[-1]["client"], "203.0.113.9:50122")

    def test_rules_for_clients_are_held_against_the_header(self):
        for clients, is_let_in in ((["203.0.113.0/24"], True), (["127.0.0.0/8"], False)):
            with self.subTest(clients=clients):
                relay = self.enterContext(Between(self.server, config=listeners(listener(
                    "forward", access={"clients": clients, "destinations": ["127.0.0.0/8"]},
                    proxy_protocol={"accept": True}))))
                client = relay.dial()
                client.send(HEADERS["v1"] + f"CONNECT {self.server.name} HTTP/1.1\r\n\r\n".encode())
                if is_let_in:
                    client.expect(b"HTTP/1.1 200 Connection established\r\n\r\n")
                    self.talk(client, self.server.accept())
                    self.check_record(relay, "203.0.113.9:50122")
                else:
                    client.expect_reset()


if __name__ == "__main__":
    unittest.main()
