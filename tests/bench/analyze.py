#!/usr/bin/python3
"""How fast a capture of WebSockets is analyzed, beside tshark on the same file.

    tests/bench/analyze.py [MEGABYTES]        256 where none are said; LASTFRAME names the binary

The capture is made up: 200 connections at a time, each with its handshakes, then messages of 1 KiB
of text in both directions, a packet for each, masked as they have to be, and both Closes. lastframe
judges every frame and every connection; tshark is asked for the opcode of every frame.
"""

import os
import pathlib
import struct
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
CONNECTIONS = 200
REQUEST = (b"GET /chat HTTP/1.1\r\nHost: chat.example\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
           b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n")
RESPONSE = (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n")
KEY = bytes((0x37, 0xFA, 0x21, 0x3D))
TEXT = (b'{"type":"message","room":"general","text":"' + b"printable as most of them are " * 40)[:1024]
FIN, SYN, PUSH, ACK = 1, 2, 8, 16


def masked(payload):
    return bytes(byte ^ KEY[i % 4] for i, byte in enumerate(payload))


FROM_CLIENT = b"\x81\xfe" + struct.pack(">H", len(TEXT)) + KEY + masked(TEXT)
FROM_SERVER = b"\x81\x7e" + struct.pack(">H", len(TEXT)) + TEXT
CLOSE = (b"\x88\x82" + KEY + masked(b"\x03\xe8"), b"\x88\x02\x03\xe8")


class Connection:
    def __init__(self, number):
        client = bytes((10, 0, number >> 8, number & 255)), 20000 + number
        server = bytes((10, 9, 0, 1)), 80
        self.ends = client, server
        self.sequence = [1000, 2000]

    def packet(self, now, sender, payload=b"", flags=ACK | PUSH):
        (source, port), (target, to_port) = self.ends[sender], self.ends[1 - sender]
        tcp = struct.pack(">HHIIBBHHH", port, to_port, self.sequence[sender],
                          self.sequence[1 - sender], 0x50, flags, 65535, 0, 0)
        ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 40 + len(payload), 0, 0x4000, 64, 6, 0, source,
                         target)
        self.sequence[sender] += len(payload) + bool(flags & (SYN | FIN))
        size = len(ip) + len(tcp) + len(payload)
        return struct.pack("<IIII", now // 1_000_000, now % 1_000_000, size, size) + ip + tcp + payload


def make(path, megabytes):
    """How many frames there are."""
    wanted, frames, now, generation = megabytes << 20, 0, 1_700_000_000_000_000, 0
    with open(path, "wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 101))
        while file.tell() < wanted:
            all_of_them = [Connection(generation * CONNECTIONS + i) for i in range(CONNECTIONS)]
            generation += 1
            steps = [(0, b"", SYN), (1, b"", SYN | ACK), (0, REQUEST, ACK), (1, RESPONSE, ACK),
                     *[(0, FROM_CLIENT, ACK), (1, FROM_SERVER, ACK)] * 100,
                     (0, CLOSE[0], ACK), (1, CLOSE[1], ACK), (1, b"", FIN | ACK), (0, b"", FIN | ACK)]
            for sender, payload, flags in steps:
                for connection in all_of_them:
                    now += 3
                    file.write(connection.packet(now, sender, payload, flags))
            frames += CONNECTIONS * 202
    return frames, generation * CONNECTIONS


def timed(command, **options):
    """(seconds, MiB of memory at most, what it printed)"""
    began = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, **options)
    lines = sum(1 for _ in process.stdout)
    _, status, usage = os.wait4(process.pid, 0)
    assert os.waitstatus_to_exitcode(status) in (0, 1), command
    return time.monotonic() - began, usage.ru_maxrss / 1024, lines


def main():
    megabytes = int(sys.argv[1]) if len(sys.argv) > 1 else 256
    binary = os.environ.get("LASTFRAME", str(ROOT / "build/release/proxy/lastframe"))
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/made.pcap"
        frames, connections = make(path, megabytes)
        size = os.path.getsize(path)
        print(f"{size / 1e9:.2f} GB, {connections} connections, {frames} frames")
        subprocess.run(["cat", path], stdout=subprocess.DEVNULL, check=True)  # into the page cache
        for name, command, lines_wanted in (
                ("lastframe analyze --json", [binary, "analyze", "--json", path], connections),
                ("tshark -Y websocket", ["tshark", "-r", path, "-Y", "websocket", "-T", "fields",
                                         "-e", "websocket.opcode"], frames)):
            seconds, memory, lines = timed(command)
            found = "" if lines == lines_wanted else f", {lines} lines where {lines_wanted} were due"
            print(f"{name}: {seconds:.2f} s, {size / seconds / 1e9:.3f} GB/s, {memory:.0f} MiB{found}")


main()
