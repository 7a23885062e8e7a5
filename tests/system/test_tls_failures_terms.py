"""tls_failed where the two sides cannot agree: version, cipher, ALPN, server name, certificates of
clients. On both legs, with OpenSSL's commands, Node and Python."""

import ssl
import unittest

from support.between import needs_proxy
from support.certificates import DAY, NAME, Certificates
from support.endpoints import Endpoint, node
from support.raw_peers import Listener
from support.tls_failures import Case, TlsFailures, certified
from support.tls_peers import (ANYTHING, NodeServer, OpensslServer, PythonServer, client_context,
                               run_python_client, run_s_client, server_context)

TLS_1_1 = ssl.TLSVersion.TLSv1_1
TLS_1_2 = ssl.TLSVersion.TLSv1_2
RSA_ONLY = "AES128-SHA"


def told(alert, *verdict, **more):
    """The peer said so."""
    return Case("alert_received", *verdict, alert_received=alert, **more)


class Terms(TlsFailures):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        made = cls.enterClassContext(Certificates())
        cls.root = made.authority("Test Root CA")
        cls.good = made.leaf(cls.root)
        cls.foreign = made.leaf(made.authority("Foreign Root CA"), name="robot", use="client")
        cls.expired = made.leaf(cls.root, name="robot", use="client", begins=-9 * DAY,
                                ends=-2 * DAY)

    def check_all(self, leg, rows, act):
        for name, (*_, case) in rows.items():
            with self.subTest(name):
                act(name)
                self.check(name, leg, case)


