"""A Prometheus of our own, on loopback, with the history that it is given."""

import json
import pathlib
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

import page
from synthetic import LENGTH, STEP, Service

TARGET = {"job": "lastframe", "instance": "edge-1:9464"}


def write_history(file, end):
    """OpenMetrics of the synthetic service up to `end` (seconds since the epoch)."""
    metrics = page.metrics()
    service = Service(metrics, end - LENGTH)
    by_family = {}
    for _ in range(LENGTH // STEP):
        service.step()
        at = service.start + service.at
        for family, name, labels, value in service.samples():
            words = ",".join(f'{k}="{v}"' for k, v in {**labels, **TARGET}.items())
            by_family.setdefault(family, []).append(f"{name}{{{words}}} {value:.15g} {at}")
    missing = metrics.keys() - by_family.keys()
    if missing:
        raise SystemExit(f"tests/dashboards/synthetic.py makes no {', '.join(sorted(missing))}")
    with open(file, "w") as out:
        for family, lines in by_family.items():
            kind = metrics[family].type
            name = family.removesuffix("_total") if kind == "counter" else family
            print(f"# TYPE {name} {kind}", *lines, sep="\n", file=out)
        print("# EOF", file=out)


class Prometheus:
    """Prometheus over the synthetic history, which ends now, at `end` (seconds since the epoch)."""

    def __init__(self):
        self.end = int(time.time())
        self.process = None
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="lastframe-prometheus-"))
        try:
            self._start()
        except BaseException:
            self.close()
            raise

    def _start(self):
        if not shutil.which("prometheus") or not shutil.which("promtool"):
            raise SystemExit("prometheus and promtool are missing: ./dev install")
        data = self.folder / "data"
        write_history(self.folder / "history", self.end)
        subprocess.run(["promtool", "tsdb", "create-blocks-from", "openmetrics",
                        self.folder / "history", data], check=True, stdout=subprocess.DEVNULL)
        config = self.folder / "prometheus.yml"
        config.write_text("scrape_configs: []\n")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            address = f"127.0.0.1:{free.getsockname()[1]}"
        self.url = f"http://{address}"
        self.log = open(self.folder / "log", "w")
        self.process = subprocess.Popen(
            ["prometheus", f"--config.file={config}", f"--storage.tsdb.path={data}",
             f"--web.listen-address={address}", "--storage.tsdb.retention.time=10y"],
            stdout=self.log, stderr=self.log)
        self._wait(60)

    def _wait(self, seconds):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                urllib.request.urlopen(f"{self.url}/-/ready", timeout=5).close()
                return
            except (urllib.error.URLError, OSError):
                if self.process.poll() is not None:
                    break
                time.sleep(0.1)
        raise SystemExit(f"prometheus does not start:\n{(self.folder / 'log').read_text()[-2000:]}")

    def close(self):
        if self.process:
            self.process.terminate()
            self.process.wait()
            self.log.close()
        shutil.rmtree(self.folder)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def ask(self, path, **parameters):
        """The answer's data. Raises ValueError with Prometheus's words for a bad query."""
        query = urllib.parse.urlencode(parameters, doseq=True)
        try:
            with urllib.request.urlopen(f"{self.url}/api/v1/{path}?{query}", timeout=60) as answer:
                return json.load(answer)["data"]
        except urllib.error.HTTPError as error:
            raise ValueError(json.load(error)["error"]) from None

    def instant(self, expression):
        return self.ask("query", query=expression, time=self.end)["result"]

    def over_time(self, expression, seconds, step):
        return self.ask("query_range", query=expression, start=self.end - seconds, end=self.end,
                        step=step)["result"]
