"""permessage-deflate between real clients and servers, in every setting that they can agree on:
no rule is broken, and what the record says was inflated is what was sent.
"""

import re
import unittest

from support.between import configured
from support.endpoints import Endpoint, node, python
from support.proxy import Proxy
from support.scenarios import CLOSE, do, messages
from support.verdicts import Verdicts

TAKEOVER = (["server_no_context_takeover"], ["client_no_context_takeover"],
            ["server_no_context_takeover", "client_no_context_takeover"])
SIZES = (0, 1, 125, 126, 65535, 65536, 300_000)
TOGETHER = 24


def windows(least):
    """Equal windows at both sides, then the largest beside the smallest."""
    for server, client in [*((bits, bits) for bits in range(least, 16)), (least, 15), (15, least)]:
        yield [f"server_max_window_bits={server}", f"client_max_window_bits={client}"]


def conversation(*, with_fragments=False, sizes=SIZES):
    """Each size as text and as binary, twice: what is repeated is what a context is for."""
    kinds = [(kind, size) for kind in ("text", "binary") for size in sizes for _ in range(2)]
    steps = []
    for count, (kind, size) in enumerate(kinds, 1):
        steps += [do(kind, size=size), messages(count)]
    count = len(kinds)
    if with_fragments:
        steps += [do("fragments", kind="text", sizes=[0, 126, 65536]), messages(count + 1)]
        count += 1
    steps += [do("say", text="za\u017c\u00f3\u0142\u0107 \U0001f98a")] * 3
    return [*steps, messages(count + 3), CLOSE]


def contents(events):
    return [event for event in events if event["event"] == "message"]


class DeflateTest(Verdicts):
    """A client and a server behind one proxy; each connection has a path of its own. Beside
    unittest.TestCase."""

    client = server = None
    client_compresses = True
    config = configured()

    @classmethod
    def setUpClass(cls):
        cls.running_server = Endpoint(cls.server)
        cls.addClassCleanup(cls.running_server.stop)
        cls.running_client = Endpoint(cls.client)
        cls.addClassCleanup(cls.running_client.stop)
        upstream = f"ws://127.0.0.1:{cls.running_server.answer()['port']}"
        cls.proxy = cls.enterClassContext(Proxy(
            config=cls.config.replace("{upstream}", upstream), arguments=["--workers", "1"]))
        cls.connections = 0

    def question(self, steps, for_server=(), for_client=None):
        type(self).connections += 1
        compression = ",".join(["deflate", *for_server])
        url = f"ws://127.0.0.1:{self.proxy.port()}/{compression}/echo/{self.connections}"
        asked = {"url": url, "subprotocols": [], "steps": steps}
        return asked if for_client is None else {**asked, "deflate": for_client}

    def ask(self, questions):
        """All of them at once: (the client's messages, the server's, the record) of each."""
        clients = self.running_client.ask(questions)
        servers = {each["path"]: each["events"]
                   for each in [self.running_server.answer() for _ in questions]}
        records = {each["path"]: each for each in self.proxy.wait_for_records(self.connections)}
        for question, client in zip(questions, clients, strict=True):
            path = "/" + question["url"].split("/", 3)[3]
            sent = sum(step["do"] not in ("await", "close") for step in question["steps"])
            received = contents(servers[path])
            self.assertEqual(len(received), sent, client[-3:])
            self.assertEqual(contents(client), received, "an echo says what was said")
            record = records[path]
            self.assertEqual(record["close"]["code"], 1000)
            self.assertIn("permessage-deflate", record["extensions"])
            self.assert_legal(record)
            yield contents(client), received, record

    def assert_inflated(self, record, client, server):
        """Whole, all of it: the echo's bytes in both directions."""
        from_client = server if self.client_compresses else []
        for direction, content in (("client_to_server", from_client),
                                   ("server_to_client", client)):
            self.assertEqual(record["compression"][direction], {
                "messages": len(content), "not_inflated": 0,
                "inflated_bytes": sum(each["size"] for each in content)}, direction)


class Settings(DeflateTest):
    can_fragment = True

    def check(self, for_server=(), for_client=None):
        question = self.question(conversation(with_fragments=self.can_fragment), for_server,
                                 for_client)
        (client, server, record), = self.ask([question])
        self.assert_inflated(record, client, server)
        return record

    def test_as_it_comes(self):
        self.check()

    def test_many_connections_at_once(self):
        questions = [self.question(conversation(sizes=(1, 1000, 65536))) for _ in range(TOGETHER)]
        for client, server, record in self.ask(questions):
            self.assert_inflated(record, client, server)


class ServerAsks(Settings):
    server_settings = ()

    def test_what_the_server_may_ask_for(self):
        for settings in self.server_settings:
            with self.subTest(settings=settings):
                agreed = self.check(for_server=settings)["extensions"]
                for each in settings:
                    self.assertIn(each, agreed)


