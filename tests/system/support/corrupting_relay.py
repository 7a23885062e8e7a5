"""A hop between two WebSocket endpoints that damages what passes, as broken hops do.

It reads whole frames, so that a fault sits where a test wants it, and passes on all else, ends
included. Nothing here is the product's. Masking keys of the client's frames are replaced by fixed
ones, as a hop may do: a damaged stream then reads the same in every run.
"""

import asyncio
import contextlib
import dataclasses
import fcntl
import hashlib
import socket
import struct
import termios
import threading
from collections.abc import Callable

from support import frames
from support.raw_peers import FIN, PATIENCE_S, RESET

OVER = "over"  # the hop itself ended both streams
HEAD_END = b"\r\n\r\n"


@dataclasses.dataclass(frozen=True)
class Frame:
    """One frame by its bytes (RFC 6455 section 5.2)."""

    data: bytes

    @property
    def opcode(self):
        return self.data[0] & 15

    @property
    def is_masked(self):
        return bool(self.data[1] & 0x80)

    @property
    def key_offset(self):
        return 2 + {126: 2, 127: 8}.get(self.data[1] & 0x7F, 0)

    @property
    def payload_offset(self):
        return self.key_offset + (4 if self.is_masked else 0)

    @property
    def payload(self):
        """Unmasked."""
        payload = self.data[self.payload_offset:]
        if not self.is_masked:
            return payload
        return frames.masked(payload, self.data[self.key_offset:self.payload_offset])

    def without_mask(self):
        second = bytes([self.data[1] & 0x7F])
        return self.data[:1] + second + self.data[2:self.key_offset] + self.payload

    def with_mask(self, key):
        second = bytes([self.data[1] | 0x80])
        return (self.data[:1] + second + self.data[2:self.key_offset] + key
                + frames.masked(self.payload, key))

    def with_payload(self, payload):
        """The same frame around another payload of at most 125 bytes."""
        mask = self.data[self.key_offset:self.payload_offset] if self.is_masked else None
        return frames.frame(payload, opcode=self.opcode, mask=mask)


def first_frame(data):
    """The frame that `data` begins with; None: it is not complete yet."""
    if len(data) < 2:
        return None
    is_masked, short = data[1] & 0x80, data[1] & 0x7F
    length_end = 2 + {126: 2, 127: 8}.get(short, 0)
    if len(data) < length_end:
        return None
    length = int.from_bytes(data[2:length_end], "big") if short > 125 else short
    end = length_end + (4 if is_masked else 0) + length
    return Frame(bytes(data[:end])) if len(data) >= end else None


def data_frame(frame):
    return frame.opcode < 8


def close(frame):
    return frame.opcode == frames.CLOSE


def last_fragment(frame):
    return frame.opcode == frames.CONTINUATION and frame.data[0] & 0x80


@dataclasses.dataclass(frozen=True)
class Fault:
    """What is done to one frame: `change` makes of it the bytes that are passed on."""

    change: Callable
    at: int = 2  # the how-manieth of its kind in its direction
    of: Callable = data_frame  # the kind
    then: str | None = None  # FIN, RESET: how the hop ends both streams behind these bytes


@dataclasses.dataclass(frozen=True)
class Damage:
    """Where a fault was put in, counted like a session record: frames from 1, bytes from 0."""

    frame: int
    offset: int
    before: Frame
    after: bytes


def fixed_key(number):
    return hashlib.sha256(b"frame %d" % number).digest()[:4]


class Damager:
    """One direction of one connection: bytes in, bytes out."""

    def __init__(self, fault):
        self._fault = fault
        self._held = bytearray()
        self._is_past_head = False
        self._frames = self._matching = self._offset = 0
        self.damage = None

    def take(self, data):
        self._held += data
        if not self._is_past_head:
            end = self._held.find(HEAD_END)
            if end < 0:
                return b""
            self._is_past_head = True
            return self._cut(end + len(HEAD_END)) + self.take(b"")
        passed = b""
        while not self.end and (frame := first_frame(self._held)):
            self._cut(len(frame.data))
            passed += self._changed(frame)
        return passed

    def rest(self):
        """What is held of a frame whose end never came."""
        return b"" if self.end else self._cut(len(self._held))

    @property
    def end(self):
        """How this hop has ended the streams; None: it has not."""
        return self._fault.then if self.damage else None

    def _cut(self, size):
        piece = bytes(self._held[:size])
        del self._held[:size]
        return piece

    def _changed(self, frame):
        self._frames += 1
        if frame.is_masked:
            frame = Frame(frame.with_mask(fixed_key(self._frames)))
        after = frame.data
        if self._fault.of(frame):
            self._matching += 1
            if self._matching == self._fault.at:
                after = self._fault.change(frame)
                self.damage = Damage(self._frames, self._offset, frame, after)
        self._offset += len(after)
        return after


