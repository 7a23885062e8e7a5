"""Captures whose connections begin with something else than their own bytes: a PROXY header, CONNECT,
SOCKS5. tcpdump listens while real programs speak, and what `lastframe analyze` says agrees with what
the live proxy says of the same connections; `lastframe diff` looks through a real squid.
"""

import asyncio
import contextlib
import dataclasses
import json
import socket
import ssl
import subprocess
import sys
import threading
import unittest

import websockets
from support import frames
from support.analyzing import Folder, analyze
from support.between import needs_proxy
from support.curl import UPGRADE, curl
from support.endpoints import Endpoint, node, python
from support.forwarding import listener, listeners, make_authority, pair_of
from support.neighbours import haproxy
from support.proxy import BINARY, PATIENCE_S, ROOT, Proxy
from support.raw_peers import Listener
from support.sniffer import may_sniff
from support.tls_files import NAME, TlsFiles
from test_packet_captures import serve

sys.path.append(str(ROOT / "tests/boxes"))

import boxes  # noqa: E402

SQUID = dataclasses.replace(boxes.BY_NAME["squid, CONNECT"], around=None)
LASTS = ("leave", "close", "x" * 30_000)


@needs_proxy
@unittest.skipUnless(may_sniff(), "tcpdump may not listen here")
class BehindALoadBalancer(Folder):
    """HAProxy puts the header before what it relays to Lastframe; the capture is between them."""

    async def _talk(self, port, tls):
        scheme, terms = ("wss", {"ssl": tls, "server_hostname": NAME}) if tls else ("ws", {})
        for last in LASTS:
            async with websockets.connect(f"{scheme}://127.0.0.1:{port}/chat", max_size=None,
                                          compression=None, **terms) as connection:
                with contextlib.suppress(websockets.ConnectionClosed):
                    await connection.send("hello")
                    await connection.recv()
                    await connection.send(last)
                    await connection.recv()

    async def _run(self, words, tls, keys):
        async with websockets.serve(serve, "127.0.0.1", 0, max_size=None) as server:
            port = server.sockets[0].getsockname()[1]
            own = listener("reverse", upstream=f"ws://127.0.0.1:{port}",
                           proxy_protocol={"accept": True}, **keys)
            config = json.loads(listeners(own)) | ({"tls_key_log": str(self.keys)} if tls else {})
            with (Proxy(config=json.dumps(config)) as proxy,
                  haproxy(proxy.port(), "tcp", server_words=words) as hop):
                sniffer = self.sniff(proxy.port())
                await self._talk(hop.port, tls)
                await asyncio.to_thread(proxy.wait_for_records, len(LASTS))
                await asyncio.to_thread(self.stop, sniffer)
                return proxy.records()

    def check(self, words, tls=None, keys=None):
        live = asyncio.run(self._run(words, tls, keys or {}))
        found, told = analyze(self.capture, *(("--key-log", self.keys) if tls else ()))
        self.assertEqual(len(found), len(LASTS), told)
        found = {record["client"]: record for record in found}
        for expected in live:
            self.compare(expected, found[expected["client"]])

    def test_every_header_of_haproxy(self):
        for words in ("send-proxy", "send-proxy-v2", "send-proxy-v2-ssl-cn"):
            with self.subTest(words):
                self.check(words)

    def test_tls_behind_the_header(self):
        with TlsFiles() as files:
            cert, key = files.pair()
            tls = ssl.create_default_context(cafile=files.ca)
            self.check("send-proxy-v2", tls,
                       {"tls": {"certificates": [{"cert": str(cert), "key": str(key)}]}})


class Service:
    """TLS, one WebSocket after the other: answers the upgrade, says something and closes."""

    def __init__(self, files):
        self._listener = Listener()
        self.port = self._listener.address[1]
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(*files.pair())
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        with contextlib.suppress(OSError):
            while True:
                stream = self._context.wrap_socket(self._listener.socket.accept()[0], server_side=True)
                head = b""
                while not head.endswith(b"\r\n\r\n"):
                    head += stream.recv(1)
                stream.sendall(frames.upgrade_response() + frames.server_frame(b"hello")
                               + frames.close_from("server", 4001, "enough"))
                with contextlib.suppress(ssl.SSLError):
                    stream.unwrap()
                stream.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._listener.close()


