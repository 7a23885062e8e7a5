"""Agreement with an independent parser: what the log says of each frame is what tshark reads in the
same bytes. Real traffic passes the proxy at `--log-level frames`; what arrived behind it is written
as a capture file and given to tshark. FIN, RSV, opcode, MASK, payload length, masking key (at the
place that the log's offset says), number of frames and close codes must be the same, in both
directions.

Where they differ, it is for these reasons (Wireshark 4.0). Each is a case of `Differences`:

- Frames that a client sends before the 101: tshark takes them for HTTP, and never shows them. The
  log does, once the 101 is there.
- A frame that is cut off by the end of the stream: the log has a line as soon as the header is
  complete, tshark waits for the whole frame.
- A frame of 2^32 bytes and more, its header included: tshark counts them modulo 2^32, and takes
  payload for further frames. It reports the length itself rightly.

Compression, reassembly and text are not compared: the log has no payload, and a capture has no
verdict. Of compressed messages the headers are compared.
"""

import collections
import itertools
import os
import random
import shutil
import subprocess
import typing
import unittest
import zlib

from support.between import needs_proxy
from support.capture import SERVER_PORT, Capture
from support.frames import (BINARY, CLOSE, CONTINUATION, MASK, PING, PONG, TEXT, close_from, frame,
                            frame_from, request, response, sized_response, upgrade_request,
                            upgrade_response)
from support.proxy import PATIENCE_S
from support.records import DIRECTION, SIDES, Records, other

SEED = int(os.environ.get("LASTFRAME_SEED", "6455"))

FIELDS = ("tcp.srcport", "tcp.dstport", "websocket.fin", "websocket.rsv", "websocket.opcode",
          "websocket.mask", "websocket.payload_length", "websocket.payload_length_ext_16",
          "websocket.payload_length_ext_64", "websocket.masking_key",
          "websocket.payload.close.status_code")


class Header(typing.NamedTuple):
    fin: bool
    rsv: int
    opcode: int
    masked: bool
    length: int


class Seen(typing.NamedTuple):
    """What tshark saw of one direction, each list in the order of the frames."""
    headers: list
    lengths_of_headers: list
    keys: list  # None where there is none
    close_codes: list


class Case:
    """A connection: `turns` are (side, frames as bytes). In the capture a turn is cut where
    `cuts(bytes)` says; through the proxy it is sent in one go."""

    def __init__(self, name, *turns, extension=None, cuts=lambda data: (), before=(), early=(),
                 behind=()):
        self.name, self.turns, self.cuts = name, turns, cuts
        headers = [("Sec-WebSocket-Extensions", extension)] if extension else []
        self.request, self.response = upgrade_request(headers=headers), upgrade_response(headers)
        self.before = before  # (side, bytes): exchanges in front of the upgrade
        # Frames in one segment with the request, or with the 101.
        self.with_head = {"client": b"".join(early), "server": b"".join(behind)}
        self.frames = {
            side: [*first, *(each for who, frames in turns if who == side for each in frames)]
            for side, first in (("client", early), ("server", behind))}

    def stream(self, side):
        """All bytes of that direction behind the handshake."""
        return b"".join(self.frames[side])


def every_byte(data):
    return range(1, len(data))


def in_both_directions(name, frames_of, **options):
    """A case for each side; `frames_of(side)` are its frames."""
    return [Case(f"{name}, by the {side}", (side, frames_of(side)), **options) for side in SIDES]


def numbers(text):
    """Decimal or 0x..., several with commas between them."""
    return [int(each, 0) for each in text.split(",") if each]


def flags(text):
    """As tshark prints them, which depends on its version."""
    return [each in ("1", "True") for each in text.split(",") if each]


