"""`lastframe report` on logs that the real proxy wrote, and on others that nobody should write."""

import collections
import html.parser
import json
import pathlib
import re
import subprocess
import tempfile
import unittest

from support import frames
from support.between import Between, needs_proxy
from support.proxy import BINARY, PATIENCE_S
from support.raw_peers import Listener
from support.sessions import open_between

VOID = {"meta", "line", "rect", "br", "hr", "img", "link", "input"}
OUTSIDE = re.compile(r"https?:|//|src=|href=|url\(|@import", re.IGNORECASE)


def report(*arguments, stdin=b""):
    return subprocess.run([str(BINARY), "report", *map(str, arguments)], input=stdin,
                          capture_output=True, timeout=PATIENCE_S)


class WholePage(html.parser.HTMLParser):
    """Fails where an element is not closed, or closed in the wrong order; collects what it sees."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.words = [], set(), []
        self.feed(text)
        self.close()
        assert not self.open, self.open

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        for name, value in attributes:
            assert not name.startswith("on"), (tag, name)
            assert not OUTSIDE.search(f"{name}={value}"), (tag, name, value)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.add(tag)

    def handle_endtag(self, tag):
        assert self.open and self.open[-1] == tag, (tag, self.open)
        self.open.pop()

    def handle_data(self, data):
        self.words.append(data)

    @property
    def text(self):
        return " ".join(self.words)


def record(number, **changes):
    """A connection that the server's side ended after 60 s of silence, unless it is changed."""
    line = {
        "event": "session_end", "time": f"2026-11-20T19:{number // 60 % 60:02}:{number % 60:02}.5Z",
        "session": f"{number:016x}", "listener": "chat", "upstream": "10.0.0.7:9000", "tap": None,
        "client": f"203.0.113.{number % 200}:50122", "path": "/chat?x=[redacted, 3 bytes]",
        "duration_s": 70.0 + 13 * number, "request": {"user_agent": "agent"},
        "handshake": {"outcome": "accepted", "status": 101, "duration_s": 0.002}, "tls": None,
        "close": {"code": 1006, "name": "Abnormal Closure", "reason": None, "initiator": "server",
                  "clean": False, "ending": "fin_without_close"},
        "close_frames": {"client": None, "server": None},
        "stream_ends": [{"endpoint": "server", "how": "fin", "at_s": 70.0 + 13 * number}],
        "cause": {"id": "idle_timeout", "confidence": "likely", "party": "hop_behind",
                  "summary": "s", "evidence": [], "candidates": [], "fix": "f"},
        "violations": [], "violation_count": 0,
        "traffic": {"client_to_server": {"bytes": 1, "idle_s": 60.01},
                    "server_to_client": {"bytes": 1, "idle_s": 60.02}}}
    line.update(changes)
    return line


