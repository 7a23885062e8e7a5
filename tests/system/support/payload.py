"""Payloads that both sides can build from a size alone, and what identifies one.

node/payload.js gives equal bytes.
"""

import zlib

_BLOCK_LENGTH = 4093  # a prime: no power-of-two boundary meets equal bytes twice


def _block(is_text):
    state = 1
    block = bytearray()
    for _ in range(_BLOCK_LENGTH):
        state ^= (state << 13) & 0xFFFFFFFF
        state ^= state >> 17
        state ^= (state << 5) & 0xFFFFFFFF
        block.append(97 + ((state >> 8) & 15) if is_text else (state >> 8) & 255)
    return bytes(block)


_BLOCKS = {"text": _block(True), "binary": _block(False)}


def binary_payload(size, kind="binary"):
    return (_BLOCKS[kind] * (size // _BLOCK_LENGTH + 1))[:size]


def text_payload(size):
    return binary_payload(size, "text").decode()


def message_event(content):
    """The event of one message: a str for text, bytes for binary."""
    is_text = isinstance(content, str)
    data = content.encode() if is_text else bytes(content)
    return {"event": "message", "kind": "text" if is_text else "binary", "size": len(data),
            "crc": zlib.crc32(data)}