def read_by_tshark(path):
    """{(client's port, side): Seen}"""
    command = ["tshark", "-n", "-r", str(path), "-T", "fields", "-E", "occurrence=a",
               "-E", "aggregator=,", "-Y", "websocket"]
    for field in FIELDS:
        command += ["-e", field]
    folder = path.parent / "tshark"  # no preferences but its own
    folder.mkdir(exist_ok=True)
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=True,
                          env={**os.environ, "WIRESHARK_CONFIG_DIR": str(folder)})
    seen = {}
    for line in done.stdout.splitlines():
        packet = dict(zip(FIELDS, line.split("\t"), strict=True))
        source, destination = int(packet["tcp.srcport"]), int(packet["tcp.dstport"])
        end = (source, "client") if destination == SERVER_PORT else (destination, "server")
        found = seen.setdefault(end, Seen([], [], [], []))
        medium = iter(numbers(packet["websocket.payload_length_ext_16"]))
        long = iter(numbers(packet["websocket.payload_length_ext_64"]))
        keys = iter(packet["websocket.masking_key"].split(","))
        for fin, rsv, opcode, masked, length in zip(
                flags(packet["websocket.fin"]), numbers(packet["websocket.rsv"]),
                numbers(packet["websocket.opcode"]), flags(packet["websocket.mask"]),
                numbers(packet["websocket.payload_length"]), strict=True):
            extended = {126: 2, 127: 8}.get(length, 0)
            if extended:
                length = next(medium if extended == 2 else long)
            found.headers.append(Header(fin, rsv, opcode, masked, length))
            found.lengths_of_headers.append(2 + extended + (4 if masked else 0))
            found.keys.append(bytes.fromhex(next(keys)) if masked else None)
        found.close_codes.extend(numbers(packet["websocket.payload.close.status_code"]))
    return seen


@needs_proxy
class Parsers(Records):
    """Both parsers read the same connections."""

    proxy_options = {"log_level": "frames"}

    @classmethod
    def setUpClass(cls):
        if not shutil.which("tshark"):
            raise AssertionError("there is no tshark: ./dev install")
        super().setUpClass()
        # Hundreds of connections: the kernel gives some a port that an earlier one had.
        cls.connections_from = collections.Counter()

    def pass_through(self, case, conversation):
        """The session of the record. What arrives behind the proxy is what the capture holds."""
        client, server = self.pair()
        name, ends = client.name, self.ends(client, server)

        def turn(side, data, cuts=()):
            ends[side].send_in_background(data)
            arrived = ends[other(side)].receive(len(data))
            conversation.say(side, arrived, cuts=cuts)

        for side, data in case.before:
            turn(side, data)
        turn("client", case.request + case.with_head["client"])
        turn("server", case.response + case.with_head["server"])
        for side, frames in case.turns:
            data = b"".join(frames)
            turn(side, data, case.cuts(data))
        conversation.finish()
        self.finish_both(ends, "client")
        self.connections_from[name] += 1
        record = self.relay.records_of(name, self.connections_from[name], "session_end")[-1]
        client.close()
        server.close()
        return record

    def read(self, cases):
        """(case, side, what the log says as (offset, Header), its close code, what tshark saw)"""
        path = self.relay.folder / "traffic.pcap"
        with Capture(path) as capture:
            conversations = [capture.conversation() for _ in cases]
            records = [self.pass_through(case, conversation)
                       for case, conversation in zip(cases, conversations)]
        by_tshark = read_by_tshark(path)
        logged = {}
        for line in self.relay.records("frame"):
            logged.setdefault((line["session"], line["direction"]), []).append(
                (line["offset"], Header(*(line[key] for key in Header._fields))))
        for case, conversation, record in zip(cases, conversations, records):
            for side in SIDES:
                close = record["close_frames"][side]
                yield (case, side, logged.get((record["session"], DIRECTION[side]), []),
                       close and close["code"],
                       by_tshark.get((conversation.client_port, side), Seen([], [], [], [])))

    def check_headers(self, expected, found):
        """assertEqual for long lists: a failure shows where they part."""
        for index, (one, other_one) in enumerate(itertools.zip_longest(expected, found)):
            self.assertEqual(one, other_one, f"frame {index + 1}")


