"""tls_failed where there is no TLS, or where it ends before it has begun: on both legs, with raw
peers that end as a test says and real programs that speak something else. And the ends of what was
established: truncation, and 1015 in a Close frame."""

import json
import ssl
import unittest

from support import frames
from support.between import Between, configured, needs_proxy
from support.certificates import NAME, Certificates
from support.endpoints import Endpoint, node
from support.raw_peers import Background, Listener
from support.tls_failures import Case, TlsFailures, certified
from support.tls_peers import PythonServer, client_context, run_s_client, server_context


def handshake_bytes(pair):
    """(a ClientHello, a server's answer to it), as they pass on the wire."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = client_context().wrap_bio(to_client, to_server, server_hostname=NAME)
    try:
        client.do_handshake()
    except ssl.SSLWantReadError:
        pass
    hello, incoming, answer = to_server.read(), ssl.MemoryBIO(), ssl.MemoryBIO()
    incoming.write(hello)
    try:
        server_context(pair).wrap_bio(incoming, answer, server_side=True).do_handshake()
    except ssl.SSLWantReadError:
        pass
    return hello, answer.read()


class Ends(TlsFailures):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        made = cls.enterClassContext(Certificates())
        cls.root = made.authority("Test Root CA")
        cls.good = made.leaf(cls.root)
        cls.hello, cls.answer = handshake_bytes(cls.good)
        cls.service = cls.enterClassContext(Listener())


@needs_proxy
class OfTheClient(Ends):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.whole = len(cls.hello)
        cls.rows = cls.make_rows()
        cls.words = cls.make_words()
        cls.silent = ("fin at once", "reset at once", "nothing at all")
        tls = certified(cls.good)
        limited = ("half a hello, then nothing", "nothing at all", "marker")
        listeners = {name: (cls.service.upstream, {"tls": tls, **(
            {"timeouts": {"tls": "400ms"}} if name in limited else {})})
            for name in (*cls.rows, *cls.words, *cls.silent, "npm ws", "query", "marker")}
        cls.start(listeners)

    @classmethod
    def make_rows(cls):
        """What is sent, how it ends, the case."""
        half = cls.hello[:100]
        said = "100 bytes had come from the client before"
        distrust = ["tls_certificate_distrusted"]
        return {
            "half a hello, then fin": (half, "finish", Case(
                "ended", "tls_ended", "client", "likely", said, candidates=["health check"])),
            "half a hello, then reset": (half, "reset_behind_data", Case(
                "reset", "tls_reset", "client", "possible", said, detail="ECONNRESET")),
            "a hello, then fin": (cls.hello, "finish", Case(
                "ended", "tls_ended", "client", "likely",
                f'The client\'s hello asked for "{NAME}" and offered TLS 1.3',
                candidates=distrust)),
            "a hello, then reset": (cls.hello, "reset_behind_data", Case(
                "reset", "tls_reset", "client", "possible", candidates=distrust)),
            "half a hello, then nothing": (half, "wait_until_delivered", Case(
                "timed_out", "tls_timeout", "client", "certain", said, alert_sent=None)),
        }

    @classmethod
    def make_words(cls):
        return {
            "http": (frames.upgrade_request("/chat"), Case(
                "plain_http", "plain_http_to_tls_port", "client", "certain",
                "first bytes of the client are .*GET /chat", candidates=["health check"])),
            "ssh": (b"SSH-2.0-OpenSSH_9.2\r\n", Case(
                "not_tls", "not_tls_to_tls_port", "client", "certain", "SSH-2.0-OpenSSH_9.2")),
            "proxy header": (b"PROXY TCP4 192.0.2.1 192.0.2.2 4711 443\r\n" + cls.hello, Case(
                "not_tls", "not_tls_to_tls_port", "operator", "certain",
                "That is a PROXY protocol header")),
        }

    def test_each_end_in_the_handshake(self):
        for name, (data, ending, case) in self.rows.items():
            with self.subTest(name):
                client = self.dial(name)
                client.send(data)
                if data == self.hello:
                    client.receive(100)  # the answer is there
                getattr(client, ending)()
                record = self.check(name, "client", case)
                self.assertEqual(record["close"]["initiator"],
                                 "proxy" if case.fault == "timed_out" else "client")

    def test_a_reset_that_comes_along_with_what_was_said(self):
        """Found in one turn, while the upstream is not reached yet."""
        config = configured(f"tls: {json.dumps(certified(self.good))}")
        with Between(self.service, config=config) as relay:
            with relay.stopped():
                client = relay.dial()
                name = client.name
                client.send(self.hello[:100])
                client.reset_behind_data()
            record = relay.record_of(name)
        self.assertEqual(record["tls"]["failure"]["fault"], "reset")
        self.assertIn("100 bytes had come from the client before.", record["cause"]["evidence"])

    def test_what_is_no_tls(self):
        for name, (data, case) in self.words.items():
            with self.subTest(name):
                self.dial(name).send(data)
                self.check(name, "client", case)

    def test_a_real_client_that_forgot_the_s(self):
        with Endpoint(node("tls_client.js")) as npm:
            npm.ask({"url": f"ws://127.0.0.1:{self.port('npm ws')}/chat"})
        self.check("npm ws", "client", self.words["http"][1])

    def test_a_secret_in_the_first_bytes_is_not_told(self):
        secret = "c2VjcmV0IHNlY3JldA"
        self.dial("query").send(frames.upgrade_request(f"/chat?token={secret}"))
        record = self.check("query", "client", self.words["http"][1])
        self.assertNotIn(secret, str(record))

    def test_a_scan_of_ports_leaves_no_record(self):
        for name in self.silent:
            client = self.dial(name)
            if name == "fin at once":
                client.finish()
            if name == "reset at once":
                client.reset()
            else:
                client.receive_to_end()
        client = self.dial("marker")
        client.send(b"\x16")
        self.record_of("marker")
        for name in self.silent:
            self.assertEqual(self.records_of(name), [], name)


@needs_proxy
class OfTheUpstream(Ends):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rows = cls.make_rows()
        cls.servers = {name: cls.enterClassContext(Listener()) for name in cls.rows}
        tls = {"upstream_tls": {"ca": cls.root.file, "server_name": NAME}}
        listeners = {name: (f"wss://{server.name}", {
            **tls, **({"timeouts": {"tls": "400ms"}} if "nothing" in name else {})})
            for name, server in cls.servers.items()}
        cls.plain = {"npm ws": node("ws_server.js")}
        for name, command in cls.plain.items():
            port = cls.enterClassContext(Endpoint(command)).answer()["port"]
            listeners[name] = (f"wss://127.0.0.1:{port}", tls)
            listeners[f"{name} for a client's TLS"] = (f"ws://127.0.0.1:{port}", {})
        cls.start(listeners)

    @classmethod
    def make_rows(cls):
        """What the server sends once it has the hello, how it ends, the case."""
        half = cls.answer[:60]
        none, some = "Not one byte had come from the server", "60 bytes had come from the server"
        return {
            "fin": (b"", "finish", Case(
                "ended", "tls_ended", "server", "likely", none, "This proxy's hello asked for",
                candidates=["tls_to_plain_port"])),
            "reset": (b"", "reset", Case(
                "reset", "tls_reset", "hop_behind", "likely", none, "firewalls and name filters",
                candidates=["tls_to_plain_port"], detail="ECONNRESET")),
            "half an answer, then fin": (half, "finish", Case(
                "ended", "tls_ended", "server", "likely", some)),
            "half an answer, then reset": (half, "reset_behind_data", Case(
                "reset", "tls_reset", "server", "possible", some,
                candidates=["server_crashed"])),
            "nothing": (b"", "wait_until_delivered", Case(
                "timed_out", "tls_timeout", "server", "certain", none, alert_sent=None,
                candidates=["tls_to_plain_port"])),
            "half an answer, then nothing": (half, "wait_until_delivered", Case(
                "timed_out", "tls_timeout", "server", "certain", some)),
            "ssh": (b"SSH-2.0-OpenSSH_9.2\r\n", "finish", Case(
                "not_tls", "tls_to_plain_port", "operator", "likely", "SSH-2.0-OpenSSH_9.2")),
        }

    def test_each_end_in_the_handshake(self):
        for name, (data, ending, case) in self.rows.items():
            with self.subTest(name):
                client = self.dial(name)
                server = self.servers[name].accept()
                self.addCleanup(server.close)
                server.receive(100)
                while server.has_something():  # or closing would be a reset
                    server.receive(1)
                server.send(data)
                getattr(server, ending)()
                client.receive_to_end()
                record = self.check(name, "server", case)
                self.assertEqual(record["close"]["initiator"],
                                 "proxy" if case.fault == "timed_out" else "server")

    def test_a_plain_server_behind_wss(self):
        for name in self.plain:
            with self.subTest(name):
                self.see_reset(name)
                self.check(name, "server", Case(
                    "plain_http", "tls_to_plain_port", "operator", "certain",
                    r"first bytes of the server are .*HTTP/1\.1 400",
                    "answer to the ClientHello of this proxy"))

    def test_a_client_that_speaks_tls_to_a_plain_port(self):
        for name in self.plain:
            with self.subTest(name):
                listener = f"{name} for a client's TLS"
                run_s_client(self.port(listener))
                record = self.check(listener, "server", Case(
                    "plain_http", "tls_to_plain_port", "client", "certain",
                    r"first bytes of the server are .*HTTP/1\.1 400",
                    "answer to the ClientHello of the client"))
                self.assertEqual(record["tls"]["client"]["handling"], "passed_through")


@needs_proxy
class TlsInsideOfTls(TlsFailures):
    """A client with TLS, a listener without, an upstream with it."""

    def test_the_listener_s_configuration_is_blamed(self):
        made = self.enterContext(Certificates())
        root = made.authority("Test Root CA")
        leaf = made.leaf(root)
        hello, _ = handshake_bytes(leaf)
        web = Endpoint(node("ws_server.js", tls=[leaf.chain_file(), leaf.key_file]))
        self.addCleanup(web.stop)
        servers = {"answers": (web.answer()["port"], "plain_http", "server"),
                   "says nothing": (self.keep(PythonServer(server_context(leaf))).port, "ended",
                                    "client")}
        self.start({name: (f"wss://127.0.0.1:{port}",
                           {"upstream_tls": {"ca": root.file, "server_name": NAME}})
                    for name, (port, *_) in servers.items()})
        for name, (_, fault, leg) in servers.items():
            with self.subTest(name):
                client = self.dial(name)
                client.send(hello)
                if fault == "plain_http":
                    client.receive_to_end()
                client.close()
                record = self.check(name, leg, Case(
                    fault, "tls_to_plain_port", "operator", "certain",
                    "this listener has no `tls`", "had begun with the server"))
                self.assertIn("certificates", record["cause"]["fix"])
                self.assertNotIn("curl", record["cause"]["fix"])


def strict(context):
    """Python takes an end without close_notify for one in order, unless told."""
    context.options &= ~ssl.OP_IGNORE_UNEXPECTED_EOF
    return context


class Session:
    """A WebSocket over TLS on both legs, with Python at both ends."""

    def __init__(self, test, listener):
        plain = test.dial(listener)
        context = strict(client_context(test.root.file))
        context.minimum_version = context.maximum_version = test.version
        serving = Background(lambda: self._accept(test))
        self.client = context.wrap_socket(plain.socket, server_hostname=NAME,
                                          suppress_ragged_eofs=False)
        test.addCleanup(self.client.close)
        self.client.sendall(frames.upgrade_request())
        serving.join()
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += self.client.recv(1)
        assert head == frames.upgrade_response(), head

    def _accept(self, test):
        plain = test.service.accept()
        self.server = strict(server_context(test.good)).wrap_socket(
            plain.socket, server_side=True, suppress_ragged_eofs=False)
        test.addCleanup(self.server.close)
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += self.server.recv(1)
        self.server.sendall(frames.upgrade_response())


@needs_proxy
class Established(Ends):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.versions = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}
        port = cls.service.address[1]
        cls.start({f"{what} {side} {version}": (f"wss://127.0.0.1:{port}", {
            "tls": certified(cls.good),
            "upstream_tls": {"ca": cls.root.file, "server_name": NAME}})
            for what in ("truncated", "1015") for side in ("client", "server")
            for version in cls.versions})

    def each(self, what, act):
        """`act`, given (listener, side, that side's end, the other one's)."""
        for side in ("client", "server"):
            for word, self.version in self.versions.items():
                with self.subTest(side=side, version=word):
                    name = f"{what} {side} {word}"
                    session = Session(self, name)
                    ends = [session.client, session.server]
                    act(name, side, *(ends if side == "client" else reversed(ends)))

    def test_an_end_without_close_notify(self):
        def act(name, side, own, opposite):
            own.close()
            with self.assertRaisesRegex(ssl.SSLError, "(?i)unexpected.eof"):
                opposite.recv(1)
            opposite.close()
            record = self.record_of(name)
            self.assertEqual(record["event"], "session_end")
            first = record["stream_ends"][0]
            self.assertEqual((first["endpoint"], first["how"]), (side, "tls_truncated"))
            self.assertEqual(record["close"]["code"], 1006)
        self.each("truncated", act)

    def test_1015_in_a_close_frame_is_a_violation(self):
        def act(name, side, own, opposite):
            own.sendall(frames.close_from(side, 1015))
            opposite.recv(1)
            own.close()
            opposite.close()
            record = self.record_of(name)
            self.assertEqual(record["event"], "session_end")
            self.assertEqual(record["close"]["code"], 1015)
            self.assertIn(("close_code_never_on_wire", side, "violation"),
                          [(each["rule"], each["side"], each["severity"])
                           for each in record["violations"]])
            self.assertIsNone(record["tls"]["failure"])
        self.each("1015", act)


if __name__ == "__main__":
    unittest.main()
