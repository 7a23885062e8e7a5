"""Recordings of connections: what `capture:` writes into a folder, what `lastframe analyze` reads."""

import dataclasses
import json
import pathlib
import struct
import subprocess
import unittest
import zlib

from support.between import Between, configured
from support.frames import upgrade_request, upgrade_response
from support.proxy import BINARY, PATIENCE_S, wait_until
from support.raw_peers import Listener

MAGIC = b"\x89LFR\r\n\x1a\n"
MARKER = 0xB10CF4A3
FILE, START, INPUTS, RECORD, END, DROPPED = range(1, 7)
HEAD = struct.Struct("<IHI")  # marker, type, length of the payload; a CRC-32 stands behind it


def blocks_of(data):
    """[(type, payload, all of its bytes)] of a recording's complete blocks; none yet of a file that
    has just begun."""
    if MAGIC.startswith(data):
        return []
    assert data[:len(MAGIC)] == MAGIC, data[:16]
    found, at = [], len(MAGIC)
    while at + HEAD.size <= len(data):
        marker, kind, length = HEAD.unpack_from(data, at)
        assert marker == MARKER, f"no block at {at}"
        end = at + HEAD.size + length + 4
        if end > len(data):
            break
        checked = data[at + 4:end - 4]
        assert zlib.crc32(checked) == int.from_bytes(data[end - 4:end], "little"), at
        found.append((kind, data[at + HEAD.size:end - 4], data[at:end]))
        at = end
    return found


def without(data, *kinds):
    """The same recording without its blocks of these types."""
    return MAGIC + b"".join(whole for kind, _, whole in blocks_of(data) if kind not in kinds)


@dataclasses.dataclass
class Analysis:
    """What `lastframe analyze --json` said."""

    code: int
    output: str
    errors: str

    @property
    def lines(self):
        return [json.loads(line) for line in self.output.splitlines()]

    def by_session(self):
        lines = self.lines
        found = {line["session"]: line for line in lines}
        assert len(found) == len(lines), "two records of one session"
        return found


def analyze(*files, arguments=("--json",), data=None):
    """`data`: what stands on standard input."""
    done = subprocess.run([str(BINARY), "analyze", *arguments, *map(str, files)], input=data,
                          stdin=subprocess.DEVNULL if data is None else None,
                          capture_output=True, timeout=PATIENCE_S, check=False)
    return Analysis(done.returncode, done.stdout.decode(), done.stderr.decode())


class RecordingTest(unittest.TestCase):
    """Raw peers at both ends of a proxy that writes recordings."""

    def setUp(self):
        self.listener = Listener()
        self.addCleanup(self.listener.close)

    def relay(self, capture="", *, rest="", log_level="closes", upstream=None, **options):
        """`capture`: keys besides the folder, as YAML: "of: [all], payload: true"."""
        keys = "folder: '{log}.d'" + (f", {capture}" if capture else "")
        config = configured(rest=f"capture: {{{keys}}}\n{rest}")
        config = config.replace("{upstream}", upstream or self.listener.upstream)
        relay = Between(self.listener, config=config, log_level=log_level, **options)
        relay.captures = pathlib.Path(f"{relay.log_path}.d")
        return relay

    def pair(self, relay):
        client = relay.dial()
        self.addCleanup(client.close)
        server = self.listener.accept()
        self.addCleanup(server.close)
        return client, server

    def opened(self, relay, request=None, response=None):
        """(client, server) behind an opening handshake."""
        client, server = self.pair(relay)
        request, response = request or upgrade_request(), response or upgrade_response()
        client.send(request)
        server.expect(request)
        server.send(response)
        client.expect(response)
        return client, server

    def turns(self, client, server, turns):
        """Each of (side, bytes) arrives before the next is sent."""
        ends = {"client": (client, server), "server": (server, client)}
        for side, data in turns:
            here, there = ends[side]
            here.send(data)
            there.expect(data)

    def fins(self, first, second):
        first.finish()
        second.expect_fin()
        second.finish()
        first.expect_fin()

    def files(self, relay, ending=".lfr"):
        """Oldest first."""
        return sorted(relay.captures.glob(f"*{ending}"))

    def recording(self, relay):
        """The bytes of the one file."""
        files = self.files(relay)
        self.assertEqual(len(files), 1, files)
        return files[0].read_bytes()

    def wait_for_ends(self, relay, count):
        """Until as many connections stand in the files with their end."""
        def ended():
            kinds = [kind for path in self.files(relay) for kind, _, _ in
                     blocks_of(path.read_bytes())]
            return kinds.count(END) >= count
        wait_until(ended, f"{count} connections in {relay.captures}")
