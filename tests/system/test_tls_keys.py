"""Keys that change while a connection stands: KeyUpdate and renegotiation, with openssl's programs."""

import contextlib
import time
import unittest

from support.between import RelayTest, between, configured, needs_proxy
from support.openssl_peer import OpensslPeer
from support.proxy import wait_until
from support.raw_peers import Listener
from support.tls_files import NAME
from support.tls_legs import TlsLegs, tls_keys


@needs_proxy
class ChangedKeys(TlsLegs, RelayTest):
    """KeyUpdate (RFC 8446 section 4.6.3) in both kinds, from both sides; TLS 1.2 asks to begin anew."""

    def client_of_openssl(self, *arguments):
        host, port = self.relay.listener_address()
        return self.enterContext(OpensslPeer(
            "s_client", "-connect", f"{host}:{port}", "-servername", NAME, "-CAfile",
            self.files.ca, "-verify_return_error", *arguments))

    def assert_relays(self, client, server, number):
        client.command(b"up %d" % number)
        server.expect(b"up %d\n" % number)
        server.send(b"down %d\n" % number)
        client.wait_for(b"down %d\n" % number)

    def accepted(self):
        server = self.tls_server(self.listener.accept())
        self.addCleanup(server.close)
        return server.handshake()

    def test_a_client_s_key_updates(self):
        client = self.client_of_openssl("-tls1_3")
        server = self.accepted()
        self.assert_relays(client, server, 0)
        for number, command in enumerate((b"k", b"K", b"K", b"k"), 1):
            client.command(command)
            wait_until(lambda: client.seen.count(b"KEYUPDATE") == number, "an update")
            self.assert_relays(client, server, number)

    def test_a_server_s_key_updates(self):
        with contextlib.closing(Listener()) as free:
            port = free.address[1]
        cert, key = self.files.pair()
        server = self.enterContext(OpensslPeer("s_server", "-accept", f"127.0.0.1:{port}",
                                                 "-cert", cert, "-key", key, "-tls1_3"))
        server.wait_for(b"ACCEPT")
        keys = tls_keys(self.files)
        config = configured(*keys).replace("{upstream}", f"wss://127.0.0.1:{port}")
        with between(self.listener, config=config) as relay:
            client = self.tls_client(relay.dial()).handshake()
            self.addCleanup(client.close)
            for number, command in enumerate((b"", b"k", b"K", b"K", b"k")):
                if command:
                    server.command(command)
                    time.sleep(0.3)  # s_server says nothing of it, and reads what comes along as text
                server.command(b"down %d" % number)
                client.expect(b"down %d\n" % number)
                client.send(b"up %d\n" % number)
                server.wait_for(b"up %d\n" % number)

    def test_renegotiation_is_refused_and_what_came_before_arrives(self):
        client = self.client_of_openssl("-tls1_2")
        server = self.accepted()
        self.assert_relays(client, server, 0)
        client.command(b"R")
        client.wait_for(b"no renegotiation")
        server.receive_to_end()


if __name__ == "__main__":
    unittest.main()
