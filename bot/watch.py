"""The loop that looks: fetch -> decide -> store.

What a look found is decided and stored in one transaction: posts, deliveries, validators and the next check together,
so that nothing is seen without being owed, and nothing owed twice.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, Protocol

import structlog

from bot import failpoint
from bot.core import schedule
from bot.core.identity import Decision, Keys, decide, keys_of, lookup
from bot.core.models import Failed, Feed, Fetched, Filter, KnownPost, Look, Post, Sighting, Trouble, Verdict
from bot.core.ports import Clock, Source
from bot.core.trouble import TroubleName
from bot.topics.match import Matcher
from bot.topics.rules import category_key

log = structlog.get_logger()

AT_ONCE: Final = 64
"""Feeds looked at together."""
LONGEST_REST: Final = 60.0
"""Seconds after which the database is asked again even if nobody called: another process may have added a feed."""


class LookWork(Protocol):
    """What a look reads and writes, inside its transaction."""

    async def feed(self, feed_id: int) -> Feed | None:
        """Read a feed again, as it is now."""
        ...

    async def save_feed(self, feed: Feed) -> None:
        """Store what a look changed about its feed."""
        ...

    async def known(self, feed_id: int, keys: Iterable[tuple[str, str]]) -> Sequence[KnownPost]:
        """Give every post that shares a key with a document, and every post of the feed's last good one."""
        ...

    async def begin_document(self, feed_id: int) -> None:
        """Forget which posts stood in the last good document."""
        ...

    async def add_post(
        self, feed_id: int, sighting: Sighting, keys: Iterable[tuple[str, str]], gist: str, now: datetime
    ) -> int:
        """Store a post that was never seen anywhere; give its id."""
        ...

    async def see_posts(
        self, feed_id: int, seen: Sequence[tuple[int, Sighting, Sequence[tuple[str, str]], str]], now: datetime
    ) -> None:
        """Store that known posts were seen again: (id, sighting, keys, gist) of each."""
        ...

    async def add_categories(self, feed_id: int, named: Iterable[tuple[str, str]]) -> None:
        """Count the categories of new posts: (key, name) pairs."""
        ...

    async def filters(self, feed_id: int) -> Sequence[Filter]:
        """Give the distinct filters of a feed's subscriptions."""
        ...

    async def posts(self, ids: Sequence[int]) -> Sequence[Post]:
        """Read posts by id, in the order of the ids."""
        ...

    async def want(
        self, post_id: int, feed_id: int, verdicts: Mapping[int, Verdict], now: datetime, *, held: str = ""
    ) -> None:
        """Decide a post's deliveries; ``held`` is why they wait for the operator."""
        ...


class Looks(Protocol):
    """The store, as this loop sees it."""

    def begin(self) -> AbstractAsyncContextManager[LookWork]:
        """Open a transaction."""
        ...

    async def due_feeds(self, now: datetime, limit: int) -> Sequence[Feed]:
        """Give the active feeds whose next check has come."""
        ...

    async def next_check(self) -> datetime | None:
        """Tell when the next feed is due."""
        ...


