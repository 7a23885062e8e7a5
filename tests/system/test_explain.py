"""`lastframe explain`: the real binary's words, exit codes and streams."""

import json
import pathlib
import re
import subprocess
import unittest

from support.proxy import BINARY, PATIENCE_S

ROOT = pathlib.Path(__file__).resolve().parents[2]


def explain(*arguments):
    return subprocess.run([str(BINARY), "explain", *arguments], capture_output=True, text=True,
                          timeout=PATIENCE_S)


@unittest.skipUnless(BINARY.is_file(), f"there is no {BINARY}")
class Explain(unittest.TestCase):

    def test_a_rule_is_found_by_each_of_its_spellings(self):
        pages = {word: explain(word) for word in
                 ("FR-01", "fr-01", "fr01", "client_frame_unmasked")}
        for word, done in pages.items():
            with self.subTest(word=word):
                self.assertEqual((done.returncode, done.stderr), (0, ""))
                self.assertEqual(done.stdout, pages["FR-01"].stdout)
        self.assertIn("FR-01 client_frame_unmasked\n", pages["FR-01"].stdout)
        self.assertIn("  client 81 02 68 69\n", pages["FR-01"].stdout)
        self.assertIn("RFC 6455 section 5.1\n", pages["FR-01"].stdout)

    def test_a_pipe_gets_no_colours(self):
        self.assertNotIn("\x1b", explain("FR-01").stdout)
        self.assertNotIn("\x1b", explain("--list").stdout)

    def test_every_rule_of_the_list_can_be_explained(self):
        listed = explain("--list")
        self.assertEqual((listed.returncode, listed.stderr), (0, ""))
        ids = re.findall(r"^([A-Z]{2}-\d{2}) ", listed.stdout, re.MULTILINE)
        as_json = json.loads(explain("--list", "--json").stdout)
        self.assertEqual(ids, [rule["id"] for rule in as_json])
        for rule in as_json:
            with self.subTest(id=rule["id"]):
                done = explain(rule["id"], "--json")
                self.assertEqual(done.returncode, 0)
                self.assertEqual(json.loads(done.stdout), rule)

    def test_what_is_not_known_ends_with_2_and_one_line(self):
        for arguments, said in (
                ((), "explain needs a rule"),
                (("FR-012",), "did you mean FR-01"),
                (("FR-12",), "FR-12 is no rule of its own"),
                (("1008",), "close codes are not explained in this version yet"),
                (("FR-01", "--lang", "fr"), "not in this version yet")):
            with self.subTest(arguments=arguments):
                done = explain(*arguments)
                self.assertEqual((done.returncode, done.stdout), (2, ""))
                self.assertTrue(done.stderr.startswith("lastframe: "))
                self.assertIn(said, done.stderr)
                self.assertEqual(done.stderr.count("\n"), 1)

    def test_the_readme_shows_what_is_printed(self):
        shown = re.search(r"```text\n(FR-01 .*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
        self.assertIsNotNone(shown)
        self.assertIn(shown.group(1), explain("FR-01").stdout)


if __name__ == "__main__":
    unittest.main()
