"""Records by HTTP: none lost, none doubled, whatever the receiver does. Each connection to a proxy
whose upstream is not there leaves one record, `connect_failed`."""

import collections
import contextlib
import json
import pathlib
import signal
import socket
import tempfile
import time
import unittest

from support.proxy import Proxy, wait_until
from support.receiver import (CLOSE, HANG, RESET, TAKE, TAKE_SILENTLY, Receiver, free_port)
from support.tls_files import TlsFiles


def config(sink, upstream):
    keys = {"name": "test", "batch": {"records": 10, "interval": "20ms"}, "timeout": "500ms",
            "retry": {"first": "10ms", "most": "100ms"}, "instance": "here", **sink}
    return json.dumps({
        "listeners": [{"name": "chat", "listen": "127.0.0.1:0",
                       "upstream": f"ws://127.0.0.1:{upstream}"}],
        "log": {"file": "{log}", "format": "json", "http": [keys]}})


class SinkTest(unittest.TestCase):

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="lastframe-sink-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.upstream = free_port()

    def proxy(self, **sink):
        return Proxy(config=config(sink, self.upstream), log_level=None)

    def make_records(self, proxy, count):
        """The sessions of `count` new records."""
        before = len(proxy.records())
        for _ in range(count):
            with contextlib.suppress(ConnectionResetError):
                with socket.create_connection(("127.0.0.1", proxy.port()), timeout=30) as client:
                    client.recv(1)
        records = proxy.wait_for_records(before + count)
        return [record["session"] for record in records[before:]]

    def wait_for(self, receiver, sessions):
        wait_until(lambda: len(receiver.sessions()) >= len(sessions),
                   f"{len(sessions)} records, of which {len(receiver.sessions())} came")
        self.assertEqual(collections.Counter(receiver.sessions()), collections.Counter(sessions))


class Delivery(SinkTest):

    def test_records_arrive_as_the_log_has_them(self):
        with Receiver() as receiver, self.proxy(url=receiver.url("/in?a=b")) as proxy:
            sessions = self.make_records(proxy, 35)
            self.wait_for(receiver, sessions)
            logged = {record["session"]: record for record in proxy.records()}
            for record in receiver.records:
                self.assertEqual(record.pop("instance"), "here")
                self.assertEqual(record, logged[record["session"]])
            for path, headers, body in receiver.requests:
                self.assertEqual(path, "/in?a=b")
                self.assertEqual(headers["Content-Type"], "application/x-ndjson")
                self.assertLessEqual(len(body.splitlines()), 10)

    def test_each_misbehaviour_ends_in_exactly_one_delivery(self):
        turns = [(500, {}), RESET, CLOSE, (429, {"Retry-After": "1"}), HANG, (503, {}), (408, {})]

        def behave(n):
            return turns[n] if n < len(turns) else TAKE
        with Receiver(behave) as receiver, self.proxy(url=receiver.url()) as proxy:
            sessions = self.make_records(proxy, 30)
            self.wait_for(receiver, sessions)
            first = [body for _, _, body in receiver.requests[:len(turns) + 1]]
            self.assertEqual(len(set(first)), 1)  # the same batch until it is taken
            ids = {headers["Idempotency-Key"] for _, headers, _ in receiver.requests[:len(turns)]}
            self.assertEqual(len(ids), 1)
            proxy.wait_for_diagnostic("sink test: takes records again")
            complaints = [line for line in proxy.diagnostics if "wait, and are tried again" in line]
            self.assertEqual(len(complaints), 1, complaints)

    def test_an_answer_that_is_lost_brings_the_same_batch_twice(self):
        """The promise is at least once: the batch's id tells it to whoever asks."""
        with Receiver(lambda n: TAKE_SILENTLY if n == 0 else TAKE) as receiver, \
                self.proxy(url=receiver.url("/?token={batch}")) as proxy:
            sessions = self.make_records(proxy, 5)
            wait_until(lambda: set(sessions) <= set(receiver.sessions())
                       and len(receiver.requests) >= 2, "the batch, twice")
            (one, _, first), (other, _, second) = receiver.requests[:2]
            self.assertEqual(first, second)
            self.assertEqual(one, other)
            self.assertRegex(one, r"^/[?]token=[0-9a-f]{16}$")

    def test_a_refusal_drops_the_batch_and_tells_no_secret(self):
        token = self.folder / "token"
        token.write_text("very-secret-token\n")
        with Receiver(lambda n: (422, {}) if n < 3 else TAKE) as receiver, \
                self.proxy(url=receiver.url("/in?password=query-secret"),
                           token_file=str(token)) as proxy:
            lost = self.make_records(proxy, 3)
            wait_until(lambda: len(receiver.requests) >= 1, "a request")
            said = proxy.wait_for_diagnostic(
                r"^sink test: http://127[.]0[.]0[.]1:\d+/in: answered 422: .*; \d+ records? dropped$")
            self.assertNotIn("secret", said.group(0))
            wait_until(lambda: len(self.make_records(proxy, 1)) and receiver.sessions(), "a record")
            self.assertLess(len(set(lost) & set(receiver.sessions())), 3)
            self.assertEqual(receiver.requests[0][1]["Authorization"], "Bearer very-secret-token")
            self.assertEqual(len([x for x in proxy.diagnostics if "answered 422" in x]), 1)

    def test_nothing_is_lost_while_credentials_are_wrong(self):
        for status in (401, 404):
            with self.subTest(status), \
                    Receiver(lambda n: (status, {}) if n < 3 else TAKE) as receiver, \
                    self.proxy(url=receiver.url()) as proxy:
                sessions = self.make_records(proxy, 3)
                said = proxy.wait_for_diagnostic(rf"^sink test: .*: answered {status}").string
                self.assertIn("look at the sink's url and headers", said)
                self.assertIn("are tried again", said)
                self.wait_for(receiver, sessions)

    def test_a_stop_delivers_what_is_left(self):
        with Receiver() as receiver:
            with self.proxy(url=receiver.url(), batch={"interval": "1h"}) as proxy:
                sessions = self.make_records(proxy, 7)
                self.assertEqual(receiver.sessions(), [])
            self.wait_for(receiver, sessions)

    def test_a_stop_is_not_held_by_a_receiver_that_hangs(self):
        with Receiver(lambda n: HANG) as receiver, \
                self.proxy(url=receiver.url(), timeout="1m") as proxy:
            self.make_records(proxy, 3)
            wait_until(lambda: receiver.requests, "a request")
            began = time.monotonic()
            self.assertEqual(proxy.stop(), 0)
            self.assertLess(time.monotonic() - began, 20)
            proxy.wait_for_diagnostic(r"stopping, and not everything was taken; 3 records dropped$")


