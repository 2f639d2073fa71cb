"""A text's gist: 64 characters from which it shows how much of the text another one shares.

One-permutation minwise hashing (Li, Owen, Zhang 2012): every run of six letters falls by its hash into one of 64
cells, each cell keeps its least hash, and of that six bits are written.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from hashlib import blake2b
from operator import eq

GIST_CELLS = 64
"""Characters of a gist."""

_RUN = 6
_LIMIT = 4000
_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_NOTHING = "."

# A text is one long number with 48 bits for each of its letters, and one multiplication makes the hashes of all runs:
# the sum of six letters, each times a factor of 29 bits of its own, of which the bits 5 to 28 are taken (multilinear
# hashing: Lemire and Kaser, "Strongly universal string hashing is fast", 2014). A turn of Python for each run would
# take five times as long. Whoever changes one of these numbers makes all gists new.
_LANE = 6
_FACTOR_BITS = 29
_LOW_BITS = 5
_FACTORS = int.from_bytes(blake2b(b"gist").digest()[: _RUN * _LANE], "little") & int.from_bytes(
    ((1 << _FACTOR_BITS) - 1).to_bytes(_LANE, "little") * _RUN, "little"
)

# The bytes of a hash: which cell, what is written, and what else decides which one is the least. None is ever zero.
_CELLS = range(64, 64 + GIST_CELLS)
_CELL_OF = bytes(64 | byte & 63 for byte in range(256))
_MARK_OF = bytes(byte | 128 for byte in range(256))
_RANK_OF = bytes(max(byte, 1) for byte in range(256))
_WRITTEN = bytes(_ALPHABET[byte % 64] for byte in range(256))
_A_CELL = 5
"""Runs for each cell that are looked at first."""


def gist_of(text: str) -> str:
    """Sketch a text's letters in 64 characters, so that ``likeness`` can tell how much of it another one shares.

    A cell that no run fell into is ``.``; empty for no text. At most 4,000 letters are looked at.
    """
    if not text:
        return ""
    cells, _, ranks = hashes = _hashes(text[:_LIMIT].encode("utf-16-le", "replace"))
    low = _A_CELL * GIST_CELLS * 256 // len(ranks)
    if low >= len(_RANK_OF):
        return _least(*hashes)
    # Sorting is the dearest part. Nearly every cell's least hash is among the low ones; the other cells come after.
    gist = _least(*_where(ranks.translate(b"\xff" * low + bytes(256 - low)), hashes))
    if _NOTHING not in gist:
        return gist
    empty = bytes(_CELLS.start) + bytes(255 * (mark == _NOTHING) for mark in gist) + bytes(256 - _CELLS.stop)
    rest = _least(*_where(cells.translate(empty), hashes))
    return "".join([other if mark == _NOTHING else mark for mark, other in zip(gist, rest, strict=True)])


def _hashes(letters: bytes) -> tuple[bytes, bytes, bytes]:
    """Give the hashes of all runs: of each the byte for its cell, for its mark, for its rank."""
    count = len(letters) // 2
    lanes = bytearray(_LANE * count)
    lanes[::_LANE], lanes[1::_LANE] = letters[::2], letters[1::2]
    product = int.from_bytes(lanes, "little") * _FACTORS >> _LOW_BITS
    # The first lanes have but a part of a run. A text shorter than that is one run.
    runs = product.to_bytes(_LANE * (count + _RUN), "little")[_LANE * min(_RUN - 1, count - 1) : _LANE * count]
    return runs[::_LANE].translate(_CELL_OF), runs[1::_LANE].translate(_MARK_OF), runs[2::_LANE].translate(_RANK_OF)


def _where(flags: bytes, hashes: Iterable[bytes]) -> list[bytes]:
    """Leave out the hashes whose flag is zero."""
    mask = int.from_bytes(flags, "little")
    return [
        (int.from_bytes(each, "little") & mask).to_bytes(len(flags), "little").translate(None, b"\0") for each in hashes
    ]


def _least(cells: bytes, marks: bytes, ranks: bytes) -> str:
    """Write for each cell the mark of its least hash."""
    packed = bytearray(4 * len(cells))
    packed[::4], packed[1::4], packed[2::4] = cells, marks, ranks
    layout = f"<{len(cells)}I"
    packed[:] = struct.pack(layout, *sorted(struct.unpack(layout, packed)))
    written = packed[1::4].translate(_WRITTEN) + _NOTHING.encode()
    return bytes(map(written.__getitem__, map(packed[::4].find, _CELLS))).decode()


def likeness(one: str, other: str) -> float | None:
    """Estimate from two gists which share of two texts' runs is common, 0 to 1; None where either is missing."""
    if len(one) != GIST_CELLS or len(other) != GIST_CELLS:
        return None
    if one == other:
        return 1.0 if one.strip(_NOTHING) else None
    both = sum(map(eq, one, other))
    empty = (
        sum(a == b == _NOTHING for a, b in zip(one, other, strict=True)) if _NOTHING in one and _NOTHING in other else 0
    )
    return (both - empty) / (GIST_CELLS - empty) if empty < GIST_CELLS else None
