"""Bytes on the wire, built without the product: frames of any kind and HTTP heads."""

import os

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA

MASK = bytes.fromhex("37fa213d")  # RFC 6455 section 5.7

KEY = "dGhlIHNhbXBsZSBub25jZQ=="  # RFC 6455 section 1.3, with its answer
ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="


def masked(payload, key):
    """RFC 6455 section 5.3, by one XOR of two large numbers."""
    size = len(payload)
    pad = (key * (size // 4 + 1))[:size]
    return (int.from_bytes(payload, "big") ^ int.from_bytes(pad, "big")).to_bytes(size, "big")


def frame(payload=b"", *, opcode=TEXT, fin=True, rsv=0, mask=None, length=None, length_bytes=None):
    """One frame. Nothing is checked: every field may be illegal.

    `rsv` is three bits, RSV1 is 4. `mask` is a key of four bytes, or None for an unmasked frame.
    `length` is the declared payload length, default the real one. `length_bytes` is how it is
    encoded: 0 (in the second byte), 2, or 8 bytes; default the shortest.
    """
    if length is None:
        length = len(payload)
    if length_bytes is None:
        length_bytes = 0 if length < 126 else 2 if length < 65536 else 8
    first = (0x80 if fin else 0) | rsv << 4 | opcode
    second = (0x80 if mask is not None else 0) | {0: length, 2: 126, 8: 127}[length_bytes]
    head = bytes([first, second])
    if length_bytes:
        head += length.to_bytes(length_bytes, "big")
    if mask is None:
        return head + payload
    return head + mask + masked(payload, mask)


def client_frame(payload=b"", **fields):
    """A frame as a client must send it: masked."""
    return frame(payload, **{"mask": MASK, **fields})


def server_frame(payload=b"", **fields):
    """A frame as a server must send it: not masked."""
    return frame(payload, **fields)


BUILDERS = {"client": client_frame, "server": server_frame}


def frame_from(side, payload=b"", **fields):
    return BUILDERS[side](payload, **fields)


def close_body(code=None, reason=b""):
    if code is None:
        return b""
    return code.to_bytes(2, "big") + (reason.encode() if isinstance(reason, str) else reason)


def close_from(side, code=None, reason=b""):
    return frame_from(side, close_body(code, reason), opcode=CLOSE)


def head(first_line, headers, eol="\r\n"):
    lines = [first_line, *(f"{name}: {value}" for name, value in headers), "", ""]
    return eol.join(lines).encode("latin-1")


def request(method="GET", target="/", headers=(), *, host="example.test", eol="\r\n"):
    return head(f"{method} {target} HTTP/1.1", [("Host", host), *headers], eol)


def response(status="200 OK", headers=(), body=b"", *, eol="\r\n"):
    """A response with the headers given, nothing added: give Content-Length where it is due."""
    return head(f"HTTP/1.1 {status}", headers, eol) + body


def sized_response(status="200 OK", body=b"", headers=()):
    return response(status, [*headers, ("Content-Length", len(body))], body)


def upgrade_request(target="/chat", headers=(), *, host="example.test", eol="\r\n"):
    return request("GET", target, [
        ("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Key", KEY),
        ("Sec-WebSocket-Version", "13"), *headers], host=host, eol=eol)


def upgrade_response(headers=(), *, accept=ACCEPT, eol="\r\n"):
    return response("101 Switching Protocols", [
        ("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Accept", accept),
        *headers], eol=eol)


def noise(size):
    """Bytes that no two calls share, so that a byte of another connection would be noticed."""
    return os.urandom(size)
