"""What a document means for the store: decided, then written, inside the transaction of its look."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

import structlog

from bot.core.edits import EDITS_FOR
from bot.core.identity import Decision, Keys, decide, keys_of, lookup
from bot.core.lack import Lack, lacking
from bot.core.models import Feed, Fetched, Filter, Known, Post, Remembered, Sighting, Sightings, Verdict
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

    async def feeds_again(self, ids: Sequence[int]) -> Sequence[Feed]:
        """Read feeds again, as they are now."""
        ...

    async def save_feeds(self, feeds: Iterable[Feed]) -> None:
        """Store what looks changed about their feeds."""
        ...

    async def known(self, feed_id: int, keys: Iterable[tuple[str, str]], unread: Sequence[Sighting] = ()) -> Known:
        """Give every post that shares a key with a document, and every post of the feed's last good one.

        Entries that were not read again (``unread``) speak for their posts.
        """
        ...

    async def begin_document(self, feed_id: int, staying: Collection[int]) -> None:
        """Forget which posts stood in the last good document, but for those that stay."""
        ...

    async def leave(self, feed_id: int, posts: Iterable[int]) -> None:
        """Forget of posts that they stood in the last good document."""
        ...

    async def add_post(
        self,
        feed_id: int,
        sighting: Sighting,
        keys: Iterable[tuple[str, str]],
        gist: str,
        now: datetime,
        *,
        lent: Lack = Lack.NOTHING,
    ) -> int:
        """Store a post that was never seen anywhere; give its id. ``lent`` is what its own page says, not its feed."""
        ...

    async def see_posts(
        self, feed_id: int, seen: Sequence[tuple[int, Sighting, Sequence[tuple[str, str]], str]], now: datetime
    ) -> Mapping[int, datetime]:
        """Store that known posts were seen again: (id, sighting, keys, gist) of each. Messages about them are edited.

        Give those that had neither title nor text until now, and have now, each with when it was first seen.
        """
        ...

    async def add_keys(self, feed_id: int, named: Iterable[tuple[int, Iterable[tuple[str, str]]]]) -> None:
        """Store keys under which a feed shows posts: (post id, keys) pairs."""
        ...

    async def mark_old(self, feed_id: int, posts: Sequence[int]) -> None:
        """Remember that posts were no news when this feed showed them first."""
        ...

    async def remember(self, feed_id: int, entries: str) -> None:
        """Remember which post each entry of the last good document is, as ``Remembered.renewed`` writes it."""
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

    async def add_flood(self, feed_id: int, posts: int, now: datetime) -> int:
        """Remember that so many new posts came at once; give the flood's id."""
        ...

    async def want(
        self,
        post_id: int,
        feed_id: int,
        verdicts: Mapping[int, Verdict],
        now: datetime,
        *,
        held: str = "",
        flood: int | None = None,
    ) -> None:
        """Decide a post's deliveries; ``held`` is why they wait for the operator, ``flood`` the one they came in."""
        ...


async def known_of(work: LookWork, feed_id: int, sightings: Sequence[Sighting]) -> Known:
    """Give the stored posts that ``decide`` needs about a document."""
    document = Sightings.of(sightings)
    return await work.known(feed_id, lookup(document.read), document.unread)


async def news(work: LookWork, feed_id: int, sightings: Sequence[Sighting], now: datetime) -> Sequence[Sighting]:
    """Tell which entries of a document would be announced, in the order of delivery; nothing is written."""
    feed = await work.feed(feed_id)
    if feed is None or not feed.baseline:
        return ()
    known = await known_of(work, feed_id, sightings)
    return decide(feed_baseline=True, sightings=sightings, known=known, now=now).announce


@dataclass(frozen=True, slots=True)
class Found:
    """What comes of a document: the posts to be pushed, and when it is to be read again though it did not change."""

    news: Sequence[int] = ()
    again: datetime | None = None


NOTHING: Final = Found()


