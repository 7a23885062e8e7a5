"""Alerts about a proxy that is nearly full, or held up: each brought there by real traffic."""

import contextlib
import json
import os
import pathlib
import re
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

OPEN_FILES = 8192  # of which 264 are kept for the admin port
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


@contextlib.contextmanager
def no_more_memory(pid):
    """What the process has mapped is all that it gets, meanwhile."""
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    mapped = int(re.search(r"^VmSize:\s+(\d+) kB", status, re.M)[1]) * 1024
    soft, hard = resource.prlimit(pid, resource.RLIMIT_AS, (mapped, resource.RLIM_INFINITY))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_AS, (soft, hard))


class Brims(unittest.TestCase):

    def watch(self, proxy):
        return self.enterContext(Prometheus([proxy.admin]))

    def start(self, *arguments):
        process = subprocess.Popen([LOAD_PAIR, *arguments], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, text=True)
        self.addCleanup(self.end, process)
        return process

    def echo(self):
        """The address of an echo server."""
        return f"ws://127.0.0.1:{json.loads(self.start('echo').stdout.readline())['port']}"

    def idle(self, proxy, count):
        """So many WebSockets that stay open."""
        self.start("idle", "--port", str(proxy.port("chat")), "--connections", str(count))

    @staticmethod
    def end(process):
        process.terminate()
        process.communicate()

    def test_nearly_every_file_is_open(self):
        allow_files(2 * OPEN_FILES)
        proxy = self.enterContext(Watched({"chat": (self.echo(), {})},
                                          preexec=limited_to(OPEN_FILES)))
        prometheus = self.watch(proxy)
        prometheus.wait_for_value("process_open_fds < 100")
        self.idle(proxy, int(OPEN_FILES * 0.92 / 2))
        prometheus.wait_for_alert("LastframeOpenFilesNearLimit", instance=proxy.admin)
        self.assertIsNone(prometheus.firing("LastframeAcceptPaused"))

    def test_readers_that_do_not_keep_up(self):
        listener = self.enterContext(Listener())
        proxy = self.enterContext(Watched({"chat": (listener.upstream, {})},
                                          "limits: {pending_per_direction: 1MiB, pending_total: 1MiB}"))
        prometheus = self.watch(proxy)
        for _ in range(8):  # each holds what was read at one time
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

        with held(proxy.process.pid, "worker 1"):
            prometheus.wait_for_alert("LastframeTickLag", instance=proxy.admin)
        wait_until(lambda: not prometheus.firing("LastframeTickLag"), "the alert to end")

    def test_a_process_without_memory(self):
        allow_files(8192)
        service = self.enterContext(Service(frames.upgrade_response()))
        proxy = self.enterContext(Watched({"chat": (service.upstream, {})}, "workers: 1"))
        prometheus = self.watch(proxy)
        prometheus.wait_for_value("lastframe_analyses_shed_total == bool 0")
        self.assertIsNone(prometheus.firing("LastframeAnalysisShed"))
        with no_more_memory(proxy.process.pid):
            # Each waits for the rest of its head, which is kept until then: 200 MB.
            for _ in range(3300):
                client = proxy.dial("chat")
                self.addCleanup(client.close)
                client.send(b"GET / HTTP/1.1\r\nX: " + b"a" * 60_000)
            prometheus.wait_for_alert("LastframeAnalysisShed", instance=proxy.admin)
        client = self.upgraded_by(proxy)
        client.send(frames.client_frame(b"still"))
        client.expect(frames.client_frame(b"still"))

    def upgraded_by(self, proxy):
        client = proxy.dial("chat")
        self.addCleanup(client.close)
        client.send(frames.upgrade_request())
        client.expect(frames.upgrade_response())
        return client

    def test_a_fleet_s_worth_of_connections_to_one_upstream(self):
        try:
            allow_files(3 * MANY)
        except ValueError as error:
            self.skipTest(f"needs {3 * MANY} open files: {error}")
        proxy = self.enterContext(Watched({"chat": (self.echo(), {})},
                                          "limits: {connections: 50000}"))
        prometheus = self.watch(proxy)
        self.idle(proxy, MANY)
        prometheus.wait_for_alert("LastframeSourcePortsRunningOut", instance=proxy.admin)
        self.assertIsNone(prometheus.firing("LastframeSourcePortsExhausted"))


if __name__ == "__main__":
    unittest.main()