class Passage:
    """One way through the relay: a port, what lies behind it, what happens on the way."""

    def __init__(self, relay, target, direction, fault):
        self.target, self.direction, self.fault = target, direction, fault
        self._relay = relay
        self._damagers = []
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.socket.setblocking(False)
        self.port = self.socket.getsockname()[1]

    @property
    def damage(self):
        """Of the one connection that came through; None: its fault found no frame."""
        found = [each.damage for each in self._damagers]
        assert len(found) <= 1, "a passage is for one connection"
        return found[0] if found else None

    async def serve(self):
        loop = asyncio.get_running_loop()
        while True:
            client = (await loop.sock_accept(self.socket))[0]
            self._relay.keep(loop.create_task(self._join(client)))

    async def _join(self, client):
        loop = asyncio.get_running_loop()
        server = socket.socket()
        try:
            for end in (client, server):
                end.setblocking(False)
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            await loop.sock_connect(server, ("127.0.0.1", self.target))
            await self._reach(server)
            damager = Damager(self.fault) if self.fault else None
            if damager:
                self._damagers.append(damager)
            ends = {"client_to_server": (client, server), "server_to_client": (server, client)}
            ways = [loop.create_task(carry(*ends[way], damager if way == self.direction else None))
                    for way in ends]
            await self._follow(ways, (client, server))
        finally:
            client.close()
            server.close()

    async def _reach(self, server):
        """What has to be said to the target before the client's bytes; nothing here."""

    async def _follow(self, ways, ends):
        """One FIN leaves the other direction open; a RST, or the hop's own end, does not."""
        pending = set(ways)
        while pending:
            done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
            hows = {way.result() for way in done}
            if RESET not in hows and OVER not in hows:
                continue
            for way in pending:
                way.cancel()
            await asyncio.gather(*pending, return_exceptions=True)
            if RESET in hows:
                for end in ends:
                    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return


async def carry(source, sink, damager):
    """Passes bytes on until an end: FIN (passed on), RESET, or OVER."""
    loop = asyncio.get_running_loop()
    try:
        while data := await loop.sock_recv(source, 1 << 16):
            await loop.sock_sendall(sink, damager.take(data) if damager else data)
            if damager and damager.end:
                await delivered(sink)
                return RESET if damager.end == RESET else OVER
        if damager:
            await loop.sock_sendall(sink, damager.rest())
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_WR)
        return FIN
    except (ConnectionResetError, BrokenPipeError):
        return RESET


async def delivered(sock):
    """A RST must not overtake what was sent before it."""
    while struct.unpack("i", fcntl.ioctl(sock, termios.TIOCOUTQ, b"\0" * 4))[0]:
        await asyncio.sleep(0.001)


class CorruptingRelay:
    """Any number of passages, served by one thread until the context is left."""

    def __init__(self):
        self._tasks = set()
        self._passages = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def passage(self, target, direction="client_to_server", fault=None, kind=Passage):
        """A port of its own in front of the port `target`."""
        made = kind(self, target, direction, fault)
        self._passages.append(made)
        asyncio.run_coroutine_threadsafe(self._begin(made), self._loop).result(PATIENCE_S)
        return made

    async def _begin(self, passage):
        self.keep(asyncio.get_running_loop().create_task(passage.serve()))

    def keep(self, task):
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _end(self):
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(PATIENCE_S)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE_S)
        self._loop.close()
        for passage in self._passages:
            passage.socket.close()


# What goes wrong.


def flipped(index, bit):
    """One bit of the byte at `index`, a number or a property of Frame."""
    def change(frame):
        at = index(frame) if callable(index) else index
        data = bytearray(frame.data)
        data[at] ^= bit
        return bytes(data)
    return change


def payload_at(index):
    return lambda frame: frame.payload_offset + index


def without_bytes(start, count):
    """Bytes from `start` (a number, or a function of the frame) are lost."""
    def change(frame):
        at = start(frame) if callable(start) else start
        return frame.data[:at] + frame.data[at + count:]
    return change


def lost(_):
    return b""


def doubled(frame):
    return frame.data * 2


def behind(insertion):
    return lambda frame: frame.data + insertion


def in_front(insertion):
    return lambda frame: insertion + frame.data


def unmasked(frame):
    return frame.without_mask()


def wrongly_masked(frame):
    return frame.with_mask(frames.MASK)


def first_bytes(count):
    return lambda frame: frame.data[:count]


def with_payload(payload):
    return lambda frame: frame.with_payload(payload)


def not_deflate(frame):
    """The first block's type becomes 3, which is reserved (RFC 1951 section 3.2.3)."""
    flips = (frame.payload[0] | 0x06) ^ frame.payload[0]
    return flipped(payload_at(0), flips)(frame)


def in_latin_1(frame):
    """The text is decoded, and encoded again in the wrong character set; of equal length."""
    text = "caf\u00e9".encode("latin-1")
    mask = frame.data[frame.key_offset:frame.payload_offset] if frame.is_masked else None
    payload = text + frame.payload[len(text):]
    return frames.frame(payload, opcode=frame.opcode, mask=mask)
