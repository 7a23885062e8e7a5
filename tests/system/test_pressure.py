"""Full disks, stalled pipes, no descriptors, slow readers: the relay goes on, nobody is dropped."""

import fcntl
import os
import resource
import signal
import time
import unittest

from support.between import between, configured, needs_proxy
from support.frames import (BINARY, client_frame, close_from, noise, server_frame, upgrade_request,
                            upgrade_response)
from support.proxy import wait_until
from support.raw_peers import Listener, Service, start_connect


def cpu_seconds(pid):
    """User and system time of the whole process so far."""
    with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def open_files_limit(count):
    return lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (count, count))


class PressureTest(unittest.TestCase):

    def setUp(self):
        self.service = Service(upgrade_response())
        self.addCleanup(self.service.close)

    def dial(self, relay):
        client = relay.dial()
        self.addCleanup(client.close)
        return client

    def upgrade(self, client):
        client.send(upgrade_request())
        client.expect(upgrade_response())
        return client

    def echo(self, client, data=client_frame(b"echo")):
        client.send(data)
        client.expect(data)

    def life(self, relay):
        """A whole session, ended by the client."""
        client = self.upgrade(self.dial(relay))
        self.echo(client)
        client.finish()
        client.expect_fin()
        client.close()

    def assert_nearly_idle(self, relay, seconds=1.0, share=0.05):
        """No event says "idle": CPU is what a time says about it."""
        before = cpu_seconds(relay.process.pid)
        time.sleep(seconds)
        used = cpu_seconds(relay.process.pid) - before
        self.assertLessEqual(used, max(share * seconds, 0.03))


@needs_proxy
class LogThatCannotBeWritten(PressureTest):

    def check(self, **options):
        with between(self.service, log_level="frames", **options) as relay:
            for _ in range(300):
                self.life(relay)
            client = self.upgrade(self.dial(relay))
            for _ in range(2000):
                self.echo(client)
            client.close()
            return relay

    def test_a_full_disk_stops_nothing(self):
        self.check(log=None, arguments=["--log", "/dev/full"])

    def test_a_full_disk_as_standard_output_stops_nothing(self):
        with open("/dev/full", "wb") as full:
            self.check(log=None, stdout=full)

    def test_a_broken_pipe_stops_nothing(self):
        reader, writer = os.pipe()
        os.close(reader)
        try:
            self.check(log=None, stdout=writer)
        finally:
            os.close(writer)

    def test_a_pipe_that_nobody_reads_stops_nothing_and_the_exit_neither(self):
        reader, writer = os.pipe()
        self.addCleanup(os.close, reader)
        fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
        try:
            self.check(log=None, stdout=writer)
        finally:
            os.close(writer)

    def test_a_pipe_that_is_read_late_has_records_and_no_broken_line(self):
        reader, writer = os.pipe()
        with between(self.service, log=None, stdout=writer) as relay:
            os.close(writer)
            for _ in range(300):
                self.life(relay)
            relay.signal(signal.SIGTERM)
            with os.fdopen(reader, "rb") as pipe:
                lines = pipe.read().split(b"\n")
            self.assertEqual(lines.pop(), b"")
            self.assertGreater(len(lines), 10)
            for line in lines:
                self.assertTrue(line.startswith(b"{") and line.endswith(b"}"), line)
            self.assertEqual(relay.wait(), 0)


