"""A worker that stands still: probes, the API, the watchdog and the metrics tell, the rest runs."""

import select
import time

from support.admin import AdminTest
from support.between import needs_proxy
from support.frames import client_frame
from support.held_thread import held
from support.proxy import wait_until
from support.sessions import assert_relays


@needs_proxy
class StalledWorker(AdminTest):

    def hold(self, name="worker 0"):
        return held(self.proxy.process.pid, name)

    def status(self, path):
        answer = self.ask(path)
        return answer.status, answer.body

    def test_probes_fail_until_it_comes_round_again(self):
        self.assertEqual(self.status("/healthz"), (200, b"ok\n"))
        with self.hold():
            began = time.monotonic()
            wait_until(lambda: self.status("/healthz") == (503, b"stalled\n"), "503 of /healthz")
            self.assertGreater(time.monotonic() - began, 3)
            self.assertEqual(self.status("/readyz"), (503, b"stalled\n"))
            self.assertIn(b"lastframe_workers 2\n", self.ask("/metrics").body)
        wait_until(lambda: self.status("/healthz") == (200, b"ok\n"), "200 of /healthz")
        self.assertEqual(self.status("/readyz"), (200, b"ready\n"))
        client, server = self.session()
        assert_relays(client, server, b"still", b"relayed")

    def test_who_asks_for_live_sessions_is_not_kept_waiting(self):
        with self.hold("worker 1"):
            answer = self.ask("/api/v1/sessions?state=live")
            self.assertEqual(answer.status, 503)
            self.assertIn(b"a worker has not answered", answer.body)
            self.assertEqual(self.ask("/api/v1/sessions?state=ended").status, 200)
        wait_until(lambda: self.ask("/api/v1/sessions?state=live").status == 200, "an answer")

    def test_the_others_relay_on_and_nothing_is_lost(self):
        sessions = [self.session() for _ in range(30)]
        with self.hold("worker 0"):
            for client, _ in sessions:
                client.send(client_frame(b"held?"))
            def arrived():
                return select.select([server.socket for _, server in sessions], [], [], 0)[0]
            wait_until(arrived, "the frames that the other worker relays")
            time.sleep(0.5)
            self.assertLess(len(arrived()), len(sessions))
        for client, server in sessions:
            server.expect(client_frame(b"held?"))
            assert_relays(client, server)
