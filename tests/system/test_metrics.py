"""/metrics of the admin port: what a scrape says while connections run and after, as Prometheus reads it."""

import subprocess
import unittest

from support.between import needs_proxy
from support.frames import close_from
from support.metrics import scrape, value_of
from support.proxy import Proxy, wait_until
from support.raw_peers import Listener, Peer
from support.sessions import assert_relays, upgraded

CONFIG = """
listeners: [{{name: chat, listen: "127.0.0.1:0", upstream: "ws://{upstream}"}}]
admin: {{listen: "127.0.0.1:0"}}
metrics: {{codes: [4001]}}
log: {{file: "{{log}}", format: json}}
"""


@needs_proxy
class Metrics(unittest.TestCase):

    def setUp(self):
        self.server = Listener()
        self.addCleanup(self.server.close)
        self.upstream = self.server.name

    def proxy(self):
        return Proxy(config=CONFIG.format(upstream=self.upstream), log=None, log_level=None)

    def wait_for(self, proxy, value, name, **labels):
        wait_until(lambda: value_of(scrape(proxy), name, **labels) == value,
                   f"{name} {labels} at {value}")

    def open(self, proxy):
        return upgraded(self, Peer.connect(("127.0.0.1", proxy.port())), self.server)

    def end(self, client, server, code):
        for sender, receiver, side in ((client, server, "client"), (server, client, "server")):
            sender.send(close_from(side, code))
            receiver.expect(close_from(side, code))
        client.finish()
        server.expect_fin()
        server.finish()
        client.expect_fin()

    def test_a_connection_is_counted_while_it_runs_and_when_it_is_over(self):
        with self.proxy() as proxy:
            client, server = self.open(proxy)
            self.wait_for(proxy, 1, "lastframe_sessions_active", listener="chat", upstream=self.upstream)
            self.wait_for(proxy, 1, "lastframe_connections_active", listener="chat")
            assert_relays(client, server, b"hello", b"x" * 70000)
            self.wait_for(proxy, 5, "lastframe_payload_bytes_total", direction="client_to_server")
            self.wait_for(proxy, 70000, "lastframe_payload_bytes_total", direction="server_to_client")
            self.wait_for(proxy, 1, "lastframe_frames_total", direction="client_to_server", opcode="text")
            self.end(client, server, 4001)
            self.wait_for(proxy, 1, "lastframe_closes_total", code="4001", initiator="client", clean="true")
            self.wait_for(proxy, 0, "lastframe_connections_active", listener="chat")
            client, server = self.open(proxy)
            self.end(client, server, 4002)
            self.wait_for(proxy, 1, "lastframe_closes_total", code="4xxx")

    def test_prometheus_own_tool_accepts_every_scrape(self):
        with self.proxy() as proxy:
            for code in (None, 1000, 3500, 4001):
                if code is not None:
                    self.end(*self.open(proxy), code)
                    self.wait_for(proxy, 1, "lastframe_closes_total", code="3xxx" if code == 3500 else code)
                checked = subprocess.run(["promtool", "check", "metrics"], input=scrape(proxy), text=True,
                                         capture_output=True, timeout=60, check=False)
                self.assertEqual((checked.returncode, checked.stdout, checked.stderr), (0, "", ""))

    def test_a_reload_that_is_refused_shows_until_one_is_taken(self):
        with self.proxy() as proxy:
            self.wait_for(proxy, 1, "lastframe_config_last_reload_successful")
            good = proxy.config_path.read_text()
            taken = value_of(scrape(proxy), "lastframe_config_last_reload_success_timestamp_seconds")
            proxy.config_path.write_text("nonsense: true\n")
            proxy.process.send_signal(1)
            self.wait_for(proxy, 0, "lastframe_config_last_reload_successful")
            proxy.config_path.write_text(good)
            proxy.process.send_signal(1)
            self.wait_for(proxy, 1, "lastframe_config_last_reload_successful")
            self.assertGreater(
                value_of(scrape(proxy), "lastframe_config_last_reload_success_timestamp_seconds"), taken)


if __name__ == "__main__":
    unittest.main()
