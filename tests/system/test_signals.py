"""Reload, log rotation and drain: what signals do, and what they must not do to connections."""

import os
import re
import signal
import threading
import time
import unittest

from support.between import between, configured, needs_proxy
from support.frames import close_from, server_frame
from support.proxy import wait_until
from support.raw_peers import FIN, RESET, Listener, Peer
from support.sessions import assert_relays, end_in_order, upgraded


class SignalTest(unittest.TestCase):

    def setUp(self):
        self.server = Listener()
        self.addCleanup(self.server.close)

    def session(self, relay, name=None):
        return upgraded(self, relay.dial(name), self.server)

    def wait_until_refused(self, address):
        def refused():
            try:
                Peer.connect(address).close()
            except (ConnectionRefusedError, ConnectionResetError):
                return True
            return False
        wait_until(refused, f"connections to {address} being refused")
        while not self.server.accepts_nothing():  # those that came before
            self.server.accept().close()


@needs_proxy
class Reload(SignalTest):

    def config(self, *names, rest=""):
        """One listener a line, in the order given."""
        return "listeners:\n" + "".join(
            f'  - {{name: {name}, listen: "127.0.0.1:0", upstream: "{{upstream}}"}}\n'
            for name in names) + rest

    def reload(self, relay, text):
        relay.config_path.write_text(text.replace("{upstream}", self.server.upstream)
                                     .replace("{log}", str(relay.log_path)))
        relay.signal(signal.SIGHUP)

    def ready_lines(self, relay, name):
        return [line for line in relay.diagnostics if line.startswith(f"listening {name} ")]

    def test_a_new_listener_opens_and_the_old_one_is_not_touched(self):
        with between(self.server, config=self.config("a")) as relay:
            running = self.session(relay, "a")
            address = relay.address("a")
            self.reload(relay, self.config("a", "b"))
            assert_relays(*self.session(relay, "b"))
            assert_relays(*running)
            assert_relays(*self.session(relay, "a"))
            self.assertEqual(self.ready_lines(relay, "a"), [f"listening a {address}"])

    def test_clients_that_connect_during_reloads_are_all_served(self):
        with between(self.server, config=self.config("a"), arguments=["--workers", "2"]) as relay:
            relay.address("a")
            for number in range(30):
                self.reload(relay, self.config(*(["a", "b"] if number % 2 else ["a"])))
                assert_relays(*self.session(relay, "a"))

    def test_a_removed_listener_closes_and_its_connections_run_on(self):
        with between(self.server, config=self.config("a", "b")) as relay:
            running = self.session(relay, "b")
            address = relay.listener_address("b")
            self.reload(relay, self.config("a"))
            self.wait_until_refused(address)
            assert_relays(*running)
            assert_relays(*self.session(relay, "a"))

    def test_a_broken_file_leaves_the_old_one_running_and_says_so(self):
        with between(self.server, config=self.config("a")) as relay:
            running = self.session(relay, "a")
            self.reload(relay, self.config("a", "b", rest="wrokers: 3\n"))
            relay.wait_for_diagnostic(rf"{re.escape(str(relay.config_path))}:4: wrokers: ")
            assert_relays(*running)
            assert_relays(*self.session(relay, "a"))
            self.assertEqual(self.ready_lines(relay, "b"), [])
            self.reload(relay, self.config("a", "b"))
            assert_relays(*self.session(relay, "b"))

    def test_a_file_with_a_port_in_use_leaves_the_old_one_running(self):
        with Listener() as taken, between(self.server, config=self.config("a")) as relay:
            self.session(relay, "a")
            broken = self.config("a", "b").replace('b, listen: "127.0.0.1:0"',
                                                   f'b, listen: "{taken.name}"')
            self.assertIn(taken.name, broken)
            self.reload(relay, broken)
            relay.wait_for_diagnostic(re.escape(taken.name))
            assert_relays(*self.session(relay, "a"))

    def test_running_connections_keep_their_settings(self):
        with between(self.server, config=self.config("a")) as relay:
            running = self.session(relay, "a")
            keyed = self.config("a", "b").replace(
                '"{upstream}"}', '"{upstream}", timeouts: {idle: 300ms}}')
            self.reload(relay, keyed)
            relay.address("b")
            running[0].expect_silence(1.0)
            assert_relays(*running)

    def test_sighup_without_a_file_stops_nothing(self):
        with between(self.server) as relay:
            running = self.session(relay)
            relay.signal(signal.SIGHUP)
            assert_relays(*running)
            assert_relays(*self.session(relay))


@needs_proxy
class Rotation(SignalTest):

    def test_sigusr1_opens_the_log_anew_and_no_record_is_lost(self):
        with between(self.server) as relay:
            moved = relay.log_path.with_suffix(".1")
            end_in_order(*self.session(relay))
            relay.wait_for_records(1)
            os.rename(relay.log_path, moved)
            relay.signal(signal.SIGUSR1)
            wait_until(relay.log_path.exists, "a new log")
            end_in_order(*self.session(relay))
            relay.wait_for_records(1)
            self.assertEqual(moved.read_text().count('"session_end"'), 1)
            self.assertEqual(relay.log_path.read_text().count('"session_end"'), 1)

    def test_sigusr1_with_standard_output_as_log_stops_nothing(self):
        with between(self.server, log=None) as relay:
            running = self.session(relay)
            relay.signal(signal.SIGUSR1)
            assert_relays(*running)
            assert_relays(*self.session(relay))


