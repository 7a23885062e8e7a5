"""A client that asks an HTTP proxy for a tunnel (CONNECT) for whoever connects to it, and then carries
bytes and ends as they come. `lastframe probe` itself knows no proxies."""

import asyncio
import contextlib

from support.corrupting_relay import HEAD_END, CorruptingRelay, Passage


class ConnectPassage(Passage):
    """In front of the HTTP proxy at `target`; the tunnel leads to the port `beyond`."""

    beyond = None

    async def _reach(self, server):
        loop = asyncio.get_running_loop()
        place = f"127.0.0.1:{self.beyond}"
        await loop.sock_sendall(server, f"CONNECT {place} HTTP/1.1\r\nHost: {place}\r\n\r\n".encode())
        answer = b""
        # A byte at a time: what comes behind the answer is the tunnel's.
        while not answer.endswith(HEAD_END) and (byte := await loop.sock_recv(server, 1)):
            answer += byte
        if not answer.startswith(b"HTTP/1.1 200"):
            raise ConnectionRefusedError(f"no tunnel: {answer[:80]!r}")


@contextlib.contextmanager
def tunnel(proxy_port, beyond):
    """The port behind which a tunnel through the proxy at `proxy_port` leads to the port `beyond`."""
    with CorruptingRelay() as relay:
        passage = relay.passage(proxy_port, kind=ConnectPassage)
        passage.beyond = beyond
        yield passage.port