class Agreement(Parsers):
    """`agree`: frame by frame, the log's line and tshark's fields say the same."""

    def agree(self, cases):
        for case, side, logged, close_code, seen in self.read(cases):
            with self.subTest(case=case.name, side=side):
                self.check_headers([header for _, header in logged], seen.headers)
                self.check_keys(case.stream(side), [offset for offset, _ in logged], seen)
                self.assertEqual(close_code, next(iter(seen.close_codes), None))
                self.assertEqual(len(logged), len(case.frames[side]))

    def check_keys(self, stream, offsets, seen):
        for offset, length, key in zip(offsets, seen.lengths_of_headers, seen.keys, strict=True):
            if key is not None:
                end = offset + length
                self.assertEqual(stream[end - 4:end], key, f"the key of the frame at {offset}")

    def test_every_kind_of_frame(self):
        def kinds(side):
            yield from (frame_from(side, b"payload", opcode=opcode)
                        for opcode in (TEXT, BINARY, PING, PONG))
            yield frame_from(side, b"", opcode=TEXT)
            yield frame_from(side, b"Hel", fin=False)
            yield frame_from(side, b"between", opcode=PING)
            yield frame_from(side, b"", opcode=CONTINUATION, fin=False)
            yield frame_from(side, b"lo", opcode=CONTINUATION)
            yield close_from(side, 1000, "bye")
        self.agree(in_both_directions("kinds", lambda side: list(kinds(side))))

    def test_every_form_of_a_length(self):
        lengths = (0, 1, 124, 125, 126, 127, 128, 255, 256, 65534, 65535, 65536, 65537, 1 << 20)
        self.agree(in_both_directions("lengths", lambda side: [
            frame_from(side, b"x" * length, opcode=BINARY) for length in lengths]))

    def test_lengths_in_more_bytes_than_they_need(self):
        self.agree(in_both_directions("not minimal", lambda side: [
            frame_from(side, b"x" * length, length_bytes=length_bytes)
            for length, length_bytes in ((0, 2), (5, 2), (125, 2), (0, 8), (5, 8), (126, 8),
                                         (65535, 8), (65536, 8))]))

    def test_a_length_with_its_top_bit_set(self):
        """The last bytes of its direction: what tshark makes of the rest is among Differences."""
        self.agree(in_both_directions("top bit", lambda side: [
            frame_from(side, b"good"), frame_from(side, length=1 << 63, length_bytes=8)]))

    def test_masking_keys(self):
        keys = (bytes(4), b"\xff" * 4, MASK, b"\0\0\0\1", b"\x81\x05He", b"\r\n\r\n")
        cases = in_both_directions("masked", lambda side: [
            frame(b"x" * length, mask=key) for key in keys for length in (0, 1, 4, 126, 70000)])
        cases += in_both_directions("not masked", lambda side: [frame(b"Hello")] * 3)
        cases += in_both_directions("by turns", lambda side: [
            frame(b"Hello", mask=mask) for mask in (None, MASK, None, bytes(4))])
        self.agree(cases)

    def test_reserved_bits_and_opcodes(self):
        """The bad frame is the last one: behind it the log trusts nothing in that direction."""
        cases = []
        for rsv in range(1, 8):
            cases += in_both_directions(f"RSV {rsv}", lambda side, rsv=rsv: [
                frame_from(side, b"good"), frame_from(side, b"bad", rsv=rsv)])
        for opcode in (*range(3, 8), *range(11, 16)):
            cases += in_both_directions(f"opcode {opcode}", lambda side, opcode=opcode: [
                frame_from(side, b"good"), frame_from(side, b"bad", opcode=opcode)])
        self.agree(cases)

    def test_control_frames_that_break_rules(self):
        def frames(side):
            return [frame_from(side, b"p" * 126, opcode=PING),
                    frame_from(side, opcode=PONG, fin=False),
                    frame_from(side, b"", opcode=CONTINUATION), frame_from(side, b"a", fin=False),
                    frame_from(side, b"inside"), frame_from(side, b"", opcode=CONTINUATION)]
        self.agree(in_both_directions("broken rules", frames))

    def test_close_codes(self):
        """With any 16 bits as the code. One of one byte has none for either parser."""
        codes = (0, 999, 1000, 1001, 1004, 1005, 1006, 1011, 1015, 1016, 2999, 3000, 4999, 5000,
                 65535)
        cases = [case for code in codes for case in in_both_directions(
            f"code {code}", lambda side, code=code: [close_from(side, code, "reason")])]
        cases += in_both_directions("the longest reason",
                                    lambda side: [close_from(side, 4000, "r" * 123)])
        cases += in_both_directions("no body", lambda side: [close_from(side)])
        cases += in_both_directions("one byte",
                                    lambda side: [frame_from(side, b"\3", opcode=CLOSE)])
        cases.append(Case("both sides", ("client", [close_from("client", 1000)]),
                          ("server", [close_from("server", 1001)])))
        self.agree(cases)

    def test_frames_in_one_segment_and_in_many(self):
        def frames(side):
            return [frame_from(side, b"x" * length) for length in (0, 1, 2, 125, 126, 300, 0)]
        cases = in_both_directions("one segment", frames)
        cases += in_both_directions("a segment for each byte", frames, cuts=every_byte)
        cases += in_both_directions("a wide header, byte by byte", lambda side: [
            frame_from(side, b"x" * 70000), frame_from(side, b"behind")],
            cuts=lambda data: (*range(1, 20), *range(len(data) - 12, len(data))))
        for at in range(1, 16):
            cases += in_both_directions(f"cut at {at}", lambda side: [
                frame_from(side, b"x" * 5, length_bytes=8), frame_from(side, b"behind")],
                cuts=lambda data, at=at: (at,))
        self.agree(cases)

    def test_what_stands_before_the_frames(self):
        """Exchanges on the same connection, an interim answer, frames in a segment with the 101."""
        page = [("client", request()), ("server", sized_response(body=b"page"))]
        frames = [frame_from("server", b"behind", opcode=opcode) for opcode in (TEXT, PING)]
        self.agree([
            Case("HTTP first", ("client", [frame_from("client", b"hi")]),
                 ("server", [frame_from("server", b"ho")]), before=page * 2),
            Case("an interim answer", ("client", [frame_from("client", b"hi")]),
                 before=[*page, ("client", request("POST", headers=[("Content-Length", 1)])),
                         ("server", response("100 Continue")), ("client", b"x"),
                         ("server", sized_response())]),
            Case("frames behind the 101", ("server", [frame_from("server", b"x")]),
                 ("client", [frame_from("client", b"y")]), behind=frames),
        ])

    def test_payload_that_looks_like_something_else(self):
        looks = (b"HTTP/1.1 200 OK\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n", b"\x81\x05Hello\x88\x00",
                 b"\x16\x03\x01\x02\x00\x01", b"\r\n\r\n", bytes(64), b"\xff" * 64)
        self.agree(in_both_directions("looks", lambda side: [
            frame(look, mask=bytes(4) if side == "client" else None) for look in looks]))

    def test_compressed_messages(self):
        def frames(side):
            deflate = Deflate()
            text = deflate(b"Hello" * 100)
            yield frame_from(side, text, rsv=4)
            yield frame_from(side, deflate(b"Hello" * 100), rsv=4)
            yield frame_from(side, b"not compressed")
            text = deflate(bytes(range(256)) * 4)
            yield frame_from(side, text[:7], opcode=BINARY, rsv=4, fin=False)
            yield frame_from(side, b"ping", opcode=PING)
            yield frame_from(side, text[7:], opcode=CONTINUATION)
            yield frame_from(side, b"\xffno DEFLATE\xff", rsv=4)
            yield frame_from(side, b"", rsv=4)
            yield frame_from(side, b"marked wrongly", opcode=PING, rsv=4)
            yield close_from(side, 1000)
        self.agree(in_both_directions("compressed", lambda side: list(frames(side)),
                                      extension="permessage-deflate"))

    def test_property_random_streams(self):
        """Legal ones, plain and compressed; and any header at all where an unknown extension gives
        every bit a meaning."""
        for extension, count, frames in ((None, 60, legal_frames),
                                         ("permessage-deflate", 30, legal_frames),
                                         ("x-mystery", 30, any_frames)):
            source = random.Random(f"{SEED} {extension}")
            cases = []
            for number in range(count):
                turns = [(side, frames(source, side, extension)) for side in SIDES * 2]
                cases.append(Case(f"seed {SEED}, {extension} {number}", *turns,
                                  extension=extension,
                                  cuts=lambda data: random_cuts(source, data)))
            self.agree(cases)


