"""`lastframe analyze` on captures of real programs, and its records beside those of the live proxy."""

import json
import os
import pathlib
import subprocess
import tempfile
import time
import unittest

from support.proxy import BINARY, PATIENCE_S
from support.sniffer import Sniffer

SAME = ("code", "reason", "initiator", "ending", "clean")
COUNTS = ("bytes", "frames", "messages")


def analyze(capture, *options, stdin=None):
    """(records, what was said on standard error)"""
    done = subprocess.run([BINARY, "analyze", "--json", str(capture), *map(str, options)], input=stdin,
                          capture_output=True, timeout=PATIENCE_S)
    return [json.loads(line) for line in done.stdout.splitlines()], done.stderr.decode()


class Folder(unittest.TestCase):
    """A place for captures and key logs; tcpdump gives its rights up, and may write there."""

    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.folder.chmod(0o777)
        self.capture, self.keys = self.folder / "capture.pcap", self.folder / "keys.log"

    def sniff(self, port, capture=None):
        sniffer = Sniffer(str(capture or self.capture), port)
        self.assertIn("listening", sniffer.begin)
        return sniffer

    @staticmethod
    def stop(*sniffers):
        time.sleep(0.3)  # nothing tells that tcpdump has the last packets
        for sniffer in sniffers:
            sniffer.stop()

    def tshark(self, *options):
        done = subprocess.run(
            ["tshark", "-n", "-r", self.capture, "-o", f"tls.keylog_file:{self.keys}", *options],
            capture_output=True, text=True, timeout=PATIENCE_S, check=True,
            env={**os.environ, "WIRESHARK_CONFIG_DIR": str(self.folder / "tshark")})
        return done.stdout

    def compare(self, live, found):
        """Two records of one connection, of which the capture shows the client's leg."""
        self.assertEqual(found["event"], live["event"])
        for key in SAME:
            self.assertEqual(found["close"][key], live["close"][key], key)
        for key in ("client", "host", "path", "violations"):
            self.assertEqual(found[key], live[key], key)
        self.assertEqual(found["cause"]["id"], live["cause"]["id"])
        for direction in ("client_to_server", "server_to_client"):
            for key in COUNTS:
                self.assertEqual(found["traffic"][direction][key], live["traffic"][direction][key],
                                 (direction, key))
        self.assertEqual({end["how"] for end in found["stream_ends"] if end["endpoint"] == "client"},
                         {end["how"] for end in live["stream_ends"] if end["endpoint"] == "client"})
        self.assertEqual(bool(found["tls"]), bool(live["tls"]))
        if not live["tls"]:
            return
        leg = found["tls"]["client"]
        self.assertEqual(leg["handling"], "decrypted")
        for key in ("version", "cipher", "alpn", "server_name"):
            self.assertEqual(leg[key], live["tls"]["client"][key], key)
