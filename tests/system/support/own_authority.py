"""A certificate authority of a test's own, and certificates under it: by the openssl command."""

import pathlib
import subprocess


def _openssl(*arguments):
    done = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, text=True)
    assert done.returncode == 0, f"openssl {arguments[0]}: {done.stderr}"


_NEW_KEY = ("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc",
            "-days", "30")


class OwnAuthority:
    """Files in `folder`: `certificate` is what a client has to trust."""

    def __init__(self, folder, name="Authority of a test"):
        self.folder = pathlib.Path(folder)
        self.certificate, self._key = self.folder / "root.pem", self.folder / "root-key.pem"
        _openssl(*_NEW_KEY, "-subj", f"/CN={name}", "-keyout", self._key, "-out", self.certificate,
                 "-addext", "keyUsage=critical,keyCertSign,cRLSign")

    def issue(self, name, *alt_names):
        """(certificate, key) for names such as "DNS:chat.test" or "IP:127.0.0.1"; the two and the
        key in one file stand in NAME-both.pem, as HAProxy wants them."""
        certificate, key = self.folder / f"{name}.pem", self.folder / f"{name}-key.pem"
        _openssl(*_NEW_KEY, "-subj", f"/CN={name}", "-CA", self.certificate, "-CAkey", self._key,
                 "-keyout", key, "-out", certificate,
                 "-addext", "basicConstraints=critical,CA:FALSE",
                 "-addext", f"subjectAltName={','.join(alt_names)}")
        key.chmod(0o600)
        (self.folder / f"{name}-both.pem").write_text(certificate.read_text() + key.read_text())
        return certificate, key
