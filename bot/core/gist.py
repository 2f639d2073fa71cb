"""A text's gist: 64 characters from which it shows how much of the text another one shares.

One-permutation minwise hashing (Li, Owen, Zhang 2012): every run of six letters falls by its hash into one of 64
cells, each cell keeps its least hash, and of that six bits are written.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from hashlib import blake2b
from operator import eq

GIST_CELLS = 64
"""Characters of a gist."""

_RUN = 6
_LIMIT = 4000
_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_NOTHING = "."

# A text is one long number with 32 bits for each of its letters, and one multiplication makes the hashes of all runs:
# the sum of six letters, each times a factor of 21 bits of its own, of which the lowest 24 bits are taken (multilinear
# hashing: Lemire and Kaser, "Strongly universal string hashing is fast", 2014). A turn of Python for each run would
# take five times as long. Of a letter's two bytes the lower one says enough, as six of them are hardly ever the same by
# chance; spread over all bytes, since without that the runs of small letters would nearly always be the least ones.
# Whoever changes one of these numbers makes all gists new.
_LANE = 4
_FACTOR_BITS = 21
_FACTORS = int.from_bytes(blake2b(b"gist").digest()[: _RUN * _LANE], "little") & int.from_bytes(
    ((1 << _FACTOR_BITS) - 1).to_bytes(_LANE, "little") * _RUN, "little"
)

_SPREAD = bytes(pow(3, byte, 257) - 1 for byte in range(256))
"""Gives each byte another one: 3 is a primitive root of 257."""

# The bytes of a hash: which cell, what is written, and what else decides which one is the least. None is ever zero.
_CELLS = range(64, 64 + GIST_CELLS)
_SIX_BITS = bytes(_CELLS.start | byte & 63 for byte in range(256))
_RANK_OF = bytes(max(byte, 1) for byte in range(256))
_EMPTY = 0xFFFF
"""More than any rank and mark together."""
_WRITTEN = (b"." * _CELLS.start + _ALPHABET).ljust(256, b".")
_A_CELL = 8
"""Runs for each cell that are looked at first: with so many, hardly any cell stays empty."""
_WORTH = 128
"""Of 256 ranks: to choose takes as long as to look at half of the runs."""


def gist_of(text: str) -> str:
    """Sketch a text's letters in 64 characters, so that ``likeness`` can tell how much of it another one shares.

    A cell that no run fell into is ``.``; empty for no text. At most 4,000 letters are looked at.
    """
    if not text:
        return ""
    hashes = _hashes(text[:_LIMIT].encode("utf-16-le", "replace")[::2].translate(_SPREAD))
    low = _A_CELL * GIST_CELLS * 256 // len(hashes[0])
    if low >= _WORTH:
        return _least(*hashes)
    gist = _least(*_low(low, hashes))
    return gist if _NOTHING not in gist else _least(*hashes)


def _hashes(letters: bytes) -> tuple[bytes, bytes, bytes]:
    """Give the hashes of all runs: of each the byte for its cell, for its mark, for its rank."""
    count = len(letters)
    lanes = bytearray(_LANE * count)
    lanes[::_LANE] = letters
    product = int.from_bytes(lanes, "little") * _FACTORS
    # The first lanes have but a part of a run. A text shorter than that is one run.
    runs = product.to_bytes(_LANE * (count + _RUN), "little")[_LANE * min(_RUN - 1, count - 1) : _LANE * count]
    return runs[::_LANE].translate(_SIX_BITS), runs[1::_LANE].translate(_SIX_BITS), runs[2::_LANE].translate(_RANK_OF)


def _low(limit: int, hashes: tuple[bytes, bytes, bytes]) -> Iterator[bytes]:
    """Leave out the hashes whose rank is not below the limit."""
    flags = hashes[2].translate(b"\xff" * limit + bytes(256 - limit))
    mask = int.from_bytes(flags, "little")
    for each in hashes:
        yield (int.from_bytes(each, "little") & mask).to_bytes(len(flags), "little").translate(None, b"\0")


def _least(cells: bytes, marks: bytes, ranks: bytes) -> str:
    """Write for each cell the mark of its least hash."""
    packed = bytearray(2 * len(cells))
    packed[::2], packed[1::2] = marks, ranks
    least = [_EMPTY] * _CELLS.stop
    for cell, value in zip(cells, struct.unpack(f"<{len(cells)}H", packed), strict=True):
        if value < least[cell]:  # noqa: PLR1730 -- to call min for every run takes twice as long
            least[cell] = value
    return struct.pack(f"<{GIST_CELLS}H", *least[_CELLS.start :])[::2].translate(_WRITTEN).decode()


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