@needs_proxy
class Drain(SignalTest):

    def drained(self, seconds):
        return between(self.server, config=configured(rest=f"drain_timeout: {seconds}"))

    def test_without_connections_it_stops_at_once(self):
        with self.drained("60s") as relay:
            relay.signal(signal.SIGTERM)
            self.assertEqual(relay.wait(10), 0)

    def test_new_connections_are_refused_and_running_ones_relay_on(self):
        with self.drained("60s") as relay:
            client, server = self.session(relay)
            address = relay.listener_address()
            relay.signal(signal.SIGTERM)
            self.wait_until_refused(address)
            for _ in range(5):
                assert_relays(client, server)
            name = client.name
            client.send(close_from("client", 1000))
            server.expect(close_from("client", 1000))
            server.send(close_from("server", 1000))
            client.expect(close_from("server", 1000))
            end_in_order(client, server)
            self.assertEqual(relay.wait(10), 0, "the last connection ended, so it stops")
            record = relay.record_of(name)
            self.assertEqual(record["close"]["ending"], "closing_handshake")
            self.assertEqual(record["close"]["initiator"], "client")

    def test_a_connection_that_the_kernel_had_queued_is_served(self):
        with self.drained("60s") as relay:
            with relay.stopped():
                queued = relay.dial()
                self.addCleanup(queued.close)
                queued.send(b"in the queue")
                relay.signal(signal.SIGTERM)
            server = self.server.accept()
            self.addCleanup(server.close)
            server.expect(b"in the queue")
            server.send(b"served")
            queued.expect(b"served")
            end_in_order(queued, server)
            self.assertEqual(relay.wait(10), 0)

    def test_the_rest_is_ended_one_by_one_over_the_last_third(self):
        """Between 4 and 6 of 6 seconds, not all at once, and without a byte of ours."""
        ended = {}
        with self.drained("6s") as relay:
            sessions = [self.session(relay) for _ in range(12)]
            names = [client.name for client, _ in sessions]
            begin = time.monotonic()
            relay.signal(signal.SIGTERM)

            def watch(end, key):
                data, how = end.receive_to_end()
                ended[key] = (time.monotonic() - begin, data, how)
            watchers = [threading.Thread(target=watch, args=(end, (number, side)))
                        for number, pair in enumerate(sessions)
                        for side, end in zip(("client", "server"), pair)]
            for watcher in watchers:
                watcher.start()
            self.assertEqual(relay.wait(), 0)
            for watcher in watchers:
                watcher.join()
            self.assertLess(time.monotonic() - begin, 7.5)
            times = sorted(at for (_, side), (at, _, _) in ended.items() if side == "client")
            self.assertGreater(times[0], 3.8)
            self.assertLess(times[-1], 6.5)
            self.assertGreater(times[-1] - times[0], 1.0, times)
            self.assertLess(max(b - a for a, b in zip(times, times[1:])), 1.2, times)
            for key, (_, data, how) in ended.items():
                self.assertEqual(data, b"", key)
                self.assertIn(how, (FIN, RESET), key)
            for name in names:
                record = relay.record_of(name)
                self.assertEqual(record["close"]["ending"], "proxy_shutdown")
                self.assertEqual(record["close"]["initiator"], "proxy")
                self.assertEqual(record["close"]["code"], 1006)
                self.assertIn("proxy_shutdown", [end["how"] for end in record["stream_ends"]])

    def test_a_connection_in_the_middle_of_a_message_is_ended_behind_it(self):
        """Each is ended where it stands between messages, if it ever does."""
        with self.drained("6s") as relay:
            client, server = self.session(relay)
            frame = server_frame(b"x" * 100)
            server.send(frame[:50])
            client.expect(frame[:50])
            begin = time.monotonic()
            relay.signal(signal.SIGTERM)
            time.sleep(4.5)  # well into the last third
            server.send(frame[50:])
            client.expect(frame[50:])
            data, how = client.receive_to_end()
            self.assertEqual(data, b"")
            self.assertIn(how, (FIN, RESET))
            self.assertLess(time.monotonic() - begin, 6.5)
            self.assertEqual(relay.wait(), 0)

    def test_a_second_signal_stops_at_once(self):
        for first, second in ((signal.SIGTERM, signal.SIGTERM), (signal.SIGINT, signal.SIGTERM)):
            with self.subTest(first=first.name), self.drained("60s") as relay:
                client, server = self.session(relay)
                address = relay.listener_address()
                name = client.name
                relay.signal(first)
                self.wait_until_refused(address)
                assert_relays(client, server)
                relay.signal(second)
                for end in (client, server):
                    data, how = end.receive_to_end(10)
                    self.assertEqual(data, b"")
                    self.assertIn(how, (FIN, RESET))
                self.assertEqual(relay.wait(10), 0)
                self.assertEqual(relay.record_of(name)["close"]["ending"], "proxy_shutdown")


if __name__ == "__main__":
    unittest.main()
