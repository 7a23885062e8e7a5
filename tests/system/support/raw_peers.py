"""Raw TCP and unix-socket peers for tests: what they send, and exactly how a stream ends.

Nothing here knows WebSocket or HTTP. Every wait has a bound: a test that hangs fails instead.
"""

import array
import contextlib
import errno
import fcntl
import os
import select
import socket
import struct
import tempfile
import termios
import threading
import time

PATIENCE_S = float(os.environ.get("LASTFRAME_TEST_PATIENCE", "30"))

FIN, RESET, TIMEOUT = "fin", "reset", "timeout"


def first_difference(expected, got):
    for index, (one, other) in enumerate(zip(expected, got)):
        if one != other:
            return index
    return min(len(expected), len(got))


def assert_same_bytes(expected, got, what="bytes"):
    """assertEqual for large byte strings: a failure shows where they part, not all of them."""
    if expected != got:
        at = first_difference(expected, got)
        raise AssertionError(
            f"{what}: {len(got)} bytes arrived, {len(expected)} expected; they part at {at}: "
            f"expected {expected[at:at + 32]!r}, got {got[at:at + 32]!r}")


class Background(threading.Thread):
    """An action in the background; join() raises what went wrong in it."""

    def __init__(self, action):
        super().__init__(daemon=True)
        self._action, self._error = action, None
        self.start()

    def run(self):
        try:
            self._action()
        except Exception as error:  # handed to whoever joins
            self._error = error

    def join(self, timeout=PATIENCE_S):
        super().join(timeout)
        if self.is_alive():
            raise AssertionError("an action in the background did not finish")
        if self._error:
            raise self._error


