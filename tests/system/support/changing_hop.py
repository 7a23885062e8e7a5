"""A hop that speaks WebSocket and changes what passes: for tests of what finds such hops.

Use as a context manager; `port` is where it listens. Its arguments say what it does.
"""

import contextlib
import select
import socket
import struct
import threading

from support import frames
from support.deflate import deflated

CLOSE, PING = 8, 9


def cut_frames(data):
    """([(first byte, masking key or None, payload)], rest)"""
    found = []
    while len(data) >= 2:
        size, at = data[1] & 0x7F, 2
        if size == 126:
            size, at = int.from_bytes(data[2:4].ljust(2, b"\xff"), "big"), 4
        elif size == 127:
            size, at = int.from_bytes(data[2:10].ljust(8, b"\xff"), "big"), 10
        key = data[at:at + 4] if data[1] & 0x80 else None
        at += 4 if key is not None else 0
        if len(data) < at + size:
            break
        payload = data[at:at + size]
        found.append((data[0], key, frames.masked(payload, key) if key else payload))
        data = data[at + size:]
    return found, data


def put_together(first, key, payload):
    return frames.frame(payload, opcode=first & 0x0F, fin=bool(first & 0x80), rsv=first >> 4 & 7,
                        mask=key)


class ChangingHop:
    """`request`, `answer`: functions from a head to a head. `frame`: from (is_from_client, first
    byte, masking key, payload) to the bytes that pass. `idle_s`: ends silent connections."""

    def __init__(self, upstream_port, *, request=None, answer=None, frame=None, idle_s=None):
        self._upstream_port = upstream_port
        self._request, self._answer, self._frame = request, answer, frame
        self._idle_s = idle_s
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self._listener.getsockname()[1]
        self._threads = []
        self._is_over = threading.Event()

    def __enter__(self):
        self._start(self._accept)
        return self

    def __exit__(self, *_):
        self._is_over.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(10)

    def _start(self, action, *arguments):
        thread = threading.Thread(target=action, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self):
        while not self._is_over.is_set():
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self._start(self._serve, client)

    def _serve(self, client):
        with client, socket.create_connection(("127.0.0.1", self._upstream_port)) as server:
            with contextlib.suppress(OSError):
                self._relay(client, server)

    def _relay(self, client, server):
        for each in (client, server):
            each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        other = {client: server, server: client}
        held = {client: b"", server: b""}
        in_frames = {client: False, server: False}
        reading = [client, server]
        while reading and not self._is_over.is_set():
            ready, _, _ = select.select(reading, [], [], self._idle_s or 0.5)
            if not ready and self._idle_s:
                return
            for source in ready:
                data = source.recv(65536)
                if not data:
                    other[source].sendall(held[source])
                    other[source].shutdown(socket.SHUT_WR)
                    reading.remove(source)
                    continue
                held[source] += data
                passed = self._passed(source is client, source, held, in_frames)
                if passed:
                    other[source].sendall(passed)

    def _passed(self, is_from_client, source, held, in_frames):
        out = b""
        if not in_frames[source]:
            head, end, rest = held[source].partition(b"\r\n\r\n")
            if not end:
                return b""
            change = self._request if is_from_client else self._answer
            out = change(head) + end if change else head + end
            held[source], in_frames[source] = rest, True
        if self._frame is None:
            out, held[source] = out + held[source], b""
            return out
        found, held[source] = cut_frames(held[source])
        return out + b"".join(self._frame(is_from_client, *each) for each in found)


# What such hops do.


def without_extensions(head):
    return b"\r\n".join(line for line in head.split(b"\r\n")
                        if not line.lower().startswith(b"sec-websocket-extensions"))


def with_forwarded_for(head):
    return head + b"\r\nX-Forwarded-For: 203.0.113.9"


def without_pings(is_from_client, first, key, payload):
    return b"" if first & 0x0F == PING else put_together(first, key, payload)


def cut_in_two(is_from_client, first, key, payload):
    if first & 0x0F >= CLOSE or len(payload) < 2 or payload.startswith(b"{"):
        return put_together(first, key, payload)
    middle = len(payload) // 2
    return (put_together(first & 0x7F, key, payload[:middle])
            + put_together(first & 0x80, key, payload[middle:]))


def cut_off_behind(most):
    return lambda is_from_client, first, key, payload: put_together(first, key, payload[:most])


def with_other_close(code):
    def change(is_from_client, first, key, payload):
        if first & 0x0F == CLOSE and not is_from_client:
            payload = struct.pack(">H", code)
        return put_together(first, key, payload)
    return change


def masked_anew(is_from_client, first, key, payload):
    return put_together(first, b"\x01\x02\x03\x04" if is_from_client else None, payload)


def compressing():
    """(request, frame) of a hop that compresses messages itself where the client offers it."""
    connection = threading.local()  # each has a thread of its own

    def request(head):
        connection.is_compressed = b"permessage-deflate" in head and b"/deflate" in head
        return head

    def frame(is_from_client, first, key, payload):
        if connection.is_compressed and first == 0x80 | frames.TEXT:
            first, payload = first | 0x40, deflated(payload)
        return put_together(first, key, payload)
    return {"request": request, "frame": frame}