class Tls(SinkTest):

    def test_a_receiver_is_verified(self):
        with TlsFiles() as files, Receiver(certificate=files.pair()) as receiver:
            with self.subTest("by the authority that is named"), \
                    self.proxy(url=receiver.url(), ca=str(files.ca)) as proxy:
                self.wait_for(receiver, self.make_records(proxy, 3))
            known = receiver.sessions()
            with self.subTest("nobody knows its authority"), \
                    self.proxy(url=receiver.url()) as proxy:
                self.make_records(proxy, 3)
                proxy.wait_for_diagnostic("sink test: https://.*certificate")
            self.assertEqual(receiver.sessions(), known)
            with self.subTest("unless it is not to be"), \
                    self.proxy(url=receiver.url(), verify=False) as proxy:
                sessions = self.make_records(proxy, 3)
                self.wait_for(receiver, known + sessions)


class Spool(SinkTest):

    def files(self):
        return sorted((self.folder / "spool" / "test").glob("*.jsonl"))

    def spooled(self):
        return sum(len(path.read_text().splitlines()) for path in self.files())

    def test_nothing_is_lost_or_doubled_over_stops_of_both(self):
        port = free_port()
        sink = {"url": f"http://127.0.0.1:{port}/", "spool": {"folder": str(self.folder / "spool")}}
        with self.proxy(**sink) as proxy:  # the receiver is away
            sessions = self.make_records(proxy, 25)
        self.assertEqual(self.spooled(), 25)
        self.assertFalse([x for x in proxy.diagnostics if "dropped" in x])
        with self.proxy(**sink) as proxy:  # still away
            sessions += self.make_records(proxy, 15)
            with Receiver(port=port) as receiver:  # comes
                self.wait_for(receiver, sessions)
                wait_until(lambda: not self.files(), "the answers to be read")
                taken = receiver.sessions()
            sessions += self.make_records(proxy, 15)  # and has left
            with Receiver(port=port) as receiver:
                wait_until(lambda: len(taken + receiver.sessions()) >= len(sessions), "the rest")
                taken += receiver.sessions()
        self.assertEqual(collections.Counter(taken), collections.Counter(sessions))
        self.assertEqual(self.files(), [])

    def test_what_is_on_disk_outlives_a_kill(self):
        port = free_port()
        sink = {"url": f"http://127.0.0.1:{port}/", "spool": {"folder": str(self.folder / "spool")}}
        proxy = self.proxy(**sink)
        sessions = self.make_records(proxy, 25)
        wait_until(lambda: self.spooled() == 25, f"25 records on disk: {self.spooled()}")
        proxy.signal(signal.SIGKILL)
        proxy.wait()
        for path in self.files():
            self.assertEqual(path.stat().st_mode & 0o777, 0o600)
        with Receiver(port=port) as receiver, self.proxy(**sink):
            self.wait_for(receiver, sessions)

    def test_a_damaged_file_is_counted_and_the_others_arrive(self):
        port = free_port()
        sink = {"url": f"http://127.0.0.1:{port}/", "spool": {"folder": str(self.folder / "spool")}}
        with self.proxy(**sink) as proxy:
            self.make_records(proxy, 25)
        damaged = self.files()[0]
        text = damaged.read_text()
        left = [json.loads(line)["session"] for path in self.files()[1:]
                for line in path.read_text().splitlines()]
        damaged.write_text(text[:-10])
        with Receiver(port=port) as receiver, self.proxy(**sink) as proxy:
            self.wait_for(receiver, left)
            proxy.wait_for_diagnostic("a file of the spool was damaged")

    def test_a_spool_that_cannot_be_used_is_no_start(self):
        with Receiver() as receiver:
            proxy = self.proxy(url=receiver.url(), spool={"folder": "/dev/null/spool"})
            self.assertEqual(proxy.wait(), 2)
            proxy.wait_for_diagnostic("^/dev/null/spool/test: Not a directory; ")
            sink = {"url": receiver.url(), "spool": {"folder": str(self.folder / "spool")}}
            with self.proxy(**sink):
                second = self.proxy(**sink)
                self.assertEqual(second.wait(), 2)
                second.wait_for_diagnostic("another process uses this spool; give each proxy")


if __name__ == "__main__":
    unittest.main()
