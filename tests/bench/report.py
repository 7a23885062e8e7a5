"""The tables: absolute figures, the ratios to the other proxies, and whether the budgets hold."""

import dataclasses
import pathlib
import statistics

import peers
from scenarios import ROWS

DOCUMENT = peers.ROOT / "docs/benchmarks.md"
BEGIN = "<!-- results: begin (tests/bench/run.py --write-docs) -->"
END = "<!-- results: end -->"

# Whom a ratio is taken to. Of several the fastest in that row counts, and is named.
AGAINST = {
    "best": ("the best of haproxy and nginx",
             ["haproxy-http", "haproxy-tcp", "haproxy-tcp-tuned", "nginx", "nginx-tuned"]),
    "haproxy": ("haproxy as installed, its better mode", ["haproxy-http", "haproxy-tcp"]),
    "haproxy_tcp": ("haproxy as installed, tcp mode", ["haproxy-tcp"]),
    "mitmproxy": ("mitmproxy", ["mitmproxy"]),
}


@dataclasses.dataclass(frozen=True)
class Budget:
    row: str
    against: str
    limit: float | None = None
    aim: float | None = None


BUDGETS = [
    Budget("small", "best", 0.92, 0.80),
    Budget("small", "haproxy", 0.60),
    Budget("small", "mitmproxy", 0.02),
    Budget("pipelined", "best", 0.97, 0.86),
    Budget("pipelined", "haproxy", 0.80),
    Budget("medium", "best", 0.95, 0.85),
    Budget("medium", "haproxy", 0.50),
    Budget("medium", "mitmproxy", 0.025),
    Budget("large_ascii", "best", 1.00, 0.80),
    Budget("large_ascii", "haproxy", 0.65),
    Budget("large_binary", "best", 1.00, 0.80),
    Budget("large_binary", "haproxy", 0.65),
    Budget("large_utf8", "best", None, 1.3),
    Budget("large_utf8", "haproxy", 1.00),
    Budget("added_latency", "best", 1.10, 0.92),
    Budget("added_latency", "haproxy", 0.90),
    Budget("connection", "best", 0.90, 0.80),
    Budget("connection", "haproxy", 0.80),
    Budget("connection", "mitmproxy", 0.02),
    Budget("idle_memory", "haproxy_tcp", 0.30),
    Budget("tls_small", "best", 0.85),
    Budget("tls_small", "haproxy", 0.70),
    Budget("tls_medium", "best", 0.95),
    Budget("tls_medium", "haproxy", 0.75),
    Budget("tls_connection", "best", 0.95),
    Budget("tls_connection", "haproxy", 0.85),
    Budget("tls_handshake", "best"),
    Budget("tls_idle_memory", "best"),
    Budget("deflate_small", "haproxy_tcp"),
    Budget("deflate_medium", "haproxy_tcp"),
    Budget("deflate_small_memory", "haproxy_tcp"),
    Budget("deflate_medium_memory", "haproxy_tcp"),
]
MOST_INSTRUCTIONS = 600

TITLES = {row.key: row.title for row in ROWS}
TITLES["added_latency"] = "added latency, p50"


def median(results, row, peer):
    """The median of a cell's rounds; None when it was not measured."""
    if row == "added_latency":
        through = median(results, "latency_p50", peer)
        direct = median(results, "latency_p50", peers.DIRECT)
        return None if through is None or direct is None else through - direct
    values = results["values"].get(row, {}).get(peer)
    return statistics.median(values) if values else None


def number(value):
    """Three digits that count, as a person would write them."""
    if value is None:
        return "-"
    if abs(value) >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}" if abs(value) >= 1 else f"{value:.3f}"


def cell(results, row, peer):
    values = results["values"].get(row, {}).get(peer)
    if not values:
        return "-"
    middle = number(statistics.median(values))
    return middle if len(values) == 1 else f"{middle} ({number(min(values))})"


def absolute_table(results):
    measured = [p for p in [*peers.BY_NAME, peers.DIRECT]
                if any(p in cells for cells in results["values"].values())]
    table = [["", "unit", *measured]]
    for row in ROWS:
        cells = [cell(results, row.key, peer) for peer in measured]
        if any(text != "-" for text in cells):
            table.append([row.title, row.unit, *cells])
    return table


