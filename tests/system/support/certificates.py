"""Makes certificates for tests: good ones, and those that nobody should have."""

import dataclasses
import datetime
import ipaddress
import itertools
import pathlib
import tempfile

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

NAME = "chat.example"
USES = {"server": ExtendedKeyUsageOID.SERVER_AUTH, "client": ExtendedKeyUsageOID.CLIENT_AUTH}
KEYS = {"EC": lambda: ec.generate_private_key(ec.SECP256R1()),
        "RSA": lambda: rsa.generate_private_key(65537, 2048),
        "weak": lambda: rsa.generate_private_key(65537, 1024)}
DAY = datetime.timedelta(days=1)


def now():
    return datetime.datetime.utcnow().replace(microsecond=0)


def day_of(moment):
    """As evidence writes it."""
    return moment.strftime("%Y-%m-%d")


def _name(common_name):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _alternative(name):
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _pem(*certificates):
    return b"".join(each.public_bytes(serialization.Encoding.PEM) for each in certificates)


@dataclasses.dataclass
class Pair:
    """A certificate with its key; `above`: the authorities that issued it, the root last."""

    certificate: x509.Certificate
    key: object
    above: tuple = ()
    folder: pathlib.Path = None
    number: int = 0

    def _write(self, what, data):
        path = self.folder / f"{self.number}-{what}.pem"
        if not path.exists():
            path.touch(mode=0o600)
            path.write_bytes(data)
        return str(path)

    def above_pem(self, count=None):
        """`count` of the certificates above it; default: all but the root."""
        count = max(0, len(self.above) - 1) if count is None else count
        return _pem(*(each.certificate for each in self.above[:count]))

    def above_file(self, count=None):
        return self._write(f"above-{count}", self.above_pem(count))

    def chain_file(self, count=None):
        """The certificate, and behind it those above it."""
        return self._write(f"chain-{count}", _pem(self.certificate) + self.above_pem(count))

    @property
    def file(self):
        """The certificate alone."""
        return self.chain_file(0)

    @property
    def key_file(self):
        return self._write("key", self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption()))

    @property
    def ends(self):
        return self.certificate.not_valid_after


class Certificates:
    """A folder of them. Use as a context manager."""

    def __init__(self):
        self._folder = tempfile.TemporaryDirectory(prefix="lastframe-certificates-")
        self._numbers = itertools.count(1)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._folder.cleanup()

    def authority(self, name, issuer=None, **dates):
        """A root, or an intermediate authority below `issuer`; `begins`, `ends`: as of a leaf."""
        return self._make(name, issuer, (), is_authority=True, **dates)

    def leaf(self, issuer=None, *, name=NAME, names=None, begins=-DAY, ends=30 * DAY, use=None,
             key="EC", issuer_url=None):
        """`names`: DNS names and addresses, default `name`; `begins`, `ends`: from now; without an
        issuer it signs itself."""
        names = [name] if names is None else names
        return self._make(name, issuer, names, begins=begins, ends=ends, use=use, key=key,
                          issuer_url=issuer_url)

    def _make(self, name, issuer, names, *, is_authority=False, begins=-DAY, ends=30 * DAY,
              use=None, key="EC", issuer_url=None):
        own_key = KEYS[key]()
        builder = (x509.CertificateBuilder()
                   .subject_name(_name(name))
                   .issuer_name(issuer.certificate.subject if issuer else _name(name))
                   .public_key(own_key.public_key())
                   .serial_number(x509.random_serial_number())
                   .not_valid_before(now() + begins)
                   .not_valid_after(now() + ends)
                   .add_extension(x509.BasicConstraints(is_authority, None), critical=True))
        if names:
            alternatives = [_alternative(each) for each in names]
            builder = builder.add_extension(x509.SubjectAlternativeName(alternatives), False)
        if use:
            builder = builder.add_extension(x509.ExtendedKeyUsage([USES[use]]), False)
        if issuer_url:
            builder = builder.add_extension(x509.AuthorityInformationAccess([
                x509.AccessDescription(AuthorityInformationAccessOID.CA_ISSUERS,
                                       x509.UniformResourceIdentifier(issuer_url))]), False)
        signed = builder.sign(issuer.key if issuer else own_key, hashes.SHA256())
        above = (issuer, *issuer.above) if issuer else ()
        return Pair(signed, own_key, above, pathlib.Path(self._folder.name), next(self._numbers))