@needs_proxy
@unittest.skipUnless(may_sniff(), "tcpdump may not listen here")
class BeforeAProxy(Folder):
    """Clients of Lastframe's forward and SOCKS5 modes, which see into TLS; the capture is of the
    client's leg."""

    def setUp(self):
        super().setUp()
        self.files = self.enterContext(TlsFiles())
        self.minting = make_authority(self.folder / "minting")

    def proxy(self, mode, **keys):
        own = listener(mode, tls={"authority": pair_of(self.minting), "alpn": "http1"},
                       upstream_tls={"ca": str(self.files.ca)}, **keys)
        config = json.loads(listeners(own)) | {"tls_key_log": str(self.keys)}
        return Proxy(config=json.dumps(config))

    def users(self):
        path = self.folder / "users"
        path.write_text("ann:secret\n")
        path.chmod(0o600)
        return {"credentials_file": str(path)}

    def compare_all(self, proxy, count, *, has_same_server=True):
        live = proxy.wait_for_records(count)
        found, told = analyze(self.capture, "--key-log", self.keys)
        self.assertEqual((len(live), len(found)), (count, count), told)
        found = {record["client"]: record for record in found}
        for expected in live:
            record = found[expected["client"]]
            self.compare(expected, record)
            if has_same_server:
                self.assertEqual(record["server"], expected["server"])
        return list(found.values())

    def test_connect_of_real_clients(self):
        cert, key = self.files.pair()
        steps = ({"do": "text", "size": 70_000}, {"do": "await", "messages": 1},
                 {"do": "close", "code": 4000, "reason": "bye"})
        with Endpoint(node("ws_server.js", tls=[str(cert), str(key)])) as server:
            port = server.answer()["port"]
            for command in (node("ws_client.js"), python("websockets_client.py")):
                with (self.subTest(command[0]), self.proxy("forward") as proxy,
                      Endpoint(command) as client):
                    sniffer = self.sniff(proxy.port())
                    client.ask({"url": f"wss://127.0.0.1:{port}/plain/echo", "subprotocols": [],
                                "steps": steps, "proxy": f"http://127.0.0.1:{proxy.port()}",
                                "ca": str(self.minting)})
                    server.answer()
                    proxy.wait_for_records(1)
                    self.stop(sniffer)
                    records = self.compare_all(proxy, 1)
                    self.assertEqual((records[0]["close"]["code"], records[0]["server"]),
                                     (4000, f"127.0.0.1:{port}"))

    def ask(self, proxy, service, *way):
        return curl(*way, *UPGRADE, "--cacert", self.minting, f"https://127.0.0.1:{service.port}/chat")

    def test_curl_by_connect_and_by_socks(self):
        ways = {"forward": lambda port: (("-x", f"http://127.0.0.1:{port}"),),
                "socks5": lambda port: (("--socks5", f"127.0.0.1:{port}"),
                                        ("--socks5-hostname", f"127.0.0.1:{port}"))}
        with Service(self.files) as service:
            for mode, arguments in ways.items():
                with self.subTest(mode), self.proxy(mode) as proxy:
                    sniffer = self.sniff(proxy.port())
                    each = arguments(proxy.port())
                    for way in each:
                        self.assertIn("101", self.ask(proxy, service, *way).text)
                    proxy.wait_for_records(len(each))
                    self.stop(sniffer)
                    for record in self.compare_all(proxy, len(each)):
                        self.assertEqual(record["close"]["code"], 4001)

    def test_curl_with_credentials(self):
        ways = {"forward": lambda port: ("--proxy-anyauth", "-x", f"http://ann:secret@127.0.0.1:{port}"),
                "socks5": lambda port: ("-x", f"socks5h://ann:secret@127.0.0.1:{port}")}
        with Service(self.files) as service:
            for mode, way in ways.items():
                with self.subTest(mode), self.proxy(mode, access=self.users()) as proxy:
                    sniffer = self.sniff(proxy.port())
                    done = self.ask(proxy, service, *way(proxy.port()))
                    self.assertIn("101", done.text, done)
                    proxy.wait_for_records(1)
                    self.stop(sniffer)
                    self.compare_all(proxy, 1)

    def test_a_server_that_is_not_reached(self):
        with socket.create_server(("127.0.0.1", 0)) as gone:
            port = gone.getsockname()[1]
        ways = {"forward": "http", "socks5": "socks5h"}
        hosts = (f"127.0.0.1:{port}", "nowhere.invalid:80")
        for mode, scheme in ways.items():
            with self.subTest(mode), self.proxy(mode) as proxy:
                sniffer = self.sniff(proxy.port())
                for host in hosts:
                    curl("-x", f"{scheme}://127.0.0.1:{proxy.port()}", f"https://{host}/")
                live = proxy.wait_for_records(len(hosts))
                self.stop(sniffer)
                found, told = analyze(self.capture)
                self.assertEqual([(each["event"], each["client"], each["server"], each["cause"]["id"])
                                  for each in found],
                                 [(each["event"], each["client"], each["server"], each["cause"]["id"])
                                  for each in live], told)
                self.assertEqual([each["cause"]["id"] for each in found],
                                 ["connect_refused", "name_not_resolved"])
                self.assertEqual(found[0]["connect_error"], live[0]["connect_error"])

    def test_a_client_that_is_not_let_in(self):
        """Live that is a count alone; in a capture it is what somebody looks for."""
        ways = {"forward": ("http", "the proxy answered CONNECT with 407: it wants other credentials"),
                "socks5": ("socks5h", "the SOCKS proxy refused the user and the password")}
        for mode, (scheme, error) in ways.items():
            with self.subTest(mode), self.proxy(mode, access=self.users()) as proxy:
                sniffer = self.sniff(proxy.port())
                curl("-x", f"{scheme}://ann:guess@127.0.0.1:{proxy.port()}", "https://127.0.0.1:9/")
                self.stop(sniffer)
                self.assertEqual(proxy.records(), [])
                found, told = analyze(self.capture)
                self.assertEqual([(each["event"], each["connect_error"]) for each in found],
                                 [("connect_failed", error)], told)


