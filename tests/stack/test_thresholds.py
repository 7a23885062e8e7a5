"""The tests of the alerts bite: whatever threshold of an alert is changed, some case must fail."""

import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
RULES = ROOT / "dashboards/prometheus"
TESTS = ROOT / "tests/alerts"

COMPARISON = re.compile(r"((?:>=|<=|==|>|<|\(\)) )(-?\d+(?:\.\d+)?)(?![\w.])")

# What the recording rules decide: what is written there, what is planted, whose test must fail.
RECORDED = (
    ("+ 0.1\n", "+ 0.15\n", "abnormal-closes-rising"),
    ("+ 4 * sqrt", "+ 0 * sqrt", "abnormal-closes-rising"),
    ("[1d] offset 30m", "[1d]", "abnormal-closes-rising"),
    ("  and listener:lastframe_closes:increase10m offset 6h\n", "", "abnormal-closes-rising"),
    ('code=~"none|', 'code=~"', "abnormal-closes"),
    ("|1011|", "|", "abnormal-closes"),
    ('"none|1002|', '"none|1001|1002|', "abnormal-closes"),
    # TLS that passes through is in neither number.
    ("- (\n              listener:lastframe_sealed_connections:increase10m\n              or 0 * sum",
     "- (0 * listener:lastframe_sealed_connections:increase10m\n              or 0 * sum",
     "abnormal-closes"),
    ("- (\n              listener:lastframe_sealed_connections:increase10m\n              or 0 * listener",
     "- (0 * listener:lastframe_sealed_connections:increase10m\n              or 0 * listener",
     "abnormal-closes"),
    # A counter's first value is growth, where its process is known; else it is not.
    ("(lastframe_mass_closes_total unless lastframe_mass_closes_total offset 10m)\n"
     "              and on (job, instance) instance:lastframe_observed:10m\n            or ", "",
     "mass-close"),
    ("(lastframe_mass_closes_total unless lastframe_mass_closes_total offset 10m)\n"
     "              and on (job, instance) instance:lastframe_observed:10m\n",
     "(lastframe_mass_closes_total unless lastframe_mass_closes_total offset 10m)\n",
     "mass-close"),
    ('outcome=~"rejected|', 'outcome=~"abandoned|rejected|', "handshakes-failing"),
    ("|unanswered", "", "handshakes-failing"),
    ('{outcome!="abandoned"}', "", "handshakes-failing"),
    ('{cause!="ports_exhausted"}', "", "upstream-unreachable"),
)


def page_name(alert):
    return re.sub(r"(?<!^)([A-Z])", r"-\1", alert.removeprefix("Lastframe")).lower()


def neighbours(number):
    """A little more and a little less."""
    value = float(number)
    if value == int(value) and abs(value) <= 10:
        return value + 1, value - 1
    return value * 1.1, value / 1.1


def is_accepted(alerts, recorded, test):
    """Whether the test passes with these rules, given as text."""
    with tempfile.TemporaryDirectory(prefix="lastframe-thresholds-") as folder:
        rules, tests = (pathlib.Path(folder, *parts) for parts in (("dashboards", "prometheus"),
                                                                  ("tests", "alerts")))
        rules.mkdir(parents=True)
        tests.mkdir(parents=True)
        (rules / "alerts.yaml").write_text(alerts)
        (rules / "recording-rules.yaml").write_text(recorded)
        shutil.copy(TESTS / f"{test}.yaml", tests)
        done = subprocess.run(["promtool", "test", "rules", tests / f"{test}.yaml"], text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300)
    if "FAILED" not in done.stdout and "SUCCESS" not in done.stdout:
        raise AssertionError(f"promtool could not run {test}: {done.stdout}")
    return done.returncode == 0


class Thresholds(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.alerts = (RULES / "alerts.yaml").read_text()
        cls.recorded = (RULES / "recording-rules.yaml").read_text()
        cls.groups = yaml.safe_load(cls.alerts)["groups"]

    def changed(self, name, change):
        """The alerts as text, one of them changed."""
        groups = yaml.safe_load(self.alerts)["groups"]
        (rule,) = [rule for group in groups for rule in group["rules"] if rule["alert"] == name]
        change(rule)
        return yaml.safe_dump({"groups": groups}, sort_keys=False)

    def assert_noticed(self, alerts, recorded, test):
        self.assertFalse(is_accepted(alerts, recorded, test),
                         f"tests/alerts/{test}.yaml notices nothing")

    def test_every_number_that_is_compared_with(self):
        for rule in [rule for group in self.groups for rule in group["rules"]]:
            for match in COMPARISON.finditer(rule["expr"]):
                for value in neighbours(match[2]):
                    expression = (rule["expr"][:match.start()] + match[1] + f"{value:.10g}"
                                  + rule["expr"][match.end():])
                    with self.subTest(alert=rule["alert"], expression=expression):
                        alerts = self.changed(rule["alert"], lambda r: r.update(expr=expression))
                        self.assert_noticed(alerts, self.recorded, page_name(rule["alert"]))

    def test_every_for(self):
        for rule in [rule for group in self.groups for rule in group["rules"] if "for" in rule]:
            with self.subTest(alert=rule["alert"]):
                alerts = self.changed(rule["alert"], lambda r: r.pop("for"))
                self.assert_noticed(alerts, self.recorded, page_name(rule["alert"]))

    def test_what_the_recording_rules_decide(self):
        for there, planted, test in RECORDED:
            with self.subTest(there=there, planted=planted):
                self.assertIn(there, self.recorded)
                self.assert_noticed(self.alerts, self.recorded.replace(there, planted), test)

    def test_the_rules_as_they_are_pass(self):
        for there in ("mass-close", "down"):
            with self.subTest(test=there):
                unchanged = yaml.safe_dump({"groups": self.groups}, sort_keys=False)
                self.assertTrue(is_accepted(unchanged, self.recorded, there))


if __name__ == "__main__":
    unittest.main()
