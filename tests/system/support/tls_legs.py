"""Makes of a test of plain legs one with TLS on the client's, the server's, or both."""

import contextlib
import unittest

from support.between import DIRECT, configured
from support.raw_peers import Background
from support.tls_files import NAME, TlsFiles
from support.tls_streams import TlsPeer, client_context, server_context


def tls_keys(files, *, client=True, server=True, names=(NAME,), extras=""):
    """The listener's keys for TLS on these legs; `extras`: more keys of the client's."""
    pairs = ", ".join("{cert: %s, key: %s}" % files.pair(name) for name in names)
    more = f", {extras}" if extras else ""
    keys = [f"tls: {{certificates: [{pairs}]{more}}}"] if client else []
    return keys + ([f"upstream_tls: {{ca: {files.ca}}}"] if server else [])


class TlsLegs:
    """Stands before a RelayTest among the bases: its pairs are then behind their handshakes."""

    client_tls = True
    server_tls = True
    version = None
    listener_keys = ()
    tls_extras = ""
    rest = ""

    @classmethod
    def setUpClass(cls):
        if DIRECT and not (cls.client_tls and cls.server_tls):
            raise unittest.SkipTest("without a proxy both ends speak the same")
        cls.files = cls.enterClassContext(TlsFiles())
        keys = tls_keys(cls.files, client=cls.client_tls, server=cls.server_tls,
                        extras=cls.tls_extras)
        cls.server_options = {**cls.server_options, "scheme": "wss" if cls.server_tls else "ws"}
        cls.proxy_options = {**cls.proxy_options,
                             "config": configured(*keys, *cls.listener_keys, rest=cls.rest)}
        cls.client_context = client_context(cls.files, version=cls.version)
        cls.server_context = server_context(cls.files, version=cls.version)
        super().setUpClass()

    def tls_client(self, peer, *, context=None, server_name=NAME):
        """The same connection, where TLS is to come."""
        return TlsPeer(peer.socket, context or self.client_context, server_name=server_name)

    def tls_server(self, peer, *, context=None):
        return TlsPeer(peer.socket, context or self.server_context)

    def pair(self, *, client_context=None, server_context=None, **options):
        client, server = self.raw_pair(**options)
        if self.client_tls:
            client = self.tls_client(client, context=client_context)
        if self.server_tls:
            server = self.tls_server(server, context=server_context)
        self.shake_hands(client, server)
        return client, server

    def shake_hands(self, *peers):
        """All at once: each may wait for another."""
        running = [Background(peer.handshake) for peer in peers if isinstance(peer, TlsPeer)]
        for each in running:
            each.join()

    def raw_pair(self, **options):
        return super().pair(**options)

    @contextlib.contextmanager
    def raw(self, **options):
        """(client, server) before any handshake, ended afterwards."""
        client, server = self.raw_pair(**options)
        try:
            yield client, server
        finally:
            client.close()
            server.close()
