"""Alerts, their tests and their runbooks belong together, and name nothing that does not exist."""

import os
import pathlib
import re
import subprocess
import sys
import tempfile

import yaml

import known_words as known
from query_words import Queries

RUNBOOKS = pathlib.Path("docs/runbooks")
TESTS = pathlib.Path("tests/alerts")
OTHER_PAGES = {"README", "symptoms"}  # of no single alert
SECTIONS = ("What it means", "Is it urgent?", "How to look", "Likely causes", "Silence",
            "False alarms")
SEVERITIES = ("critical", "warning", "info")


def page_name(alert):
    """LastframeMassClose -> mass-close."""
    return re.sub(r"(?<!^)([A-Z])", r"-\1", alert.removeprefix("Lastframe")).lower()


def blocks(page, language):
    return re.findall(rf"^```{language}\n(.*?)^```", page, re.S | re.M)


def mistakes_in_alerts(alerts):
    for rule in alerts:
        name = rule["alert"]
        texts = rule.get("annotations", {})
        if rule.get("labels", {}).get("severity") not in SEVERITIES:
            yield f"{name}: severity is one of {', '.join(SEVERITIES)}"
        for key in ("summary", "description", "runbook_url"):
            if not texts.get(key):
                yield f"{name} has no {key}"
        if texts.get("runbook_url") != f"{RUNBOOKS}/{page_name(name)}.md":
            yield f"{name}: runbook_url is not {RUNBOOKS}/{page_name(name)}.md"
        if name == "LastframeProtocolViolations":
            yield from mistakes_in_excluded_rules(rule["expr"])


def mistakes_in_excluded_rules(expression):
    """The alert leaves out exactly the rules whose breach breaks no MUST."""
    excluded = set(re.search(r'rule!~"([^"]*)"', expression).group(1).split("|"))
    harmless = {rule for rule, severity in known.broken_rules().items() if severity != "violation"}
    for rule in sorted(harmless ^ excluded):
        what = "leaves out" if rule in excluded else "counts"
        yield f"LastframeProtocolViolations {what} {rule}, of another severity"


def mistakes_in_pairs(alerts):
    """Alert, page and test: each with the two others."""
    names = {page_name(rule["alert"]): rule["alert"] for rule in alerts}
    for folder, suffix, others in ((RUNBOOKS, ".md", OTHER_PAGES), (TESTS, ".yaml", set())):
        there = {path.stem for path in folder.glob(f"*{suffix}")} - others
        for stem in sorted(names.keys() - there):
            yield f"{names[stem]} has no {folder}/{stem}{suffix}"
        for stem in sorted(there - names.keys()):
            yield f"{folder}/{stem}{suffix} is of no alert"


def mistakes_in_test(alert):
    """A test has a case in which the alert fires, and one in which it does not."""
    path = TESTS / f"{page_name(alert)}.yaml"
    if not path.exists():
        return
    tests = yaml.load(path.read_text(), yaml.CSafeLoader)["tests"]
    cases = [[bool(check["exp_alerts"]) for check in test.get("alert_rule_test", [])
              if check["alertname"] == alert] for test in tests]
    if not any(any(case) for case in cases):
        yield f"{path} never expects {alert}"
    if not any(case and not any(case) for case in cases):
        yield f"{path} has no near miss of {alert}"


def mistakes_in_page(rule):
    path = RUNBOOKS / f"{page_name(rule['alert'])}.md"
    if not path.exists():
        return
    page = path.read_text()
    if not page.startswith(f"# {rule['alert']}\n\n{rule['labels']['severity'].capitalize()}. "):
        yield f"{path} does not begin with the alert and its severity, as the rule has it"
    for section in SECTIONS:
        if f"\n## {section}\n" not in page:
            yield f"{path} has no section {section!r}"
    for language in ("promql", "sh"):
        if not blocks(page, language):
            yield f"{path} has no {language} to look with"


def mistakes_in_list(alerts):
    page = (RUNBOOKS / "README.md").read_text()
    listed = dict(re.findall(r"^\| \[(\w+)\]\([\w-]+\.md\) \| (\w+) \|", page, re.M))
    wanted = {rule["alert"]: rule["labels"].get("severity") for rule in alerts}
    for name in sorted(listed.keys() ^ wanted.keys()):
        yield f"{RUNBOOKS}/README.md: {name} is " + ("listed" if name in listed else "not listed")
    for name in sorted(listed.keys() & wanted.keys()):
        if listed[name] != wanted[name]:
            yield f"{RUNBOOKS}/README.md: {name} is {wanted[name]}, not {listed[name]}"


