"""A receiver of records over HTTP that misbehaves on demand, and keeps what it has taken."""

import contextlib
import http.server
import json
import socket
import ssl
import struct
import threading

TAKE = "take"  # 200, and the lines are kept
RESET = "reset"  # behind the request, a RST
CLOSE = "close"  # behind the request, an end without an answer
HANG = "hang"  # no answer until the receiver is gone
TAKE_SILENTLY = "take_silently"  # the lines are kept, and the answer is lost


class Receiver:
    """`behave(n)` says what becomes of the n-th request (from 0): a word above, or (status, fields).

    `port` makes it come back where it was. `certificate` is (certificate, key) for TLS.
    """

    def __init__(self, behave=lambda n: TAKE, *, port=0, certificate=None):
        self._behave = behave
        self._lock = threading.Lock()
        self._gone = threading.Event()
        self._connections = []
        self.requests = []  # (path, headers, body), every one
        self.records = []  # of those that were taken, in order
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self):
                super().setup()
                receiver._connections.append(self.connection)

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver._take(self, body)

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):  # a client that gave up is none of ours
                pass

        self._server = Server(("127.0.0.1", port), Handler)
        self.port = self._server.server_address[1]
        self.scheme = "http"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*map(str, certificate))
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
            self.scheme = "https"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def url(self, path="/"):
        return f"{self.scheme}://127.0.0.1:{self.port}{path}"

    def sessions(self):
        with self._lock:
            return [record["session"] for record in self.records]

    def _take(self, request, body):
        with self._lock:
            number = len(self.requests)
            self.requests.append((request.path, dict(request.headers), body))
            behaviour = self._behave(number)
            if behaviour in (TAKE, TAKE_SILENTLY):
                self.records += [json.loads(line) for line in body.splitlines()]
        if behaviour == TAKE:
            behaviour = (200, {})
        if behaviour == HANG:
            self._gone.wait()
        if behaviour == RESET:
            request.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                          struct.pack("ii", 1, 0))
        if not isinstance(behaviour, tuple):
            request.close_connection = True
            return
        status, fields = behaviour
        answer = b"" if status == 200 else f"no: {request.headers.get('Authorization')}".encode()
        request.send_response(status)
        for name, value in {**fields, "Content-Length": str(len(answer))}.items():
            request.send_header(name, value)
        request.end_headers()
        request.wfile.write(answer)

    def close(self):
        self._gone.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        for connection in self._connections:  # kept ones would go on taking
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def free_port():
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
