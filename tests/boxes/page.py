"""docs/boxes.md: what was found, as tables and a paragraph for each box."""

import pathlib

from words import cell, heads, largest, steady

PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs/boxes.md"
THERE, BACK = "on the way to the echo", "on the way back"
FRAMES = ("length_0", "length_1", "length_125", "length_126", "length_127", "length_65535",
          "length_65536", "length_1048576", "fragments_with_pings", "empty_fragments",
          "cut_characters", "mask_zero", "mask_ones", "mask_fixed", "pong_unsolicited", "ping_125",
          "byte_by_byte", "burst", "both_ways")
CODES = (1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000,
         4999)
CLOSES = (*(f"close_{code}" for code in CODES), "close_empty", "close_reason_123")

def odd_case(checks):
    # What becomes of every head is told by the plain one only.
    for finding in checks["handshake"]["findings"]:
        if finding.startswith(THERE) and "in lower case" in finding:
            return "in lower case"
    return cell(checks, "odd_case")


def early(checks):
    text = cell(checks, "early_frame")
    apart = any("apart" in fact for fact in checks["early_frame"]["facts"])
    return f"{text}, apart from it" if apart else text


DIFF_COLUMNS = ("reframed", "altered", "corrupted")
SILENCE_COLUMNS = ("the box's time-out, as documented", "set to", "`probe --find-timeouts` says")

# (heading, [(column, cell of what probe's checks found)]): the box's name stands before them.
TABLES = (
    ("The handshake", (
        ("the request arrives", lambda c: heads(c["handshake"], THERE)),
        ("the 101 arrives", lambda c: heads(c["handshake"], BACK)),
        ("names in odd case", odd_case),
        ("a field twice", lambda c: cell(c, "repeated_field")),
        ("a field of 8 KiB", lambda c: cell(c, "long_field")),
        ("a URL of 4 KiB", lambda c: cell(c, "long_url")),
        ("offers of subprotocols, extensions",
         lambda c: cell(c, "subprotocols", "extension_unknown", "deflate_declined")))),
    ("Frames", (
        ("19 kinds of frames, both ways", lambda c: cell(c, *FRAMES)),
        ("permessage-deflate", lambda c: cell(c, "deflate")),
        ("a frame with the request", early),
        ("a frame with the 101", lambda c: cell(c, "glued_frame")),
        ("the largest message", lambda c: largest(c["sizes"])))),
    ("How it ends", (
        ("Close: 16 codes, reasons, none", lambda c: cell(c, *CLOSES)),
        ("two Closes that cross", lambda c: cell(c, "close_crossing", good="both arrive")),
        ("the client's FIN; the echo speaks on",
         lambda c: cell(c, "fin_by_client", good="FIN; all arrives")),
        ("the client's reset", lambda c: cell(c, "reset_by_client", good="reset")),
        ("the echo's FIN", lambda c: cell(c, "fin_by_echo", good="FIN")),
        ("the echo's reset", lambda c: cell(c, "reset_by_echo", good="reset")))),
)


def faults(found):
    """Where a control was not as it must be, so that nothing else can be trusted, and what could
    not be measured."""
    for name, one in found.items():
        if "failure" in one:
            yield f"{name} could not be measured: {one['failure']}"
    for name in ("no box", "lastframe"):
        one = found.get(name, {})
        for check, result in one.get("checks", {}).items():
            if result["result"] != "unchanged":
                yield f"{name}: {check} is {result['result']}: {result['findings']}"
        for kind in one.get("packets", {}).get("kinds", {}):
            yield f"{name}: lastframe diff finds {kind}"


def tables(boxes, found):
    measured = [box for box in boxes if "checks" in found.get(box.name, {})]
    parts = []
    for heading, columns in TABLES:
        rows = [[f"**{box.name}**", *(make(found[box.name]["checks"]) for _, make in columns)]
                for box in measured]
        parts.append(f"## {heading}\n\n" + table(["", *(name for name, _ in columns)], rows))
    parts.append(diff_table(measured, found))
    parts.append(silence_table(measured, found))
    return "\n".join(part for part in parts if part)


def line(cells):
    return "| " + " | ".join(text.replace("|", "\\|") for text in cells) + " |"


def table(columns, rows):
    return "".join(line(cells) + "\n" for cells in [columns, ["---"] * len(columns), *rows])


