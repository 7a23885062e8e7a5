"""tls_failed on the server's leg: what is wrong with an upstream's certificate, told by the proxy
that refused it. Each certificate is shown by OpenSSL's s_server, by Node and by Python."""

import unittest

from support.between import needs_proxy
from support.certificates import DAY, NAME, Certificates, day_of, now
from support.tls_failures import Case, TlsFailures
from support.tls_peers import (ANYTHING, NodeServer, OpensslServer, PythonServer, server_context)

SERVERS = {
    "openssl": lambda pair, chain: OpensslServer(pair, "-cipher", ANYTHING, chain=chain),
    "node": lambda pair, chain: NodeServer(pair, chain, ciphers=ANYTHING),
    "python": lambda pair, chain: PythonServer(server_context(pair, chain, ciphers=ANYTHING)),
}


def refused(alert, *verdict, **more):
    return Case("certificate_refused", *verdict, alert_sent=alert, alert_received=None,
                after_handshake=False, **more)


class Faults:
    """The certificates, each with its case: name -> (pair, how many of its chain, keys, case)."""

    def __init__(self, made):
        self.root = made.authority("Test Root CA")
        self.issuing = made.authority("Test Issuing CA", self.root)
        self.foreign = made.authority("Foreign Root CA")
        self.foreign_issuing = made.authority("Foreign Issuing CA", self.foreign)
        self.good = made.leaf(self.issuing)
        self._made = made
        self.rows = {**self.dates(), **self.authorities(), **self.names(), **self.uses()}

    def dates(self):
        expired = self._made.leaf(self.issuing, begins=-40 * DAY, ends=-10 * DAY)
        early = self._made.leaf(self.issuing, begins=10 * DAY, ends=40 * DAY)
        return {
            "expired": (expired, None, {}, refused(
                "certificate_expired", "tls_certificate_expired", "server", "certain",
                rf'for "CN={NAME}" and was issued by "CN=Test Issuing CA", valid from '
                rf"{day_of(now() - 40 * DAY)} .* to {day_of(now() - 10 * DAY)}",
                rf"It expired 10.0 days ago, on {day_of(now() - 10 * DAY)}")),
            "not yet valid": (early, None, {}, refused(
                "bad_certificate", "tls_certificate_not_yet_valid", "server", "certain",
                rf"becomes valid in .*, on {day_of(now() + 10 * DAY)}",
                candidates=["clock"])),
        }

    def authorities(self):
        own = self._made.leaf()
        foreign = self._made.leaf(self.foreign_issuing)
        direct = self._made.leaf(self.foreign)
        unhelpful = self._made.leaf(self.issuing, issuer_url="http://ca.example/issuing.crt")
        return {
            "self-signed": (own, None, {}, refused(
                "unknown_ca", "tls_self_signed", "operator", "certain",
                rf'for "CN={NAME}" and was issued by itself')),
            "unknown CA, its root shown": (foreign, 2, {}, refused(
                "unknown_ca", "tls_unknown_ca", "operator", "certain",
                "3 certificates were shown: .*Foreign Issuing CA.*Foreign Root CA")),
            "unknown CA, its root not shown": (foreign, 1, {}, refused(
                "unknown_ca", "tls_unknown_ca", "operator", "likely",
                "2 certificates were shown", "The chain has its intermediate certificates",
                candidates=["tls_missing_intermediate"])),
            "unknown CA without intermediate ones": (direct, 0, {}, refused(
                "unknown_ca", "tls_unknown_ca", "operator", "likely",
                "Its issuer looks like a root itself")),
            "missing intermediate": (unhelpful, 0, {}, refused(
                "unknown_ca", "tls_missing_intermediate", "server", "likely",
                "It came alone, and says where its issuer's certificate can be fetched",
                candidates=["tls_unknown_ca"])),
            "missing intermediate, perhaps": (self.good, 0, {}, refused(
                "unknown_ca", "tls_missing_intermediate", "server", "possible",
                "It came alone, and its issuer does not look like a root")),
        }

    def names(self):
        other = self._made.leaf(self.issuing, name="other.example",
                                names=["other.example", "*.other.example"])
        nameless = self._made.leaf(self.issuing, name="A Device", names=[])
        return {
            "another name": (other, None, {}, refused(
                "bad_certificate", "tls_name_mismatch", "server", "certain",
                rf'Asked for was "{NAME}"',
                r"It is good for other\.example, \*\.other\.example")),
            "no name": (nameless, None, {}, refused(
                "bad_certificate", "tls_name_mismatch", "server", "certain",
                "It has no name in subjectAltName")),
            "no address": (self.good, None, {"server_name": None}, refused(
                "bad_certificate", "tls_name_mismatch", "operator", "certain",
                r'Asked for was "127\.0\.0\.1", an address',
                rf"It is good for {NAME}")),
        }

    def uses(self):
        client = self._made.leaf(self.issuing, use="client")
        weak = self._made.leaf(self.issuing, key="weak")
        return {
            "wrong key usage": (client, None, {}, refused(
                "unsupported_certificate", "tls_certificate_unusable", "server", "certain",
                "(?i)purpose")),
            "weak key": (weak, None, {}, refused(
                "bad_certificate", "tls_weak_certificate", "server", "certain",
                "key: RSA 1024 bits")),
        }


