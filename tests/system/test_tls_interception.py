"""Whose TLS is looked into, and in whose name the server is asked: the client's words decide."""

import base64
import contextlib
import hashlib
import pathlib
import socket
import ssl
import tempfile
import unittest

from cryptography.hazmat.primitives import serialization
from support.between import needs_proxy
from support.certificates import Certificates
from support.curl import curl
from support.forwarding import listener, listeners, make_authority, pair_of
from support.proxy import PATIENCE_S, Proxy, wait_until
from support.raw_peers import Listener
from support.tls_peers import PythonServer, server_context

MINTER = "Lastframe"  # in the common name of a local authority
SERVER = "Root of the server"


class NotingServer(PythonServer):
    """`names`: what clients have asked for (SNI), in order."""

    def __init__(self, pair):
        self.names = []
        context = server_context(pair)
        context.sni_callback = lambda _, name, __: self.names.append(name)
        super().__init__(context)


def issuer(secured):
    """The common name of who issued the certificate that this client was shown."""
    return dict(field[0] for field in secured.getpeercert()["issuer"])["commonName"]


@needs_proxy
class Names(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        made = cls.enterClassContext(Certificates())
        cls.root = made.authority(SERVER)
        cls.made = made
        cls.minting = make_authority(cls.folder / "minting")
        cls.trusted = cls.folder / "both.pem"
        cls.trusted.write_bytes(pathlib.Path(cls.root.file).read_bytes()
                                + cls.minting.read_bytes())

    def server(self, *names):
        server = NotingServer(self.made.leaf(self.root, names=names))
        self.addCleanup(server.close)
        return server

    def proxy(self, mode, **tls):
        return self.enterContext(Proxy(config=listeners(listener(
            mode, tls={"authority": pair_of(self.minting), **tls},
            upstream_tls={"ca": self.root.file}))))

    def way_to(self, proxy, mode, host, port):
        """A connection that was led to `host`."""
        stream = socket.create_connection(("127.0.0.1", proxy.port()), timeout=PATIENCE_S)
        self.addCleanup(stream.close)
        if mode == "forward":
            stream.sendall(f"CONNECT {host}:{port} HTTP/1.1\r\n\r\n".encode())
            self.assertIn(b" 200 ", stream.recv(4096))
        else:
            stream.sendall(b"\x05\x01\x00\x05\x01\x00\x03" + bytes([len(host)]) + host.encode()
                           + port.to_bytes(2, "big"))
            answer = b""
            while len(answer) < 12:
                answer += stream.recv(12 - len(answer))
            self.assertEqual(answer[:4], b"\x05\x00\x05\x00")
        return stream

    def issuer_seen(self, stream, name):
        context = ssl.create_default_context(cafile=self.trusted)
        context.check_hostname = False
        with context.wrap_socket(stream, server_hostname=name) as secured:
            return issuer(secured)

    def test_without_a_name_in_the_hello_the_destination_s_counts(self):
        server = self.server("localhost", "127.0.0.1")
        rows = ((["localhost"], [], "localhost", False),
                (["*"], [], "127.0.0.1", False),
                (["other.test"], [], "localhost", True),
                ([], ["localhost"], "localhost", True),
                ([], ["other.test"], "localhost", False))
        for mode in ("forward", "socks5"):
            for passed, only, host, is_minted in rows:
                with self.subTest(mode=mode, pass_through=passed, only=only, host=host):
                    proxy = self.proxy(mode, pass_through=passed, only=only)
                    stream = self.way_to(proxy, mode, host, server.port)
                    seen = self.issuer_seen(stream, None)
                    self.assertEqual(seen.startswith(MINTER), is_minted, seen)

    def test_a_name_in_the_hello_counts_before_the_destination_s(self):
        server = self.server("localhost", "chat.example")
        for passed, is_minted in (("localhost", True), ("chat.example", False)):
            with self.subTest(pass_through=passed):
                proxy = self.proxy("forward", pass_through=[passed])
                stream = self.way_to(proxy, "forward", "localhost", server.port)
                seen = self.issuer_seen(stream, "chat.example")
                self.assertEqual(seen.startswith(MINTER), is_minted, seen)

    def test_a_client_that_pins_a_key_gets_that_verdict(self):
        pair = self.made.leaf(self.root, names=["localhost"])
        server = NotingServer(pair)
        self.addCleanup(server.close)
        key = pair.certificate.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        pin = base64.b64encode(hashlib.sha256(key).digest()).decode()
        proxy = self.proxy("forward")
        done = curl("-x", f"http://127.0.0.1:{proxy.port()}", "--cacert", self.trusted,
                    "--pinnedpubkey", f"sha256//{pin}", f"https://localhost:{server.port}/")
        self.assertEqual(done.code, 90, done)  # CURLE_SSL_PINNEDPUBKEYNOTMATCH
        record = proxy.record("tls_failed")
        self.assertEqual((record["tls"]["failure"]["leg"], record["cause"]["id"]),
                         ("client", "tls_pinned"), record["cause"])
        self.assertIn("pass_through", record["cause"]["fix"])

    def test_a_server_that_speaks_first_is_heard(self):
        for mode in ("forward", "socks5"):
            with self.subTest(mode=mode), Listener() as server:
                proxy = self.proxy(mode)
                stream = self.way_to(proxy, mode, "127.0.0.1", server.address[1])
                peer = server.accept()
                self.addCleanup(peer.close)
                peer.send(b"220 hello\r\n")
                self.assertEqual(stream.recv(100), b"220 hello\r\n")
                stream.sendall(b"EHLO\r\n")
                peer.expect(b"EHLO\r\n")
                peer.send(b"250 well\r\n")
                self.assertEqual(stream.recv(100), b"250 well\r\n")
                stream.shutdown(socket.SHUT_WR)
                peer.expect_fin()
                self.assertEqual(proxy.records(), [])

    def test_the_server_is_asked_for_the_name_that_the_client_asked_for(self):
        """As curl --connect-to does: the destination has one name, the service another."""
        server = self.server("chat.example")
        proxy = self.proxy("forward")
        for asked, is_good in (("chat.example", True), ("other.example", False)):
            with self.subTest(asked=asked):
                stream = self.way_to(proxy, "forward", "localhost", server.port)
                if is_good:
                    self.assertTrue(self.issuer_seen(stream, asked).startswith(MINTER))
                else:
                    with contextlib.suppress(OSError):
                        self.issuer_seen(stream, asked)
                self.assertEqual(server.names.pop(), asked)

        def refused():
            return [record["tls"]["server"] for record in proxy.records("tls_failed")
                    if record["tls"]["failure"]["leg"] == "server"]
        wait_until(refused, "a record of the server's leg")
        [leg] = refused()
        self.assertEqual((leg["server_name"], leg["expected_name"], leg["certificate_fault"]),
                         ("other.example", "other.example", "name_mismatch"))


if __name__ == "__main__":
    unittest.main()