class Deflate:
    """RFC 7692 section 7.2.1, with context take-over."""

    def __init__(self):
        self._compressor = zlib.compressobj(wbits=-15)

    def __call__(self, payload):
        data = self._compressor.compress(payload) + self._compressor.flush(zlib.Z_SYNC_FLUSH)
        return data.removesuffix(b"\0\0\xff\xff")


def random_cuts(source, data):
    places = range(1, max(2, len(data)))
    near_the_start = range(1, min(40, len(data) + 1))
    return [source.choice(places) for _ in range(source.randrange(12))] + [
        source.choice(near_the_start) for _ in range(source.randrange(6))]


def random_key(source, side):
    """Mostly any four bytes; none of a server."""
    return None if side == "server" else source.choice([source.randbytes(4)] * 4 + [bytes(4)])


def random_length(source):
    return source.choice([0, 1, 2, 124, 125, 126, 127, source.randrange(300),
                          source.randrange(3000), source.choice([source.randrange(200), 65535, 65536, 70000])])


def legal_frames(source, side, extension):
    """Some whole messages with control frames anywhere, as RFC 6455 allows them."""
    def made(payload, **fields):
        return frame(payload, mask=random_key(source, side), **fields)

    def controls():
        while source.random() < 0.3:
            yield made(source.randbytes(source.choice([0, 1, 4, 125])),
                       opcode=source.choice([PING, PONG]))

    frames, deflate = [], Deflate()
    for _ in range(source.randrange(1, 12)):
        payload = source.randbytes(random_length(source))
        rsv = 4 if extension and source.random() < 0.7 else 0
        if rsv:
            payload = deflate(payload)
        places = sorted(source.randrange(len(payload) + 1)
                        for _ in range(source.choice([0, 0, 1, 2, 5])))
        parts = [payload[begin:end] for begin, end in
                 itertools.pairwise([0, *places, len(payload)])]
        for index, part in enumerate(parts):
            frames += controls()
            frames.append(made(part, fin=index == len(parts) - 1, rsv=0 if index else rsv,
                               opcode=CONTINUATION if index else source.choice([TEXT, BINARY])))
        frames += controls()
    return frames