@needs_proxy
class Descriptors(PressureTest):

    def test_without_descriptors_clients_wait_and_all_are_served(self):
        """Three times as many clients as the limit lets in; none is dropped, nothing spins."""
        for workers in (1, 2):
            with self.subTest(workers=workers):
                self.check(["--workers", str(workers)])

    def check(self, arguments):
        with between(self.service, arguments=arguments, preexec=open_files_limit(64)) as relay:
            clients = [self.dial(relay) for _ in range(100)]
            for client in clients:
                client.send(upgrade_request())
            served = set()

            def some_wait():
                served.update(c for c in clients if c.has_something())
                return len(served)
            wait_until(lambda: some_wait() >= 10, "the first clients being served")
            time.sleep(0.3)  # whoever can be let in is in
            some_wait()
            self.assertLess(len(served), len(clients), "the limit was never reached")
            self.assert_nearly_idle(relay, share=0.10)
            for client in served:
                client.expect(upgrade_response())
                self.echo(client)
            waiting = [client for client in clients if client not in served]
            open_now = list(served)
            while waiting or open_now:
                for client in open_now:
                    client.close()
                open_now = []

                def next_ones():
                    return [client for client in waiting if client.has_something()]
                if waiting:
                    open_now = wait_until(next_ones, "the next clients being served")
                for client in open_now:
                    client.expect(upgrade_response())
                    self.echo(client)
                    waiting.remove(client)

    def test_a_connection_limit_lets_the_next_wait_until_one_ends(self):
        config = configured(rest="limits: {connections: 2}\nworkers: 1")
        with between(self.service, config=config) as relay:
            first, second = (self.upgrade(self.dial(relay)) for _ in range(2))
            third = self.dial(relay)
            third.send(upgrade_request())
            third.expect_silence(0.5)
            self.assert_nearly_idle(relay)
            self.echo(first)
            self.echo(second)
            first.close()
            third.expect(upgrade_response())
            self.echo(third)
            self.echo(second)

    def test_a_limit_over_two_workers_holds_for_both_together(self):
        config = configured(rest="limits: {connections: 10}\nworkers: 2")
        with between(self.service, config=config) as relay:
            clients = [self.dial(relay) for _ in range(20)]
            for client in clients:
                client.send(upgrade_request())
            wait_until(lambda: sum(c.has_something() for c in clients) >= 9, "9 of 10 clients in")
            time.sleep(0.3)
            self.assertLessEqual(sum(c.has_something() for c in clients), 10)
            done = 0
            while done < len(clients):
                ready = wait_until(lambda: [c for c in clients if c.has_something()],
                                   "the next clients being served")
                for client in ready:
                    client.expect(upgrade_response())
                    client.close()
                    done += 1


@needs_proxy
class Idle(PressureTest):

    def test_idle_connections_cost_no_cpu(self):
        with between(self.service) as relay:
            clients = [self.upgrade(self.dial(relay)) for _ in range(200)]
            self.assert_nearly_idle(relay, seconds=2, share=0.02)
            for client in clients:
                self.echo(client)

    def test_half_closed_connections_cost_no_cpu(self):
        """A FIN is reported for as long as the other direction is open."""
        with Listener() as listener, between(listener) as relay:
            ends = []
            for side in (0, 1) * 10:
                pair = (self.dial(relay), listener.accept())
                self.addCleanup(pair[1].close)
                pair[side].finish()
                pair[1 - side].expect_fin()
                ends.append(pair)
            self.assert_nearly_idle(relay)

    def test_a_stalled_reader_costs_no_cpu_before_and_behind_the_fin(self):
        with Listener() as listener, between(listener) as relay:
            self.dial(relay)
            server = listener.accept()
            self.addCleanup(server.close)
            server.send_until_stalled(noise(64 << 20))
            self.assert_nearly_idle(relay)
            server.finish()
            self.assert_nearly_idle(relay)

    def test_an_upstream_that_does_not_answer_a_connect_costs_no_cpu(self):
        with Listener(backlog=0) as full:
            for _ in range(4):
                self.addCleanup(start_connect(full.address).close)
            with between(full) as relay:
                self.dial(relay).send(b"into the silence")
                self.assert_nearly_idle(relay)


