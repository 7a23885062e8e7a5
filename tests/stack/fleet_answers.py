"""The right answers to config/deploy/clickhouse/queries, worked out from the records in Python."""

import collections
import itertools

OPEN = ("session_end", "handshake_failed", "connect_failed", "tls_failed")


def hour(record):
    return record["time"][:13].replace("T", " ") + ":00:00"


def ends(records):
    return [record for record in records if record["event"] in OPEN]


def unclean(record):
    return not record["close"]["clean"]


def cause(record):
    return record["cause"]["id"] if record["cause"] else ""


def grouped(records, key):
    groups = collections.defaultdict(list)
    for record in records:
        groups[key(record)].append(record)
    return groups


def instances(group):
    return len({record["instance"] for record in group})


def closes_by_cause(records):
    groups = grouped(ends(records),
                     lambda r: (hour(r), r["handshake"]["server"] or "", cause(r)))
    return sorted(((*key, len(group)) for key, group in groups.items()),
                  key=lambda row: (row[0], -row[3], row[1], row[2]))


def closes_by_user(records):
    groups = grouped([r for r in ends(records) if r["request"]["user"]],
                     lambda r: r["request"]["user"])
    rows = [(user, len(group), sum(map(unclean, group)), instances(group),
             len(set(map(cause, group)))) for user, group in groups.items()]
    return sorted(rows, key=lambda row: (-row[2], -row[1], row[0]))[:100]


def closes_by_client_software(records):
    groups = grouped([r for r in records if r["event"] in ("session_end", "handshake_failed")],
                     lambda r: r["request"]["user_agent"] or "")
    rows = [(agent, len(group), sum(map(unclean, group)),
             sum(r["violation_count"] > 0 for r in group)) for agent, group in groups.items()]
    return sorted(rows, key=lambda row: (-row[3], -row[2], -row[1], row[0]))[:100]


def idle(record):
    silences = [record["traffic"][direction]["idle_s"]
                for direction in ("client_to_server", "server_to_client")]
    return min((s for s in silences if s is not None), default=None)


def timeout_clusters(records):
    found = [r for r in records if r["event"] == "session_end" and unclean(r)
             and idle(r) is not None and idle(r) >= 5]
    groups = grouped(found, lambda r: (r["upstream"], r["close"]["initiator"], round(idle(r))))
    rows = [(*key, len(group), instances(group)) for key, group in groups.items()
            if len(group) >= 3]
    return sorted(rows, key=lambda row: (-row[3], row[0], row[1], row[2]))


def size_limits(records):
    def sent(record):
        by_server = record["close"]["initiator"] == "server"
        return record["traffic"]["client_to_server" if by_server else "server_to_client"]["bytes"]
    found = [r for r in records if r["event"] == "session_end" and r["close"]["code"] == 1009]
    groups = grouped(found, lambda r: (r["upstream"], r["close"]["initiator"]))
    rows = [(*key, len(group), min(map(sent, group)), instances(group))
            for key, group in groups.items()]
    return sorted(rows, key=lambda row: (-row[2], row[0], row[1]))


def mass_closes(records):
    def window(record):
        return record["time"][:18].replace("T", " ") + "0"
    groups = grouped([r for r in records if r["event"] == "mass_close"],
                     lambda r: (window(r), r["upstream"]))
    return sorted((*key, instances(group), sum(r["closes"] for r in group),
                   max(r["without_close"] for r in group)) for key, group in groups.items())


def worst_paths(records):
    groups = grouped(ends(records),
                     lambda r: (r["host"] or "", (r["path"] or "").split("?")[0]))
    rows = []
    for key, group in groups.items():
        bad = sum(map(unclean, group))
        rows.append((*key, len(group), sum(r["event"] != "session_end" for r in group), bad,
                     f"{round(bad / len(group), 3):g}"))
    return sorted(rows, key=lambda row: (-row[4], -row[2], row[0], row[1]))[:100]


def worst_clients(records):
    groups = grouped(ends(records), lambda r: r["client"].rsplit(":", 1)[0])
    rows = [(client, len(group), sum(map(unclean, group)),
             sum(r["duration_s"] < 5 for r in group), instances(group))
            for client, group in groups.items()]
    return sorted(rows, key=lambda row: (-row[1], row[0]))[:100]


def broken_rules(records):
    found = collections.Counter(itertools.chain.from_iterable(
        [(v["id"], v["side"], r["request"]["user_agent"] or "", r["handshake"]["server"] or "")
         for v in r["violations"]] for r in ends(records)))
    rows = [(*key, times) for key, times in found.items()]
    return sorted(rows, key=lambda row: (-row[4], *row[:4]))[:100]


def code_by_minute(records):
    found = collections.Counter(
        (r["time"][:16].replace("T", " ") + ":00", r["close"]["code"] or 0) for r in ends(records))
    return sorted((*key, count) for key, count in found.items())


ANSWERS = {function.__name__: function for function in (
    broken_rules, closes_by_cause, closes_by_client_software, closes_by_user, code_by_minute,
    mass_closes, size_limits, timeout_clusters, worst_clients, worst_paths)}
