"""Connections that a firewall leads to the proxy, in networks of their own: the commands of
docs/transparent.md and docs/tproxy.md as they stand there, over IPv4 and IPv6."""

import contextlib
import json
import os
import subprocess
import tempfile
import unittest

from support import frames
from support.between import Between
from support.certificates import NAME, Certificates
from support.forwarding import make_authority, pair_of
from support.namespaces import CLIENTS, SERVERS, Networks, commands, own_folder
from support.proxy import BINARY, wait_until
from support.raw_peers import Background
from support.tls_peers import client_context, server_context
from support.verdicts import Verdicts

PORT = 15001  # as the pages have it
USER = 1337
VERSIONS = (4, 6)
FIREWALLS = ("iptables", "nft")


def named(host, port):
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def can_run(user):
    try:
        subprocess.run([str(BINARY), "--version"], user=user, stdout=subprocess.DEVNULL, check=True)
    except PermissionError:
        return False
    return True


class Anywhere:
    """In place of a Listener: clients say where they go."""
    upstream = ""


class Redirected(Verdicts, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.networks = cls.enterClassContext(Networks())

    @contextlib.contextmanager
    def proxy(self, mode, *, user=None, **keys):
        """The proxy on the gateway, as `user`."""
        if user is not None and not can_run(user):
            self.skipTest(f"user {user} may not run {BINARY}")
        more = "".join(f"\n    {key}: {value}" for key, value in keys.items())
        config = ("log: {file: '{log}', format: json}\nlisteners:\n  - name: way\n"
                  f"    listen: ':{PORT}'\n    mode: {mode}{more}\n")
        with OnGateway(self.networks.gateway, user, config) as proxy:
            yield proxy

    @contextlib.contextmanager
    def firewall(self, page, *names):
        """Set up as the page says, and undone as the page says."""
        gateway = self.networks.gateway
        for name in names:
            gateway.run(commands(page, f"set up ({name})"))
        try:
            yield
        finally:
            for name in reversed(names):
                gateway.run(commands(page, f"undo ({name})"))

    def talk(self, version, *, source, port=80):
        """A WebSocket between client and server; the name of the client. `source`: whose address
        the server sees."""
        network = self.networks.gateway if source is None else self.networks.client
        with self.networks.listen(self.networks.server, SERVERS[version] + "2", port) as server:
            client = self.networks.connect(network, server.address)
            peer, seen = server.accept_from()
        with contextlib.closing(client), contextlib.closing(peer):
            if source is not None:
                self.assertEqual(seen, source)
            client.send(frames.upgrade_request())
            peer.expect(frames.upgrade_request())
            peer.send(frames.upgrade_response() + frames.server_frame(b"hello"))
            client.expect(frames.upgrade_response() + frames.server_frame(b"hello"))
            client.send(frames.close_from("client", 1000))
            peer.expect(frames.close_from("client", 1000))
            peer.send(frames.close_from("server", 1000))
            peer.finish()
            client.expect_fin(frames.close_from("server", 1000))
            client.finish()
            peer.expect_fin()
            return client.name

    def check_record(self, proxy, client, version):
        record = proxy.record_of(client)
        self.assertEqual((record["event"], record["close"]["ending"]),
                         ("session_end", "closing_handshake"))
        self.assertEqual(record["server"], named(SERVERS[version] + "2", 80))
        self.assert_legal(record)

    def check_ways(self, proxy, sources):
        """Both versions are led to the proxy; other ports are not, and its own port refuses."""
        for version in VERSIONS:
            with self.subTest(version=version):
                client = self.talk(version, source=sources[version])
                self.check_record(proxy, client, version)
                away = self.talk(version, source=CLIENTS[version] + "2", port=8080)
                self.assertFalse(proxy.has_record_of(away))
                self.check_refused((CLIENTS[version] + "1", PORT))

    def check_refused(self, address):
        """A client of the proxy's own port is reset, and nothing is connected for it."""
        with contextlib.suppress(ConnectionResetError):  # it may come before connect() returns
            client = self.networks.connect(self.networks.client, address)
            with contextlib.closing(client):
                client.expect_reset()

    def check_direct(self):
        for version in VERSIONS:
            self.talk(version, source=CLIENTS[version] + "2")

    def test_the_servers_are_reached_without_a_proxy(self):
        self.check_direct()

    def test_redirect_on_a_gateway(self):
        sources = {version: SERVERS[version] + "1" for version in VERSIONS}
        for firewall in FIREWALLS:
            with self.subTest(firewall), self.proxy("transparent") as proxy:
                with self.firewall("transparent.md", firewall):
                    self.check_ways(proxy, sources)
                self.check_direct()

    def test_redirect_beside_the_client(self):
        for firewall in FIREWALLS:
            with self.subTest(firewall), self.proxy("transparent", user=USER) as proxy:
                with self.firewall("transparent.md", f"{firewall}, sidecar"):
                    for version in VERSIONS:
                        self.check_record(proxy, self.talk(version, source=None), version)

    def test_a_proxy_that_is_led_to_itself_does_not_go_in_circles(self):
        """The sidecar's rules except one user; this proxy is another."""
        for version in VERSIONS:
            with (self.subTest(version=version), self.proxy("transparent", user=USER + 1) as proxy,
                  self.firewall("transparent.md", "iptables, sidecar")):
                # The reset may come before connect() has said that there is a connection.
                with contextlib.suppress(ConnectionResetError):
                    client = self.networks.connect(self.networks.gateway,
                                                   (SERVERS[version] + "2", 80))
                    with contextlib.closing(client):
                        client.send(frames.upgrade_request())
                        client.expect_reset()
                wait_until(lambda: proxy.open_sockets() < 20, "the connections to be over")
                # It came back once: a record of the client's own connection, if it had asked.
                self.assertLessEqual(len({each["client"] for each in proxy.records()}), 1)

    def test_redirected_tls_is_intercepted(self):
        """In the name that the client asks for; the firewall knows only an address."""
        made = self.enterContext(Certificates())
        root = made.authority("Root of the server")
        serving = server_context(made.leaf(root))
        folder = self.enterContext(tempfile.TemporaryDirectory())
        minting = make_authority(f"{folder}/minting")
        keys = {"tls": json.dumps({"authority": pair_of(minting)}),
                "upstream_tls": json.dumps({"ca": root.file})}
        for version in VERSIONS:
            with (self.subTest(version=version), self.proxy("transparent", **keys) as proxy,
                  self.firewall("transparent.md", "iptables"),
                  self.networks.listen(self.networks.server, SERVERS[version] + "2", 80) as server):
                client = self.networks.connect(self.networks.client, server.address)
                self.addCleanup(client.close)

                def serve():
                    with (contextlib.closing(server.accept()) as peer,
                          serving.wrap_socket(peer.socket, server_side=True) as secured):
                        while not secured.recv(4096).endswith(b"\r\n\r\n"):
                            pass
                        secured.sendall(frames.upgrade_response())
                        secured.recv(1)
                running = Background(serve)
                trusting = client_context(str(minting))
                with trusting.wrap_socket(client.socket, server_hostname=NAME) as secured:
                    secured.sendall(frames.upgrade_request())
                    self.assertTrue(secured.recv(4096).startswith(b"HTTP/1.1 101"))
                running.join()
                record = proxy.wait_for_records(1)[0]
                self.assertEqual(record["server"], named(SERVERS[version] + "2", 80))
                legs = record["tls"]
                self.assertEqual((legs["client"]["handling"], legs["server"]["handling"],
                                  legs["server"]["expected_name"], legs["server"]["verified"]),
                                 ("intercepted", "originated", NAME, True))

    def test_tproxy(self):
        for firewall in FIREWALLS:
            for keeps_address in (True, False):
                sources = CLIENTS if keeps_address else SERVERS
                last = "2" if keeps_address else "1"
                expected = {version: sources[version] + last for version in VERSIONS}
                keys = {"client_address": str(keeps_address).lower()}
                with (self.subTest(firewall, client_address=keeps_address),
                      self.proxy("tproxy", **keys) as proxy):
                    with self.firewall("tproxy.md", "routes", firewall):
                        self.check_ways(proxy, expected)
                    self.check_direct()


class OnGateway(Between):
    """The proxy inside a network, as another user where one is given."""

    def __init__(self, network, user, config):
        def become():
            network.enter()
            if user is not None:
                own_folder(self.folder, user)
                os.setgid(user)
                os.setuid(user)
        super().__init__(Anywhere, config=config, preexec=become)

    def open_sockets(self):
        folder = f"/proc/{self.process.pid}/fd"
        return sum(os.readlink(f"{folder}/{each}").startswith("socket:")
                   for each in os.listdir(folder))


if __name__ == "__main__":
    unittest.main()
