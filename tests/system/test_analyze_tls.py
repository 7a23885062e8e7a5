"""Captures of TLS with a key log: tcpdump listens while real programs speak, and `lastframe analyze
--key-log` must say what the live proxy says of the same connections, and read the same plain text as
tshark.
"""

import asyncio
import contextlib
import json
import os
import pathlib
import shutil
import socket
import ssl
import subprocess
import threading
import time
import unittest

import websockets
from support.analyzing import Folder, analyze
from support.between import configured, needs_proxy
from support.frames import (BINARY as BINARY_FRAME, close_from, frame_from, noise, upgrade_request, upgrade_response)
from support.openssl_peer import OpensslPeer
from support.proxy import BINARY, PATIENCE_S, NotSeen, Proxy, wait_until
from support.raw_peers import Listener
from support.sniffer import may_sniff
from support.tls_files import NAME, TlsFiles
from support.tls_legs import tls_keys
from test_packet_captures import serve

def tls_context(files, version, ciphers=None):
    context = ssl.create_default_context(cafile=files.ca)
    context.minimum_version = context.maximum_version = version
    if ciphers:
        context.set_ciphers(ciphers)
    return context


VERSIONS = (("1.2", ssl.TLSVersion.TLSv1_2), ("1.3", ssl.TLSVersion.TLSv1_3))


@needs_proxy
@unittest.skipUnless(may_sniff(), "tcpdump may not listen here")
class AsTheLiveProxy(Folder):
    """The proxy ends TLS on the client's leg and writes the key log; the capture is of that leg."""

    async def _talk(self, proxy_port, context, last):
        async with websockets.connect(f"wss://127.0.0.1:{proxy_port}/chat", max_size=None, ssl=context,
                                      server_hostname=NAME, compression=None) as connection:
            await connection.send("hello")
            self.assertEqual(await connection.recv(), "hello")
            await connection.send(b"x" * 100_000)
            await connection.recv()
            if last == "vanish":
                connection.transport.abort()
            else:
                await connection.send(last)
                await connection.recv()

    async def _run(self, files, context, lasts):
        async with websockets.serve(serve, "127.0.0.1", 0, max_size=None) as server:
            port = server.sockets[0].getsockname()[1]
            config = configured(*tls_keys(files, server=False), rest=f"tls_key_log: {self.keys}")
            with Proxy(config=config.replace("{upstream}", f"ws://127.0.0.1:{port}")) as proxy:
                sniffer = self.sniff(proxy.port())
                for last in lasts:
                    with contextlib.suppress(websockets.ConnectionClosed):
                        await self._talk(proxy.port(), context, last)
                await asyncio.to_thread(proxy.wait_for_records, len(lasts))
                await asyncio.sleep(0.3)  # the last packets: nothing tells that tcpdump has them
                sniffer.stop()
                return proxy.records()

    def test_the_same_is_said_of_every_end(self):
        lasts = ("leave", "reset", "close", "vanish", "x" * 30_000)
        with TlsFiles() as files:
            for name, version in VERSIONS:
                with self.subTest(version=name):
                    live = asyncio.run(self._run(files, tls_context(files, version), lasts))
                    found, told = analyze(self.capture, "--key-log", self.keys)
                    self.assertIn(f"{len(lasts)} decrypted", told)
                    self.assertEqual(len(found), len(lasts), told)
                    found = {record["client"]: record for record in found}
                    for expected in live:
                        self.compare(expected, found[expected["client"]])
                    sealed, told = analyze(self.capture)
                    self.assertTrue(all(record["sealed"] for record in sealed))
                    self.assertEqual(told.count("is not decrypted: no key log was given"), len(lasts))


