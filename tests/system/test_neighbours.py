"""Debian's nginx and HAProxy in front of the proxy and behind it: what they make of legal WebSocket
traffic breaks no rule, and what a wrong configuration of theirs breaks is called by its name.
"""

import socket
import unittest

from support.endpoints import Endpoint, node, python
from support.neighbours import NGINX_PASSES_UPGRADES, haproxy, nginx
from support.proxy import Proxy
from support.scenarios import CLOSE, SIZES, SUBPROTOCOL, do, messages
from support.verdicts import Verdicts

HOPS = {
    "nginx": nginx,
    "nginx without buffering": lambda port: nginx(port, NGINX_PASSES_UPGRADES
                                                  + "proxy_buffering off;"),
    "haproxy, http": lambda port: haproxy(port, "http"),
    "haproxy, tcp": lambda port: haproxy(port, "tcp"),
}
CLIENTS = {"ws": node("ws_client.js"), "websockets": python("websockets_client.py")}


def conversation():
    steps = []
    for count, size in enumerate(SIZES, 1):
        steps += [do("text" if count % 2 else "binary", size=size), messages(count)]
    steps += [do("fragments", kind="text", sizes=[0, 126, 65536]), messages(len(SIZES) + 1),
              do("ping", data="are you there")]
    return [*steps, CLOSE]


# (path, steps, close code): each ends otherwise.
TALKS = [
    ("/plain/echo", conversation(), 1000),
    ("/deflate/echo", conversation(), 1000),
    ("/plain/close/4001/not%20in%20this%20room", [do("text", size=5)], 4001),
    ("/plain/hello", [messages(1), CLOSE], 1000),
    ("/plain/terminate", [do("text", size=5)], 1006),
]


class Hops(Verdicts, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Endpoint(node("ws_server.js"))
        cls.addClassCleanup(cls.server.stop)
        cls.server_port = cls.server.answer()["port"]
        cls.clients = {name: Endpoint(command) for name, command in CLIENTS.items()}
        for client in cls.clients.values():
            cls.addClassCleanup(client.stop)

    def talk(self, client, port, path, steps=()):
        return self.clients[client].ask({"url": f"ws://127.0.0.1:{port}{path}",
                                         "subprotocols": [SUBPROTOCOL], "steps": steps})

    def check_talks(self, port, proxy):
        """Both clients have every talk through `port`: as without a hop, and without an alarm."""
        count = 0
        for name in CLIENTS:
            for path, steps, code in TALKS:
                with self.subTest(client=name, path=path):
                    direct = self.talk(name, self.server_port, path, steps), self.server.answer()
                    count += 1
                    through = self.talk(name, port, path, steps), self.server.answer()
                    self.assertEqual(through, direct)
                    record = proxy.wait_for_records(count)[-1]
                    self.assertEqual((record["path"], record["close"]["code"]), (path, code))
                    self.assertEqual(record["handshake"]["outcome"], "accepted")
                    self.assert_legal(record)
                    if path == "/deflate/echo":
                        sizes = sum(each["size"] for each in direct[1]["events"]
                                    if each["event"] == "message")
                        for counts in record["compression"].values():
                            self.assertEqual((counts["inflated_bytes"], counts["not_inflated"]),
                                             (sizes, 0))

    def test_in_front_of_the_proxy(self):
        for name, hop in HOPS.items():
            with (self.subTest(hop=name), Proxy(f"ws://127.0.0.1:{self.server_port}") as proxy,
                  hop(proxy.port()) as running):
                self.check_talks(running.port, proxy)

    def test_behind_the_proxy(self):
        for name, hop in HOPS.items():
            with (self.subTest(hop=name), hop(self.server_port) as running,
                  Proxy(f"ws://127.0.0.1:{running.port}") as proxy):
                self.check_talks(proxy.port(), proxy)
                software = proxy.records()[0]["handshake"]["server"] or ""
                self.assertEqual(software.partition("/")[0], name.partition(" ")[0]
                                 if name.startswith("nginx") else "")

    def refused_behind(self, settings):
        """The record of an upgrade request through an nginx that does not pass it on as one."""
        with (Proxy(f"ws://127.0.0.1:{self.server_port}") as proxy,
              nginx(proxy.port(), settings) as running):
            events = self.talk("ws", running.port, "/plain/echo")
            self.assertEqual([(each["event"], each.get("status")) for each in events],
                             [("rejected", 404)])
            record = proxy.record("handshake_failed")
        self.assertEqual((record["handshake"]["outcome"], record["handshake"]["status"]),
                         ("rejected", 404))
        self.assertNotIn("stray_bytes", record)
        return record

    def test_nginx_as_it_comes_asks_for_no_upgrade(self):
        """Its default was HTTP/1.0 up to 1.29; "Upgrade" and "Connection" are never passed on."""
        record = self.refused_behind("proxy_http_version 1.0;")
        self.assertEqual(
            [(each["id"], each["rule"], each["side"], each["frame"], each.get("detail"))
             for each in record["violations"]],
            [("HS-01", "request_not_get", "client", 0, "HTTP/1.0"),
             ("HS-03", "upgrade_not_websocket", "client", 0, "missing"),
             ("HS-04", "connection_without_upgrade", "client", 0, "does not name upgrade")])
        self.check_upgrade_note(record)

    def test_nginx_with_http_1_1_alone_asks_for_no_upgrade(self):
        record = self.refused_behind("proxy_http_version 1.1;")
        self.assertEqual([each["id"] for each in record["violations"]], ["HS-03", "HS-04"])
        self.check_upgrade_note(record)

    def check_upgrade_note(self, record):
        note, = [each for each in record["notes"] if each["id"] == "HS-25"]
        self.assertEqual((note["rule"], note["side"]), ("upgrade_stripped", "client"))

    def test_the_502_page_of_nginx_is_a_refusal_and_breaks_no_rule(self):
        with socket.create_server(("127.0.0.1", 0)) as gone:
            port = gone.getsockname()[1]
        settings = NGINX_PASSES_UPGRADES + "keepalive_timeout 0;"
        with (nginx(port, settings) as running, Proxy(f"ws://127.0.0.1:{running.port}") as proxy):
            events = self.talk("ws", proxy.port(), "/plain/echo")
            self.assertEqual(events[-1]["status"], 502)
            record = proxy.record("handshake_failed")
        self.assertEqual(record["handshake"]["outcome"], "rejected")
        self.assertTrue(record["handshake"]["server"].startswith("nginx"))
        self.assert_legal(record)


if __name__ == "__main__":
    unittest.main()
