"""check_runbooks and check_prometheus find mistakes: each of these is planted in a copy of the tree,
and the check must name it.
"""

import concurrent.futures
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

COPIED = ("dashboards", "docs", "tests/alerts", "config", "proxy/core/ws/rule_table.h")
CHECKS = pathlib.Path(__file__).resolve().parent

ALERTS = "dashboards/prometheus/alerts.yaml"
RECORDED = "dashboards/prometheus/recording-rules.yaml"
CONFIGURATION = "dashboards/prometheus/prometheus.yaml"
KUBERNETES = "dashboards/prometheus/prometheus-kubernetes.yaml"
PAGE = "docs/runbooks/mass-close.md"
LIST = "docs/runbooks/README.md"
TEST = "tests/alerts/down.yaml"

# (file, what stands there, what is planted, what the check says). Every place where it stands is
# changed. None stands for a file that is not there.
IN_RUNBOOKS = (
    (ALERTS, "severity: critical", "severity: urgent", "severity is one of"),
    (ALERTS, 'summary: "Many', 'about: "Many', "LastframeMassClose has no summary"),
    (ALERTS, "/mass-close.md", "/mass_close.md", "LastframeMassClose: runbook_url is not"),
    (ALERTS, "alert: LastframeDown", "alert: LastframeGone", "LastframeGone has no docs/runbooks/gone.md"),
    (ALERTS, "lastframe_tick_lag_seconds >", "lastframe_tick_lag_ms >",
     "there is no metric or recording rule lastframe_tick_lag_ms"),
    (ALERTS, "listener_upstream:lastframe_mass_closes:increase10m", "listener:lastframe_mass_closes:increase10m",
     "there is no metric or recording rule listener:lastframe_mass_closes:increase10m"),
    (ALERTS, 'increase5m{leg="server"}', 'increase5m{side="server"}', "has no label side"),
    (ALERTS, 'cause="message_too_big"', 'cause="message_too_long"', "cause is never message_too_long"),
    (ALERTS, r"leg=\"client\"", r"leg=\"browser\"", "leg is never browser"),
    (ALERTS, "|FR-14|", "|", "LastframeProtocolViolations counts FR-14"),
    (ALERTS, "|FR-14|", "|FR-14|FR-01|", "LastframeProtocolViolations leaves out FR-01"),
    (RECORDED, 'outcome=~"rejected|failed', 'outcome=~"refused|failed', "outcome is never refused"),
    (RECORDED, "sum without (code) (", "sum without (status) (", "there is no label status to group by"),
    (RECORDED, "increase(lastframe_closes_total[10m])", "increase(lastframe_ends_total[10m])",
     "there is no metric or recording rule lastframe_ends_total"),
    ("docs/metrics.md", "`lastframe_workers`", "`lastframe_threads`",
     "tick-lag.md: there is no metric or recording rule lastframe_workers"),
    (PAGE, "", None, "LastframeMassClose has no docs/runbooks/mass-close.md"),
    ("docs/runbooks/ghost.md", None, "# LastframeGhost\n", "docs/runbooks/ghost.md is of no alert"),
    (TEST, "", None, "LastframeDown has no tests/alerts/down.yaml"),
    ("tests/alerts/ghost.yaml", None, "tests: []\n", "tests/alerts/ghost.yaml is of no alert"),
    (TEST, "alertname: LastframeDown", "alertname: LastframeMissing", "never expects LastframeDown"),
    (TEST, "exp_alerts: []", "exp_alerts: [{exp_labels: {job: a}}]", "has no near miss of LastframeDown"),
    (PAGE, "\nWarning. ", "\nInfo. ", "does not begin with the alert and its severity"),
    (PAGE, "## Silence", "## Quiet", "has no section 'Silence'"),
    (PAGE, "```promql", "```text", "has no promql to look with"),
    (PAGE, "sum by (listener) (", "sum by (listener (", "mass-close.md: sum by (listener ("),
    (PAGE, "#server_crashed", "#server_crash", "causes.md has no #server_crash"),
    (PAGE, "#server_crashed", "#server_crash", "there is no cause server_crash"),
    (PAGE, "(mass-close-repeated.md)", "(repeated.md)", "repeated.md leads nowhere"),
    (PAGE, '.cause.id=="mass_close"', '.cause.id=="mass_end"', "there is no cause mass_end"),
    (PAGE, ".close.initiator", ".close.starter", "docs/log-format.md explains no key starter"),
    (PAGE, "| @tsv'", "| tsv'", "mass-close.md: jq -r"),
    ("docs/runbooks/protocol-violations.md", "FR-02", "FR-92", "there is no rule FR-92"),
    (LIST, "(mass-close.md) | warning", "(mass-close.md) | info", "LastframeMassClose is warning, not info"),
    (LIST, "[LastframeDown](down.md)", "LastframeDown", "LastframeDown is not listed"),
)
IN_PROMETHEUS = (
    (ALERTS, "expr: up{", "expr: up{{", "could not parse expression"),
    (ALERTS, "{{ $labels.instance }} cannot be", "{{ $lables.instance }} cannot be", "undefined variable"),
    (CONFIGURATION, "  - alerts.yaml\n", "", "does not load alerts.yaml"),
    (CONFIGURATION, "credentials_file", "credential_file", "credential_file not found"),
    (KUBERNETES, "action: keep", "action: kept", "kept"),
    (KUBERNETES, "- role: pod", "- role: service", "kubernetes_sd_configs"),
)


def plant(root, file, there, planted):
    path = root / file
    if there is None:
        path.write_text(planted)
    elif planted is None:
        path.unlink()
    else:
        text = path.read_text()
        if there not in text:
            return f"{file} does not contain {there!r} any more"
        path.write_text(text.replace(there, planted))
    return None


def unnoticed(check, row):
    """None where the check names the planted mistake, else what went wrong."""
    file, there, planted, expected = row
    with tempfile.TemporaryDirectory(prefix="lastframe-planted-") as folder:
        root = pathlib.Path(folder)
        for name in COPIED:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            copy = shutil.copytree if pathlib.Path(name).is_dir() else shutil.copy
            copy(name, root / name)
        outdated = plant(root, file, there, planted)
        if outdated:
            return outdated
        done = subprocess.run([sys.executable, CHECKS / f"check_{check}.py"], cwd=root, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=250)
    if done.returncode == 0 or expected not in done.stdout:
        return (f"{check}, {file}: {there!r} -> {planted!r} is not found: exit {done.returncode}, "
                f"{expected!r} expected in\n{done.stdout}")
    return None


binary = pathlib.Path(os.environ.get("LASTFRAME", "build/release/proxy/lastframe")).resolve()
os.environ["LASTFRAME"] = str(binary)
os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
rows = [("runbooks", row) for row in IN_RUNBOOKS] + [("prometheus", row) for row in IN_PROMETHEUS]
with concurrent.futures.ThreadPoolExecutor(4) as pool:
    results = pool.map(lambda each: unnoticed(*each), rows)
    missed = [result for result in results if result]
print("\n".join(missed) or f"all of {len(rows)} planted mistakes are found")
sys.exit(1 if missed else 0)
