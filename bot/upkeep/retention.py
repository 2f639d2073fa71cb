"""Forgetting, in a task of its own: an hour between rounds, a breath between the short steps of a round."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Final, Protocol

import structlog

from bot import metrics
from bot.core.ports import Clock

log = structlog.get_logger()

EVERY: Final = 3600.0
"""Seconds between two rounds."""
BREATH: Final = 0.1
"""Seconds between two steps, in which others write."""


class PruneWork(Protocol):
    """What a step does, inside its transaction."""

    async def prune(self, now: datetime) -> Mapping[str, int]:
        """Take one step; give what was forgotten."""
        ...


class Shelves(Protocol):
    """The store, as retention sees it."""

    def begin(self) -> AbstractAsyncContextManager[PruneWork]:
        """Open a transaction."""
        ...


class Retention:
    """Forgets what is old."""

    def __init__(self, shelves: Shelves, clock: Clock) -> None:
        self._shelves = shelves
        self._clock = clock

    async def run(self) -> None:
        """Make rounds until cancelled; the first an hour after the start, when everything else has settled."""
        while True:
            await self._clock.sleep(EVERY)
            try:
                await self.round()
            except Exception as error:  # noqa: BLE001 -- the loop's edge: whatever the disk does, there is a next round
                log.warning("retention.failed", error=f"{type(error).__name__}: {error}")

    async def round(self) -> Mapping[str, int]:
        """Forget all that is old; give how many rows of what."""
        total: Counter[str] = Counter()
        while step := await self._step():
            total.update(step)
            metrics.PRUNED.add(by=sum(step.values()))
            await self._clock.sleep(BREATH)
        if total:
            log.info("retention.forgot", **total)
        return total

    async def _step(self) -> Mapping[str, int]:
        async with self._shelves.begin() as work:
            return await work.prune(self._clock.now())
