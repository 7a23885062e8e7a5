"""A hop damages frames in front of the proxy or behind it: the verdict blames that hop's side.

Every row of FAULTS runs at both places, in both directions where it can, with real clients and
servers at the ends. Where the damage passes the proxy, the record names the rule, the frame and the
offset, and the verdict the side that the damage came from. Where it happens between the proxy and
the victim, no rule was broken here, and the verdict points at that hop or at nobody: never at the
sender, never at the victim.
"""

import dataclasses
import unittest

from support import frames
from support.corrupting_relay import (CorruptingRelay, Damager, Fault, Frame, behind, close,
                                      doubled, first_bytes, first_frame, flipped, in_front,
                                      in_latin_1, last_fragment, lost, not_deflate, payload_at,
                                      unmasked, with_payload, without_bytes, wrongly_masked)
from support.endpoints import Endpoint, node, python
from support.proxy import Proxy
from support.raw_peers import FIN, RESET
from support.scenarios import do, messages

TO_SERVER, TO_CLIENT = DIRECTIONS = ("client_to_server", "server_to_client")
SENDER = {TO_SERVER: "client", TO_CLIENT: "server"}
RECEIVER = {TO_SERVER: "server", TO_CLIENT: "client"}
PLACES = {"before": "client", "behind": "server"}  # the relay's, and the endpoint on its side
HOP = {"client": "hop_before", "server": "hop_behind"}
QUIET = {"nobody", "unknown"}

PAGE = frames.response("502 Bad Gateway", [("Server", "nginx"), ("Content-Length", "20")],
                       b"<html>too bad</html>")
GOING_AWAY = frames.server_frame(frames.close_body(1001), opcode=frames.CLOSE)


# What the client and the server have to say to each other.


@dataclasses.dataclass(frozen=True)
class Talk:
    path: str
    steps: tuple
    needs: frozenset = frozenset()


def texts(*sizes):
    return [do("text", size=size) for size in sizes]


def echo(answers=6, path="/plain/echo", needs=frozenset()):
    """The first message is answered before the others are sent; then a Close. Six of a frame each
    in both directions: frame 2 has a length of two bytes, frame 3 one of seven bits."""
    return Talk(path, (*texts(5), messages(1), *texts(300, 5, 70, 5, 5), messages(answers),
                       do("close", code=1000, reason="bye")), needs)


ECHO = echo()
GIVING_UP = Talk("/plain/echo", (*texts(5), messages(1), *texts(300), do("wait", seconds=0.5),
                                 do("terminate")), frozenset({"client terminate"}))
FRAGMENTS = Talk("/plain/echo", (*texts(5), messages(1),
                                 do("fragments", kind="text", sizes=[3, 126, 5]), *texts(5),
                                 messages(3), do("close", code=1000, reason="bye")),
                 frozenset({"client fragments"}))
SERVER_CLOSES = Talk("/plain/close/4001/bye", (*texts(5), messages(1)))


# What is done to it, and what is true of that.


@dataclasses.dataclass(frozen=True)
class Broken:
    """The first rule that is broken where the damage passes.

    `frames` counts from the damaged one; `offset` from its first byte, given the Damage. Absent:
    it hangs on bytes that are noise.
    """

    rules: dict
    frames: int = 0
    offset: object = lambda damage: 0

    def of(self, damage, direction):
        """(rule, frame, offset or None)"""
        offset = self.offset and self.offset(damage)
        return (self.rules[direction], damage.frame + self.frames,
                None if offset is None else damage.offset + offset)


def broken(rule, frames=0, **more):
    """`rule`: in both directions, or (in the client's frames, in the server's)."""
    rules = (rule, rule) if isinstance(rule, str) else rule
    return Broken(dict(zip(DIRECTIONS, rules)), frames, **more)


def size_before(damage):
    return len(damage.before.data)


def size_after(damage):
    return len(damage.after)


def first_bad_byte(damage):
    """Where the damaged frame's text stops being UTF-8 whatever follows."""
    frame, skipped = Frame(damage.after), 2 if damage.before.opcode == frames.CLOSE else 0
    try:
        frame.payload[skipped:].decode()
    except UnicodeDecodeError as error:
        at = error.start if error.reason == "invalid start byte" else error.end
        return frame.payload_offset + skipped + at
    raise AssertionError("this text is valid")


