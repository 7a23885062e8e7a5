"""docs/boxes.md has a row for each box that tests/boxes knows, every column, and the configurations
that are measured. What stands in the cells only a run can tell: ./dev boxes --timeouts --write-docs."""

import pathlib
import sys

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "boxes"), str(TESTS / "system")]
sys.dont_write_bytecode = True

import page  # noqa: E402
from boxes import BOXES  # noqa: E402

HEADINGS = [(heading, [name for name, _ in columns]) for heading, columns in page.TABLES]
HEADINGS += [("What `lastframe diff` says", page.DIFF_COLUMNS), ("Silence", page.SILENCE_COLUMNS)]


def faults(text):
    if not text.startswith(page.INTRO):
        yield "it does not begin with the introduction of tests/boxes/page.py"
    for heading, columns in HEADINGS:
        section = text.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
        lines = section.splitlines()
        if page.line(["", *columns]) not in lines:
            yield f"{heading}: the columns are not {columns}"
        rows = [row.split(" | ")[0].strip("| *") for row in lines if row.startswith("| **")]
        wanted = [box.name for box in BOXES if heading != "Silence" or box.silence]
        if rows != wanted:
            yield f"{heading}: the rows are {rows}, not {wanted}"
        if "not measured" in section:
            yield f"{heading}: a cell was not measured"
    for box in BOXES:
        if box.silence and page.line(page.silence_cells(box)).removesuffix("|") not in text:
            yield f"Silence: {box.name} has other words than tests/boxes/boxes.py"
        if box.shown() and f"### {box.name}\n" not in text:
            yield f"{box.name} has no paragraph"
        if box.shown() not in text:
            yield f"{box.name} is configured otherwise than the page shows"


found = list(faults(page.PAGE.read_text()))
print("\n".join(found) or "docs/boxes.md has what tests/boxes knows")
if found:
    sys.exit("write it anew: ./dev boxes --timeouts --write-docs")
