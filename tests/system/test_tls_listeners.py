"""Listeners with TLS: which certificate is shown, reload, pass-through, answers of ours, drain."""

import json
import signal
import socket
import ssl
import unittest

from support.between import RelayTest, between, configured, needs_proxy
from support.curl import curl
from support.endpoints import Endpoint, node
from support.frames import upgrade_request
from support.proxy import Proxy, wait_until
from support.raw_peers import FIN, Background, Listener
from support.sessions import assert_relays
from support.tls_files import NAME, TlsFiles
from support.tls_legs import TlsLegs, tls_keys
from support.tls_streams import TlsPeer, client_context, server_context
from test_metrics import scrape, value_of


def common_name(peer):
    """Of the certificate that this client was shown."""
    return dict(field[0] for field in peer.tls.getpeercert()["subject"])["commonName"]


class ListenerTest(unittest.TestCase):

    def setUp(self):
        self.files = self.enterContext(TlsFiles())

    def client(self, relay, name=NAME):
        """A client behind its handshake."""
        client = TlsPeer(relay.dial().socket, client_context(self.files), server_name=name)
        self.addCleanup(client.close)
        return client.handshake()

    def accepted(self, server):
        peer = server.accept()
        self.addCleanup(peer.close)
        return peer


@needs_proxy
class Names(ListenerTest):

    def test_the_name_that_is_asked_for_chooses_the_certificate(self):
        names = (NAME, "other.example", "*.deep.example")
        keys = tls_keys(self.files, server=False, names=names)
        with Listener() as server, between(server, config=configured(*keys)) as relay:
            for asked, shown in ((NAME, NAME), ("other.example", "other.example"),
                                 ("OTHER.example", "other.example"),
                                 ("a.deep.example", "*.deep.example"),
                                 ("127.0.0.1", NAME)):  # an address is no name to ask for
                with self.subTest(asked=asked):
                    self.assertEqual(common_name(self.client(relay, asked)), shown)

    def test_names_that_pass_through_see_the_upstream_s_own_certificate(self):
        upstream = server_context(self.files, name="upstream")
        keys = tls_keys(self.files, extras='pass_through: [bank.example, "*.bank.example"]')
        with Listener(scheme="wss") as listener, \
                between(listener, config=configured(*keys)) as relay:
            for asked, passes in ((NAME, False), ("bank.example", True), ("a.bank.example", True)):
                with self.subTest(asked=asked):
                    context = client_context(self.files)
                    context.check_hostname = False
                    client = TlsPeer(relay.dial().socket, context, server_name=asked)
                    self.addCleanup(client.close)
                    hello = client.hello()
                    raw = self.accepted(listener)
                    client.send_raw(hello)
                    raw.wait_until_readable()
                    seen = raw.socket.recv(1 << 16, socket.MSG_PEEK)
                    self.assertEqual(seen == hello, passes)
                    server = TlsPeer(raw.socket, upstream)
                    running = Background(server.handshake)
                    client.handshake()
                    running.join()
                    self.assertEqual(common_name(client), "upstream" if passes else NAME)
                    assert_relays(client, server)
                    client.finish()
                    server.expect_fin()
                    server.finish()
                    client.expect_fin()


