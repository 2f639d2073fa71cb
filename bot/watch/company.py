"""Looks that have something to do wait a moment for others that are under way, so that they do it together.

A commit costs as much as all that a look writes, and whatever is done once for each of several looks costs a tenth less
where nothing else is done in between. A look that is alone waits for nobody.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator
from typing import Final

from bot.core.ports import Clock

MOMENT: Final = 0.1
"""Seconds that a look waits at most, each of the two times that it does."""
MOST: Final = 16
"""Looks that are worth it, however many are to come."""


class Company:
    """Keeps looks until they are enough, nobody else is to come, or a moment has passed."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._coming = 0
        self._here = 0
        self._complete = asyncio.Event()

    @contextlib.contextmanager
    def coming(self) -> Iterator[Callable[[], Awaitable[None]]]:
        """Let others wait for a look while it is made. Gives how it joins them before it is made to its end."""
        awaited = True

        def arrive() -> None:
            nonlocal awaited
            self._coming -= awaited
            awaited = False

        async def join() -> None:
            arrive()
            await self.join()

        self._coming += 1
        try:
            yield join
        finally:
            arrive()
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
