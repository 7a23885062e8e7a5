"""`lastframe explain`, `compare` and `lookup`: the real binary's words, exit codes and streams."""

import json
import os
import pathlib
import re
import subprocess
import unittest

from support.proxy import BINARY, PATIENCE_S

ROOT = pathlib.Path(__file__).resolve().parents[2]


def lastframe(*arguments, locale="C.UTF-8"):
    return subprocess.run([str(BINARY), *arguments], capture_output=True, text=True,
                          encoding="utf-8", timeout=PATIENCE_S,
                          env={**os.environ, "LC_ALL": locale})


def explain(*arguments):
    return lastframe("explain", *arguments)


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
                (("explain",), "explain needs a word"),
                (("explain", "FR-012"), "did you mean FR-01"),
                (("explain", "FR-12"), "FR-12 is no rule of its own"),
                (("explain", "idle_timout"), "did you mean idle_timeout?"),
                (("explain", "70000"), "70000 is no close code"),
                (("explain", "1008", "--lang", "tlh"), "--lang"),
                (("explain", "1008", "--catalogue", "/no/such/file"), "/no/such/file"),
                (("compare", "1002", "108"), "did you mean 1008?"),
                (("compare", "1002", "1002"), "both codes are 1002"),
                (("lookup",), "lookup needs a text")):
            with self.subTest(arguments=arguments):
                done = lastframe(*arguments)
                self.assertEqual((done.returncode, done.stdout), (2, ""))
                self.assertTrue(done.stderr.startswith("lastframe: "))
                self.assertIn(said, done.stderr)
                self.assertEqual(done.stderr.count("\n"), 1)

    def test_a_number_without_a_meaning_has_its_range_and_a_hint(self):
        done = explain("1088")
        self.assertEqual(done.returncode, 0)
        self.assertIn("1016-2999", done.stdout)
        self.assertIn("did you mean 1008?", done.stderr)

    def test_rows_of_each_list_can_be_explained(self):
        for group in ("codes", "causes", "products"):
            rows = json.loads(explain("--list", group, "--json").stdout)
            self.assertGreater(len(rows), 10)
            for row in rows[::3]:
                word = str(row.get("id", row.get("code")))
                with self.subTest(group=group, word=word):
                    done = explain(word, "--lang", "en")
                    self.assertEqual(done.returncode, 0)
                    for line in done.stdout.splitlines():
                        # An address is not broken, and an example's own lines are as they are.
                        self.assertTrue(len(line) <= 80 or max(map(len, line.split())) > 50
                                        or line.startswith(("  client ", "  server ")), line)

    def test_each_language_has_its_headings_by_flag_and_by_locale(self):
        for language, heading in (("en", "When You See It"), ("fr", "Quand vous le voyez"),
                                  ("es", "Cuándo lo verás"), ("ar", "متى تراه")):
            with self.subTest(language=language):
                by_flag = lastframe("explain", "1008", "--lang", language)
                self.assertIn(heading, by_flag.stdout)
                by_locale = lastframe("explain", "1008", locale=f"{language}_XX.UTF-8")
                self.assertEqual(by_locale.stdout, by_flag.stdout)
                as_json = json.loads(lastframe("explain", "1008", "--lang", language,
                                               "--json").stdout)
                self.assertEqual((as_json["lang"], as_json["code"]), (language, 1008))

    def test_arabic_lines_are_marked_on_a_page_and_plain_in_json(self):
        page = lastframe("compare", "1002", "1008", "--lang", "ar").stdout
        for line in page.splitlines():
            if any("\u0600" <= c <= "\u06ff" for c in line):
                self.assertTrue(line.startswith("\u200f"), line)
            self.assertEqual(line.count("\u2066"), line.count("\u2069"))
        as_json = lastframe("compare", "1002", "1008", "--lang", "ar", "--json").stdout
        for mark in "\u200f\u2066\u2069":
            self.assertNotIn(mark, as_json)
            self.assertNotIn(f"\\u{ord(mark):04x}", as_json)

    def test_two_codes_are_compared(self):
        done = lastframe("compare", "1002", "1008", "--lang", "en")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        for said in ("1002 Protocol Error vs 1008 Policy Violation", "\nDescription\n",
                     "\nWhen You See It\n", "\nHow to Fix\n", "\nKey Differences\n",
                     "\nWhen to Use Which\n"):
            self.assertIn(said, done.stdout)
        self.assertEqual(lastframe("compare", "4401", "4403").returncode, 0)

    def test_a_text_is_looked_up_and_1_says_that_nothing_was_found(self):
        found = lastframe("lookup", "keepalive ping timeout", "--json")
        self.assertEqual(found.returncode, 0)
        matches = json.loads(found.stdout)["matches"]
        self.assertEqual(matches[0]["cause"]["id"], "keepalive_unanswered")
        self.assertLessEqual(len(matches), 5)
        self.assertEqual(lastframe("lookup", "keepalive", "ping", "timout").returncode, 0)
        nothing = lastframe("lookup", "quetzalcoatl")
        self.assertEqual(nothing.returncode, 1)
        self.assertIn("quetzalcoatl", nothing.stdout)

    def test_the_readme_shows_what_is_printed(self):
        shown = re.search(r"```text\n(FR-01 .*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
        self.assertIsNotNone(shown)
        self.assertIn(shown.group(1), explain("FR-01").stdout)


if __name__ == "__main__":
    unittest.main()
