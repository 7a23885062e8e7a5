"""Real programs that speak TLS: OpenSSL's command, Node, Python. Servers read what comes, and say
nothing; what a client came to is of no interest here, the record tells."""

import contextlib
import re
import socket
import ssl
import subprocess
import tempfile
import threading

from support.certificates import NAME
from support.endpoints import Endpoint, node
from support.proxy import PATIENCE_S, NotSeen, wait_until
from support.raw_peers import Listener

# With Debian's defaults OpenSSL would not even offer what is old or weak.
ANYTHING = "DEFAULT:@SECLEVEL=0"


class OpensslServer:
    """`openssl s_server` with these arguments."""

    def __init__(self, pair, *arguments, chain=None):
        self._output = tempfile.TemporaryFile("w+")
        command = ["openssl", "s_server", "-accept", "127.0.0.1:0", "-cert", pair.file,
                   "-key", pair.key_file, *arguments]
        if pair.above_pem(chain):
            command += ["-cert_chain", pair.above_file(chain)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=self._output,
                                         stderr=subprocess.STDOUT, text=True)
        try:
            self.port = int(wait_until(self._accepting, "a port of openssl s_server").group(1))
        except BaseException:
            self.close()
            raise

    def _accepting(self):
        self._output.seek(0)
        text = self._output.read()
        if self._process.poll() is not None:
            raise NotSeen(f"openssl s_server ended:\n{text}")
        return re.search(r"^ACCEPT .*:(\d+)$", text, re.MULTILINE)

    def close(self):
        self._process.kill()
        self._process.wait()
        self._process.stdin.close()
        self._output.close()


class NodeServer:
    """A server of Node's tls module with these options."""

    def __init__(self, pair, chain=None, **options):
        self._endpoint = Endpoint(node("tls_server.js", cert=pair.chain_file(chain),
                                       key=pair.key_file, **options))
        self.port = self._endpoint.answer()

    def close(self):
        self._endpoint.stop()


def server_context(pair, chain=None, *, ciphers=None, client_ca=None, version=None, protocols=()):
    """Of Python's ssl module; `version` is the only one that it speaks."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if ciphers:
        context.set_ciphers(ciphers)
    if version:
        context.minimum_version = context.maximum_version = version
    if protocols:
        context.set_alpn_protocols(list(protocols))
    if client_ca:
        context.load_verify_locations(client_ca)
        context.verify_mode = ssl.CERT_REQUIRED
    context.load_cert_chain(pair.chain_file(chain), pair.key_file)
    return context


class PythonServer(Listener):
    """A server of Python's ssl module; it leaves behind a request."""

    def __init__(self, context):
        super().__init__()
        self.port = self.address[1]
        self._context = context
        self.socket.settimeout(None)
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self):
        while True:
            try:
                stream = self.socket.accept()[0]
            except OSError:
                return
            threading.Thread(target=self._serve, args=(stream,), daemon=True).start()

    def _serve(self, stream):
        stream.settimeout(PATIENCE_S)
        with contextlib.suppress(OSError), stream:
            with self._context.wrap_socket(stream, server_side=True) as secured:
                data = secured.recv(4096)
                while data and not data.endswith(b"\r\n\r\n"):
                    data = secured.recv(4096)

    def close(self):
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)  # wakes accept()
        super().close()


def run_s_client(port, *arguments, name=NAME):
    """`openssl s_client` that leaves as soon as it can."""
    server_name = ["-servername", name] if name else ["-noservername"]
    subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{port}", *server_name,
                    *arguments], input="", capture_output=True, text=True, timeout=PATIENCE_S,
                   check=False)


def client_context(ca=None, *, ciphers=None, version=None, protocols=(), pair=None):
    """Of Python's ssl module; it trusts `ca` alone, or the system's where that is None."""
    context = ssl.create_default_context(cafile=ca)
    if ciphers:
        context.set_ciphers(ciphers)
    if version:
        context.minimum_version = context.maximum_version = version
    if protocols:
        context.set_alpn_protocols(list(protocols))
    if pair:
        context.load_cert_chain(pair.chain_file(), pair.key_file)
    return context


def run_python_client(port, context, name=NAME):
    """The handshake, and one read: in TLS 1.3 a refusal comes only then."""
    with contextlib.suppress(OSError), \
            socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S) as plain, \
            context.wrap_socket(plain, server_hostname=name) as secured:
        secured.settimeout(1)
        secured.recv(1)
