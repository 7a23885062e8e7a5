"""What is done with each box, and what is kept of it: plain values, as JSON."""

import pathlib
import subprocess
import tempfile

import packets
from support.probing import echo, probe

SMALL = ("--max-size", "64KiB")  # where the largest message is not asked for
LONGEST_S = 10  # of silence, against a time-out of 3 s


def measure(box, **options):
    """Of a box that is not installed its "absence", of one that could not be measured the
    "failure". `options`: as of measure_installed()."""
    absence = box.absence()
    if absence:
        return {"absence": absence}
    try:
        return measure_installed(box, **options)
    except (AssertionError, OSError, subprocess.SubprocessError) as failure:
        return {"failure": str(failure)}


def measure_installed(box, *, wants_packets=True, wants_timeouts=False, max_size="16MiB", keep=None):
    """`keep`: a folder for the captures."""
    found = {"version": box.version(), "checks": battery(box, "--max-size", max_size)}
    if wants_packets:
        found["packets"] = two_taps(box, keep)
    if wants_timeouts and box.idle:
        found["silence"] = battery(box, *SMALL, "--find-timeouts", "--longest", f"{LONGEST_S}s",
                                   idle=box.idle)["silence"]
    return found


def battery(box, *arguments, idle=None):
    """{id of a check: what `lastframe probe --against` says of it}"""
    with echo() as port, box.running(port, idle) as (near, _):
        return checks_through(near, *arguments)


def checks_through(port, *arguments):
    _, report = probe("--against", f"ws://127.0.0.1:{port}/", *arguments, patience_s=1200)
    return {check.pop("id"): check for check in report["checks"]}


def two_taps(box, keep=None):
    """{severity: number of connections}, and {kind: [severity, number of findings]}, of the same
    battery seen before and behind the box."""
    with tempfile.TemporaryDirectory(prefix="lastframe-boxes-") as temporary:
        folder = pathlib.Path(keep or temporary) / box.name.replace(", ", "-").replace(" ", "-")
        folder.mkdir(parents=True, exist_ok=True)
        with echo() as port, box.running(port) as (near, its_port):
            with packets.taps(folder, its_port, port) as (before, after):
                checks_through(near, *SMALL)
        said = packets.difference(before, after)
    return {"counts": said["counts"], "kinds": kinds_of(said),
            "only_before": len(said["only_before"]), "only_after": len(said["only_after"])}


def kinds_of(said):
    kinds = {}
    for connection in said["connections"]:
        for finding in connection["findings"]:
            entry = kinds.setdefault(finding["kind"], {"severities": {}, "example": ""})
            severities = entry["severities"]
            severities[finding["severity"]] = severities.get(finding["severity"], 0) + 1
            entry["example"] = entry["example"] or finding["summary"]
    return kinds
