"""A real Prometheus with the configuration of dashboards/prometheus, on a port of its own.

What a test changes in those files, and nothing else, is in `hurried()` and `pointed_at()`: a test
has seconds where an operator has minutes.
"""

import json
import pathlib
import re
import shutil
import subprocess
import tempfile
import threading
import urllib.error
import urllib.parse
import urllib.request

from support.proxy import PATIENCE_S, ROOT, wait_until

RULES = ROOT / "dashboards/prometheus"
TOKEN = "a-token-of-the-test"

# Debian's Prometheus is built without Kubernetes: what it would discover comes out of a file.
PODS = "    kubernetes_sd_configs:\n      - role: pod\n"
PODS_IN_A_FILE = "    file_sd_configs:\n      - files: [targets.json]\n"


def hurried(text):
    """Looks each second in place of 15 s; an alert waits one second in place of minutes (`for`).

    Thresholds, windows and expressions stay as they are.
    """
    text = re.sub(r"^(  (?:scrape|evaluation)_interval:) 15s", r"\1 1s", text, flags=re.M)
    return re.sub(r"^(        for:) \w+$", r"\1 1s", text, flags=re.M)


def pointed_at(text, targets):
    """The configuration for these targets, in place of 127.0.0.1:9464 or of pods."""
    lines = "\n".join(f"          - {target}" for target in targets)
    return text.replace("          - 127.0.0.1:9464", lines).replace(PODS, PODS_IN_A_FILE)


class Prometheus:
    """Use as a context manager. `targets`: addresses; `discovered`: what takes the place of pods,
    as Prometheus reads it; `history`: samples from before the test, in OpenMetrics."""

    def __init__(self, targets=(), *, configuration="prometheus.yaml", discovered=(), history=None):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="lastframe-prometheus-"))
        for file in RULES.glob("*.yaml"):
            (self.folder / file.name).write_text(pointed_at(hurried(file.read_text()), targets))
        (self.folder / "lastframe-token").write_text(TOKEN)
        (self.folder / "targets.json").write_text(json.dumps(list(discovered)))
        data = self.folder / "data"
        if history is not None:
            (self.folder / "history").write_text(history)
            subprocess.run(["promtool", "tsdb", "create-blocks-from", "openmetrics", "--quiet",
                            self.folder / "history", data], check=True, stdout=subprocess.DEVNULL)
        self._lines = []
        self.process = subprocess.Popen(
            ["prometheus", f"--config.file={self.folder / configuration}",
             f"--storage.tsdb.path={data}", "--web.listen-address=127.0.0.1:0"],
            stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self.process.stderr:
            self._lines.append(line)

    def __enter__(self):
        try:
            self.address = wait_until(self._address, "Prometheus to listen")
            wait_until(self._is_ready, "Prometheus to be ready")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._reader.join(5)
        self.process.stderr.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _address(self):
        if self.process.poll() is not None:
            raise AssertionError("Prometheus ended:\n" + "".join(self._lines))
        for line in list(self._lines):
            match = re.search(r'msg="Listening on" address=(\S+)', line)
            if match:
                return match[1]
        return None

    def _is_ready(self):
        try:
            with urllib.request.urlopen(f"http://{self.address}/-/ready", timeout=5) as answer:
                return answer.status == 200
        except OSError:
            return False

    def ask(self, path, **parameters):
        """The `data` of an answer of /api/v1. Raises ValueError with what Prometheus says."""
        query = urllib.parse.urlencode(parameters, doseq=True)
        try:
            with urllib.request.urlopen(f"http://{self.address}/api/v1/{path}?{query}",
                                        timeout=PATIENCE_S) as answer:
                return json.load(answer)["data"]
        except urllib.error.HTTPError as error:
            raise ValueError(error.read().decode()) from None

    def query(self, expression):
        """[(labels, value)] at this moment."""
        return [(series["metric"], float(series["value"][1]))
                for series in self.ask("query", query=expression)["result"]]

    def firing(self, name, **labels):
        """The alert of this name and these labels where it fires, else None."""
        for alert in self.ask("alerts")["alerts"]:
            if alert["state"] == "firing" and {"alertname": name, **labels}.items() \
                    <= alert["labels"].items():
                return alert
        return None

    def wait_for_alert(self, name, **labels):
        return wait_until(lambda: self.firing(name, **labels),
                          f"{name} {labels} to fire; there are {self.ask('alerts')['alerts']}")

    def wait_for_value(self, expression, is_right=bool):
        """Until the query's first value is_right; returns it."""
        def found():
            for _, value in self.query(expression):
                if is_right(value):
                    return (value,)
            return None
        return wait_until(found, expression)[0]

    def targets(self):
        return self.ask("targets")
