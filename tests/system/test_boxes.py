"""tests/boxes: its script measures two boxes that are installed anyway, and its controls bite."""

import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

from support.proxy import PATIENCE_S, ROOT

BOXES = ROOT / "tests/boxes"
sys.path.append(str(BOXES))

import page  # noqa: E402
import packets  # noqa: E402
import words  # noqa: E402

HAPROXY, NGINX = "haproxy, mode http", "nginx, http"


class Script(unittest.TestCase):
    def run_script(self, *arguments):
        """(exit code, what it printed, what --json kept)"""
        with tempfile.TemporaryDirectory() as folder:
            kept = pathlib.Path(folder) / "found.json"
            done = subprocess.run(
                [sys.executable, BOXES / "run.py", "--max-size", "64KiB", "--json", kept, *arguments],
                capture_output=True, text=True, timeout=8 * PATIENCE_S, check=False)
            self.assertTrue(kept.exists(), done.stderr)
            return done.returncode, done.stdout, json.loads(kept.read_text())

    def test_two_boxes(self):
        code, printed, found = self.run_script("--no-packets", "--boxes", HAPROXY, "--boxes", NGINX)
        self.assertEqual((code, set(found)), (0, {HAPROXY, NGINX}))
        self.assertRegex(found[HAPROXY]["version"], r"^\d+\.\d+")
        self.assertEqual(words.cell(found[HAPROXY]["checks"], "fin_by_client", good="kept"), "kept")
        self.assertEqual(words.cell(found[NGINX]["checks"], "fin_by_client"), "the echo is cut off")
        self.assertEqual(words.cell(found[NGINX]["checks"], *page.FRAMES), "as sent")
        self.assertIn("`Host`", words.heads(found[NGINX]["checks"]["handshake"], page.THERE))
        for name in (HAPROXY, NGINX):
            self.assertEqual(printed.count(f"| **{name}** |"), len(page.TABLES) + 1)  # and silence

    @unittest.skipIf(packets.absence(), packets.absence())
    def test_the_packets_around_the_proxy_are_the_same(self):
        code, printed, found = self.run_script("--boxes", "lastframe")
        seen = found["lastframe"]["packets"]
        self.assertEqual((code, seen["kinds"]), (0, {}), found)
        self.assertEqual((seen["only_before"], seen["only_after"]), (0, 0))
        self.assertGreater(seen["counts"]["transparent"], 100)
        self.assertIn("| **lastframe** | nothing | nothing | nothing |", printed)


class Controls(unittest.TestCase):
    def test_a_control_that_changes_something_is_a_fault(self):
        good = {"checks": {"burst": {"result": "unchanged", "findings": []}},
                "packets": {"kinds": {}}}
        bad = {"checks": {"burst": {"result": "lost", "findings": ["gone"]}},
               "packets": {"kinds": {"remasked": {}}}}
        self.assertEqual(list(page.faults({"no box": good, "lastframe": good, HAPROXY: bad})), [])
        self.assertEqual(len(list(page.faults({"no box": bad, "lastframe": bad}))), 4)


class Words(unittest.TestCase):
    def test_what_is_not_known_stands_as_it_is(self):
        self.assertEqual(words.phrase("something from 127.0.0.1:4711"),
                         "something from 127.0.0.1:PORT")

    def test_heads(self):
        way = "on the way back"
        check = {"findings": [f"{way}: the field Server: a: b arrived as Server: c",
                              f"{way}: the field Date: x was added",
                              f"{way}: the field Cookie was taken out",
                              f"{way}: the field name A-b arrived as A-B",
                              "on the way to the echo: field names arrive in lower case"]}
        self.assertEqual(words.heads(check, way),
                         "changed `Server`; added `Date`; taken out `Cookie`; spelt `A-B`")
        self.assertEqual(words.heads(check, "on the way to the echo"), "names in lower case")


if __name__ == "__main__":
    unittest.main()
