"""One client library and one server library, directly and through the proxy: the same events.

A test class names its pair and gets one test for each scenario that the pair can do:

    class WsToWs(PairTests, unittest.TestCase):
        client = node("ws_client.js")
        server = node("ws_server.js")
        can = WS_CLIENT | WS_SERVER
"""

import dataclasses

from support.endpoints import Endpoint
from support.proxy import NotSeen, Proxy
from support.scenarios import SCENARIOS
from support.verdicts import Verdicts

WS_CLIENT = {"client fragments", "client ping", "any code", "client empty close",
             "client terminate", "fails without subprotocol", "fails with another subprotocol"}
WS_SERVER = {"server fragments", "server empty close"}
WEBSOCKETS_CLIENT = {"client fragments", "client ping", "any code",
                     "client terminate", "goes on without subprotocol",
                     "fails with another subprotocol"}
WEBSOCKETS_SERVER = {"server fragments", "1011 for an exception"}
AIOHTTP_CLIENT = {"client ping", "any code", "client terminate",
                  "goes on without subprotocol"}
AIOHTTP_SERVER = set()
WHATWG_CLIENT = {"client empty close", "fails without subprotocol",
                 "fails with another subprotocol"}


def count(events, kind):
    return sum(event["event"] == kind for event in events)


def framed_size(events, close_frame, mask_size):
    """Bytes of these messages, one frame each, and of a Close (RFC 6455 section 5.2)."""
    payloads = [event["size"] for event in events if event["event"] == "message"]
    close = 0 if close_frame["code"] is None else 2 + len(close_frame["reason"].encode())
    length_sizes = [2 if size < 126 else 4 if size < 65536 else 10 for size in (*payloads, close)]
    return sum(payloads) + close + sum(length_sizes) + mask_size * (len(payloads) + 1)


def last(events, *kinds):
    """The last event that is one of `kinds`, or None."""
    return next((event for event in reversed(events) if event["event"] in kinds), None)


