"""Both configurations of dashboards/prometheus in a real Prometheus, with a small exporter."""

import http.server
import pathlib
import re
import sys
import threading
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/system"))
from scraping import RULES, TOKEN, Prometheus, hurried, pointed_at  # noqa: E402
from support.proxy import wait_until  # noqa: E402

METRICS = """\
# TYPE lastframe_build_info gauge
lastframe_build_info{version="0"} 1
# TYPE process_start_time_seconds gauge
process_start_time_seconds 1
# TYPE lastframe_config_last_reload_successful gauge
lastframe_config_last_reload_successful 0
"""


class Exporter(http.server.ThreadingHTTPServer):
    """Says METRICS to whoever brings the token."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Answer)
        self.address = "127.0.0.1:%d" % self.server_address[1]
        self._thread = threading.Thread(target=self.serve_forever, daemon=True)
        self._thread.start()

    def __exit__(self, *failure):
        self.shutdown()
        super().__exit__(*failure)


class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        is_known = self.headers["Authorization"] == f"Bearer {TOKEN}" and self.path == "/metrics"
        body = METRICS.encode() if is_known else b""
        self.send_response(200 if is_known else 401)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def pod(address, name="lastframe-1", label="lastframe", port="admin", phase="Running"):
    """What Prometheus finds out of one container port of a pod."""
    meta = {"namespace": "chat", "pod_name": name, "pod_node_name": "node-1", "pod_phase": phase,
            "pod_label_app_kubernetes_io_name": label, "pod_container_port_name": port}
    return {"targets": [address],
            "labels": {f"__meta_kubernetes_{key}": value for key, value in meta.items()}}


class Configurations(unittest.TestCase):
    def setUp(self):
        self.exporter = self.enterContext(Exporter())

    def test_a_proxy_by_its_address_is_scraped_with_the_token(self):
        with Prometheus([self.exporter.address]) as prometheus:
            prometheus.wait_for_value('up{job="lastframe"}')
            alert = prometheus.wait_for_alert("LastframeReloadFailed",
                                              instance=self.exporter.address)
            self.assertEqual(alert["annotations"]["runbook_url"], "docs/runbooks/reload-failed.md")

    def test_of_pods_those_that_ask_for_it_are_scraped(self):
        address = self.exporter.address
        discovered = [pod(address), pod("127.0.0.1:1", label="other"),
                      pod("127.0.0.1:2", port="traffic"), pod("127.0.0.1:3", phase="Succeeded")]
        with Prometheus(configuration="prometheus-kubernetes.yaml",
                        discovered=discovered) as prometheus:
            wait_until(lambda: prometheus.query("up == 1"), "the pod to be scraped")
            ((labels, _),) = prometheus.query("up")
            labels.pop("__name__")
            self.assertEqual(labels, {"job": "lastframe", "instance": address, "namespace": "chat",
                                      "pod": "lastframe-1", "node": "node-1"})
            self.assertEqual(len(prometheus.targets()["droppedTargets"]), 3)

    def test_no_target_at_all_is_told(self):
        with Prometheus(configuration="prometheus-kubernetes.yaml") as prometheus:
            prometheus.wait_for_alert("LastframeMissing")

    def test_every_rule_and_every_query_of_a_runbook_can_be_evaluated(self):
        with Prometheus([self.exporter.address]) as prometheus:
            for page in sorted((ROOT / "docs/runbooks").glob("*.md")):
                for query in re.findall(r"^```promql\n(.*?)^```", page.read_text(), re.S | re.M):
                    with self.subTest(page=page.name, query=query.strip()):
                        prometheus.query(query)
            def health():
                groups = prometheus.ask("rules")["groups"]
                rules = [rule for group in groups for rule in group["rules"]]
                return rules if all(rule["health"] != "unknown" for rule in rules) else None
            rules = wait_until(health, "every rule to be evaluated")
            self.assertEqual([], [(rule["name"], rule.get("lastError")) for rule in rules
                                  if rule["health"] != "ok"])
            self.assertGreater(len(rules), 60)

    def test_only_times_and_targets_differ_from_what_is_shipped(self):
        for file in RULES.glob("*.yaml"):
            shipped = file.read_text().splitlines()
            used = pointed_at(hurried(file.read_text()), ["127.0.0.1:1"]).splitlines()
            for before, after in zip(shipped, used, strict=True):
                if before != after:
                    self.assertRegex(before, r"(_interval: 15s|^        for: \d+m$|- 127.0.0.1:9464$|"
                                             r"kubernetes_sd_configs:$|- role: pod$)")


if __name__ == "__main__":
    unittest.main()
