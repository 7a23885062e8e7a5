#!/usr/bin/python3
"""Measures what real boxes do to WebSocket traffic: `lastframe probe` through each of them, and
`lastframe diff` of the packets before and behind it."""

import argparse
import json
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "system")]

import page  # noqa: E402
import packets  # noqa: E402
from boxes import BOXES, BY_NAME  # noqa: E402
from measuring import measure  # noqa: E402


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--boxes", metavar="NAME", action="append", choices=BY_NAME,
                        help="only this one; may be repeated: " + "; ".join(BY_NAME))
    parser.add_argument("--timeouts", action="store_true",
                        help="also give each box a time-out of 3 s and see whether it is found")
    parser.add_argument("--no-packets", action="store_true", help="no tcpdump, no lastframe diff")
    parser.add_argument("--max-size", default="16MiB", help="the largest message (%(default)s)")
    parser.add_argument("--keep", type=pathlib.Path, metavar="FOLDER", help="keep the captures there")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="keep all that was found")
    parser.add_argument("--from", type=pathlib.Path, metavar="FILE", dest="saved",
                        help="measure nothing: take what --json kept")
    parser.add_argument("--write-docs", action="store_true", help="write docs/boxes.md")
    return parser.parse_args()


def results_of(options):
    why_no_packets = None if options.no_packets else packets.absence()
    if why_no_packets:
        print(f"packets are left out: {why_no_packets}", file=sys.stderr)
    found = {}
    for name in options.boxes or BY_NAME:
        print(f"{name} ...", file=sys.stderr, flush=True)
        found[name] = measure(BY_NAME[name], wants_timeouts=options.timeouts,
                              wants_packets=not (options.no_packets or why_no_packets),
                              max_size=options.max_size, keep=options.keep)
        if "absence" in found[name]:
            print(f"{name} is left out: {found[name]['absence']}", file=sys.stderr)
    return found


def refuse_half_a_page(found):
    """Of some boxes only, the page would say nothing of the others."""
    missing = [name for name in BY_NAME if "checks" not in found.get(name, {})]
    missing += [name for name in found if BY_NAME[name].idle and "silence" not in found[name]]
    missing += [name for name in found if "packets" not in found[name]]
    if missing:
        sys.exit("docs/boxes.md is not written: it wants every box, packets and --timeouts; missing: "
                 + "; ".join(dict.fromkeys(missing)))


def main():
    options = parse_arguments()
    found = json.loads(options.saved.read_text()) if options.saved else results_of(options)
    if options.json:
        options.json.write_text(json.dumps(found, indent=1) + "\n")
    faults = list(page.faults(found))
    for fault in faults:
        print(fault, file=sys.stderr)
    if options.write_docs and not faults:
        refuse_half_a_page(found)
        page.write(BOXES, found)
    else:
        print(page.tables(BOXES, found))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
