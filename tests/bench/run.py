#!/usr/bin/python3
"""Measures what relaying costs: lastframe beside haproxy, nginx and mitmproxy.

Build the release preset first; it holds the load pair. What is measured and how is told in
docs/benchmarks.md. Exit: 0 done, 1 an echo was wrong (with --strict also: a limit is not kept),
2 it could not run.
"""

import argparse
import contextlib
import datetime
import json
import os
import pathlib
import shutil
import signal
import sys
import tempfile

import namespace
import peers
import report
import scenarios
from processes import Failure, raise_open_file_limit


def parse_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="The binary is $LASTFRAME, else build/release/proxy/lastframe; $LASTFRAME_ARGUMENTS "
               "is added to its command line.")
    names = [s.name for s in scenarios.SCENARIOS]
    parser.add_argument("--quick", action="store_true", help="about two minutes, rougher figures")
    parser.add_argument("--only", metavar="SCENARIO", help="comma-separated: " + ", ".join(names))
    parser.add_argument("--peers", metavar="NAMES", help="comma-separated: " + ", ".join(peers.BY_NAME))
    parser.add_argument("--rounds", type=int, help="for each scenario (5; quick: 3)")
    parser.add_argument("--seconds", type=float, help="of each measured interval (2; quick: 0.4)")
    parser.add_argument("--core", type=int, help="the core that all processes share (the last one)")
    parser.add_argument("--callgrind", action="store_true",
                        help="only count instructions, under valgrind; of lastframe, or of --peers")
    parser.add_argument("--json", metavar="FILE", type=pathlib.Path, help="also write all values")
    parser.add_argument("--from", metavar="FILE", type=pathlib.Path, dest="saved", action="append",
                        help="measure nothing, show what --json wrote; given twice, both together")
    parser.add_argument("--markdown", action="store_true", help="print the tables as Markdown")
    parser.add_argument("--write-docs", action="store_true", help="put them into docs/benchmarks.md")
    parser.add_argument("--strict", action="store_true", help="exit 1 when a limit is not kept, or lastframe is missing")
    parser.add_argument("--no-namespace", action="store_true",
                        help="measure in the network namespace that is there")
    options = parser.parse_args()
    unknown = set(options.only.split(",")) - set(names) if options.only else set()
    if unknown:
        parser.error(f"no scenario {', '.join(sorted(unknown))}; there are: {', '.join(names)}")
    return options