@needs_proxy
class WithTheUpstream(Terms):
    """Each row: what serves, the keys of the listener, the case."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rows = {**cls.versions(), **cls.ciphers(), **cls.server_names(), **cls.client_auth()}
        listeners = {}
        for name, (server, keys, _) in cls.rows.items():
            tls = {"ca": cls.root.file, "server_name": NAME, **keys}
            upstream = f"wss://127.0.0.1:{cls.keep(server).port}"
            listeners[name] = (upstream, {"upstream_tls": tls})
        cls.protocols = cls.alpn()
        for name, (server, _) in cls.protocols.items():
            listeners[name] = (f"wss://127.0.0.1:{cls.keep(server).port}", {
                "tls": certified(cls.good),
                "upstream_tls": {"ca": cls.root.file, "server_name": NAME}})
        cls.start(listeners)

    @classmethod
    def versions(cls):
        case = told("protocol_version", "tls_version_unsupported", "server", "certain",
                    r"The server sent the alert protocol_version \(70\)",
                    r"This proxy offered TLS 1\.3, TLS 1\.2", "has neither TLS 1.3 nor 1.2")
        choosy = told("protocol_version", "tls_version_unsupported", "operator", "certain",
                      r"This proxy offered TLS 1\.3\.", "TLS 1.2 was not offered")
        old = server_context(cls.good, ciphers=ANYTHING, version=TLS_1_1)
        return {
            "version openssl": (OpensslServer(cls.good, "-tls1_1", "-cipher", ANYTHING), {}, case),
            "version node": (NodeServer(cls.good, minVersion="TLSv1.1", maxVersion="TLSv1.1",
                                        ciphers=ANYTHING), {}, case),
            "version python": (PythonServer(old), {}, case),
            "version by our own choice": (OpensslServer(cls.good, "-tls1_2"),
                                          {"min_version": "1.3"}, choosy),
        }

    @classmethod
    def ciphers(cls):
        case = told("handshake_failure", "tls_no_shared_cipher", "unknown", "possible",
                    r"The server sent the alert handshake_failure \(40\)",
                    r"This proxy offered \d+ cipher suites: ",
                    candidates=["tls_server_name_unrecognized"])
        keys = {"ciphers": "ECDHE-RSA-AES256-GCM-SHA384"}  # the certificate has an EC key
        python = server_context(cls.good, version=TLS_1_2)
        return {
            "cipher openssl": (OpensslServer(cls.good, "-tls1_2"), keys, case),
            "cipher node": (NodeServer(cls.good, maxVersion="TLSv1.2"), keys, case),
            "cipher python": (PythonServer(python), keys, case),
            # Without a certificate there is nothing to verify: such ciphers are never offered.
            "cipher without a certificate": (
                OpensslServer(cls.good, "-tls1_2", "-cipher", "aNULL:@SECLEVEL=0"),
                {"ciphers": "ALL:@SECLEVEL=0"}, case),
        }

    @classmethod
    def server_names(cls):
        case = told("unrecognized_name", "tls_server_name_unrecognized", "operator", "certain",
                    r"The server sent the alert unrecognized_name \(112\)",
                    r'The name in the hello was "nobody\.example"')
        keys = {"server_name": "nobody.example"}
        context = server_context(cls.good)
        context.sni_callback = lambda *_: ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
        fatal = OpensslServer(cls.good, "-servername", NAME, "-servername_fatal",
                              "-cert2", cls.good.file, "-key2", cls.good.key_file)
        return {"server name openssl": (fatal, keys, case),
                "server name python": (PythonServer(context), keys, case)}

    @classmethod
    def client_auth(cls):
        ca = cls.root.file
        missing = told("certificate_required", "tls_client_certificate_missing", "operator",
                       "certain", "It wants a certificate of its client, and got none",
                       after_handshake=True)
        missing_1_2 = told("handshake_failure", "tls_client_certificate_missing", "operator",
                           "possible", "says no more than this in TLS 1.2", after_handshake=False)
        refused = told("unknown_ca", "tls_client_certificate_refused", "operator", "likely",
                       r"The server sent the alert unknown_ca \(48\)",
                       'for "CN=robot" and was issued by "CN=Foreign Root CA"',
                       after_handshake=True)
        ours = {"cert": cls.foreign.file, "key": cls.foreign.key_file}

        def openssl(*more):
            return OpensslServer(cls.good, "-Verify", "2", "-verify_return_error", "-CAfile", ca,
                                 *more)

        def python(**more):
            return PythonServer(server_context(cls.good, client_ca=ca, **more))
        wanted = {"requestCert": True, "ca": ca}
        return {
            "missing openssl": (openssl(), {}, missing),
            "missing node": (NodeServer(cls.good, **wanted), {}, missing),
            "missing python": (python(), {}, missing),
            "missing openssl 1.2": (openssl("-tls1_2"), {}, missing_1_2),
            "missing python 1.2": (python(version=TLS_1_2), {}, missing_1_2),
            "refused openssl": (openssl(), ours, refused),
            "refused python": (python(), ours, refused),
        }

    @classmethod
    def alpn(cls):
        case = told("no_application_protocol", "tls_alpn_mismatch", "client", "certain",
                    r'This proxy offered "chat/9"', "http/1.1, which a WebSocket needs",
                    r"hands the client's own list on")
        return {"alpn openssl": (OpensslServer(cls.good, "-alpn", "h2,http/1.1"), case),
                "alpn node": (NodeServer(cls.good, ALPNProtocols=["h2"]), case)}

    def test_each_refusal_of_the_upstream(self):
        self.check_all("server", self.rows, self.see_reset)

    def test_a_protocol_that_the_upstream_does_not_have(self):
        def act(name):
            run_s_client(self.port(name), "-alpn", "chat/9")
        self.check_all("server", self.protocols, act)


@needs_proxy
class WithTheClient(Terms):
    """Each row: who connects (given the port), the keys of `tls`, the case."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.node = cls.enterClassContext(Endpoint(node("tls_client.js")))
        cls.upstream = cls.enterClassContext(Listener())
        cls.rows = {**cls.versions(), **cls.ciphers(), **cls.alpn(), **cls.client_auth()}
        cls.start({name: (cls.upstream.upstream, {"tls": certified(cls.good, **keys)})
                   for name, (_, keys, _) in cls.rows.items()})

    @classmethod
    def openssl(cls, *arguments):
        return lambda port: run_s_client(port, *arguments)

    @classmethod
    def python(cls, **options):
        return lambda port: run_python_client(port, client_context(cls.root.file, **options))

    @classmethod
    def npm_ws(cls, **options):
        return lambda port: cls.node.ask({
            "url": f"wss://127.0.0.1:{port}/chat",
            "options": {"ca": cls.root.file, "servername": NAME, **options}})

    @classmethod
    def versions(cls):
        case = Case("version_unsupported", "tls_version_unsupported", "client", "certain",
                    r"The client offered TLS 1\.1", "given up everywhere",
                    alert_sent="protocol_version", alert_received=None)
        choosy = Case("version_unsupported", "tls_version_unsupported", "operator", "certain",
                      "TLS 1.3 was not offered", alert_sent="protocol_version")
        return {
            "version openssl": (cls.openssl("-tls1_1", "-cipher", ANYTHING), {}, case),
            "version python": (cls.python(version=TLS_1_1, ciphers=ANYTHING), {}, case),
            "version npm ws": (cls.npm_ws(minVersion="TLSv1.1", maxVersion="TLSv1.1",
                                          ciphers=ANYTHING), {}, case),
            "version by our own choice": (cls.openssl("-tls1_2"), {"min_version": "1.3"}, choosy),
        }

    @classmethod
    def ciphers(cls):
        case = Case("no_shared_cipher", "tls_no_shared_cipher", "operator", "certain",
                    r"The client offered .*cipher suite.*RSA", "has an EC key",
                    alert_sent="handshake_failure", alert_received=None)
        return {
            "cipher openssl": (cls.openssl("-tls1_2", "-cipher", RSA_ONLY), {}, case),
            "cipher python": (cls.python(version=TLS_1_2, ciphers=RSA_ONLY), {}, case),
            "cipher npm ws": (cls.npm_ws(maxVersion="TLSv1.2", ciphers=RSA_ONLY), {}, case),
        }

    @classmethod
    def alpn(cls):
        case = Case("no_shared_protocol", "tls_alpn_mismatch", "client", "certain",
                    'The client offered "h2"', "http/1.1, which a WebSocket needs",
                    alert_sent="no_application_protocol", alert_received=None)
        return {
            "alpn openssl": (cls.openssl("-alpn", "h2"), {}, case),
            "alpn python": (cls.python(protocols=["h2"]), {}, case),
            "alpn npm ws": (cls.npm_ws(ALPNProtocols=["h2"]), {}, case),
        }

    @classmethod
    def client_auth(cls):
        required = {"client_auth": "require", "client_ca": cls.root.file}

        def refusal(alert, *verdict):
            return Case("certificate_refused", *verdict, alert_sent=alert, alert_received=None)
        missing = refusal("certificate_required", "tls_client_certificate_missing", "client",
                          "certain", "requires a certificate of clients", "the client showed none")
        missing_1_2 = refusal("handshake_failure", *missing.verdict)
        refused = refusal("unknown_ca", "tls_client_certificate_refused", "client", "certain",
                          "OpenSSL's words")
        late = refusal("certificate_expired", "tls_certificate_expired", "client", "certain",
                       "It expired 2.0 days ago")

        def shown(pair):
            return {"cert": pair.file, "key": pair.key_file}
        rows = {
            "missing openssl": (cls.openssl(), missing),
            "missing openssl 1.2": (cls.openssl("-tls1_2"), missing_1_2),
            "missing python": (cls.python(), missing),
            "missing npm ws": (cls.npm_ws(), missing),
        }
        for word, pair, case in (("refused", cls.foreign, refused), ("expired", cls.expired, late)):
            rows[f"{word} openssl"] = (
                cls.openssl("-cert", pair.file, "-key", pair.key_file), case)
            rows[f"{word} python"] = (cls.python(pair=pair), case)
            rows[f"{word} npm ws"] = (cls.npm_ws(**shown(pair)), case)
        return {name: (client, required, case) for name, (client, case) in rows.items()}

    def test_each_refusal_of_a_client(self):
        self.check_all("client", self.rows, lambda name: self.rows[name][0](self.port(name)))


if __name__ == "__main__":
    unittest.main()
