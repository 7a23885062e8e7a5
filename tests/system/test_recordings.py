"""Recordings of connections as users make and read them: what is written, what of it, and that
`lastframe analyze` says of them what the log said.
"""

import unittest

from support.deflate import OFFER, deflated
from support.endpoints import Endpoint, node, python
from support.frames import (BINARY, CONTINUATION, PING, PONG, client_frame, close_from,
                            server_frame, sized_response, upgrade_request, upgrade_response)
from support.pairs import WEBSOCKETS_CLIENT, WEBSOCKETS_SERVER, WS_CLIENT, WS_SERVER
from support.recordings import DROPPED, RECORD, RecordingTest, analyze, blocks_of, without
from support.scenarios import SCENARIOS

BOTH_CLOSES = (("client", close_from("client", 1000)), ("server", close_from("server", 1000)))
MESSAGES = (("client", client_frame(b"up")), ("server", server_frame(b"down")))

# What a session did, and how its streams ended: (turns, end).
ENDS = {
    "both Closes": ((*MESSAGES, *BOTH_CLOSES), "fins"),
    "the server closes with a reason": (
        (("server", close_from("server", 1011, "boom")), ("client", close_from("client", 1011))),
        "server fins"),
    "an empty Close": (
        (("client", close_from("client")), ("server", close_from("server"))), "fins"),
    "a Close without an answer": (
        (*MESSAGES, ("client", close_from("client", 4001, "bye"))), "fins"),
    "no Close": (MESSAGES, "server fins"),
    "a reset by the client": (MESSAGES, "client reset"),
    "a reset by the server": (MESSAGES, "server reset"),
    "a stream that ends within a frame": (
        (("client", client_frame(b"only a part", length=500)),), "fins"),
    "a stream that ends within a message": (
        (("server", server_frame(b"one", fin=False)),
         ("server", server_frame(b"two", opcode=CONTINUATION, fin=False))), "server fins"),
    "a reset within a frame": ((("server", server_frame(b"part", length=70000)),), "server reset"),
    "a frame without a mask": (
        (("client", client_frame(b"bare", mask=None)), ("server", close_from("server", 1002))),
        "server fins"),
    "a code that must not stand in a Close": (
        (("server", close_from("server", 1006)), ("client", close_from("client", 1002))), "fins"),
    "text that is no UTF-8": (
        (("client", client_frame(b"\xc3\x28")), ("server", close_from("server", 1007)),
         ("client", close_from("client", 1007))), "server fins"),
    "a Ping and its Pong": (
        (("server", server_frame(b"ping", opcode=PING)),
         ("client", client_frame(b"ping", opcode=PONG)), *BOTH_CLOSES), "fins"),
    "stray bytes": ((*MESSAGES, ("server", b"HTTP/1.1 502 Bad Gateway\r\nServer: nginx\r\n\r\n")),
                    "server fins"),
    "a reserved opcode": ((("client", client_frame(b"?", opcode=3)), *BOTH_CLOSES), "fins"),
    "a message of several frames": (
        (("client", client_frame(b"x" * 300, opcode=BINARY, fin=False)),
         ("client", client_frame(b"y" * 70000, opcode=CONTINUATION)), *BOTH_CLOSES), "fins"),
}


