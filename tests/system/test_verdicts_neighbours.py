"""Debian's nginx and HAProxy cut, refuse and reload, behind the proxy and in front of it: the
verdict names the right side of this tap.
"""

import concurrent.futures
import contextlib
import socket
import time
import unittest

from support import frames
from support.endpoints import Endpoint, node
from support.neighbours import NGINX_PASSES_UPGRADES, haproxy, nginx
from support.provoked import Provoked, ask_upgrade, last_record, proxy_to, read_head
from support.raw_peers import Listener, Peer, Service


def nginx_idle(port, seconds):
    return nginx(port, NGINX_PASSES_UPGRADES
                 + f"proxy_read_timeout {seconds}s; proxy_send_timeout {seconds}s;")


def haproxy_idle(port, seconds):
    return haproxy(port, "http", tunnel=f"{seconds}s")


@contextlib.contextmanager
def echo_server():
    with Endpoint(node("ws_server.js")) as server:
        yield server.answer()["port"]


@contextlib.contextmanager
def chain(hop, position):
    """(where clients connect, the proxy) of client, proxy, hop, server; or hop before the proxy."""
    with echo_server() as server, contextlib.ExitStack() as stack:
        if position == "behind":
            running = stack.enter_context(hop(server))
            proxy = stack.enter_context(proxy_to(running.port))
            yield proxy.port(), proxy, running
        else:
            proxy = stack.enter_context(proxy_to(server))
            running = stack.enter_context(hop(proxy.port()))
            yield running.port, proxy, running


def open_and_talk(port):
    client = ask_upgrade(port, "/plain/echo")
    client.send(frames.client_frame(b"hello"))
    client.expect(frames.server_frame(b"hello"))
    return client


class IdleTimeouts(Provoked):
    """Connections of different ages fall silent; each is cut after the same silence."""

    def cut(self, hop, seconds, position, count=4):
        with chain(lambda port: hop(port, seconds), position) as (port, proxy, _):
            def live(number):
                client = open_and_talk(port)
                for _ in range(number):  # some talk for a while
                    time.sleep(0.4)
                    client.send(frames.client_frame(b"still here"))
                    client.expect(frames.server_frame(b"still here"))
                client.receive_to_end()
                client.close()
            with concurrent.futures.ThreadPoolExecutor(count) as pool:
                for future in [pool.submit(live, number) for number in range(count)]:
                    future.result()
            return proxy.wait_for_records(count)

    def judge(self, name, initiator, party, seconds):
        records = self.end(name)
        self.assertEqual(len(records), 4)
        for count, record in enumerate(records, 1):
            self.assert_closed(record, 1006, initiator)
            if count < 3:  # one silence alone, or two, prove no timer
                continue
            self.assert_verdict(
                record, "idle_timeout", party, "likely",
                rf"{seconds}\.\d s after the last byte",
                rf"{count} of {count} closes like this one, of this upstream and side, came at "
                rf"{seconds}\.\d s idle")

    def in_time(self, name, initiator):
        """Those that were cut after 2 s to a twentieth: on a busy machine timers fire later."""
        records = self.end(name)
        for record in records:
            self.assert_closed(record, 1006, initiator)
        found = [record for record in records
                 if 2 <= min(each["idle_s"] for each in record["traffic"].values()) < 2.05]
        self.assertGreater(len(found), 0, records)
        return found

    def provoke_nginx_behind(self):
        return self.cut(nginx_idle, 6, "behind")

    def test_six_seconds_of_nginx_behind(self):
        self.judge("nginx_behind", "server", "hop_behind", 6)
        self.assert_verdict(self.end("nginx_behind")[-1], "idle_timeout", "hop_behind", "likely",
                            r"The answer names nginx on that side")

    def provoke_nginx_before(self):
        return self.cut(nginx_idle, 6, "before")

    def test_six_seconds_of_nginx_before(self):
        self.judge("nginx_before", "client", "hop_before", 6)

    def provoke_haproxy_behind(self):
        return self.cut(haproxy_idle, 6, "behind")

    def test_six_seconds_of_haproxy_behind(self):
        self.judge("haproxy_behind", "server", "hop_behind", 6)

    def provoke_haproxy_before(self):
        return self.cut(haproxy_idle, 6, "before")

    def test_six_seconds_of_haproxy_before(self):
        self.judge("haproxy_before", "client", "hop_before", 6)

    def provoke_two_seconds_of_nginx(self):
        return self.cut(nginx_idle, 2, "behind")

    def test_two_seconds_of_nginx_behind(self):
        """A whole number of seconds may be chance the first time; the same again is a timer."""
        records = self.in_time("two_seconds_of_nginx", "server")
        first = self.end("two_seconds_of_nginx")[0]
        if first in records:
            self.assert_verdict(first, "idle_timeout", "hop_behind", "possible",
                                r"2\.0 s after the last byte", r"The answer names nginx",
                                r"a whole number of seconds")
        self.assert_verdict(self.end("two_seconds_of_nginx")[-1], "idle_timeout", "hop_behind",
                            "likely", r"[34] of 4 closes like this one", r"The answer names nginx")

    def provoke_two_seconds_of_haproxy_before(self):
        return self.cut(haproxy_idle, 2, "before")

    def test_two_seconds_of_haproxy_before(self):
        """HAProxy does not name itself: it may have been the client."""
        for record in self.in_time("two_seconds_of_haproxy_before", "client"):
            self.assert_verdict(record, "client_gone", "nobody", "possible",
                                r"a whole number of seconds", candidates=["idle_timeout"])


