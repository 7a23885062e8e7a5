"""Alerts about connections that do not open: a real proxy, scraped by a real Prometheus."""

import datetime
import pathlib
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/system"))
from scraping import Prometheus  # noqa: E402
from support import frames  # noqa: E402
from support.certificates import Certificates  # noqa: E402
from support.raw_peers import Listener, Service, what_a_client_sees  # noqa: E402
from watched import Watched, free_port  # noqa: E402

DAY = datetime.timedelta(days=1)


class Openings(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.plain = cls.enterClassContext(Listener())
        refusing = cls.enterClassContext(Service(frames.sized_response("403 Forbidden")))
        working = cls.enterClassContext(Service(frames.upgrade_response()))
        certificates = cls.enterClassContext(Certificates())

        def showing(days):
            pair = certificates.leaf(ends=days * DAY)
            return {"tls": {"certificates": [{"cert": pair.file, "key": pair.key_file}]}}
        cls.proxy = cls.enterClassContext(Watched({
            "refusing": (refusing.upstream, {}),
            "working": (working.upstream, {}),
            "gone": (f"ws://127.0.0.1:{free_port()}", {}),
            "not-tls": (f"wss://127.0.0.1:{cls.plain.address[1]}", {}),
            "tls": (working.upstream, showing(300)),
            "soon": (working.upstream, showing(20)),
            "now": (working.upstream, showing(3)),
            # The kernel's answer is the same as where all ports are in use.
            "ports": (working.upstream, {"source_addresses": ["192.0.2.1"]})}))
        cls.prometheus = cls.enterClassContext(Prometheus([cls.proxy.admin]))

    def see(self, name, data=b"", count=1):
        for _ in range(count):
            what_a_client_sees(("127.0.0.1", self.proxy.port(name)), data)

    def ask(self, name, count):
        for _ in range(count):
            client = self.proxy.dial(name)
            client.send(frames.upgrade_request())
            client.receive(12)
            client.close()

    def test_upgrade_requests_are_refused(self):
        self.ask("refusing", 12)
        alert = self.prometheus.wait_for_alert("LastframeHandshakesFailing", listener="refusing")
        self.assertRegex(alert["annotations"]["description"], r"\(1\d rejected\)")
        self.ask("working", 12)
        self.prometheus.wait_for_value(
            'listener:lastframe_handshakes:increase5m{listener="working"}', lambda value: value >= 12)
        self.assertIsNone(self.prometheus.firing("LastframeHandshakesFailing", listener="working"))

    def test_the_upstream_cannot_be_reached(self):
        self.see("gone", frames.upgrade_request(), count=12)
        alert = self.prometheus.wait_for_alert("LastframeUpstreamUnreachable", listener="gone")
        self.assertIn("connect_refused", alert["annotations"]["description"])

    def test_tls_with_the_upstream_fails(self):
        for _ in range(12):
            client = self.proxy.dial("not-tls")
            server = self.plain.accept()
            server.send(frames.sized_response("400 Bad Request"))
            server.finish()
            client.receive_to_end()
            client.close()
            server.close()
        alert = self.prometheus.wait_for_alert("LastframeUpstreamTlsFailures", listener="not-tls")
        self.assertIn("tls_to_plain_port", alert["annotations"]["description"])

    def test_tls_with_clients_fails(self):
        self.see("tls", frames.upgrade_request(), count=52)
        alert = self.prometheus.wait_for_alert("LastframeClientTlsFailures", listener="tls")
        self.assertIn("plain_http_to_tls_port", alert["annotations"]["description"])

    def test_certificates_end(self):
        self.prometheus.wait_for_alert("LastframeCertificateExpiresSoon", listener="soon")
        self.prometheus.wait_for_alert("LastframeCertificateExpiresThisWeek", listener="now")
        for name in ("Soon", "ThisWeek"):
            self.assertIsNone(self.prometheus.firing(f"LastframeCertificateExpires{name}",
                                                     listener="tls"))

    def test_there_is_no_local_port(self):
        self.see("ports", frames.upgrade_request())
        self.prometheus.wait_for_alert("LastframeSourcePortsExhausted", listener="ports")


if __name__ == "__main__":
    unittest.main()
