"""Every query of every board against a real Prometheus with three hours of a synthetic service,
and the files that Grafana is provisioned with."""

import json
import pathlib
import sys
import unittest

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "dashboards"))
from board_rules import panels_with_data  # noqa: E402
from interpolation import interpolated, label_lists  # noqa: E402
from prometheus import Prometheus  # noqa: E402
from synthetic import LENGTH, STEP  # noqa: E402

SHOWN = 3 * 3600
BOARDS = [json.loads(file.read_text()) for file in sorted((ROOT / "dashboards").glob("*.json"))]


def for_prometheus(expression):
    return interpolated(expression, SHOWN, 60, STEP)


class Queries(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.prometheus = Prometheus()
        cls.addClassCleanup(cls.prometheus.close)

    def answers(self, target):
        if target["instant"]:
            return self.prometheus.instant(for_prometheus(target["expr"]))
        return self.prometheus.over_time(for_prometheus(target["expr"]), SHOWN, 60)

    def test_every_panel_has_data(self):
        for board in BOARDS:
            for panel in panels_with_data(board):
                with self.subTest(board=board["title"], panel=panel["title"]):
                    # A panel of famous times has a query for each; not every time is met.
                    answers = [self.answers(target) for target in panel["targets"]]
                    self.assertTrue(any(answers) if len(answers) > 4 else all(answers))

    def test_every_annotation_has_data(self):
        for board in BOARDS:
            for annotation in board["annotations"]["list"]:
                self.assertTrue(self.prometheus.over_time(
                    for_prometheus(annotation["expr"]), SHOWN, 30), board["title"])

    def test_every_variable_has_values(self):
        for board in BOARDS:
            for name, label, selector in label_lists(board):
                with self.subTest(board=board["title"], variable=name):
                    self.assertTrue(self.prometheus.ask(
                        f"label/{label}/values",
                        **{"match[]": for_prometheus(selector), "end": self.prometheus.end,
                           "start": self.prometheus.end - SHOWN}))

    def test_a_query_that_finds_nothing_is_told_apart_from_one_that_is_broken(self):
        self.assertEqual(self.prometheus.instant('rate(lastframe_closes_total{code="x"}[5m])'), [])
        with self.assertRaisesRegex(ValueError, "parse error"):
            self.prometheus.instant("sum(rate(")

    def test_what_happened_once_counts(self):
        # One mass close, the first of its series: increase() alone would say 0.
        increase = self.prometheus.instant(
            f"sum(increase(lastframe_mass_closes_total[{SHOWN}s]))")
        self.assertEqual([float(series["value"][1]) for series in increase], [0])
        self.assertEqual(self.number("Mass closes in all"), 1)

    def test_what_was_before_the_first_scrape_does_not_count(self):
        first = self.prometheus.end - LENGTH + STEP
        board = next(board for board in BOARDS if board["uid"] == "lastframe-handshakes-and-tls")
        table = next(panel for panel in board["panels"] if panel["title"] == "Not accepted")
        at_first, later = (self.prometheus.ask(
            "query", query=for_prometheus(table["targets"][0]["expr"]), time=at)["result"]
            for at in (first, first + 600))
        self.assertEqual(at_first, [])
        self.assertNotEqual(later, [])

    def number(self, title):
        """What a stat of the board on close reasons says."""
        board = next(board for board in BOARDS if board["uid"] == "lastframe-close-reasons")
        panel = next(panel for panel in board["panels"] if panel["title"] == title)
        series, = self.answers(panel["targets"][0])
        return float(series["value"][1])

    def grown(self, expression, end=None):
        """How much counters grew in the 15 minutes before `end`, from their bare values."""
        end = end or self.prometheus.end
        ends = [sum(float(series["value"][1]) for series in
                    self.prometheus.ask("query", query=expression, time=at)["result"])
                for at in (end - 900, end)]
        return ends[1] - ends[0]

    def test_sealed_tls_is_neither_clean_nor_abnormal(self):
        every = self.grown("lastframe_closes_total")
        sealed = self.grown('lastframe_close_causes_total{cause="sealed"}')
        self.assertGreater(sealed, 0)
        clean = self.grown('lastframe_closes_total{clean="true"}')
        self.assertAlmostEqual(self.number("Clean closes"), clean / (every - sealed), 2)

    def test_the_usual_is_that_of_the_hours_that_were_seen(self):
        # Prometheus has three hours of the day. If the other 21 counted as hours without closes,
        # this would be about 12. The quarters of an hour that it takes begin elsewhere than ours.
        def abnormal(end):
            return self.grown('lastframe_closes_total{code!~"1000|1001|1005|[34]..."}', end) \
                - self.grown('lastframe_close_causes_total{cause="sealed"}', end)
        now = self.prometheus.end
        quarters = [abnormal(now - quarter * 900) for quarter in range(12)]
        usual = sum(quarters) / len(quarters)
        self.assertAlmostEqual(self.number("Against the last day"), quarters[0] / usual, delta=0.5)


# What Grafana's documentation names; anything else it would pass over in silence.
SOURCE_KEYS = {"name", "type", "access", "url", "isDefault", "jsonData", "uid", "editable"}
PROVIDER_KEYS = {"name", "orgId", "folder", "folderUid", "type", "disableDeletion",
                 "updateIntervalSeconds", "allowUiUpdates", "options"}


class Provisioning(unittest.TestCase):
    def entries(self, file, kind, known):
        content = yaml.safe_load((ROOT / "dashboards" / "provisioning" / file).read_text())
        self.assertEqual(content["apiVersion"], 1)
        self.assertEqual(content.keys(), {"apiVersion", kind})
        for entry in content[kind]:
            self.assertEqual(entry.keys() - known, set())
        return content[kind]

    def test_the_data_source_has_only_keys_that_grafana_knows(self):
        source, = self.entries("datasources/prometheus.yaml", "datasources", SOURCE_KEYS)
        self.assertEqual(source["jsonData"].keys() - {"timeInterval", "httpMethod"}, set())
        self.assertEqual(source["type"], "prometheus")

    def test_the_provider_reads_where_the_readme_says(self):
        provider, = self.entries("dashboards/lastframe.yaml", "providers", PROVIDER_KEYS)
        self.assertEqual(provider["options"].keys(), {"path"})
        self.assertIn(f"`{provider['options']['path']}/`",
                      (ROOT / "dashboards" / "README.md").read_text())


if __name__ == "__main__":
    unittest.main()
