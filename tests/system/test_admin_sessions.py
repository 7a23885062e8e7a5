"""The admin port's API: sessions that are open or have ended, and the feed of records."""

import signal

from support.admin import AdminTest, Reader, upgrade_headers
from support.between import needs_proxy
from support.frames import client_frame, close_from, upgrade_request
from support.proxy import wait_until
from support.raw_peers import Peer


@needs_proxy
class Sessions(AdminTest):

    def sessions(self, query=""):
        return self.ask("/api/v1/sessions" + query).json()

    def test_a_session_while_it_lasts_and_after_it(self):
        client, server = self.session()
        client.send(client_frame(b"hello"))
        server.expect(client_frame(b"hello"))
        live, = wait_until(lambda: [s for s in self.sessions()["sessions"]
                                    if s["traffic"]["client_to_server"]["messages"] == 1],
                           "the message in the live session")
        self.assertEqual((live["state"], live["event"], live["listener"], live["path"]),
                         ("open", "session_live", "chat", "/chat"))
        self.assertEqual(live["client"], client.name)
        self.assertEqual(live["traffic"]["client_to_server"]["bytes"], 11)
        self.assertEqual(live["handshake"]["outcome"], "accepted")
        self.assertGreaterEqual(live["duration_s"], live["idle_s"])
        one = self.ask("/api/v1/sessions/" + live["session"]).json()
        self.assertEqual((one["session"], one["state"]), (live["session"], "open"))

        record = self.end(client, server, 1001)
        self.assertEqual(record["session"], live["session"])
        ended = self.ask("/api/v1/sessions/" + live["session"]).json()
        self.assertEqual(ended, {"state": "ended", **record})
        self.assertEqual(self.sessions(), {"sessions": [ended], "matching": {"live": 0, "ended": 1}})

    def test_states(self):
        client, server = self.session()
        opening = Peer.connect(("127.0.0.1", self.proxy.port("chat")))
        self.addCleanup(opening.close)
        peer = self.server.accept()
        self.addCleanup(peer.close)
        opening.send(upgrade_request())
        peer.expect(upgrade_request())
        self.assertEqual(self.wait_for_state("opening", 1)[0]["client"], opening.name)
        self.assertEqual(self.wait_for_state("open", 1)[0]["client"], client.name)
        server.send(close_from("server", 1012))
        client.expect(close_from("server", 1012))
        closing, = self.wait_for_state("closing", 1)
        self.assertEqual(closing["close_frames"]["server"]["code"], 1012)
        self.wait_for_state("live", 2)
        self.assertEqual(self.sessions("?state=ended")["sessions"], [])
        # The youngest first.
        self.assertEqual([s["client"] for s in self.sessions()["sessions"]],
                         [opening.name, client.name])

    def test_filters(self):
        records = [self.end(*self.session(listener), code)
                   for listener, code in (("chat", 1000), ("other", 1001), ("chat", 4000))]
        live = self.session("other")
        causes = [record["cause"]["id"] for record in records]

        def ids(query):
            return [s["session"] for s in self.sessions(query)["sessions"]]
        everything = ids("")
        self.assertEqual(everything[1:], [r["session"] for r in reversed(records)])
        first, second, third = (r["session"] for r in records)
        for query, expected in (
                ("?code=1001", [second]), ("?code=1002", []), ("?code=4000&listener=other", []),
                (f"?cause={causes[0]}", [r["session"] for r in reversed(records)
                                         if r["cause"]["id"] == causes[0]]),
                ("?listener=chat", [third, first]), ("?listener=other", [everything[0], second]),
                (f"?upstream={self.server.name}&state=ended", [third, second, first]),
                ("?upstream=elsewhere", []), ("?state=ended", [third, second, first]),
                ("?state=open", everything[:1]), ("?limit=2", everything[:2]),
                ("?state=ended&limit=1", [third])):
            with self.subTest(query=query):
                self.assertEqual(ids(query), expected)
        self.assertEqual(self.sessions("?limit=1")["matching"], {"live": 1, "ended": 3})
        self.end(*live)

    def test_mistakes_in_filters_are_named(self):
        for query, word in (("?code=abc", "code"), ("?code=-1", "code"), ("?code=65536", "code"),
                            ("?limit=0", "limit"), ("?limit=1001", "limit"), ("?state=dead", "state"),
                            ("?colour=red", "colour"), ("?code=1&code=2", "code"), ("?cause=", "cause")):
            with self.subTest(query=query):
                answer = self.ask("/api/v1/sessions" + query)
                self.assertEqual(answer.status, 400)
                self.assertIn(word, answer.json()["error"])
        for name in ("zz", "0123456789abcdef", "0123456789abcdef-2", "%00", "a" * 500):
            with self.subTest(name=name):
                self.assertIn(self.ask("/api/v1/sessions/" + name).status, (403, 404))

    def test_the_summary_counts(self):
        for listener, code in (("chat", 1000), ("chat", 1000), ("other", 1011)):
            self.end(*self.session(listener), code)
        self.session("other")
        self.wait_for_state("open", 1)
        summary = self.ask("/api/v1/summary").json()
        self.assertEqual(summary["live"], {"count": 1,
                                           "by_listener": [{"listener": "other", "count": 1}]})
        ended = summary["ended"]
        self.assertEqual(ended["by_code"], [{"code": 1000, "count": 2}, {"code": 1011, "count": 1}])
        self.assertEqual(ended["by_listener"], [{"listener": "chat", "count": 2},
                                                {"listener": "other", "count": 1}])
        self.assertEqual(ended["by_initiator"], [{"initiator": "client", "count": 3}])
        self.assertEqual(sum(row["count"] for row in ended["by_cause"]), ended["count"])
        self.assertGreater(summary["uptime_s"], 0)
        self.assertGreaterEqual(summary["connections_open"], 1)


