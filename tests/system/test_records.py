"""The session record says what happened: who ended it, how, with which code, and every count."""

import datetime
import re
import unittest

from support.frames import (BINARY, CLOSE, CONTINUATION, PING, PONG, client_frame, close_from,
                            frame_from, noise, server_frame, upgrade_request, upgrade_response)
from support.records import DIRECTION, SIDES, Records, other


class Endings(Records):
    """close.ending: the first that holds."""

    def check(self, record, **close):
        self.assertEqual(record["event"], "session_end")
        self.assert_shape(record)
        for field, value in close.items():
            self.assertEqual(record["close"][field], value, field)

    def test_closing_handshake(self):
        for side in SIDES:
            with self.subTest(first=side):
                record = self.record_of_session(
                    (side, close_from(side, 1000, "done")),
                    (other(side), close_from(other(side), 1000)), first_fin="server")
                self.check(record, ending="closing_handshake", code=1000, reason="done",
                           name="Normal Closure", initiator=side, clean=True)
                self.assertEqual(record["close_frames"][side]["code"], 1000)
                self.assertEqual(record["close_frames"][side]["reason"], "done")
                self.assertEqual(record["close_frames"][other(side)]["reason"], "")

    def test_closing_handshake_whatever_ends_the_streams(self):
        """Both Closes were seen: a RST behind them changes how the stream ended, not the ending."""
        for side in SIDES:
            with self.subTest(resets=side):
                client, server = self.upgraded()
                ends, name = self.ends(client, server), client.name
                for each in SIDES:
                    ends[each].send(close_from(each, 1001))
                    ends[other(each)].expect(close_from(each, 1001))
                ends[side].reset()
                ends[other(side)].expect_reset()
                record = self.relay.record_of(name)
                self.check(record, ending="closing_handshake", code=1001, initiator="client")
                self.assertEqual(record["stream_ends"][0]["how"], "reset")
                self.assertEqual(record["stream_ends"][0]["endpoint"], side)

    def test_close_unanswered(self):
        for side in SIDES:
            for how in ("fin", "reset"):
                with self.subTest(closes=side, how=how):
                    client, server = self.upgraded()
                    ends, name = self.ends(client, server), client.name
                    ends[side].send(close_from(side, 1011, "boom"))
                    ends[other(side)].expect(close_from(side, 1011, "boom"))
                    if how == "fin":
                        self.finish_both(ends, side)
                    else:
                        ends[other(side)].reset()
                        ends[side].expect_reset()
                    record = self.relay.record_of(name)
                    self.check(record, ending="close_unanswered", code=1011, reason="boom",
                               initiator=side, clean=False)
                    self.assertIsNone(record["close_frames"][other(side)])

    def test_fin_without_close(self):
        for side in SIDES:
            with self.subTest(first=side):
                record = self.record_of_session(("client", client_frame(b"hi")), first_fin=side)
                self.check(record, ending="fin_without_close", code=1006, reason=None,
                           name="Abnormal Closure", initiator=side, clean=False)
                self.assertEqual(record["close_frames"], {"client": None, "server": None})

    def test_fin_mid_frame_and_mid_message(self):
        for side in SIDES:
            whole = frame_from(side, b"x" * 50)
            fragment = frame_from(side, b"x", fin=False)
            for ending, data in (("fin_mid_frame", whole[:1]), ("fin_mid_frame", whole[:2]),
                                 ("fin_mid_frame", whole[:-1]),
                                 ("fin_mid_frame", fragment + whole[:20]),
                                 ("fin_mid_message", fragment),
                                 ("fin_mid_message", fragment + frame_from(side, opcode=PING)),
                                 ("fin_without_close", whole)):
                with self.subTest(side=side, ending=ending, length=len(data)):
                    record = self.record_of_session((side, data), first_fin=side)
                    self.check(record, ending=ending, code=1006, initiator=side)

    def test_reset(self):
        for side in SIDES:
            whole = frame_from(side, b"x" * 50)
            for ending, data in (("reset", b""), ("reset", whole), ("reset_mid_frame", whole[:10])):
                with self.subTest(side=side, ending=ending, length=len(data)):
                    client, server = self.upgraded()
                    ends, name = self.ends(client, server), client.name
                    ends[side].send(data)
                    ends[side].reset_behind_data()
                    ends[other(side)].expect_reset(data)
                    record = self.relay.record_of(name)
                    self.check(record, ending=ending, code=1006, reason=None, initiator=side,
                               clean=False)
                    self.assertEqual(record["stream_ends"][0]["endpoint"], side)
                    self.assertEqual(record["stream_ends"][0]["how"], "reset")

    def test_the_order_of_stream_ends_is_the_order_seen(self):
        for side in SIDES:
            with self.subTest(first=side):
                record = self.record_of_session(first_fin=side)
                ends = record["stream_ends"]
                self.assertEqual([(end["endpoint"], end["how"]) for end in ends],
                                 [(side, "fin"), (other(side), "fin")])
                self.assertLessEqual(ends[0]["at_s"], ends[1]["at_s"])
                self.assertLessEqual(ends[1]["at_s"], record["duration_s"] + 1e-6)

    def test_a_fin_and_a_late_reset_of_one_side_are_both_there(self):
        for side in SIDES:
            with self.subTest(side=side):
                client, server = self.upgraded()
                ends, name = self.ends(client, server), client.name
                ends[side].finish()
                ends[other(side)].expect_fin()
                ends[side].reset()
                ends[other(side)].expect_late_reset()
                record = self.relay.record_of(name)
                seen = [(end["endpoint"], end["how"]) for end in record["stream_ends"]]
                self.assertEqual(seen[:2], [(side, "fin"), (side, "reset")])
                self.assertEqual(record["close"]["initiator"], side)


