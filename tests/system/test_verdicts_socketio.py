"""Socket.IO and Engine.IO end in their own ways, mostly by a Close without a code."""

import unittest

from support.endpoints import Endpoint, node
from support.provoked import Provoked, last_record, proxy_to
from support.scenarios import do, messages

ENGINE = "/socket.io/?EIO=4&transport=websocket"
SPOKEN = [do("text", size=5)]


class SocketIo(Provoked):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = cls.enterClassContext(Endpoint(node("socketio_server.js",
                                                         maxHttpBufferSize=10_000)))
        cls.port = cls.server.answer()["port"]
        cls.client = cls.enterClassContext(Endpoint(node("socketio_client.js")))
        cls.raw_client = cls.enterClassContext(Endpoint(node("ws_client.js")))

    def talk(self, *steps):
        with proxy_to(self.port) as proxy:
            self.client.ask({"url": f"http://127.0.0.1:{proxy.port()}", "transports": ["websocket"],
                             "name": "friend", "steps": [*SPOKEN, *steps]})
            return last_record(proxy)

    def ask(self, path, *steps):
        """A plain WebSocket client that speaks Engine.IO by hand."""
        with proxy_to(self.port) as proxy:
            events = self.raw_client.ask({"url": f"ws://127.0.0.1:{proxy.port()}{path}",
                                          "subprotocols": [], "steps": steps})
            return last_record(proxy), events

    def test_the_client_disconnects(self):
        record = self.talk(do("disconnect"))
        self.assert_closed(record, 1005, "client", clean=True)
        self.assert_verdict(record, "client_left", "nobody", "certain",
                            r"the client sent a farewell of Socket\.IO")

    def test_the_server_disconnects_the_client(self):
        record = self.talk(do("say", text="send me away"))
        self.assertTrue(record["close"]["clean"])
        self.assert_verdict(record, "disconnected_by_application", "server", "certain",
                            r"the server sent a farewell of Socket\.IO")

    def test_the_server_cuts_the_line(self):
        record = self.talk(do("say", text="cut the line"))
        self.assert_closed(record, 1006, "server")
        self.assert_verdict(record, "ended_without_close", "unknown", "unknown")

    def test_a_message_over_max_http_buffer_size(self):
        record = self.talk(do("text", size=20_000))
        self.assert_closed(record, 1009, "server")
        self.assert_verdict(record, "message_too_big", "server", "certain",
                            r"20014 bytes \(19\.5 KiB\) inflated",
                            r"Engine\.IO is on the path.*maxHttpBufferSize is 1000000 .*set lower",
                            fix=r"Raise maxHttpBufferSize")

    def test_a_message_over_the_default_of_max_http_buffer_size(self):
        with (Endpoint(node("socketio_server.js", maxHttpBufferSize=1_000_000)) as server,
              proxy_to(server.answer()["port"]) as proxy):
            self.client.ask({"url": f"http://127.0.0.1:{proxy.port()}", "transports": ["websocket"],
                             "name": "friend", "steps": [do("text", size=1_500_000)]})
            record = last_record(proxy)
        self.assert_closed(record, 1009, "server")
        self.assert_verdict(record, "message_too_big", "server", "certain",
                            candidates=["maxHttpBufferSize is 1000000 bytes"],
                            fix="maxHttpBufferSize")

    def test_a_session_id_that_this_server_does_not_know(self):
        """What a load balancer without sticky sessions does: polling went to another server."""
        record, events = self.ask(ENGINE + "&sid=AAAAAAAAAAAAAAAAAAAA")
        self.assertIn("Session ID unknown", events[0]["body"])
        self.assertEqual(record["handshake"]["status"], 400)
        self.assert_verdict(record, "sticky_session_missing", "hop_behind", "likely",
                            r"does not know the session", fix="[sS]ticky|same server")

    def test_a_version_of_the_protocol_that_it_does_not_speak(self):
        """It accepts, and then writes an HTTP page into the WebSocket: no hop did that."""
        record, events = self.ask("/socket.io/?EIO=3&transport=websocket")
        self.assertEqual([each["event"] for each in events], ["open", "error", "close"])
        self.assert_verdict(record, "injected_bytes", "server", "likely",
                            r"They read: HTTP/1\.1 400 Bad Request", r"Engine\.IO itself",
                            fix=r"allowEIO3")

    def test_a_transport_that_it_does_not_have(self):
        record, events = self.ask("/socket.io/?EIO=4&transport=pigeon")
        self.assertIn("Transport unknown", events[0]["body"])
        self.assert_verdict(record, "handshake_rejected", "server", "certain",
                            r"transport in the address")


class EngineHeartbeats(Provoked):
    """The server's "2" is not answered by a "3"."""

    def provoke_mute_client(self):
        with (Endpoint(node("socketio_server.js", pingInterval=1500, pingTimeout=2500)) as server,
              Endpoint(node("ws_client.js")) as client, proxy_to(server.answer()["port"]) as proxy):
            steps = [messages(1), do("say", text='40{"name":"friend"}')]
            events = client.ask({"url": f"ws://127.0.0.1:{proxy.port()}{ENGINE}",
                                 "subprotocols": [], "steps": steps})
            return last_record(proxy), events

    def test_a_client_that_does_not_answer_is_what_ended_it(self):
        record, events = self.end("mute_client")
        self.assertEqual(events[-1]["code"], 1005)
        self.assert_closed(record, 1005, "server", clean=True)
        self.assert_verdict(record, "keepalive_unanswered", "client", "possible",
                            r"not answer the last heartbeat \(engine_io_ping\), 2\.\d s before",
                            candidates=["path_lost"])


if __name__ == "__main__":
    unittest.main()
