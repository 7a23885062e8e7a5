"""docs/metrics.md and the program's own table (output/metric_table.h) have the same metrics: names,
types, labels, and the bounds of histograms, both ways."""

import pathlib
import re
import sys

DOCUMENT = pathlib.Path("docs/metrics.md")
TABLE = pathlib.Path("proxy/output/metric_table.h")
# Where bounds stand, how many of their units make one of the document's, and for which histograms.
BOUNDS = [("proxy/output/worker_counts.h", "kLifetimes", 1_000_000, "connection_duration"),
          ("proxy/core/session/live_counts.h", "kMessageSizes", 1, "message_size"),
          ("proxy/core/session/live_counts.h", "kLatencies", 1_000_000, "handshake_duration")]


def table_metrics():
    """{name: (type, labels)} of the rows in the header"""
    found = {}
    row = re.compile(r'MetricRow\{\s*Metric::\w+,\s*"(\w+)",\s*MetricType::(\w+),\s*\{([^}]*)\}')
    for name, kind, labels in row.findall(TABLE.read_text()):
        found[name] = (kind, tuple(re.findall(r'"(\w+)"', labels)))
    return found


def documented_metrics():
    """The same of the document's tables; the type is empty where the row leaves it out."""
    found = {}
    for line in DOCUMENT.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        names = re.findall(r"`((?:lastframe|process)_\w+)`", cells[0])
        if len(cells) < 4 or not line.startswith("|"):
            continue
        for name in names:
            found[name] = (cells[1], tuple(re.findall(r"`(\w+)`", cells[2])))
    return found


def bounds_of(path, name, unit):
    text = pathlib.Path(path).read_text()
    values = re.search(name + r"\s*=\s*std::to_array<std::uint64_t>\(\s*\{([^}]*)\}", text).group(1)
    return [int(value.replace("'", "")) / unit for value in values.split(",")]


def documented_bounds(histogram):
    for line in DOCUMENT.read_text().splitlines():
        if line.startswith("|") and f"`{histogram}`" in line:
            return [float(value) for value in re.findall(r"[\d.]*\d", line.split("|")[2].split(":")[0])]
    return []


def differences():
    table, documented = table_metrics(), documented_metrics()
    rows = TABLE.read_text().count("MetricRow{Metric::")
    if rows != len(table) or rows == 0:
        yield f"{TABLE}: {rows} rows, of which {len(table)} can be read"
    for name in sorted(table.keys() | documented.keys()):
        if name not in documented:
            yield f"{DOCUMENT}: {name} is missing"
        elif name not in table:
            yield f"{DOCUMENT}: {name} is no metric of the program"
        else:
            kind, labels = documented[name]
            if kind and kind != table[name][0]:
                yield f"{DOCUMENT}: {name} is a {table[name][0]}, not a {kind}"
            if labels != table[name][1]:
                yield f"{DOCUMENT}: {name} has the labels {table[name][1]}, not {labels}"
    for path, name, unit, histogram in BOUNDS:
        if bounds_of(path, name, unit) != documented_bounds(histogram):
            yield f"{DOCUMENT}: the bounds of {histogram} differ from {name} in {path}"


found = list(differences())
print("\n".join(found) or "the metrics are as documented")
sys.exit(1 if found else 0)