# What comes of it at an endpoint that keeps to the RFC.
FAILS = "the victim fails the connection"
GOES_ON = "nobody notices"
WAITS = "the client waits for an answer that cannot come, and gives up"
CUT = "the hop ends both streams"
CLOSING = "the closing handshake was under way"


@dataclasses.dataclass(frozen=True)
class Row:
    name: str
    fault: Fault | None
    broken: Broken | None = None
    outcome: str = FAILS
    talk: Talk = ECHO
    directions: tuple = DIRECTIONS
    cause: str | None = None  # where it must be this one
    tolerant: frozenset = frozenset()  # programs that take such a frame


def bit(name, index, mask, rule, at=2, **more):
    return Row(name, Fault(flipped(index, mask), at), rule, **more)


def close_body(name, body, rule, **more):
    return Row(name, Fault(with_payload(body), at=1, of=close), rule, **more)


FAULTS = (
    bit("reserved_opcode", 0, 0x02, broken("FR-04")),
    bit("continuation", 0, 0x01, broken("FR-10")),
    bit("fin_cleared", 0, 0x80, broken("FR-11", 1, offset=size_before)),
    bit("ping_too_long", 0, 0x08, broken("FR-08")),
    bit("rsv1", 0, 0x40, broken("FR-03"), cause="compression_mismatch"),
    bit("rsv3", 0, 0x10, broken("FR-03")),
    # The last byte of the payload is read as a header; the server's is a letter, and the byte
    # behind it is the next header's first, which would be a MASK bit.
    bit("length_shorter", 1, 0x01, broken(("FR-03", "FR-02"), 1,
                                          offset=lambda damage: size_before(damage) - 1), at=3),
    # The next header is read as text. 81 is no UTF-8; masked, it is noise.
    bit("length_longer", 1, 0x40, broken("TX-01", offset=None), at=3),
    bit("length_beyond_the_end", 2, 0x40, broken("FR-14"), talk=GIVING_UP, outcome=WAITS),
    bit("masking_key", lambda frame: frame.key_offset, 0x80,
        broken("TX-01", offset=first_bad_byte), directions=(TO_SERVER,)),
    bit("payload_not_utf8", payload_at(7), 0x80, broken("TX-01", offset=first_bad_byte)),
    bit("payload_other_text", payload_at(7), 0x01, None, outcome=GOES_ON),
    Row("latin_1", Fault(in_latin_1), broken("TX-01", offset=first_bad_byte), cause="invalid_utf8"),
    Row("payload_end_lost", Fault(without_bytes(lambda frame: len(frame.data) - 3, 3)),
        broken("TX-01", offset=None)),
    # 7e 01 2c, or fe 01 2c with the mask bit read as FIN: what were length bytes is a header.
    Row("first_byte_lost", Fault(without_bytes(0, 1)), broken(("FR-01", "FR-03"))),
    Row("message_lost", Fault(lost), outcome=GOES_ON, talk=echo(answers=5)),
    Row("message_doubled", Fault(doubled), outcome=GOES_ON, talk=echo(answers=7)),
    Row("first_fragment_lost", Fault(lost, at=2), broken("FR-10"),
        talk=FRAGMENTS, directions=(TO_SERVER,)),
    Row("last_fragment_lost", Fault(lost, at=1, of=last_fragment), broken("FR-11"),
        talk=FRAGMENTS, directions=(TO_SERVER,)),
    Row("first_fragment_doubled", Fault(doubled, at=2), broken("FR-11", 1, offset=size_before),
        talk=FRAGMENTS, directions=(TO_SERVER,)),
    Row("page", Fault(behind(PAGE)), broken(("FR-01", "FR-03"), 1, offset=size_before),
        cause="injected_bytes"),
    Row("chunk_size", Fault(in_front(b"130\r\n")), broken(("FR-01", "FR-03")),
        cause="injected_bytes"),
    Row("not_deflate", Fault(not_deflate), broken("PD-08", offset=None),
        talk=echo(path="/deflate/echo", needs=frozenset({"deflate"})),
        cause="compression_mismatch"),
    Row("deflate_context", Fault(lost), broken("PD-10", offset=None),
        talk=echo(path="/deflate/echo", needs=frozenset({"deflate"})),
        cause="compression_mismatch"),
    Row("masked", Fault(wrongly_masked), broken("FR-02"), directions=(TO_CLIENT,),
        tolerant=frozenset({"aiohttp"})),
    Row("unmasked", Fault(unmasked), broken("FR-01"), directions=(TO_SERVER,),
        tolerant=frozenset({"aiohttp", "tornado"})),
    Row("cut_by_fin", Fault(first_bytes(100), then=FIN), broken("FR-14"), outcome=CUT),
    Row("cut_by_reset", Fault(first_bytes(100), then=RESET), broken("FR-14"), outcome=CUT),
    Row("ended_by_fin", Fault(first_bytes(1000), then=FIN), outcome=CUT),
    close_body("close_1006", b"\x03\xeebye", broken("CL-03"), outcome=CLOSING),
    close_body("close_999", b"\x03\xe7bye", broken("CL-04"), outcome=CLOSING),
    close_body("close_reason", b"\x03\xe8\xc3(", broken("CL-02", offset=first_bad_byte),
               outcome=CLOSING),
    close_body("close_one_byte", b"\x03", broken("CL-01"), outcome=CLOSING),
    close_body("close_of_the_server", b"\x03\xeebye", broken("CL-03"), outcome=CLOSING,
               talk=SERVER_CLOSES, directions=(TO_CLIENT,)),
    Row("close_injected", Fault(behind(GOING_AWAY)), broken(("FR-01", None), 1, offset=size_before),
        outcome=CLOSING),
    Row("nothing", None, outcome=GOES_ON),
)