class CloseFrames(Records):
    """Codes and reasons as on the wire."""

    NAMES = {1000: "Normal Closure", 1001: "Going Away", 1002: "Protocol Error",
             1003: "Unsupported Data", 1009: "Message Too Big", 1011: "Internal Error",
             1012: "Service Restart", 1013: "Try Again Later"}

    def record_of_close(self, side, data):
        return self.record_of_session((side, data), first_fin=side)

    def test_each_code_is_reported_exactly_as_on_the_wire(self):
        for side in SIDES:
            for code in (0, 1, 999, *range(1000, 1017), 2999, 3000, 3999, 4000, 4999, 5000, 65535):
                with self.subTest(side=side, code=code):
                    record = self.record_of_close(side, close_from(side, code))
                    self.assertEqual(record["close"]["code"], code)
                    self.assertEqual(record["close_frames"][side]["code"], code)
                    self.assertEqual(record["close"]["initiator"], side)
                    if code in self.NAMES:
                        self.assertEqual(record["close"]["name"].lower(), self.NAMES[code].lower())

    def test_an_empty_close_is_1005(self):
        for side in SIDES:
            with self.subTest(side=side):
                record = self.record_of_close(side, close_from(side))
                self.assertEqual(record["close"]["code"], 1005)
                self.assertEqual(record["close"]["reason"], "")
                self.assertIsNone(record["close_frames"][side]["code"])

    def test_a_close_of_one_byte_is_1002(self):
        for side in SIDES:
            with self.subTest(side=side):
                record = self.record_of_close(side, frame_from(side, b"\x03", opcode=CLOSE))
                self.assertEqual(record["close"]["code"], 1002)
                self.assertEqual(record["close"]["ending"], "close_unanswered")
                self.assertIn("CL-01", [each["id"] for each in record["violations"]])

    def test_the_first_close_decides_and_both_are_kept(self):
        record = self.record_of_session(
            ("server", server_frame(b"a")), ("server", close_from("server", 4001, "first")),
            ("client", close_from("client", 4002, "second")))
        self.assertEqual((record["close"]["code"], record["close"]["reason"]), (4001, "first"))
        client, server = record["close_frames"]["client"], record["close_frames"]["server"]
        self.assertEqual((client["code"], client["reason"], client["frame"]), (4002, "second", 1))
        self.assertEqual((server["code"], server["reason"], server["frame"]), (4001, "first", 2))
        self.assertLessEqual(server["at_s"], client["at_s"])

    def test_the_first_complete_close_of_a_side_counts(self):
        """A second one changes nothing, and half of one is none."""
        for side in SIDES:
            with self.subTest(side=side):
                record = self.record_of_close(
                    side, close_from(side, 1001, "one") + close_from(side, 1002, "two"))
                self.assertEqual(record["close"]["code"], 1001)
                self.assertEqual(record["close_frames"][side]["frame"], 1)
                record = self.record_of_close(side, close_from(side, 1001, "cut")[:-1])
                self.assertEqual(record["close"]["code"], 1006)
                self.assertEqual(record["close"]["ending"], "fin_mid_frame")
                self.assertIsNone(record["close_frames"][side])

    def test_reasons_arrive_as_text_and_broken_ones_also_as_hex(self):
        table = {
            "plain": (b"bye", "bye"), "empty": (b"", ""),
            "three languages": ("fermé ありがとう مغلق".encode(), "fermé ありがとう مغلق"),
            "123 bytes": (b"r" * 100 + b" " + b"." * 22, "r" * 100 + " " + "." * 22),
            "quotes and backslashes": (b'say "no" \\ {"a":1}', 'say "no" \\ {"a":1}'),
            "newlines": (b"a\nb\r\nc\x0b\x0c", None), "NUL": (b"a\0b", None),
            "terminal escapes": (b"\x1b[31mred\x1b]0;title\x07\x9b1m", None),
            "line separators": ("a\u2028b\u2029c\u0085d".encode(), None),
            "direction marks": ("abc\u202egnp.exe".encode(), None),
        }
        for name, (wire, text) in table.items():
            for side in SIDES:
                with self.subTest(name=name, side=side):
                    record = self.record_of_close(side, close_from(side, 4000, wire))
                    if text is not None:
                        self.assertEqual(record["close"]["reason"], text)
                        self.assertNotIn("reason_hex", record["close"])
                    self.assertEqual(record["close"]["reason"],
                                     record["close_frames"][side]["reason"])

    def test_bad_utf_8_becomes_replacement_characters_and_hex(self):
        for wire in (b"\xff", b"ok\xc0\xafok", b"\xed\xa0\x80", b"cut \xe2\x82",
                     b"\xf4\x90\x80\x80"):
            for side in SIDES:
                with self.subTest(wire=wire, side=side):
                    record = self.record_of_close(side, close_from(side, 1000, wire))
                    self.assertIn("\ufffd", record["close"]["reason"])
                    self.assertEqual(record["close"]["reason_hex"], wire.hex())

    def test_the_log_stays_one_line_a_record_whatever_the_reason(self):
        hostile = b'x","event":"session_end"}\n{"event":"forged"}\r\n\x1b[2J\x00\x7f\x9b'
        client, server = self.upgraded()
        name = client.name
        server.send(close_from("server", 4000, hostile))
        client.expect(close_from("server", 4000, hostile))
        self.finish_both(self.ends(client, server), "server")
        self.relay.record_of(name)
        for line in self.relay.log_path.read_bytes().split(b"\n")[:-1]:
            self.assertTrue(line.startswith(b"{") and line.endswith(b"}"), line)
            self.assertFalse(re.search(rb"[\x00-\x1f\x7f]", line), line)
            self.assertFalse(line.startswith(b'{"event":"forged"'), line)


