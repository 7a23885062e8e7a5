"""tls_failed on the client's leg: a client does not take the certificate that the proxy shows it.
OpenSSL's s_client, Python and curl send the alert that says why; Node's clients end without one,
and Chromium has one alert for everything."""

import datetime
import pathlib
import re
import shutil
import signal
import socket
import ssl
import subprocess
import time
import unittest

from support.between import needs_proxy
from support.certificates import DAY, NAME, Certificates, now
from support.endpoints import Endpoint, node
from support.proxy import BINARY, PATIENCE_S
from support.raw_peers import Listener
from support.tls_failures import Case, TlsFailures, certified, proxy_of
from support.tls_peers import (PythonServer, client_context, run_python_client, run_s_client,
                               server_context)

SOON = datetime.timedelta(seconds=12)
CHROMIUM = r"The client sent the alert certificate_unknown \(46\)"
NODE = "The client ended without an alert|The client finished the handshake"


def alert(name, *verdict, **more):
    return Case("alert_received", *verdict, alert_received=name, alert_sent=None, **more)


class Clients(TlsFailures):
    """Runs real clients; they trust the root of `cls.root`, and ask for NAME unless told."""

    CLIENTS = ("openssl", "python", "npm_ws", "chromium")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.made = cls.enterClassContext(Certificates())
        cls.root = cls.made.authority("Test Root CA")
        cls.upstream = cls.enterClassContext(Listener())
        cls.node = cls.enterClassContext(Endpoint(node("tls_client.js")))
        cls.page = cls.enterClassContext(Endpoint(node("chromium_page.js")))

    def openssl(self, listener, *arguments, name=NAME):
        run_s_client(self.port(listener), "-CAfile", self.root.file, "-verify_return_error",
                     *(("-verify_hostname", name) if name else ()), *arguments, name=name)

    def python(self, listener, name=NAME):
        run_python_client(self.port(listener), client_context(self.root.file), name)

    def npm_ws(self, listener, name=NAME, **options):
        came_to = self.node.ask({
            "url": f"wss://127.0.0.1:{self.port(listener)}/chat",
            "options": {"ca": self.root.file, "servername": name, **options}})
        self.assertEqual(came_to["event"], "error", came_to)
        return came_to["code"]

    def chromium(self, listener):
        events = self.page.ask({"url": f"wss://localhost:{self.port(listener)}/chat"})
        self.assertEqual(events[-1], {"event": "close", "code": 1006, "reason": "",
                                      "clean": False})

    def curl(self, listener, *arguments):
        port = self.port(listener)
        return subprocess.run(
            ["curl", "--silent", "--cacert", self.root.file,
             "--resolve", f"{NAME}:{port}:127.0.0.1", *arguments, f"https://{NAME}:{port}/"],
            capture_output=True, timeout=PATIENCE_S, check=False).returncode


    def each(self, name, told, silent, chromium, clients=CLIENTS):
        """`told`: by OpenSSL and Python, with an alert that names the fault; `silent`: by Node."""
        cases = {"openssl": told, "python": told, "npm_ws": silent, "chromium": chromium}
        for client in clients:
            with self.subTest(name, client=client):
                listener = f"{name} {client}"
                getattr(self, client)(listener)
                record = self.check(listener, "client", cases[client])
                self.assertEqual(record["tls"]["client"]["handling"], "terminated")
                self.assertEqual(record["close"]["initiator"], "client")


