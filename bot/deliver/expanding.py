"""Makes the deliveries of posts that very many chats want, a piece at a time, while everybody else goes on writing."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from typing import Final, Protocol, TypeVar

import structlog

from bot.core.ports import Clock
from bot.core.pulse import Pulse

log = structlog.get_logger()

Result = TypeVar("Result")

PIECE: Final = 0.03
"""Seconds that a piece should take: others wait for it to write."""
SMALLEST: Final = 1_000
"""Six milliseconds of work: what takes longer for that waits for a core, and would for less, too."""
LARGEST: Final = 4_000
FIRST: Final = 1_000
"""Subscriptions in a piece."""
LONGEST_REST: Final = 30.0
"""Seconds after which it is looked again even if nobody called: another process may have looked at a feed."""


class ExpandWork(Protocol):
    """What a piece does, inside its transaction."""

    async def expand(self, size: int, now: datetime) -> bool:
        """Make the deliveries of the next subscriptions; tell whether there was anything to do."""
        ...


class Pieces(Protocol):
    """The store, as this loop sees it."""

    async def together(self, work: Callable[[ExpandWork], Coroutine[None, None, Result]]) -> Result:
        """Run a whole transaction in one go, where nothing but the database is waited for."""
        ...


class Expander:
    """``made`` is called after each piece: there is something to send."""

    def __init__(self, store: Pieces, clock: Clock, made: Callable[[], None]) -> None:
        self._store = store
        self._clock = clock
        self._made = made
        self._wake = asyncio.Event()
        self._size = FIRST
        self.pulse = Pulse.first(clock.now(), timedelta(seconds=5 * LONGEST_REST))

    def wake(self) -> None:
        """Say that there may be something to do."""
        self._wake.set()

    async def run(self) -> None:
        """Expand until cancelled. A database that cannot be written stops the expanding, not the loop."""
        while True:
            self._wake.clear()
            try:
                await self.everything()
            except Exception as error:  # noqa: BLE001 -- the loop's edge: whatever the disk does, it is tried again
                log.warning("expand.failed", error=f"{type(error).__name__}: {error}")
            await self._clock.wait(self._wake, LONGEST_REST)

    async def everything(self) -> None:
        """Make all deliveries that are to be made."""
        while await self._piece():
            self.pulse = self.pulse.turns(self._clock.now())
            self._made()
        self.pulse = self.pulse.turns(self._clock.now())

    async def _piece(self) -> bool:
        size, now = self._size, self._clock.now()
        self.pulse = self.pulse.tries(now)

        async def piece(work: ExpandWork) -> tuple[bool, float]:
            # Real time, and without the commit: a slow disk takes as long for a small piece.
            began = time.monotonic()
            return await work.expand(size, now), time.monotonic() - began

        # In one go: a busy event loop would keep everybody else from writing between two statements.
        more, took = await self._store.together(piece)
        self._size = min(LARGEST, max(SMALLEST, int(size * min(1.5, PIECE / max(took, 0.001)))))
        return more
