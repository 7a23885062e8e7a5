"""The boards against Grafana's own types (@grafana/schema), and planted mistakes that must show."""

import copy
import json
import pathlib
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
CHECKER = ROOT / "tests" / "dashboards" / "schema.mjs"
FILES = sorted((ROOT / "dashboards").glob("*.json"))


def panel(board, type):
    return next(panel for panel in board["panels"] if panel["type"] == type)


def custom(board):
    return panel(board, "timeseries")["fieldConfig"]["defaults"]["custom"]


def table_override(board, id, value):
    panel(board, "table")["fieldConfig"]["overrides"][0]["properties"].append(
        {"id": id, "value": value})


PLANTED = [
    # what is done, words that must be in what is said
    ("a misspelt key of a board", lambda b: b.update(schemaVersoin=39), "schemaVersoin"),
    ("a word for a number", lambda b: b.update(schemaVersion="39"), "schemaVersion"),
    ("a misspelt key of a panel", lambda b: panel(b, "stat").update(gridPoss={}), "gridPoss"),
    ("a misspelt default", lambda b: panel(b, "stat")["fieldConfig"]["defaults"].update(unitt="s"),
     "unitt"),
    ("a misspelt option", lambda b: panel(b, "stat")["options"].update(grafMode="area"),
     "grafMode"),
    ("no such graph mode", lambda b: panel(b, "stat")["options"].update(graphMode="aria"),
     "graphMode"),
    ("no such legend", lambda b: panel(b, "timeseries")["options"]["legend"].update(
        displayMode="tabel"), "displayMode"),
    ("a misspelt style", lambda b: custom(b).update(fillOpacityy=5), "fillOpacityy"),
    ("no such stacking", lambda b: custom(b)["stacking"].update(mode="abs"), "stacking"),
    ("no such display of a bar gauge", lambda b: panel(b, "bargauge")["options"].update(
        displayMode="simple"), "displayMode"),
    ("no such type of cell", lambda b: table_override(b, "custom.cellOptions", {"type": "gauges"}),
     "cellOptions"),
    ("a misspelt property of a column", lambda b: table_override(b, "custom.widht", 80), "widht"),
    ("no such mode of a text", lambda b: panel(b, "text")["options"].update(mode="md"), "mode"),
    ("no such type of panel", lambda b: panel(b, "stat").update(type="stats"), "no panel of type"),
]


class Schema(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if not (CHECKER.parent / "node_modules").is_dir():
            raise RuntimeError("npm ci --prefix tests/dashboards has not been run")
        sound = json.loads((ROOT / "dashboards" / "close-reasons.json").read_text())
        with tempfile.TemporaryDirectory() as folder:
            planted = []
            for number, (_, plant, _) in enumerate(PLANTED):
                board = copy.deepcopy(sound)
                plant(board)
                planted.append(pathlib.Path(folder) / f"{number}.json")
                planted[-1].write_text(json.dumps(board))
            done = subprocess.run(["node", CHECKER, *FILES, *planted], capture_output=True,
                                  text=True, timeout=300)
        if done.returncode != 0:
            raise RuntimeError(done.stderr)
        cls.problems = json.loads(done.stdout)

    def test_every_board_fits_grafanas_types(self):
        self.assertEqual({file.name: self.problems[file.name] for file in FILES},
                         {file.name: [] for file in FILES})

    def test_planted_mistakes_are_found(self):
        for number, (name, _, words) in enumerate(PLANTED):
            with self.subTest(name):
                found = self.problems[f"{number}.json"]
                self.assertTrue(any(words in text for text in found), found)


if __name__ == "__main__":
    unittest.main()