@unittest.skipUnless(BINARY.is_file(), f"there is no {BINARY}")
class Report(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="lastframe-test-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def log(self, name, *lines):
        path = self.folder / name
        path.write_bytes(b"".join(
            (line if isinstance(line, bytes) else json.dumps(line).encode()) + b"\n"
            for line in lines))
        return path

    def summary(self, *arguments, stdin=b"", code=0):
        done = report("--json", *arguments, stdin=stdin)
        self.assertEqual(done.returncode, code, done.stderr)
        return json.loads(done.stdout)

    def assert_compares(self, records, summary):
        """What the report counts is what Python counts."""
        ends = [r for r in records if r["event"] in ("session_end", "handshake_failed",
                                                      "connect_failed", "tls_failed")]
        opened = [r for r in ends if r["event"] == "session_end"]
        self.assertEqual(summary["connections"]["all"], len(ends))
        self.assertEqual(summary["connections"]["opened"], len(opened))
        self.assertEqual(summary["connections"]["clean"],
                         sum(r["close"]["clean"] for r in opened))
        self.assertEqual(summary["read"]["lines"], len(records))
        events = collections.Counter(r["event"] for r in records)
        self.assertEqual({k: v for k, v in summary["read"]["events"].items() if v}, dict(events))
        self.assertEqual({row["code"]: row["count"] for row in summary["codes"]["rows"]},
                         dict(collections.Counter(r["close"]["code"] for r in opened)))
        self.assertEqual({row["initiator"]: row["count"] for row in summary["initiators"]["rows"]},
                         dict(collections.Counter(r["close"]["initiator"] for r in ends)))
        self.assertEqual({row["ending"]: row["count"] for row in summary["endings"]["rows"]},
                         dict(collections.Counter(r["close"]["ending"] for r in ends)))
        broken = collections.Counter(pair for r in ends for pair in
                                     {(v["id"], v["side"]) for v in r["violations"]})
        self.assertEqual({(row["id"], row["side"]): row["connections"]
                          for row in summary["rules"]["rows"]}, dict(broken))
        self.assertEqual({(row["outcome"], row["status"]): row["count"]
                          for row in summary["handshakes"]["rows"]},
                         dict(collections.Counter(
                             (r["handshake"]["outcome"],
                              str(r["handshake"]["status"]) if r["handshake"]["status"] else None)
                             for r in ends if r["event"] == "handshake_failed")))
        causes = collections.Counter((r["cause"]["id"], r["cause"]["party"]) for r in ends)
        for row in summary["causes"]["rows"]:
            self.assertEqual(row["count"], causes[row["id"], row["party"]])
        steps = summary["series"]["steps"]
        kinds = ("in_order", "other_code", "unclean", "not_opened", "sealed")
        self.assertEqual(sum(step[kind] for step in steps for kind in kinds), len(ends))
        for row in summary["paths"]["rows"]:
            self.assertEqual(row["count"], sum((r["path"] or "").split("?")[0] == row["path"]
                                               for r in ends))

    def test_the_demos_log_is_summed_up(self):
        demo = subprocess.run([str(BINARY), "demo", "--json", "--admin", "off"],
                              capture_output=True, timeout=2 * PATIENCE_S, check=True).stdout
        records = [json.loads(line) for line in demo.splitlines()]
        summary = self.summary("-", "--top", "1000", stdin=demo)
        self.assert_compares(records, summary)
        self.assertEqual(summary["judgement"], "not_normal")
        self.assertEqual(summary["read"]["damaged"], 0)
        again = self.summary(self.log("a", *records[::2]), self.log("b", *records[1::2]),
                             "--top", "1000")
        for part in ("connections", "codes", "causes", "rules", "series", "paths"):
            self.assertEqual(again[part], summary[part])
        page = WholePage(report("-", "--format", "html", stdin=demo).stdout.decode())
        self.assertIn("Closes are not normal", page.text)
        self.assertLessEqual({"svg", "table", "h1"}, page.tags)

    @needs_proxy
    def test_broken_rules_of_the_real_proxy_are_counted_once_at_each_level(self):
        for level in ("closes", "violations", "frames"):
            with self.subTest(level=level), Listener() as server, \
                    Between(server, log_level=level) as proxy:
                client = proxy.dial()
                name = client.name
                peer = server.accept()
                open_between(client, peer)
                data = 3 * frames.frame(b"unmasked")
                client.send(data)
                peer.expect(data)
                client.reset()
                proxy.record_of(name)
                rows = self.summary(proxy.log_path)["rules"]["rows"]
                row = next(row for row in rows if row["id"] == "FR-01")
                self.assertEqual((row["side"], row["connections"], row["times"]), ("client", 1, 3))

    def test_time_outs_are_found_and_known(self):
        lines = [record(i) for i in range(200)]
        lines += [record(i, cause=None, traffic={
            "client_to_server": {"idle_s": 1 + i * 7.7 % 500},
            "server_to_client": {"idle_s": 1 + i * 7.7 % 500}}) for i in range(200)]
        summary = self.summary(self.log("log", *lines))
        row = summary["timeouts"]["rows"][0]
        self.assertEqual((row["measure"], row["closer"], row["code"]), ("idle", "server", None))
        self.assertAlmostEqual(row["mean_s"], 60.01, places=1)
        self.assertTrue(195 <= row["count"] <= 210, row)
        self.assertTrue(any("nginx: proxy_read_timeout" in text for text in row["known"]), row)
        self.assertEqual(summary["causes"]["rows"][0]["id"], "idle_timeout")
        self.assertEqual(summary["causes"]["rows"][0]["count"], 200)

    @needs_proxy
    def test_the_size_that_a_real_server_refused_is_told(self):
        with Listener() as server, Between(server) as proxy:
            for size, is_refused in ((100, False), (60000, False), (70000, True)):
                client = proxy.dial()
                name = client.name
                peer = server.accept()
                open_between(client, peer)
                message = frames.client_frame(b"x" * size)
                client.send(message)
                peer.expect(message)
                close = frames.close_from("server", 1009 if is_refused else 1001)
                peer.send(close)
                client.expect(close)
                peer.finish()
                client.finish()
                traffic = proxy.record_of(name)["traffic"]["client_to_server"]
                self.assertEqual(traffic["message_max"], size)
            row = self.summary(proxy.log_path)["sizes"]["rows"][0]
            self.assertEqual((row["side"], row["largest_taken"], row["smallest_refused"],
                              row["refusals"]), ("server", 60000, 70000, 1))
            self.assertTrue(any("65536 bytes" in text for text in row["known"]), row)

    def test_damaged_lines_are_counted_and_told_and_reading_goes_on(self):
        good = json.dumps(record(1)).encode()
        path = self.log("log", good, b"", b"\xff\xfe", good[:-1], b"[1,2]", b"null", b'{"a":1}',
                        good + b"x", b"\0", b"{" * 10000, b"x" * (9 << 20), good)
        done = report("--json", path)
        summary = json.loads(done.stdout)
        self.assertEqual(done.returncode, 0)
        self.assertEqual(summary["connections"]["all"], 2)
        self.assertEqual(summary["read"]["damaged"], 9)
        told = done.stderr.decode().splitlines()
        self.assertEqual(len(told), 5)
        for line, number in zip(told, (3, 4, 5, 6, 7)):
            self.assertTrue(line.startswith(f"lastframe: {path}:{number}: "), line)

    def test_a_log_that_is_being_written_is_as_good_as_any(self):
        text = json.dumps(record(1)).encode() + b"\n" + json.dumps(record(2)).encode()
        for cut in range(len(text) - 400, len(text) + 1, 7):
            done = report("-", "--json", stdin=text[:cut])
            self.assertEqual((done.returncode, done.stderr), (0, b""))
            self.assertGreaterEqual(json.loads(done.stdout)["connections"]["all"], 1)

    def test_wrong_types_and_huge_numbers_do_no_harm(self):
        lines = []
        for odd in (None, True, -1, 1e308, 10**30, "x" * 5000, [], {}, [[[]]], {"code": {}}):
            for key in record(0):
                if key != "event":
                    lines.append(record(1, **{key: odd}))
            lines += [record(1, close={k: odd for k in record(0)["close"]}),
                      record(1, cause={k: odd for k in record(0)["cause"]}),
                      record(1, stream_ends=[odd, odd]), record(1, violations=[odd, {"id": odd}]),
                      record(1, traffic={"client_to_server": {"idle_s": odd, "message_max": odd}}),
                      record(1, close_frames={"client": {"at_s": odd}, "server": odd}),
                      {"event": "mass_close", "closes": odd, "began": odd, "summary": odd},
                      {"event": "violation", "id": odd, "side": odd}]
        path = self.log("log", *lines)
        for form in ("text", "json", "html"):
            done = report(path, "--format", form)
            self.assertEqual((done.returncode, done.stderr), (0, b""), form)
        self.assertEqual(self.summary(path)["read"]["lines"], len(lines))

    def test_texts_of_a_log_come_out_harmless(self):
        hostile = "</code><script>alert(1)</script>\x1b[31m\x07\u202e\n\" onload=\"x' \u009b2J"
        lines = [record(1, listener=hostile, upstream=hostile, client=hostile, path=hostile,
                        request={"user_agent": hostile},
                        close={**record(1)["close"], "ending": hostile, "initiator": hostile},
                        cause={**record(1)["cause"], "id": hostile, "fix": hostile},
                        violations=[{"id": hostile, "side": hostile}]),
                 record(2, event="handshake_failed",
                        handshake={"outcome": hostile, "status": 403}),
                 record(3, event="tls_failed", tls={"failure": {"leg": hostile, "fault": hostile}}),
                 record(4, event="connect_failed", connect_error=hostile),
                 {"event": "mass_close", "listener": hostile, "upstream": hostile, "closes": 40,
                  "began": hostile, "summary": hostile}]
        path = self.log("log", *lines)
        for form in ("text", "json", "html"):
            with self.subTest(form=form):
                out = report(path, "--format", form).stdout.decode()
                for mark in ("\x1b", "\x07", "\u202e", "\u009b"):
                    self.assertNotIn(mark, out)
                if form != "html":
                    continue
                self.assertNotIn("<script", out)
                self.assertNotIn("script", WholePage(out).tags)

    def test_the_page_is_one_file(self):
        out = self.folder / "report.html"
        done = report(self.log("log", *(record(i) for i in range(300))), "--format", "html",
                      "--output", out)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, b"", b""))
        text = out.read_text()
        self.assertIsNone(OUTSIDE.search(text))
        page = WholePage(text)
        self.assertEqual(page.tags & {"script", "link", "img", "iframe", "object"}, set())
        self.assertIn("prefers-color-scheme: dark", text)
        self.assertIn("idle_timeout", page.text)

    def test_many_names_stay_bounded_and_the_worst_is_kept(self):
        lines = []
        for i in range(20000):
            lines.append(record(i, path=f"/once/{i}", client=f"10.{i % 250}.{i // 250}.1:1"))
            if i % 20 == 0:
                lines.append(record(i, path="/often"))
        summary = self.summary(self.log("log", *lines))
        self.assertEqual(summary["paths"]["rows"][0],
                         {"path": "/often", "count": 1000, "abnormal": 1000})
        self.assertGreater(summary["paths"]["forgotten"], 10000)
        self.assertEqual(len(summary["paths"]["rows"]), 10)

    def test_what_cannot_be_read_is_said_with_what_to_do(self):
        good = self.log("good", record(1))
        empty = self.log("empty")
        other = self.log("other", {"level": "info"}, {"event": "else"})
        missing = self.folder / "missing"
        for arguments, code, said in (
                ((), 2, "report needs a log"),
                ((missing,), 2, "missing: this log cannot be read: No such file or directory"),
                ((missing,), 2, "no log could be read"),
                ((self.folder,), 2, "name the files in it"),
                ((empty,), 2, "no record in these logs"),
                ((other,), 2, "other:1: this line is no record"),
                ((other,), 2, "no record in these logs"),
                ((missing, good), 2, "missing: this log cannot be read"),
                ((good, "--output", self.folder / "no" / "x"), 2, "cannot be written"),
                ((good, "--format", "pdf"), 2, "--format"),
                ((good, "--top", "0"), 2, "--top: 0 is out of range"),
                ((good, empty), 0, "")):
            with self.subTest(arguments=arguments):
                done = report(*arguments)
                self.assertEqual(done.returncode, code, done.stderr)
                self.assertIn(said, done.stderr.decode())
                self.assertEqual(bool(done.stdout), arguments[-1:] in ((good,), (empty,)) and
                                 good in arguments)


if __name__ == "__main__":
    unittest.main()
