"""Looks that found nothing new, stored together: one transaction for all that came while the last one was written."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Coroutine
from typing import Any, Protocol, TypeAlias, TypeVar

from bot.core import schedule
from bot.core.models import Feed, NotModified
from bot.core.ports import Clock
from bot.watch.record import LookWork

Result = TypeVar("Result")
Kept: TypeAlias = dict[int, tuple[Feed, Feed]]
"""Feeds before and after a look, by id."""


class Writes(Protocol):
    """What runs a transaction."""

    async def together(self, work: Callable[[LookWork], Coroutine[Any, Any, Result]]) -> Result:
        """Run a transaction that awaits nothing else."""
        ...


class Quiet:
    """Stores validators and next checks of unchanged feeds."""

    def __init__(self, store: Writes, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._waiting: dict[int, tuple[Feed, NotModified]] = {}
        self._writing: asyncio.Task[Kept] | None = None
        self._next: asyncio.Task[Kept] | None = None

    async def keep(self, feed: Feed, look: NotModified) -> tuple[Feed, Feed] | None:
        """Store a look; give the feed before and after, or None where it is no longer the same feed.

        Raises what the store raises; then nothing of the look is stored.
        """
        self._waiting[feed.id] = (feed, look)
        if self._next is None:
            self._next = asyncio.create_task(self._write(self._writing), name="store-quiet-looks")
        return (await asyncio.shield(self._next)).get(feed.id)

    async def _write(self, before: asyncio.Task[Kept] | None) -> Kept:
        if before is not None:
            await asyncio.wait([before])
        self._writing, self._next = self._next, None
        looks, self._waiting = self._waiting, {}
        return await self._store.together(lambda work: self._settle(work, looks))

    async def _settle(self, work: LookWork, looks: dict[int, tuple[Feed, NotModified]]) -> Kept:
        now = self._clock.now()
        current = {feed.id: feed for feed in await work.feeds_again(list(looks))}
        kept = {
            number: (current[number], schedule.settle(current[number], look, now=now, jitter=random.random()))
            for number, (feed, look) in looks.items()
            if number in current and current[number].url == feed.url
        }
        await work.save_feeds(after for _, after in kept.values())
        return kept