class Facts(Records):
    """Counts, addresses, times, and what the heads said."""

    def test_bytes_frames_and_messages_of_each_direction(self):
        up = [client_frame(b"one"), client_frame(b"tw", fin=False),
              client_frame(b"", opcode=PING), client_frame(b"o", opcode=CONTINUATION),
              client_frame(noise(70_000), opcode=BINARY), close_from("client", 1000)]
        down = [server_frame(b"", opcode=PONG), server_frame(b"answer"),
                server_frame(b"half", fin=False), close_from("server", 1000)]
        record = self.record_of_session(*(("client", data) for data in up),
                                        *(("server", data) for data in down))
        for direction, frames, messages in (("client_to_server", up, 3),
                                            ("server_to_client", down, 1)):
            with self.subTest(direction=direction):
                traffic = record["traffic"][direction]
                self.assertEqual(traffic["bytes"], sum(map(len, frames)))
                self.assertEqual(traffic["frames"], len(frames))
                self.assertEqual(traffic["messages"], messages)
                self.assertEqual(traffic["stalled_s"], 0)
                self.assertEqual(traffic["pending_max"], 0)

    def test_a_frame_that_is_not_complete_is_counted_in_bytes(self):
        for side in SIDES:
            with self.subTest(side=side):
                data = frame_from(side, b"whole") + frame_from(side, b"x" * 100)[:40]
                record = self.record_of_session((side, data), first_fin=side)
                self.assertEqual(record["traffic"][DIRECTION[side]]["bytes"], len(data))
                self.assertEqual(record["traffic"][DIRECTION[side]]["messages"], 1)

    def test_early_data_and_data_glued_to_the_101_are_counted(self):
        client, server = self.pair()
        up = client_frame(b"early")
        client.send(upgrade_request() + up)
        server.expect(upgrade_request() + up)
        server.send(upgrade_response() + server_frame(b"glued"))
        client.expect(upgrade_response() + server_frame(b"glued"))
        name = client.name
        self.finish_both(self.ends(client, server), "server")
        record = self.relay.record_of(name)
        self.assertEqual(record["handshake"]["outcome"], "accepted")
        for direction, data in (("client_to_server", up),
                                ("server_to_client", server_frame(b"glued"))):
            self.assertEqual(record["traffic"][direction]["bytes"], len(data))
            self.assertEqual(record["traffic"][direction]["frames"], 1)

    def test_a_stalled_reader_is_seen(self):
        client, server = self.upgraded()
        name = client.name
        data = server_frame(noise(16 << 20), opcode=BINARY)
        sending = server.send_in_background(data, then_finish=True)
        server.wait_until_stalled()
        client.expect_fin(data)
        sending.join()
        client.finish()
        traffic = self.relay.record_of(name)["traffic"]["server_to_client"]
        self.assertGreater(traffic["pending_max"], 0)
        self.assertLessEqual(traffic["pending_max"], 256 * 1024)
        self.assertGreater(traffic["stalled_s"], 0.1)
        self.assertEqual(traffic["bytes"], len(data))

    def test_who_where_and_when(self):
        before = datetime.datetime.now(datetime.timezone.utc)
        client, server = self.upgraded(upgrade_request("/chat/room", host="chat.example.test:8080"))
        name = client.name
        self.finish_both(self.ends(client, server), "client")
        record = self.relay.record_of(name)
        after = datetime.datetime.now(datetime.timezone.utc)
        self.assert_shape(record)
        self.assertRegex(record["time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$")
        self.assertLessEqual(before, datetime.datetime.fromisoformat(record["time"]))
        self.assertLessEqual(datetime.datetime.fromisoformat(record["time"]), after)
        self.assertEqual(record["client"], name)
        self.assertEqual(record["server"], self.listener.name)
        self.assertEqual(record["host"], "chat.example.test:8080")
        self.assertEqual(record["path"], "/chat/room")
        self.assertIsNone(record["tap"])
        self.assertEqual(list(record["cause"]), ["id", "confidence", "party", "summary", "evidence",
                                                 "candidates", "fix"])
        self.assertEqual(record["cause"]["id"], "client_gone")
        self.assertTrue(0 < record["duration_s"] < (after - before).total_seconds() + 0.1)
        self.assertTrue(0 <= record["handshake"]["duration_s"] <= record["duration_s"])

    def test_every_session_has_an_identity_of_its_own(self):
        sessions = [self.record_of_session()["session"] for _ in range(20)]
        self.assertEqual(len(set(sessions)), 20)

    def test_what_the_heads_said(self):
        trace = "4bf92f3577b34da6a3ce929d0e0e4736"
        asked = upgrade_request("/chat?EIO=4&transport=websocket", [
            ("User-Agent", "Mozilla/5.0 (X11)"), ("Origin", "https://app.example.test"),
            ("Via", "1.1 edge"), ("traceparent", f"00-{trace}-00f067aa0ba902b7-01"),
            ("X-Forwarded-For", "198.51.100.7"),
            ("Sec-WebSocket-Protocol", "graphql-ws, chat.v2"),
            ("Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits")])
        answered = upgrade_response([
            ("Server", "uvicorn"), ("Via", "1.1 inner"), ("Sec-WebSocket-Protocol", "chat.v2"),
            ("Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits=12")])
        record = self.record_of_session(request=asked, response=answered)
        self.assertEqual(record["request"], {
            "user_agent": "Mozilla/5.0 (X11)", "origin": "https://app.example.test",
            "forwarded_for": None, "via": "1.1 edge", "trace_id": trace, "user": None})
        self.assertEqual(record["handshake"]["outcome"], "accepted")
        self.assertEqual(record["handshake"]["status"], 101)
        self.assertEqual(record["handshake"]["server"], "uvicorn")
        self.assertEqual(record["handshake"]["via"], "1.1 inner")
        self.assertEqual(record["subprotocol"], "chat.v2")
        self.assertEqual(record["extensions"], "permessage-deflate; client_max_window_bits=12")
        self.assertEqual(record["path"], "/chat?EIO=4&transport=websocket")

    def test_what_was_not_said_is_null(self):
        record = self.record_of_session()
        self.assertEqual(set(record["request"].values()), {None})
        self.assertIsNone(record["handshake"]["server"])
        self.assertIsNone(record["handshake"]["via"])
        self.assertIsNone(record["subprotocol"])
        self.assertIsNone(record["extensions"])

    def test_tcp_facts_of_both_legs(self):
        transport = self.record_of_session(("client", client_frame(b"hi")))["transport"]
        for side in SIDES:
            with self.subTest(side=side):
                self.assertLess(0, transport[side]["rtt_ms"])
                self.assertEqual(transport[side]["retransmits"], 0)
                self.assertEqual(transport[side]["unacked_bytes"], 0)
                self.assertIsNone(transport[side]["error"])

    def test_the_errno_of_a_reset_is_named(self):
        for side in SIDES:
            with self.subTest(side=side):
                client, server = self.upgraded()
                ends, name = self.ends(client, server), client.name
                ends[side].reset()
                ends[other(side)].expect_reset()
                transport = self.relay.record_of(name)["transport"]
                self.assertEqual(transport[side]["error"], "ECONNRESET")


if __name__ == "__main__":
    unittest.main()