def diff_table(boxes, found):
    rows = []
    for box in boxes:
        seen = found[box.name].get("packets")
        if seen is None:
            continue
        kinds = {"reframed": [], "altered": [], "corrupted": []}
        for kind, entry in sorted(seen["kinds"].items()):
            for severity in entry["severities"]:
                kinds[severity].append(f"`{kind}`")
        rows.append([f"**{box.name}**", *(", ".join(each) or "nothing" for each in kinds.values())])
    if not rows:
        return ""
    return f"## What `lastframe diff` says\n\n{DIFF_INTRO}\n" + table(
        ["", *DIFF_COLUMNS], rows)


def silence_cells(box):
    """All of its row but what was measured."""
    return [f"**{box.name}**", box.silence, f"`{box.idle.setting}`" if box.idle else "–"]


def silence_table(boxes, found):
    rows = []
    for box in boxes:
        if not box.silence:
            continue
        if not box.idle:
            rows.append([*silence_cells(box), "–"])
            continue
        check = found[box.name].get("silence")
        said = "not measured" if check is None else "; ".join(
            steady(text) for text in [*check["findings"], *check["facts"][1:]]) or (
                f"none: {check['facts'][0]}")
        rows.append([*silence_cells(box), said])
    if not rows:
        return ""
    return f"## Silence\n\n{SILENCE_INTRO}\n" + table(
        ["", *SILENCE_COLUMNS], rows)


def paragraph(box, one):
    lines = [f"### {box.name}", ""]
    lines.append(f"{box.program_name()} {one['version']}." + (f" {box.note}" if box.note else ""))
    lines += ["", "```text", box.shown(), "```", ""]
    counts = {}
    for check in one["checks"].values():
        counts[check["result"]] = counts.get(check["result"], 0) + 1
    lines.append(f"{len(one['checks'])} checks: "
                 + ", ".join(f"{count} {result}" for result, count in sorted(counts.items())) + ".")
    lines += ["", *(f"- {text}" for text in sentences(one["checks"]))]
    return "\n".join(lines).rstrip() + "\n"


def sentences(checks):
    """What was found, each sentence once, with the checks that found it."""
    found = {}
    for name, check in checks.items():
        for finding in check["findings"]:
            text = steady(finding)
            if name.startswith("close_"):
                text = text.replace(name.removeprefix("close_"), "CODE")
            found.setdefault(text, []).append(name)
    for text, names in found.items():
        shown = ", ".join(f"`{name}`" for name in dict.fromkeys(names))
        yield f"{text} ({shown})"


def text_of(boxes, found):
    measured = [box for box in boxes if "checks" in found.get(box.name, {})]
    paragraphs = [paragraph(box, found[box.name]) for box in measured if box.shown()]
    return "\n".join([INTRO, tables(boxes, found), "## The boxes\n", BOXES_INTRO, *paragraphs])


def write(boxes, found):
    PAGE.write_text(text_of(boxes, found))


INTRO = """\
# What real boxes change

Proxies and load balancers as they are commonly set up for WebSockets, one at a time between a client and an echo, on
loopback. Every cell was measured by `lastframe probe --against` ([probe.md](probe.md)) and by `lastframe diff` of the
packets before and behind the box ([diff.md](diff.md)). This page is written by the script that measures:

```sh
./dev boxes                              # installs the boxes, measures, prints the tables; three minutes
./dev boxes --timeouts --write-docs      # also idle time-outs; writes this page
./dev boxes --boxes caddy --boxes varnish
```

`tests/boxes/README.md` has its options, and says how to add a box. Versions are Debian 12's, but for npm's; other
versions and other settings behave otherwise. *no box* and *lastframe* are the controls: through them everything must
arrive as it was sent, or the script fails. "as sent" means, of a head, every line in whatever order, and of frames every
byte.
"""
DIFF_INTRO = """\
The same checks with tcpdump on both sides of the box. Kinds as in [diff.md](diff.md#all-kinds). Those that are about
ends depend on which side was faster, so that now and then one more or less is seen: where the client closes while the
echo's Close is on its way, its kernel answers with a reset, and that may become a FIN although a reset out of the blue
passes as one. `close_dropped` and `message_dropped` are what the echo sent behind the client's FIN.
"""
SILENCE_INTRO = """\
How long a connection may be silent. The time-outs that boxes come with are as their documentation has them, and were
not waited for; where there is one to set, it was set to 3 s, and `lastframe probe --find-timeouts` had to find it.
"""
BOXES_INTRO = """\
What of each configuration matters, and every sentence that the path test said. The box listens on port 8080 here, the
echo on 9465.
"""
