"""handshake.outcome, and the records of connections that never became a session."""

import unittest

from support.between import between, configured, needs_proxy
from support.frames import ACCEPT, response, sized_response, upgrade_request, upgrade_response
from support.raw_peers import FIN, RESET, Listener, start_connect, what_a_client_sees
from support.records import FIELDS, Records
from support.sessions import upgraded


class Handshakes(Records):
    """handshake.outcome, wherever the handshake came to no session."""

    def check(self, record, outcome, status):
        self.assertEqual(record["event"], "handshake_failed")
        self.assert_shape(record)
        self.assertEqual(record["handshake"]["outcome"], outcome)
        self.assertEqual(record["handshake"]["status"], status)
        self.assertEqual(record["close"]["ending"], "handshake_failed")
        self.assertEqual(record["close"]["code"], 1006)
        self.assertIs(record["close"]["clean"], False)

    def record_of_answer(self, answer, request=None):
        client, server = self.upgraded(request, answer)
        name = client.name
        self.finish_both(self.ends(client, server), "server")
        return self.relay.record_of(name)

    def test_rejected(self):
        record = self.record_of_answer(sized_response("403 Forbidden", b"no"))
        self.check(record, "rejected", 403)

    def test_failed(self):
        """RFC 6455 section 4.1: what a 101 must have, or the client fails the connection."""
        answers = {
            "a wrong Sec-WebSocket-Accept": upgrade_response(accept="AAAAAAAAAAAAAAAAAAAAAAAAAAA="),
            "no Sec-WebSocket-Accept": response("101 Switching Protocols", [
                ("Upgrade", "websocket"), ("Connection", "Upgrade")]),
            "no Upgrade": response("101 Switching Protocols", [
                ("Connection", "Upgrade"), ("Sec-WebSocket-Accept", ACCEPT)]),
            "no Connection": response("101 Switching Protocols", [
                ("Upgrade", "websocket"), ("Sec-WebSocket-Accept", ACCEPT)]),
            "a subprotocol that was not offered": upgrade_response([
                ("Sec-WebSocket-Protocol", "chat")]),
            "an extension that was not offered": upgrade_response([
                ("Sec-WebSocket-Extensions", "permessage-deflate")]),
        }
        for name, answer in answers.items():
            with self.subTest(name=name):
                self.check(self.record_of_answer(answer), "failed", 101)

    def test_unanswered(self):
        for how in ("fin", "reset", "half a head"):
            with self.subTest(how=how):
                client, server = self.pair()
                name = client.name
                client.send(upgrade_request())
                server.expect(upgrade_request())
                if how == "reset":
                    server.reset()
                    client.expect_reset()
                else:
                    if how == "half a head":
                        server.send(upgrade_response()[:50])
                        client.expect(upgrade_response()[:50])
                    self.finish_both(self.ends(client, server), "server")
                record = self.relay.record_of(name)
                self.check(record, "unanswered", None)
                self.assertEqual(record["close"]["initiator"], "server")

    def test_abandoned(self):
        for how in ("fin", "reset"):
            with self.subTest(how=how):
                client, server = self.pair()
                name = client.name
                client.send(upgrade_request())
                server.expect(upgrade_request())
                if how == "reset":
                    client.reset()
                    server.expect_reset()
                else:
                    self.finish_both(self.ends(client, server), "client")
                record = self.relay.record_of(name)
                self.check(record, "abandoned", None)
                self.assertEqual(record["close"]["initiator"], "client")

    def test_a_client_that_half_closes_may_still_be_accepted(self):
        client, server = self.pair()
        name = client.name
        client.send(upgrade_request())
        client.finish()
        server.expect_fin(upgrade_request())
        server.send(upgrade_response())
        server.finish()
        client.expect_fin(upgrade_response())
        record = self.relay.record_of(name)
        self.assertEqual(record["event"], "session_end")
        self.assertEqual(record["handshake"]["outcome"], "accepted")

    def test_a_request_that_never_ends_asks_for_nothing(self):
        client, server = self.pair()
        name = client.name
        client.send(upgrade_request()[:-2])
        server.expect(upgrade_request()[:-2])
        self.finish_both(self.ends(client, server), "client")
        self.assert_no_record_of(name)