@needs_proxy
class Terminated(Clients):
    """Certificates of the operator's. Each client has a listener of its own for each of them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        issuing = cls.made.authority("Test Issuing CA", cls.root)
        foreign = cls.made.authority("Foreign Issuing CA", cls.made.authority("Foreign Root CA"))
        both = [NAME, "localhost"]
        cls.good = cls.made.leaf(issuing)
        cls.shown = {
            "unknown CA": (cls.made.leaf(foreign, names=both), None),
            "missing intermediate": (cls.made.leaf(issuing, names=both), 0),
            "self-signed": (cls.made.leaf(names=both), None),
            "another name": (cls.made.leaf(issuing, names=["other.example"]), None),
            "wrong key usage": (cls.made.leaf(issuing, names=both, use="client"), None),
            "clock ahead": (cls.good, None),
            "clock behind": (cls.good, None),
        }
        cls.start({f"{name} {client}": (cls.upstream.upstream, {"tls": certified(pair, chain)})
                   for name, (pair, chain) in cls.shown.items() for client in cls.CLIENTS})

    def test_unknown_authority(self):
        self.each(
            "unknown CA",
            alert("unknown_ca", "tls_unknown_ca", "operator", "likely",
                  'was issued by "CN=Foreign Issuing CA"',
                  candidates=["tls_missing_intermediate"]),
            Case("ended", "tls_ended", "client", "likely",
                 candidates=["tls_certificate_distrusted"]),
            alert("certificate_unknown", "tls_certificate_distrusted", "operator", "possible",
                  CHROMIUM, candidates=["tls_unknown_ca", "tls_name_mismatch"]))

    def test_missing_intermediate(self):
        why = "It came alone, and its issuer does not look like a root"
        verdict = ("tls_missing_intermediate", "operator", "possible", why)
        self.each("missing intermediate", alert("unknown_ca", *verdict),
                  Case("ended", *verdict, NODE),
                  alert("certificate_unknown", *verdict, CHROMIUM))

    def test_self_signed(self):
        why = 'for "CN=chat.example" and was issued by itself'
        self.each("self-signed",
                  alert("unknown_ca", "tls_self_signed", "operator", "certain", why),
                  Case("ended", "tls_self_signed", "operator", "possible", why, NODE),
                  alert("certificate_unknown", "tls_self_signed", "operator", "likely", why))

    def test_another_name(self):
        """Node and Python compare names themselves, once the chain is found in order."""
        verdict = ("tls_name_mismatch", "operator")
        why = ('Asked for was "(chat.example|localhost)"', r"It is good for other\.example")
        self.each("another name", alert("bad_certificate", *verdict, "likely", *why),
                  Case("ended", *verdict, "possible", *why, NODE),
                  alert("certificate_unknown", *verdict, "likely", *why, CHROMIUM))

    def test_wrong_key_usage(self):
        self.each("wrong key usage",
                  alert("unsupported_certificate", "tls_certificate_unusable", "operator",
                        "likely", r"unsupported_certificate \(43\)"),
                  None, None, clients=("openssl", "python"))

    def test_a_client_whose_clock_is_wrong(self):
        def at(days):
            return ["-attime", str(int(time.time() + days * 86400))]
        self.openssl("clock ahead openssl", *at(400))
        self.check("clock ahead openssl", "client", alert(
            "certificate_expired", "tls_certificate_expired", "client", "likely",
            "By the clock here it is valid for another", candidates=["the client's clock"]))
        self.openssl("clock behind openssl", *at(-400))
        self.check("clock behind openssl", "client", alert(
            "bad_certificate", "tls_certificate_distrusted", "operator", "possible",
            r"bad_certificate \(42\)"))


def minted(authority):
    """The value of `tls` for a listener that mints certificates under this authority."""
    return {"authority": {"cert": authority.file, "key": authority.key_file}}


@needs_proxy
class Expiring(Clients):
    """An expired certificate is refused when it is loaded; this one expires later."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.late = cls.made.leaf(cls.root, names=[NAME, "localhost"], begins=-9 * DAY, ends=SOON)
        cls.start({f"expired {client}": (cls.upstream.upstream, {"tls": certified(cls.late)})
                   for client in cls.CLIENTS})

    def test_expired_while_it_was_shown(self):
        ends = self.late.ends
        while now() <= ends:
            time.sleep(0.2)
        why = f"It expired .* ago, on {ends:%Y-%m-%d %H:%M} UTC"
        verdict = ("tls_certificate_expired", "operator")
        self.each("expired", alert("certificate_expired", *verdict, "certain", why),
                  Case("ended", *verdict, "possible", why, NODE),
                  alert("certificate_unknown", *verdict, "likely", why, CHROMIUM))


@needs_proxy
class Intercepted(Clients):
    """Certificates that are minted under an authority that the client does not know."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        own = cls.made.authority("Lastframe CA")
        cls.start({name: (cls.upstream.upstream, {"tls": minted(own)})
                   for name in ("openssl", "python", "npm ws", "chromium", "curl")})

    def check_distrust(self, listener, case):
        record = self.check(listener, "client", case)
        self.assertEqual(record["tls"]["client"]["handling"], "intercepted")
        self.assertRegex(record["cause"]["fix"], "lastframe ca show")
        self.assertRegex(record["cause"]["fix"], "pass_through")

    def test_clients_that_say_unknown_ca(self):
        for client in ("openssl", "python", "curl"):
            with self.subTest(client):
                getattr(self, client)(client)
                self.check_distrust(client, alert(
                    "unknown_ca", "tls_interception_distrusted", "operator", "certain",
                    "does not know the authority under which Lastframe intercepts",
                    candidates=["tls_pinned"]))

    def test_node_says_nothing(self):
        self.npm_ws("npm ws")
        self.check_distrust("npm ws", Case(
            "ended", "tls_interception_distrusted", "operator", "possible", NODE,
            candidates=["tls_pinned"]))

    def test_chromium(self):
        self.chromium("chromium")
        self.check_distrust("chromium", alert(
            "certificate_unknown", "tls_interception_distrusted", "operator", "likely", CHROMIUM,
            candidates=["tls_pinned"]))


@needs_proxy
class MintingRunsOut(Clients):
    """An authority that expires while certificates are minted under it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.minting = cls.made.authority("Lastframe CA", begins=-9 * DAY, ends=SOON)
        cls.start({client: (cls.upstream.upstream, {"tls": minted(cls.minting)})
                   for client in ("openssl", "python")})

    def test_clients_are_shown_what_has_expired(self):
        ends = self.minting.ends
        while now() <= ends:
            time.sleep(0.2)
        case = alert("certificate_expired", "tls_certificate_expired", "operator", "certain",
                     f"It expired .* ago, on {ends:%Y-%m-%d %H:%M} UTC")
        run_s_client(self.port("openssl"), "-CAfile", self.minting.file, "-verify_return_error")
        run_python_client(self.port("python"), client_context(self.minting.file))
        for client in ("openssl", "python"):
            with self.subTest(client):
                record = self.check(client, "client", case)
                self.assertEqual(record["tls"]["client"]["handling"], "intercepted")


