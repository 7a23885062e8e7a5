"""SOCKS5: curl through the proxy, and each byte of the language (RFC 1928, RFC 1929)."""

import pathlib
import socket
import tempfile
import unittest

from support import frames
from support.between import Between, needs_proxy
from support.curl import UPGRADE, curl
from support.endpoints import Endpoint, node
from support.forwarding import listener, listeners, make_authority, pair_of
from support.own_authority import OwnAuthority
from support.proxy import Proxy
from support.raw_peers import FIN, Listener, Service
from support.verdicts import Verdicts

HELLO, WELCOME = b"\x05\x01\x00", b"\x05\x00"
DONE = b"\x05\x00\x00\x01" + b"\0" * 6


def asking(address, kind=1, command=1):
    host, port = address
    hosts = {1: lambda: socket.inet_pton(socket.AF_INET, host),
             3: lambda: bytes([len(host)]) + host.encode(),
             4: lambda: socket.inet_pton(socket.AF_INET6, host)}
    return bytes([5, command, 0, kind]) + hosts[kind]() + port.to_bytes(2, "big")


@needs_proxy
class Socks5(Verdicts, unittest.TestCase):
    def relay(self, server, **keys):
        config = listeners(listener("socks5", **keys))
        return self.enterContext(Between(server, config=config))

    def users(self):
        folder = self.enterContext(tempfile.TemporaryDirectory())
        path = pathlib.Path(folder) / "users"
        path.write_text("ann:open sesame\n")
        path.chmod(0o600)
        return {"credentials_file": str(path)}

    def test_curl_by_name_and_by_address(self):
        with Service(frames.sized_response(body=b"page")) as service:
            relay = self.relay(service)
            way, port = f"127.0.0.1:{relay.port()}", service.address[1]
            for option, host in (("--socks5-hostname", "localhost"), ("--socks5", "127.0.0.1")):
                with self.subTest(option):
                    done = curl(option, way, f"http://{host}:{port}/")
                    self.assertEqual((done.code, done.body), (0, "page"), done)
            self.assertEqual(relay.records(), [])

    def test_a_server_chosen_by_address_is_judged_by_the_name_asked_for(self):
        folder = self.enterContext(tempfile.TemporaryDirectory())
        own = OwnAuthority(folder)
        certificate, key = own.issue("service", "DNS:localhost")
        server = Endpoint(node("ws_server.js", tls=[str(certificate), str(key)]))
        self.addCleanup(server.stop)
        port = server.answer()["port"]
        minting = make_authority(pathlib.Path(folder) / "minting")
        config = listeners(listener("socks5", tls={"authority": pair_of(minting)},
                                    upstream_tls={"ca": str(own.certificate)}))
        with Proxy(config=config) as proxy:
            for name, code in (("localhost", 0), ("other.test", 35)):
                with self.subTest(name):
                    done = curl("--socks5", f"127.0.0.1:{proxy.port()}", "--cacert", str(minting),
                                "--resolve", f"{name}:{port}:127.0.0.1",
                                f"https://{name}:{port}/page.html")
                    self.assertEqual(done.code, code, done)
            record = proxy.wait_for_records(1)[0]
        self.assertEqual(record["event"], "tls_failed")
        self.assertEqual(record["tls"]["server"]["certificate_fault"], "name_mismatch")
        self.assertEqual(record["tls"]["server"]["expected_name"], "other.test")

    def test_curl_shows_credentials(self):
        with Service(frames.sized_response(body=b"page")) as service:
            relay = self.relay(service, access=self.users())
            url = f"http://{service.name}/"
            for user, code in (("", 97), ("ann:guess@", 97), ("ann:open%20sesame@", 0)):
                with self.subTest(user=user):
                    done = curl("-x", f"socks5h://{user}127.0.0.1:{relay.port()}", url)
                    self.assertEqual(done.code, code, done)

    def test_a_failure_is_told_and_recorded(self):
        with socket.create_server(("127.0.0.1", 0)) as gone:
            port = gone.getsockname()[1]
        rows = ((("127.0.0.1", port), 1, 5, "connect_refused"),
                (("nowhere.invalid", 80), 3, 4, "name_not_resolved"))
        with Listener() as server:
            relay = self.relay(server)
            for address, kind, reply, cause in rows:
                with self.subTest(cause):
                    client = relay.dial()
                    client.send(HELLO + asking(address, kind))
                    answer = WELCOME + bytes([5, reply, 0, 1]) + b"\0" * 6
                    client.expect_fin(answer)
                    record = relay.record_of(client.name, "connect_failed")
                    self.assertEqual((record["server"], record["cause"]["id"]),
                                     ("{}:{}".format(*address), cause))
                    client.close()

    def test_a_websocket_in_any_parts(self):
        with Listener() as server:
            relay = self.relay(server)
            said = HELLO + asking(server.address)
            request = frames.upgrade_request()
            ways = {"at once": [said + request], "byte by byte": [bytes([b]) for b in said],
                    **{f"cut at {at}": [said[:at], said[at:]] for at in range(1, len(said))}}
            for way, parts in ways.items():
                with self.subTest(way):
                    client = relay.dial()
                    for part in parts:
                        client.send(part)
                        client.wait_until_delivered()
                    client.expect(WELCOME + DONE)
                    if way != "at once":
                        client.send(request)
                    peer = server.accept()
                    peer.expect(request)
                    peer.send(frames.upgrade_response() + frames.close_from("server", 1000))
                    client.expect(frames.upgrade_response() + frames.close_from("server", 1000))
                    client.send(frames.close_from("client", 1000))
                    peer.expect(frames.close_from("client", 1000))
                    peer.finish()
                    client.expect_fin()
                    client.finish()
                    peer.expect_fin()
                    record = relay.record_of(client.name)
                    self.assertEqual((record["server"], record["close"]["ending"]),
                                     (server.name, "closing_handshake"))
                    self.assert_legal(record)

    def test_what_is_refused(self):
        with Listener() as server:
            denied = self.relay(server, access={"destinations": ["10.0.0.0/8"]})
            relay = self.relay(server)
            closed = self.relay(server, access=self.users())
            rows = (("a rule", denied, HELLO + asking(server.address), b"\x05\x02"),
                    ("itself", relay, HELLO + asking(relay.listener_address()), b"\x05\x02"),
                    ("BIND", relay, HELLO + asking(server.address, command=2), b"\x05\x07"),
                    ("UDP", relay, HELLO + asking(server.address, command=3), b"\x05\x07"),
                    ("no credentials", closed, HELLO, b"\x05\xff"),
                    ("SOCKS4", relay, b"\x04\x01\x00\x50", b"\x00\x5b"),
                    ("HTTP", relay, b"GET / HTTP/1.1\r\n\r\n", b""))
            for name, way, said, answer in rows:
                with self.subTest(name):
                    client = way.dial()
                    client.send(said)
                    got, how = client.receive_to_end()
                    self.assertEqual(how, FIN)
                    self.assertTrue(got.removeprefix(WELCOME).startswith(answer), got)
            self.assertTrue(server.accepts_nothing())
            for way, error in ((denied, "EACCES"), (relay, "ELOOP")):
                self.assertEqual(way.record("connect_failed")["connect_error"], error)

    def test_upgrades_by_curl_leave_a_record(self):
        with Listener() as server:
            relay = self.relay(server)
            running = curl.start("--socks5-hostname", f"127.0.0.1:{relay.port()}", *UPGRADE,
                                 f"http://localhost:{server.address[1]}/chat")
            peer = server.accept()
            while not peer.receive(1).endswith(b"\n"):
                pass
            peer.send(frames.upgrade_response() + frames.close_from("server", 1000))
            peer.close()
            running.finished()
            record = relay.record()
            self.assertEqual((record["host"], record["path"], record["server"]),
                             (f"localhost:{server.address[1]}", "/chat", server.name))


if __name__ == "__main__":
    unittest.main()
