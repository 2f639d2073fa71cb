"""What a document means for the store: decided, then written, inside the transaction of its look."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

import structlog

from bot.core.identity import Decision, Keys, decide, keys_of
from bot.core.models import Feed, Fetched, Filter, KnownPost, Post, Sighting, Verdict
from bot.topics.match import Matcher
from bot.topics.rules import category_key

log = structlog.get_logger()


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

    async def begin_document(self, feed_id: int, staying: Mapping[str, int]) -> None:
        """Forget what stood in the last good document, but for ``staying`` (slices, and which post each is)."""
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

    async def add_keys(self, feed_id: int, named: Iterable[tuple[int, Iterable[tuple[str, str]]]]) -> None:
        """Store keys under which a feed shows posts: (post id, keys) pairs."""
        ...

    async def add_slices(self, feed_id: int, seen: Iterable[tuple[int, Sighting]]) -> None:
        """Remember which post each entry of the last good document is: (post id, sighting) pairs."""
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


class UnreadError(Exception):
    """An entry that was not read again turns out to be needed: the whole document has to be read."""


class Recorder:
    """Writes what documents mean."""

    def __init__(self, matcher: Matcher) -> None:
        self._matcher = matcher

    async def record(self, work: LookWork, feed: Feed, look: Fetched, known: Sequence[KnownPost], now: datetime) -> int:
        """Store what a document means; give the number of posts that are to be pushed. Raises UnreadError."""
        decision = decide(feed_baseline=feed.baseline, sightings=look.sightings, known=known, now=now)
        _check_read(decision)
        await work.begin_document(feed.id, {each.slice: number for number, each in decision.same if each.known_as})
        await self._see_again(work, feed, decision, now)
        if decision.rekeyed:
            log.warning("watch.rekeyed", feed=feed.name, held=len(decision.held))
        recorded, announced, held = [
            [(await self._add(work, feed, sighting, now), sighting) for sighting in sightings]
            for sightings in (decision.record, decision.announce, decision.held)
        ]
        read = [(number, sighting) for number, sighting in decision.same if not sighting.known_as]
        await work.add_slices(feed.id, [*read, *recorded, *announced, *held])
        await work.add_categories(feed.id, _categories(decision))
        wanted = [*decision.joined, *(number for number, _ in announced)]
        await self._want(work, feed, wanted, now)
        await self._want(work, feed, [number for number, _ in held], now, held="rekeyed")
        return len(wanted)

    async def _see_again(self, work: LookWork, feed: Feed, decision: Decision, now: datetime) -> None:
        """Store what is new about known posts. An entry that was not read again says nothing new."""
        read = [(number, sighting, keys_of(sighting)) for number, sighting in decision.same if not sighting.known_as]
        await work.see_posts(feed.id, [(number, seen, _pairs(keys), keys.gist) for number, seen, keys in read], now)
        await work.add_keys(feed.id, [(post_id, _pairs(keys_of(sighting))) for post_id, sighting in decision.copies])

    async def _add(self, work: LookWork, feed: Feed, sighting: Sighting, now: datetime) -> int:
        keys = keys_of(sighting)
        return await work.add_post(feed.id, sighting, _pairs(keys), keys.gist, now)

    async def _want(self, work: LookWork, feed: Feed, ids: Sequence[int], now: datetime, *, held: str = "") -> None:
        if not ids:
            return
        filters = await work.filters(feed.id)
        for post in await work.posts(ids):
            await work.want(post.id, feed.id, self._matcher.match(post, filters), now, held=held)


def _check_read(decision: Decision) -> None:
    """Make sure that every entry that was not read again is still the post that it was."""
    unread = [sighting for sighting in (*decision.record, *decision.announce, *decision.held) if sighting.known_as]
    moved = [number for number, sighting in decision.same if sighting.known_as not in {None, number}]
    if unread or moved:
        raise UnreadError


def _pairs(keys: Keys) -> tuple[tuple[str, str], ...]:
    pairs = (("guid", keys.guid), ("link", keys.link), ("print", keys.print), ("title", keys.title))
    return tuple((kind, value) for kind, value in pairs if value)


def _categories(decision: Decision) -> list[tuple[str, str]]:
    sightings = (*decision.record, *decision.announce, *decision.held)
    return [(category_key(tag), tag) for sighting in sightings for tag in sighting.tags]
