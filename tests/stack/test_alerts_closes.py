"""Alerts about closes: real traffic through a real proxy, scraped by a real Prometheus."""

import heapq
import pathlib
import sys
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/system"))
from scraping import Prometheus  # noqa: E402
from support import frames  # noqa: E402
from support.raw_peers import Listener  # noqa: E402
from watched import Watched  # noqa: E402

NAMES = ("abnormal", "rising", "rules", "mass", "idle", "size", "fine")
CROWD = 40
OPENING_S = 3  # ages of a crowd must differ by more than a second


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


class Closes(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.services = {name: cls.enterClassContext(Listener()) for name in NAMES}
        cls.proxy = cls.enterClassContext(Watched(
            {name: (service.upstream, {}) for name, service in cls.services.items()}))
        cls.prometheus = cls.enterClassContext(
            Prometheus([cls.proxy.admin], history=a_normal_day("rising")))

    def opened(self, name):
        return self.proxy.opened(name, self.services[name])

    def end_without_close(self, name, count):
        for _ in range(count):
            client, server = self.opened(name)
            server.close()
            client.receive_to_end()
            client.close()

    def end_with_close(self, name, count):
        for _ in range(count):
            client, server = self.opened(name)
            client.send(frames.close_from("client", 1000))
            server.send(frames.close_from("server", 1000))
            server.close()
            client.receive_to_end()
            client.close()

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

    def crowd_ends(self, name):
        pairs = []
        for _ in range(CROWD):
            pairs.append(self.opened(name))
            time.sleep(OPENING_S / CROWD)
        for _, server in pairs:
            server.close()
        for client, _ in pairs:
            client.receive_to_end()
            client.close()

    def test_many_end_at_once(self):
        self.crowd_ends("mass")
        self.prometheus.wait_for_alert("LastframeMassClose", listener="mass")
        self.assert_silent("LastframeMassCloseRepeated", listener="mass")

    def test_an_idle_time_out_is_found(self):
        idle, due = 2.0, []
        for number in range(8):
            client, server = self.opened("idle")
            heapq.heappush(due, (time.monotonic() + idle, number, client, server))
            time.sleep(0.3)
            while due and due[0][0] <= time.monotonic() + 0.3:
                self.end_at(*heapq.heappop(due))
        while due:
            self.end_at(*heapq.heappop(due))
        alert = self.prometheus.wait_for_alert("LastframeTimeoutFound", listener="idle",
                                               kind="idle")
        self.assertAlmostEqual(float(alert["value"]), idle, delta=0.3)

    def end_at(self, moment, _, client, server):
        time.sleep(max(0, moment - time.monotonic()))
        server.close()
        client.receive_to_end()
        client.close()

    def test_a_size_limit_is_found(self):
        for size in (1000, 70000):
            message = frames.client_frame(b"x" * size)
            client, server = self.opened("size")
            client.send(message)
            server.expect(message)
            code = 1000 if size == 1000 else 1009
            server.send(frames.close_from("server", code))
            client.expect(frames.close_from("server", code))
            client.send(frames.close_from("client", code))
            server.expect(frames.close_from("client", code))
            server.close()
            client.receive_to_end()
            client.close()
        alert = self.prometheus.wait_for_alert("LastframeSizeLimitFound", listener="size",
                                               direction="client_to_server")
        self.assertEqual(float(alert["value"]), 70000)


if __name__ == "__main__":
    unittest.main()