class Ends(RecordingTest):
    """A log and the recordings of the same connections say the same."""

    def end(self, how, client, server):
        if how == "fins":
            return self.fins(client, server)
        if how == "server fins":
            return self.fins(server, client)
        first, second = (client, server) if how == "client reset" else (server, client)
        first.reset_behind_data()
        second.expect_reset()

    def go_through_ends(self, relay):
        """A session of each kind; how many there were."""
        for name, (turns, how) in ENDS.items():
            with self.subTest(name):
                client, server = self.opened(relay)
                self.turns(client, server, turns)
                self.end(how, client, server)
        client, server = self.opened(
            relay, upgrade_request(headers=[("Sec-WebSocket-Extensions", OFFER)]),
            upgrade_response([("Sec-WebSocket-Extensions", "permessage-deflate")]))
        self.turns(client, server, [
            ("client", client_frame(deflated(b"compressed " * 40), rsv=4)), *BOTH_CLOSES])
        self.fins(client, server)
        client, server = self.pair(relay)
        self.turns(client, server, [("client", upgrade_request()),
                                    ("server", sized_response("403 Forbidden", b"not you"))])
        self.fins(server, client)
        client, server = self.pair(relay)
        self.turns(client, server, [("client", upgrade_request())])
        self.fins(server, client)
        return len(ENDS) + 3

    def test_a_replay_of_what_was_kept_gives_the_log_again(self):
        with self.relay("of: [all], payload: true, size: 256KiB") as relay:
            count = self.go_through_ends(relay)
            log = {line["session"]: line for line in relay.wait_for_records(count)}
            self.wait_for_ends(relay, count)
            data = self.recording(relay)
        self.assertEqual(len(log), count)
        self.assertNotIn(DROPPED, [kind for kind, _, _ in blocks_of(data)])
        self.assertEqual(analyze("-", data=data).by_session(), log)
        # Nothing to read it from: it is found anew.
        again = analyze("-", data=without(data, RECORD)).by_session()
        for session, line in log.items():
            with self.subTest(line["close"], cause=line["cause"]["id"]):
                self.assertEqual(again.get(session), line)

    def test_without_payload_the_records_are_there_as_they_were_written(self):
        with self.relay("of: [all]") as relay:
            count = self.go_through_ends(relay)
            log = {line["session"]: line for line in relay.wait_for_records(count)}
            self.wait_for_ends(relay, count)
            path, = self.files(relay)
            said = analyze(path)
            self.assertEqual(said.by_session(), log)
            self.assertEqual(said.code, 1)  # rules were broken
            self.assertEqual(analyze(path, arguments=("--json", "--fail-on", "never")).code, 0)
            self.assertIn(f"{count} connections, {count} records", said.errors)


class RealClients(RecordingTest):
    """Debian's websockets and npm's ws, in every scenario that they can do."""

    def scenarios_of(self, can):
        return [each for each in SCENARIOS if each.needs <= can]

    def run_all(self, client, server, can, capture):
        """(log, the recording's bytes) of all scenarios."""
        scenarios = self.scenarios_of(can)
        with Endpoint(server) as serving, Endpoint(client) as asking:
            port = serving.answer()["port"]
            with self.relay(capture, upstream=f"ws://127.0.0.1:{port}") as relay:
                for scenario in scenarios:
                    asking.ask({"url": f"ws://127.0.0.1:{relay.port()}{scenario.path}",
                                "subprotocols": scenario.subprotocols, "steps": scenario.steps})
                    serving.answer()
                log = {line["session"]: line for line in relay.wait_for_records(len(scenarios))}
                self.wait_for_ends(relay, len(scenarios))
                return log, self.recording(relay)

    def check(self, client, server, can):
        with self.subTest("payload"):
            log, data = self.run_all(client, server, can,
                                     "of: [all], payload: true, size: 256KiB, frames: 100000")
            partial = {payload[:4] for kind, payload, _ in blocks_of(data) if kind == DROPPED}
            again = analyze("-", data=without(data, RECORD)).by_session()
            self.assertGreater(len(log), 20)
            self.assertLess(len(partial), 5)  # megabytes were sent in few
            equal = [session for session, line in log.items() if again.get(session) == line]
            self.assertGreaterEqual(len(equal), len(log) - len(partial))
            self.assertEqual(analyze("-", data=data).by_session(), log)
        with self.subTest("default settings"):
            log, data = self.run_all(client, server, can, "of: [all]")
            self.assertEqual(analyze("-", data=data).by_session(), log)

    def test_python_websockets_with_npm_ws(self):
        self.check(python("websockets_client.py"), node("ws_server.js"),
                   WEBSOCKETS_CLIENT | WS_SERVER)

    def test_npm_ws_with_python_websockets(self):
        self.check(node("ws_client.js"), python("websockets_server.py"),
                   WS_CLIENT | WEBSOCKETS_SERVER)


if __name__ == "__main__":
    unittest.main()
