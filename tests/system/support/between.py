"""What stands between a client and a server in a system test: the real proxy, or nothing at all.

With LASTFRAME_DIRECT=1 clients reach servers directly. What a test finds then is the reference:
a transparent proxy must not change it. Where a test comes to ask for a record it is skipped then,
after all that it says about bytes and ends was checked.
"""

import contextlib
import json
import os
import signal
import unittest

from support import frames
from support.proxy import Proxy, wait_until
from support.raw_peers import Background, Listener, Peer
from support.verdicts import Verdicts

DIRECT = os.environ.get("LASTFRAME_DIRECT") == "1"

needs_proxy = unittest.skipIf(DIRECT, "about the proxy itself; a direct connection has none")


def configured(*listener_keys, rest=""):
    """A configuration of one listener, `chat`, with these keys besides; `rest` is top-level."""
    lines = ["log: {file: '{log}', format: json}", *rest.splitlines(), "listeners:",
             "  - name: chat", "    listen: 127.0.0.1:0", "    upstream: {upstream}",
             *(f"    {key}" for key in listener_keys)]
    return "\n".join(lines) + "\n"


class Between(Proxy):
    """The proxy in front of a Listener; `config` may use `{upstream}` and `{log}`."""

    def __init__(self, server, *, config=None, **options):
        self._seen, self._rest, self._position = [], b"", 0
        if config is not None:
            super().__init__(config=config.replace("{upstream}", server.upstream), **options)
        else:
            super().__init__(server.upstream, **options)

    def __exit__(self, *failure):
        try:
            super().__exit__(*failure)
        finally:
            self.process.stderr.close()

    def listener_address(self, name=None):
        """(host, port) or a unix path, to connect to."""
        text = self.address(name)
        if text.startswith("unix:"):
            return text.removeprefix("unix:")
        host, port = text.rsplit(":", 1)
        return host.strip("[]"), int(port)

    def dial(self, name=None, **options):
        return Peer.connect(self.listener_address(name), **options)

    def _new_records(self):
        """Reads on where the last call stopped: a log of thousands of records is parsed once."""
        if self.log_path.exists():
            with self.log_path.open("rb") as log:
                log.seek(self._position)
                data = log.read()
            self._position += len(data)
            *lines, self._rest = (self._rest + data).split(b"\n")
            self._seen += [json.loads(line) for line in lines]
        return self._seen

    def records_of(self, client_name, count=1, event=None):
        """At least `count` records of the connection that came from this address."""
        def found():
            match = [r for r in self._new_records()
                     if r.get("client") == client_name and (event is None or r["event"] == event)]
            return match if len(match) >= count else None
        return wait_until(found, f"{count} records of {client_name}, event {event}")

    def record_of(self, client_name, event=None):
        """The one record of this connection."""
        found = self.records_of(client_name, 1, event)
        assert len(found) == 1, found
        return found[0]

    def has_record_of(self, client_name):
        return any(r.get("client") == client_name for r in self._new_records())

    @contextlib.contextmanager
    def stopped(self):
        """Stops the process: all that happens meanwhile it finds at once, in one turn."""
        self.signal(signal.SIGSTOP)
        try:
            wait_until(lambda: self._state() == "T", "the process to be stopped")
            yield
        finally:
            self.signal(signal.SIGCONT)

    def _state(self):
        with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as stat:
            return stat.read().rpartition(")")[2].split()[0]


class Direct:
    """No proxy: the same surface, clients connect to the server itself."""

    def __init__(self, server, **_):
        self._address = server.address

    def listener_address(self, name=None):
        return self._address

    def dial(self, name=None, **options):
        return Peer.connect(self._address, **options)

    def records_of(self, *_, **__):
        raise unittest.SkipTest("a direct connection leaves no record")

    record_of = records_of
    has_record_of = records_of

    @contextlib.contextmanager
    def stopped(self):
        yield

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass


def between(server, **options):
    return Direct(server, **options) if DIRECT else Between(server, **options)


class RelayTest(Verdicts, unittest.TestCase):
    """One server and one proxy for all tests of a class; each test makes its own connections."""

    server_options = {}
    proxy_options = {}

    @classmethod
    def setUpClass(cls):
        cls.listener = cls.enterClassContext(Listener(**cls.server_options))
        cls.relay = cls.enterClassContext(between(cls.listener, **cls.proxy_options))

    def pair(self, **options):
        """A client and the server's end of its connection."""
        client = self.relay.dial(**options)
        self.addCleanup(client.close)
        server = self.listener.accept()
        self.addCleanup(server.close)
        return client, server

    def upgraded(self, request=None, response=None, **options):
        """The same behind an opening handshake."""
        client, server = self.pair(**options)
        request = request or frames.upgrade_request()
        response = response or frames.upgrade_response()
        client.send(request)
        server.expect(request, "request")
        server.send(response)
        client.expect(response, "response")
        return client, server

    @contextlib.contextmanager
    def in_background(self, action):
        """Runs `action` beside the body; what goes wrong in it fails the test behind the body."""
        running = Background(action)
        yield
        running.join()

    @contextlib.contextmanager
    def directed(self, sender, connect=None):
        """One connection, (sender's end, receiver's end), ended afterwards: loop over both."""
        client, server = (connect or self.upgraded)()
        try:
            yield (client, server) if sender == "client" else (server, client)
        finally:
            client.close()
            server.close()
