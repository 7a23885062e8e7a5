"""What is written at each log level, and in which order."""

import unittest

from support.between import between, configured, needs_proxy
from support.frames import (BINARY, CONTINUATION, PING, client_frame, close_from, frame,
                            server_frame, upgrade_request, upgrade_response)
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

    def records_of_a_session(self, level, *, turns=TURNS, config=None):
        with Listener() as listener, between(listener, config=config or configured(),
                                             log_level=level) as relay:
            client = relay.dial()
            self.addCleanup(client.close)
            server = listener.accept()
            self.addCleanup(server.close)
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


if __name__ == "__main__":
    unittest.main()