class PairTests(Verdicts):
    client = server = None
    can = frozenset()
    lost = None  # the scenario after which the client and the server are out of step
    one_frame_for_a_message = True
    # False where a FIN right behind a Close may keep the client from answering the Close.
    client_answers_before_fin = True

    def __init_subclass__(cls):
        super().__init_subclass__()
        for scenario in SCENARIOS:
            if scenario.needs <= set(cls.can):
                setattr(cls, f"test_{scenario.name}", lambda self, s=scenario: self.run_scenario(s))

    @classmethod
    def setUpClass(cls):
        cls.running_server = Endpoint(cls.server)
        cls.addClassCleanup(cls.running_server.stop)
        cls.running_client = Endpoint(cls.client)
        cls.addClassCleanup(cls.running_client.stop)
        cls.server_port = cls.running_server.answer()["port"]
        cls.proxy = cls.enterClassContext(Proxy(f"ws://127.0.0.1:{cls.server_port}"))
        cls.proxy_port = cls.proxy.port()
        cls.records_seen = 0

    def observe(self, scenario, port):
        """(the client's events, the server's) of one run against a port."""
        question = {"url": f"ws://127.0.0.1:{port}{scenario.path}",
                    "subprotocols": scenario.subprotocols, "steps": scenario.steps}
        self.assertIsNone(self.lost, "a program of this pair did not survive an earlier scenario")
        try:
            client = self.running_client.ask(question)
            server = self.running_server.answer()
        except NotSeen:
            type(self).lost = scenario.name
            raise
        self.assertEqual(server["path"], scenario.path)
        return client, server["events"]

    def next_record(self):
        cls = type(self)
        cls.records_seen += 1
        records = cls.proxy.wait_for_records(cls.records_seen)
        self.assertEqual(len(records), cls.records_seen, records)
        return records[-1]

    def run_scenario(self, scenario):
        client, server = self.observe(scenario, self.server_port)
        self.check_events(scenario, client, server)
        proxied_client, proxied_server = self.observe(scenario, self.proxy_port)
        self.assertEqual(proxied_client, client)
        self.assertEqual(proxied_server, server)
        record = self.next_record()
        self.assertEqual(record["path"], scenario.path)
        self.check_rules(scenario, record)
        if scenario.close is None:
            self.check_refusal(scenario, record)
        else:
            self.check_handshake(record, client)
            self.check_close(scenario.close, record, {"client": client, "server": server})
            self.check_traffic(scenario, record, client, server)

    def check_events(self, scenario, client, server):
        """Without the proxy: what the scenario is about has to happen at all."""
        opened = last(client, "open")
        if scenario.close is None:
            self.assertIsNone(opened, client)
            return
        self.assertEqual(opened["subprotocol"], scenario.subprotocol)
        self.assertEqual(bool(opened["extensions"]), scenario.path.startswith("/deflate/"), opened)
        expected = [step["messages"] for step in scenario.steps if step["do"] == "await"][-1:]
        self.assertEqual([count(client, "message")] if expected else [], expected)
        end = last({"client": client, "server": server}[scenario.close.peer], "close", "closed")
        self.assertEqual(end["code"], scenario.close.code)
        if scenario.close.has_frame:
            self.assertEqual(end.get("reason", scenario.close.reason), scenario.close.reason)

    def check_refusal(self, scenario, record):
        self.assertEqual(record["handshake"]["outcome"], scenario.outcome)
        self.assertEqual(record["handshake"]["status"], scenario.status)
        self.assertEqual(record["close"]["code"], 1006)
        self.assertFalse(record["close"]["clean"])
        if scenario.outcome == "accepted":  # the client's own demand was not met
            self.assertEqual(record["event"], "session_end")
            self.assertEqual(record["close"]["initiator"], "client")
        else:
            self.assertEqual(record["event"], "handshake_failed")
            self.assertEqual(record["close"]["ending"], "handshake_failed")

    def check_handshake(self, record, client):
        opened = last(client, "open")
        self.assertEqual(record["event"], "session_end")
        self.assertEqual(record["handshake"]["outcome"], "accepted")
        self.assertEqual(record["handshake"]["status"], 101)
        self.assertEqual(record["subprotocol"] or "", opened["subprotocol"])
        self.assertEqual(bool(record["extensions"]), bool(opened["extensions"]))

    def check_rules(self, scenario, record):
        if scenario.broken is None:
            self.assert_legal(record)
        else:
            self.assertEqual([each["id"] for each in record["violations"]], [scenario.broken])
        pings = {side: record.get("pings", {}).get(side) for side in ("client", "server")}
        self.assertEqual({side: seen and seen["sent"] for side, seen in pings.items()},
                         {side: 1 if side == scenario.pinged_by else None for side in pings})
        if scenario.pinged_by:
            seen = pings[scenario.pinged_by]
            self.assertEqual((seen["answered"], seen["unanswered_since_s"]), (1, None))
            self.assertTrue(0 < seen["slowest_s"] <= record["duration_s"], seen)

    def check_close(self, close, record, events):
        may_miss_answer = close.fin_follows and not self.client_answers_before_fin
        if may_miss_answer and not record["close"]["clean"]:
            close = dataclasses.replace(close, ending="close_unanswered")
        expected = {"code": close.code, "reason": close.reason, "initiator": close.initiator,
                    "clean": close.ending == "closing_handshake", "ending": close.ending}
        self.assertEqual({key: record["close"][key] for key in expected}, expected)
        frames = record["close_frames"]
        if not close.has_frame:
            self.assertEqual(frames, {"client": None, "server": None})
            first = record["stream_ends"][0]
            self.assertEqual((first["endpoint"], first["how"]),
                             (close.initiator, "reset" if close.ending == "reset" else "fin"))
            return
        first = frames[close.initiator]
        self.assertEqual(first["code"] or 1005, close.code)
        self.assertEqual(first["reason"], close.reason)
        if close.ending == "close_unanswered":
            self.assertIsNone(frames[close.peer])
            return
        answer = last(events[close.initiator], "close", "closed")["code"]
        if answer not in (None, 1006):  # who gives a connection up may read no answer
            self.assertEqual(frames[close.peer]["code"] or 1005, answer)

    def check_traffic(self, scenario, record, client, server):
        to_server = record["traffic"]["client_to_server"]
        to_client = record["traffic"]["server_to_client"]
        self.assertEqual(to_client["messages"], count(client, "message"))
        if scenario.every_message_arrives:
            self.assertEqual(to_server["messages"], count(server, "message"))
        if scenario.is_plain_echo and self.one_frame_for_a_message:
            frames = record["close_frames"]
            self.assertEqual(to_server["frames"], count(server, "message") + 1)
            self.assertEqual(to_server["bytes"], framed_size(server, frames["client"], mask_size=4))
            self.assertEqual(to_client["frames"], count(client, "message") + 1)
            self.assertEqual(to_client["bytes"], framed_size(client, frames["server"], mask_size=0))
