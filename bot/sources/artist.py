"""Pictures of formulas: drawn out of harm's way, once for all chats, and kept for a while."""

from __future__ import annotations

import asyncio
import hashlib
import struct
from collections import OrderedDict
from collections.abc import Sequence
from typing import Final, Protocol

import structlog

from bot.core.trouble import TroubleName
from bot.sources.document import Unreadable

log = structlog.get_logger()

MOST_FORMULAS: Final = 6
MOST_CHARACTERS: Final = 4_000
"""Of all formulas of a picture together."""
MOST_BYTES: Final = 500_000
"""Of a picture; one that fills its whole sheet has some 60,000."""
MOST_PIXELS: Final = 4_000_000
KEPT_BYTES: Final = 4_000_000
"""Of all pictures that are kept, in memory alone: after a restart they are drawn again."""
PATIENCE: Final = 10.0
"""Seconds that a message waits for its picture."""
_OVERHEAD: Final = 500
"""Bytes that a kept answer takes besides its picture."""
_HEAD: Final = struct.Struct(">8s4x4sII")


class Drawer(Protocol):
    """Draws formulas where it can be killed: ``worker.Workers``."""

    async def draw(self, formulas: Sequence[str]) -> bytes | Unreadable:
        """Draw formulas as a PNG; no bytes where none of them can be drawn."""
        ...


class Artist:
    """``core.ports.Artist`` over the processes that can be killed. What could not be drawn is not tried again soon."""

    def __init__(self, drawer: Drawer) -> None:
        self._drawer = drawer
        self._kept: OrderedDict[bytes, bytes] = OrderedDict()
        self._size = 0
        self._under_way: dict[bytes, asyncio.Task[bytes]] = {}

    async def draw(self, formulas: Sequence[str]) -> bytes | None:
        """Draw the first ``MOST_FORMULAS`` formulas, TeX that was checked, one below the other.

        None where none of them can be drawn, or it takes too long. Only cancellation raises.
        """
        formulas = _bounded(formulas)
        key = hashlib.sha256("\0".join(formulas).encode(errors="replace")).digest()
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key] or None
        task = self._under_way.get(key)
        if task is None and formulas:
            task = self._under_way[key] = asyncio.create_task(self._drawn(key, formulas), name="draw")
            task.add_done_callback(lambda _: self._under_way.pop(key, None))
        try:
            async with asyncio.timeout(PATIENCE):
                return (await asyncio.shield(task) or None) if task is not None else None
        except TimeoutError:
            return None

    async def _drawn(self, key: bytes, formulas: Sequence[str]) -> bytes:
        found = await self._drawer.draw(formulas)
        if isinstance(found, Unreadable):
            log.warning("formulas.not_drawn", cause=found.cause)
            if found.name == TroubleName.OVERLOADED:
                return b""  # nothing to do with these formulas: the next message may find a process
        picture = found if isinstance(found, bytes) and sound(found) else b""
        self._keep(key, picture)
        return picture

    def _keep(self, key: bytes, picture: bytes) -> None:
        self._kept[key] = picture
        self._size += len(picture) + _OVERHEAD
        while self._size > KEPT_BYTES:
            _, old = self._kept.popitem(last=False)
            self._size -= len(old) + _OVERHEAD


def _bounded(formulas: Sequence[str]) -> tuple[str, ...]:
    bounded: list[str] = []
    left = MOST_CHARACTERS
    for tex in formulas[:MOST_FORMULAS]:
        left -= len(tex)
        if left < 0:
            break
        bounded.append(tex)
    return tuple(bounded)


def sound(picture: bytes) -> bool:
    """Tell whether bytes begin as a PNG of a bearable size does: a stranger's text had a part in making them."""
    if not _HEAD.size <= len(picture) <= MOST_BYTES:
        return False
    signature, kind, width, height = _HEAD.unpack_from(picture)
    return bool(signature == b"\x89PNG\r\n\x1a\n" and kind == b"IHDR" and 0 < width * height <= MOST_PIXELS)
