"""Real clients through a forward proxy, by CONNECT and by absolute-form, with TLS inside or none."""

import contextlib
import json
import pathlib
import socket
import tempfile
import unittest

from support import frames
from support.curl import UPGRADE, curl
from support.endpoints import Endpoint, node, python
from support.forwarding import ForwardPair, listener, listeners, make_authority, pair_of
from support.own_authority import OwnAuthority
from support.pairs import (AIOHTTP_CLIENT, WEBSOCKETS_CLIENT, WEBSOCKETS_SERVER, WHATWG_CLIENT,
                           WS_CLIENT, WS_SERVER)
from support.proxy import Proxy
from support.raw_peers import FIN, Listener, Peer, Service
from support.verdicts import Verdicts


class NpmWs(ForwardPair, unittest.TestCase):
    """CONNECT by an agent of Node's http."""
    client = node("ws_client.js")
    server = node("ws_server.js")
    can = WS_CLIENT | WS_SERVER


class Undici(ForwardPair, unittest.TestCase):
    """CONNECT by undici's ProxyAgent."""
    client = node("undici_client.js")
    server = node("ws_server.js")
    can = WHATWG_CLIENT | WS_SERVER


class Websockets(ForwardPair, unittest.TestCase):
    client = python("websockets_client.py")
    server = python("websockets_server.py")
    can = WEBSOCKETS_CLIENT | WEBSOCKETS_SERVER
    client_answers_before_fin = False


class Aiohttp(ForwardPair, unittest.TestCase):
    """Absolute-form, as aiohttp asks proxies for ws://."""
    client = python("aiohttp_client.py")
    server = python("websockets_server.py")
    can = AIOHTTP_CLIENT | WEBSOCKETS_SERVER
    client_answers_before_fin = False


class NpmWsIntercepted(NpmWs):
    tls = "intercept"


class UndiciIntercepted(Undici):
    tls = "intercept"


class WebsocketsIntercepted(Websockets):
    tls = "intercept"


class AiohttpIntercepted(Aiohttp):
    tls = "intercept"


class Chromium(ForwardPair, unittest.TestCase):
    """The page by absolute-form, its WebSockets by CONNECT."""
    client = node("chromium_client.js")
    server = node("ws_server.js")
    can = WHATWG_CLIENT | WS_SERVER
    one_frame_for_a_message = False

    @classmethod
    def start_client(cls):
        cls.running_client = cls.browser("--no-proxy-server")
        cls.proxied = cls.browser(f"--proxy-server=http://127.0.0.1:{cls.proxy_port}",
                                  "--proxy-bypass-list=<-loopback>")

    @classmethod
    def browser(cls, *arguments):
        browser = Endpoint(node("chromium_client.js", arguments=[
            *arguments, *(["--ignore-certificate-errors"] if cls.tls else [])]))
        cls.addClassCleanup(browser.stop)
        return browser

    def client_for(self, is_direct):
        return self.running_client if is_direct else self.proxied


class ChromiumIntercepted(Chromium):
    tls = "intercept"


