"""npm's ws and undici end in every way that they can: the verdict says who and why."""

import unittest

from support.endpoints import Endpoint, node
from support.provoked import Provoked, last_record, proxy_to
from support.scenarios import do, messages

SPEAK = (do("text", size=5), messages(1))


def closing(code, reason=""):
    return (*SPEAK, do("close", code=code, reason=reason))


# name, path, steps, close code, initiator, then the verdict: cause, party, confidence, evidence.
ENDS = [
    ("client says 1000", "/plain/echo", closing(1000), 1000, "client",
     "normal_closure", "nobody", "certain",
     [r"The client sent Close 1000 .* the server answered it"]),
    ("client says 1001", "/plain/echo", closing(1001), 1001, "client",
     "client_left", "nobody", "likely", [r"sent Close 1001"]),
    ("client gives no code", "/plain/echo", closing(None), 1005, "client",
     "closed_without_status", "nobody", "certain", []),
    ("client terminates", "/plain/echo", (*SPEAK, do("terminate")), 1006, "client",
     "client_gone", "nobody", "likely", [r"The client ended its stream \(FIN\)"]),
    ("client resets", "/plain/echo", (*SPEAK, do("reset")), 1006, "client",
     "client_gone", "nobody", "likely", [r"The client reset the connection \(RST\)"]),
    ("client says 1008", "/plain/echo", closing(1008, "no such thing"), 1008, "client",
     "policy_violation", "server", "possible", [r'"no such thing"']),
    ("client says 4401", "/plain/echo", closing(4401, "whoever you are"), 4401, "client",
     "unknown_code", "client", "unknown", [r"4401 is a code of the application's own",
                                           r'"whoever you are"']),
    ("server says 1000", "/plain/close/1000", SPEAK[:1], 1000, "server",
     "normal_closure", "nobody", "certain", [r"The server sent Close 1000"]),
    ("server says 1001", "/plain/close/1001", SPEAK[:1], 1001, "server",
     "server_shutdown", "operator", "likely", []),
    ("server gives no code", "/plain/close/empty", SPEAK[:1], 1005, "server",
     "closed_without_status", "nobody", "certain", []),
    ("server terminates", "/plain/greeted/terminate", SPEAK[:1], 1006, "server",
     "ended_without_close", "unknown", "unknown", [r"The server ended its stream \(FIN\)"]),
    ("server resets", "/plain/greeted/reset", SPEAK[:1], 1006, "server",
     "server_crashed", "server", "possible", [r"The server reset the connection \(RST\)"]),
    ("server terminates without a word", "/plain/terminate", SPEAK[:1], 1006, "server",
     "closed_at_once", "server", "likely", [r"The server ended its stream \(FIN\)"]),
    ("server resets without a word", "/plain/reset", SPEAK[:1], 1006, "server",
     "closed_at_once", "server", "likely", [r"The server reset the connection \(RST\)"]),
    ("server says 4401", "/plain/close/4401", SPEAK[:1], 4401, "server",
     "unknown_code", "server", "unknown", [r"4401 is a code of the application's own",
                                           r"The server gave no reason"]),
    ("server says 1011", "/plain/close/1011/boom", SPEAK[:1], 1011, "server",
     "server_error", "server", "likely", [r'"boom"']),
    ("server says 1013", "/plain/close/1013", SPEAK[:1], 1013, "server",
     "try_again_later", "server", "likely", []),
    ("server says 1012", "/plain/close/1012", SPEAK[:1], 1012, "server",
     "service_restart", "operator", "likely", []),
]


