"""The benchmark's tables from made-up figures. Run: python3 -m unittest tests/bench/report_test.py"""

import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import report  # noqa: E402  (the tools beside this file are no package)

RUN = {
    "date": "2000-01-01", "machine": {"processor": "P", "kernel": "K", "system": "S"},
    "versions": {"haproxy": "1"}, "rounds": 3, "seconds": 2.0, "quick": False,
    "idle_connections": 4000, "namespace": True, "congestion_control": "reno",
}


def results(values, **more):
    return {"run": RUN, "values": values, "missing": {}, "wrong": [], **more}


def verdicts(values):
    table, kept = report.ratio_table(results(values))
    return [(line[1], line[2], line[5]) for line in table[1:]], kept


class Report(unittest.TestCase):
    def test_a_ratio_is_taken_to_the_fastest_peer_and_names_it(self):
        lines, kept = verdicts({"small": {"lastframe": [3.0, 2.0, 100.0], "haproxy-http": [8.0],
                                          "haproxy-tcp": [6.0], "nginx-tuned": [4.0]}})
        self.assertEqual(lines, [
            ("nginx-tuned (the best of haproxy and nginx)", "0.750", "aim reached"),
            ("haproxy-tcp (haproxy as installed, its better mode)", "0.500", "met"),
            ("mitmproxy", "-", "not measured"),
        ])
        self.assertTrue(kept)

    def test_verdicts(self):
        rows = [
            (0.80, "aim reached"), (0.81, "met"), (0.92, "met"), (0.93, "NOT met"),
        ]
        for ours, verdict in rows:
            with self.subTest(ours=ours):
                lines, kept = verdicts({"small": {"lastframe": [ours], "nginx": [1.0]}})
                self.assertEqual(lines[0][2], verdict)
                self.assertEqual(kept, verdict != "NOT met")

    def test_an_aim_without_a_limit_is_never_a_failure(self):
        lines, kept = verdicts({"large_utf8": {"lastframe": [1.5], "nginx": [1.0]}})
        self.assertEqual(lines[0][2], "aim not reached")
        self.assertTrue(kept)

    def test_a_row_without_limit_and_aim_is_told_and_not_judged(self):
        lines, kept = verdicts({"deflate_small": {"lastframe": [9.0], "haproxy-tcp": [3.0]}})
        self.assertEqual(lines, [("haproxy as installed, tcp mode", "3.000", "no limit")])
        self.assertTrue(kept)

    def test_added_latency_is_what_the_proxy_adds_to_the_direct_way(self):
        lines, _ = verdicts({"latency_p50": {"lastframe": [14.0], "nginx": [18.0],
                                             "direct": [10.0]}})
        self.assertEqual(lines[0][:2], ("nginx (the best of haproxy and nginx)", "0.500"))

    def test_instructions_have_an_absolute_limit(self):
        for count, verdict in ((600, "met"), (601, "NOT met")):
            lines, kept = verdicts({"instructions": {"lastframe": [count]}})
            self.assertEqual(lines[-1][2], verdict)
            self.assertEqual(kept, verdict == "met")

    def test_the_document_keeps_what_stands_around_the_results(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "page.md")
            path.write_text(f"before\n{report.BEGIN}\nold\n{report.END}\nafter\n")
            given = results({"small": {"nginx": [2.0, 1.5, 2.5]}},
                            missing={"mitmproxy": "not installed: apt install mitmproxy"})
            report.write_document(given, path)
            report.write_document(given, path)
            text = path.read_text()
        self.assertTrue(text.startswith("before\n" + report.BEGIN))
        self.assertTrue(text.endswith(report.END + "\nafter\n"))
        self.assertNotIn("old", text)
        self.assertEqual(text.count("2.00 (1.50)"), 1)
        self.assertIn("apt install mitmproxy", text)

    def test_a_document_without_markers_is_left_alone(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "page.md")
            path.write_text("no markers\n")
            with self.assertRaises(ValueError):
                report.write_document(results({}), path)
            self.assertEqual(path.read_text(), "no markers\n")

    def test_the_project_document_has_the_markers(self):
        text = report.DOCUMENT.read_text()
        self.assertIn(report.BEGIN, text)
        self.assertIn(report.END, text)


if __name__ == "__main__":
    unittest.main()
