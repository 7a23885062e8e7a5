"""Alerts about the proxy itself: real ones that are brought to their limits, each scraped."""

import http.server
import os
import pathlib
import resource
import signal
import sys
import threading
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/system"))
from scraping import Prometheus  # noqa: E402
from support import frames  # noqa: E402
from support.proxy import wait_until  # noqa: E402
from support.raw_peers import Service  # noqa: E402
from watched import Watched, free_port  # noqa: E402

OPEN_FILES = 1024
LOG_ALLOWANCE = 16 << 20  # what the log holds back before it drops (docs/log-format.md)


def few_open_files():
    resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES, OPEN_FILES))


class Refuser(http.server.BaseHTTPRequestHandler):
    """Takes no batch."""

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_error(400)

    def log_message(self, *_):
        pass


class Limits(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = cls.enterClassContext(Service(frames.upgrade_response()))
        pipe, cls.stuck_log = os.pipe()  # nobody reads it
        cls.addClassCleanup(os.close, pipe)
        cls.addClassCleanup(os.close, cls.stuck_log)
        cls.proxies = {name: cls.enterClassContext(proxy) for name, proxy in {
            "full": cls.proxy("limits: {connections: 10}"),
            "starved": cls.proxy("workers: 1", preexec=few_open_files),
            "stuck": cls.proxy(log=None, log_level="frames", stdout=cls.stuck_log),
            "reloaded": cls.proxy(),
            "sinks": cls.proxy(cls.sinks())}.items()}
        cls.prometheus = cls.enterClassContext(
            Prometheus([proxy.admin for proxy in cls.proxies.values()]))

    @classmethod
    def proxy(cls, *rest, **options):
        return Watched({"chat": (cls.service.upstream, {})}, *rest, **options)

    @classmethod
    def sinks(cls):
        """One where nobody listens, and one that refuses what it is sent."""
        refuser = cls.enterClassContext(http.server.HTTPServer(("127.0.0.1", 0), Refuser))
        threading.Thread(target=refuser.serve_forever, daemon=True).start()
        cls.addClassCleanup(refuser.shutdown)
        ports = {"gone": free_port(), "picky": refuser.server_address[1]}
        return "log: {http: [%s]}" % ", ".join(
            f"{{name: {name}, url: 'http://127.0.0.1:{port}/', format: json_lines}}"
            for name, port in ports.items())

    def clients(self, name, count):
        for _ in range(count):
            client = self.proxies[name].dial("chat")
            self.addCleanup(client.close)
            client.send(frames.upgrade_request())
            client.expect(frames.upgrade_response())

    def wait_for_alert(self, alert, name):
        return self.prometheus.wait_for_alert(alert, instance=self.proxies[name].admin)

    def assert_nobody_else(self, alert, name):
        for other, proxy in self.proxies.items():
            if other != name:
                self.assertIsNone(self.prometheus.firing(alert, instance=proxy.admin), other)

    def test_nine_of_ten_connections(self):
        self.clients("full", 9)
        self.wait_for_alert("LastframeConnectionsNearLimit", "full")

    def test_no_descriptors(self):
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
        for _ in range(OPEN_FILES // 2):
            client = self.proxies["starved"].dial("chat")
            self.addCleanup(client.close)
            client.send(frames.upgrade_request())
        self.wait_for_alert("LastframeAcceptPaused", "starved")
        self.assert_nobody_else("LastframeAcceptPaused", "starved")

    def test_a_log_that_nobody_reads(self):
        client = self.proxies["stuck"].dial("chat")
        self.addCleanup(client.close)
        client.send(frames.upgrade_request())
        client.expect(frames.upgrade_response())
        messages = frames.client_frame(b"x") * 1000
        # Each message is two lines of far more than 100 bytes, and comes back.
        for _ in range(LOG_ALLOWANCE // (4 * 100 * 1000) + 1):
            client.send(messages)
            client.expect(messages)
        self.wait_for_alert("LastframeLogLinesDropped", "stuck")
        self.assert_nobody_else("LastframeLogLinesDropped", "stuck")

    def test_a_configuration_with_a_mistake(self):
        proxy = self.proxies["reloaded"]
        right = proxy.config_path.read_text()
        proxy.config_path.write_text(right + "nonsense: true\n")
        proxy.signal(signal.SIGHUP)
        self.wait_for_alert("LastframeReloadFailed", "reloaded")
        self.assert_nobody_else("LastframeReloadFailed", "reloaded")
        proxy.config_path.write_text(right)
        proxy.signal(signal.SIGHUP)
        wait_until(lambda: not self.prometheus.firing("LastframeReloadFailed", instance=proxy.admin),
                   "the alert to end")

    def test_sinks_that_take_nothing(self):
        client = self.proxies["sinks"].dial("chat")
        client.send(frames.upgrade_request())
        client.expect(frames.upgrade_response())
        client.close()
        instance = self.proxies["sinks"].admin
        self.prometheus.wait_for_alert("LastframeSinkFailing", instance=instance, sink="gone")
        self.prometheus.wait_for_alert("LastframeSinkDroppingRecords", instance=instance,
                                       sink="picky")
        self.assertIsNone(self.prometheus.firing("LastframeSinkDroppingRecords", sink="gone"))


class Lives(unittest.TestCase):
    def setUp(self):
        self.service = self.enterContext(Service(frames.upgrade_response()))

    def proxy(self, admin="127.0.0.1:0"):
        return Watched({"chat": (self.service.upstream, {})}, admin=admin)

    def test_a_proxy_that_is_gone(self):
        with self.proxy() as proxy, Prometheus([proxy.admin]) as prometheus:
            prometheus.wait_for_value("up == 1")
            self.assertIsNone(prometheus.firing("LastframeDown"))
            proxy.stop()
            prometheus.wait_for_alert("LastframeDown", instance=proxy.admin)

    def test_a_proxy_that_restarts_again_and_again(self):
        admin = f"127.0.0.1:{free_port()}"
        with Prometheus([admin]) as prometheus:
            starts = set()
            for _ in range(4):
                with self.proxy(admin):
                    starts.add(prometheus.wait_for_value(
                        "process_start_time_seconds and up == 1",
                        lambda value: value not in starts))
            prometheus.wait_for_value("changes(process_start_time_seconds[30m])",
                                      lambda value: value >= 3)
            with self.proxy(admin):
                prometheus.wait_for_alert("LastframeRestarting", instance=admin)


if __name__ == "__main__":
    unittest.main()