@unittest.skipUnless(may_sniff(), "tcpdump may not listen here")
@unittest.skipIf(SQUID.absence(), SQUID.absence())
class ThroughSquid(Folder):
    """wss:// within a tunnel of a real squid, captured on both sides of it, with Python's key log."""

    def setUp(self):
        super().setUp()
        self.files = self.enterContext(TlsFiles())

    async def _tunnel(self, proxy_port, port):
        loop = asyncio.get_running_loop()
        tunnel = socket.create_connection(("127.0.0.1", proxy_port))
        tunnel.setblocking(False)
        place = f"127.0.0.1:{port}"
        await loop.sock_sendall(tunnel, f"CONNECT {place} HTTP/1.1\r\nHost: {place}\r\n\r\n".encode())
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += await loop.sock_recv(tunnel, 1)
        self.assertTrue(head.startswith(b"HTTP/1.1 200"), head)
        return tunnel

    async def _talk(self, squid_port, port):
        context = ssl.create_default_context(cafile=self.files.ca)
        context.keylog_filename = str(self.keys)
        for last in ("x" * 50_000, "close"):
            tunnel = await self._tunnel(squid_port, port)
            async with websockets.connect(f"wss://127.0.0.1:{port}/chat", sock=tunnel, ssl=context,
                                          server_hostname=NAME, max_size=None) as connection:
                with contextlib.suppress(websockets.ConnectionClosed):
                    await connection.send("hello")
                    await connection.recv()
                    await connection.send(last)
                    await connection.recv()

    async def _run(self, after):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self.files.pair())
        async with websockets.serve(serve, "127.0.0.1", 0, ssl=context, max_size=None) as server:
            port = server.sockets[0].getsockname()[1]
            with SQUID.running(port) as (_, squid_port):
                sniffers = self.sniff(squid_port), self.sniff(port, after)
                await self._talk(squid_port, port)
                await asyncio.to_thread(self.stop, *sniffers)
                return port

    def test_nothing_is_altered_and_both_sides_are_read(self):
        after = self.folder / "after.pcap"
        port = asyncio.run(self._run(after))
        before, told = analyze(self.capture, "--key-log", self.keys)
        behind, _ = analyze(after, "--key-log", self.keys)
        self.assertEqual([record["close"]["code"] for record in before], [1000, 4000], told)
        self.assertEqual([record["server"] for record in before], [f"127.0.0.1:{port}"] * 2)
        for record, other in zip(before, behind, strict=True):
            self.assertEqual(record["traffic"]["client_to_server"]["frames"],
                             other["traffic"]["client_to_server"]["frames"])
            self.assertEqual(record["tls"]["client"]["handling"], "decrypted")
        done = subprocess.run([BINARY, "diff", "--json", "--key-log", self.keys, self.capture, after],
                              capture_output=True, text=True, timeout=PATIENCE_S)
        self.assertEqual(done.returncode, 0, done.stderr + done.stdout)
        said = json.loads(done.stdout)
        self.assertEqual([each["severity"] for each in said["connections"]], ["transparent"] * 2,
                         done.stdout)
        self.assertEqual([each["paired_by"] for each in said["connections"]], ["key"] * 2)

    def test_a_server_that_squid_does_not_reach(self):
        with socket.create_server(("127.0.0.1", 0)) as gone:
            port = gone.getsockname()[1]
        with SQUID.running(port) as (_, squid_port):
            sniffer = self.sniff(squid_port)
            done = curl("-x", f"http://127.0.0.1:{squid_port}", f"https://127.0.0.1:{port}/")
            self.assertIn("response 503", done.errors)
            self.stop(sniffer)
        found, told = analyze(self.capture)
        self.assertEqual([(each["event"], each["server"], each["connect_error"]) for each in found],
                         [("connect_failed", f"127.0.0.1:{port}",
                           "the proxy answered CONNECT with 503")], told)


if __name__ == "__main__":
    unittest.main()
