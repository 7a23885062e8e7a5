"""Grafana's own components draw every board, and every panel of it shows data."""

import copy
import json
import pathlib
import struct
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "dashboards"))
from draw import draw, drawing_of  # noqa: E402
from prometheus import Prometheus  # noqa: E402


BOARDS = [file.stem for file in sorted((ROOT / "dashboards").glob("*.json"))]


def board(name):
    return json.loads((ROOT / "dashboards" / f"{name}.json").read_text())


def stat(drawing):
    return next(panel for panel in drawing["board"]["panels"] if panel["type"] == "stat")


PLANTED = [
    ("no such unit", lambda d: stat(d)["fieldConfig"]["defaults"].update(unit="closes"),
     "no unit closes"),
    ("a panel that shows nothing", lambda d: d["answers"].update({str(stat(d)["id"]): [[]]}),
     "shows no data"),
    ("no such transformation", lambda d: next(
        panel for panel in d["board"]["panels"] if panel["type"] == "table")[
            "transformations"].append({"id": "organise", "options": {}}), "organise"),
    ("a histogram with other names", lambda d: next(
        panel for panel in d["board"]["panels"] if panel["type"] == "bargauge")[
            "targets"][0].update(legendFormat="up to {{le}}"), "is no bound"),
]


class Pictures(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        with Prometheus() as prometheus:
            # As a file would have it: keys are texts.
            cls.drawings = {name: json.loads(json.dumps(drawing_of(board(name), prometheus)))
                            for name in BOARDS}
        planted = []
        for _, plant, _ in PLANTED:
            planted.append(copy.deepcopy(cls.drawings["close-reasons"]))
            plant(planted[-1])
        cls.jobs = [(drawing, pathlib.Path(folder.name) / f"{number}.png")
                    for number, drawing in enumerate([*cls.drawings.values(), *planted])]
        cls.wrong = draw(cls.jobs)

    def test_every_board_is_drawn_whole(self):
        for name, (drawing, picture), wrong in zip(BOARDS, self.jobs, self.wrong):
            with self.subTest(name):
                self.assertEqual(wrong, [])
                width, height = struct.unpack(">II", picture.read_bytes()[16:24])
                bottom = max(panel["gridPos"]["y"] + panel["gridPos"]["h"]
                             for panel in drawing["board"]["panels"])
                self.assertEqual(width, 1600)
                self.assertGreater(height, bottom * 38)

    def test_planted_mistakes_are_told(self):
        for (name, _, words), wrong in zip(PLANTED, self.wrong[len(BOARDS):]):
            with self.subTest(name):
                self.assertTrue(any(words in text for text in wrong), wrong)


if __name__ == "__main__":
    unittest.main()