class ClientAsks(Settings):
    client_settings = ()

    def test_what_the_client_may_ask_for(self):
        for settings in self.client_settings:
            with self.subTest(settings=settings):
                agreed = self.check(for_client=settings)["extensions"]
                for each in settings:
                    self.assert_granted(each, agreed)

    def assert_granted(self, demand, agreed):
        """RFC 7692 section 7.1.2.1: the server's window is as asked for, or smaller. What a client
        says of its own side is a promise, which needs no answer."""
        name, _, bits = demand.partition("=")
        if name.startswith("server"):
            granted = re.search(rf"{name}(?:=(\d+))?", agreed)
            self.assertTrue(granted, agreed)
            self.assertLessEqual(int(granted[1] or 0), int(bits or 0))


class WsToWs(ServerAsks, ClientAsks, unittest.TestCase):
    client = node("ws_client.js")
    server = node("ws_server.js")
    server_settings = (*TAKEOVER, *windows(8))
    client_settings = (*TAKEOVER, *windows(8))

    def test_a_message_of_many_megabytes(self):
        steps = [do("text", size=20_000_000), do("binary", size=20_000_000), messages(2), CLOSE]
        (client, server, record), = self.ask([self.question(steps)])
        self.assert_inflated(record, client, server)

    def test_short_messages_are_not_compressed_where_the_library_finds_it_useless(self):
        """RSV1=0 is as legal as RSV1=1 once the extension was agreed on."""
        settings = ["threshold=1024", *TAKEOVER[-1]]
        sizes = (5, 1023, 1024, 5, 4096)
        steps = [do("text", size=size) for size in sizes] + [messages(len(sizes)), CLOSE]
        (_, _, record), = self.ask([self.question(steps, settings, settings)])
        for counts in record["compression"].values():
            self.assertEqual(counts, {"messages": 2, "inflated_bytes": 1024 + 4096,
                                      "not_inflated": 0})


class WebsocketsToWebsockets(ServerAsks, ClientAsks, unittest.TestCase):
    """zlib does not deflate with a window of 8 bits, and this library does not make it 9."""

    client = python("websockets_client.py")
    server = python("websockets_server.py")
    server_settings = (*TAKEOVER, *windows(9))
    client_settings = (*TAKEOVER, *windows(9))


class WsToWebsockets(ServerAsks, ClientAsks, unittest.TestCase):
    client = node("ws_client.js")
    server = python("websockets_server.py")
    server_settings = (*TAKEOVER, *windows(9))
    client_settings = TAKEOVER


class WebsocketsToWs(ServerAsks, ClientAsks, unittest.TestCase):
    client = python("websockets_client.py")
    server = node("ws_server.js")
    server_settings = (*TAKEOVER, *windows(9))
    client_settings = (*TAKEOVER, *windows(9))


class AiohttpToAiohttp(ClientAsks, unittest.TestCase):
    """A client of it asks for the server's window, and for nothing else."""

    client = python("aiohttp_client.py")
    server = python("aiohttp_server.py")
    can_fragment = False
    client_settings = tuple([f"server_max_window_bits={bits}"] for bits in range(9, 15))


class AiohttpToWs(AiohttpToAiohttp):
    server = node("ws_server.js")


class ChromiumToWs(ServerAsks, unittest.TestCase):
    client = node("chromium_client.js")
    server = node("ws_server.js")
    can_fragment = False
    server_settings = (*TAKEOVER, *windows(8))


class UndiciToWs(ServerAsks, unittest.TestCase):
    """It inflates what comes, and compresses nothing."""

    client = node("undici_client.js")
    server = node("ws_server.js")
    can_fragment = client_compresses = False
    server_settings = (*TAKEOVER, *windows(9))


class SmallBudget(DeflateTest, unittest.TestCase):
    """Over its budget the proxy looks into less, and says so. It alarms nobody."""

    client = node("ws_client.js")
    server = node("ws_server.js")
    config = configured(rest="limits: {inflate_memory: 100KiB}")

    def test_what_does_not_fit_is_counted_and_passes(self):
        questions = [self.question(conversation(sizes=(1, 1000, 65536))) for _ in range(TOGETHER)]
        messages_seen = not_inflated = inflated_bytes = 0
        for client, _, record in self.ask(questions):
            for counts in record["compression"].values():
                self.assertEqual(counts["messages"], len(client))
                messages_seen += counts["messages"]
                not_inflated += counts["not_inflated"]
                inflated_bytes += counts["inflated_bytes"]
        self.assertTrue(0 < not_inflated < messages_seen, (not_inflated, messages_seen))
        self.assertGreater(inflated_bytes, 0)


class NoBudget(DeflateTest, unittest.TestCase):
    client = node("ws_client.js")
    server = node("ws_server.js")
    config = configured(rest="limits: {inflate_memory: 0B}")

    def test_nothing_is_inflated_and_all_of_it_is_counted(self):
        questions = [self.question(conversation(with_fragments=True)) for _ in range(4)]
        for client, _, record in self.ask(questions):
            for counts in record["compression"].values():
                self.assertEqual(counts, {"messages": len(client), "inflated_bytes": 0,
                                          "not_inflated": len(client)})


if __name__ == "__main__":
    unittest.main()
