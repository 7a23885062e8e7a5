"""What the frame parser itself sees: each broken rule with its side, frame and offset."""

import unittest

from support.frames import (CLOSE, CONTINUATION, MASK, PING, PONG, client_frame, close_from, frame,
                            frame_from, response, server_frame, upgrade_request, upgrade_response)
from support.records import DIRECTION, SIDES, Records, other


class Violations(Records):
    """What the frame parser itself sees. Each row is the second frame of its direction."""

    proxy_options = {"log_level": "violations"}

    def record_of_session(self, *turns, **options):
        """At this level violations have lines of their own: only the end is meant."""
        return super().record_of_session(*turns, event="session_end", **options)

    def rows(self, side):
        def of(payload=b"x", **fields):
            return frame_from(side, payload, **fields)
        if side == "client":
            yield "FR-01", frame(b"not masked")
        else:
            yield "FR-02", frame(b"masked", mask=MASK)
        for rsv in (1, 2, 4):
            yield "FR-03", of(rsv=rsv)
        for opcode in (*range(3, 8), *range(11, 16)):
            yield "FR-04", of(opcode=opcode)
        yield "FR-05", of(b"hello", length_bytes=2)
        yield "FR-05", of(b"hello", length_bytes=8)
        yield "FR-05", of(b"h" * 300, length_bytes=8)
        yield "FR-06", of(b"hello", length=1 << 63, length_bytes=8)
        yield "FR-08", of(b"p" * 126, opcode=PING)
        yield "FR-09", of(opcode=PING, fin=False)
        yield "FR-10", of(opcode=CONTINUATION)
        yield "CL-01", of(b"\x03", opcode=CLOSE)
        for code in (1005, 1006, 1015):
            yield "CL-03", close_from(side, code)
        for code in (0, 999, 1004, 1016, 2999, 5000, 65535):
            yield "CL-04", close_from(side, code)

    def check(self, violation, rule, side, frame_number, offset):
        self.assertEqual(violation["id"], rule)
        self.assertEqual(violation["side"], side)
        self.assertEqual(violation["frame"], frame_number)
        self.assertEqual(violation["offset"], offset)
        self.assertRegex(violation["rule"], r"^[a-z][a-z0-9]*(_[a-z0-9]+)+$")
        self.assertRegex(violation["section"], r"^RFC 6455 section \d+(\.\d+)*$")
        self.assertIn(violation["severity"], ("violation", "deviation", "info"))

    def test_each_rule_names_its_side_frame_and_offset(self):
        for side in SIDES:
            for rule, data in self.rows(side):
                with self.subTest(side=side, rule=rule, data=data[:16].hex()):
                    good = frame_from(side, b"good")
                    record = self.record_of_session((side, good + data), first_fin=side)
                    self.assertGreaterEqual(record["violation_count"], 1)
                    self.check(record["violations"][0], rule, side, 2, len(good))

    def test_the_name_of_the_documented_example(self):
        record = self.record_of_session(("client", frame(b"not masked")))
        self.assertEqual(record["violations"][0], {
            "id": "FR-01", "rule": "client_frame_unmasked", "section": "RFC 6455 section 5.1",
            "severity": "violation", "side": "client", "frame": 1, "offset": 0, "bytes": "810a"})

    def test_fr_11_a_message_inside_a_message(self):
        for side in SIDES:
            with self.subTest(side=side):
                start = frame_from(side, b"start", fin=False)
                record = self.record_of_session((side, start + frame_from(side, b"new")),
                                                first_fin=side)
                self.check(record["violations"][0], "FR-11", side, 2, len(start))

    def test_fr_14_a_frame_that_never_ends(self):
        for side in SIDES:
            for length in (1, 2, 20):
                with self.subTest(side=side, length=length):
                    good = frame_from(side, b"good")
                    cut = frame_from(side, b"x" * 50)[:length]
                    record = self.record_of_session((side, good + cut), first_fin=side)
                    self.assertEqual(record["violation_count"], 1)
                    self.check(record["violations"][0], "FR-14", side, 2, len(good))

    def test_a_good_session_breaks_no_rule(self):
        turns = [("client", client_frame(b"")), ("server", server_frame(b"x" * 125)),
                 ("client", client_frame(b"x" * 126)), ("server", server_frame(b"x" * 65535)),
                 ("client", client_frame(b"x" * 65536)), ("server", server_frame(b"a", fin=False)),
                 ("server", server_frame(b"", opcode=PING)),
                 ("server", server_frame(b"b", opcode=CONTINUATION)),
                 ("client", client_frame(b"p" * 125, opcode=PONG)),
                 ("client", close_from("client", 1000)), ("server", close_from("server", 1000))]
        record = self.record_of_session(*turns)
        self.assert_legal(record)

    def test_after_a_hard_violation_nothing_of_that_direction_is_judged(self):
        """A stream that went out of step gives one violation, not one for every byte behind it."""
        page = response("502 Bad Gateway", [("Content-Type", "text/html")], b"<html>" * 500)
        for side in SIDES:
            with self.subTest(side=side):
                record = self.record_of_session((side, page), first_fin=side)
                self.assertLessEqual({each["frame"] for each in record["violations"]}, {1})
                self.assertIn("FR-03", [each["id"] for each in record["violations"]])
                self.assertEqual(record["traffic"][DIRECTION[side]]["bytes"], len(page))

    def test_at_most_32_violations_are_listed_and_all_are_counted(self):
        """A length that is not minimal breaks a rule and leaves the framing in step."""
        for side in SIDES:
            with self.subTest(side=side):
                data = frame_from(side, b"hello", length_bytes=2) * 40
                record = self.record_of_session((side, data), first_fin=side)
                self.assertEqual(len(record["violations"]), 32)
                self.assertEqual([each["frame"] for each in record["violations"]],
                                 list(range(1, 33)))
                self.assertEqual(record["violation_count"], 40)

    def test_an_unknown_extension_makes_rsv_and_opcodes_no_violation(self):
        asked = upgrade_request(headers=[("Sec-WebSocket-Extensions", "x-mystery")])
        answered = upgrade_response([("Sec-WebSocket-Extensions", "x-mystery")])
        record = self.record_of_session(("server", server_frame(b"x", rsv=6, opcode=3)),
                                        request=asked, response=answered)
        self.assert_legal(record)

    def test_rsv1_is_no_violation_where_deflate_was_agreed(self):
        deflated = bytes.fromhex("f248cdc9c90700")  # RFC 7692 section 7.2.3.1
        asked = upgrade_request(headers=[("Sec-WebSocket-Extensions", "permessage-deflate")])
        answered = upgrade_response([("Sec-WebSocket-Extensions", "permessage-deflate")])
        record = self.record_of_session(("server", server_frame(deflated, rsv=4)),
                                        request=asked, response=answered)
        self.assert_legal(record)

    def test_each_violation_has_a_line_of_its_own_at_its_level(self):
        client, server = self.upgraded()
        name = client.name
        client.send(frame(b"not masked"))
        server.expect(frame(b"not masked"))
        self.finish_both(self.ends(client, server), "client")
        record = self.relay.records_of(name, 1, "session_end")[0]
        lines = self.lines_of(record)
        self.assertEqual(len(lines), record["violation_count"])
        self.assertIn("FR-01", str(lines[0]))

    def lines_of(self, record):
        return [each for each in self.relay.records("violation")
                if each.get("session") == record["session"]]

    def test_a_line_says_what_the_record_says(self):
        """All of it, and beyond the 32 that a record lists."""
        for side in SIDES:
            data = (frame_from(side, b"hello", length_bytes=2) * 40
                    + frame_from(side, b"\xe9 is Latin-1")
                    + close_from(side, 1005) + frame_from(side, b"late"))
            with self.subTest(side=side):
                record = self.record_of_session((side, data), first_fin=side)
                lines = self.lines_of(record)
                self.assertEqual(len(lines), record["violation_count"])
                self.assertEqual([each["id"] for each in lines],
                                 ["FR-05"] * 40 + ["TX-01", "CL-03", "FR-16"])
                facts = [{key: value for key, value in line.items()
                          if key not in ("event", "time", "session", "listener")}
                         for line in lines]
                self.assertEqual(facts[:32], record["violations"])
                self.assertEqual({line["listener"] for line in lines}, {record["listener"]})
                times = [line["time"] for line in lines]
                self.assertEqual([*times, record["time"]], sorted([*times, record["time"]]))

    def test_the_bytes_are_those_of_the_header_and_no_more(self):
        """RFC 6455 section 5.2: two bytes, then up to 8 of length and 4 of the masking key."""
        for side, key in (("client", MASK), ("server", b"")):
            masked = 0x80 if key else 0
            for data, header, rule, detail in (
                    (frame_from(side, b"hello", length_bytes=8),
                     bytes([0x81, 127 | masked]) + bytes(7) + b"\x05" + key, "FR-05",
                     "5 in a 64-bit length"),
                    (frame_from(side, b"p" * 300, rsv=2), bytes([0xA1, 126 | masked, 1, 44]) + key,
                     "FR-03", "RSV2"),
                    (frame_from(side, b"?", opcode=11), bytes([0x8B, 1 | masked]) + key, "FR-04",
                     "11"),
                    (frame_from(side, b"p" * 126, opcode=PING),
                     bytes([0x89, 126 | masked, 0, 126]) + key, "FR-08", "126"),
                    (close_from(side, 999), bytes([0x88, 2 | masked]) + key, "CL-04", "999")):
                with self.subTest(side=side, rule=rule):
                    record = self.record_of_session((side, data), first_fin=side)
                    found = record["violations"][0]
                    self.assertEqual((found["id"], found["bytes"]), (rule, header.hex()))
                    self.assertIn(detail, found["detail"])

    def test_fr_16_data_after_close(self):
        for side in SIDES:
            with self.subTest(side=side):
                close = close_from(side, 1000)
                late = frame_from(side, b"late")
                answer = (other(side), close_from(other(side), 1000))
                record = self.record_of_session((side, close + late), answer)
                self.assert_broken(record, ("FR-16", side, 2, len(close)))
                record = self.record_of_session((side, close), answer, (side, late))
                self.assert_broken(record, ("FR-16", side, 2, len(close)))

    def test_what_may_still_pass_after_the_other_side_s_close(self):
        """RFC 6455 section 5.5.1: an endpoint "MAY delay sending a Close frame until its current
        message is sent"; who has sent one still answers pings."""
        for side in SIDES:
            with self.subTest(side=side):
                close, answer = close_from(side, 1000), close_from(other(side), 1000)
                ping = frame_from(other(side), b"?", opcode=PING)
                pong = frame_from(side, b"?", opcode=PONG)
                rest = (frame_from(other(side), b"the", fin=False)
                        + frame_from(other(side), b"rest", opcode=CONTINUATION))
                record = self.record_of_session((side, close), (other(side), ping), (side, pong),
                                                (other(side), rest + answer))
                self.assert_legal(record)
                self.assertTrue(record["close"]["clean"])

    def test_fr_17_frames_behind_the_closing_handshake(self):
        for side in SIDES:
            close, answer = close_from(side, 1000), close_from(other(side), 1000)
            for name, late in (("a second Close", close),
                               ("a ping", frame_from(side, b"?", opcode=PING))):
                with self.subTest(side=side, late=name):
                    record = self.record_of_session((side, close), (other(side), answer),
                                                    (side, late))
                    self.assert_broken(record, ("FR-17", side, 2, len(close)))
                    self.assertEqual(record["violations"][0]["severity"], "deviation")


if __name__ == "__main__":
    unittest.main()
