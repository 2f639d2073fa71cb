"""The loop that looks: fetch -> decide -> store.

What a look found is decided and stored in one transaction: posts, deliveries, validators and the next check together,
so that nothing is seen without being owed, and nothing owed twice.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import structlog

from bot import failpoint, i18n, metrics
from bot.core import schedule
from bot.core.counting import as_it_counts
from bot.core.edits import EDITS_FOR
from bot.core.errors import StoreError
from bot.core.models import Failed, Feed, Fetched, Look, NotModified, Trouble
from bot.core.ports import Clock, Source
from bot.core.pulse import SET_BACK, Pulse
from bot.core.trouble import TroubleName
from bot.log import clean
from bot.topics.match import Matcher
from bot.watch.company import Company
from bot.watch.memory import FeedMemory, Looks
from bot.watch.quiet import Quiet
from bot.watch.record import NOTHING, Found, LookWork, Recorder, known_of
from bot.watch.reminder import Reminder

log = structlog.get_logger()

AT_ONCE: Final = 64
"""Feeds looked at together."""
STORE_PAUSE: Final = 30.0
"""Seconds between two tries to store what a look found."""
LONGEST_REST: Final = 60.0
"""Seconds after which the database is asked again even if nobody called: another process may have added a feed."""


class Watch:
    """Looks at every feed when it is due."""

    def __init__(
        self,
        store: Looks,
        source: Source,
        matcher: Matcher,
        clock: Clock,
        found: Callable[[], None],
        *,
        hold_floods: bool = True,
        edits_for: timedelta = EDITS_FOR,
        bounds: schedule.Bounds = schedule.USUAL,
    ) -> None:
        self._store = store
        self._source = source
        self._recorder = Recorder(matcher, hold_floods=hold_floods, edits_for=edits_for)
        self._bounds = bounds
        self._quiet = Quiet(store, clock, bounds)
        self._reminder = Reminder(store, clock)
        self._company = Company(clock)
        self._clock = clock
        self._found = found
        self._looking: dict[int, asyncio.Task[Trouble | None]] = {}
        self._wake = asyncio.Event()
        self._begun = False
        self.pulse = Pulse.first(clock.now(), timedelta(seconds=3 * LONGEST_REST))

    def held(self, feed: Feed) -> bool:
        """Tell whether a feed's server asked to be left alone for now."""
        until = schedule.held_until(feed)
        return until is not None and until > self._clock.now()

    async def run(self) -> None:
        """Look at what is due, until cancelled. A database that cannot be read stops the looking, not the loop."""
        try:
            while True:
                self._wake.clear()
                self.pulse = self.pulse.tries(self._clock.now())
                try:
                    rest = await self._turn()
                except Exception as error:  # noqa: BLE001 -- the loop's edge: whatever the disk does, it is tried again
                    log.warning("watch.stalled", error=_said(error))
                    rest = STORE_PAUSE
                await self._clock.wait(self._wake, rest)
        finally:
            for task in self._looking.values():
                task.cancel()
            await asyncio.gather(*self._looking.values(), return_exceptions=True)

    async def _turn(self) -> float:
        """Start what is due; give the seconds until something may be due again."""
        now = self._clock.now()
        if not self._begun or self.pulse.set_back(now):
            # While the program was down, or just now.
            await self._store.set_feeds_back(now, SET_BACK)
            self._begun = True
        for feed in await self._store.due_feeds(now, AT_ONCE + len(self._looking)):
            if len(self._looking) < AT_ONCE:
                self._start(feed)
        rest = await self._rest()
        self.pulse = self.pulse.turns(now)
        return rest

    async def look_at(self, feeds: Sequence[Feed]) -> None:
        """Look at some feeds once, at most ``AT_ONCE`` together. Raises StoreError where that cannot be stored."""
        room = asyncio.Semaphore(AT_ONCE)

        async def look(feed: Feed) -> None:
            async with room:
                await self._keep(feed, await self._fetch(feed))

        for result in await asyncio.gather(*map(look, feeds), return_exceptions=True):
            if isinstance(result, BaseException):
                raise result

    async def look_now(self, feed_id: int) -> Trouble | None:
        """Look at a feed at once, and give its trouble, if any. A server that asked for rest is not asked again."""
        async with self._store.begin() as work:
            feed = await work.feed(feed_id)
        if feed is None:
            return None
        return feed.trouble if self.held(feed) else await asyncio.shield(self._start(feed))

    def wake(self) -> None:
        """Say that a feed may have become due."""
        self._wake.set()

    def _start(self, feed: Feed) -> asyncio.Task[Trouble | None]:
        task = self._looking.get(feed.id)
        if task is None:
            task = asyncio.create_task(self._look(feed), name=f"look-{feed.id}")
            self._looking[feed.id] = task
            task.add_done_callback(lambda _: self._ended(feed.id))
        return task

    def _ended(self, feed_id: int) -> None:
        del self._looking[feed_id]
        self._wake.set()

    async def _rest(self) -> float:
        if len(self._looking) >= AT_ONCE:
            return LONGEST_REST
        due = await self._store.next_check()
        if due is None or self._looking:
            # A feed under way stays due until it is stored: its end wakes this loop.
            return LONGEST_REST if due is None else 1.0
        return min(LONGEST_REST, max(0.0, (due - self._clock.now()).total_seconds()))

    async def _look(self, feed: Feed) -> Trouble | None:
        """Look at a feed and store that, however long the disk refuses: the blog is not asked again meanwhile."""
        look = await self._fetch(feed)
        while True:
            try:
                return await self._keep(feed, look)
            except StoreError:
                await self._clock.sleep(STORE_PAUSE)

    async def _fetch(self, feed: Feed) -> Look:
        try:
            with self._company.coming(), self._reminder.coming(feed.id) as slices:
                asked = schedule.afresh(feed, self._clock.now())
                look = await self._source.look(asked, FeedMemory(self._store, feed.id, self._clock, slices))
        except Exception as error:  # noqa: BLE001 -- a fault of ours is one feed's trouble, and nobody else's
            log.warning("watch.fault", feed=feed.name, feed_id=feed.id, error=_said(error))
            look = Failed(TroubleName.POISONED, f"a fault while reading it: {type(error).__name__}")
        metrics.looked(look)
        failpoint.reach("fetched")
        return look

    async def _keep(self, feed: Feed, look: Look) -> Trouble | None:
        """Store a look. Where only this one cannot be stored, the fault is ours and becomes the feed's trouble."""
        fault = ""
        if not isinstance(look, NotModified):
            await self._company.join()
        for each in (look, look, Failed(TroubleName.POISONED, "a fault while judging what it shows")):
            try:
                return await self._store_look(feed, each)
            except StoreError as error:
                # The disk, not the look: what it found stays news, and the blog is in no trouble.
                log.warning("watch.store_failed", feed=feed.name, feed_id=feed.id, error=_said(error))
                raise
            except Exception as error:  # noqa: BLE001 -- the loop's edge: what cannot be stored was not seen
                fault = _said(error)
                log.warning("watch.store_failed", feed=feed.name, feed_id=feed.id, error=fault)
        msg = f"what {clean(feed.name)} shows cannot be stored ({fault}); check the disk"
        raise StoreError(msg)

    async def _store_look(self, feed: Feed, look: Look) -> Trouble | None:
        if isinstance(look, NotModified):
            kept = await self._quiet.keep(feed, look)
            if kept is not None:
                self._report(kept[1], kept[0], ())
            return None
        stored = await self._store.together(lambda work: self._decide(work, feed, look))
        failpoint.reach("committed")
        if stored is None:
            return None
        settled, before, news = stored
        self._report(settled, before, news)
        if news:
            self._found()
        return settled.trouble

    async def _decide(
        self, work: LookWork, feed: Feed, look: Failed | Fetched
    ) -> tuple[Feed, Feed, Sequence[int]] | None:
        """Decide and write what a look means; give the feed after and before it, and the posts that are news.

        None where it is no longer the same feed.
        """
        now, found = self._clock.now(), NOTHING
        current = await work.feed(feed.id)
        if current is None or current.url != feed.url:
            return None
        if isinstance(look, Fetched):
            known = await known_of(work, feed.id, look.sightings)
            judged = as_it_counts(current, look, known.last)
            if isinstance(judged, Fetched):
                found = await self._recorder.record(work, current, look, known, now)
            look = judged
        settled = self._settle(current, look, now, found)
        await work.save_feed(settled)
        failpoint.reach("decided")
        return settled, current, found.news

    def _settle(self, feed: Feed, look: Look, now: datetime, found: Found) -> Feed:
        new, jitter = len(found.news), random.random()
        return schedule.settle(feed, look, now=now, new=new, again=found.again, jitter=jitter, bounds=self._bounds)

    def _report(self, settled: Feed, before: Feed, news: Sequence[int]) -> None:
        trouble = settled.trouble
        if trouble is None and before.trouble is None and not news:
            return
        about: dict[str, Any] = {"feed": settled.name, "feed_id": settled.id}
        if trouble is not None:
            about |= {"trouble": trouble.name, "cause": trouble.cause, "times": trouble.count}
            log.warning("watch.failed", **about, remedy=i18n.remedy(i18n.load("en"), trouble.name))
        elif before.trouble is not None:
            log.info("watch.recovered", **about)
        if news:
            log.info("watch.new", **about, posts=news)


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