class Ways(Verdicts, unittest.TestCase):
    """What the proxy says and passes on, byte for byte."""

    @contextlib.contextmanager
    def forward(self, **keys):
        with Proxy(config=listeners(listener("forward", **keys))) as proxy:
            yield proxy

    def dial(self, proxy):
        peer = Peer.connect(("127.0.0.1", proxy.port()))
        self.addCleanup(peer.close)
        return peer

    def tunnel(self, proxy, server, more=b""):
        client = self.dial(proxy)
        client.send(f"CONNECT {server.name} HTTP/1.1\r\n\r\n".encode() + more)
        client.expect(b"HTTP/1.1 200 Connection established\r\n\r\n")
        return client, server.accept()

    def test_curl_gets_a_page_by_both_ways(self):
        with (Service(frames.sized_response(body=b"page")) as service, self.forward() as proxy):
            way = f"http://127.0.0.1:{proxy.port()}"
            for arguments in ((), ("--proxytunnel",)):
                with self.subTest(arguments):
                    done = curl("-x", way, *arguments, f"http://{service.name}/a?b")
                    self.assertEqual((done.code, done.body), (0, "page"))
            self.assertEqual(proxy.records(), [])  # nobody asked for a WebSocket

    def test_curl_upgrades_by_both_ways(self):
        for arguments in ((), ("--proxytunnel",)):
            with (self.subTest(arguments), Listener() as server, self.forward() as proxy):
                asking = curl.start("-x", f"http://127.0.0.1:{proxy.port()}", *arguments, *UPGRADE,
                                    f"http://{server.name}/chat")
                peer = server.accept()
                head = b""
                while not head.endswith(b"\r\n\r\n"):
                    head += peer.receive(1)
                self.assertTrue(head.startswith(b"GET /chat HTTP/1.1\r\n"), head)
                self.assertNotIn(b"Proxy-", head)
                peer.send(frames.upgrade_response() + frames.server_frame(b"hello")
                          + frames.close_from("server", 1000))
                peer.finish()
                self.assertIn("101 Switching Protocols", asking.finished().head)
                record = proxy.record()
                self.assertEqual((record["server"], record["host"], record["path"]),
                                 (server.name, server.name, "/chat"))
                self.assert_legal(record)
                peer.close()

    def test_a_tunnel_carries_any_bytes_and_ends(self):
        with Listener() as server, self.forward() as proxy:
            early = b"bytes right behind the head"
            client, peer = self.tunnel(proxy, server, early)
            peer.expect(early)
            noise = frames.noise(100_000)
            peer.send(noise)
            client.expect(noise)
            client.finish()
            peer.expect_fin()
            peer.send(b"late")
            peer.finish()
            client.expect_fin(b"late")
            client, peer = self.tunnel(proxy, server)
            peer.reset()
            client.expect_reset()

    def test_a_server_may_speak_first(self):
        with Listener() as server, self.forward() as proxy:
            client, peer = self.tunnel(proxy, server)
            peer.send(b"220 hello\r\n")
            client.expect(b"220 hello\r\n")

    def test_plain_websockets_pass_a_tunnel_of_a_proxy_that_intercepts(self):
        with (tempfile.TemporaryDirectory() as folder, Listener() as server,
              self.forward(tls=authority(folder)) as proxy):
            client, peer = self.tunnel(proxy, server)
            client.send(frames.upgrade_request())
            peer.expect(frames.upgrade_request())
            peer.send(frames.upgrade_response())
            client.expect(frames.upgrade_response())

    def test_a_request_for_another_server_finds_its_connection_closed(self):
        """A client may ask one server after the other on a connection to its proxy."""
        with Listener() as server, self.forward() as proxy:
            client = self.dial(proxy)
            client.send(frames.request("GET", f"http://{server.name}/a",
                                       [("Connection", "keep-alive")]))
            peer = server.accept()
            peer.expect(frames.request("GET", "/a", [("Connection", "close")], host=server.name))
            peer.send(frames.sized_response(body=b"page"))
            peer.finish()
            client.expect_fin(frames.sized_response(body=b"page"))

    def test_failures_are_answered_and_recorded(self):
        with socket.create_server(("127.0.0.1", 0)) as gone:
            port = gone.getsockname()[1]
        rows = (("refused", f"127.0.0.1:{port}", 502, "connect_refused"),
                ("no such name", "nowhere.invalid:80", 502, "name_not_resolved"))
        with self.forward() as proxy:
            way = f"http://127.0.0.1:{proxy.port()}"
            for count, (name, host, status, cause) in enumerate(rows, 1):
                with self.subTest(name):
                    page = curl("-x", way, *UPGRADE, f"http://{host}/chat")
                    self.assertEqual(page.status, status)
                    self.assertIn(host, page.body)
                    tunnel = curl("-x", way, "--proxytunnel", f"http://{host}/chat")
                    self.assertIn(f"response {status}", tunnel.errors)
                    records = proxy.wait_for_records(2 * count, "connect_failed")[-2:]
                    self.assertEqual([(each["server"], each["cause"]["id"]) for each in records],
                                     [(host, cause)] * 2)

    def test_a_time_out_is_a_504(self):
        with Listener(backlog=0) as silent:
            filling = Peer.connect(silent.address)  # the kernel drops what comes then
            self.addCleanup(filling.close)
            with self.forward(timeouts={"connect": "200ms"}) as proxy:
                done = curl("-x", f"http://127.0.0.1:{proxy.port()}", f"http://{silent.name}/")
                self.assertEqual(done.status, 504)
                record = proxy.record("connect_failed")
                self.assertEqual(record["connect_error"], "ETIMEDOUT")

    def test_the_proxy_does_not_connect_to_itself(self):
        with self.forward() as proxy:
            own = f"127.0.0.1:{proxy.port()}"
            done = curl("-x", f"http://{own}", f"http://{own}/")
            self.assertEqual(done.status, 403)
            self.assertEqual(proxy.record("connect_failed")["connect_error"], "ELOOP")

    def test_credentials_are_asked_for(self):
        with tempfile.TemporaryDirectory() as folder, Service(frames.sized_response()) as service:
            users = pathlib.Path(folder) / "users"
            users.write_text("# known\nann:open sesame\n")
            users.chmod(0o600)
            with self.forward(access={"credentials_file": str(users)}) as proxy:
                way, url = f"127.0.0.1:{proxy.port()}", f"http://{service.name}/"
                for arguments in ((), ("--proxytunnel",)):
                    with self.subTest(arguments):
                        self.assertIn("407", curl("-x", f"http://{way}", *arguments, url).text)
                        wrong = curl("-x", f"http://ann:guess@{way}", *arguments, url)
                        self.assertIn("407", wrong.text)
                        # --proxy-anyauth asks without them first, on the same connection.
                        for any_auth in ((), ("--proxy-anyauth",)):
                            right = curl("-x", f"http://ann:open%20sesame@{way}", *any_auth,
                                         *arguments, url)
                            self.assertEqual((right.code, right.status), (0, 200), right)

    def test_rules_for_clients_and_destinations(self):
        with Service(frames.sized_response()) as service:
            port = service.address[1]
            rows = (("destination by address", {"destinations": ["127.0.0.0/8"]}, 200),
                    ("another port", {"destinations": [f"127.0.0.0/8:{port + 1}"]}, 403),
                    ("a name's address", {"destinations": [f"127.0.0.1:{port}"]}, 200),
                    ("a name", {"destinations": ["localhost"]}, 200),
                    ("another name", {"destinations": ["*.localhost"]}, 403),
                    ("a client", {"clients": ["127.0.0.0/24"]}, 200),
                    ("another client", {"clients": ["10.0.0.0/8"]}, None))
            for name, rules, status in rows:
                with self.subTest(name), self.forward(access=rules) as proxy:
                    host = f"localhost:{port}" if "name" in name else service.name
                    done = curl("-4", "-x", f"http://127.0.0.1:{proxy.port()}", f"http://{host}/")
                    self.assertEqual(done.status, status, done)
                    self.assertEqual(service.served, 0 if status != 200 else service.served)
                    service.served = 0

    def test_a_refused_destination_leaves_the_same_record_by_name_and_by_address(self):
        with Listener() as server:
            port = server.address[1]
            rows = (("address of a name", ["!127.0.0.0/8"], "localhost"),
                    ("name", ["!localhost"], "localhost"),
                    ("name among others", ["localhost", "!*"], "localhost"),
                    ("address", ["!127.0.0.0/8"], "127.0.0.1"),
                    ("address not in the list", ["10.0.0.0/8"], "127.0.0.1"))
            for name, destinations, host in rows:
                target = f"{host}:{port}"
                absolute = frames.upgrade_request(f"http://{target}/chat", host=target)
                tunnel = f"CONNECT {target} HTTP/1.1\r\n\r\n".encode()
                for sent, path in ((tunnel, None), (absolute, "/chat")):
                    with (self.subTest(name, path=path),
                          self.forward(access={"destinations": destinations}) as proxy):
                        client = self.dial(proxy)
                        client.send(sent)
                        answer, how = client.receive_to_end()
                        self.assertEqual((answer[:12], how), (b"HTTP/1.1 403", FIN))
                        client.finish()
                        record = proxy.record("connect_failed")
                        self.assertEqual(
                            (record["connect_error"], record["close"]["ending"],
                             record["transport"]["server"]["error"], record["cause"]["id"]),
                            ("EACCES", "connect_failed", "EACCES", "connect_failed"))
                        asked = host if name.startswith("name") else "127.0.0.1"
                        self.assertEqual((record["server"], record["path"]),
                                         (f"{asked}:{port}", path))
            self.assertTrue(server.accepts_nothing())

    def test_nobody_is_led_to_the_proxy_s_own_ports(self):
        with Listener() as server:
            ways = [listener("forward", "way"),
                    listener("reverse", "other", upstream=f"ws://{server.name}"),
                    listener("reverse", "every", listen=":0", upstream=f"ws://{server.name}")]
            config = json.loads(listeners(*ways))
            config["admin"] = {"listen": "127.0.0.1:0"}
            with Proxy(config=json.dumps(config)) as proxy:
                admin = proxy.wait_for_diagnostic(r"^admin .*:(\d+)$").group(1)
                way = f"http://127.0.0.1:{proxy.port('way')}"
                hosts = (f"127.0.0.1:{admin}", f"localhost:{admin}", f"0.0.0.0:{admin}",
                         f"[::ffff:127.0.0.1]:{admin}", f"127.0.0.1:{proxy.port('way')}",
                         f"127.0.0.1:{proxy.port('other')}", f"127.0.0.9:{proxy.port('every')}")
                for count, host in enumerate(hosts, 1):
                    with self.subTest(host):
                        done = curl("-x", way, f"http://{host}/version")
                        self.assertEqual(done.status, 403, done)
                        tunnel = curl("-x", way, "--proxytunnel", f"http://{host}/version")
                        self.assertIn("response 403", tunnel.errors)
                        records = proxy.wait_for_records(2 * count, "connect_failed")
                        self.assertEqual([each["connect_error"] for each in records[-2:]],
                                         ["ELOOP"] * 2)
                self.assertTrue(server.accepts_nothing())

    def test_clients_of_other_machines_are_not_led_to_this_one_s_own_services(self):
        with Service(frames.sized_response(body=b"inside")) as service:
            port = service.address[1]
            rows = (("10.1.2.3", "127.0.0.1", [], 403), ("10.1.2.3", "localhost", [], 403),
                    ("10.1.2.3", "0.0.0.0", [], 403), ("10.1.2.3", "127.0.0.1", ["*"], 403),
                    ("10.1.2.3", "169.254.169.254", [], 403),
                    ("10.1.2.3", "localhost", ["*"], 403),
                    ("10.1.2.3", "127.0.0.1", ["127.0.0.0/8"], 200),
                    ("10.1.2.3", "localhost", ["127.0.0.1"], 200),
                    ("10.1.2.3", "localhost", [f"localhost:{port}"], 200),
                    ("10.1.2.3", "localhost", ["localhost", "!127.0.0.0/8"], 403),
                    ("127.0.0.1", "127.0.0.1", [], 200), ("127.0.0.1", "localhost", [], 200),
                    ("127.0.0.1", "localhost", ["!127.0.0.0/8"], 403),
                    ("127.0.0.1", "localhost", ["!localhost"], 403),
                    ("127.0.0.1", "127.0.0.1", ["!localhost"], 200))
            for client, host, destinations, status in rows:
                with (self.subTest(client=client, host=host, destinations=destinations),
                      self.forward(access={"destinations": destinations},
                                   proxy_protocol={"accept": True}) as proxy):
                    peer = self.dial(proxy)
                    peer.send(f"PROXY TCP4 {client} 192.0.2.1 5 6\r\n"
                              f"CONNECT {host}:{port} HTTP/1.1\r\n\r\n".encode())
                    self.assertEqual(int(peer.receive(12).split()[1]), status)

    def test_who_says_nothing_is_given_up_where_a_time_is_set(self):
        with self.forward(timeouts={"handshake": "200ms"}) as proxy:
            client = self.dial(proxy)
            client.send(b"CONNECT ")
            self.assertEqual(client.receive_to_end(), (b"", FIN))

    def test_a_client_that_leaves_before_it_asked_leaves_nothing(self):
        with self.forward() as proxy:
            for sent in (b"", b"CONN"):
                client = self.dial(proxy)
                client.send(sent)
                client.finish()
                client.expect_fin()
            self.assertEqual(proxy.records(), [])

    def test_names_are_intercepted_or_passed_through(self):
        with tempfile.TemporaryDirectory() as folder:
            own = OwnAuthority(folder)
            certificate, key = own.issue("service", "DNS:localhost", "IP:127.0.0.1")
            server = Endpoint(node("ws_server.js", tls=[str(certificate), str(key)]))
            self.addCleanup(server.stop)
            port = server.answer()["port"]
            minting = authority(folder)
            for passed in (False, True):
                names = ["localhost"] if passed else ["other.test"]
                with (self.subTest(passed_through=passed),
                      self.forward(tls={**minting, "pass_through": names},
                                   upstream_tls={"ca": str(own.certificate)}) as proxy):
                    trusted = own.certificate if passed else minting["authority"]["cert"]
                    done = curl("-x", f"http://127.0.0.1:{proxy.port()}", "--cacert", trusted,
                                f"https://localhost:{port}/page.html")
                    self.assertEqual((done.code, done.status), (0, 200), done)
                    self.assertIn("scenarios", done.body)


def authority(folder):
    return {"authority": pair_of(make_authority(pathlib.Path(folder) / "minting"))}


if __name__ == "__main__":
    unittest.main()