# (name, version, cipher as `openssl` wants it)
SUITES = (
    ("TLS_AES_128_GCM_SHA256", "1.3", ("-ciphersuites", "TLS_AES_128_GCM_SHA256")),
    ("TLS_AES_256_GCM_SHA384", "1.3", ("-ciphersuites", "TLS_AES_256_GCM_SHA384")),
    ("TLS_CHACHA20_POLY1305_SHA256", "1.3", ("-ciphersuites", "TLS_CHACHA20_POLY1305_SHA256")),
    ("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "1.2", ("-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256")),
    ("TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", "1.2", ("-cipher", "ECDHE-ECDSA-CHACHA20-POLY1305")),
    ("TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256", "1.2", ("-cipher", "ECDHE-ECDSA-AES128-SHA256")),
    ("TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA", "1.2", ("-cipher", "ECDHE-ECDSA-AES256-SHA")),
)

CLIENT = (upgrade_request(), frame_from("client", b"question"), frame_from("client", noise(70_000), opcode=BINARY_FRAME),
          close_from("client", 4001, "bye"))
SERVER = (upgrade_response(), frame_from("server", b"answer"), frame_from("server", noise(40_000), opcode=BINARY_FRAME),
          close_from("server", 4001, "bye"))


def free_port():
    with contextlib.closing(Listener()) as free:
        return free.address[1]


def openssl(program, *arguments):
    """One that says what it is given, and nothing of its own."""
    return OpensslPeer(program, "-quiet", *arguments, errors=subprocess.DEVNULL)


@unittest.skipUnless(may_sniff(), "tcpdump may not listen here")
@unittest.skipIf(shutil.which("tshark") is None, "needs tshark")
class EverySuite(Folder):
    """`openssl s_client` and `s_server` speak; each text is the same to us and to tshark."""

    def test_the_plain_text_is_that_of_tshark(self):
        with TlsFiles() as files:
            cert, key = files.pair()
            for name, version, cipher in SUITES:
                with self.subTest(suite=name):
                    self.keys.unlink(missing_ok=True)
                    self.converse(cert, key, ("-tls" + version.replace(".", "_"), *cipher))
                    self.check(name)

    def converse(self, cert, key, terms):
        """Nothing of ours takes part in it: openssl, which now and then hangs, may have another go."""
        try:
            self.converse_once(cert, key, terms)
        except (NotSeen, subprocess.TimeoutExpired):
            self.keys.unlink(missing_ok=True)
            self.converse_once(cert, key, terms)

    def converse_once(self, cert, key, terms):
        port = free_port()
        sniffer = self.sniff(port)
        try:
            self.talk(port, cert, key, terms)
            time.sleep(0.3)  # nothing tells that tcpdump has the last packets
        finally:
            sniffer.stop()

    def talk(self, port, cert, key, terms):
        with openssl("s_server", "-accept", f"127.0.0.1:{port}", "-cert", cert, "-key", key, "-naccept", "1",
                     *terms) as server:
            wait_until(lambda: self.listens(port), "s_server to listen")
            with openssl("s_client", "-connect", f"127.0.0.1:{port}", "-servername", NAME, "-keylogfile",
                         self.keys, "-no_ign_eof", *terms) as client:
                for up, down in zip(CLIENT, SERVER, strict=True):
                    before = len(server.seen), len(client.seen)
                    client.say(up)
                    wait_until(lambda: len(server.seen) == before[0] + len(up), "the client's bytes")
                    server.say(down)
                    wait_until(lambda: len(client.seen) == before[1] + len(down), "the server's bytes")
                client.process.stdin.close()
                client.process.wait(timeout=PATIENCE_S)

    @staticmethod
    def listens(port):
        return f":{port:04X} 00000000:0000 0A" in pathlib.Path("/proc/net/tcp").read_text()

    def check(self, suite):
        records, told = analyze(self.capture, "--key-log", self.keys)
        self.assertEqual(len(records), 1, told)
        record = records[0]
        self.assertEqual(record["tls"]["client"]["cipher"], suite)
        self.assertEqual((record["close"]["code"], record["close"]["ending"], record["close"]["reason"]),
                         (4001, "closing_handshake", "bye"))
        self.assertEqual(record["violations"], [])
        for direction, said in (("client_to_server", CLIENT), ("server_to_client", SERVER)):
            self.assertEqual(record["traffic"][direction]["bytes"], sum(map(len, said[1:])))
        fields = self.tshark("-T", "fields", "-E", "occurrence=a", "-E", "aggregator=,", "-Y", "websocket",
                             "-e", "websocket.opcode", "-e", "websocket.payload.close.status_code")
        opcodes = [each for line in fields.splitlines() for each in line.split("\t")[0].split(",")]
        frames = sum(record["traffic"][each]["frames"] for each in ("client_to_server", "server_to_client"))
        self.assertEqual(len(opcodes), frames)
        self.assertEqual(fields.count("4001"), 2)


NODE = """
const fs = require('fs'), tls = require('tls')
const [, cert, key, keys, version] = process.argv
const log = (line) => fs.appendFileSync(keys, line)
const turns = JSON.parse(fs.readFileSync(0)).map((each) => Buffer.from(each, 'hex'))
const options = { cert: fs.readFileSync(cert), key: fs.readFileSync(key), minVersion: version, maxVersion: version }
const server = tls.createServer(options, (stream) => {
  let at = 1, seen = 0
  stream.on('data', (part) => {
    seen += part.length
    if (seen < turns[at - 1].length) return
    seen = 0
    stream.write(turns[at])
    at += 2
  }).on('end', () => { stream.end(); server.close() })
})
server.listen(0, '127.0.0.1', () => {
  console.log(server.address().port)
  fs.readFileSync(keys + '.go') // waits until tcpdump listens
  const client = tls.connect({ port: server.address().port, rejectUnauthorized: false, servername: 'chat.example' })
  client.on('keylog', log)
  let at = 0, seen = 0
  client.on('secureConnect', () => client.write(turns[0]))
  client.on('data', (part) => {
    seen += part.length
    if (seen < turns[at + 1].length) return
    seen = 0
    at += 2
    at < turns.length ? client.write(turns[at]) : client.end()
  })
})
"""


@unittest.skipUnless(may_sniff(), "tcpdump may not listen here")
class Node(Folder):
    """Node's tls module on both sides; the key log is what its `keylog` event gives."""

    def test_both_versions_are_read(self):
        with TlsFiles() as files:
            for version in ("TLSv1.2", "TLSv1.3"):
                with self.subTest(version=version):
                    self.keys.unlink(missing_ok=True)
                    self.converse(files, version)
                    records, told = analyze(self.capture, "--key-log", self.keys)
                    self.assertEqual([record["close"]["code"] for record in records], [4001], told)
                    self.assertEqual(records[0]["violations"], [])
                    self.assertEqual({end["how"] for end in records[0]["stream_ends"]}, {"fin"})

    def converse(self, files, version):
        go = pathlib.Path(f"{self.keys}.go")
        go.unlink(missing_ok=True)
        os.mkfifo(go)
        turns = [each.hex() for pair in zip(CLIENT, SERVER, strict=True) for each in pair]
        process = subprocess.Popen(["node", "-e", NODE, *map(str, (*files.pair(), self.keys)), version],
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        try:
            process.stdin.write(json.dumps(turns))
            process.stdin.close()
            sniffer = self.sniff(int(process.stdout.readline()))
            go.write_text("go")
            process.wait(timeout=PATIENCE_S)
            time.sleep(0.3)  # nothing tells that tcpdump has the last packets
            sniffer.stop()
        finally:
            process.kill()
            process.wait()
            process.stdout.close()


@unittest.skipUnless(may_sniff(), "tcpdump may not listen here")
@unittest.skipIf(shutil.which("editcap") is None, "needs editcap")
class Secrets(Folder):
    """Where the secrets may come from, and what is said where they are not there."""

    def setUp(self):
        super().setUp()
        self.files = self.enterContext(TlsFiles())
        with contextlib.closing(Listener()) as listener:
            sniffer = self.sniff(listener.address[1])
            self.converse(listener)
            time.sleep(0.3)  # nothing tells that tcpdump has the last packets
            sniffer.stop()

    def converse(self, listener):
        """Python's ssl module, whose key log has what OpenSSL says; the client leaves without a word."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self.files.pair())

        def serve_one():
            with context.wrap_socket(listener.socket.accept()[0], server_side=True,
                                     suppress_ragged_eofs=True) as stream:
                for data in SERVER[:2]:
                    stream.recv(1 << 16)
                    stream.sendall(data)
                stream.recv(1 << 16)

        thread = threading.Thread(target=serve_one)
        thread.start()
        trusting = ssl.create_default_context(cafile=self.files.ca)
        trusting.keylog_filename = str(self.keys)
        with socket.create_connection(listener.address) as plain:
            stream = trusting.wrap_socket(plain, server_hostname=NAME)
            for data in CLIENT[:2]:
                stream.sendall(data)
                stream.recv(1 << 16)
            os.close(stream.detach())  # a FIN without close_notify
        thread.join()

    def check(self, records, told):
        self.assertEqual(len(records), 1, told)
        self.assertEqual(records[0]["close"]["code"], 1006)
        self.assertEqual(records[0]["stream_ends"][0]["endpoint"], "client")
        self.assertEqual(records[0]["stream_ends"][0]["how"], "tls_truncated")
        self.assertEqual(records[0]["traffic"]["client_to_server"]["messages"], 1)

    def test_a_key_log_that_is_named(self):
        self.check(*analyze(self.capture, "--key-log", self.keys))

    def test_secrets_within_a_pcapng(self):
        named = self.folder / "with.pcapng"
        subprocess.run(["editcap", "--inject-secrets", f"tls,{self.keys}", self.capture, named], check=True,
                       capture_output=True)
        self.check(*analyze(named))

    def test_live_the_key_log_may_come_behind_the_packets(self):
        late = self.folder / "late.log"
        late.write_text("# nothing yet\n")
        capture = self.capture.read_bytes()
        with subprocess.Popen([BINARY, "analyze", "--json", "-", "--key-log", late], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            process.stdin.write(capture[:-200])
            process.stdin.flush()
            time.sleep(0.2)  # so that it has read what there is
            with late.open("a") as log:
                log.write(self.keys.read_text())
            process.stdin.write(capture[-200:])
            process.stdin.close()
            out, err = process.stdout.read(), process.stderr.read().decode()
        self.check([json.loads(line) for line in out.splitlines()], err)

    def test_a_key_log_of_others_and_one_with_noise(self):
        others = self.folder / "others.log"
        others.write_text("# none\nnoise\n")
        records, told = analyze(self.capture, "--key-log", others)
        self.assertTrue(records[0]["sealed"])
        self.assertIn(f"{others}:2: this line of a key log is passed over", told)
        self.assertIn("no key log has a line for its client random ", told)

    def test_diff_reads_both_captures_with_it(self):
        done = subprocess.run([BINARY, "diff", "--json", "--key-log", self.keys, self.capture, self.capture],
                              capture_output=True, text=True, timeout=PATIENCE_S)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(json.loads(done.stdout)["connections"][0]["severity"], "transparent",
                         done.stdout)


if __name__ == "__main__":
    unittest.main()
