"""Asking the admin port: HTTP with every header in the test's hands, and a reader of the feed."""

import http.client
import json
import socket
import struct
import unittest

from support.frames import KEY, close_from, masked
from support.proxy import PATIENCE_S, NotSeen, Proxy, wait_until
from support.raw_peers import Listener, Peer
from support.sessions import upgraded


class Answer:
    def __init__(self, response, body):
        self.status, self.headers, self.body = response.status, response.headers, body
        self.type = response.headers.get_content_type()

    def json(self):
        return json.loads(self.body)


def connection(address):
    """A socket to "127.0.0.1:9464", "[::1]:9464", ":9464" (over loopback) or "unix:/path"."""
    if address.startswith("unix:"):
        sock = socket.socket(socket.AF_UNIX)
        sock.settimeout(PATIENCE_S)
        sock.connect(address[5:])
        return sock
    host, port = address.rsplit(":", 1)
    return socket.create_connection((host.strip("[]") or "127.0.0.1", int(port)), PATIENCE_S)


def read_answer(sock, method="GET"):
    response = http.client.HTTPResponse(sock, method=method)
    response.begin()
    return Answer(response, response.read())


def ask(address, path, *, method="GET", host="localhost", headers=(), body=b"", sock=None):
    """One request; with `sock` on that connection, which stays open."""
    lines = [f"{method} {path} HTTP/1.1", *([f"Host: {host}"] if host is not None else []),
             *(f"{name}: {value}" for name, value in headers)]
    own = sock or connection(address)
    try:
        own.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        return read_answer(own, method)
    finally:
        if sock is None:
            own.close()


def upgrade_headers(*more):
    return (("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Key", KEY),
            ("Sec-WebSocket-Version", "13"), *more)


class Reader:
    """Follows /api/v1/events; `refusal` is the answer where the upgrade was refused."""

    def __init__(self, address, *, headers=(), host="localhost", receive_buffer=None):
        self.refusal = None
        self._sock = connection(address)
        if receive_buffer:
            self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        lines = [f"GET /api/v1/events HTTP/1.1", f"Host: {host}",
                 *(f"{name}: {value}" for name, value in upgrade_headers(*headers))]
        self._sock.sendall("\r\n".join(lines).encode() + b"\r\n\r\n")
        self._file = self._sock.makefile("rb")
        status = self._file.readline()
        if b" 101 " not in status:
            self.refusal = int(status.split()[1])
            return
        while self._file.readline() not in (b"\r\n", b""):
            pass

    def _exactly(self, count):
        data = self._file.read(count)
        if len(data) < count:
            raise NotSeen(f"the feed ended within a frame: {data!r}")
        return data

    def frame(self):
        """(opcode, payload) of the next frame; frames of a server are never masked."""
        first, length = self._exactly(2)
        if length == 126:
            length, = struct.unpack("!H", self._exactly(2))
        elif length == 127:
            length, = struct.unpack("!Q", self._exactly(8))
        assert first & 0x80 and length < 2 ** 40, (first, length)
        return first & 0x0F, self._exactly(length)

    def event(self):
        """The next JSON message."""
        while True:
            opcode, payload = self.frame()
            if opcode == 1:
                return json.loads(payload)
            if opcode == 8:
                raise NotSeen(f"the feed was closed: {payload!r}")

    def say(self, opcode, payload):
        key = b"\1\2\3\4"
        self._sock.sendall(bytes([0x80 | opcode, 0x80 | len(payload)]) + key + masked(payload, key))

    def close(self):
        self._file.close()
        self._sock.close()


class AdminTest(unittest.TestCase):
    """One service and the proxy in front of it, with the admin port on."""

    def setUp(self):
        self.server = Listener()
        self.addCleanup(self.server.close)
        self.proxy = self.enter(Proxy(config=self.config(), log_level="closes"))
        self.admin = self.proxy.wait_for_diagnostic(r"^admin (.+)$").group(1)

    def enter(self, context):
        value = context.__enter__()
        self.addCleanup(context.__exit__, None, None, None)
        return value

    def config(self):
        return ("admin: {listen: \"127.0.0.1:0\"}\n"
                "workers: 2\n"
                "listeners:\n" + "".join(
                    f"  - {{name: {name}, listen: \"127.0.0.1:0\", "
                    f"upstream: \"{self.server.upstream}\"}}\n" for name in ("chat", "other")))

    def ask(self, path, **options):
        return ask(self.admin, path, **options)

    def session(self, listener="chat"):
        """(client, server) of an open WebSocket."""
        return upgraded(self, Peer.connect(("127.0.0.1", self.proxy.port(listener))), self.server)

    def end(self, client, server, code=1000):
        """Both Closes and both FINs; until the record is there."""
        before = len(self.proxy.records("session_end"))
        client.send(close_from("client", code))
        server.expect(close_from("client", code))
        server.send(close_from("server", code))
        client.expect(close_from("server", code))
        server.finish()
        client.expect_fin()
        client.finish()
        server.expect_fin()
        return self.proxy.wait_for_records(before + 1, "session_end")[-1]

    def wait_for_state(self, state, count):
        def seen():
            found = self.ask(f"/api/v1/sessions?state={state}").json()["sessions"]
            return found if len(found) == count else None
        return wait_until(seen, f"{count} sessions {state}")