class UpstreamOutOfReach(unittest.TestCase):
    """One clear line, and the client's connection ends like one to a service that is not there."""

    def gone(self, **options):
        """A listener whose address nobody listens on any more."""
        listener = Listener(**options)
        listener.close()
        return listener

    def check(self, relay, how=RESET):
        name, data, seen = what_a_client_sees(relay.listener_address())
        self.assertEqual((data, seen), (b"", how))
        record = relay.record_of(name)
        self.assertEqual(record["event"], "connect_failed")
        self.assertEqual(record["close"]["ending"], "connect_failed")
        self.assertEqual(record["close"]["code"], 1006)
        self.assertIs(record["close"]["clean"], False)
        self.assertEqual(FIELDS[""] - set(record), set())
        return record

    @needs_proxy
    def test_refused(self):
        with between(self.gone()) as relay:
            for _ in range(3):
                self.assertIn("ECONNREFUSED", str(self.check(relay)))

    @needs_proxy
    def test_a_unix_socket_that_is_not_there(self):
        with between(self.gone(unix=True)) as relay:
            self.assertIn("ENOENT", str(self.check(relay)))

    @needs_proxy
    def test_early_data_does_not_hide_the_reset(self):
        with between(self.gone()) as relay:
            for _ in range(20):
                _, data, how = what_a_client_sees(relay.listener_address(), upgrade_request())
                self.assertEqual((data, how), (b"", RESET))

    @needs_proxy
    def test_a_time_out_of_the_proxy_where_one_is_asked_for(self):
        """A full backlog lets a connect wait for ever."""
        with Listener(backlog=0) as full:
            for _ in range(4):
                self.addCleanup(start_connect(full.address).close)
            with between(full, config=configured("timeouts: {connect: 300ms}")) as relay:
                self.check(relay)

    @needs_proxy
    def test_http_502_where_it_is_asked_for(self):
        with between(self.gone(), config=configured("on_connect_failure: http_502")) as relay:
            client = relay.dial()
            self.addCleanup(client.close)
            name = client.name
            client.send(upgrade_request())
            answer, how = client.receive_to_end()
            self.assertTrue(answer.startswith(b"HTTP/1.1 502 "), answer)
            self.assertIn(b"\r\n\r\n", answer)
            self.assertEqual(how, FIN)
            client.close()
            record = relay.record_of(name)
            self.assertEqual(record["event"], "connect_failed")
            self.assertEqual(record["answered_by_proxy"], "http_502", "bytes of ours are marked")

    @needs_proxy
    def test_the_next_upstream_is_tried_in_turn(self):
        with Listener() as good:
            both = f"[{self.gone().upstream}, {good.upstream}]"
            config = configured().replace("{upstream}", both)
            with between(good, config=config) as relay:
                client, server = upgraded(self, relay.dial(), good)
                name = client.name
                client.finish()
                server.expect_fin()
                server.finish()
                client.expect_fin()
                self.assertEqual(relay.record_of(name)["server"], good.name)


class TimeOuts(Records):
    """Only where an operator asks for them."""

    proxy_options = {"config": configured("timeouts: {handshake: 400ms, idle: 800ms}")}

    @needs_proxy
    def test_an_idle_session_is_ended_by_the_proxy_and_the_record_says_so(self):
        client, server = self.upgraded()
        name = client.name
        for _ in range(4):  # longer than the time-out, but never idle
            client.expect_silence(0.3)
            client.send(b"\x8a\x80\0\0\0\0")
            server.expect(b"\x8a\x80\0\0\0\0")
        for end in (client, server):
            data, how = end.receive_to_end()
            self.assertEqual(data, b"", "no frame of ours")
            self.assertIn(how, (FIN, RESET))
        record = self.relay.record_of(name)
        self.assertEqual(record["close"]["ending"], "timeout")
        self.assertEqual(record["close"]["initiator"], "proxy")

    @needs_proxy
    def test_a_handshake_without_an_answer_is_ended_by_the_proxy(self):
        client, server = self.pair()
        name = client.name
        client.send(upgrade_request())
        server.expect(upgrade_request())
        for end in (client, server):
            data, how = end.receive_to_end()
            self.assertEqual(data, b"")
            self.assertIn(how, (FIN, RESET))
        record = self.relay.record_of(name)
        self.assertEqual(record["event"], "handshake_failed")
        self.assertEqual(record["handshake"]["outcome"], "unanswered")
        self.assertEqual(record["close"]["initiator"], "proxy")


if __name__ == "__main__":
    unittest.main()
