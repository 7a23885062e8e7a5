"""Ends that a test provokes, so that it knows the truth, and what the record's verdict says."""

import base64
import concurrent.futures
import hashlib
import json
import re
import unittest

from support.frames import upgrade_request, upgrade_response
from support.proxy import PATIENCE_S, Proxy
from support.raw_peers import Peer

CONFIDENCE = ("unknown", "possible", "likely", "certain")


class Provoked(unittest.TestCase):
    """The `provoke_NAME` methods of a class run at once, for most of their time is spent waiting;
    `self.end("NAME")` is what one of them returned, or what went wrong in it."""

    _ends = {}

    @classmethod
    def setUpClass(cls):
        names = [name for name in dir(cls) if name.startswith("provoke_")]
        if not names:
            return
        pool = concurrent.futures.ThreadPoolExecutor(len(names))
        cls._ends = {name.removeprefix("provoke_"): pool.submit(getattr(cls("run_nothing"), name))
                     for name in names}
        pool.shutdown(wait=False)
        cls.addClassCleanup(pool.shutdown)

    def run_nothing(self):
        """unittest wants the name of a method for each instance."""

    def end(self, name):
        return self._ends[name].result(3 * PATIENCE_S)

    def assert_verdict(self, record, cause, party, confidence, *evidence, candidates=(), fix=None):
        """`evidence`: regexes, each fits one of the sentences; `candidates`: each is in one."""
        verdict = record["cause"]
        shown = json.dumps({key: record.get(key) for key in (
            "event", "host", "path", "subprotocol", "handshake", "close", "stream_ends", "pings",
            "cause", "views", "violations", "notes", "traffic")}, indent=1)
        self.assertIsNotNone(verdict, shown)
        self.assertEqual((verdict["id"], verdict["party"], verdict["confidence"]),
                         (cause, party, confidence), shown)
        for pattern in evidence:
            self.assertTrue(any(re.search(pattern, text) for text in verdict["evidence"]),
                            f"no evidence like {pattern!r}: {shown}")
        for wanted in candidates:
            self.assertTrue(any(wanted in text for text in verdict["candidates"]),
                            f"{wanted!r} is no candidate: {shown}")
        if fix is not None:
            self.assertRegex(verdict["fix"], fix, shown)
        self.assert_well_said(record, shown)

    def assert_well_said(self, record, shown):
        """What every verdict has to keep, whatever it says."""
        verdict = record["cause"]
        self.assertIn(verdict["confidence"], CONFIDENCE)
        self.assertNotIn(verdict["id"], verdict["candidates"], shown)
        self.assertEqual(len(set(verdict["candidates"])), len(verdict["candidates"]), shown)
        self.assertEqual(len(set(verdict["evidence"])), len(verdict["evidence"]), shown)
        self.assertGreater(len(verdict["evidence"]), 0, shown)
        self.assertEqual(verdict["fix"], verdict["fix"].strip(), shown)
        self.assertGreater(len(verdict["fix"]), 0, shown)
        self.assertNotRegex(verdict["fix"], "{(closer|other)}", shown)
        for text in (verdict["summary"], *verdict["evidence"]):
            self.assertRegex(text, r"^They read: \S|^\S.*[.?!]$", shown)
            self.assertNotRegex(text, r"{(closer|other)}|  |\bnan\b|\binf\b", shown)
        for view in ("wire", "browser", "server"):
            self.assertTrue(record["views"][view], shown)

    def assert_closed(self, record, code, initiator, clean=None):
        """What was provoked is what came about: without this a verdict would prove nothing."""
        close = record["close"]
        self.assertEqual((close["code"], close["initiator"]), (code, initiator), close)
        if clean is not None:
            self.assertEqual(close["clean"], clean, close)


def proxy_to(port, **options):
    return Proxy(f"ws://127.0.0.1:{port}", **options)


def last_record(proxy, count=1):
    """The newest of `count` records, when so many are there."""
    records = proxy.wait_for_records(count)
    assert len(records) == count, records
    return records[-1]


def websocket_accept(key):
    """RFC 6455 section 1.3."""
    digest = hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()
    return base64.b64encode(digest).decode()


def read_head(peer):
    """All bytes up to the empty line that ends an HTTP head."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += peer.receive(1)
    return head.decode("latin-1")


def answer_upgrade(peer, headers=()):
    """Reads a real client's request and accepts it; for servers whose bytes a test decides."""
    head = read_head(peer)
    key = re.search(r"(?im)^sec-websocket-key: *(\S+)", head).group(1)
    peer.send(upgrade_response(headers, accept=websocket_accept(key)))
    return head


def ask_upgrade(port, path, headers=()):
    """A raw client whose upgrade a real server has accepted."""
    client = Peer.connect(("127.0.0.1", port))
    client.send(upgrade_request(path, headers, host=f"127.0.0.1:{port}"))
    head = read_head(client)
    assert head.startswith("HTTP/1.1 101 "), head
    return client
