"""Peers whose stream is TLS: the same surface as raw peers, and the same exactness about ends.

A FIN of such a peer is close_notify and then a FIN; a FIN without it is a truncation. Plain
`ssl.SSLSocket` can neither half-close nor tell these apart, so TLS runs over memory here.
"""

import ssl
import threading

from support.raw_peers import FIN, RESET, TIMEOUT, Peer
from support.tls_files import NAME

TRUNCATED = "truncated"
RECORD = 1 << 14


def client_context(files, *, version=None, protocols=()):
    context = ssl.create_default_context(cafile=files.ca)
    return _with(context, version, protocols)


def server_context(files, *, name=NAME, version=None, protocols=()):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*files.pair(name))
    return _with(context, version, protocols)


def _with(context, version, protocols):
    if version is not None:
        context.minimum_version = context.maximum_version = version
    if protocols:
        context.set_alpn_protocols(list(protocols))
    return context


class TlsPeer(Peer):
    """One end of a TLS stream over a connected socket. One thread may send while another reads."""

    def __init__(self, sock, context, *, server_name=None):
        """`server_name`: what a client asks for; None makes it a server."""
        super().__init__(sock)
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        is_server = server_name is None
        self.tls = context.wrap_bio(self._in, self._out, server_side=is_server,
                                    server_hostname=server_name or None)
        self._tls_lock, self._send_lock = threading.RLock(), threading.Lock()
        self._early = bytearray()  # plain text that came before it was asked for
        self._plain_end = None     # of the stream of plain text
        self._is_done = False      # the handshake
        self._has_tcp_ended = False

    # The handshake.

    def handshake(self):
        while True:
            with self._tls_lock:
                try:
                    self.tls.do_handshake()
                    self._is_done = True
                except ssl.SSLWantReadError:
                    pass
                finally:
                    self._flush_soon()
            if self._is_done:
                return self
            self._feed(self.socket.recv(1 << 16))

    def hello(self):
        """The ClientHello, which is not sent: that is for the test to do."""
        try:
            self.tls.do_handshake()
        except ssl.SSLWantReadError:
            return self._out.read()
        raise AssertionError("a handshake is over without a word of the server")

    @property
    def protocol(self):
        return self.tls.selected_alpn_protocol()

    def _feed(self, ciphertext):
        """An end behind the handshake is not told: to OpenSSL it would be an error in both
        directions, or with Python's own options as good as close_notify."""
        if ciphertext:
            self._in.write(ciphertext)
        elif not self._is_done:
            self._in.write_eof()
        self._has_tcp_ended = not ciphertext

    def _flush(self):
        """Sends what TLS has to say; the caller holds the lock for sending."""
        with self._tls_lock:
            data = self._out.read()
        if data:
            self.socket.sendall(data)

    def _flush_soon(self):
        """Unless somebody is sending, who will then do it."""
        if self._out.pending and self._send_lock.acquire(blocking=False):
            try:
                self._flush()
            finally:
                self._send_lock.release()

    # Sending.

    def send(self, data):
        with self._send_lock:
            view = memoryview(data)
            for at in range(0, len(view), 16 * RECORD):
                with self._tls_lock:
                    self.tls.write(view[at:at + 16 * RECORD])
                self._flush()

    def send_each(self, pieces):
        for piece in pieces:
            self.send(piece)

    def send_raw(self, ciphertext):
        """Past TLS: what is no record, or one of another making."""
        self.socket.sendall(ciphertext)

    def records_of(self, data):
        """The ciphertext of `data`, which is not sent."""
        with self._tls_lock:
            self.tls.write(data)
            return self._out.read()

    def unacknowledged(self):
        """Plain text: as much at least as the record that the next hop has only in part."""
        count = super().unacknowledged()
        return count + RECORD if count else 0

    def send_until_stalled(self, data):
        sent = 0
        with self._send_lock:
            while self._is_writable_soon():
                part = data[sent:sent + RECORD]
                ciphertext = self.records_of(part)
                while ciphertext and self._is_writable_soon():
                    ciphertext = ciphertext[self.socket.send(ciphertext):]
                if ciphertext:
                    break  # within a record: nothing can be sent behind it
                sent += len(part)
        assert sent < len(data), "no stall: the other end reads, or buffers are larger than this"
        return sent

    # Ending.

    def close_notify(self):
        """Nothing more will be said; nothing is said of the TCP stream."""
        with self._send_lock:
            with self._tls_lock:
                self._read_ahead()  # or OpenSSL takes for a mistake what stands in its way
                try:
                    self.tls.unwrap()
                except (ssl.SSLWantReadError, ssl.SSLError):
                    pass
            self._flush()

    def finish(self):
        self.close_notify()
        super().finish()

    def truncate(self):
        """A FIN without close_notify."""
        super().finish()

    def leave(self):
        self.close_notify()
        self.close()

    # Receiving.

    def _read_ahead(self):
        while self._plain_end is None:
            part = self._read(1 << 18)
            if not part:
                return
            self._early += part

    def _read(self, count):
        """Plain text that is there; b"" where more ciphertext is wanted, or at the end."""
        try:
            part = self.tls.read(count)
            if not part:
                self._plain_end = FIN
            return part
        except ssl.SSLWantReadError:
            if self._has_tcp_ended:
                self._plain_end = TRUNCATED
        except ssl.SSLZeroReturnError:
            self._plain_end = FIN
        finally:
            self._flush_soon()
        return b""

    def _take(self, count):
        """What another thread has read ahead comes first; it may do so between any two of these."""
        if self._early:
            part = bytes(self._early[:count])
            del self._early[:count]
            return part
        return b"" if self._plain_end else self._read(count)

    def _receive(self, count, until):
        got = bytearray()
        while len(got) < count:
            with self._tls_lock:
                part = self._take(min(count - len(got), 1 << 18))
                has_ended = self._plain_end is not None
            if part:
                got += part
                continue
            if has_ended:
                return bytes(got), self._end_of_tcp(until)
            ciphertext, how = super()._receive_some(1 << 18, until)
            if how in (RESET, TIMEOUT):
                return bytes(got), how
            with self._tls_lock:
                self._feed(ciphertext)
        return bytes(got), None

    def _end_of_tcp(self, until):
        """close_notify alone is half an end: the FIN or the RST behind it is the other half."""
        if self._plain_end == TRUNCATED:
            return TRUNCATED
        rest, how = super()._receive_some(1 << 18, until)
        if rest:
            raise AssertionError(f"{len(rest)} bytes came behind close_notify: {rest[:32]!r}")
        return how if how != TIMEOUT else "close_notify without a FIN"

    def expect_truncation(self, data=b""):
        self.expect_end(TRUNCATED, data)