class ServerAndClients(Provoked):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = cls.enterClassContext(Endpoint(node("ws_server.js")))
        cls.port = cls.server.answer()["port"]
        cls.clients = {name: cls.enterClassContext(Endpoint(node(f"{name}_client.js")))
                       for name in ("ws", "undici")}

    def talk(self, path, steps, client="ws", **options):
        """(the record, what the client saw)."""
        with proxy_to(self.port) as proxy:
            events = self.clients[client].ask({
                "url": f"ws://127.0.0.1:{proxy.port()}{path}", "subprotocols": [], "steps": steps,
                **options})
            return last_record(proxy), events

    def test_ends_of_ws(self):
        for name, path, steps, code, initiator, cause, party, confidence, evidence in ENDS:
            with self.subTest(name):
                record, _ = self.talk(path, steps)
                self.assert_closed(record, code, initiator)
                self.assert_verdict(record, cause, party, confidence, *evidence)

    def test_the_browser_view_is_what_a_browser_api_saw(self):
        """undici has the interface of a page."""
        for path, steps, cause in (
                ("/plain/echo", closing(1000), "normal_closure"),
                ("/plain/echo", closing(None), "closed_without_status"),
                ("/plain/echo", closing(4401, "whoever"), "unknown_code"),
                ("/plain/close/1001", SPEAK[:1], "server_shutdown"),
                ("/plain/close/1011/boom", SPEAK[:1], "server_error"),
                ("/plain/close/empty", SPEAK[:1], "closed_without_status"),
                ("/plain/greeted/terminate", SPEAK[:1], "ended_without_close"),
                ("/plain/greeted/reset", SPEAK[:1], "server_crashed")):
            with self.subTest(path=path, steps=steps[-1]):
                record, events = self.talk(path, steps, "undici")
                seen = next(each for each in events if each["event"] == "close")
                self.assertEqual(record["cause"]["id"], cause, record)
                self.assertIn(f"close event {seen['code']}", record["views"]["browser"])
                self.assertIn(f"wasClean {str(seen['clean']).lower()}", record["views"]["browser"])

    def test_the_server_takes_less_than_was_sent(self):
        record, _ = self.talk("/plain/limit", (do("binary", size=4096),))
        self.assert_closed(record, 1009, "server")
        self.assert_verdict(record, "message_too_big", "server", "certain",
                            r"The largest of the client's last messages had 4096 bytes",
                            r"The smallest message that was refused here had 4096 bytes")

    def test_the_client_takes_less_than_was_sent(self):
        record, _ = self.talk("/plain/echo", (do("binary", size=2000), messages(1)),
                              maxPayload=1024)
        self.assert_closed(record, 1009, "client")
        self.assert_verdict(record, "message_too_big", "client", "certain",
                            r"The largest of the server's last messages had 2000 bytes")

    def test_the_client_takes_less_than_a_message_inflates_to(self):
        record, _ = self.talk("/deflate/echo", (do("say", text="x" * 100_000), messages(1)),
                              maxPayload=50_000)
        self.assert_closed(record, 1009, "client")
        self.assert_verdict(record, "message_too_big", "client", "certain",
                            r"on the wire, 100000 bytes .* inflated \(ratio \d{2,3}\.\d\)")

    def test_what_passed_before_narrows_the_limit(self):
        with proxy_to(self.port) as proxy:
            sizes = ((600, 4096), (1000, 2000), (700, 1100))
            for seen, (accepted, refused) in enumerate(sizes, start=1):
                self.clients["ws"].ask({
                    "url": f"ws://127.0.0.1:{proxy.port()}/plain/limit", "subprotocols": [],
                    "steps": [do("binary", size=accepted), messages(1),
                              do("binary", size=refused)]})
                # Two workers may write the records of two connections in either order.
                record = last_record(proxy, seen)
        self.assert_closed(record, 1009, "server")
        self.assert_verdict(record, "message_too_big", "server", "certain",
                            r"1000 bytes was accepted and 1100 bytes refused")

    def test_the_server_refuses_the_handshake(self):
        for status, cause, party, confidence in (
                (401, "handshake_unauthenticated", "client", "certain"),
                (404, "not_found", "client", "likely"),
                (429, "handshake_rate_limited", "client", "certain"),
                (500, "handshake_server_error", "server", "likely")):
            with self.subTest(status):
                record, _ = self.talk(f"/plain/reject/{status}", ())
                self.assertEqual(record["handshake"]["status"], status)
                self.assert_verdict(record, cause, party, confidence,
                                    rf"The server answered with {status} .*with a body of")

    def test_a_403_without_an_origin_is_not_blamed_on_the_origin(self):
        record, _ = self.talk("/plain/reject/403", ())
        self.assert_verdict(record, "handshake_forbidden", "server", "possible",
                            r"The request has no Origin", r"The answer has a body")
        self.assertNotIn("origin_refused", record["cause"]["candidates"])


class Heartbeats(Provoked):
    """The package's README: ping, and terminate whoever has not answered by the next beat."""

    def heartbeat(self, milliseconds):
        with (Endpoint(node("ws_server.js")) as server, Endpoint(node("ws_client.js")) as client,
              proxy_to(server.answer()["port"]) as proxy):
            client.ask({"url": f"ws://127.0.0.1:{proxy.port()}/plain/heartbeat/{milliseconds}",
                        "subprotocols": [], "steps": [do("text", size=5)], "autoPong": False})
            return last_record(proxy)

    def provoke_of_five_seconds(self):
        return self.heartbeat(5000)

    def provoke_of_two_seconds(self):
        return self.heartbeat(2000)

    def test_a_ping_that_nobody_answered_is_what_ended_it(self):
        for name, waited, confidence in (("of_five_seconds", "5", "likely"),
                                         ("of_two_seconds", "2", "possible")):
            with self.subTest(name):
                record = self.end(name)
                self.assert_closed(record, 1006, "server")
                self.assert_verdict(record, "keepalive_unanswered", "client", confidence,
                                    rf"Ping passed here {waited}\.0 s before the end, and no Pong")


if __name__ == "__main__":
    unittest.main()
