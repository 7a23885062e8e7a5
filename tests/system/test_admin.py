"""The admin port of the real program: what it answers, to whom, and what it withstands."""

import contextlib
import pathlib
import random
import re
import signal
import socket
import subprocess
import tempfile
import time
import unittest

from support.admin import AdminTest, Reader, ask, connection
from support.between import needs_proxy
from support.frames import client_frame
from support.proxy import BINARY, PATIENCE_S, Proxy, wait_until

TOKEN = "0123456789abcdef0123456789abcdef"
SECURITY = {
    "Content-Security-Policy": "default-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


@needs_proxy
class Answers(AdminTest):

    def test_each_plain_route(self):
        for path, kind, body in (("/", "text/html", b"<!doctype html>"),
                                 ("/healthz", "text/plain", b"ok\n"),
                                 ("/readyz", "text/plain", b"ready\n"),
                                 ("/metrics", "text/plain", b"# HELP "),
                                 ("/version", "application/json", b'{"name":"lastframe"')):
            for method in ("GET", "HEAD"):
                with self.subTest(path=path, method=method):
                    answer = self.ask(path, method=method)
                    self.assertEqual((answer.status, answer.type), (200, kind))
                    self.assertTrue(answer.body.startswith(body if method == "GET" else b""))
                    if method == "HEAD":
                        self.assertEqual(answer.body, b"")
                        said = int(answer.headers["Content-Length"])
                        # Of metrics, numbers grow from one answer to the next.
                        self.assertAlmostEqual(said, int(self.ask(path).headers["Content-Length"]),
                                               delta=100 if path == "/metrics" else 0)

    def test_every_answer_has_the_security_headers(self):
        for path, options in (("/", {}), ("/nothing", {}), ("/metrics", {"host": "evil.example"}),
                              ("/healthz", {"method": "POST"}), ("/%zz", {}),
                              ("/api/v1/sessions?code=x", {}), ("/", {"method": "BREW"})):
            with self.subTest(path=path, **options):
                headers = self.ask(path, **options).headers
                for name, value in SECURITY.items():
                    self.assertTrue((headers[name] or "").startswith(value), (name, headers[name]))

    def test_only_get_and_head(self):
        for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS"):
            with self.subTest(method=method):
                answer = self.ask("/version", method=method)
                self.assertEqual(answer.status, 405)
                self.assertEqual(answer.headers["Allow"], "GET, HEAD")
        for method in ("TRACE", "BREW"):
            self.assertEqual(self.ask("/version", method=method).status, 403)

    def test_no_path_leads_elsewhere(self):
        for path in ("/nothing", "/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "//etc/passwd",
                     "/api/v1/sessions/../../../etc/passwd", "/healthz/", "/api/v1/sessions/%2e",
                     "/metrics%2f..%2f..%2fetc", "/api/v1/sessions/0123456789abcdef"):
            with self.subTest(path=path):
                answer = self.ask(path)
                self.assertEqual((answer.status, answer.type), (404, "application/json"))
                self.assertEqual(set(answer.json()), {"status", "error", "remedy"})
        self.assertEqual(self.ask("/%68ealthz").body, b"ok\n")

    def test_a_connection_is_kept_and_requests_may_come_together(self):
        request = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
        with connection(self.admin) as sock:
            for _ in range(3):
                self.assertEqual(self.ask("/version", sock=sock).status, 200)
            self.assertEqual(self.ask("/version", method="HEAD", sock=sock).body, b"")
            sock.sendall(request * 5)
            received = b""
            while received.count(b"\r\n\r\nok\n") < 5:
                data = sock.recv(65536)
                self.assertTrue(data, received)
                received += data
            self.assertEqual(received.count(b"HTTP/1.1 200"), 5)

    def test_a_body_is_refused_and_never_taken_for_a_request(self):
        smuggled = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
        for method, headers, status in (
                ("GET", (("Content-Length", len(smuggled)),), 400),
                ("POST", (("Content-Length", len(smuggled)),), 405),
                ("GET", (("Transfer-Encoding", "chunked"),), 400)):
            with self.subTest(method=method, headers=headers), connection(self.admin) as sock:
                answer = self.ask("/version", method=method, headers=headers, body=smuggled,
                                  sock=sock)
                self.assertEqual(answer.status, status)
                self.assertEqual(sock.recv(1), b"")

    def test_a_large_body_does_not_hide_the_answer(self):
        body = b"a" * 1_000_000
        answer = self.ask("/version", method="POST", headers=(("Content-Length", len(body)),),
                          body=body[:60_000])
        self.assertEqual(answer.status, 405)


@needs_proxy
class Withstanding(AdminTest):

    def test_idle_connections_give_way_to_probes(self):
        idle = [connection(self.admin) for _ in range(600)]
        for sock in idle:
            self.addCleanup(sock.close)
        started = time.monotonic()
        for _ in range(10):
            self.assertEqual(self.ask("/healthz").status, 200)
        self.assertLess(time.monotonic() - started, 10)

    def test_heads_that_are_too_long_are_turned_away(self):
        for name, head in (
                ("one field", b"X: " + b"a" * 100_000), ("many fields", b"X: a\r\n" * 20_000),
                ("the target", None)):
            with self.subTest(name), connection(self.admin) as sock:
                start = b"GET /" + (b"a" * 100_000 if head is None else b"version")
                try:
                    sock.sendall(start + b" HTTP/1.1\r\nHost: localhost\r\n" + (head or b"X: a"))
                    sock.sendall(b"\r\n\r\n")
                    received = sock.recv(65536)
                except (ConnectionResetError, BrokenPipeError):
                    received = b""
                self.assertFalse(received.startswith(b"HTTP/1.1 200"), received[:100])
        self.assertEqual(self.ask("/healthz").status, 200)

    def test_a_slow_head_runs_out_of_time(self):
        with connection(self.admin) as sock:
            started = time.monotonic()
            sock.settimeout(1)
            ended = False
            while not ended and time.monotonic() - started < PATIENCE_S + 30:
                try:
                    sock.sendall(b"X")
                    ended = sock.recv(1) == b""
                except socket.timeout:
                    pass
                except (BrokenPipeError, ConnectionResetError):
                    ended = True
            self.assertTrue(ended)

    def test_garbage_is_answered_or_closed_and_nothing_else_suffers(self):
        for data in (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 200, b"\r\n" * 100,
                     b"GET\r\n\r\n", b"GET / HTTP/9.9\r\nHost: localhost\r\n\r\n",
                     b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"GET /healthz%00 HTTP/1.1\r\n\r\n",
                     random.Random(13).randbytes(5000) + b"\r\n\r\n"):
            with self.subTest(data=data[:20]), connection(self.admin) as sock:
                with contextlib.suppress(OSError):  # it may have been closed by now
                    sock.sendall(data)
                    sock.shutdown(socket.SHUT_WR)
                    while sock.recv(65536):
                        pass
            self.assertEqual(self.ask("/healthz").status, 200)

    def test_it_is_bound_where_it_was_asked_to_and_nowhere_else(self):
        port = int(self.admin.rsplit(":", 1)[1])
        bound = []
        for table in ("/proc/net/tcp", "/proc/net/tcp6"):
            with open(table, encoding="ascii") as lines:
                for line in list(lines)[1:]:
                    local, state = line.split()[1], line.split()[3]
                    if state == "0A" and int(local.split(":")[1], 16) == port:
                        bound.append(local.split(":")[0])
        self.assertEqual(bound, ["0100007F"])

    def test_while_draining_it_is_not_ready_and_connections_go_on(self):
        client, server = self.session()
        with connection(self.admin) as sock:
            self.assertEqual(self.ask("/readyz", sock=sock).status, 200)
            self.proxy.signal(signal.SIGTERM)
            draining = wait_until(lambda: self.not_ready(sock), "/readyz saying 503")
            self.assertEqual(draining.body, b"draining\n")
            client.send(client_frame(b"still"))
            server.expect(client_frame(b"still"))
            self.assertEqual(self.ask("/healthz").status, 200)
            self.assertEqual(len(self.ask("/api/v1/sessions?state=open").json()["sessions"]), 1)

    def not_ready(self, sock):
        answer = self.ask("/readyz", sock=sock)
        return answer if answer.status == 503 else None


@needs_proxy
class HostAndOrigin(AdminTest):

    def test_a_foreign_host_gets_nothing_but_what_is_public(self):
        for host in ("evil.example", "localhost.evil.example", "10.1.2.3:9464", "", None,
                     "localhost, evil.example"):
            with self.subTest(host=host):
                self.assertEqual(self.ask("/api/v1/sessions", host=host).status, 403)
                self.assertEqual(self.ask("/metrics", host=host).status, 403)
                self.assertEqual(self.ask("/", host=host).status, 403)
                self.assertEqual(self.ask("/healthz", host=host).status, 200)
        for host in ("localhost", "127.0.0.1", "[::1]:1", self.admin):
            with self.subTest(host=host):
                self.assertEqual(self.ask("/api/v1/sessions", host=host).status, 200)

    def test_a_foreign_origin_gets_nothing_at_all(self):
        for origin in ("http://evil.example", "null", "http://localhost:1"):
            with self.subTest(origin=origin):
                for path in ("/healthz", "/metrics", "/api/v1/sessions"):
                    answer = self.ask(path, headers=(("Origin", origin),))
                    self.assertEqual(answer.status, 403)
                    self.assertIsNone(answer.headers["Access-Control-Allow-Origin"])


@needs_proxy
class Starting(unittest.TestCase):

    def start(self, admin, **options):
        """(proxy, address of its admin port) with this as the value of `admin`."""
        proxy = Proxy(config=f"admin: {admin}\nlisteners: [{{listen: \"127.0.0.1:0\", "
                      "upstream: \"ws://127.0.0.1:9\"}]\n", **options)
        proxy.__enter__()
        self.addCleanup(proxy.__exit__, None, None, None)
        return proxy, proxy.wait_for_diagnostic(r"^admin (.+)$").group(1)

    def token_file(self, token=TOKEN):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        path = pathlib.Path(folder.name) / "token"
        path.touch(mode=0o600)
        path.write_text(token + "\n")
        return path

    def refused(self, *arguments):
        """What is said by a start that is not possible."""
        done = subprocess.run([BINARY, "proxy", "--listen", "127.0.0.1:0", "--upstream",
                               "ws://127.0.0.1:9", *arguments], capture_output=True, text=True,
                              timeout=PATIENCE_S, check=False)
        self.assertEqual(done.returncode, 2, done.stderr)
        return done.stderr

    def test_it_is_off_unless_it_is_asked_for(self):
        with Proxy("ws://127.0.0.1:9") as proxy:
            proxy.stop()
            self.assertEqual([line for line in proxy.diagnostics if "admin" in line], [])

    def test_a_port_in_use_is_no_start(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            said = self.refused("--admin", f"127.0.0.1:{taken.getsockname()[1]}")
        self.assertIn("Address already in use", said)
        self.assertIn("choose another port", said)

    def test_the_demo_goes_on_where_the_usual_port_is_taken(self):
        with contextlib.ExitStack() as taken:
            with contextlib.suppress(OSError):  # else somebody has it already
                taken.enter_context(socket.create_server(("127.0.0.1", 9464)))
            done = subprocess.run([BINARY, "demo", "--json"], capture_output=True, text=True,
                                  timeout=PATIENCE_S * 4, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stderr, "127.0.0.1:9464: .*; going on without")

    def test_the_demo_has_the_port_where_it_is_told_to(self):
        process = subprocess.Popen([BINARY, "demo", "--forever", "--json", "--admin", "127.0.0.1:0"],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.terminate)
        address = next(line for line in process.stderr if line.startswith("admin ")).split()[1]
        wait_until(lambda: ask(address, "/api/v1/summary").json()["ended"]["count"] > 3,
                   "closes of the demo in the summary")

    def test_others_are_let_in_by_a_token_only(self):
        said = self.refused("--admin", "0.0.0.0:0")
        self.assertIn("token_file", said)

    def test_the_token(self):
        path = self.token_file()
        proxy, address = self.start(f"{{listen: \"0.0.0.0:0\", token_file: {path}}}",
                                    log_level="frames")
        address = "127.0.0.1:" + address.rsplit(":", 1)[1]
        right, wrong = f"Bearer {TOKEN}", f"Bearer {TOKEN[:-1]}0"
        for path, authorization, host, status in (
                ("/metrics", None, "localhost", 401), ("/metrics", wrong, "localhost", 401),
                ("/metrics", f"Basic {TOKEN}", "localhost", 401),
                ("/metrics", right, "localhost", 200), ("/metrics", right, "admin.example", 200),
                ("/nothing", None, "localhost", 401), ("/nothing", right, "localhost", 404),
                ("/healthz", None, "10.1.2.3:9464", 200), ("/readyz", wrong, "localhost", 200)):
            with self.subTest(path=path, authorization=authorization, host=host):
                headers = (("Authorization", authorization),) if authorization else ()
                answer = ask(address, path, headers=headers, host=host)
                self.assertEqual(answer.status, status)
                self.assertEqual("WWW-Authenticate" in answer.headers, status == 401)
        self.assertEqual(Reader(address).refusal, 401)
        reader = Reader(address, headers=(("Authorization", right),))
        self.assertIsNone(reader.refusal)
        reader.close()
        proxy.stop()
        self.assertNotIn(TOKEN[:-1], "\n".join(proxy.diagnostics))

    def test_a_reload_takes_token_and_public_paths_but_not_the_address(self):
        path = self.token_file()
        proxy, address = self.start(f"{{listen: \"127.0.0.1:0\", token_file: {path}}}")
        self.assertEqual(ask(address, "/metrics").status, 401)
        path.write_text("f" * 20)
        proxy.config_path.write_text(proxy.config_path.read_text().replace(
            "{listen: \"127.0.0.1:0\"", "{public: [/metrics], listen: \"127.0.0.1:1\"", 1))
        proxy.signal(signal.SIGHUP)
        proxy.wait_for_diagnostic("^reloaded$")
        proxy.wait_for_diagnostic("address of the admin port changes only with a restart")
        self.assertEqual(ask(address, "/metrics").status, 200)
        self.assertEqual(ask(address, "/healthz").status, 401)
        for token, status in ((TOKEN, 401), ("f" * 20, 200)):
            answer = ask(address, "/version", headers=(("Authorization", f"Bearer {token}"),))
            self.assertEqual(answer.status, status)

    def test_a_reload_does_not_take_the_token_from_an_address_that_others_reach(self):
        path = self.token_file()
        proxy, address = self.start(f"{{listen: \"0.0.0.0:0\", token_file: {path}}}")
        proxy.config_path.write_text(re.sub("admin: .*", "admin: off",
                                            proxy.config_path.read_text()))
        proxy.signal(signal.SIGHUP)
        proxy.wait_for_diagnostic("keeps its token")
        address = "127.0.0.1:" + address.rsplit(":", 1)[1]
        self.assertEqual(ask(address, "/metrics").status, 401)

    def test_a_unix_socket_is_its_owners_and_goes_with_the_proxy(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        path = pathlib.Path(folder.name) / "admin.sock"
        proxy, address = self.start(f"{{listen: \"unix:{path}\"}}")
        self.assertEqual(address, f"unix:{path}")
        self.assertEqual(path.stat().st_mode & 0o007, 0)
        self.assertEqual(ask(address, "/version").status, 200)
        self.assertEqual(ask(address, "/version", host="evil.example").status, 403)
        proxy.stop()
        self.assertFalse(path.exists())

    def test_every_address_answers_by_any_of_them(self):
        path = self.token_file()
        _, address = self.start(f"{{listen: \":0\", token_file: {path}, public: [/metrics]}}")
        port = address.rsplit(":", 1)[1]
        for way in (f"127.0.0.1:{port}", f"[::1]:{port}") if socket.has_ipv6 else ():
            with self.subTest(way):
                self.assertEqual(ask(way, "/metrics", host=way).status, 200)
