"""A real proxy with an admin port, and Prometheus that scrapes it with the token."""

import json
import pathlib
import socket
import tempfile

from scraping import TOKEN
from support.proxy import Proxy
from support.raw_peers import Peer
from support.sessions import open_between


def free_port():
    """One that nobody has now; where a process has to come back to the same address."""
    with socket.create_server(("127.0.0.1", 0)) as sock:
        return sock.getsockname()[1]


class Watched(Proxy):
    """`listeners`: name -> (upstream, keys); `rest`: further lines of the configuration.

    `admin` is the address of its admin port, as Prometheus takes it.
    """

    def __init__(self, listeners, *rest, admin="127.0.0.1:0", **options):
        self._secrets = tempfile.TemporaryDirectory(prefix="lastframe-token-")
        token = pathlib.Path(self._secrets.name, "token")
        token.touch(mode=0o600)
        token.write_text(TOKEN)
        lines = [f"admin: {{listen: '{admin}', token_file: '{token}'}}", *rest, "listeners:"]
        for name, (upstream, keys) in listeners.items():
            keys = {"name": name, "listen": "127.0.0.1:0", "upstream": upstream, **keys}
            lines += [f"{'    ' if i else '  - '}{key}: {json.dumps(value)}"
                      for i, (key, value) in enumerate(keys.items())]
        super().__init__(config="\n".join([*lines, ""]), **options)

    def __enter__(self):
        super().__enter__()
        try:
            self.admin = self.wait_for_diagnostic(r"^admin (.+)$").group(1)
        except BaseException:
            self.process.kill()
            raise
        return self

    def __exit__(self, *failure):
        try:
            super().__exit__(*failure)
        finally:
            self.process.stderr.close()
            self._secrets.cleanup()

    def dial(self, name, **options):
        return Peer.connect(("127.0.0.1", self.port(name)), **options)

    def opened(self, name, listener, **options):
        """Client and server of a WebSocket connection through this listener."""
        client = self.dial(name, **options)
        server = listener.accept()
        open_between(client, server)
        return client, server
