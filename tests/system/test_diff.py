"""`lastframe diff` on two captures of one hop: what it says, as text and as JSON, its exit codes,
captures that grow while it reads, and two real taps around a hop that does damage.
"""

import json
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import unittest

from support import frames
from support.capture import Capture
from support.corrupting_relay import CorruptingRelay, Fault, flipped, payload_at
from support.proxy import BINARY, PATIENCE_S, Proxy, wait_until

REQUEST = (b"GET /chat HTTP/1.1\r\nHost: chat.example\r\nUpgrade: websocket\r\n"
           b"Connection: Upgrade\r\nSec-WebSocket-Key: %s\r\nSec-WebSocket-Version: 13\r\n\r\n")
KEY, ACCEPT = b"dGhlIHNhbXBsZSBub25jZQ==", b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
ANSWER = (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
          b"Sec-WebSocket-Accept: %s\r\n\r\n")
PAGE = (b"HTTP/1.1 502 Bad Gateway\r\nServer: nginx\r\nContent-Type: text/html\r\n"
        b"Content-Length: 24\r\n\r\n<html>Bad Gateway</html>")
MASK = b"\x37\xfa\x21\x3d"


def client(text, mask=MASK):
    return b"\x81" + bytes([0x80 | len(text)]) + mask + frames.masked(text, mask)


def server(text, first=0x81):
    return bytes([first, len(text)]) + text


def run(*arguments):
    return subprocess.run([str(BINARY), "diff", *map(str, arguments)], capture_output=True,
                          text=True, timeout=PATIENCE_S, check=False)