def any_frames(source, side, _):
    """Every bit as it falls, but no Close: behind one an endpoint has nothing more to say."""
    frames = []
    for _ in range(source.randrange(1, 30)):
        payload = source.randbytes(random_length(source))
        fitting = [size for size, most in ((0, 125), (2, 65535), (8, 1 << 63))
                   if len(payload) <= most]
        frames.append(frame(
            payload, fin=source.random() < 0.5, rsv=source.randrange(8),
            opcode=source.choice([opcode for opcode in range(16) if opcode != CLOSE]),
            mask=source.choice([None, source.randbytes(4)]), length_bytes=source.choice(fitting)))
    return frames


class Differences(Parsers):
    """The log has every header that was sent; tshark has what is said here."""

    def check(self, case, side, *, log, tshark):
        for _, which, logged, _, seen in self.read([case]):
            if which == side:
                self.check_headers(log, [header for _, header in logged])
                self.check_headers(tshark, seen.headers)

    def test_frames_in_front_of_the_101(self):
        early, later = (frame_from("client", text) for text in (b"early", b"later"))
        headers = [Header(True, 0, TEXT, True, 5)] * 2
        self.check(Case("early", ("client", [later]), early=[early]), "client",
                   log=headers, tshark=headers[1:])

    def test_a_frame_that_is_cut_off(self):
        for side in SIDES:
            with self.subTest(side=side):
                masked = side == "client"
                good, cut = frame_from(side, b"good"), frame_from(side, b"x" * 50)[:-1]
                headers = [Header(True, 0, TEXT, masked, 4), Header(True, 0, TEXT, masked, 50)]
                self.check(Case("cut off", (side, [good, cut])), side,
                           log=headers, tshark=headers[:1])

    def test_a_length_beyond_32_bits(self):
        """Modulo 2^32, 2^32 + 5 bytes of payload are 5: tshark finds a frame behind them."""
        for side, fields in (("client", {"mask": MASK}), ("server", {})):
            with self.subTest(side=side):
                masked, length = side == "client", (1 << 32) + 5
                long = frame(b"Hello", length=length, length_bytes=8, **fields)
                inside = frame_from(side, b"inside")
                headers = [Header(True, 0, TEXT, masked, length), Header(True, 0, TEXT, masked, 6)]
                self.check(Case("long", (side, [long, inside])), side,
                           log=headers[:1], tshark=headers)


if __name__ == "__main__":
    unittest.main()