class Watch:
    """Looks at every feed when it is due."""

    def __init__(self, store: Looks, source: Source, matcher: Matcher, clock: Clock, found: Callable[[], None]) -> None:
        self._store = store
        self._source = source
        self._matcher = matcher
        self._clock = clock
        self._found = found
        self._looking: dict[int, asyncio.Task[Trouble | None]] = {}
        self._wake = asyncio.Event()
        self._turned = clock.now()

    def alive(self, now: datetime) -> bool:
        """Tell whether the loop has turned lately."""
        return now - self._turned < 3 * timedelta(seconds=LONGEST_REST)

    def held(self, feed: Feed) -> bool:
        """Tell whether a feed's server asked to be left alone for now."""
        until = schedule.held_until(feed)
        return until is not None and until > self._clock.now()

    async def run(self) -> None:
        """Look at what is due, until cancelled."""
        try:
            while True:
                self._wake.clear()
                now = self._turned = self._clock.now()
                for feed in await self._store.due_feeds(now, AT_ONCE + len(self._looking)):
                    if len(self._looking) < AT_ONCE:
                        self._start(feed)
                await self._clock.wait(self._wake, await self._rest())
        finally:
            for task in self._looking.values():
                task.cancel()

    async def look_at(self, feeds: Sequence[Feed]) -> None:
        """Look at some feeds once, at most ``AT_ONCE`` together."""
        waiting = list(feeds)
        while waiting or self._looking:
            while waiting and len(self._looking) < AT_ONCE:
                self._start(waiting.pop(0))
            await asyncio.wait(list(self._looking.values()), return_when=asyncio.FIRST_COMPLETED)

    async def look_now(self, feed_id: int) -> Trouble | None:
        """Look at a feed at once, and give its trouble, if any."""
        async with self._store.begin() as work:
            feed = await work.feed(feed_id)
        return None if feed is None else await self._start(feed)

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
        look = await self._source.look(feed)
        failpoint.reach("fetched")
        while True:
            try:
                return await self._store_look(feed, look)
            except Exception as error:  # noqa: BLE001 -- the loop's edge: what cannot be stored was not seen
                log.warning("watch.store_failed", feed=feed.name, error=f"{type(error).__name__}: {error}")
                await self._clock.sleep(LONGEST_REST / 2)

    async def _store_look(self, feed: Feed, look: Look) -> Trouble | None:
        now = self._clock.now()
        async with self._store.begin() as work:
            current = await work.feed(feed.id)
            if current is None or current.url != feed.url:
                return None
            news = 0
            if isinstance(look, Fetched):
                known = await work.known(feed.id, lookup(look.sightings))
                if not look.sightings and any(post.in_last for post in known):
                    look = Failed(TroubleName.NO_ENTRIES, "no entries where there were some before", look.info)
                else:
                    news = await self._apply(work, current, look, known, now)
            settled = _settled(current, look, news, now)
            await work.save_feed(settled)
            failpoint.reach("decided")
        failpoint.reach("committed")
        self._report(settled, current, news)
        if news:
            self._found()
        return settled.trouble

    def _report(self, settled: Feed, before: Feed, news: int) -> None:
        trouble = settled.trouble
        if trouble is not None:
            log.warning(
                "watch.failed", feed=settled.name, trouble=trouble.name, cause=trouble.cause, times=trouble.count
            )
        elif before.trouble is not None:
            log.info("watch.recovered", feed=settled.name)
        if news:
            log.info("watch.new", feed=settled.name, posts=news)

    async def _apply(self, work: LookWork, feed: Feed, look: Fetched, known: Sequence[KnownPost], now: datetime) -> int:
        """Store what a document means; give the number of posts that are to be pushed."""
        decision = decide(feed_baseline=feed.baseline, sightings=look.sightings, known=known, now=now)
        await work.begin_document(feed.id)
        same = [(post_id, sighting, keys_of(sighting)) for post_id, sighting in decision.same]
        await work.see_posts(feed.id, [(number, seen, _pairs(keys), keys.gist) for number, seen, keys in same], now)
        for sighting in decision.record:
            await self._add(work, feed, sighting, now)
        announced = [await self._add(work, feed, sighting, now) for sighting in decision.announce]
        held = [await self._add(work, feed, sighting, now) for sighting in decision.held]
        await work.add_categories(feed.id, _categories(decision))
        wanted = [*decision.joined, *announced]
        filters = await work.filters(feed.id) if wanted or held else ()
        for post in await work.posts(wanted):
            await work.want(post.id, feed.id, self._matcher.match(post, filters), now)
        for post in await work.posts(held):
            await work.want(post.id, feed.id, self._matcher.match(post, filters), now, held="rekeyed")
        return len(wanted)

    async def _add(self, work: LookWork, feed: Feed, sighting: Sighting, now: datetime) -> int:
        keys = keys_of(sighting)
        return await work.add_post(feed.id, sighting, _pairs(keys), keys.gist, now)


def _settled(feed: Feed, look: Look, news: int, now: datetime) -> Feed:
    """Give a feed as a look leaves it."""
    plan = schedule.next_check(feed, look, now, new=news, jitter=random.random())
    feed = replace(
        feed,
        next_check=plan.next_check,
        pace=plan.pace,
        trouble=plan.trouble,
        url=plan.url or feed.url,
        last_check=now,
        last_new=now if news else feed.last_new,
    )
    if isinstance(look, Failed):
        return feed
    feed = replace(feed, validators=look.info.validators, last_ok=now)
    if isinstance(look, Fetched):
        feed = replace(
            feed,
            baseline=True,
            body_hash=look.body_hash,
            title=look.title or feed.title,
            home=look.home or feed.home,
            language=look.language or feed.language,
        )
    return feed


def _pairs(keys: Keys) -> tuple[tuple[str, str], ...]:
    pairs = (("guid", keys.guid), ("link", keys.link), ("print", keys.print), ("title", keys.title))
    return tuple((kind, value) for kind, value in pairs if value)


def _categories(decision: Decision) -> list[tuple[str, str]]:
    sightings = (*decision.record, *decision.announce, *decision.held)
    return [(category_key(tag), tag) for sighting in sightings for tag in sighting.tags]