class Diff(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="lastframe-test-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def capture(self, name, turns, request=REQUEST % KEY, answer=ANSWER % ACCEPT):
        """`turns`: who said what behind the handshake."""
        path = self.folder / name
        with Capture(path) as capture:
            conversation = capture.conversation()
            conversation.say("client", request)
            conversation.say("server", answer)
            for side, data in turns:
                conversation.say(side, data)
            conversation.finish()
        return path

    def diff(self, before, after, *arguments, **heads):
        result = run(self.capture("before.pcap", before), self.capture("after.pcap", after, **heads),
                     "--json", *arguments)
        self.assertEqual(result.stderr, "")
        return result.returncode, json.loads(result.stdout)

    def only_finding(self, said):
        self.assertEqual(len(said["connections"]), 1)
        findings = said["connections"][0]["findings"]
        self.assertEqual(len(findings), 1, findings)
        return findings[0]

    def test_the_same_bytes_are_transparent(self):
        turns = [("client", client(b"hello")), ("server", server(b"world"))]
        code, said = self.diff(turns, turns)
        self.assertEqual(code, 0)
        self.assertEqual(said["counts"],
                         {"transparent": 1, "reframed": 0, "altered": 0, "corrupted": 0})
        self.assertEqual(said["connections"][0]["paired_by"], "key")

    def test_an_http_page_between_frames(self):
        sent = [("server", server(b"one")), ("server", server(b"two"))]
        arrived = [sent[0], ("server", PAGE), sent[1]]
        code, said = self.diff(arrived, sent)
        finding = self.only_finding(said)
        self.assertEqual(code, 1)
        self.assertEqual((finding["kind"], finding["severity"], finding["direction"]),
                         ("stray_bytes_inserted", "corrupted", "server_to_client"))
        self.assertEqual(finding["before"]["offset"], len(server(b"one")))
        self.assertEqual(finding["before"]["size"], len(PAGE))
        self.assertIn("an HTTP/1.1 502", finding["summary"])

    def test_a_hop_that_masks_anew_has_altered_nothing(self):
        before = [("client", client(b"hello"))]
        after = [("client", client(b"hello", b"\x01\x02\x03\x04"))]
        code, said = self.diff(before, after)
        self.assertEqual((code, self.only_finding(said)["kind"]), (0, "remasked"))
        code, _ = self.diff(before, after, "--fail-on", "reframed")
        self.assertEqual(code, 1)

    def test_a_hop_that_opens_its_own_connection_is_paired_by_what_is_said(self):
        turns = [("client", client(b"a sentence that nobody else says"))]
        other_key = b"x3JJHMbDL1EzLkh9GBhXDw=="
        code, said = self.diff(turns, turns, request=REQUEST % other_key,
                               answer=ANSWER % b"HSmrc0sMlYUkAGmm5OPpG2HaGWk=")
        self.assertEqual(code, 0)
        self.assertEqual(said["connections"][0]["paired_by"], "content")
        self.assertTrue(said["connections"][0]["guessed"])
        self.assertEqual(self.only_finding(said)["kind"], "key_replaced")

    def test_text_says_who_and_where(self):
        result = run(self.capture("a.pcap", [("client", client(b"hello"))]),
                     self.capture("b.pcap", [("client", client(b"hellO"))]),
                     "--names", "edge,app")
        self.assertEqual(result.returncode, 1)
        text = " ".join(result.stdout.split())
        self.assertIn("[altered] The hop between edge and app changed a payload and kept its "
                      "length: 5 bytes, from payload byte 4 on (frame 1, client-to-server offset 0 "
                      "at app).", text)
        self.assertIn('68 65 6c 6c 4f "hellO"', text)

    def test_what_cannot_be_compared(self):
        one = self.capture("a.pcap", [("client", client(b"hello"))])
        nothing = self.folder / "nothing"
        nothing.write_bytes(b"")
        for files in ((one, nothing), (one, self.folder / "missing"), (one,)):
            result = run(*files)
            self.assertEqual(result.returncode, 2, files)
            self.assertTrue(result.stderr.startswith("lastframe: "), result.stderr)

    def test_growing_captures_are_followed(self):
        turns = [("client", client(b"hello"))]
        whole = [self.capture("a.pcap", turns).read_bytes(),
                 self.capture("b.pcap", [("client", client(b"hellO"))]).read_bytes()]
        paths = [self.folder / "live-a.pcap", self.folder / "live-b.pcap"]
        for path, content in zip(paths, whole, strict=True):
            path.write_bytes(content[:100])
        out = self.folder / "out"
        with out.open("wb") as stdout, subprocess.Popen(
                [str(BINARY), "diff", *map(str, paths), "--live", "--json"],
                stdout=stdout) as process:
            self.addCleanup(process.kill)
            for path, content in zip(paths, whole, strict=True):
                with path.open("ab") as file:
                    file.write(content[100:])
            line = wait_until(lambda: out.read_bytes().partition(b"\n")[0], "a first line")
            process.send_signal(signal.SIGTERM)
            self.assertEqual(process.wait(PATIENCE_S), 1)
        said = json.loads(line)
        self.assertEqual((said["event"], said["findings"][0]["kind"]),
                         ("connection", "payload_changed"))
        lines = out.read_text().splitlines()
        self.assertEqual(len(lines), 2)
        self.assertEqual(json.loads(lines[1])["connections"], [])


CONFIG = """
listeners: [{{name: chat, listen: "127.0.0.1:0", upstream: "ws://127.0.0.1:{port}"}}]
log: {{file: "{{log}}", format: json}}
capture: {{folder: "{folder}", of: [all]}}
tap: {{name: {name}, digests: true}}
"""


class TwoTaps(unittest.TestCase):
    """Two real proxies that record digests, and a hop between them that damages what passes."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="lastframe-test-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def tap(self, name, port):
        folder = self.folder / name
        folder.mkdir()
        return Proxy(config=CONFIG.format(port=port, folder=folder, name=name))

    def serve(self, listener):
        connection = listener.accept()[0]
        with connection:
            connection.settimeout(PATIENCE_S)
            head = b""
            while b"\r\n\r\n" not in head:
                head += connection.recv(4096)
            connection.sendall(ANSWER % ACCEPT + server(b"first") + server(b"second"))
            while connection.recv(4096):
                pass

    def talk(self, edge):
        with socket.create_connection(("127.0.0.1", edge.port()), PATIENCE_S) as sock:
            sock.sendall(REQUEST % KEY + client(b"one") + client(b"two"))
            sock.shutdown(socket.SHUT_WR)
            while sock.recv(4096):
                pass

    def diff_of(self, fault, direction):
        """What diff says of one connection through tap, hop, tap."""
        with socket.create_server(("127.0.0.1", 0)) as listener, CorruptingRelay() as relay:
            serving = threading.Thread(target=self.serve, args=(listener,), daemon=True)
            serving.start()
            with self.tap("app", listener.getsockname()[1]) as app:
                hop = relay.passage(int(app.port()), direction, fault)
                with self.tap("edge", hop.port) as edge:
                    self.talk(edge)
                    serving.join(PATIENCE_S)
        files = [next((self.folder / name).glob("*.lfr")) for name in ("edge", "app")]
        result = run(*files, "--json")
        self.assertEqual(result.stderr, "")
        return result.returncode, json.loads(result.stdout)

    def test_a_hop_that_does_nothing(self):
        code, said = self.diff_of(None, "client_to_server")
        self.assertEqual(code, 0)
        self.assertEqual([said["captures"][side]["name"] for side in ("before", "after")],
                         ["edge", "app"])
        self.assertEqual(said["counts"]["transparent"], 1, said["connections"])

    def test_a_bit_flipped_on_the_way(self):
        for direction in ("client_to_server", "server_to_client"):
            with self.subTest(direction):
                code, said = self.diff_of(Fault(flipped(payload_at(0), 1)), direction)
                self.assertEqual(code, 1)
                kinds = {each["kind"]: each for each in said["connections"][0]["findings"]}
                self.assertEqual(kinds["payload_changed"]["direction"], direction)
                self.assertEqual(kinds["payload_changed"]["before"]["frame"], 2)
            for name in ("edge", "app"):
                shutil.rmtree(self.folder / name)

    def test_two_running_taps_are_followed(self):
        out = self.folder / "out"
        with socket.create_server(("127.0.0.1", 0)) as listener, \
                self.tap("app", listener.getsockname()[1]) as app, \
                self.tap("edge", app.port()) as edge, out.open("wb") as stdout:
            def talk():
                serving = threading.Thread(target=self.serve, args=(listener,), daemon=True)
                serving.start()
                self.talk(edge)
                serving.join(PATIENCE_S)

            def file_of(name):
                return next((self.folder / name).glob("*.lfr"), None)

            talk()
            files = [wait_until(lambda: file_of(name), f"a recording of {name}")
                     for name in ("edge", "app")]
            with subprocess.Popen([str(BINARY), "diff", *map(str, files), "--live", "--json"],
                                  stdout=stdout) as process:
                self.addCleanup(process.kill)
                for count in (1, 2, 3):
                    wait_until(lambda: out.read_bytes().count(b"\n") == count,
                               f"{count} connections told")
                    if count < 3:
                        talk()
                process.send_signal(signal.SIGTERM)
                self.assertEqual(process.wait(PATIENCE_S), 0)
        *told, last = [json.loads(line) for line in out.read_text().splitlines()]
        self.assertEqual([each["event"] for each in told], ["connection"] * 3)
        self.assertEqual((last["counts"]["transparent"], last["connections"]), (3, []))


if __name__ == "__main__":
    unittest.main()
