"""What messages carry: text that is no UTF-8, found at its byte; payload that does not inflate."""

import os
import random
import unittest

from support.between import configured, needs_proxy
from support.deflate import OFFER, Deflater, bomb, deflated
from support.frames import (BINARY, CONTINUATION, PING, TEXT, close_from, frame_from,
                            upgrade_request, upgrade_response)
from support.records import DIRECTION, SIDES, Records, other

RSV1 = 4
HEADER = {"client": 6, "server": 2}  # of a frame with up to 125 bytes of payload

# RFC 3629: (text, where the first byte stands with which no valid text goes on)
NOT_UTF8 = [
    (b"\x80", 0), (b"abc\xff", 3), (b"caf\xe9 noir", 4), (b"\xc0\xaf", 0), (b"x\xc1\x81", 1),
    (b"\xe0\x80\xaf", 1), (b"ab\xed\xa0\x80", 3), (b"\xf0\x8f\xbf\xbf", 1), (b"\xf4\x90\x80\x80", 1),
    (b"\xf5\x80\x80\x80", 0), (b"\xe2\x82", 2), (b"all but the end \xf0\x9f\xa6", 19),
]
# The legal text beside each of these borders.
UTF8 = ["", "\x7f\x80", "\u07ff\u0800", "\ud7ff\ue000", "\uffff\U00010000", "\U0010ffff", "\0"]


def random_bytes(size, seed=7692):
    return random.Random(seed).randbytes(size)


class Payloads(Records):
    def deflate_session(self, *turns, parameters="", **options):
        """permessage-deflate is offered and accepted with the same parameters."""
        extension = [(OFFER[0], OFFER[1] + parameters)]
        return self.record_of_session(*turns, request=upgrade_request(headers=extension),
                                      response=upgrade_response(extension), **options)

    def each_way(self, data):
        """Turns of one side's bytes: in one go, and one by one."""
        yield [data]
        yield [data[at:at + 1] for at in range(len(data))]


class Text(Payloads):
    def test_the_first_wrong_byte_is_named(self):
        for side in SIDES:
            good = frame_from(side, b"good")
            for text, place in NOT_UTF8:
                for parts in self.each_way(good + frame_from(side, text)):
                    with self.subTest(side=side, text=text, parts=len(parts)):
                        record = self.record_of_session(*((side, part) for part in parts))
                        self.assert_broken(
                            record, ("TX-01", side, 2, len(good) + HEADER[side] + place))

    def test_the_first_wrong_byte_is_named_in_fragments(self):
        for side in SIDES:
            first = frame_from(side, b"caf\xc3", fin=False)
            ping = frame_from(side, b"\xff", opcode=PING)
            last = frame_from(side, b"\xa9 \xe9!", opcode=CONTINUATION)
            with self.subTest(side=side):
                record = self.record_of_session((side, first + ping + last))
                self.assert_broken(
                    record, ("TX-01", side, 3, len(first + ping) + HEADER[side] + 3))

    def test_legal_text_however_it_is_cut(self):
        for side in SIDES:
            text = "".join(UTF8).encode()
            frames = [frame_from(side, each.encode()) for each in UTF8]
            for cut in range(len(text) + 1):
                frames += [frame_from(side, text[:cut], fin=False),
                           frame_from(side, text[cut:], opcode=CONTINUATION)]
            frames.append(frame_from(side, b"\xff\x00\xc0", opcode=BINARY))
            for parts in self.each_way(b"".join(frames)):
                with self.subTest(side=side, parts=len(parts)):
                    self.assert_legal(self.record_of_session(*((side, part) for part in parts)))

    def test_compressed_text_names_the_byte_of_the_inflated_message(self):
        for side in SIDES:
            good = frame_from(side, deflated(b"good"), rsv=RSV1)
            for text, place in NOT_UTF8:
                with self.subTest(side=side, text=text):
                    bad = frame_from(side, deflated(text), rsv=RSV1)
                    record = self.deflate_session((side, good + bad))
                    self.assert_broken(record, ("TX-01", side, 2, len(good)))
                    detail = record["violations"][0]["detail"]
                    is_cut_short = place == len(text)
                    self.assertEqual(detail, "the message ends inside a character" if is_cut_short
                                     else f"at byte {place} of the inflated message")


