"""The close codes of graphql-transport-ws, each provoked at a real graphql-ws server."""

import json
import unittest

from support.endpoints import Endpoint, node
from support.provoked import Provoked, last_record, proxy_to
from support.raw_peers import Background
from support.scenarios import do, messages

INIT = {"type": "connection_init"}


def say(*values):
    return tuple(do("say", text=json.dumps(value)) for value in values)


def subscribe(identifier="1", **payload):
    return {"id": identifier, "type": "subscribe",
            "payload": {"query": "subscription { never }", **payload}}


WELCOMED = (*say(INIT), messages(1))

# steps, close code, the reason on the wire, then the verdict: cause, party.
ENDS = {
    "no JSON": ((do("say", text="what is this"),), 4400, "Invalid message received",
                "invalid_message", "client"),
    "a subscription before the welcome": (say(subscribe()), 4401, "Unauthorized",
                                          "authentication_failed", "client"),
    "a refused connection_init": (say({**INIT, "payload": {"token": "wrong"}}), 4403, "Forbidden",
                                  "access_denied", "client"),
    "no connection_init": ((), 4408, "Connection initialisation timeout", "invalid_message",
                           "client"),
    "one id for two subscriptions": ((*WELCOMED, *say(subscribe(), subscribe())), 4409,
                                     "Subscriber for 1 already exists", "invalid_message",
                                     "client"),
    "two welcomes asked for": ((*say(INIT, INIT),), 4429, "Too many initialisation requests",
                               "invalid_message", "client"),
    "a resolver that throws": ((*WELCOMED, *say(subscribe(operationName="boom"))), 4500,
                               "a bug in the resolver", "server_error", "server"),
}


class GraphQlWs(Provoked):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = cls.enterClassContext(Endpoint(node("graphql_server.js")))
        cls.port = cls.server.answer()["port"]
        cls.client = cls.enterClassContext(Endpoint(node("ws_client.js")))

    def talk(self, steps, subprotocols=("graphql-transport-ws",)):
        with proxy_to(self.port) as proxy:
            self.client.ask({"url": f"ws://127.0.0.1:{proxy.port()}/graphql", "steps": steps,
                             "subprotocols": subprotocols})
            return last_record(proxy)

    def test_codes(self):
        for name, (steps, code, reason, cause, party) in ENDS.items():
            with self.subTest(name):
                record = self.talk(steps)
                self.assert_closed(record, code, "server")
                self.assertEqual(record["close"]["reason"], reason)
                self.assertEqual(record["subprotocol"], "graphql-transport-ws")
                self.assert_verdict(record, cause, party, "certain",
                                    f'The server\'s reason says "{reason}"')

    def test_a_subprotocol_that_it_does_not_speak(self):
        """None is agreed on then, so that only the reason tells whose code it is."""
        for subprotocols in ((), ("graphql-ws",)):
            with self.subTest(subprotocols):
                record = self.talk((), subprotocols)
                self.assert_closed(record, 4406, "server")
                self.assertIsNone(record["subprotocol"])
                self.assert_verdict(record, "subprotocol_mismatch", "client", "certain",
                                    r"Subprotocol not acceptable")

    def test_a_server_that_is_shut_down(self):
        with (Endpoint(node("graphql_server.js")) as server,
              Endpoint(node("ws_client.js")) as client,
              proxy_to(server.answer()["port"]) as proxy):
            talking = Background(lambda: client.ask({
                "url": f"ws://127.0.0.1:{proxy.port()}/graphql", "steps": WELCOMED,
                "subprotocols": ["graphql-transport-ws"]}))
            self.assertEqual(server.answer(), {"event": "welcomed"})
            server.tell("stop")
            talking.join()
            record = last_record(proxy)
        self.assert_closed(record, 1001, "server")
        self.assert_verdict(record, "server_shutdown", "operator", "likely", r'"Going away"')


class AcknowledgementTimeout(Provoked):
    def test_the_client_of_graphql_ws_waits_in_vain(self):
        """Nothing answers its connection_init: the client closes, and the server is at fault."""
        with (Endpoint(node("ws_server.js")) as server,
              Endpoint(node("graphql_client.js")) as client,
              proxy_to(server.answer()["port"]) as proxy):
            url = f"ws://127.0.0.1:{proxy.port()}/plain/mute"
            client.ask({"url": url})
            record = last_record(proxy)
        self.assert_closed(record, 4504, "client")
        self.assert_verdict(record, "server_error", "server", "certain",
                            r'"Connection acknowledgement timeout"')


if __name__ == "__main__":
    unittest.main()
