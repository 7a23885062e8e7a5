"""The Python servers of Debian (websockets, aiohttp, tornado, uvicorn) end in their own ways; some of
them look alike on the wire and are not.
"""

import unittest

from support import frames
from support.endpoints import Endpoint, node, python
from support.provoked import Provoked, ask_upgrade, last_record, proxy_to, read_head
from support.raw_peers import Peer
from support.scenarios import do, messages


def talk(server, path, steps, client=node("ws_client.js"), **options):
    """The record of one conversation of a real client with a server that runs already."""
    with Endpoint(client) as running, proxy_to(server) as proxy:
        running.ask({"url": f"ws://127.0.0.1:{proxy.port()}{path}", "subprotocols": [],
                     "steps": steps, **options})
        return last_record(proxy)


def leave_to_its_end(client):
    """All that still comes, then our own end."""
    client.receive_to_end()
    client.close()


def answer_close(client):
    """Answers a Close, if one comes, with its own body. Pings before it are not answered."""
    try:
        while (head := client.receive(2))[0] == 0x80 | frames.PING:
            client.receive(head[1])
        client.send(frames.client_frame(client.receive(head[1]), opcode=frames.CLOSE))
    except AssertionError:  # the stream ended without a Close
        pass
    leave_to_its_end(client)


class Websockets(Provoked):
    def with_server(self, path, *steps, **settings):
        with Endpoint(python("websockets_server.py", **settings)) as server:
            return talk(server.answer()["port"], path, steps)

    def provoke_unanswered_keepalive(self):
        """A client that never answers a Ping."""
        settings = {"ping_interval": 1, "ping_timeout": 1.5}
        with Endpoint(python("websockets_server.py", **settings)) as server, \
                proxy_to(server.answer()["port"]) as proxy:
            client = ask_upgrade(proxy.port(), "/plain/echo")
            leave_to_its_end(client)
            return last_record(proxy)

    def test_a_keepalive_that_the_client_did_not_answer(self):
        record = self.end("unanswered_keepalive")
        self.assert_closed(record, 1011, "server")
        self.assertEqual(record["close"]["reason"], "keepalive ping timeout")
        self.assert_verdict(record, "keepalive_unanswered", "client", "certain",
                            r'"keepalive ping timeout"',
                            r"Ping passed here 1\.\d s before the end, and no Pong came back \(0 of")

    def provoke_blocked_server(self):
        """A real client answers at once; the server sleeps where it ought to read."""
        return self.with_server("/plain/block/0.8", do("text", size=5),
                                ping_interval=0.6, ping_timeout=0.6, close_timeout=1)

    def test_a_keepalive_that_the_server_was_too_busy_to_read(self):
        record = self.end("blocked_server")
        self.assert_closed(record, 1011, "server")
        self.assertEqual(record["close"]["reason"], "keepalive ping timeout")
        self.assertIsNone(record["pings"]["server"]["unanswered_since_s"])
        self.assert_verdict(record, "keepalive_blocked", "server", "likely",
                            r"\d Pings? of the server (was|were) answered",
                            r"its own event loop did not read it in time")

    def provoke_size_over_the_default(self):
        return self.with_server("/plain/echo", do("binary", size=1_500_000), max_size=1 << 20,
                                close_timeout=1)

    def test_a_message_over_the_default_size(self):
        record = self.end("size_over_the_default")
        self.assert_closed(record, 1009, "server")
        self.assert_verdict(record, "message_too_big", "server", "certain",
                            r"1500000 bytes \(1\.4 MiB\) on the wire",
                            candidates=["max_size is 1048576 bytes (1.0 MiB) per message, and it is"],
                            fix=r"Raise max_size of websockets")

    def provoke_size_over_a_lower_one(self):
        return self.with_server("/plain/limit", do("binary", size=4096))

    def test_a_message_over_a_size_that_was_set(self):
        record = self.end("size_over_a_lower_one")
        self.assert_closed(record, 1009, "server")
        self.assert_verdict(record, "message_too_big", "server", "certain",
                            r"had 4096 bytes on the wire",
                            r"websockets \(Python\) is on the path; its max_size is .* set lower",
                            fix=r"Raise max_size of")

    def provoke_handler_that_raises(self):
        return self.with_server("/plain/raise_at_message", do("text", size=5))

    def test_a_handler_that_raises(self):
        record = self.end("handler_that_raises")
        self.assert_closed(record, 1011, "server")
        self.assert_verdict(record, "server_error", "server", "likely", r"sent Close 1011")

    def end_while_talking(self, end):
        """`end(server)` comes when an echo has passed."""
        with Endpoint(python("websockets_server.py")) as server, \
                proxy_to(server.answer()["port"]) as proxy:
            client = ask_upgrade(proxy.port(), "/plain/echo")
            client.send(frames.client_frame(b"hello"))
            client.expect(frames.server_frame(b"hello"))
            end(server)
            answer_close(client)
            return last_record(proxy)

    def provoke_shutdown(self):
        return self.end_while_talking(lambda server: server.tell("stop"))

    def test_a_server_that_is_shut_down(self):
        record = self.end("shutdown")
        self.assert_closed(record, 1001, "server", clean=True)
        self.assert_verdict(record, "server_shutdown", "operator", "likely")

    def provoke_kill(self):
        return self.end_while_talking(lambda server: server.kill())

    def test_a_server_that_is_killed(self):
        """A FIN is all that its kernel sends: a crash is one of several candidates."""
        record = self.end("kill")
        self.assertEqual(record["stream_ends"][0]["endpoint"], "server")
        self.assertEqual(record["stream_ends"][0]["how"], "fin")
        self.assert_verdict(record, "ended_without_close", "unknown", "unknown",
                            r"The server ended its stream \(FIN\)", candidates=["server_crashed"])


