"""Filled outlines as a grey PNG, white behind black: exact area coverage, no native code, nothing but arithmetic.

Each edge adds, to the pixels that it crosses, by how much it changes what lies to the right of it; a running sum over a
row then is how much of each pixel is covered. The cost grows with the length of the outlines, not with their number.
"""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import Final, TypeAlias

Edge: TypeAlias = tuple[float, float, float, float]
"""From one point to another: x, y, x, y, in pixels, y downwards."""
SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_WHITE: Final = b"\xff"
_FAINT: Final = 1 / 512
"""Coverage that no eye sees, and that rounding alone brings about."""
_UPRIGHT: Final = 1e-9
"""Pixels: an edge that leans less stands upright; its steepness would be beyond a float."""


class Sheet:
    """A white sheet to be filled with black shapes. Shapes have to lie inside it; IndexError says that one does not."""

    def __init__(self, width: int, height: int) -> None:
        self.width = width
        self.height = height
        self._rows = [bytearray(_WHITE * width) for _ in range(height)]

    def fill(self, edges: Sequence[Edge]) -> None:
        """Blacken what closed outlines enclose; where two of opposite directions overlap there is a hole."""
        left = math.floor(min(min(edge[0], edge[2]) for edge in edges))
        top = math.floor(min(min(edge[1], edge[3]) for edge in edges))
        right = math.ceil(max(max(edge[0], edge[2]) for edge in edges))
        bottom = math.ceil(max(max(edge[1], edge[3]) for edge in edges))
        if left < 0 or top < 0 or right > self.width or bottom > self.height:
            msg = "a shape lies outside the sheet"
            raise IndexError(msg)
        changes = [[0.0] * (right - left + 2) for _ in range(bottom - top + 1)]
        for x0, y0, x1, y1 in edges:
            if y0 != y1:
                _add(changes, (x0 - left, y0 - top, x1 - left, y1 - top))
        for number, row in enumerate(changes[: bottom - top]):
            self._darken(top + number, left, accumulate(row))

    def _darken(self, number: int, left: int, covered: Iterable[float]) -> None:
        row = self._rows[number]
        for place, share in enumerate(covered, left):
            amount = abs(share)
            if amount > _FAINT:
                row[place] = round(row[place] * (1 - amount)) if amount < 1 else 0

    def png(self) -> bytes:
        """Give the sheet as a PNG of eight grey bits a pixel."""
        raw = b"".join(b"\0" + row for row in self._rows)
        head = struct.pack(">IIBBBBB", self.width, self.height, 8, 0, 0, 0, 0)
        chunks = (_chunk(b"IHDR", head), _chunk(b"IDAT", zlib.compress(raw, 9)), _chunk(b"IEND", b""))
        return SIGNATURE + b"".join(chunks)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _add(changes: list[list[float]], edge: Edge) -> None:
    """Cut an edge at the rows' borders; its direction says whether shape begins or ends to the right of it."""
    x0, y0, x1, y1 = edge
    sign = 1.0
    if y0 > y1:
        x0, y0, x1, y1, sign = x1, y1, x0, y0, -1.0
    slope = (x1 - x0) / (y1 - y0)
    y, x = y0, x0
    while y < y1:
        row = math.floor(y)
        below = min(y1, row + 1)
        beside = min(max(x0 + slope * (below - y0), min(x0, x1)), max(x0, x1))
        _spread(changes[row], min(x, beside), max(x, beside), (below - y) * sign)
        y, x = below, beside


def _spread(row: list[float], low: float, high: float, height: float) -> None:
    """Give each pixel between two places its share of an edge of this height, and the pixel beside it the rest."""
    steepness = height / (high - low) if high - low > _UPRIGHT else 0.0
    place = low
    while True:
        column = math.floor(place)
        end = min(high, column + 1)
        share = steepness * (end - place) if steepness else height
        beyond = share * ((place + end) / 2 - column)
        row[column] += share - beyond
        row[column + 1] += beyond
        if end >= high:
            return
        place = end