@dataclasses.dataclass(frozen=True, eq=False)
class Case:
    """A row at one place, in one direction."""

    row: Row
    place: str
    direction: str

    @property
    def name(self):
        return f"{self.place}-{self.direction}-{self.row.name}"

    @property
    def side(self):
        """The endpoint on whose leg the relay stands."""
        return PLACES[self.place]

    @property
    def sender(self):
        return SENDER[self.direction]

    @property
    def victim(self):
        return RECEIVER[self.direction]

    @property
    def is_seen(self):
        """The damage is done before the bytes come to the proxy."""
        return self.side == self.sender


CASES = [Case(row, place, direction)
         for row in FAULTS for place in PLACES for direction in row.directions]


class Corruption:
    """A client and a server whose frames are damaged in every way; one test for each case."""

    client = server = None
    names = {}  # of the libraries, by endpoint
    can = frozenset()

    def __init_subclass__(cls):
        super().__init_subclass__()
        cls.cases = [case for case in CASES if case.row.talk.needs <= set(cls.can)]
        for case in cls.cases:
            name = f"test_{case.name.replace('-', '_')}"
            setattr(cls, name, lambda self, case=case: self.judge(case))

    @classmethod
    def setUpClass(cls):
        """Runs all cases at once: no case may wait for another's time-outs."""
        server = Endpoint(cls.server)
        cls.addClassCleanup(server.stop)
        client = Endpoint(cls.client)
        cls.addClassCleanup(client.stop)
        relay = cls.enterClassContext(CorruptingRelay())
        target = server.answer()["port"]
        behind = {case: relay.passage(target, case.direction, case.row.fault)
                  for case in cls.cases if case.place == "behind"}
        proxy = cls.enterClassContext(Proxy(config=cls.configuration(
            {case: behind[case].port if case in behind else target for case in cls.cases})))
        before = {case: relay.passage(proxy.port(case.name), case.direction, case.row.fault)
                  for case in cls.cases if case.place == "before"}
        cls.passages = {**behind, **before}
        client.ask([cls.question(case, before[case].port if case in before else
                                 proxy.port(case.name)) for case in cls.cases])
        records = proxy.wait_for_records(len(cls.cases))
        cls.records = {record["listener"]: record for record in records}

    @staticmethod
    def configuration(targets):
        """A listener for each case: its name tells the records apart."""
        lines = ["log: {file: '{log}', format: json}", "listeners:"]
        for case, target in targets.items():
            lines += [f"  - name: {case.name}", "    listen: 127.0.0.1:0",
                      f"    upstream: ws://127.0.0.1:{target}"]
        return "\n".join(lines) + "\n"

    @staticmethod
    def question(case, port):
        return {"url": f"ws://127.0.0.1:{port}{case.row.talk.path}", "subprotocols": [],
                "steps": case.row.talk.steps}

    def judge(self, case):
        record = self.records[case.name]
        damage = self.passages[case].damage
        self.assertEqual(damage is None, case.row.fault is None, "the fault met no frame")
        self.check_rules(case, record, damage)
        self.check_blame(case, record)
        is_tolerant = self.names[case.victim] in case.row.tolerant
        outcome = GOES_ON if is_tolerant else case.row.outcome
        {FAILS: self.check_failure, GOES_ON: self.check_normal_end, WAITS: self.check_giving_up,
         CUT: self.check_cut, CLOSING: self.check_closing}[outcome](case, record, damage)

    def check_rules(self, case, record, damage):
        """What was broken where the damage passed; nothing where it did not."""
        expected = case.row.broken.of(damage, case.direction) if case.row.broken else None
        if not case.is_seen or expected is None or expected[0] is None:
            found = [each for each in record["violations"]
                     if each["side"] == case.sender and each["severity"] == "violation"
                     and each["id"] != "FR-16"]
            self.assertEqual(found, [])
            return
        rule, frame, offset = expected
        first = record["violations"][0]
        self.assertEqual((first["id"], first["side"], first["frame"]), (rule, case.sender, frame))
        if offset is not None:
            self.assertEqual(first["offset"], offset)

    def check_blame(self, case, record):
        """Whatever else is true: it was done on the relay's side of the proxy."""
        party = record["cause"]["party"]
        allowed = {HOP[case.side]} | QUIET
        if case.is_seen or case.row.outcome == CUT:
            allowed.add(case.side)
        if case.row.outcome == CLOSING:
            allowed.update(who_closed(case, record))
        self.assertIn(party, allowed, record["cause"])

    def check_failure(self, case, record, damage):
        """The victim ended the connection, and the verdict says why."""
        close, cause = record["close"], record["cause"]
        self.assertEqual(close["initiator"], case.victim, close)
        self.assertIn(close["code"], (1002, 1006, 1007), close)
        if case.is_seen:
            self.assertIn(cause["party"], {case.side, HOP[case.side]}, cause)
            self.assertIn(cause["confidence"], {"certain", "likely"}, cause)
            self.check_evidence(case, record)
            if case.row.cause:
                self.assertEqual(cause["id"], case.row.cause, cause)
        elif close["code"] == 1002:
            self.assertEqual((cause["id"], cause["party"]),
                             ("protocol_error_unseen", HOP[case.side]), cause)
        elif close["code"] == 1007:
            self.assertIn(cause["id"], {"protocol_error_unseen", "inconsistent_data"}, cause)
            self.assertTrue(any("hop" in each for each in cause["candidates"]), cause)
        else:
            self.assertIn(cause["id"], {"ended_without_close", "client_gone"}, cause)

    def check_evidence(self, case, record):
        first = record["violations"][0]
        evidence = " ".join(record["cause"]["evidence"])
        self.assertRegex(evidence, rf"[Ff]rame {first['frame']}\b")
        self.assertRegex(evidence, rf"byte {first['offset']}\b")
        if record["cause"]["id"] != "injected_bytes":
            self.assertIn(f"broke {first['id']} ({first['rule']})", evidence)

    def check_normal_end(self, case, record, damage):
        close, cause = record["close"], record["cause"]
        self.assertEqual((close["code"], close["initiator"], close["clean"]),
                         (1000, "client", True))
        if record["violation_count"] == 0:
            self.assertEqual((cause["id"], cause["party"]), ("normal_closure", "nobody"), cause)

    def check_giving_up(self, case, record, damage):
        close, cause = record["close"], record["cause"]
        self.assertEqual((close["code"], close["initiator"]), (1006, "client"))
        if case.is_seen and case.sender == "client":
            self.assertEqual(cause["id"], "cut_mid_frame", cause)
            self.check_evidence(case, record)

    def check_cut(self, case, record, damage):
        """Both streams end at the hop; the proxy sees the end of the one on that side."""
        close, cause = record["close"], record["cause"]
        self.assertEqual((close["code"], close["initiator"]), (1006, case.side))
        is_inside_frame = case.row.broken is not None and case.is_seen
        self.assertEqual(cause["id"] == "cut_mid_frame", is_inside_frame, cause)
        if is_inside_frame:
            self.check_evidence(case, record)

    def check_closing(self, case, record, damage):
        """The end had begun. A Close that was damaged before the proxy saw it is told; an answer
        to a Close comes when all is decided."""
        cause = record["cause"]
        damaged_first = case.is_seen and record["close"]["initiator"] == case.sender
        if damaged_first and self.was_refused(case, record):
            self.assertIn(cause["party"], {case.side, HOP[case.side]}, cause)
            self.check_evidence(case, record)
        if not case.is_seen and record["close"]["initiator"] == case.sender \
                and self.was_refused(case, record):
            self.assertEqual((cause["id"], cause["party"]),
                             ("protocol_error_unseen", HOP[case.side]), cause)

    @staticmethod
    def was_refused(case, record):
        answer = record["close_frames"][case.victim]
        return answer is not None and answer["code"] == 1002