@needs_proxy
class SlowReaders(PressureTest):

    def test_a_slow_reader_slows_nobody_else(self):
        config = configured(rest="workers: 1")
        with Listener() as listener, between(listener, config=config) as relay:
            slow, source = self.dial(relay), listener.accept()
            self.addCleanup(source.close)
            quick, echo = self.dial(relay), listener.accept()
            self.addCleanup(echo.close)
            data = noise(16 << 20)
            sending = source.send_in_background(data, then_finish=True)
            source.wait_until_stalled()
            begin = time.monotonic()
            for number in range(500):
                quick.send(client_frame(b"%d" % number))
                echo.expect(client_frame(b"%d" % number))
                echo.send(server_frame(b"%d" % number))
                quick.expect(server_frame(b"%d" % number))
            self.assertLess(time.monotonic() - begin, 5)
            slow.expect_fin(data)
            sending.join()

    def test_pending_bytes_are_bounded_for_each_connection_and_in_all(self):
        """20 stalled readers, 8 MiB on the way to each: the process holds what it may."""
        config = configured(rest="limits: {pending_per_direction: 64KiB, pending_total: 512KiB}")
        with Listener() as listener, between(listener, config=config) as relay:
            before = relay.resident_bytes()
            pairs, sending = [], []
            data = noise(8 << 20)
            for _ in range(20):
                client = self.dial(relay)
                server = listener.accept()
                self.addCleanup(server.close)
                pairs.append((client, server))
                sending.append(server.send_in_background(data, then_finish=True))
            for _, server in pairs:
                server.wait_until_stalled()
            self.assertLess(relay.resident_bytes() - before, 4 << 20)
            for client, _ in pairs:
                client.expect_fin(data)
            for each in sending:
                each.join()

    def test_a_reader_of_one_byte_at_a_time_gets_all_of_it(self):
        with Listener() as listener, between(listener) as relay:
            client = self.dial(relay)
            server = listener.accept()
            self.addCleanup(server.close)
            data = server_frame(noise(20_000), opcode=BINARY)
            server.send(data)
            server.finish()
            got = b"".join(client.receive(1) for _ in range(len(data)))
            self.assertEqual(got, data)
            client.expect_fin()


class ManyAtOnce(PressureTest):

    def test_two_workers_serve_a_storm_of_clients(self):
        config = configured(rest="workers: 2")
        with between(self.service, config=config) as relay:
            clients = [self.dial(relay) for _ in range(400)]
            for number, client in enumerate(clients):
                client.send(upgrade_request(f"/{number}"))
            for number, client in enumerate(clients):
                client.expect(upgrade_response())
                client.send(client_frame(b"%d" % number))
            for number, client in enumerate(clients):
                client.expect(client_frame(b"%d" % number))
            names = {client.name: f"/{number}" for number, client in enumerate(clients)}
            for client in clients:
                client.send(close_from("client", 1001))
                client.finish()
            for client in clients:
                client.expect_fin(close_from("client", 1001))
            for name, path in names.items():
                record = relay.record_of(name)
                self.assertEqual(record["path"], path)
                self.assertEqual(record["close"]["code"], 1001)

    def test_connect_on_first_byte_leaves_probes_with_the_proxy(self):
        with Listener() as listener:
            with between(listener, config=configured("connect: first_byte")) as relay:
                probe = self.dial(relay)
                self.skip_if_direct(relay)
                self.assertTrue(listener.accepts_nothing(0.3))
                probe.close()
                self.assertTrue(listener.accepts_nothing(0.3))
                client = self.dial(relay)
                client.send(b"now")
                server = listener.accept()
                self.addCleanup(server.close)
                server.expect(b"now")

    def skip_if_direct(self, relay):
        if not hasattr(relay, "process"):
            self.skipTest("about the proxy itself")

    @needs_proxy
    def test_connections_come_from_the_source_addresses_in_turn(self):
        config = configured("source_addresses: [127.0.0.2, 127.0.0.3]", rest="workers: 1")
        with Listener() as listener, between(listener, config=config) as relay:
            seen = []
            for _ in range(4):
                self.dial(relay)
                server = listener.accept()
                self.addCleanup(server.close)
                seen.append(server.socket.getpeername()[0])
            self.assertEqual(sorted(seen), ["127.0.0.2"] * 2 + ["127.0.0.3"] * 2)


if __name__ == "__main__":
    unittest.main()