@needs_proxy
class PassedThrough(Clients):
    """Without keys only TLS 1.2 can be read, and there the refusal stands in clear text."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        foreign = cls.made.authority("Foreign Issuing CA", cls.made.authority("Foreign Root CA"))
        server = cls.keep(PythonServer(server_context(cls.made.leaf(foreign))))
        cls.start({client: (f"ws://127.0.0.1:{server.port}", {})
                   for client in ("openssl", "python")})

    def test_what_the_client_refuses_of_the_server(self):
        case = alert("unknown_ca", "tls_unknown_ca", "server", "likely",
                     r"The client sent the alert unknown_ca \(48\)")
        run_s_client(self.port("openssl"), "-tls1_2", "-CAfile", self.root.file,
                     "-verify_return_error")
        run_python_client(self.port("python"),
                          client_context(self.root.file, version=ssl.TLSVersion.TLSv1_2))
        for client in ("openssl", "python"):
            with self.subTest(client):
                record = self.check(client, "client", case)
                self.assertEqual(record["tls"]["client"]["handling"], "passed_through")


@needs_proxy
class RefusedAtTheStart(Clients):
    """What every client would refuse is not shown to any."""

    def test_weak_expired_and_early_certificates(self):
        rows = {"weak": ({"key": "weak"}, "weak key: RSA 1024 bits"),
                "expired": ({"begins": -9 * DAY, "ends": -DAY}, "has expired on"),
                "early": ({"begins": DAY}, "is not valid before")}
        for name, (how, words) in rows.items():
            with self.subTest(name):
                self.assert_refused(certified(self.made.leaf(self.root, **how)), words)

    def test_an_authority_under_which_nothing_can_be_minted(self):
        rows = {"expired": ({"begins": -9 * DAY, "ends": -DAY}, "has expired on"),
                "early": ({"begins": DAY}, "is not valid before"),
                "weak": ({"key": "weak"}, "weak key: RSA 1024 bits")}
        for name, (how, words) in rows.items():
            with self.subTest(name):
                self.assert_refused(minted(self.made.authority("Lastframe CA", **how)), words)

    def assert_refused(self, tls, words):
        """By the start and by check-config, with the same line."""
        proxy = proxy_of({"way": (self.upstream.upstream, {"tls": tls})})
        self.addCleanup(shutil.rmtree, proxy.folder)
        self.addCleanup(proxy.process.stderr.close)
        self.assertEqual(proxy.wait(), 2)
        told = proxy.wait_for_diagnostic(f"{re.escape(str(proxy.config_path))}:.*{words}").string
        checked = subprocess.run([str(BINARY), "check-config", str(proxy.config_path)],
                                 capture_output=True, text=True, timeout=PATIENCE_S, check=False)
        self.assertEqual(checked.returncode, 2)
        self.assertIn(told, checked.stderr.splitlines())

    def test_a_reload_does_not_take_an_authority_that_has_expired(self):
        good = self.made.authority("Lastframe CA")
        late = self.made.authority("Lastframe CA", begins=-9 * DAY, ends=-DAY)
        with proxy_of({"way": (self.upstream.upstream, {"tls": minted(good)})}) as proxy:
            trusted = client_context(good.file)
            files = [(pathlib.Path(own), pathlib.Path(new).read_bytes())
                     for own, new in ((good.file, late.file), (good.key_file, late.key_file))]
            for own, new in files:
                own.write_bytes(new)
            proxy.signal(signal.SIGHUP)
            proxy.wait_for_diagnostic("has expired on")
            with socket.create_connection(("127.0.0.1", proxy.port()), timeout=PATIENCE_S) as plain:
                with trusted.wrap_socket(plain, server_hostname=NAME) as secured:
                    self.assertTrue(secured.getpeercert())


if __name__ == "__main__":
    unittest.main()