class Reloads(Provoked):
    """Old workers are cut a second after the reload: connections of every age and silence end at
    once, and keep-alives do not help."""

    COUNT = 24

    def reload(self, position):
        def hop(port):
            return nginx(port, main="worker_shutdown_timeout 1s;")
        with chain(hop, position) as (port, proxy, running):
            clients = []
            for _ in range(self.COUNT):
                clients.append(open_and_talk(port))
                time.sleep(0.13)  # different ages are what is to be seen
            running.reload()
            for client in clients:
                client.receive_to_end()
                client.close()
            return (proxy.wait_for_records(self.COUNT, "session_end"),
                    proxy.wait_for_records(1, "mass_close"))

    def judge(self, name, side):
        records, mass = self.end(name)
        # The first ones end before there is a crowd.
        of_crowd = [record for record in records if record["cause"]["id"] == "mass_close"]
        self.assertGreaterEqual(len(of_crowd), self.COUNT // 4)
        self.assert_verdict(of_crowd[-1], "mass_close", "operator", "likely",
                            rf"connections of this listener ended from the {side}'s side within",
                            r"Their ages were")
        self.assertEqual(len(mass), 1, mass)
        self.assertEqual(mass[0]["closes"], self.COUNT)

    def provoke_behind(self):
        return self.reload("behind")

    def test_of_nginx_behind(self):
        self.judge("behind", "server")

    def provoke_before(self):
        return self.reload("before")

    def test_of_nginx_before(self):
        self.judge("before", "client")


class StrippedUpgrades(Provoked):
    """nginx with proxy_pass alone."""

    def ask(self, port):
        client = Peer.connect(("127.0.0.1", port))
        client.send(frames.upgrade_request("/plain/echo"))
        head = read_head(client)
        client.close()
        return head

    def test_in_front_the_hop_before_is_named(self):
        with chain(lambda port: nginx(port, ""), "before") as (port, proxy, _):
            self.assertNotIn(" 101 ", self.ask(port))
            record = last_record(proxy)
        self.assertEqual(record["event"], "handshake_failed")
        self.assert_verdict(record, "upgrade_stripped", "hop_before", "likely",
                            r"still has its Sec-WebSocket headers", r"HS-03", r"HTTP/1\.0",
                            fix=r"proxy_http_version 1\.1")

    def test_behind_the_hop_behind_is_named(self):
        """The server gets a plain GET and answers with a page."""
        page = frames.sized_response("200 OK", b"<h1>hello</h1>", [("Content-Type", "text/html")])
        with (Service(page) as server, nginx(server.address[1], "") as hop,
              proxy_to(hop.port) as proxy):
            self.assertIn(" 200 ", self.ask(proxy.port()))
            record = last_record(proxy)
        self.assertEqual(record["event"], "handshake_failed")
        self.assert_verdict(record, "answered_without_upgrade", "hop_behind", "likely",
                            r"answered with 200 \(Server: nginx", r"the request was whole here",
                            fix=r"(?s)nginx is on the path.*proxy_set_header Upgrade")

    def test_behind_a_426_of_the_server_names_the_hop_behind(self):
        with (Endpoint(node("ws_only_server.js")) as server,
              nginx(server.answer()["port"], "proxy_http_version 1.1;") as hop,
              proxy_to(hop.port) as proxy):
            self.assertIn(" 426 ", self.ask(proxy.port()))
            record = last_record(proxy)
        self.assert_verdict(record, "upgrade_stripped", "hop_behind", "likely",
                            r"answered with 426 \(Server: nginx",
                            r"a hop behind this tap took them out",
                            fix=r"proxy_set_header Upgrade")


class GatewayErrors(Provoked):
    """502, 503 and 504 as each of them says it."""

    def ask(self, hop, status):
        with hop as running, proxy_to(running.port) as proxy:
            client = Peer.connect(("127.0.0.1", proxy.port()))
            client.send(frames.upgrade_request("/plain/echo"))
            self.assertIn(f" {status} ", read_head(client))
            client.close()
            return last_record(proxy)

    def dead_port(self):
        with socket.create_server(("127.0.0.1", 0)) as gone:
            return gone.getsockname()[1]

    def judge(self, name, status, software=""):
        record = self.end(name)
        self.assertEqual(record["handshake"]["status"], status)
        self.assert_verdict(record, "handshake_unavailable", record["cause"]["party"],
                            record["cause"]["confidence"],
                            rf"The server answered with {status}.*{software}")
        self.assertIn(record["cause"]["party"], ("hop_behind", "server"))
        self.assertIn(record["cause"]["confidence"], ("likely", "certain"))

    def provoke_nginx_502(self):
        return self.ask(nginx(self.dead_port()), 502)

    def test_nginx_502(self):
        self.judge("nginx_502", 502, r"Server: nginx")

    def provoke_nginx_504(self):
        with Listener() as silent:
            return self.ask(nginx(silent.address[1], NGINX_PASSES_UPGRADES
                                  + "proxy_read_timeout 1s;"), 504)

    def test_nginx_504(self):
        self.judge("nginx_504", 504, r"Server: nginx")

    def provoke_nginx_503(self):
        return self.ask(nginx(self.dead_port(), "return 503;"), 503)

    def test_nginx_503(self):
        self.judge("nginx_503", 503, r"Server: nginx")

    def provoke_haproxy_503(self):
        return self.ask(haproxy(self.dead_port(), "http", connect="1s"), 503)

    def test_haproxy_503(self):
        self.judge("haproxy_503", 503)

    def provoke_haproxy_504(self):
        with Listener() as silent:
            return self.ask(haproxy(silent.address[1], "http", server="1s"), 504)

    def test_haproxy_504(self):
        self.judge("haproxy_504", 504)

    def provoke_haproxy_502(self):
        with Service(b"what is this\r\n\r\n") as no_http:
            return self.ask(haproxy(no_http.address[1], "http"), 502)

    def test_haproxy_502(self):
        self.judge("haproxy_502", 502)


class SizeLimits(Provoked):
    def test_a_request_head_that_nginx_finds_too_large(self):
        """What its limits are about is the handshake: behind it nginx counts nothing."""
        with chain(lambda port: nginx(port), "behind") as (_, proxy, _):
            client = Peer.connect(("127.0.0.1", proxy.port()))
            client.send(frames.upgrade_request("/plain/echo", [("Cookie", "a=" + "b" * 20_000)]))
            self.assertIn(" 400 ", read_head(client))
            client.close()
            record = last_record(proxy)
        self.assert_verdict(record, record["cause"]["id"], record["cause"]["party"],
                            record["cause"]["confidence"], r"The server answered with 400")
        self.assertIn("large", " ".join(record["cause"]["evidence"]).lower())


if __name__ == "__main__":
    unittest.main()
