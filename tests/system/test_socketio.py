"""Socket.IO on both of its transports, and its change from polling to websocket on the way."""

import unittest

from support.endpoints import Endpoint, node
from support.proxy import Proxy
from support.scenarios import SIZES, do
from support.verdicts import Verdicts

ECHOES = [do(kind, size=size) for kind in ("text", "binary") for size in SIZES]
SPOKEN = [do("text", size=5)]


class SocketIo(Verdicts, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Endpoint(node("socketio_server.js"))
        cls.addClassCleanup(cls.server.stop)
        cls.client = Endpoint(node("socketio_client.js"))
        cls.addClassCleanup(cls.client.stop)
        cls.server_port = cls.server.answer()["port"]

    def setUp(self):
        self.proxy = self.enterContext(Proxy(f"ws://127.0.0.1:{self.server_port}"))

    def observe(self, port, transports, steps, name="friend"):
        """(the client's events, the server's; None from the server when it let nobody in)."""
        client = self.client.ask({"url": f"http://127.0.0.1:{port}", "transports": transports,
                                  "name": name, "steps": steps})
        return client, self.server.answer()["events"] if name == "friend" else None

    def compare(self, transports, steps, name="friend"):
        """Runs it both ways; the events, which are equal."""
        direct = self.observe(self.server_port, transports, steps, name)
        proxied = self.observe(self.proxy.port(), transports, steps, name)
        self.assertEqual(proxied, direct)
        return direct

    def check_record(self, code, initiator, ending):
        record = self.proxy.record()
        self.assertEqual(record["handshake"]["outcome"], "accepted")
        self.assertTrue(record["path"].startswith("/socket.io/?"), record["path"])
        self.assertIn("transport=websocket", record["path"])
        close = record["close"]
        self.assertEqual((close["code"], close["initiator"], close["ending"]),
                         (code, initiator, ending))
        self.assert_legal(record)
        return record

    def test_websocket_only(self):
        client, server = self.compare(["websocket"], [*ECHOES, do("disconnect")])
        self.assertEqual(client[0], {"event": "connect", "transport": "websocket"})
        self.assertEqual(client[1], {"event": "greeting", "text": "hello"})
        self.assertEqual(client[2:-1], server[:-1])
        self.assertEqual(client[-1]["reason"], "io client disconnect")
        self.check_record(1005, "client", "closing_handshake")

    def test_change_from_polling_to_websocket(self):
        steps = [do("text", size=65536), do("upgraded"), *ECHOES, do("disconnect")]
        client, server = self.compare(["polling", "websocket"], steps)
        self.assertEqual(client[0], {"event": "connect", "transport": "polling"})
        self.assertIn({"event": "upgrade", "transport": "websocket"}, client[2:4])
        self.assertEqual(server[-1]["transport"], "websocket")
        self.check_record(1005, "client", "closing_handshake")

    def test_polling_only(self):
        client, server = self.compare(["polling"], [*ECHOES, do("disconnect")])
        self.assertEqual(client[2:-1], server[:-1])
        self.assertEqual(server[-1]["transport"], "polling")
        self.observe(self.proxy.port(), ["websocket"], [do("disconnect")])
        self.check_record(1005, "client", "closing_handshake")  # of the websocket: the only record

    def test_server_disconnects_the_client(self):
        client, _ = self.compare(["websocket"], [*SPOKEN, do("say", text="send me away")])
        self.assertEqual(client[-1]["reason"], "io server disconnect")
        record = self.proxy.record()
        self.assertTrue(record["close"]["clean"])
        self.assert_legal(record)

    def test_server_cuts_the_line(self):
        client, _ = self.compare(["websocket"], [*SPOKEN, do("say", text="cut the line")])
        self.assertEqual(client[-1]["reason"], "transport close")
        self.check_record(1006, "server", "fin_without_close")

    def test_server_lets_nobody_in(self):
        for transports in (["websocket"], ["polling"]):
            with self.subTest(transports=transports):
                client, _ = self.compare(transports, [], "stranger")
                self.assertEqual(client, [{"event": "connect_error", "text": "no strangers"}])


if __name__ == "__main__":
    unittest.main()
