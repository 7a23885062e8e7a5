"""promtool takes the rules and the configurations of dashboards/prometheus."""

import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

FOLDER = pathlib.Path("dashboards/prometheus")
TOKEN = "lastframe-token"  # an operator puts it beside the configuration
# Debian's Prometheus is built without Kubernetes. Targets out of a file take the place of pods, so
# that all the rest, relabelling too, is checked; what was replaced must look exactly like this.
PODS = re.compile(r"    kubernetes_sd_configs:\n      - role: pod\n")
FILE = "    file_sd_configs:\n      - files: [targets.json]\n"


def checked(copy, configuration):
    """Mistakes in one configuration of the folder `copy`; its rules are checked with it."""
    text = (copy / configuration).read_text()
    (copy / configuration).write_text(PODS.sub(FILE, text))
    done = subprocess.run(["promtool", "check", "config", configuration], cwd=copy, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=50)
    if done.returncode != 0:
        yield f"{FOLDER}/{configuration}:\n{done.stdout}"
    for rules in ("recording-rules.yaml", "alerts.yaml"):
        if done.returncode == 0 and f"Checking {rules}" not in done.stdout:
            yield f"{FOLDER}/{configuration} does not load {rules}"


if not shutil.which("promtool"):
    sys.exit("there is no promtool: ./dev install, or apt-get install prometheus")

with tempfile.TemporaryDirectory(prefix="lastframe-prometheus-") as folder:
    copy = pathlib.Path(folder)
    for file in FOLDER.glob("*.yaml"):
        shutil.copy(file, copy)
    (copy / TOKEN).write_text("secret")
    (copy / "targets.json").write_text("[]")
    names = sorted(file.name for file in copy.glob("prometheus*.yaml"))
    mistakes = [mistake for name in names for mistake in checked(copy, name)]
    if not names:
        mistakes.append(f"{FOLDER} has no prometheus*.yaml")
print("\n".join(mistakes) or f"promtool takes {', '.join(names)} and their rules")
sys.exit(1 if mistakes else 0)
