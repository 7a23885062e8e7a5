"""Alerts about closes: real traffic through a real proxy, scraped by a real Prometheus."""

import pathlib
import sys
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/system"))
from endings import Endings  # noqa: E402
from scraping import Prometheus  # noqa: E402
from support import frames  # noqa: E402
from support.raw_peers import Listener  # noqa: E402
from watched import Watched  # noqa: E402

NAMES = ("abnormal", "rising", "rules", "mass", "again", "idle", "size", "fine")


def a_normal_day(listener, closes=100, abnormal=5):
    """What the recording rules would have said of the last day, each minute, in OpenMetrics."""
    now = int(time.time())
    lines = []
    for name, value in (("closes", closes), ("abnormal_closes", abnormal)):
        name = f"listener:lastframe_{name}:increase10m"
        lines.append(f"# TYPE {name} gauge")
        lines += [f'{name}{{job="lastframe",listener="{listener}"}} {value} {at}'
                  for at in range(now - 86400, now - 600, 60)]
    return "\n".join([*lines, "# EOF", ""])


class Closes(Endings, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.services = {name: cls.enterClassContext(Listener()) for name in NAMES}
        cls.proxy = cls.enterClassContext(Watched(
            {name: (service.upstream, {}) for name, service in cls.services.items()}))
        cls.prometheus = cls.enterClassContext(
            Prometheus([cls.proxy.admin], history=a_normal_day("rising")))

    def assert_silent(self, name, **labels):
        self.assertIsNone(self.prometheus.firing(name, **labels))

    def test_more_than_half_of_the_closes_are_abnormal(self):
        self.end_without_close("abnormal", 40)
        self.end_with_close("abnormal", 20)
        alert = self.prometheus.wait_for_alert("LastframeAbnormalCloses", listener="abnormal")
        self.assertIn("More than half of the connections of abnormal",
                      alert["annotations"]["description"])
        # It has no history.
        self.assert_silent("LastframeAbnormalClosesRising", listener="abnormal")

    def test_more_than_on_other_days_are_abnormal(self):
        self.end_with_close("rising", 30)
        self.end_without_close("rising", 25)
        alert = self.prometheus.wait_for_alert("LastframeAbnormalClosesRising", listener="rising")
        self.assertIn("(usual: 5%)", alert["annotations"]["description"])
        self.assert_silent("LastframeAbnormalCloses", listener="rising")

    def test_closes_as_they_should_be_are_no_alert(self):
        self.end_with_close("fine", 60)
        self.end_without_close("fine", 3)
        self.prometheus.wait_for_value('listener:lastframe_closes:increase10m{listener="fine"}',
                                       lambda value: value >= 63)
        self.prometheus.wait_for_value('ALERTS{alertname="LastframeAbnormalCloses"} or vector(1)')
        for name in ("AbnormalCloses", "AbnormalClosesRising", "MassClose", "ProtocolViolations"):
            self.assert_silent(f"Lastframe{name}", listener="fine")

    def test_a_side_breaks_a_rule(self):
        for _ in range(10):
            client, server = self.opened("rules")
            frame = frames.frame(b"hi")  # a client must mask it
            client.send(frame)
            server.expect(frame)
            server.close()
            client.receive_to_end()
            client.close()
        self.prometheus.wait_for_alert("LastframeProtocolViolations", listener="rules",
                                       side="client", rule="FR-01")

    def test_many_end_at_once(self):
        self.crowd_ends("mass")
        self.prometheus.wait_for_alert("LastframeMassClose", listener="mass")
        self.assert_silent("LastframeMassCloseRepeated", listener="mass")

    def test_many_end_at_once_three_times_in_an_hour(self):
        # What happened a minute ago is usual: each crowd is larger than the one before.
        for number, count in enumerate((40, 120, 360), 1):
            self.crowd_ends("again", count)
            self.prometheus.wait_for_value('sum(lastframe_mass_closes_total{listener="again"})',
                                           lambda value: value == number)
        self.prometheus.wait_for_alert("LastframeMassCloseRepeated", listener="again")

    def test_an_idle_time_out_is_found(self):
        idle = 2.0
        self.end_when_idle("idle", idle)
        alert = self.prometheus.wait_for_alert("LastframeTimeoutFound", listener="idle",
                                               kind="idle")
        self.assertAlmostEqual(float(alert["value"]), idle, delta=0.3)

    def test_a_size_limit_is_found(self):
        self.end_at_a_size("size", 70000)
        alert = self.prometheus.wait_for_alert("LastframeSizeLimitFound", listener="size",
                                               direction="client_to_server")
        self.assertEqual(float(alert["value"]), 70000)


if __name__ == "__main__":
    unittest.main()
