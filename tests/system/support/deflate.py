"""Compressed messages, made without the product (RFC 7692 section 7.2.1)."""

import zlib

OFFER = ("Sec-WebSocket-Extensions", "permessage-deflate")


class Deflater:
    """The compressor of one direction."""

    def __init__(self, window_bits=15):
        self._zlib = zlib.compressobj(9, zlib.DEFLATED, -window_bits)

    def message(self, content):
        data = self._zlib.compress(content) + self._zlib.flush(zlib.Z_SYNC_FLUSH)
        return data.removesuffix(b"\0\0\xff\xff")


def deflated(content, window_bits=15):
    """A message that needs no other one."""
    return Deflater(window_bits).message(content)


def bomb(mebibytes):
    """A message that inflates to so many MiB of zeros; a multiple of 16."""
    part = zlib.compressobj(9, zlib.DEFLATED, -15)
    segment = part.compress(bytes(16 << 20)) + part.flush(zlib.Z_FULL_FLUSH)  # needs none before it
    return (segment * (mebibytes // 16)).removesuffix(b"\0\0\xff\xff")