class Aiohttp(Provoked):
    def with_server(self, path, *steps):
        with Endpoint(python("aiohttp_server.py")) as server:
            return talk(server.answer()["port"], path, steps)

    def provoke_size(self):
        return self.with_server("/plain/limit", do("binary", size=4096))

    def provoke_size_over_the_default(self):
        return self.with_server("/plain/echo", do("binary", size=5_000_000))

    def test_its_1009_has_no_text(self):
        record = self.end("size")
        self.assert_closed(record, 1009, "server")
        self.assertEqual(record["close"]["reason"], "")
        self.assert_verdict(record, "message_too_big", "server", "certain",
                            r"had 4096 bytes on the wire")

    def test_a_message_over_the_default_size(self):
        record = self.end("size_over_the_default")
        self.assert_closed(record, 1009, "server")
        self.assert_verdict(record, "message_too_big", "server", "certain",
                            candidates=["max_msg_size is 4194304 bytes (4.0 MiB) per message, and"],
                            fix=r"max_msg_size of aiohttp")

    def provoke_heartbeat(self):
        """A Pong is waited for half as long as a beat lasts; then the stream just ends."""
        with Endpoint(python("aiohttp_server.py", heartbeat=4)) as server, \
                proxy_to(server.answer()["port"]) as proxy:
            client = ask_upgrade(proxy.port(), "/plain/echo")
            client.send(frames.client_frame(b"hello"))
            leave_to_its_end(client)
            return last_record(proxy)

    def test_a_heartbeat_that_the_client_did_not_answer(self):
        record = self.end("heartbeat")
        self.assert_closed(record, 1006, "server")
        self.assert_verdict(record, "keepalive_unanswered", "client", "possible",
                            r"Ping passed here 2\.\d s before the end, and no Pong came back")


