"""Stories that are told again and again: deploys, slow readers, upstreams that are not there, clients
that do not wait, and 1008 without a word.
"""

import concurrent.futures
import contextlib
import socket
import time
import unittest

from support import frames
from support.endpoints import Endpoint, node, python
from support.provoked import Provoked, ask_upgrade, last_record, proxy_to
from support.raw_peers import Background, Listener, Peer, what_a_client_sees


def echoed(client, payload=b"hello"):
    client.send(frames.client_frame(payload))
    client.expect(frames.server_frame(payload))
    return client


def take_close(client):
    """Answers the Close that comes next, as a library does; or takes the end."""
    with contextlib.suppress(AssertionError, OSError):
        head = client.receive(2)
        client.send(frames.client_frame(client.receive(head[1]), opcode=frames.CLOSE))
    client.receive_to_end()
    client.close()


class Deploys(Provoked):
    COUNT = 40

    def deploy(self, end):
        with Endpoint(python("websockets_server.py")) as server, \
                proxy_to(server.answer()["port"]) as proxy:
            clients = []
            for _ in range(self.COUNT):
                clients.append(echoed(ask_upgrade(proxy.port(), "/plain/echo")))
                time.sleep(0.08)  # different ages are what is to be seen
            end(server)
            with concurrent.futures.ThreadPoolExecutor(self.COUNT) as pool:
                list(pool.map(take_close, clients))
            return (proxy.wait_for_records(self.COUNT, "session_end"),
                    proxy.wait_for_records(1, "mass_close"))

    def judge(self, name, code, *evidence):
        records, mass = self.end(name)
        self.assertEqual({record["close"]["code"] for record in records}, {code})
        self.assertEqual({record["close"]["initiator"] for record in records}, {"server"})
        # The first ones end before there is a crowd: the eldest, which are of nearly one age.
        of_crowd = [record for record in records if record["cause"]["id"] == "mass_close"]
        self.assertGreaterEqual(len(of_crowd), self.COUNT // 4)
        self.assert_verdict(of_crowd[-1], "mass_close", "operator", "likely",
                            r"\d\d connections of this listener ended from the server's side",
                            r"Their ages were", *evidence)
        self.assertEqual([each["closes"] for each in mass], [self.COUNT])

    def provoke_orderly(self):
        return self.deploy(lambda server: server.tell("stop"))

    def test_a_server_that_is_stopped(self):
        self.judge("orderly", 1001, r"The code is 1001, which a stopping server sends")

    def provoke_crash(self):
        return self.deploy(lambda server: server.kill())

    def test_a_server_that_is_killed(self):
        self.judge("crash", 1006, r"No Close was sent: a crash")


class SlowConsumers(Provoked):
    """The reader does not read; the server gives it up, each in its own way."""

    def slow(self, end):
        with Listener() as listener, proxy_to(listener.address[1]) as proxy:
            client = Peer.connect(("127.0.0.1", proxy.port()), receive_buffer=4096)
            client.send(frames.upgrade_request("/feed"))
            server = listener.accept()
            server.receive(1)
            server.send(frames.upgrade_response())
            client.expect(frames.upgrade_response())
            sent = frames.server_frame(b"tick" * 16_384, opcode=frames.BINARY)
            deadline = time.monotonic() + 2.5
            server.socket.setblocking(False)
            rest = b""
            while time.monotonic() < deadline:
                rest = rest or sent
                try:
                    rest = rest[server.socket.send(rest):]
                except BlockingIOError:
                    time.sleep(0.02)
            server.socket.setblocking(True)
            sending = Background(lambda: end(server, rest))
            time.sleep(0.3)
            client.receive_to_end(5)
            client.close()
            sending.join()
            server.close()
            return last_record(proxy)

    def provoke_terminate(self):
        def end(server, rest):
            server.send(rest)
            server.finish()
        return self.slow(end)

    def provoke_policy(self):
        def end(server, rest):
            server.send(rest + frames.close_from("server", 1008))
            server.finish()
        return self.slow(end)

    def provoke_normal(self):
        def end(server, rest):
            server.send(rest + frames.close_from("server", 1000))
            server.finish()
        return self.slow(end)

    def test_the_reader_is_named_whatever_the_code(self):
        for name, code, confidence in (("terminate", 1006, "likely"), ("policy", 1008, "likely"),
                                       ("normal", 1000, "possible")):
            with self.subTest(name):
                record = self.end(name)
                self.assert_closed(record, code, "server")
                self.assert_verdict(record, "slow_consumer", "client", confidence,
                                    r"The client did not read for \d\.\d s; up to \d+ bytes")


class Refusals(Provoked):
    def test_an_upstream_that_is_not_there(self):
        with socket.create_server(("127.0.0.1", 0)) as gone:
            port = gone.getsockname()[1]
        with proxy_to(port) as proxy:
            what_a_client_sees(("127.0.0.1", proxy.port()), frames.upgrade_request())
            record = last_record(proxy)
        self.assertEqual(record["event"], "connect_failed")
        self.assert_verdict(record, "connect_refused", "server", "certain",
                            rf"Connecting to 127\.0\.0\.1:{port} failed with ECONNREFUSED",
                            r"nothing listens at this address and port")

    def test_a_client_that_gives_up_waiting(self):
        """It does not come back: that is no double mount."""
        with Listener() as listener, proxy_to(listener.address[1]) as proxy:
            client = Peer.connect(("127.0.0.1", proxy.port()))
            client.send(frames.upgrade_request())
            server = listener.accept()
            server.receive(1)
            client.close()
            server.receive_to_end()
            server.close()
            record = last_record(proxy)
        self.assertEqual(record["handshake"]["outcome"], "abandoned")
        self.assert_verdict(record, "client_abandoned", record["cause"]["party"], "likely",
                            candidates=["client_opened_twice"])

    def test_a_client_that_asks_twice_at_once(self):
        with Listener() as listener, proxy_to(listener.address[1]) as proxy:
            first, second = (Peer.connect(("127.0.0.1", proxy.port())) for _ in range(2))
            first.send(frames.upgrade_request())
            servers = [listener.accept()]
            servers[0].receive(1)
            second.send(frames.upgrade_request())
            servers.append(listener.accept())
            servers[1].receive(1)
            first.close()
            left = next(each for each in servers if each.receive_to_end(1)[1] == "fin")
            left.close()
            record = last_record(proxy)
            second.close()
        self.assert_verdict(record, "client_opened_twice", record["cause"]["party"], "likely",
                            r"asked for another connection")


class Policies(Provoked):
    """1008 without a word: its cause is read from what came before."""

    def serve(self, listener, count, act):
        def one(peer):
            peer.receive(len(frames.upgrade_request("/chat")))
            peer.send(frames.upgrade_response())
            act(peer)
            peer.send(frames.close_from("server", 1008))
            peer.finish()
            peer.receive_to_end()
            peer.close()
        with concurrent.futures.ThreadPoolExecutor(count) as pool:
            for future in [pool.submit(one, listener.accept()) for _ in range(count)]:
                future.result()

    def provoke_same_age(self):
        """Each ends when it is 6 s old, whatever it does; they began at different times."""
        count = 5
        with Listener() as listener, proxy_to(listener.address[1]) as proxy:
            serving = Background(lambda: self.serve(listener, count, lambda _: time.sleep(6)))

            def live(number):
                time.sleep(0.4 * number)
                client = Peer.connect(("127.0.0.1", proxy.port()))
                client.send(frames.upgrade_request("/chat"))
                client.expect(frames.upgrade_response())
                for _ in range(5):
                    time.sleep(0.2 + 0.2 * number)
                    client.send(frames.client_frame(b"hello"))
                take_close(client)
            with concurrent.futures.ThreadPoolExecutor(count) as pool:
                list(pool.map(live, range(count)))
            serving.join()
            return proxy.wait_for_records(count)

    def test_the_same_age_again_and_again_is_something_that_expires(self):
        records = self.end("same_age")
        for record in records:
            self.assert_closed(record, 1008, "server", clean=True)
        self.assert_verdict(records[-1], "session_expired", "client", "likely",
                            r"5 of 5 closes with 1008 from this side came at the age of 6\.0 s")

    def provoke_first_message(self):
        with Listener() as listener, proxy_to(listener.address[1]) as proxy:
            first = frames.client_frame(b'{"token":"wrong"}')
            serving = Background(lambda: self.serve(listener, 1, lambda peer: peer.expect(first)))
            client = Peer.connect(("127.0.0.1", proxy.port()))
            client.send(frames.upgrade_request("/chat"))
            client.expect(frames.upgrade_response())
            client.send(first)
            take_close(client)
            serving.join()
            return last_record(proxy)

    def test_on_the_first_message_it_is_authentication(self):
        self.assert_verdict(self.end("first_message"), "authentication_failed", "client",
                            "possible", r"on the first message that it got")

    def provoke_flood(self):
        with Listener() as listener, proxy_to(listener.address[1]) as proxy:
            flood = frames.client_frame(b"me again") * 200
            serving = Background(lambda: self.serve(listener, 1, lambda peer: peer.expect(flood)))
            client = Peer.connect(("127.0.0.1", proxy.port()))
            client.send(frames.upgrade_request("/chat"))
            client.expect(frames.upgrade_response())
            client.send_each([frames.client_frame(b"me again")] * 200)
            take_close(client)
            serving.join()
            return last_record(proxy)

    def test_in_a_flood_it_is_the_rate(self):
        self.assert_verdict(self.end("flood"), "rate_limited", "client", "possible",
                            r"messages a second at the end")


if __name__ == "__main__":
    unittest.main()
