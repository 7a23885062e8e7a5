"""WebSockets over HTTP/2 (RFC 8441) in captures: tcpdump listens while real programs speak, `lastframe analyze` must say of
each stream what happened to it, and `lastframe diff` find it again behind a hop that speaks another version of HTTP.
"""

import asyncio
import contextlib
import json
import os
import pathlib
import subprocess
import tempfile
import time
import unittest

import websockets
from support.endpoints import NODE, Endpoint, node
from support.neighbours import haproxy
from support.proxy import BINARY, PATIENCE_S
from support.sniffer import Sniffer, may_sniff
from support.tls_files import TlsFiles
from test_packet_captures import serve

ECHO = {"path": "/chat", "send": ["hello", "bytes:100000", "bytes:7"]}


def run(*arguments):
    done = subprocess.run([str(BINARY), *map(str, arguments)], capture_output=True, text=True,
                          timeout=PATIENCE_S, check=False)
    return done.returncode, done.stdout, done.stderr


@unittest.skipUnless(may_sniff(), "tcpdump may not listen here")
class Sniffed(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.folder.chmod(0o777)  # tcpdump gives its rights up

    @contextlib.contextmanager
    def sniffed(self, **ports):
        """Captures of these ports, each to a file of its name; complete behind the context."""
        sniffers = [Sniffer(str(self.folder / f"{name}.pcap"), port) for name, port in ports.items()]
        try:
            yield
            time.sleep(0.3)  # the last packets: nothing tells that tcpdump has them
        finally:
            for sniffer in sniffers:
                sniffer.stop()

    def path(self, name):
        return self.folder / f"{name}.pcap"

    def client(self, *options):
        client = Endpoint(["node", *options, str(NODE / "http2_websockets.js")])
        self.addCleanup(client.stop)
        return client

    def server(self, **options):
        server = Endpoint(node("http2_websockets.js", serve=True, **options))
        self.addCleanup(server.stop)
        return server.answer()["port"]

    def records(self, name, *options):
        code, said, told = run("analyze", "--json", self.path(name), *options)
        self.assertEqual(code, 0, told)
        return {record["path"]: record for record in map(json.loads, said.splitlines())}

    def diff(self, *options):
        code, said, told = run("diff", self.path("before"), self.path("after"), "--json", *options)
        self.assertIn(code, (0, 1), told)
        return json.loads(said)


class Analyzed(Sniffed):
    STREAMS = (ECHO, {"path": "/refuse"}, {"path": "/close/1008/no"},
               {"path": "/reset", "send": ["x"], "end": "wait"}, {"path": "/gone", "send": ["one"], "end": "reset"})

    def check(self, records):
        self.assertEqual(sorted(records), sorted(stream["path"] for stream in self.STREAMS))
        self.assertEqual({record["handshake"]["http_version"] for record in records.values()}, {"2"})
        self.assertEqual({name: (record["event"], record["close"]["code"], record["close"]["initiator"])
                          for name, record in records.items()},
                         {"/chat": ("session_end", 1000, "client"),
                          "/refuse": ("handshake_failed", 1006, "server"),
                          "/close/1008/no": ("session_end", 1008, "server"),
                          "/reset": ("session_end", 1006, "server"),
                          "/gone": ("session_end", 1006, "client")})
        chat = records["/chat"]
        self.assertEqual(chat["traffic"]["client_to_server"]["messages"], 3)
        self.assertEqual(chat["traffic"]["server_to_client"]["messages"], 3)
        self.assertTrue(chat["close"]["clean"])
        self.assertEqual([record["violations"] for record in records.values()], [[]] * len(records))
        for path, endpoint in (("/reset", "server"), ("/gone", "client")):
            end = records[path]["stream_ends"][0]
            self.assertEqual((end["endpoint"], end["how"], end["http2_error"]), (endpoint, "reset", "INTERNAL_ERROR"))
        self.assertEqual(records["/refuse"]["handshake"]["status"], 403)

    def test_each_stream_has_its_record(self):
        port = self.server()
        with self.sniffed(one=port):
            self.client().ask({"url": f"http://127.0.0.1:{port}", "streams": self.STREAMS})
        self.check(self.records("one"))

    def test_in_tls_by_a_key_log(self):
        with TlsFiles() as files:
            port = self.server(tls=[str(path) for path in files.pair()])
            keys = self.folder / "keys.log"
            client = self.client(f"--tls-keylog={keys}")
            with self.sniffed(one=port):
                client.ask({"url": f"https://127.0.0.1:{port}", "streams": self.STREAMS,
                            "ca": str(files.ca)})
            records = self.records("one", "--key-log", keys)
        self.check(records)
        self.assertEqual({record["tls"]["server"]["alpn"] for record in records.values()}, {"h2"})

    def test_no_secret_of_a_stream_is_shown(self):
        port, secret = self.server(), "pl4nted-S3cret-8f3a1c9d77"
        stream = {"path": f"/chat?token={secret}", "send": ["the words of somebody"], "fields": {
            "cookie": f"session={secret}", "authorization": f"Bearer {secret}", "x-api-key": secret}}
        with self.sniffed(before=port):
            self.client().ask({"url": f"http://127.0.0.1:{port}", "streams": [stream]})
        (self.folder / "after.pcap").write_bytes((self.folder / "before.pcap").read_bytes().replace(b"words", b"verbs"))
        outputs = [run("analyze", *options, self.path("before"))
                   for options in ((), ("--json",), ("--json", "--log-level", "frames"))]
        for code, said, told in outputs:
            self.assertEqual(code, 0)
            self.assertIn("/chat", said)
            self.assertNotIn(secret, said + told)
        said = self.diff()
        self.assertEqual([finding["kind"] for finding in said["connections"][0]["findings"]], ["payload_changed"])
        self.assertNotIn(secret, json.dumps(said))

    def test_a_server_that_says_goodbye(self):
        port = self.server()
        with self.sniffed(one=port):
            self.client().ask({"url": f"http://127.0.0.1:{port}", "streams": [
                {"path": "/goaway", "send": ["x"], "end": "wait"}]})
        record = self.records("one")["/goaway"]
        self.assertEqual(record["close"]["initiator"], "server")
        self.assertIn("INTERNAL_ERROR", [end.get("http2_error") for end in record["stream_ends"]])


class Hops(Sniffed):
    """What a hop that speaks HTTP/2 on one side, or on both, does to the same three connections."""

    def talk_over_http2(self, port):
        told = self.client().ask({"url": f"http://127.0.0.1:{port}", "streams": [
            ECHO, {"path": "/chat", "send": ["another"]}, {"path": "/", "send": ["a third"], "end": "reset"}]})
        self.assertEqual([stream["messages"] for stream in told], [3, 1, 1])

    def compared(self, count=3):
        said = self.diff()
        self.assertEqual(len(said["connections"]), count, said)
        self.assertEqual([len(said[key]) for key in ("only_before", "only_after")], [0, 0])
        return said["connections"]

    def kinds(self, connections):
        return {finding["kind"] for connection in connections for finding in connection["findings"]}

    def through(self, talk, server, **words):
        """What `talk(port)` makes of a haproxy before `server`, a port that listens."""
        with haproxy(server, "http", **words) as hop, self.sniffed(before=hop.port, after=server):
            talk(hop.port)

    def check(self, connections, kinds):
        self.assertEqual(self.kinds(connections), kinds, connections)
        self.assertLessEqual({connection["severity"] for connection in connections},
                             {"transparent", "reframed"}, connections)

    def test_streams_become_connections(self):
        async def serve_behind():
            async with websockets.serve(serve, "127.0.0.1", 0, max_size=None, compression=None) as server:
                await asyncio.to_thread(self.through, self.talk_over_http2, server.sockets[0].getsockname()[1],
                                        bind_words="proto h2")

        asyncio.run(serve_behind())
        self.check(self.compared(), {"http_version_changed"})

    def test_connections_become_streams(self):
        async def talk(port):
            async with contextlib.AsyncExitStack() as stack:
                open_ones = [await stack.enter_async_context(websockets.connect(
                    f"ws://127.0.0.1:{port}{path}", max_size=None, compression=None)) for path in ("/chat", "/chat", "/")]
                for number, connection in enumerate(open_ones):
                    await connection.send(f"the words of number {number}")
                    await connection.recv()

        self.through(lambda port: asyncio.run(talk(port)), self.server(), server_words="proto h2")
        connections = self.compared()
        self.check(connections, {"http_version_changed"})
        # haproxy passes the key on, although HTTP/2 has no use for it.
        self.assertEqual({connection["paired_by"] for connection in connections}, {"key"})

    def test_streams_stay_streams(self):
        self.through(self.talk_over_http2, self.server(), bind_words="proto h2", server_words="proto h2")
        self.check(self.compared(), set())

    def test_who_cannot_be_told_by_content_is_told_by_time_and_path(self):
        def talk(port):
            self.client().ask({"url": f"http://127.0.0.1:{port}",
                               "streams": [{"path": "/refuse/1"}, {"path": "/refuse/2"}, {"path": "/refuse/3"}]})

        self.through(talk, self.server(), bind_words="proto h2", server_words="proto h2")
        connections = self.compared()
        self.check(connections, set())
        self.assertEqual({connection["paired_by"] for connection in connections}, {"shape"})


class Browser(Sniffed):
    """Chromium opens a WebSocket on the HTTP/2 connection that its page came by, where the server allows it."""

    def test_what_chromium_says_over_http2(self):
        with TlsFiles() as files:
            port = self.server(tls=[str(path) for path in files.pair()])
            keys = self.folder / "keys.log"
            browser = Endpoint(node("chromium_page.js", arguments=[
                "--no-proxy-server", "--ignore-certificate-errors", f"--ssl-key-log-file={keys}"]))
            self.addCleanup(browser.stop)
            with self.sniffed(one=port):
                events = browser.ask({"url": f"wss://127.0.0.1:{port}/chat", "page": f"https://127.0.0.1:{port}/",
                                      "say": "hello"})
            record = self.records("one", "--key-log", keys)["/chat"]
        self.assertEqual(events[-1], {"event": "close", "code": 1000, "reason": "", "clean": True})
        self.assertEqual((record["handshake"]["http_version"], record["close"]["code"]), ("2", 1000))
        self.assertEqual(record["violations"], [])
        self.assertIn("Chrome", record["request"]["user_agent"])


del Sniffed

if __name__ == "__main__":
    unittest.main()
