#!/usr/bin/env python3
"""Draws the boards: tests/dashboards/draw.py [--into FOLDER] [--light] [--height PIXELS] [BOARD...]

Asks a Prometheus with the synthetic service each query of a board, over the last three hours, and
has Grafana's own components draw the answers (draw/render.mjs).
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

from board_rules import panels_with_data
from interpolation import interpolated
from page import ROOT
from prometheus import Prometheus
from synthetic import STEP

HERE = pathlib.Path(__file__).resolve().parent
SECONDS = 3 * 3600
GRAPH_STEP = 60  # as Grafana would choose it for a graph of this width


def drawing_of(board, prometheus, scrape=STEP):
    """The board with an answer to each of its queries, and the times of its annotations."""
    def asked(expression, step=None):
        text = interpolated(expression, SECONDS, step or GRAPH_STEP, scrape)
        return prometheus.over_time(text, SECONDS, step) if step else prometheus.instant(text)

    answers = {panel["id"]: [asked(target["expr"], None if target["instant"] else GRAPH_STEP)
                             for target in panel["targets"]]
               for panel in panels_with_data(board)}
    marks = []
    for annotation in board["annotations"]["list"]:
        for series in asked(annotation["expr"], 30):
            # Neighbouring points are one event.
            marks += [at for i, (at, _) in enumerate(series["values"])
                      if i == 0 or at - series["values"][i - 1][0] > 60]
    return {"board": board, "answers": answers, "marks": marks, "end": prometheus.end,
            "seconds": SECONDS}


def draw(jobs, light=False, height=0):
    """Draws each (drawing, picture); `height` pixels of it, or all. For each job a list of what is
    wrong: what Grafana's components complain of, and panels that show nothing."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump([{"drawing": drawing, "picture": str(picture)} for drawing, picture in jobs],
                  file)
        file.flush()
        done = subprocess.run(["node", HERE / "draw" / "render.mjs", file.name,
                               "light" if light else "dark", str(height)],
                              check=True, timeout=300, stdout=subprocess.PIPE, text=True)
    for _, picture in jobs:
        if pathlib.Path(picture).is_file():
            # 256 colours are plenty for a board, and a third of the size.
            subprocess.run(["pngquant", "--force", "--strip", "--output", picture, "256", picture],
                           check=True)
    return json.loads(done.stdout)


def main():
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("--into", type=pathlib.Path, default=ROOT / "build" / "dashboards")
    arguments.add_argument("--light", action="store_true", help="Grafana's light theme")
    arguments.add_argument("--height", type=int, default=0, metavar="PIXELS",
                           help="cut off there (default: the whole board)")
    arguments.add_argument("boards", nargs="*", metavar="BOARD", help="such as close-reasons")
    chosen = arguments.parse_args()
    if not (HERE / "node_modules").is_dir():
        sys.exit("Grafana's components are missing: npm ci --prefix tests/dashboards")

    files = sorted((ROOT / "dashboards").glob("*.json"))
    unknown = set(chosen.boards) - {file.stem for file in files}
    if unknown:
        sys.exit(f"no board {', '.join(sorted(unknown))}; there are "
                 f"{', '.join(file.stem for file in files)}")
    chosen.into.mkdir(parents=True, exist_ok=True)
    files = [file for file in files if not chosen.boards or file.stem in chosen.boards]
    with Prometheus() as prometheus:
        jobs = [(drawing_of(json.loads(file.read_text()), prometheus),
                 chosen.into / f"{file.stem}.png") for file in files]
    for (_, picture), wrong in zip(jobs, draw(jobs, chosen.light, chosen.height)):
        print(picture, *wrong, sep="\n  ")
        if wrong:
            sys.exit(1)


if __name__ == "__main__":
    main()
