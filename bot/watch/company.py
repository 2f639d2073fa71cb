"""Looks that found something wait a moment for others that are under way, so that one commit serves several.

A commit costs as much as all that a look writes. A look that is alone waits for nobody.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from typing import Final

from bot.core.ports import Clock

MOMENT: Final = 0.2
"""Seconds that a look waits at most."""
MOST: Final = 16
"""Looks that are worth a commit, however many are to come."""


class Company:
    """Keeps looks until they are enough, nobody else is to come, or a moment has passed."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._coming = 0
        self._here = 0
        self._complete = asyncio.Event()

    @contextlib.contextmanager
    def coming(self) -> Iterator[None]:
        """Let others wait for a look while it is made."""
        self._coming += 1
        try:
            yield
        finally:
            self._coming -= 1
            # Not at once: it may be about to join them itself.
            asyncio.get_running_loop().call_soon(self._count)

    async def join(self) -> None:
        """Wait for the others."""
        first, complete = self._here == 0, self._complete
        self._here += 1
        self._count()
        if complete.is_set():
            return
        if not first:
            await complete.wait()
            return
        try:
            await self._clock.wait(complete, MOMENT)
        finally:
            if complete is self._complete:
                self._go()

    def _count(self) -> None:
        if self._here and (self._here >= MOST or not self._coming):
            self._go()

    def _go(self) -> None:
        self._complete.set()
        self._complete, self._here = asyncio.Event(), 0
