"""Alerts about a proxy that is nearly full, or held up: each brought there by real traffic."""

import json
import os
import pathlib
import resource
import subprocess
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/system"))
from scraping import Prometheus  # noqa: E402
from support import frames  # noqa: E402
from support.held_thread import held  # noqa: E402
from support.proxy import wait_until  # noqa: E402
from support.raw_peers import Listener, Service  # noqa: E402
from watched import Watched  # noqa: E402

OPEN_FILES = 1024
LOAD_PAIR = pathlib.Path(os.environ.get(
    "LASTFRAME_BENCH_PEER", ROOT / "build/release/tests/bench/lastframe_bench_peer"))
MANY = 22_100  # connections to one upstream: over 22,000 its source ports run out soon


def limited_to(files):
    def limit():
        resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
    return limit


def allow_files(count):
    """For this process and its children; root may raise the hard limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < count:
        resource.setrlimit(resource.RLIMIT_NOFILE, (count, max(count, hard)))


class Brims(unittest.TestCase):

    def watch(self, proxy):
        return self.enterContext(Prometheus([proxy.admin]))

    def test_nearly_every_file_is_open(self):
        service = self.enterContext(Service(frames.upgrade_response()))
        allow_files(4096)
        proxy = self.enterContext(Watched({"chat": (service.upstream, {})}, "workers: 1",
                                          preexec=limited_to(OPEN_FILES)))
        prometheus = self.watch(proxy)
        prometheus.wait_for_value("process_open_fds < 100")
        for _ in range(int(OPEN_FILES * 0.92 / 2)):
            client = proxy.dial("chat")
            self.addCleanup(client.close)
            client.send(frames.upgrade_request())
            client.expect(frames.upgrade_response())
        prometheus.wait_for_alert("LastframeOpenFilesNearLimit", instance=proxy.admin)
        self.assertIsNone(prometheus.firing("LastframeAcceptPaused"))

    def test_readers_that_do_not_keep_up(self):
        listener = self.enterContext(Listener())
        proxy = self.enterContext(Watched({"chat": (listener.upstream, {})},
                                          "limits: {pending_per_direction: 1MiB, pending_total: 1MiB}"))
        prometheus = self.watch(proxy)
        client, server = proxy.opened("chat", listener, receive_buffer=4096)
        self.addCleanup(client.close)
        self.addCleanup(server.close)
        server.send_in_background(frames.server_frame(bytes(16 << 20), opcode=2))
        alert = prometheus.wait_for_alert("LastframePendingBytesNearLimit", instance=proxy.admin)
        self.assertGreater(float(alert["value"]), 0.8)

    def test_a_worker_that_is_held_up(self):
        listener = self.enterContext(Listener())
        proxy = self.enterContext(Watched({"chat": (listener.upstream, {})}, "workers: 2"))
        prometheus = self.watch(proxy)
        prometheus.wait_for_value("up == 1")
        self.assertIsNone(prometheus.firing("LastframeTickLag"))

        def fires():
            with held(proxy.process.pid, "worker 1"):
                wait_until(lambda: prometheus.query("lastframe_tick_lag_seconds > 1"), "the lag")
            return prometheus.firing("LastframeTickLag", instance=proxy.admin)
        wait_until(fires, "LastframeTickLag to fire")

    def test_a_fleet_s_worth_of_connections_to_one_upstream(self):
        allow_files(3 * MANY)
        echo = subprocess.Popen([LOAD_PAIR, "echo"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                text=True)
        self.addCleanup(self.end, echo)
        port = json.loads(echo.stdout.readline())["port"]
        proxy = self.enterContext(Watched({"chat": (f"ws://127.0.0.1:{port}", {})},
                                          "limits: {connections: 50000}"))
        prometheus = self.watch(proxy)
        clients = subprocess.Popen(
            [LOAD_PAIR, "idle", "--port", str(proxy.port("chat")), "--connections", str(MANY)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.addCleanup(self.end, clients)
        prometheus.wait_for_alert("LastframeSourcePortsRunningOut", instance=proxy.admin)
        self.assertIsNone(prometheus.firing("LastframeSourcePortsExhausted"))

    @staticmethod
    def end(process):
        process.terminate()
        process.communicate()


if __name__ == "__main__":
    unittest.main()
