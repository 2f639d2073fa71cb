"""Looks that found nothing new, stored together: one transaction for all that come within a moment.

A commit costs more than all that a look has to store, and nobody waits for it: were it lost, the look would be made
again.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import Any, Final, Protocol, TypeAlias, TypeVar

from bot.core import schedule
from bot.core.models import Feed, NotModified
from bot.core.ports import Clock
from bot.watch.record import LookWork

MOMENT: Final = 0.05
"""Seconds."""

Result = TypeVar("Result")
Kept: TypeAlias = dict[int, tuple[Feed, Feed]]
"""Feeds before and after a look, by id."""
_Looks: TypeAlias = dict[int, tuple[Feed, NotModified, datetime]]


class Writes(Protocol):
    """What runs a transaction."""

    async def together(self, work: Callable[[LookWork], Coroutine[Any, Any, Result]]) -> Result:
        """Run a transaction that awaits nothing else."""
        ...


class Quiet:
    """Stores validators and next checks of unchanged feeds."""

    def __init__(self, store: Writes, clock: Clock, bounds: schedule.Bounds) -> None:
        self._store = store
        self._clock = clock
        self._bounds = bounds
        self._waiting: _Looks = {}
        self._writing: asyncio.Task[Kept] | None = None
        self._next: asyncio.Task[Kept] | None = None

    async def keep(self, feed: Feed, look: NotModified) -> tuple[Feed, Feed] | None:
        """Store a look; give the feed before and after, or None where it is no longer the same feed.

        Raises what the store raises; then nothing of the look is stored.
        """
        self._waiting[feed.id] = (feed, look, self._clock.now())
        if self._next is None:
            self._next = asyncio.create_task(self._write(self._writing), name="store-quiet-looks")
        return (await asyncio.shield(self._next)).get(feed.id)

    async def _write(self, before: asyncio.Task[Kept] | None) -> Kept:
        await self._clock.sleep(MOMENT)
        if before is not None:
            await asyncio.wait([before])
        self._writing, self._next = self._next, None
        looks, self._waiting = self._waiting, {}
        return await self._store.together(lambda work: self._settle(work, looks))

    async def _settle(self, work: LookWork, looks: _Looks) -> Kept:
        current = {feed.id: feed for feed in await work.feeds_again(list(looks))}
        kept = {
            number: (current[number], self._settled(current[number], look, now))
            for number, (feed, look, now) in looks.items()
            if number in current and current[number].url == feed.url
        }
        await work.save_feeds(after for _, after in kept.values())
        return kept

    def _settled(self, feed: Feed, look: NotModified, now: datetime) -> Feed:
        return schedule.settle(feed, look, now=now, jitter=random.random(), bounds=self._bounds)