def judge(budget, ratio):
    if budget.limit is None and budget.aim is None:
        return "no limit"
    if budget.limit is not None and ratio > budget.limit:
        return "NOT met"
    if budget.aim is not None:
        return "aim reached" if ratio <= budget.aim else "met" if budget.limit else "aim not reached"
    return "met"


def ratio_table(results):
    """(table, were all limits kept). A ratio is lastframe's median by the other one's."""
    table = [["", "lastframe divided by", "ratio", "limit", "aim", "verdict"]]
    all_kept = True
    for budget in BUDGETS:
        what, names = AGAINST[budget.against]
        others = {name: median(results, budget.row, name) for name in names}
        others = {name: value for name, value in others.items() if value and value > 0}
        ours = median(results, budget.row, "lastframe")
        if ours is None and not others:
            continue
        ratio, verdict = "-", "not measured"
        if others:
            best = min(others, key=others.get)
            what = f"{best} ({what})" if len(names) > 1 else what
            if ours is not None:
                ratio = f"{ours / others[best]:.3f}"
                verdict = judge(budget, ours / others[best])
        all_kept = all_kept and verdict != "NOT met"
        table.append([TITLES[budget.row], what, ratio,
                      "-" if budget.limit is None else f"<= {budget.limit:.3g}",
                      "-" if budget.aim is None else f"{budget.aim:.3g}", verdict])
    ours = median(results, "instructions", "lastframe")
    if ours is not None:
        kept = ours <= MOST_INSTRUCTIONS
        all_kept = all_kept and kept
        table.append([TITLES["instructions"], "1 (absolute)", number(ours),
                      f"<= {MOST_INSTRUCTIONS}", "-", "met" if kept else "NOT met"])
    return table, all_kept


def conditions(results):
    """Sentences that say under which conditions the figures came about."""
    run = results["run"]
    lines = [
        f"{run['date']}, {run['machine']['processor']}, {run['machine']['system']}, "
        f"{run['machine']['kernel']}.",
        "Versions: " + ", ".join(f"{name} {version}" for name, version in run["versions"].items())
        + ".",
        f"Up to {run['rounds']} interleaved rounds of {run['seconds']:g} s each; cells are "
        "median (least). Client, proxy and server share one core; "
        + ("a fresh network namespace, " if run["namespace"] else "THE HOST'S NETWORK NAMESPACE, ")
        + f"congestion control {run['congestion_control']}; "
        f"{run['idle_connections']} connections in the idle rows.",
    ]
    if run["quick"]:
        lines.append("A quick run: its intervals are short, differences below 10 % mean nothing.")
    lines += [f"Not measured: {name}: {why}." for name, why in results["missing"].items()]
    lines += [f"WRONG: {text}" for text in results["wrong"]]
    return lines


def as_text(table):
    widths = [max(len(line[i]) for line in table) for i in range(len(table[0]))]
    return "\n".join("  ".join(text.ljust(width) for text, width in zip(line, widths)).rstrip()
                     for line in table)


def as_markdown(table):
    head, *lines = table
    rows = [head, ["---"] * len(head), *lines]
    return "\n".join("| " + " | ".join(line) + " |" for line in rows)


def render_text(results):
    tables = [absolute_table(results), ratio_table(results)[0]]
    return "\n".join([*conditions(results),
                      *("\n" + as_text(table) for table in tables if len(table) > 1)])


def render_markdown(results):
    ratios, _ = ratio_table(results)
    return "\n\n".join([*conditions(results), "### Absolute figures",
                        as_markdown(absolute_table(results)), "### Ratios and budgets",
                        as_markdown(ratios)])


def write_document(results, path=DOCUMENT):
    """Replaces what stands between the two markers."""
    text = pathlib.Path(path).read_text()
    begin, end = text.find(BEGIN), text.find(END)
    if begin < 0 or end < begin:
        raise ValueError(f"{path.name}: the markers '{BEGIN}' and '{END}' are not both there")
    path.write_text(text[:begin + len(BEGIN)] + "\n" + render_markdown(results) + "\n" + text[end:])
