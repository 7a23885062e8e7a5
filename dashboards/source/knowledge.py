"""What the boards say of causes, rules and time-outs, read from the generated pages of docs/.

These pages are made from the catalogue and the rule table, so the boards cannot know anything else
than `lastframe explain` does.
"""

import pathlib
import re
from dataclasses import dataclass

DOCS = pathlib.Path(__file__).resolve().parents[2] / "docs"
SECONDS = {"s": 1, "m": 60, "h": 3600}


@dataclass(frozen=True)
class Cause:
    id: str
    title: str
    party: str  # as docs/causes.md words it
    fix: str


@dataclass(frozen=True)
class Rule:
    id: str
    name: str
    severity: str
    section: str  # of the RFC


@dataclass(frozen=True)
class TimeOut:
    product: str
    seconds: int
    kind: str  # idle, lifetime, silent


def causes():
    """Every cause of docs/causes.md, in its order."""
    page = (DOCS / "causes.md").read_text()
    fixes = dict(re.findall(r"^### (\w+)$.*?^- Fix: (.*?)$", page, re.M | re.S))
    rows = re.findall(r"^\| \[(\w+)\]\(#\1\) \| (.*?) \| .*? \| (.*?) \|$", page, re.M)
    # A bar within a table of Markdown is escaped.
    return _some([Cause(id, title, party, fixes[id].replace("\\|", "|"))
                  for id, title, party in rows], "causes.md")


def rules():
    """Every rule of docs/rules.md, in its order."""
    page = (DOCS / "rules.md").read_text()
    rows = re.findall(r"^\| \[([A-Z]+-\d+)\]\(#.*?\) \| `(\w+)` \| (\w+) \| \w+ \| (.*?) \|$",
                      page, re.M)
    return _some([Rule(*row) for row in rows], "rules.md")


def time_outs():
    """Every time-out of docs/causes.md that a product has by default or by custom."""
    page = (DOCS / "causes.md").read_text()
    rows = re.findall(r"^\| ([^|]+?) \| (\d+)([smh]) \| (idle|lifetime|silent)\b[^|]* \|", page,
                      re.M)
    return _some([TimeOut(product, int(count) * SECONDS[unit], kind)
                  for product, count, unit, kind in rows], "causes.md")


def _some(found, page):
    if not found:
        raise SystemExit(f"{DOCS / page}: no rows found; has its table another shape now?")
    return found
