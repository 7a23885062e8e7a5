"""What is written at each log level, and in which order."""

import unittest
from contextlib import closing

from support.between import between, configured, needs_proxy
from support.frames import (BINARY, CONTINUATION, PING, client_frame, close_from, frame,
                            server_frame, upgrade_request, upgrade_response)
from support.proxy import wait_until
from support.raw_peers import Listener

# One session with 5 frames and 2 messages from the client, 2 frames and 1 message from the server.
TURNS = [
    ("client", client_frame(b"payload-one")), ("client", client_frame(b"payload-", fin=False)),
    ("client", client_frame(b"payload-ping", opcode=PING)),
    ("client", client_frame(b"two", opcode=CONTINUATION)),
    ("server", server_frame(b"payload-three", opcode=BINARY)),
    ("client", close_from("client", 1000)), ("server", close_from("server", 1000)),
]


@needs_proxy
class Levels(unittest.TestCase):

    def play(self, client, server, turns):
        client.send(upgrade_request())
        server.expect(upgrade_request())
        server.send(upgrade_response())
        client.expect(upgrade_response())
        ends = {"client": (client, server), "server": (server, client)}
        for side, data in turns:
            here, there = ends[side]
            here.send(data)
            there.expect(data)
        server.finish()
        client.expect_fin()
        client.finish()
        server.expect_fin()

    def records_of_a_session(self, level, *, turns=TURNS, config=None):
        with Listener() as listener, between(listener, config=config or configured(),
                                             log_level=level) as relay:
            client = relay.dial()
            self.addCleanup(client.close)
            server = listener.accept()
            self.addCleanup(server.close)
            self.play(client, server, turns)
            relay.wait_for_records(1, "session_end")
            return relay.records()

    def events(self, level, **options):
        return [record["event"] for record in self.records_of_a_session(level, **options)]

    def test_closes_are_all_that_is_said_by_default(self):
        self.assertEqual(self.events("closes"), ["session_end"])
        self.assertEqual(self.events(None), ["session_end"])

    def test_each_level_includes_those_before_it(self):
        self.assertEqual(self.events("violations"), ["session_end"])
        self.assertEqual(self.events("messages"), ["message"] * 3 + ["session_end"])
        frames = self.events("frames")
        self.assertEqual(frames.count("frame"), 7)
        self.assertEqual(frames.count("message"), 3)
        self.assertEqual(frames[-1], "session_end")
        turns = [("client", frame(b"not masked")), *TURNS]
        self.assertIn("violation", self.events("violations", turns=turns))
        self.assertIn("violation", self.events("frames", turns=turns))
        self.assertNotIn("violation", self.events("closes", turns=turns))

    def test_every_line_of_a_session_names_it(self):
        records = self.records_of_a_session("frames")
        self.assertEqual(len({record["session"] for record in records}), 1)

    def test_no_payload_is_written_at_any_level(self):
        for level in ("closes", "messages", "frames"):
            with self.subTest(level=level):
                self.assertNotIn("payload-", str(self.records_of_a_session(level)))

    def test_a_start_is_a_line_where_it_is_asked_for(self):
        config = configured().replace("format: json", "format: json, starts: true")
        records = self.records_of_a_session("closes", config=config)
        self.assertEqual([record["event"] for record in records], ["session_start", "session_end"])
        self.assertEqual(records[0]["session"], records[1]["session"])

    def test_the_text_lines_of_frames_and_broken_rules(self):
        """docs/log-format.md, Text: the columns of each kind of line."""
        turns = [("client", frame(b"payload-one")), ("server", server_frame(b"a" * 300, fin=False)),
                 ("server", server_frame(b"", opcode=PING)),
                 ("server", server_frame(b"b", opcode=CONTINUATION)),
                 ("server", close_from("server", 1000)), ("client", close_from("client", 1000))]
        lines = self.text_lines_of_a_session("frames", turns)
        expected = [
            (r"FR-01 client_frame_unmasked  client in frame 1 at offset 0 \[81 0b\]: .+ "
             r"\(RFC 6455 section 5[.]1\)"),
            "up    frame 1  text FIN  11 bytes at 0",
            "up    message 1  text  11 bytes in 1 frames",
            "down  frame 1  text  300 bytes at 0",
            "down  frame 2  ping FIN  0 bytes at 304",
            "down  frame 3  continuation FIN  1 bytes at 306",
            "down  message 1  text  301 bytes in 2 frames",
            "down  frame 4  close FIN  2 bytes at 309",
            "up    frame 2  close FIN MASK  2 bytes at 13",
        ]
        cause = [line for line in lines if line.startswith("    ")]  # stands below the record
        self.assertEqual(lines[len(lines) - len(cause):], cause)
        self.assertRegex(cause[0], r"^    cause  protocol_violation \(\w+\), client has to act: ")
        record = lines[-1 - len(cause)]
        self.assertEqual(len(lines), len(expected) + 1 + len(cause))
        for line, words in zip(lines, expected):
            self.assertRegex(line, rf"^\d\d:\d\d:\d\d[.]\d{{3}}  [0-9a-f]{{16}}  {words}$")
        self.assertIn("1000 Normal Closure", record)
        self.assertNotIn("payload-", "\n".join(lines))

    def text_lines_of_a_session(self, level, turns):
        with Listener() as listener, between(listener, log_level=None, arguments=[
                "--log-level", level, "--log-format", "text"]) as relay:
            with closing(relay.dial()) as client, closing(listener.accept()) as server:
                self.play(client, server, turns)

            def written():
                text = relay.log_path.read_text() if relay.log_path.exists() else ""
                return text if "closing_handshake" in text and text.endswith("\n") else None
            return wait_until(written, "the record's line").splitlines()


if __name__ == "__main__":
    unittest.main()