@needs_proxy
class UpstreamCertificates(TlsFailures):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.faults = Faults(cls.enterClassContext(Certificates()))
        cls.trust = cls.faults.root.file
        listeners = {}
        for name, (pair, chain, keys, _) in cls.faults.rows.items():
            for program, serve in SERVERS.items():
                server = cls.keep(serve(pair, chain))
                tls = {"ca": cls.trust, "server_name": NAME, **keys}
                upstream = f"wss://127.0.0.1:{server.port}"
                listeners[f"{name} - {program}"] = (upstream, {"upstream_tls": tls})
                seen = (upstream, {"upstream_tls": {**tls, "verify": False}})
                listeners[f"{name} - {program} - unverified"] = seen
        cls.start(listeners)

    def test_each_is_refused_and_told(self):
        for name, (*_, case) in self.faults.rows.items():
            for program in SERVERS:
                with self.subTest(name, program=program):
                    listener = f"{name} - {program}"
                    self.see_reset(listener)
                    record = self.check(listener, "server", case)
                    self.assertEqual(record["close"]["initiator"], "proxy")
                    leg = record["tls"]["server"]
                    self.assertTrue(leg["verified"])
                    self.assertIsNone(record["tls"]["client"])
                    self.assertIn("TLS 1.3", leg["offered_versions"])
                    self.assertIn("TLS_AES_128_GCM_SHA256", leg["offered_ciphers"])

    def test_without_verification_it_is_recorded_all_the_same(self):
        """`verify: false`: the session goes on, and its record says what would have failed."""
        words = {"expired": "expired", "not yet valid": "not_yet_valid",
                 "self-signed": "self_signed", "unknown CA, its root shown": "untrusted_root",
                 "missing intermediate": "unknown_issuer", "another name": "name_mismatch",
                 "wrong key usage": "wrong_purpose", "weak key": "weak"}
        for name, word in words.items():
            with self.subTest(name):
                listener = f"{name} - python - unverified"
                client = self.dial(listener)
                client.send(b"GET /chat HTTP/1.1\r\nHost: chat.example\r\nUpgrade: websocket\r\n"
                            b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
                client.receive_to_end()
                client.close()
                record = self.record_of(listener)
                self.assertEqual(record["event"], "handshake_failed", record)
                leg = record["tls"]["server"]
                self.assertFalse(leg["verified"])
                self.assertEqual(leg["certificate_fault"], word)
                self.assertIsNone(record["tls"]["failure"])


if __name__ == "__main__":
    unittest.main()
