"""What a PNG is made of, as far as platforms look; written after the specification, apart from what draws them."""

from __future__ import annotations

import struct
import zlib

SIGNATURE = bytes((137, 80, 78, 71, 13, 10, 26, 10))


def size(data: bytes) -> tuple[int, int] | None:
    """Give a PNG's width and height; None where it is none, or any of its chunks or its pixels are damaged."""
    if not data.startswith(SIGNATURE):
        return None
    try:
        chunks = _chunks(data)
        width, height, depth, colour, *_ = struct.unpack(">IIBBBBB", chunks[0][1])
        raw = zlib.decompress(b"".join(body for name, body in chunks if name == b"IDAT"))
    except (struct.error, zlib.error, ValueError, IndexError):
        return None
    grey = (depth, colour) == (8, 0)
    whole = chunks[0][0] == b"IHDR" and chunks[-1] == (b"IEND", b"") and (not grey or len(raw) == height * (width + 1))
    return (width, height) if whole else None


def _chunks(data: bytes) -> list[tuple[bytes, bytes]]:
    found, at = [], len(SIGNATURE)
    while at < len(data):
        (length,) = struct.unpack_from(">I", data, at)
        name, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        (check,) = struct.unpack_from(">I", data, at + 8 + length)
        if check != zlib.crc32(name + body):
            raise ValueError(name)
        found.append((name, body))
        at += 12 + length
    return found


def rows(data: bytes) -> list[bytes]:
    """Give the pixels of a grey PNG without filters, a byte each."""
    found = size(data)
    assert found is not None
    width, height = found
    raw = zlib.decompress(b"".join(body for name, body in _chunks(data) if name == b"IDAT"))
    assert not any(raw[at] for at in range(0, len(raw), width + 1)), "a filtered row"
    return [raw[row * (width + 1) + 1 : (row + 1) * (width + 1)] for row in range(height)]