def settings_from(options):
    cores = os.sched_getaffinity(0)
    core = max(cores) if options.core is None else options.core
    if core not in cores:
        raise Failure(f"core {core} is not among those allowed: {sorted(cores)}")
    if len(cores) > 1:
        os.sched_setaffinity(0, cores - {core})  # this program must not disturb what it measures
    quick = options.quick
    files = raise_open_file_limit()
    return scenarios.Settings(
        core=core, is_quick=quick, rounds=options.rounds or (3 if quick else 5),
        seconds=options.seconds or (0.4 if quick else 2), warm_up=0.1 if quick else 0.5,
        idle_connections=min(4000, (files - 200) // 3), idle_seconds=2 if quick else 10)


def choose_peers(options):
    """(those that can be measured, {name: why not})"""
    wanted = peers.named(options.peers) if options.peers else list(peers.PEERS)
    if options.callgrind and not options.peers:
        wanted = [peers.BY_NAME["lastframe"]]
    missing = {peer.name: peer.absence() for peer in wanted if peer.absence()}
    for name, why in missing.items():
        print(f"not measured: {name}: {why}", file=sys.stderr)
    return [peer for peer in wanted if peer.name not in missing], missing


def takes_part(scenario, peer, options):
    able = getattr(scenario, "able", ())
    if scenario.transport not in peer.transports or (able and peer.name not in able):
        return False
    if peer.name == "mitmproxy":
        return scenario.with_mitmproxy or (options.only and options.peers)
    named = getattr(scenario, "peers", ())
    if named:
        return peer.name in named or bool(options.only and options.peers)
    if options.quick and scenario.name in ("idle", "tls_idle") and not options.peers:
        return peer.name in ("lastframe", "haproxy-tcp", "nginx")
    return True


def rounds_of(scenario, name, settings):
    if name != "mitmproxy" and not scenario.is_fresh:
        return settings.rounds
    return 1 if settings.is_quick else min(settings.rounds, 3)  # slow ones


def run_scenario(bench, scenario, chosen, options, values):
    names = [peer.name for peer in chosen if takes_part(scenario, peer, options)]
    if scenario.with_direct:
        names.append(peers.DIRECT)
    for number in range(bench.settings.rounds):
        for name in names:
            if number >= rounds_of(scenario, name, bench.settings):
                continue
            progress(f"{scenario.name}, round {number + 1}, {name}")
            try:
                measured = measure_once(bench, scenario, name)
            except (Failure, OSError) as failure:
                bench.wrong.append(f"{scenario.name}, {name}: {failure}")
                continue
            for row, value in measured.items():
                values.setdefault(row, {}).setdefault(name, []).append(value)


def measure_once(bench, scenario, name):
    if not scenario.is_fresh:
        return scenario.measure(bench, name)
    place = (name, scenario.transport)
    process, port = peers.BY_NAME[name].start(bench, scenario.transport)
    kept = bench.running.get(place)
    bench.running[place] = (process, port)
    try:
        with process:
            return scenario.measure(bench, name)
    finally:
        bench.running[place] = kept


def progress(text):
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


def start_for(todo, peer, bench, stack, options):
    """Starts the peer where scenarios need it running; False when it does not start."""
    for transport in peers.Transport:
        if not any(s.transport is transport and not s.is_fresh and takes_part(s, peer, options)
                   for s in todo):
            continue
        try:
            process, port = peer.start(bench, transport)
        except Failure as failure:
            bench.wrong.append(str(failure))
            return False
        bench.running[peer.name, transport] = (stack.enter_context(process), port)
    return True


def measure(options, settings, chosen, folder):
    bench = scenarios.Bench(settings, folder, credentials=peers.Credentials.make(folder))
    values = {}
    wanted = options.only.split(",") if options.only else [s.name for s in scenarios.SCENARIOS]
    with contextlib.ExitStack() as stack:
        stack.enter_context(scenarios.start_echo_server(bench))
        if options.callgrind:
            for peer in chosen:
                for row, transport in scenarios.COUNTED.items():
                    if transport not in peer.transports:
                        continue
                    progress(f"callgrind, {row}, {peer.name}")
                    values.setdefault(row, {})[peer.name] = [
                        scenarios.instructions(bench, peer, transport)]
            progress("")
            return values, bench.wrong
        todo = [s for s in scenarios.SCENARIOS if s.name in wanted]
        started = [peer for peer in chosen if start_for(todo, peer, bench, stack, options)]
        for scenario in todo:
            run_scenario(bench, scenario, started, options, values)
        progress("")
    return values, bench.wrong


def results_of(options):
    if not os.access(scenarios.LOAD_PAIR, os.X_OK):
        raise Failure("the load pair is not built: build the release preset's target "
                      "lastframe_bench_peer, or name it in LASTFRAME_BENCH_PEER")
    if options.callgrind and not shutil.which("valgrind"):
        raise Failure("valgrind is not installed: apt install valgrind")
    settings = settings_from(options)
    chosen, missing = choose_peers(options)
    if not chosen:
        raise Failure("there is nothing to measure")
    with tempfile.TemporaryDirectory(prefix="lastframe-bench-") as folder:
        values, wrong = measure(options, settings, chosen, pathlib.Path(folder))
    return {
        "run": {
            "date": datetime.date.today().isoformat(), "machine": scenarios.describe_machine(),
            "versions": {peer.program: peer.version() for peer in chosen},
            "rounds": settings.rounds, "seconds": settings.seconds, "quick": settings.is_quick,
            "idle_connections": settings.idle_connections,
            "namespace": not options.no_namespace,
            "congestion_control": namespace.congestion_control(),
        },
        "values": values, "missing": missing, "wrong": wrong,
    }


def load_saved(paths):
    """The first file's run, with the cells of all files; of the same cell the last one's."""
    results = json.loads(paths[0].read_text())
    for path in paths[1:]:
        more = json.loads(path.read_text())
        for row, cells in more["values"].items():
            results["values"].setdefault(row, {}).update(cells)
        results["wrong"] += more["wrong"]
    return results


def main():
    options = parse_arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        if options.saved:
            results = load_saved(options.saved)
        else:
            if not options.no_namespace:
                namespace.enter()
            results = results_of(options)
        if options.json:
            options.json.write_text(json.dumps(results, indent=1) + "\n")
        print(report.render_markdown(results) if options.markdown else report.render_text(results))
        if options.write_docs:
            report.write_document(results)
    except (Failure, OSError, ValueError) as failure:
        print(f"run.py: {failure}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("run.py: interrupted; everything that was started has been stopped", file=sys.stderr)
        return 130
    if results["wrong"]:
        return 1
    kept = report.ratio_table(results)[1] and "lastframe" not in results["missing"]
    return 1 if options.strict and not kept else 0


if __name__ == "__main__":
    sys.exit(main())