class Peer:
    """One end of a stream that does what a test says and nothing else."""

    def __init__(self, sock):
        self.socket = sock
        self._sending = None
        sock.settimeout(PATIENCE_S)
        if sock.family != socket.AF_UNIX:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    @classmethod
    def connect(cls, address, *, receive_buffer=None, source=None):
        """`address`: (host, port) or the path of a unix socket. `source`: the host to come from."""
        if isinstance(address, str):
            family = socket.AF_UNIX
        else:
            family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        sock = socket.socket(family, socket.SOCK_STREAM)
        if receive_buffer:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        sock.settimeout(PATIENCE_S)
        try:
            if source:
                sock.bind((source, 0))
            sock.connect(address)
        except BaseException:
            sock.close()
            raise
        return cls(sock)

    @property
    def name(self):
        """This end's own address as a record writes it."""
        host, port = self.socket.getsockname()[:2]
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

    # Sending.

    def send(self, data):
        self.socket.sendall(data)

    def send_each(self, pieces):
        for piece in pieces:
            self.socket.sendall(piece)

    def send_urgent(self, data):
        """The last byte is TCP urgent data."""
        self.socket.send(data, socket.MSG_OOB)

    def keep_urgent_inline(self):
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_OOBINLINE, 1)

    def send_in_background(self, data, *, then_finish=False):
        def action():
            self.send(data)
            if then_finish:
                self.finish()
        self._sending = Background(action)
        return self._sending

    def unacknowledged(self):
        """Bytes that the kernel has taken from us and the next hop's kernel has not (SIOCOUTQ)."""
        size = array.array("i", [0])
        fcntl.ioctl(self.socket, termios.TIOCOUTQ, size)
        return size[0]

    def wait_until_delivered(self):
        deadline = time.monotonic() + PATIENCE_S
        while self.unacknowledged():
            if time.monotonic() > deadline:
                raise AssertionError(f"{self.unacknowledged()} bytes were never acknowledged")
            time.sleep(0.0005)

    def wait_until_stalled(self):
        """What is being sent in the background no longer moves: the other end does not read.

        Silence has no event; 0.2 s without a change of what is unacknowledged is taken as a stall.
        """
        before, since = None, time.monotonic()
        deadline = since + PATIENCE_S
        while time.monotonic() < since + 0.2:
            now = self.unacknowledged()
            if now != before or (now == 0 and self._sending.is_alive()):
                before, since = now, time.monotonic()
            if since > deadline:
                raise AssertionError("the sender was never stalled")
            time.sleep(0.005)

    def send_until_stalled(self, data):
        """How many bytes of `data` our kernel took until nothing moved any more for 0.2 s."""
        sent = 0
        while self._is_writable_soon():
            sent += self.socket.send(data[sent:sent + (1 << 16)])
        assert sent < len(data), "no stall: the other end reads, or buffers are larger than this"
        return sent

    def _is_writable_soon(self):
        return bool(select.select([], [self.socket], [], 0.2)[1])

    # Ending.

    def finish(self):
        """FIN: nothing more comes from here; this end still reads."""
        self.socket.shutdown(socket.SHUT_WR)

    def reset(self):
        """RST now. What the next hop's kernel has not acknowledged is lost, as the sender wants."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def reset_behind_data(self):
        """RST as soon as all that was sent has reached the next hop: it must arrive first."""
        self.wait_until_delivered()
        self.reset()

    def close(self):
        self.socket.close()

    def leave(self):
        """An orderly end of both directions at once."""
        self.close()

    def is_open(self):
        return self.socket.fileno() != -1

    # Receiving.

    def _receive_some(self, count, until):
        """(bytes, how): what is there, at most `count` bytes, or the end or time-out instead."""
        self.socket.settimeout(max(0.0005, until - time.monotonic()))
        try:
            part = self.socket.recv(min(count, 1 << 18))
        except TimeoutError:
            return b"", TIMEOUT
        except ConnectionResetError:
            return b"", RESET
        finally:
            self.socket.settimeout(PATIENCE_S)
        return part, None if part else FIN

    def _receive(self, count, until):
        """(bytes, how): at most `count` bytes; `how` is None when all of them came."""
        got = bytearray()
        while len(got) < count:
            part, how = self._receive_some(count - len(got), until)
            if how:
                return bytes(got), how
            got += part
        return bytes(got), None

    def receive(self, count):
        got, how = self._receive(count, time.monotonic() + PATIENCE_S)
        if how:
            raise AssertionError(
                f"{count} bytes expected, then {how} after {len(got)}: {got[-64:]!r}")
        return got

    def expect(self, data, what="bytes"):
        """The next bytes are exactly these."""
        got, how = self._receive(len(data), time.monotonic() + PATIENCE_S)
        if got != data:
            try:
                assert_same_bytes(data, got, what)
            except AssertionError as error:
                raise AssertionError(f"{error}; then {how or 'more'}") from None

    def receive_to_end(self, patience_s=PATIENCE_S):
        """(every byte until the stream ended, how it ended: FIN, RESET or TIMEOUT)."""
        return self._receive(1 << 40, time.monotonic() + patience_s)

    def expect_end(self, how, data=b""):
        """Exactly `data`, then exactly this end."""
        got, seen = self.receive_to_end()
        assert_same_bytes(data, got, f"bytes before the {seen}")
        if seen != how:
            raise AssertionError(f"the stream ended by {seen}, {how} expected")

    def expect_fin(self, data=b""):
        self.expect_end(FIN, data)

    def expect_reset(self, data=b""):
        self.expect_end(RESET, data)

    def expect_late_reset(self):
        """The other end sent a FIN before, and now a RST: an error on the socket, not seen by recv.

        Linux reports it as EPIPE behind a FIN and as ECONNRESET before one.
        """
        poll = select.poll()
        poll.register(self.socket, 0)
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            events = poll.poll(100)
            if events and events[0][1] & select.POLLERR:
                error = self.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                if error in (errno.EPIPE, errno.ECONNRESET):
                    return
                raise AssertionError(f"error {errno.errorcode.get(error, error)} in place of a RST")
        raise AssertionError("no RST came")

    def has_something(self):
        """Bytes or an end are there to be read."""
        return self.is_open() and bool(select.select([self.socket], [], [], 0)[0])

    def wait_until_readable(self):
        if not select.select([self.socket], [], [], PATIENCE_S)[0]:
            raise AssertionError("nothing came")

    def expect_silence(self, seconds=0.1):
        """Neither a byte nor an end within this time; for what must not come there is no event."""
        got, how = self._receive(1, time.monotonic() + seconds)
        if how != TIMEOUT:
            raise AssertionError(f"expected nothing, got {got!r}, {how}")


def what_a_client_sees(address, data=b""):
    """(own name, bytes, end) of a client that connects, sends and reads; a RST may come at once,
    even before connect returns."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    sock.bind(("127.0.0.1", 0))
    peer = Peer(sock)
    name = peer.name
    try:
        sock.connect(address)
        peer.send(data)
        return name, *peer.receive_to_end()
    except (ConnectionResetError, BrokenPipeError):
        return name, b"", RESET
    finally:
        peer.close()