class Tornado(Provoked):
    def with_server(self, act, headers=(), **settings):
        """What `act(client)` sends is the last that a raw client does."""
        with Endpoint(python("tornado_server.py", **settings)) as server, \
                proxy_to(server.answer()["port"]) as proxy:
            client = ask_upgrade(proxy.port(), "/plain/echo", headers)
            client.send(frames.client_frame(b"hello"))
            client.expect(frames.server_frame(b"hello"))
            act(client)
            answer_close(client)
            return last_record(proxy)

    def provoke_bad_utf8(self):
        return self.with_server(lambda client: client.send(frames.client_frame(b"caf\xe9 au lait")))

    def provoke_reserved_bit(self):
        return self.with_server(lambda client: client.send(frames.client_frame(b"hello", rsv=2)))

    def provoke_unknown_opcode(self):
        return self.with_server(lambda client: client.send(frames.client_frame(b"hello", opcode=5)))

    def test_it_ends_without_a_close_where_the_client_broke_a_rule(self):
        for name, cause, rule in (("bad_utf8", "invalid_utf8", "text_not_utf8"),
                                  ("reserved_bit", "protocol_violation", "reserved_bit_set"),
                                  ("unknown_opcode", "protocol_violation", "reserved_opcode")):
            with self.subTest(name):
                record = self.end(name)
                self.assert_closed(record, 1006, "server")
                self.assertIn(rule, [each["rule"] for each in record["violations"]])
                self.assert_verdict(record, cause, "client", "likely",
                                    rf"Frame 2 from the client.*{rule}",
                                    r"Tornado ends the stream without a Close when a rule is")

    def provoke_unanswered_ping(self):
        return self.with_server(lambda client: None, websocket_ping_interval=1,
                                websocket_ping_timeout=4)

    def test_a_ping_that_the_client_did_not_answer(self):
        """Tornado 6.2 closes without a code then: it looks like a farewell, and is none."""
        record = self.end("unanswered_ping")
        self.assert_closed(record, 1005, "server")
        self.assert_verdict(record, "keepalive_unanswered", "client", "likely",
                            r"no Pong came back \(0 of \d were answered\)")

    def provoke_foreign_origin(self):
        with Endpoint(python("tornado_server.py")) as server, \
                proxy_to(server.answer()["port"]) as proxy:
            client = Peer.connect(("127.0.0.1", proxy.port()))
            client.send(frames.upgrade_request("/plain/echo",
                                               [("Origin", "https://elsewhere.example")]))
            self.assertTrue(read_head(client).startswith("HTTP/1.1 403 "))
            client.close()
            return last_record(proxy)

    def test_a_page_of_another_origin(self):
        self.assert_verdict(self.end("foreign_origin"), "origin_refused", "server", "certain",
                            r"The request's Origin is https://elsewhere\.example",
                            fix=r"check_origin")


class Starlette(Provoked):
    """uvicorn and starlette: a refusal before accept(), a wrong path, an exception, a stop."""

    def refused(self, path, headers=()):
        with Endpoint(python("starlette_server.py", ws="websockets")) as server, \
                proxy_to(server.answer()["port"]) as proxy:
            client = Peer.connect(("127.0.0.1", proxy.port()))
            client.send(frames.upgrade_request(path, headers))
            self.assertTrue(read_head(client).startswith("HTTP/1.1 403 "))
            leave_to_its_end(client)
            return last_record(proxy)

    def provoke_no_route(self):
        return self.refused("/nowhere")

    def provoke_refused_before_accept(self):
        return self.refused("/guarded", [("Origin", "https://app.example")])

    def test_a_403_is_not_laid_on_the_origin_alone(self):
        """A path without a route and a check that fails give the same 403."""
        for name in ("no_route", "refused_before_accept"):
            with self.subTest(name):
                record = self.end(name)
                self.assertEqual(record["handshake"]["status"], 403)
                self.assert_verdict(record, "handshake_forbidden", "server", "possible",
                                    r"answered with 403", r"a missing WebSocket route, or the",
                                    fix=r"path of the route")
                self.assertNotIn("origin_refused", record["cause"]["candidates"])

    def talked(self, ws, act):
        with Endpoint(python("starlette_server.py", ws=ws)) as server, \
                proxy_to(server.answer()["port"]) as proxy:
            client = ask_upgrade(proxy.port(), "/chat")
            client.send(frames.client_frame(b"hello"))
            client.expect(frames.server_frame(b"hello"))
            act(server, client)
            answer_close(client)
            return last_record(proxy)

    def provoke_stop(self):
        return self.talked("wsproto", lambda server, _: server.tell("stop"))

    def test_a_stop_with_wsproto(self):
        record = self.end("stop")
        self.assert_closed(record, 1012, "server", clean=True)
        self.assert_verdict(record, "service_restart", "operator", "likely")

    def provoke_exception(self):
        return self.talked("websockets",
                           lambda _, client: client.send(frames.client_frame(b"raise")))

    def test_an_exception_in_the_endpoint(self):
        """uvicorn only ends the stream: nothing on the wire tells it from a hop's doing."""
        record = self.end("exception")
        self.assert_closed(record, 1006, "server")
        self.assert_verdict(record, "ended_without_close", "unknown", "unknown",
                            candidates=["server_crashed"])


if __name__ == "__main__":
    unittest.main()
