"""Certificates of a test run: an authority, and what it has signed. Made by openssl, not by us."""

import pathlib
import subprocess
import tempfile

NAME = "chat.example"


class TlsFiles:
    """An authority in a folder of its own, `ca`, and certificates that it signs on demand."""

    def __init__(self):
        self._folder = tempfile.TemporaryDirectory(prefix="lastframe-tls-")
        self.folder = pathlib.Path(self._folder.name)
        self.ca = self.folder / "ca.pem"
        self._openssl("req", "-x509", *self._new_key("ca"), "-out", self.ca, "-days", "30",
                      "-subj", "/CN=Test authority",
                      "-addext", "keyUsage=critical,keyCertSign,cRLSign")

    def _openssl(self, *arguments):
        subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)

    def _new_key(self, name):
        return ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc",
                "-keyout", self.folder / f"{name}-key.pem")

    def pair(self, name=NAME, *, file=None, alternatives=None):
        """(certificate, key) for a DNS name, and for the addresses of this machine.

        `file` tells apart several certificates for one name.
        """
        file = file or name
        certificate = self.folder / f"{file}.pem"
        key = self.folder / f"{file}-key.pem"
        if not certificate.exists():
            names = alternatives or f"DNS:{name},IP:127.0.0.1,IP:::1"
            self._openssl("req", "-x509", *self._new_key(file), "-out", certificate, "-days", "20",
                          "-subj", f"/CN={file}", "-addext", f"subjectAltName={names}",
                          "-addext", "basicConstraints=critical,CA:FALSE",
                          "-CA", self.ca, "-CAkey", self.folder / "ca-key.pem")
        return certificate, key

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._folder.cleanup()
