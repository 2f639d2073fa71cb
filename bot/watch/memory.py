"""The store as looking sees it, and what of it a source may ask while it looks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar

from bot.core.identity import lookup
from bot.core.models import Feed, Remembered, Sighting
from bot.core.ports import Clock
from bot.watch.record import LookWork, news

Result = TypeVar("Result")


class Looks(Protocol):
    """The store, as the loop sees it."""

    def begin(self) -> AbstractAsyncContextManager[LookWork]:
        """Open a transaction."""
        ...

    async def together(self, work: Callable[[LookWork], Coroutine[Any, Any, Result]]) -> Result:
        """Run a transaction that awaits nothing else, together with others that come at the same time."""
        ...

    async def due_feeds(self, now: datetime, limit: int) -> Sequence[Feed]:
        """Give the active feeds whose next check has come."""
        ...

    async def set_feeds_back(self, now: datetime, by: timedelta) -> None:
        """Keep feeds' waits as long as they were, where the clock was set back by more than so much."""
        ...

    async def next_check(self) -> datetime | None:
        """Tell when the next feed is due."""
        ...

    async def knows(self, feed_id: int, keys: Iterable[tuple[str, str]]) -> bool:
        """Tell whether any of these keys is that of a post that this feed has shown."""
        ...

    async def slices(self, feeds: Sequence[int]) -> Mapping[int, Remembered]:
        """Give what is remembered of the entries of feeds' last good documents."""
        ...


@dataclass(frozen=True, slots=True)
class FeedMemory:
    """``core.ports.Memory`` of one feed, over the store."""

    _store: Looks
    _feed_id: int
    _clock: Clock
    _slices: Callable[[], Awaitable[Remembered]]

    async def slices(self) -> Remembered:
        """Give what is remembered of the entries of the last good document."""
        return await self._slices()

    async def knows(self, sightings: Sequence[Sighting]) -> bool:
        """Tell whether any of these is a post that this feed has shown."""
        if any(each.known_as is not None for each in sightings):
            return True
        return await self._store.knows(self._feed_id, [key for key in lookup(sightings) if key[0] != "title"])

    async def news(self, sightings: Sequence[Sighting]) -> Sequence[Sighting]:
        """Give those that would be news."""
        return await self._store.together(lambda work: news(work, self._feed_id, sightings, self._clock.now()))