@needs_proxy
class OtherProtocols(ListenerTest):

    def test_http2_is_mirrored_counted_and_said_once(self):
        """curl and Node's http2, through one listener."""
        own = self.files.pair("localhost")
        server = Endpoint(node("http2_server.js", tls=[str(path) for path in own]))
        self.addCleanup(server.stop)
        upstream = f"wss://localhost:{server.answer()['port']}"
        config = json.dumps({
            "log": {"file": "{log}", "format": "json"}, "admin": {"listen": "127.0.0.1:0"},
            "listeners": [{"name": name, "listen": "127.0.0.1:0",
                           "upstream": upstream, "upstream_tls": {"ca": str(self.files.ca)},
                           "tls": {"certificates": [dict(zip(("cert", "key"), map(str, own)))],
                                   "alpn": alpn}}
                          for name, alpn in (("mirrored", "mirror"), ("seen", "http1"))]})
        with Proxy(config=config) as proxy:
            def ask(listener, option):
                done = curl(option, "--cacert", self.files.ca,
                            f"https://localhost:{proxy.port(listener)}/")
                self.assertEqual(done.code, 0, done)
                return done.body

            self.assertEqual(ask("mirrored", "--http1.1"), "hello by 1.1\n")
            self.assertEqual(ask("seen", "--http2"), "hello by 1.1\n")
            self.assertEqual(value_of(scrape(proxy), "lastframe_other_protocols_total"), 0)
            for count in (1, 2):
                self.assertEqual(ask("mirrored", "--http2"), "hello by 2.0\n")
                wait_until(lambda: value_of(scrape(proxy), "lastframe_other_protocols_total")
                           == count, f"{count} connections in other protocols")
            told = "a protocol other than HTTP/1.1, such as h2"
            proxy.wait_for_diagnostic(told)
            self.assertEqual(proxy.records(), [])
            proxy.stop()
            self.assertEqual(sum(told in line for line in proxy.diagnostics), 1)


@needs_proxy
class Reload(ListenerTest):

    def test_a_new_certificate_is_shown_and_running_connections_go_on(self):
        keys = tls_keys(self.files, server=False)
        with Listener() as listener, between(listener, config=configured(*keys)) as relay:
            running = self.client(relay), self.accepted(listener)
            serial = running[0].tls.getpeercert()["serialNumber"]
            assert_relays(*running)
            for path, new in zip(self.files.pair(), self.files.pair(file="renewed")):
                path.write_bytes(new.read_bytes())
            relay.signal(signal.SIGHUP)

            def is_renewed():
                client = self.client(relay)
                assert_relays(client, self.accepted(listener))
                return client.tls.getpeercert()["serialNumber"] != serial
            wait_until(is_renewed, "the new certificate")
            assert_relays(*running)
            client, server = running
            client.finish()
            server.expect_fin()
            server.finish()
            client.expect_fin()

    def test_a_broken_certificate_leaves_the_old_one_in_place(self):
        keys = tls_keys(self.files, server=False)
        with Listener() as listener, between(listener, config=configured(*keys)) as relay:
            self.client(relay)
            self.files.pair()[0].write_text("no certificate")
            relay.signal(signal.SIGHUP)
            relay.wait_for_diagnostic("chat.example.pem")
            self.accepted(listener)
            client = self.client(relay)
            assert_relays(client, self.accepted(listener))


@needs_proxy
class OurAnswers(ListenerTest):

    def test_http_502_over_tls(self):
        for upstream_tls in (False, True):
            with Listener(scheme="wss" if upstream_tls else "ws") as gone:
                pass
            keys = tls_keys(self.files, server=upstream_tls)
            config = configured(*keys, "on_connect_failure: http_502")
            with self.subTest(upstream_tls=upstream_tls), between(gone, config=config) as relay:
                client = self.client(relay)
                client.send(upgrade_request())
                answer, how = client.receive_to_end()
                self.assertTrue(answer.startswith(b"HTTP/1.1 502 "), answer)
                self.assertEqual(how, FIN)
                name = client.name
                client.leave()
                self.assertEqual(relay.record_of(name)["answered_by_proxy"], "http_502")


@needs_proxy
class Drain(TlsLegs, RelayTest):
    """What is ended by us is ended as TLS ends."""

    rest = "drain_timeout: 300ms"

    def test_both_sides_get_close_notify(self):
        client, server = self.upgraded()
        self.relay.signal(signal.SIGTERM)
        for end in (client, server):
            end.expect_fin()
        client.finish()
        server.finish()
        self.assertEqual(self.relay.wait(10), 0)


class DrainOfTls12(Drain):
    version = ssl.TLSVersion.TLSv1_2


if __name__ == "__main__":
    unittest.main()
