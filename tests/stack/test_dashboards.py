"""Every query of every board against a real Prometheus with three hours of a synthetic service,
and the files that Grafana is provisioned with."""

import json
import pathlib
import re
import sys
import unittest

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "dashboards"))
from board_rules import panels_with_data  # noqa: E402
from interpolation import interpolated  # noqa: E402
from prometheus import Prometheus  # noqa: E402
from synthetic import STEP  # noqa: E402

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
            for variable in board["templating"]["list"]:
                if variable["type"] != "query":
                    continue
                with self.subTest(board=board["title"], variable=variable["name"]):
                    selector, label = re.fullmatch(r"label_values\((.*), (\w+)\)",
                                                   variable["definition"]).groups()
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
        board = next(board for board in BOARDS if board["uid"] == "lastframe-close-reasons")
        panel = next(panel for panel in board["panels"] if panel["title"] == "Mass closes in all")
        counted = self.answers(panel["targets"][0])
        self.assertEqual([float(series["value"][1]) for series in counted], [1])


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