def mistakes_in_words(path, queries, causes, rules):
    text = path.read_text()
    for mistake in queries.mistakes(text):
        yield f"{path}: {mistake}"
    for rule in sorted(set(re.findall(r"\b(?:HS|FR|CT|TX|CL|PD|EX)-\d\d\b", text)) - rules.keys()):
        yield f"{path}: there is no rule {rule}"
    named = re.findall(r'\.cause\.id\s*[!=]=\s*"([^"]*)"', text)
    if path.suffix == ".md":
        named += re.findall(r"causes\.md#(\w+)", text)
        named += re.findall(r"lastframe explain ([a-z]\w*_\w+)", text)
    for cause in sorted(set(named) - causes):
        yield f"{path}: there is no cause {cause}"


def anchors(page):
    heads = re.findall(r"^#+ (.*)$", page, re.M)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def mistakes_in_links(path):
    for target in re.findall(r"\]\(([^)\s]+)\)", path.read_text()):
        file, _, anchor = target.partition("#")
        place = path if not file else path.parent / file
        if "://" in target:
            continue
        if not place.exists():
            yield f"{path}: {target} leads nowhere"
        elif anchor and anchor not in anchors(place.read_text()):
            yield f"{path}: {place} has no #{anchor}"


def mistakes_in_queries(pages):
    """promtool takes each query; all of them at once, as rules of which each has its page's name."""
    rules, places = [], {}
    for path in pages:
        for query in blocks(path.read_text(), "promql"):
            name = f"query_{len(rules)}"
            places[name] = f"{path}: {query.strip()}"
            rules.append({"record": name, "expr": query})
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        yaml.safe_dump({"groups": [{"name": "runbooks", "rules": rules}]}, file)
        file.flush()
        done = subprocess.run(["promtool", "check", "rules", file.name], text=True, timeout=50,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode:
        failed = [line for line in done.stdout.splitlines() if "query_" in line] or [done.stdout]
        for line in failed:
            name = re.search(r"query_\d+", line)
            yield f"{places.get(name and name[0], 'runbooks')}: {line.strip()}"


def sample_of_the_log(binary):
    """Records of the demo, and the mass_close line of docs/log-format.md."""
    done = subprocess.run([binary, "demo", "--json"], capture_output=True, text=True, timeout=50)
    if done.returncode != 0:
        sys.exit(f"{binary} demo: exit {done.returncode}\n{done.stderr}")
    burst = next(block for block in blocks(known.LOG_FORMAT.read_text(), "json")
                 if '"mass_close"' in block)
    return done.stdout + burst.replace("\n", " ") + "\n"


def mistakes_in_jq(pages, sample):
    """jq takes each line that looks into the log, and each key in it is explained."""
    keys = known.record_keys()
    for path in pages:
        lines = [line for block in blocks(path.read_text(), "sh") for line in block.splitlines()]
        for line in [line for line in lines if line.startswith("jq ")]:
            done = subprocess.run(["bash", "-o", "pipefail", "-c",
                                   line.replace("closes.jsonl", "/dev/stdin")],
                                  input=sample, capture_output=True, text=True, timeout=20)
            if done.returncode:
                yield f"{path}: {line}: {done.stderr.strip()}"
            program = re.sub(r'"(?:[^"\\]|\\.)*"', '""', line)
            for key in re.findall(r"\.([a-z_]{2,})", program):
                if key not in keys and key != "jsonl":
                    yield f"{path}: docs/log-format.md explains no key {key}: {line}"


def mistakes():
    alerts = known.rules_of("alerts.yaml")
    pages = sorted(RUNBOOKS.glob("*.md"))
    yield from mistakes_in_alerts(alerts)
    yield from mistakes_in_pairs(alerts)
    yield from mistakes_in_list(alerts)
    for rule in alerts:
        yield from mistakes_in_test(rule["alert"])
        yield from mistakes_in_page(rule)
    words = (Queries(), known.catalogue_ids("causes.yaml"), known.broken_rules())
    for path in [*sorted(known.PROMETHEUS.glob("*.yaml")), *sorted(TESTS.glob("*.yaml")), *pages]:
        yield from mistakes_in_words(path, *words)
    for path in [*pages, TESTS / "README.md"]:
        yield from mistakes_in_links(path)
    yield from mistakes_in_queries(pages)
    binary = os.environ.get("LASTFRAME", "build/release/proxy/lastframe")
    if not pathlib.Path(binary).is_file():
        sys.exit(f"there is no {binary}: build it (./dev build), or name another in LASTFRAME")
    yield from mistakes_in_jq(pages, sample_of_the_log(binary))


found = list(mistakes())
print("\n".join(found) or "alerts, tests and runbooks belong together")
sys.exit(1 if found else 0)
