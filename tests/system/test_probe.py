"""lastframe probe and lastframe echo: against real servers, and through real and bad hops."""

import contextlib
import re
import socket
import threading
import unittest

from support import changing_hop
from support.certificates import Certificates
from support.changing_hop import ChangingHop
from support.endpoints import Endpoint, node, python
from support.neighbours import haproxy, nginx
from support.probing import echo, probe, run
from support.proxy import PATIENCE_S, Proxy


@contextlib.contextmanager
def raw_server(answer):
    """Reads a request and sends `answer`; without one it never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        held = []

        def serve():
            with contextlib.suppress(OSError):
                while True:
                    client, _ = listener.accept()
                    held.append(client)
                    client.recv(65536)
                    if answer is not None:
                        client.sendall(answer)
                        client.close()
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(PATIENCE_S)
        for client in held:
            client.close()


def steps(report):
    return {step["step"]: step["result"] for step in report["steps"]}


def says(report, step):
    return " ".join(next(s["says"] for s in report["steps"] if s["step"] == step))


class OneConnection(unittest.TestCase):
    def assert_good(self, code, report):
        self.assertEqual(code, 0, report)
        self.assertEqual(set(steps(report).values()), {"good"}, report)
        self.assertEqual(report["record"]["close"]["code"], 1000)
        self.assertEqual(report["record"]["cause"]["id"], "normal_closure")

    def test_npm_ws(self):
        with Endpoint(node("ws_server.js")) as server:
            port = server.answer()["port"]
            code, report = probe(f"ws://127.0.0.1:{port}/plain/echo", "--message", "hello")
        self.assert_good(code, report)
        self.assertIn("the same text came back", says(report, "message"))

    def test_python_websockets(self):
        with Endpoint(python("websockets_server.py")) as server:
            port = server.answer()["port"]
            code, report = probe(f"ws://127.0.0.1:{port}/plain/echo")
        self.assert_good(code, report)
        self.assertIn("Python", says(report, "handshake"))

    def test_nobody_listens(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            code, report = probe(f"ws://127.0.0.1:{taken.getsockname()[1]}/")
        self.assertEqual(code, 1)
        self.assertEqual(steps(report)["connect"], "bad")
        self.assertEqual(steps(report)["handshake"], "not_reached")
        self.assertIn("ECONNREFUSED", says(report, "connect"))
        self.assertEqual(report["record"]["cause"]["id"], "connect_refused")

    def test_a_plain_http_server(self):
        answer = b"HTTP/1.1 404 Not Found\r\nServer: plain/1\r\nContent-Length: 0\r\n\r\n"
        with raw_server(answer) as port:
            code, report = probe(f"ws://127.0.0.1:{port}/")
        self.assertEqual(code, 1)
        self.assertIn('"HTTP/1.1 404 Not Found"', says(report, "handshake"))
        self.assertIn("plain/1", says(report, "handshake"))
        self.assertEqual(report["record"]["handshake"]["outcome"], "rejected")

    def test_a_101_that_breaks_a_rule(self):
        answer = (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                  b"Connection: Upgrade\r\nSec-WebSocket-Accept: wrong\r\n\r\n")
        with raw_server(answer) as port:
            code, report = probe(f"ws://127.0.0.1:{port}/")
        self.assertEqual(code, 1)
        self.assertIn("accept_wrong", says(report, "handshake"))

    def test_a_server_that_never_answers(self):
        with raw_server(None) as port:
            code, report = probe(f"ws://127.0.0.1:{port}/", "--timeout", "300ms")
        self.assertEqual(code, 1)
        self.assertIn("did not come within 0.3 s", says(report, "handshake"))

    def test_tls(self):
        with Certificates() as made:
            root = made.authority("Root")
            good = made.leaf(root, names=["127.0.0.1"])
            other = made.leaf(root, names=["other.example"])
            ca = ("--ca", root.file)
            with echo("--tls-cert", good.chain_file(), "--tls-key", good.key_file) as port:
                url = f"wss://127.0.0.1:{port}/"
                code, report = probe(url, *ca)
                self.assert_good(code, report)
                self.assertRegex(says(report, "tls"), r"TLS 1\.3.*ALPN http/1\.1.*CN=")
                code, report = probe(url)
                self.assertEqual((code, steps(report)["tls"]), (1, "bad"))
            with echo("--tls-cert", other.chain_file(), "--tls-key", other.key_file) as port:
                url = f"wss://127.0.0.1:{port}/"
                code, report = probe(url, *ca)
                self.assertEqual((code, steps(report)["tls"]), (1, "bad"))
                self.assertIn("name_mismatch", says(report, "tls"))
                self.assertEqual(report["record"]["event"], "tls_failed")
                code, report = probe(url, *ca, "--insecure")
                self.assertEqual((code, steps(report)["tls"]), (0, "odd"))

    def test_bad_usage(self):
        for arguments in (("http://a/",), (), ("ws://a/", "--ca", "x", "--timeout", "0s")):
            with self.subTest(arguments=arguments):
                done = run("probe", *arguments)
                self.assertEqual(done.returncode, 2)
                self.assertTrue(done.stderr.startswith("lastframe: "), done.stderr)

    def test_an_address_that_is_taken(self):
        with echo() as port:
            done = run("echo", "--listen", f"127.0.0.1:{port}")
        self.assertEqual(done.returncode, 2)
        self.assertIn("Address already in use", done.stderr)


class Path(unittest.TestCase):
    def through(self, port, *arguments, scheme="ws"):
        """(exit code, {id: check}) of a path whose near end is at `port`."""
        code, report = probe("--against", f"{scheme}://127.0.0.1:{port}/", *arguments)
        return code, {check["id"]: check for check in report["checks"]}

    def changed(self, checks):
        return {name: check["result"] for name, check in checks.items()
                if check["result"] != "unchanged"}

    def findings(self, checks, name):
        return " | ".join(checks[name]["findings"])

    def test_directly(self):
        with echo() as port:
            code, checks = self.through(port)
        self.assertEqual((code, self.changed(checks)), (0, {}))
        self.assertGreater(len(checks), 50)

    def test_through_the_proxy(self):
        with echo() as port, Proxy(f"ws://127.0.0.1:{port}") as hop:
            code, checks = self.through(hop.port())
        self.assertEqual((code, self.changed(checks)), (0, {}))

    def test_over_tls(self):
        with Certificates() as made:
            root = made.authority("Root")
            leaf = made.leaf(root, names=["127.0.0.1"])
            with echo("--tls-cert", leaf.chain_file(), "--tls-key", leaf.key_file) as port:
                code, checks = self.through(port, "--ca", root.file, scheme="wss")
        self.assertEqual((code, self.changed(checks)), (0, {}))

    def test_through_haproxy(self):
        """HAProxy 2.6 in HTTP mode: lower-case names, frames untouched, a FIN where a RST was."""
        with echo() as port, haproxy(port, "http") as hop:
            code, checks = self.through(hop.port)
        self.assertEqual(code, 1)
        self.assertEqual(self.changed(checks), {"handshake": "altered", "reset_by_echo": "altered"})
        self.assertIn("field names arrive in lower case", self.findings(checks, "handshake"))
        self.assertIn("reset arrived as fin", self.findings(checks, "reset_by_echo"))

    def test_through_nginx(self):
        """nginx 1.22: a head of its own, no field of 8 KiB, both directions end at once."""
        with echo() as port, nginx(port) as hop:
            code, checks = self.through(hop.port)
        self.assertEqual(code, 1)
        self.assertEqual(self.changed(checks), {
            "handshake": "altered", "long_field": "refused", "fin_by_client": "lost",
            "reset_by_client": "altered", "reset_by_echo": "altered"})
        self.assertIn("Server: lastframe-echo arrived as Server: nginx",
                      self.findings(checks, "handshake"))
        self.assertIn("400 Bad Request", self.findings(checks, "long_field"))

    def test_a_hop_that_strips_extensions_and_adds_a_field(self):
        def request(head):
            return changing_hop.with_forwarded_for(changing_hop.without_extensions(head))
        with echo() as port, ChangingHop(port, request=request) as hop:
            code, checks = self.through(hop.port, "--max-size", "64KiB")
        self.assertEqual(code, 1)
        self.assertIn("X-Forwarded-For: 203.0.113.9 was added", self.findings(checks, "handshake"))
        for name in ("deflate", "deflate_declined", "extension_unknown"):
            self.assertEqual(checks[name]["result"], "altered")
            self.assertRegex(self.findings(checks, name), "Sec-WebSocket-Extensions.*taken out")

    def test_a_hop_that_drops_pings(self):
        with echo() as port, ChangingHop(port, frame=changing_hop.without_pings) as hop:
            code, checks = self.through(hop.port, "--max-size", "64KiB")
        self.assertEqual(code, 1)
        self.assertEqual(checks["ping_125"]["result"], "lost")
        self.assertIn("0 of 1 control frame arrived", self.findings(checks, "ping_125"))
        self.assertIn("0 of 2 control frames arrived",
                      self.findings(checks, "fragments_with_pings"))
        self.assertEqual(checks["length_125"]["result"], "unchanged")

    def test_a_hop_that_cuts_messages_anew(self):
        with echo() as port, ChangingHop(port, frame=changing_hop.cut_in_two) as hop:
            code, checks = self.through(hop.port, "--max-size", "64KiB")
        self.assertEqual(code, 1)
        self.assertEqual(checks["length_0"]["result"], "unchanged")
        self.assertIn("messages were cut into frames anew: 1 data frame sent, 2 arrived",
                      self.findings(checks, "length_125"))

    def test_a_hop_that_cuts_off_long_messages(self):
        with echo() as port, ChangingHop(port, frame=changing_hop.cut_off_behind(65536)) as hop:
            code, checks = self.through(hop.port, "--max-size", "256KiB")
        self.assertEqual(code, 1)
        self.assertEqual(checks["length_65536"]["result"], "unchanged")
        self.assertIn("arrived with 65536 bytes, not 1048576 bytes",
                      self.findings(checks, "length_1048576"))
        low, high = map(int, re.search(r"of (\d+) bytes passes, one of (\d+)",
                                       self.findings(checks, "sizes")).groups())
        self.assertTrue(low <= 65536 < high, (low, high))
        self.assertLess(high - low, 2048)

    def test_a_hop_that_masks_anew_has_no_limit_of_size(self):
        with echo() as port, ChangingHop(port, frame=changing_hop.masked_anew) as hop:
            code, checks = self.through(hop.port, "--max-size", "64KiB")
        self.assertEqual(code, 1)
        self.assertEqual(checks["sizes"]["facts"], ["the largest message that passed: 65536 bytes"])
        for name in ("sizes", "length_125"):
            self.assertEqual(checks[name]["result"], "altered")
            self.assertIn("under other masking keys", self.findings(checks, name))

    def test_a_hop_that_compresses_itself(self):
        with echo() as port, ChangingHop(port, **changing_hop.compressing()) as hop:
            code, checks = self.through(hop.port, "--max-size", "4KiB", "--timeout", "1s")
        self.assertEqual((code, checks["deflate"]["result"]), (1, "altered"))
        self.assertIn("compresses messages that were sent uncompressed",
                      self.findings(checks, "deflate"))

    def test_a_hop_that_puts_another_close_code(self):
        with echo() as port, ChangingHop(port, frame=changing_hop.with_other_close(1001)) as hop:
            code, checks = self.through(hop.port, "--max-size", "64KiB")
        self.assertEqual(code, 1)
        self.assertEqual(checks["close_1011"]["result"], "altered")
        self.assertIn("the answer 1011 arrived as 1001", self.findings(checks, "close_1011"))
        self.assertIn('the echo\'s Close 1011 with the reason "because" arrived as 1001',
                      self.findings(checks, "close_1011"))

    def test_an_idle_timeout_is_found(self):
        with echo() as port, ChangingHop(port, idle_s=1.5) as hop:
            code, checks = self.through(hop.port, "--find-timeouts", "--longest", "3s",
                                       "--max-size", "64KiB")
        self.assertEqual(code, 1)
        self.assertEqual(checks["silence"]["result"], "refused")
        low, high = map(float, re.search(r"between ([\d.]+) s and ([\d.]+) s",
                                         self.findings(checks, "silence")).groups())
        self.assertTrue(1.0 <= low <= 1.6 and 1.4 <= high <= 2.0, (low, high))
        self.assertIn("keeps the connection", " ".join(checks["silence"]["facts"]))

    def test_no_timeout_is_found_where_there_is_none(self):
        with echo() as port:
            code, checks = self.through(port, "--find-timeouts", "--longest", "1s",
                                       "--max-size", "4KiB")
        self.assertEqual((code, self.changed(checks)), (0, {}))
        self.assertIn("1.0 s", " ".join(checks["silence"]["facts"]))

    def test_where_another_server_answers_the_rest_is_not_tried(self):
        with Endpoint(node("ws_server.js")) as server:
            code, checks = self.through(server.answer()["port"], "--timeout", "500ms")
        self.assertEqual(code, 1)
        self.assertEqual(set(checks), {"handshake", "latency"})


if __name__ == "__main__":
    unittest.main()
