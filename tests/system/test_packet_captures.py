"""Real captures: tcpdump listens on the loopback interface while python3-websockets speaks to itself
and ends in several ways; `lastframe analyze` must tell each end from the packets alone.
"""

import asyncio
import contextlib
import json
import os
import socket
import struct
import subprocess
import tempfile
import unittest

import websockets
from support.proxy import PATIENCE_S
from support.sniffer import Sniffer, may_sniff

BINARY = os.environ["LASTFRAME"]
RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # SO_LINGER for no time: close() sends a RST


async def serve(connection):
    """Does what it is told by the last message."""
    with contextlib.suppress(websockets.ConnectionClosed):
        await _obey(connection)


async def _obey(connection):
    async for message in connection:
        if message == "reset":
            wire = connection.transport.get_extra_info("socket")
            wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
            connection.transport.abort()
        elif message == "leave":
            connection.transport.abort()
        elif message == "close":
            await connection.close(4000, "bye")
        else:
            await connection.send(message)


async def talk(address, last):
    """Says something, then `last`."""
    async with websockets.connect(f"ws://{address}/chat", max_size=None,
                                  compression=None) as connection:
        await connection.send("hello")
        assert await connection.recv() == "hello"
        with contextlib.suppress(websockets.ConnectionClosed):
            await connection.send(last)
            await connection.recv()


async def _captured(path, host, lasts, options):
    async with websockets.serve(serve, host, 0, max_size=None) as server:
        port = server.sockets[0].getsockname()[1]
        sniffer = Sniffer(path, port, *options)
        assert "listening" in sniffer.begin, sniffer.begin
        for last in lasts:
            await talk(f"[{host}]:{port}" if ":" in host else f"{host}:{port}", last)
        await asyncio.sleep(0.3)  # the last packets: nothing tells that tcpdump has them
        sniffer.stop()


def captured(host, lasts, *options):
    """The bytes of a capture of one connection for each of `lasts`."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o777)  # tcpdump gives its rights up
        path = os.path.join(folder, "capture.pcap")
        asyncio.run(_captured(path, host, lasts, options))
        with open(path, "rb") as file:
            return file.read()


def records_of(capture):
    """From standard input, as from `tcpdump -w -`."""
    done = subprocess.run([BINARY, "analyze", "--json", "-"], input=capture, capture_output=True,
                          timeout=PATIENCE_S)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return [line for line in lines if line.get("event") == "session_end"]


@unittest.skipUnless(may_sniff(), "tcpdump may not listen here")
class RealCaptures(unittest.TestCase):

    def test_each_end_is_told_as_it_was(self):
        for host in ("127.0.0.1", "::1"):
            with self.subTest(host=host):
                records = records_of(captured(host, ("leave", "reset", "close", "x" * 300_000)))
                ends = [(record["close"]["code"], record["close"]["ending"]) for record in records]
                self.assertEqual(ends, [(1006, "fin_without_close"), (1006, "reset"),
                                        (4000, "closing_handshake"), (1000, "closing_handshake")])
                self.assertEqual([record["close"]["initiator"] for record in records],
                                 ["server", "server", "server", "client"])
                self.assertEqual(records[2]["close"]["reason"], "bye")
                for record in records:
                    self.assertEqual(record["path"], "/chat")
                    self.assertEqual(record["violations"], [])
                    self.assertGreater(record["transport"]["server"]["rtt_ms"], 0)

    def test_packets_cut_short_still_give_the_close(self):
        # Message payloads are missing, frames of a few bytes are not.
        capture = captured("127.0.0.1", ("y" * 20_000, "close"), "-s", "600")
        self.assertLess(len(capture), 20_000)
        records = records_of(capture)
        self.assertEqual([record["close"]["code"] for record in records][-1], 4000)
        for record in records:
            self.assertEqual(record["violations"], [])


if __name__ == "__main__":
    unittest.main()