def who_closed(case, record):
    """Whom a verdict may name for a Close that the relay did not write: who sent one on purpose."""
    if case.row.talk is SERVER_CLOSES and not case.is_seen:
        return {"server"}
    # One tap cannot tell an endpoint's answer to an injected Close from a Close of its own.
    return {"operator"} if case.row.name == "close_injected" and not case.is_seen else set()


class RelayItself(unittest.TestCase):
    """The tool of the other tests, without any product."""

    HEAD = b"GET / HTTP/1.1\r\nHost: a.test\r\n\r\n"
    FRAMES = [frames.client_frame(b"a" * size) for size in (5, 126, 65536, 0)]

    def passed(self, fault, pieces):
        damager = Damager(fault)
        return b"".join(map(damager.take, pieces)) + damager.rest(), damager.damage

    def test_a_stream_is_damaged_alike_wherever_it_is_cut(self):
        stream = self.HEAD + b"".join(self.FRAMES)
        whole = self.passed(Fault(lost), [stream])
        near_headers = (*range(200), *range(len(stream) - 20, len(stream)))
        for cut in near_headers:
            self.assertEqual(self.passed(Fault(lost), [stream[:cut], stream[cut:]]), whole)
        small = stream[:180]
        self.assertEqual(self.passed(Fault(lost), [bytes([byte]) for byte in small]),
                         self.passed(Fault(lost), [small]))

    def test_only_the_frame_that_is_meant_is_damaged(self):
        stream = self.HEAD + b"".join(self.FRAMES)
        passed, damage = self.passed(Fault(flipped(0, 0x40), at=3), [stream])
        self.assertEqual((damage.frame, damage.offset), (3, len(b"".join(self.FRAMES[:2]))))
        at = len(self.HEAD) + damage.offset
        self.assertEqual((passed[at], stream[at]), (0xC1, 0x81))
        self.assertEqual([frame.payload for frame in in_frames(passed[len(self.HEAD):])],
                         [frame.payload for frame in map(Frame, self.FRAMES)])

    def test_nothing_follows_the_hop_s_own_end(self):
        stream = self.HEAD + b"".join(self.FRAMES)
        passed, _ = self.passed(Fault(first_bytes(4), at=2, then=FIN), [stream])
        self.assertTrue(passed.startswith(self.HEAD))
        self.assertEqual(len(passed), len(self.HEAD) + len(self.FRAMES[0]) + 4)


def in_frames(data):
    while frame := first_frame(data):
        yield frame
        data = data[len(frame.data):]


class WsAndWebsockets(Corruption, unittest.TestCase):
    client = node("ws_client.js")
    server = python("websockets_server.py")
    names = {"client": "ws", "server": "websockets"}
    can = {"client fragments", "client terminate", "deflate"}


class WebsocketsAndWs(Corruption, unittest.TestCase):
    client = python("websockets_client.py")
    server = node("ws_server.js")
    names = {"client": "websockets", "server": "ws"}
    can = {"client fragments", "client terminate", "deflate"}


class AiohttpAndAiohttp(Corruption, unittest.TestCase):
    client = python("aiohttp_client.py")
    server = python("aiohttp_server.py")
    names = {"client": "aiohttp", "server": "aiohttp"}
    can = {"client terminate"}


class UndiciAndTornado(Corruption, unittest.TestCase):
    client = node("undici_client.js")
    server = python("tornado_server.py")
    names = {"client": "undici", "server": "tornado"}


if __name__ == "__main__":
    unittest.main()
