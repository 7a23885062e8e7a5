"""Recordings that the admin port gives away, of sessions that are open or have ended."""

import json
import subprocess

from support.admin import AdminTest, ask
from support.between import needs_proxy
from support.frames import client_frame, server_frame, upgrade_request
from support.metrics import scrape, value_of
from support.proxy import Proxy, wait_until
from support.raw_peers import Peer
from support.recordings import analyze
from support.sessions import upgraded

SECRET = "correct-horse-battery-staple"


@needs_proxy
class Recordings(AdminTest):

    def recording(self, session, form=""):
        return self.ask(f"/api/v1/sessions/{session}/recording" + (form and f"?format={form}"))

    def said_something(self):
        """(client, server) of a session with a frame each way, and its id."""
        client, server = self.session()
        client.send(client_frame(SECRET.encode()))
        server.expect(client_frame(SECRET.encode()))
        server.send(server_frame(b"fine"))
        client.expect(server_frame(b"fine"))
        live, = wait_until(lambda: [s for s in self.wait_for_state("open", 1)
                                    if s["traffic"]["server_to_client"]["messages"] == 1],
                           "both messages in the live session")
        return client, server, live["session"]

    def ended_badly(self):
        client, server, session = self.said_something()
        server.reset_behind_data()
        client.expect_reset()
        record, = self.proxy.wait_for_records(1, "session_end")
        self.assertEqual(record["session"], session)
        return record

    def test_a_session_that_is_open_gives_its_last_frames(self):
        client, server, session = self.said_something()
        answer = self.recording(session)
        self.assertEqual((answer.status, answer.type), (200, "application/octet-stream"))
        self.assertEqual(answer.headers["Content-Disposition"],
                         f'attachment; filename="lastframe-{session}.lfr"')
        said = analyze("-", arguments=("--log-level", "frames", "--json"), data=answer.body)
        frames = [(line["direction"], line["length"]) for line in said.lines if line["event"] == "frame"]
        self.assertEqual(frames, [("client_to_server", len(SECRET)), ("server_to_client", 4)])
        self.assertIn("still open", said.errors)
        # It goes on, and the next look shows more.
        client.send(client_frame(b"more"))
        server.expect(client_frame(b"more"))
        wait_until(lambda: len(self.recording(session).body) > len(answer.body), "the next frame")

    def test_a_session_that_ended_badly_gives_the_verdict_of_its_record(self):
        record = self.ended_badly()
        answer = self.recording(record["session"])
        self.assertEqual(analyze("-", data=answer.body).by_session(), {record["session"]: record})

    def test_a_session_that_ended_well_is_not_kept(self):
        client, server, session = self.said_something()
        self.end(client, server)
        answer = self.recording(session)
        self.assertEqual(answer.status, 404)
        self.assertIn("nothing is kept", answer.json()["error"])

    def test_other_formats_are_what_their_tools_read(self):
        session = self.ended_badly()["session"]
        packets = self.recording(session, "pcapng")
        seen = subprocess.run(
            ["tshark", "-r", "-", "-Y", "websocket", "-T", "fields", "-e", "websocket.opcode"],
            input=packets.body, capture_output=True, check=True).stdout.split()
        self.assertEqual(seen, [b"1", b"1"])
        har = json.loads(self.recording(session, "har").body)
        entry, = har["log"]["entries"]
        self.assertEqual([message["type"] for message in entry["_webSocketMessages"]],
                         ["send", "receive"])

    def test_no_payload_is_in_any_of_them(self):
        session = self.ended_badly()["session"]
        for form in ("lastframe", "pcapng", "har"):
            with self.subTest(form):
                answer = self.recording(session, form)
                self.assertEqual(answer.status, 200)
                key = client_frame(SECRET.encode())
                self.assertNotIn(SECRET.encode(), answer.body)
                self.assertNotIn(key[-len(SECRET):], answer.body)  # as masked on the wire

    def test_metrics_say_what_the_recorder_takes(self):
        def memory():
            return value_of(scrape(self.proxy), "lastframe_recorder_memory_bytes")
        before = memory()
        self.said_something()
        self.assertGreater(memory(), before)

    def test_capture_off_records_nothing(self):
        with Proxy(config="capture: off\n" + self.config()) as proxy:
            admin = proxy.wait_for_diagnostic(r"^admin (.+)$").group(1)
            client = Peer.connect(("127.0.0.1", proxy.port("chat")))
            upgraded(self, client, self.server)
            session = wait_until(
                lambda: ask(admin, "/api/v1/sessions").json()["sessions"], "the session")[0]
            answer = ask(admin, f"/api/v1/sessions/{session['session']}/recording")
            self.assertEqual(answer.status, 404)
            self.assertIn("capture is off", answer.json()["error"])
            self.assertNotIn("lastframe_recorder", ask(admin, "/metrics").body.decode())
