"""The upkeep of a running bot, put together: its pulse, the web side, and what both ask about it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime

from bot import i18n, metrics
from bot.config import Config
from bot.core.ports import Clock, Platform
from bot.store.sqlite import Store
from bot.topics.match import Matcher
from bot.upkeep.heart import Heart, Loop, Watchdog
from bot.web.server import Site, serve


class Caretaker:
    """Looks after the loops and platforms of one bot."""

    def __init__(
        self,
        config: Config,
        store: Store,
        matcher: Matcher,
        clock: Clock,
        loops: Mapping[str, Loop],
        platforms: Mapping[str, Platform],
    ) -> None:
        self._config = config
        self._store = store
        self._matcher = matcher
        self._clock = clock
        self._platforms = platforms
        self.heart = Heart(
            loops, config.database.with_name(config.database.name + ".alive"), clock, config.watch.stall_after
        )

    @contextlib.asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        """Watch over the event loop, and answer on the web side's port, while the context is open."""
        metrics.STARTED.set(self._clock.now().timestamp())
        async with contextlib.AsyncExitStack() as stack:
            stack.enter_context(Watchdog(self.heart, self._config.watch.stall_after))
            if self._config.web.port:
                site = Site(self._config.web, self, self._store.facts, self._page, self._clock)
                await stack.enter_async_context(serve(self._config.web, site))
            yield

    def start(self, group: asyncio.TaskGroup) -> Sequence[asyncio.Task[None]]:
        """Start what has to be done now and then; give the tasks, to be cancelled in the end."""
        return [group.create_task(self.heart.beat(), name="heart")]

    # -- what the web side asks ---------------------------------------------------------------------------------------

    def loops(self, now: datetime) -> Mapping[str, bool]:
        """Tell of each loop whether it has lately done what it is for."""
        return self.heart.alive(now)

    def platforms(self) -> Mapping[str, str]:
        """Tell of each platform what is wrong with it."""
        return dict.fromkeys(self._platforms, "")

    def disk(self) -> str:
        """Tell what is wrong with the disk."""
        return ""

    async def _page(self) -> str:
        return i18n.load(self._config.language)("status_operator")