def start_connect(address):
    """A socket whose connect was begun and is not waited for."""
    sock = socket.socket()
    sock.setblocking(False)
    sock.connect_ex(address)
    return sock


class Listener:
    """A listening socket whose accepted streams the test scripts.

    Listens on a free port (or `port`) of `host`, or on a unix socket of its own with `unix=True`.
    `scheme` is what a configuration calls it.
    """

    def __init__(self, *, host="127.0.0.1", port=0, unix=False, receive_buffer=None, backlog=1024,
                 scheme="ws"):
        self._folder = None
        self._scheme = scheme
        self.path = None
        if unix:
            self._folder = tempfile.TemporaryDirectory(prefix="lastframe-peer-")
            self.path = f"{self._folder.name}/service.sock"
            self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        else:
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            self.socket = socket.socket(family, socket.SOCK_STREAM)
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.bind(self.path or (host, port))
        self.socket.listen(backlog)
        self.socket.settimeout(PATIENCE_S)
        self.address = self.path or self.socket.getsockname()[:2]  # known after close(), too

    @property
    def name(self):
        """As a record writes it."""
        if self.path:
            return f"unix:{self.path}"
        host, port = self.address
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

    @property
    def upstream(self):
        """As a configuration writes it."""
        return self.name if self.path else f"{self._scheme}://{self.name}"

    def accept(self):
        return Peer(self.socket.accept()[0])

    def accepts_nothing(self, seconds=0.1):
        """Nobody connects within this time."""
        return not select.select([self.socket], [], [], seconds)[0]

    def close(self):
        self.socket.close()
        if self._folder:
            self._folder.cleanup()
            self._folder = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Service(Listener):
    """A listener with a thread that serves any number of streams at once.

    Each stream's first bytes up to an empty line are answered with `answer`; all that follows is
    sent back. A stream that ends is ended. Echo goes through the kernel only as fast as the reader
    reads, so tests keep what they send small.
    """

    def __init__(self, answer, **options):
        super().__init__(**options)
        self.answer = answer
        self.heads = {}
        self.served = 0
        self._quit, self._wake = socket.socketpair()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        poll = select.poll()
        streams = {}
        for sock in (self.socket, self._quit):
            poll.register(sock, select.POLLIN)
        while True:
            for descriptor, _ in poll.poll():
                if descriptor == self._quit.fileno():
                    for stream in streams.values():
                        stream.close()
                    return
                if descriptor == self.socket.fileno():
                    stream = self.socket.accept()[0]
                    streams[stream.fileno()] = stream
                    self.heads[stream.fileno()] = b""
                    poll.register(stream, select.POLLIN)
                    continue
                stream = streams[descriptor]
                with contextlib.suppress(OSError):
                    data = stream.recv(65536)
                    if data:
                        self._serve(stream, data)
                        continue
                poll.unregister(descriptor)
                del streams[descriptor]
                stream.close()

    def _serve(self, stream, data):
        head = self.heads.get(stream.fileno())
        if head is not None:
            head += data
            if b"\r\n\r\n" not in head:
                self.heads[stream.fileno()] = head
                return
            del self.heads[stream.fileno()]
            self.served += 1
            data = self.answer + head.partition(b"\r\n\r\n")[2]
        stream.sendall(data)

    def close(self):
        if self._thread.is_alive():
            self._wake.send(b"q")
            self._thread.join(PATIENCE_S)
        self._quit.close()
        self._wake.close()
        super().close()
