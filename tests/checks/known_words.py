"""What alerts and runbooks may name: metrics with their labels, causes, rules, keys of records.

Read out of the tree below the working directory; the checks of this folder use it.
"""

import functools
import pathlib
import re

import yaml

PROMETHEUS = pathlib.Path("dashboards/prometheus")
METRICS = pathlib.Path("docs/metrics.md")
LOG_FORMAT = pathlib.Path("docs/log-format.md")
RULES = pathlib.Path("proxy/core/ws/rule_table.h")
CATALOGUE = pathlib.Path("config/catalogue")

# Labels that scraping gives to every series.
TARGET_LABELS = {"job", "instance", "pod", "node", "namespace"}
SIDES = {"client", "server"}
# Labels whose values stand in backquotes in the metric's row.
LISTED_IN_THE_ROW = ("result", "outcome", "opcode")


def _words(cell):
    return set(re.findall(r"`([^`]+)`", cell))


@functools.cache
def metrics():
    """Name of each series -> (its labels, the words of its row). Histograms have three names."""
    found = {"up": (set(), set())}
    for line in METRICS.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if not re.match(r"\| `(lastframe|process)_", line) or len(cells) < 4:
            continue
        row = (_words(cells[2]), _words(cells[3]))
        for name in _words(cells[0]):
            found[name] = row
            if cells[1] == "histogram":
                found.update({f"{name}_sum": row, f"{name}_count": row,
                              f"{name}_bucket": (row[0] | {"le"}, row[1])})
    return found


def rules_of(file):
    """Every rule of a file of Prometheus rules, as a dict."""
    groups = yaml.load((PROMETHEUS / file).read_text(), yaml.CSafeLoader)["groups"]
    return [rule for group in groups for rule in group["rules"]]


def recorded():
    """Name of each recording rule -> (labels that its level says, words of its metric's row)."""
    known = metrics()
    every_label = {label for labels, _ in known.values() for label in labels} | {"instance"}
    found = {}
    for rule in rules_of("recording-rules.yaml"):
        level, base = rule["record"].split(":")[:2]
        _, words = known.get(f"{base}_total", (set(), set()))
        found[rule["record"]] = (set(level.split("_")) & every_label, words)
    return found


@functools.cache
def broken_rules():
    """Id of each rule of the protocol -> its severity."""
    return dict(re.findall(r'"([A-Z]{2}-\d\d)".*?Severity::(\w+)', RULES.read_text(), re.S))


@functools.cache
def catalogue_ids(file):
    rows = yaml.load((CATALOGUE / file).read_text(), yaml.CSafeLoader)
    while isinstance(rows, dict):
        rows = next(iter(rows.values()))
    return {row["id"] for row in rows}


def record_keys():
    """Every part of every key that docs/log-format.md explains."""
    names = re.findall(r"`([a-z_]+(?:(?:\[\])?\.[a-z_*]+)*)`", LOG_FORMAT.read_text())
    parts = {part for name in names for part in re.split(r"[.\[\]]+", name)}
    return parts | SIDES | {"client_to_server", "server_to_client"}
