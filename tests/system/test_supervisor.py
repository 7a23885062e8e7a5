"""What a service manager is told: the messages of sd_notify(3), on a socket of the test's own."""

import pathlib
import signal
import socket
import tempfile
import time
import unittest

from support.proxy import PATIENCE_S, Proxy
from support.raw_peers import Listener, Peer
from support.sessions import assert_relays, end_in_order, upgraded

CONFIG = """listeners:
  - {{name: a, listen: "127.0.0.1:0", upstream: "{upstream}"}}
drain_timeout: {drain}
"""


class ServiceManager:
    """The end that systemd would have; each message as a dict."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="lastframe-notify-")
        self.path = str(pathlib.Path(self.folder.name) / "notify")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        self.socket.settimeout(PATIENCE_S)

    def close(self):
        self.socket.close()
        self.folder.cleanup()

    def message(self):
        lines = self.socket.recv(4096).decode().splitlines()
        return dict(line.split("=", 1) for line in lines)

    def wait_for(self, key):
        """The next message with `key`; signs of life that come before it are passed over."""
        while True:
            message = self.message()
            if key in message:
                return message
            if "WATCHDOG" not in message:
                raise AssertionError(f"{message} came before {key}")


class Supervised(unittest.TestCase):

    def setUp(self):
        self.manager = ServiceManager()
        self.addCleanup(self.manager.close)
        self.server = Listener()
        self.addCleanup(self.server.close)

    def proxy(self, *, drain="25s", watchdog_usec=None):
        environment = {"NOTIFY_SOCKET": self.manager.path}
        if watchdog_usec:
            environment["WATCHDOG_USEC"] = str(watchdog_usec)
        return Proxy(config=CONFIG.format(upstream=self.server.upstream, drain=drain),
                     environment=environment)

    def session(self, proxy):
        return upgraded(self, Peer.connect(("127.0.0.1", proxy.port())), self.server)

    def test_ready_is_said_once_clients_are_taken(self):
        with self.proxy() as proxy:
            ready = self.manager.message()
            self.assertEqual(ready["READY"], "1")
            self.assertEqual(ready["STATUS"], "relaying: 0 open, 0 since the start")
            self.session(proxy)

    def test_a_proxy_that_cannot_start_is_never_ready(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            proxy = Proxy("ws://127.0.0.1:9", listen=f"127.0.0.1:{taken.getsockname()[1]}",
                          environment={"NOTIFY_SOCKET": self.manager.path})
            self.assertEqual(proxy.wait(), 2)
        self.manager.socket.setblocking(False)
        with self.assertRaises(BlockingIOError):
            self.manager.message()

    def test_a_reload_begins_and_ends_whether_it_is_taken_or_not(self):
        with self.proxy() as proxy:
            self.manager.wait_for("READY")
            good = proxy.config_path.read_text()
            for text, said in ((good, "relaying: 0 open, 0 since the start"),
                               ("listeners: nonsense\n",
                                "relaying: 0 open, 0 since the start; the last reload failed"),
                               (good, "relaying: 0 open, 0 since the start")):
                proxy.config_path.write_text(text)
                before = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
                proxy.signal(signal.SIGHUP)
                reloading = self.manager.wait_for("RELOADING")
                # systemd takes the end of an earlier reload for that of this one without it.
                self.assertGreaterEqual(int(reloading["MONOTONIC_USEC"]), before)
                self.assertEqual(self.manager.wait_for("READY")["STATUS"], said)

    def test_a_stop_asks_for_the_time_that_draining_takes(self):
        with self.proxy(drain="5m") as proxy:
            self.manager.wait_for("READY")
            client, server = self.session(proxy)
            proxy.signal(signal.SIGTERM)
            stopping = self.manager.wait_for("STOPPING")
            self.assertEqual(stopping["STATUS"], "draining: 1 open")
            self.assertEqual(int(stopping["EXTEND_TIMEOUT_USEC"]), 310_000_000)
            assert_relays(client, server, b"still", b"relayed")
            end_in_order(client, server)
            self.assertEqual(proxy.wait(), 0)

    def test_the_watchdog_hears_of_us_while_we_relay_and_while_we_drain(self):
        with self.proxy(watchdog_usec=400_000) as proxy:
            self.manager.wait_for("READY")
            for _ in range(3):
                self.assertEqual(self.manager.message()["WATCHDOG"], "1")
            client, _ = self.session(proxy)
            proxy.signal(signal.SIGTERM)
            self.manager.wait_for("STOPPING")
            for _ in range(3):
                alive = self.manager.message()
                self.assertEqual(alive["WATCHDOG"], "1")
                self.assertEqual(alive["STATUS"], "draining: 1 open")
            client.close()

    def test_an_environment_that_makes_no_sense_is_said_and_the_proxy_runs(self):
        with Proxy(self.server.upstream, environment={"NOTIFY_SOCKET": "vsock:2:1"}) as proxy:
            proxy.wait_for_diagnostic('^NOTIFY_SOCKET: "vsock:2:1" is no path and no abstract')
            self.session(proxy)


if __name__ == "__main__":
    unittest.main()
