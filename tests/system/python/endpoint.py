"""What the Python clients and servers share: JSON lines, paths, the walk through a scenario."""

import asyncio
import json
import pathlib
import socket
import struct
import sys
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from support.payload import binary_payload, message_event, text_payload  # noqa: E402,F401

LIMIT = 1024
SUBPROTOCOL = "chat.v2"


def show(value):
    print(json.dumps(value), flush=True)


async def _input_lines():
    reader = asyncio.StreamReader(limit=1 << 20)
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    async for line in reader:
        yield line


async def owner_gone():
    """Returns when standard input ends: a server must not outlive its test."""
    async for _ in _input_lines():
        pass


async def stopped_or_owner_gone():
    """Returns at the first line, or when standard input ends."""
    async for _ in _input_lines():
        return


def settings():
    """The JSON of the first argument, if there is one."""
    return json.loads(sys.argv[1]) if len(sys.argv) > 1 else {}


async def serve_lines(answer):
    """Answers each line with what `answer` returns, a list with what it returns for all of them at
    once; returns when standard input ends."""
    async for line in _input_lines():
        asked = json.loads(line)
        if isinstance(asked, list):
            show(await asyncio.gather(*map(answer, asked)))
        else:
            show(await answer(asked))


def deflate_settings(words):
    """What permessage-deflate may do, as the RFC names it: {"server_max_window_bits": 10}; True
    where a parameter has no value."""
    pairs = (word.partition("=") for word in words)
    return {name: int(value) if value else True for name, _, value in pairs}


def parse_path(path):
    """("plain" or "deflate" and its settings, behaviour, arguments) of a request path."""
    parts = [urllib.parse.unquote(part) for part in path.split("/")]
    return parts[1], parts[2], parts[3:]


def reset_on_close(transport):
    """Makes the transport's close send a TCP reset in place of a FIN."""
    transport.get_extra_info("socket").setsockopt(
        socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


class Script:
    """The events of one client; plays a scenario's steps against messages that come in."""

    def __init__(self):
        self.events = []
        self._messages = 0
        self._is_over = False
        self._changed = asyncio.Condition()

    async def record(self, event):
        self.events.append(event)
        if event["event"] == "message":
            async with self._changed:
                self._messages += 1
                self._changed.notify_all()

    async def end(self):
        async with self._changed:
            self._is_over = True
            self._changed.notify_all()

    async def play(self, steps, act):
        """`act(step)` does what a step asks for, all but the waiting."""
        for step in steps:
            if step["do"] == "await":
                async with self._changed:
                    await self._changed.wait_for(
                        lambda: self._is_over or self._messages >= step["messages"])
            else:
                await act(step)
            if self._is_over:
                return
