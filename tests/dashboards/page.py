"""docs/metrics.md as values: what metrics there are, their types, labels and buckets."""

import pathlib
import re
from dataclasses import dataclass

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "metrics.md"


@dataclass(frozen=True)
class Metric:
    name: str
    type: str  # gauge, counter, histogram
    labels: tuple


def metrics(page=None):
    """Name to Metric, for every row of the page's tables."""
    found = {}
    for row in re.findall(r"^\| (`.*?) \|(.*?)\|(.*?)\|.*\|$", page or PAGE.read_text(), re.M):
        names, type, labels = row
        for name in re.findall(r"`(\w+)`", names):
            if not name.startswith(("lastframe_", "process_")):
                continue
            # The five of the process share a row without a type.
            kind = type.strip() or ("counter" if name.endswith("_total") else "gauge")
            found[name] = Metric(name, kind, tuple(re.findall(r"`(\w+)`", labels)))
    if not found:
        raise SystemExit(f"{PAGE}: no metrics found; has its table another shape now?")
    return found


def buckets_of(name, page=None):
    """A histogram's upper bounds as they are written, "+Inf" included."""
    for names, bounds in re.findall(r"^\| (`[\w`, ]+`) \| ([\d., ]+) \w+.*\|$",
                                    page or PAGE.read_text(), re.M):
        if any(short in name for short in re.findall(r"`(\w+)`", names)):
            return [bound.strip() for bound in bounds.split(",")] + ["+Inf"]
    raise SystemExit(f"{PAGE}: no buckets of {name}")
