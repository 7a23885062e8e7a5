"""Writes byte streams as a capture file that any analyser reads: pcap, one TCP conversation for
each connection, made up from the IP header on. Nothing is sniffed, and no privilege is needed.
"""

import itertools
import struct

LINKTYPE_RAW = 101  # a packet begins with its IP header
SERVER_PORT = 80
FIRST_CLIENT_PORT = 20000
ADDRESS = {"client": bytes([192, 0, 2, 1]), "server": bytes([192, 0, 2, 2])}  # RFC 5737
SYN, ACK, PUSH, FIN = 0x02, 0x10, 0x08, 0x01
LARGEST_SEGMENT = 1460  # as on an Ethernet


def _checksum(data):
    """RFC 1071."""
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def segments(data, *, cuts=(), largest=LARGEST_SEGMENT):
    """`data`, cut at the offsets `cuts`, and where a piece would be longer than `largest`."""
    borders = sorted({0, len(data), *(cut for cut in cuts if 0 < cut < len(data))})
    for begin, end in itertools.pairwise(borders):
        for at in range(begin, end, largest):
            yield data[at:min(at + largest, end)]


class Conversation:
    """One TCP connection in a Capture. `client_port` tells it from the others."""

    def __init__(self, write, client_port):
        self._write, self.client_port = write, client_port
        self._next = {"client": 1000, "server": 5000}  # sequence numbers
        self._segment("client", SYN)
        self._segment("server", SYN | ACK)
        self._segment("client", ACK)

    def say(self, side, data, **cut):
        """`cut`: as of segments()."""
        for part in segments(data, **cut):
            self._segment(side, PUSH | ACK, part)

    def finish(self):
        for side in ("client", "server"):
            self._segment(side, FIN | ACK)

    def _segment(self, side, flags, data=b""):
        peer = "server" if side == "client" else "client"
        ports = (self.client_port, SERVER_PORT)
        source, destination = ports if side == "client" else reversed(ports)
        acknowledged = self._next[peer] if flags & ACK else 0
        fields = (source, destination, self._next[side], acknowledged, 5 << 4, flags, 0xFFFF)
        pseudo = ADDRESS[side] + ADDRESS[peer] + struct.pack(">HH", 6, 20 + len(data))
        check = _checksum(pseudo + struct.pack(">HHIIBBHHH", *fields, 0, 0) + data)
        tcp = struct.pack(">HHIIBBHHH", *fields, check, 0) + data
        ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(tcp), 0, 0x4000, 64, 6, 0,
                         ADDRESS[side], ADDRESS[peer])
        ip = ip[:10] + struct.pack(">H", _checksum(ip)) + ip[12:]
        self._write(ip + tcp)
        self._next[side] += len(data) + (1 if flags & (SYN | FIN) else 0)


class Capture:
    """A pcap file; conversations may follow one another or be interleaved."""

    def __init__(self, path):
        self._file = open(path, "wb")
        self._file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 0x40000, LINKTYPE_RAW))
        self._packets = 0
        self._ports = itertools.count(FIRST_CLIENT_PORT)

    def conversation(self):
        return Conversation(self._packet, next(self._ports))

    def _packet(self, data):
        seconds, microseconds = divmod(self._packets, 1_000_000)  # a microsecond between any two
        self._packets += 1
        self._file.write(struct.pack("<IIII", seconds, microseconds, len(data), len(data)) + data)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._file.close()
