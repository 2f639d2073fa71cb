"""A simulated clock: hours pass in milliseconds, and only when nothing real is under way."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.core.ports import Event

START = datetime(2026, 1, 20, 12, 0, tzinfo=UTC)
_GLANCE = 0.0002
"""Real seconds between two looks at something real that is under way."""


class SimulatedClock:
    """``core.ports.Clock`` whose time jumps to the next sleeper as soon as the event loop has nothing else to do.

    ``patience`` is how many real seconds the loop must have been idle before that, for what comes over sockets; 0 is
    enough for tests that only wait for each other. Work in threads is announced by ``count``.
    """

    def __init__(self, start: datetime = START, *, patience: float = 0.0) -> None:
        self.time = start
        self.real = 0
        """How many things are under way that take real time."""
        self._patience = patience
        self._sleepers: list[tuple[datetime, int, asyncio.Future[None]]] = []
        self._numbers = itertools.count()
        self._driver: asyncio.Task[None] | None = None

    def now(self) -> datetime:
        """Give the simulated time."""
        return self.time

    async def sleep(self, seconds: float) -> None:
        """Let simulated time pass."""
        await self._sleeper(seconds)

    async def wait(self, event: Event, seconds: float) -> bool:
        """Wait for an event, at most so many simulated seconds; tell whether it came."""
        sleeper = self._sleeper(seconds)
        waiting = asyncio.ensure_future(_wait(event))
        try:
            await asyncio.wait({sleeper, waiting}, return_when=asyncio.FIRST_COMPLETED)
            return waiting.done()
        finally:
            sleeper.cancel()
            waiting.cancel()

    def count(self, work: Callable[..., Coroutine[Any, Any, Any]]) -> Callable[..., Coroutine[Any, Any, Any]]:
        """Wrap a coroutine function that waits for a thread: time stands still meanwhile."""

        async def counted(*args: Any, **kwargs: Any) -> Any:
            self.real += 1
            try:
                return await work(*args, **kwargs)
            finally:
                self.real -= 1

        return counted

    def _sleeper(self, seconds: float) -> asyncio.Future[None]:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self.time + timedelta(seconds=max(0.0, seconds)), next(self._numbers), future))
        if self._driver is None or self._driver.done():
            self._driver = asyncio.create_task(self._drive(), name="simulated-clock")
        return future

    async def _drive(self) -> None:
        while self._sleepers:
            await asyncio.sleep(_GLANCE if self.real else self._patience)
            if self.real or _busy():
                continue
            at, _, future = heapq.heappop(self._sleepers)
            if not future.done():
                self.time = max(self.time, at)
                future.set_result(None)


async def _wait(event: Event) -> None:
    await event.wait()


def _busy() -> bool:
    """Tell whether the running loop has anything ready besides its caller."""
    ready: Any = getattr(asyncio.get_running_loop(), "_ready", ())
    return bool(ready)