@needs_proxy
class Following(AdminTest):

    def reader(self, **options):
        reader = Reader(self.admin, **options)
        self.addCleanup(reader.close)
        return reader

    def test_records_and_violations_come_as_they_are_logged(self):
        readers = [self.reader(), self.reader()]
        client, server = self.session()
        client.send(bytes([0x81, 1]) + b"a")  # not masked
        server.expect(bytes([0x81, 1]) + b"a")
        for reader in readers:
            violation = reader.event()
            self.assertEqual((violation["event"], violation["id"]), ("violation", "FR-01"))
        record = self.end(client, server)
        for reader in readers:
            self.assertEqual(reader.event(), record)
        # The log has no violations at its level: who follows is told all the same.
        self.assertEqual(self.proxy.records("violation"), [])

    def test_what_a_reader_says_does_not_matter(self):
        reader = self.reader()
        reader.say(1, b"hello")
        reader.say(2, b"\0" * 100)
        reader.say(9, b"ping")
        self.assertEqual(reader.frame(), (10, b"ping"))
        record = self.end(*self.session())
        self.assertEqual(reader.event(), record)

    def test_foreign_pages_do_not_get_it(self):
        for headers, host, status in (((("Origin", "http://evil.example"),), "localhost", 403),
                                      ((("Origin", "null"),), "localhost", 403),
                                      ((), "evil.example", 403)):
            with self.subTest(headers=headers, host=host):
                self.assertEqual(self.reader(headers=headers, host=host).refusal, status)
        address = self.admin
        self.assertIsNone(self.reader(host=address, headers=(
            ("Origin", f"http://{address}"),)).refusal)

    def test_other_paths_are_no_feed(self):
        for path, status in (("/healthz", 400), ("/nothing", 404)):
            self.assertEqual(self.ask(path, headers=upgrade_headers()).status, status)
        self.assertEqual(self.ask("/api/v1/events").status, 426)

    def test_readers_are_told_when_the_proxy_stops(self):
        reader = self.reader()
        self.proxy.signal(signal.SIGTERM)
        opcode, payload = reader.frame()
        self.assertEqual((opcode, payload[:2]), (8, (1001).to_bytes(2, "big")))

    def test_a_reader_that_stops_reading_loses_the_oldest_and_is_told(self):
        stalled, brisk = self.reader(receive_buffer=4096), self.reader()
        client, server = self.session()
        broken = bytes([0x81, 0])  # not masked: a violation each
        count = 30_000
        client.send_in_background(broken * count)
        received = 0
        while received < len(broken) * count:
            received += len(server.receive(min(60_000, len(broken) * count - received)))

        def take(reader):
            """Until the record: (violations seen, violations dropped)."""
            seen = lost = 0
            while True:
                event = reader.event()
                if event["event"] == "dropped":
                    self.assertGreater(event["count"], 0)
                    lost += event["count"]
                elif event["event"] == "violation":
                    seen += 1
                else:
                    return seen, lost, event
        record = self.end(client, server)
        for reader in (brisk, stalled):
            seen, lost, last = take(reader)
            self.assertEqual(last, record)
            self.assertEqual(seen + lost, record["violation_count"])
            if reader is stalled:
                self.assertGreater(lost, 0)

    def test_a_thousand_idle_readers_leave_room_for_probes(self):
        readers, refused = [], 0
        for _ in range(1000):
            reader = Reader(self.admin)
            if reader.refusal is None:
                readers.append(reader)
                self.addCleanup(reader.close)
            else:
                self.assertEqual(reader.refusal, 503)
                refused += 1
                reader.close()
        self.assertEqual((len(readers), refused), (64, 936))
        for _ in range(20):
            self.assertEqual(self.ask("/healthz").status, 200)
        self.assertEqual(self.end(*self.session())["session"], readers[0].event()["session"])
        readers[0].close()
        wait_until(lambda: self.try_reader(), "room for a reader once another has left")

    def try_reader(self):
        reader = Reader(self.admin)
        self.addCleanup(reader.close)
        return reader.refusal is None