class Recorder:
    """Writes what documents mean.

    A draft that leaked with neither title nor text, and becomes a post within ``edits_for``, is news for the chats that
    want it and did not get it as it was.
    """

    def __init__(self, matcher: Matcher, *, hold_floods: bool, edits_for: timedelta = EDITS_FOR) -> None:
        self._matcher = matcher
        self._hold_floods = hold_floods
        self._edits_for = edits_for

    async def record(self, work: LookWork, feed: Feed, look: Fetched, known: Known, now: datetime) -> Found:
        """Store what a document means; give what comes of it."""
        decision = decide(
            feed_baseline=feed.baseline, sightings=look.sightings, known=known, now=now, window=look.window
        )
        unchanged = frozenset(decision.unchanged)
        await work.leave(feed.id, known.last - unchanged)
        filled = await self._see_again(work, feed, decision, now)
        if decision.rekeyed:
            log.warning("watch.rekeyed", feed=feed.name, feed_id=feed.id, held=len(decision.held))
        recorded, announced, held = [
            [(await self._add(work, feed, look, sighting, now), sighting) for sighting in sightings]
            for sightings in (decision.record, decision.announce, decision.held)
        ]
        old = [number for number, _ in (*(() if feed.baseline else decision.same), *recorded)]
        if old:
            await work.mark_old(feed.id, old)
        placed = [*decision.same, *recorded, *announced, *held]
        if look.window is not None:
            # What stands on further pages is not missed when the next look sees the first one only.
            placed = [(number, each) for number, each in placed if each.position < look.window]
            await work.begin_document(feed.id, unchanged.union(number for number, _ in placed))
        staying = Sightings.of(look.sightings).unread.being(unchanged)
        await work.remember(feed.id, Remembered.renewed(staying, placed))
        if categories := _categories(decision):
            await work.add_categories(feed.id, categories)
        again = [*filled, *decision.joined]
        wanted = [*(await work.posts(again) if again else ()), *_posts(feed, look, announced, now)]
        flood = await work.add_flood(feed.id, len(wanted), now) if decision.flood and self._hold_floods else None
        await self._want(work, feed, wanted, now, flood=flood)
        await self._want(work, feed, _posts(feed, look, held, now), now, held="rekeyed")
        # When it is whole its server may still call it unchanged; once, since some always break off.
        anew = now if look.is_cut and look.body_hash != feed.body_hash else decision.again
        return Found(tuple(post.id for post in wanted), anew)

    async def _see_again(self, work: LookWork, feed: Feed, decision: Decision, now: datetime) -> Sequence[int]:
        """Store what was seen again; give the drafts that have become posts, and are news."""
        if not (decision.same or decision.copies):
            return ()
        read = [(number, sighting, keys_of(sighting)) for number, sighting in decision.same]
        known = [(number, seen, _pairs(keys), keys.gist) for number, seen, keys in read]
        filled = await work.see_posts(feed.id, known, now)
        if decision.copies:
            copies = [(post_id, _pairs(keys_of(sighting))) for post_id, sighting in decision.copies]
            await work.add_keys(feed.id, copies)
        return sorted(number for number, seen in filled.items() if now - seen < self._edits_for)

    async def _add(self, work: LookWork, feed: Feed, look: Fetched, sighting: Sighting, now: datetime) -> int:
        # Its keys are those under which the feed shows it, or the next look would not recognise it.
        keys, shown = keys_of(sighting), look.completed.get(sighting.position, sighting)
        lent = Lack.NOTHING if shown is sighting else lacking(sighting) & ~lacking(shown)
        return await work.add_post(feed.id, shown, _pairs(keys), keys.gist, now, lent=lent)

    async def _want(
        self,
        work: LookWork,
        feed: Feed,
        posts: Sequence[Post],
        now: datetime,
        *,
        held: str = "",
        flood: int | None = None,
    ) -> None:
        if not posts:
            return
        filters = await work.filters(feed.id)
        for post in posts:
            await work.want(post.id, feed.id, self._matcher.match(post, filters), now, held=held, flood=flood)


def _posts(feed: Feed, look: Fetched, added: Iterable[tuple[int, Sighting]], now: datetime) -> Sequence[Post]:
    """Give the posts that were just stored, as they would be read."""
    shown = ((number, look.completed.get(each.position, each)) for number, each in added)
    return [
        Post(
            number,
            number,
            each.title,
            each.link,
            each.doc,
            each.summary,
            each.published,
            now,
            each.tags,
            each.authors,
            each.image,
            (feed.id,),
        )
        for number, each in shown
    ]


def _pairs(keys: Keys) -> tuple[tuple[str, str], ...]:
    pairs = (("guid", keys.guid), ("link", keys.link), ("print", keys.print), ("title", keys.title))
    return tuple((kind, value) for kind, value in pairs if value)


def _categories(decision: Decision) -> list[tuple[str, str]]:
    sightings = (*decision.record, *decision.announce, *decision.held)
    return [(category_key(tag), tag) for sighting in sightings for tag in sighting.tags]
