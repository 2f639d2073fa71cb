"""The upkeep of a running bot, put together: its pulse, its steward, its web side, and what these ask about it."""

from __future__ import annotations

import asyncio
import contextlib
import functools
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot import i18n, metrics, times
from bot.config import Config
from bot.core.ports import Clock, Platform
from bot.operators import Operators
from bot.sections import reveal
from bot.store.backup import back_up
from bot.store.sqlite import Store
from bot.topics.match import Matcher
from bot.upkeep import lost_topics
from bot.upkeep.backups import Backups
from bot.upkeep.heart import Heart, Loop, Watchdog
from bot.upkeep.ping import Ping
from bot.upkeep.retention import Retention
from bot.upkeep.steward import Manner, Steward
from bot.web import page
from bot.web.health import readiness


@dataclass(frozen=True, slots=True)
class Charge:
    """What the caretaker looks after. ``wake`` says that there is something to send."""

    config: Config
    store: Store
    matcher: Matcher
    operators: Operators
    clock: Clock
    loops: Mapping[str, Loop]
    platforms: Mapping[str, Platform]
    wake: Callable[[], None]


class Caretaker:
    """Looks after one bot."""

    def __init__(self, charge: Charge) -> None:
        config, clock = charge.config, charge.clock
        self._charge = charge
        beacon = config.database.with_name(config.database.name + ".alive")
        self.heart = Heart(charge.loops, beacon, clock, config.watch.stall_after)
        manner = Manner(charge.operators, i18n.load, config.language, config.timezone, config.watch.all_well)
        folder = config.database.parent
        copy = functools.partial(back_up, config.database)
        self._backups = Backups(copy, folder / "backups", config.backup.keep, clock)
        self.steward = Steward(
            charge.store, charge.platforms, manner, folder, clock, charge.wake, lambda: self._backups.trouble
        )

    @contextlib.asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        """Watch over the event loop, and answer on the web side's port, while the context is open."""
        charge, web = self._charge, self._charge.config.web
        metrics.STARTED.set(charge.clock.now().timestamp())
        async with contextlib.AsyncExitStack() as stack:
            stack.enter_context(Watchdog(self.heart, charge.config.watch.stall_after))
            if web.port:
                from bot.web.server import Site, serve  # noqa: PLC0415 -- many have no port: 30 ms and 3 MB less

                site = Site(web, self, charge.store.facts, self._page, charge.clock)
                await stack.enter_async_context(serve(web, site))
            yield

    def start(self, group: asyncio.TaskGroup) -> Sequence[asyncio.Task[None]]:
        """Start what has to be done now and then; give the tasks, to be cancelled in the end."""
        config = self._charge.config
        work = {"heart": self.heart.beat(), "steward": self.steward.run()}
        work["retention"] = Retention(self._charge.store, self._charge.clock).run()
        rules = [topic.key for topic in self._charge.matcher.rules]
        given = (self._charge.store, self._charge.platforms, rules, self._charge.clock, self._charge.wake)
        work["topics"] = lost_topics.keep_widening(*given)
        if url := reveal(config.watch.ping_url):
            work["ping"] = Ping(url, self.well, self._charge.clock).run()
        if config.backup.daily:
            work["backups"] = self._backups.run()
        return [group.create_task(task, name=name) for name, task in work.items()]

    async def well(self) -> bool:
        """Tell whether posts can flow."""
        charge = self._charge
        return readiness(self, await charge.store.facts.feeds(), charge.clock.now()).ready

    # -- what the web side asks ---------------------------------------------------------------------------------------

    def loops(self, now: datetime) -> Mapping[str, bool]:
        """Tell of each loop whether it has lately done what it is for."""
        return self.heart.alive(now)

    def platforms(self) -> Mapping[str, str]:
        """Tell of each platform what is wrong with it."""
        return self.steward.platforms

    def disk(self) -> str:
        """Tell what is wrong with the disk."""
        return self.steward.disk

    async def _page(self) -> str:
        """Write the status page, in the configuration's language and time zone."""
        charge, config, now = self._charge, self._charge.config, self._charge.clock.now()
        shift = now.astimezone(times.zone(config.timezone)).utcoffset() or timedelta()
        overview = await charge.store.facts.overview(now, shift)
        stalled = {name: "stalled" for name, alive in self.loops(now).items() if not alive}
        wrong = {name: text for name, text in {**self.platforms(), "disk": self.disk()}.items() if text} | stalled
        return page.write(overview, wrong, page.View(i18n.load(config.language), config.timezone, now, self._topic))

    def _topic(self, key: str, names: Mapping[str, str]) -> str:
        rule = next((each for each in self._charge.matcher.rules if each.key == key), None)
        return rule.name(self._charge.config.language) if rule else names.get(key, key)
