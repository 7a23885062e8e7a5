"""Routes: which of several services behind one port a connection comes to."""

import contextlib
import pathlib
import socket
import ssl
import tempfile
import unittest

from support import frames
from support.between import Between, needs_proxy
from support.forwarding import listener, listeners
from support.own_authority import OwnAuthority
from support.raw_peers import Background, Listener, Peer
from support.verdicts import Verdicts

NAMES = ("sni", "room", "any_room", "sub", "health", "rest")


@needs_proxy
class Routes(Verdicts, unittest.TestCase):
    """Services that are told apart by what they answer."""

    @classmethod
    def setUpClass(cls):
        folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        cls.authority = OwnAuthority(folder)
        cls.ours = cls.authority.issue("ours", "DNS:www.test", "DNS:secure.test")
        cls.theirs = cls.authority.issue("theirs", "DNS:secure.test", "IP:127.0.0.1")

    def setUp(self):
        self.services = {name: self.enterContext(Listener()) for name in NAMES}

    def upstream(self, name, scheme="ws"):
        return f"{scheme}://{self.services[name].name}"

    def relay(self, *, default=True, routes=None, **keys):
        if routes is None:
            routes = [
                {"server_name": "secure.test", "upstream": self.upstream("sni")},
                {"host": "chat.test", "path": "/rooms/1", "upstream": self.upstream("room")},
                {"host": "chat.test", "path": "/rooms/*", "upstream": self.upstream("any_room")},
                {"host": "*.chat.test", "upstream": self.upstream("sub")},
                {"path": "/health", "upstream": self.upstream("health")}]
        if default:
            keys["upstream"] = self.upstream("rest")
        config = listeners(listener("reverse", routes=routes, **keys))
        return self.enterContext(Between(self.services["rest"], config=config))

    def terminated(self, **keys):
        certificate, key = map(str, self.ours)
        return self.relay(tls={"certificates": [{"cert": certificate, "key": key}]}, **keys)

    def trusting(self):
        return ssl.create_default_context(cafile=self.authority.certificate)

    def dial(self, relay, server_name=None):
        client = relay.dial()
        if server_name:
            client = Peer(self.trusting().wrap_socket(client.socket, server_hostname=server_name))
        self.addCleanup(client.close)
        return client

    def check_way(self, relay, client, name, data, parts=None):
        """The service `name` gets exactly `data`, nobody else gets anything, and both ends meet."""
        for part in parts or [data]:
            client.send(part)
        peer = self.services[name].accept()
        with contextlib.closing(peer):
            peer.expect(data)
            peer.send(frames.upgrade_response())
            client.expect(frames.upgrade_response())
            client.send(frames.close_from("client", 1000))
            peer.expect(frames.close_from("client", 1000))
            peer.send(frames.close_from("server", 1000))
            client.expect(frames.close_from("server", 1000))
        for service in self.services.values():
            self.assertTrue(service.accepts_nothing(0))

    ROWS = (("the whole path", "chat.test", "/rooms/1", "room"),
            ("a query does not matter", "chat.test", "/rooms/1?token=x", "room"),
            ("below the path", "chat.test", "/rooms/12", "any_room"),
            ("the path itself", "chat.test", "/rooms", "any_room"),
            ("a port in Host", "chat.test:8080", "/rooms/1", "room"),
            ("capitals in Host", "CHAT.test", "/rooms/1", "room"),
            ("a name below", "a.b.chat.test", "/rooms/1", "sub"),
            ("a path alone", "other.test", "/health", "health"),
            ("another path", "chat.test", "/roomsandmore", "rest"),
            ("another host", "other.test", "/rooms/1", "rest"))

    def test_by_host_and_path(self):
        for has_tls in (False, True):
            relay = self.terminated() if has_tls else self.relay()
            for name, host, path, service in self.ROWS:
                with self.subTest(name, tls=has_tls):
                    client = self.dial(relay, "www.test" if has_tls else None)
                    request = frames.upgrade_request(path, host=host)
                    self.check_way(relay, client, service, request)
                    client.close()
            records = relay.wait_for_records(len(self.ROWS), "session_end")
            self.assertCountEqual([record["server"] for record in records],
                                  [self.services[row[-1]].name for row in self.ROWS])

    def test_the_first_request_comes_in_any_parts(self):
        request = frames.upgrade_request("/rooms/1", host="chat.test")
        relays = {"plain": (self.relay(), None), "TLS": (self.terminated(), "www.test")}
        for name, (relay, server_name) in relays.items():
            ways = {"byte by byte": [bytes([byte]) for byte in request],
                    **{f"cut at {at}": [request[:at], request[at:]]
                       for at in range(1, len(request), 9)}}
            for way, parts in ways.items():
                with self.subTest(name, way=way):
                    client = self.dial(relay, server_name)
                    self.check_way(relay, client, "room", request, parts)
                    client.close()

    def test_by_the_name_in_tls_that_ends_here(self):
        relay = self.terminated()
        request = frames.upgrade_request("/rooms/1", host="chat.test")
        self.check_way(relay, self.dial(relay, "secure.test"), "sni", request)
        self.check_way(relay, self.dial(relay, "www.test"), "room", request)

    def test_by_the_name_in_tls_that_passes_through(self):
        """Without a certificate of ours; the client sees the service's own."""
        relay = self.relay()
        rows = (("secure.test", "sni"), ("127.0.0.1", "rest"))
        for name, service in rows:
            with self.subTest(name):
                raw, met = relay.dial(), []
                context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
                context.load_cert_chain(*self.theirs)

                def serve():
                    peer = self.services[service].accept()
                    met.append(Peer(context.wrap_socket(peer.socket, server_side=True)))
                serving = Background(serve)
                client = Peer(self.trusting().wrap_socket(raw.socket, server_hostname=name))
                serving.join()
                client.send(b"through")
                met[0].expect(b"through")
                client.close()
                met[0].close()

    def test_what_is_no_http_goes_where_no_request_is_asked_for(self):
        relay = self.relay()
        client = self.dial(relay)
        self.check_way(relay, client, "rest", b"\x00\x01 neither HTTP nor TLS")

    def test_a_request_that_is_never_whole_goes_there_with_its_end(self):
        relay = self.relay()
        client = self.dial(relay)
        client.send(b"GET /rooms/1 HTTP/1.1\r\nHost: chat")
        client.finish()
        peer = self.services["rest"].accept()
        peer.expect_fin(b"GET /rooms/1 HTTP/1.1\r\nHost: chat")
        peer.send(b"400")
        peer.finish()
        client.expect_fin(b"400")

    def test_a_client_that_says_nothing_reaches_nobody(self):
        relay = self.relay()
        client = self.dial(relay)
        client.finish()
        client.expect_fin()
        self.assertTrue(self.services["rest"].accepts_nothing())

    def test_where_no_route_holds_the_connection_is_ended(self):
        relay = self.relay(default=False)
        client = self.dial(relay)
        client.send(frames.upgrade_request("/other", host="other.test"))
        client.expect_reset()
        record = relay.record("connect_failed")
        self.assertEqual((record["path"], record["client"]), ("/other", client.name))
        self.assertIn("no route", record["connect_error"])

    def test_where_no_route_holds_and_an_answer_was_asked_for(self):
        for has_tls in (False, True):
            with self.subTest(tls=has_tls):
                make = self.terminated if has_tls else self.relay
                relay = make(default=False, on_connect_failure="http_502")
                client = self.dial(relay, "www.test" if has_tls else None)
                client.send(frames.upgrade_request("/other", host="other.test"))
                client.expect(b"HTTP/1.1 502 Bad Gateway\r\n")

    def test_several_upstreams_are_tried_in_turn(self):
        with socket.create_server(("127.0.0.1", 0)) as gone:
            refusing = f"ws://127.0.0.1:{gone.getsockname()[1]}"
        routes = [{"path": "/chat",
                   "upstream": [refusing, "ws://nowhere.invalid:80", self.upstream("room")]}]
        relay = self.relay(routes=routes)
        client = self.dial(relay)
        self.check_way(relay, client, "room", frames.upgrade_request("/chat"))
        client.close()
        self.assertEqual(relay.record()["server"], self.services["room"].name)

    def test_a_route_to_a_service_with_tls(self):
        """A plain client's route leads to wss://; a client with TLS as well."""
        routes = [{"path": "/chat", "upstream": self.upstream("room", "wss")}]
        trust = {"upstream_tls": {"ca": str(self.authority.certificate)}}
        for make, server_name in ((self.relay, None), (self.terminated, "www.test")):
            with self.subTest(tls=server_name is not None):
                relay, met = make(routes=routes, **trust), []
                context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
                context.load_cert_chain(*self.theirs)

                def serve():
                    peer = self.services["room"].accept()
                    met.append(Peer(context.wrap_socket(peer.socket, server_side=True)))
                serving = Background(serve)
                client = self.dial(relay, server_name)
                client.send(frames.upgrade_request("/chat"))
                serving.join()
                met[0].expect(frames.upgrade_request("/chat"))
                met[0].send(b"answer")
                client.expect(b"answer")
                met[0].close()


if __name__ == "__main__":
    unittest.main()