class Compressed(Payloads):
    def test_pd_08_payload_that_is_no_deflate(self):
        for side in SIDES:
            for opcode in (TEXT, BINARY):
                with self.subTest(side=side, opcode=opcode):
                    good = frame_from(side, deflated(b"good"), rsv=RSV1, opcode=opcode)
                    bad = frame_from(side, b"Hello", rsv=RSV1, opcode=opcode)
                    record = self.deflate_session((side, good + bad + good))
                    self.assert_broken(record, ("PD-08", side, 2, len(good)))
                    counts = record["compression"][DIRECTION[side]]
                    self.assertEqual((counts["messages"], counts["not_inflated"]), (3, 1))

    def test_pd_09_a_reference_beyond_the_window(self):
        """20,000 random bytes, twice: the second time they are a reference 20,000 bytes back."""
        content = random_bytes(20_000)
        for side in SIDES:
            wide = Deflater()
            frames = [frame_from(side, wide.message(content), rsv=RSV1, opcode=BINARY)
                      for _ in range(2)]
            self.assertLess(len(frames[1]), 300)
            for bits in range(8, 16):
                with self.subTest(side=side, bits=bits):
                    record = self.deflate_session((side, b"".join(frames)),
                                                  parameters=f"; {side}_max_window_bits={bits}")
                    if bits == 15:
                        self.assert_legal(record)
                    else:
                        self.assert_broken(record, ("PD-09", side, 2, len(frames[0])))

    def test_pd_10_a_reference_to_what_never_passed(self):
        content = random_bytes(1000)
        for side in SIDES:
            deflater = Deflater()
            first, second = (frame_from(side, deflater.message(content), rsv=RSV1, opcode=BINARY)
                             for _ in range(2))
            with self.subTest(side=side):
                self.assert_legal(self.deflate_session((side, first + second)))
                record = self.deflate_session((side, second))
                self.assert_broken(record, ("PD-10", side, 1, 0))
                record = self.deflate_session((side, first + second),
                                              parameters=f"; {side}_no_context_takeover")
                self.assert_broken(record, ("PD-10", side, 2, len(first)))

    def test_legal_messages_in_fragments_with_pings_between(self):
        content = b"in many parts, " * 1000
        for side in SIDES:
            data = deflated(content)
            parts = [data[at:at + 7] for at in range(0, len(data), 7)]
            frames = [frame_from(side, part, rsv=0 if at else RSV1, fin=at == len(parts) - 1,
                                 opcode=CONTINUATION if at else TEXT)
                      for at, part in enumerate(parts)]
            ping = frame_from(side, b"", opcode=PING)
            for pieces in self.each_way(ping.join(frames)):
                with self.subTest(side=side, pieces=len(pieces)):
                    record = self.deflate_session(*((side, piece) for piece in pieces))
                    self.assert_legal(record)
                    self.assertEqual(record["compression"][DIRECTION[side]], {
                        "messages": 1, "inflated_bytes": len(content), "not_inflated": 0})


class Limits(Payloads):
    """Of memory, of one message, and of measure. The bytes pass, whatever they inflate to."""

    proxy_options = {"config": configured(rest="limits: {inflate_message: 64KiB}"),
                     "arguments": ["--workers", "1"]}

    def test_a_message_over_the_limit_is_counted_and_breaks_nothing(self):
        for side in SIDES:
            for size, count in ((64 * 1024, 0), (64 * 1024 + 1, 1)):
                with self.subTest(side=side, size=size):
                    data = frame_from(side, deflated(random_bytes(size)), rsv=RSV1, opcode=BINARY)
                    record = self.deflate_session((side, data))
                    self.assert_legal(record)
                    self.assertEqual(record["compression"][DIRECTION[side]]["not_inflated"], count)


@needs_proxy
class Bomb(Payloads):
    """1 GiB of zeros in 1 MiB of DEFLATE."""

    proxy_options = {"arguments": ["--workers", "1"]}

    def of_the_process(self, key):
        """KiB, from /proc/PID/status."""
        with open(f"/proc/{self.relay.process.pid}/status", encoding="ascii") as status:
            return next(int(line.split()[1]) for line in status if line.startswith(key + ":"))

    def processor_seconds(self):
        with open(f"/proc/{self.relay.process.pid}/stat", encoding="ascii") as stat:
            fields = stat.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def test_it_is_named_and_costs_neither_memory_nor_time(self):
        payload = bomb(1024)
        self.assertLess(len(payload), 1_100_000)
        for side in SIDES:
            for opcode in (TEXT, BINARY):
                with self.subTest(side=side, opcode=opcode):
                    good = frame_from(side, deflated(b"good"), rsv=RSV1, opcode=opcode)
                    data = frame_from(side, payload, rsv=RSV1, opcode=opcode)
                    before = self.of_the_process("VmHWM")
                    seconds = self.processor_seconds()
                    record = self.pass_on(side, good + data + good)
                    self.assert_broken(record, ("PD-12", side, 2, len(good)))
                    counts = record["compression"][DIRECTION[side]]
                    self.assertEqual((counts["messages"], counts["not_inflated"]), (3, 1))
                    self.assertLess(counts["inflated_bytes"], 5 << 20)
                    self.assertLess(self.of_the_process("VmHWM") - before, 4096)
                    # To inflate all of it takes longer than that, on any machine of today.
                    self.assertLess(self.processor_seconds() - seconds, 0.25)

    def pass_on(self, side, data):
        client, server = self.upgraded(upgrade_request(headers=[OFFER]), upgrade_response([OFFER]))
        name, ends = client.name, self.ends(client, server)
        ends[side].send_in_background(data)
        ends[other(side)].expect(data)
        for each in (side, other(side)):
            ends[each].send(close_from(each, 1000))
            ends[other(each)].expect(close_from(each, 1000))
        self.finish_both(ends, "server")
        return self.relay.record_of(name)


if __name__ == "__main__":
    unittest.main()
