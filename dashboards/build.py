#!/usr/bin/env python3
"""Writes the boards of this folder from source/: dashboards/build.py [--check] [--docs URL].

The JSON that Grafana takes repeats each query, colour and text dozens of times; here each is said
once. The JSON is kept in the tree as well, for whoever only wants to import it.
"""

import argparse
import json
import pathlib
import sys

FOLDER = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER))
from source.boards import BOARDS  # noqa: E402  the folder must be known first


def written(board):
    return json.dumps(board, indent=2, ensure_ascii=False) + "\n"


def main():
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("--check", action="store_true",
                           help="write nothing; exit 1 if a file is not what would be written")
    arguments.add_argument("--docs", default="", metavar="URL",
                           help="where docs/ can be read, for the links of causes and rules")
    arguments.add_argument("--into", type=pathlib.Path, default=FOLDER, metavar="FOLDER",
                           help="where to write (default: beside this script)")
    chosen = arguments.parse_args()

    stale = []
    for name, make in BOARDS.items():
        file = chosen.into / f"{name}.json"
        made = written(make(chosen.docs.rstrip("/")))
        if chosen.check:
            if not file.is_file() or file.read_text() != made:
                stale.append(f"{file}: not what dashboards/source says; run dashboards/build.py")
        else:
            chosen.into.mkdir(parents=True, exist_ok=True)
            file.write_text(made)
    print("\n".join(stale) or f"{len(BOARDS)} boards")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
