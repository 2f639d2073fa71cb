"""A store of posts in memory, as small as identity needs it: it applies decisions as the real one does."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.core.identity import Decision, decide, keys_of, lookup
from bot.core.models import KnownPost, Sighting

Decide = Callable[..., Decision]


@dataclass
class StoredPost:
    """What is kept of a post: all its keys (guids by feed), its newest title and gist, its first date."""

    published: datetime | None
    guids: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))
    links: set[str] = field(default_factory=set)
    prints: set[str] = field(default_factory=set)
    title: str = ""
    gist: str = ""


class Posts:
    """All posts of all feeds, and which of them stood in each feed's last document."""

    def __init__(self, decide_: Decide = decide) -> None:
        self.posts: dict[int, StoredPost] = {}
        self.feeds: dict[int, set[int]] = defaultdict(set)
        self.last: dict[int, set[int]] = {}
        self._index: dict[tuple[str, str], set[int]] = defaultdict(set)
        self._decide = decide_

    def known(self, feed: int, sightings: Sequence[Sighting]) -> list[KnownPost]:
        """Give what ``decide`` has to know."""
        last = self.last.get(feed, set())
        hits = [
            self._index.get((kind + (str(feed) if kind == "guid" else ""), value)) for kind, value in lookup(sightings)
        ]
        return [self._known(feed, number) for number in sorted(last.union(*(hit for hit in hits if hit)))]

    def _known(self, feed: int, number: int) -> KnownPost:
        post = self.posts[number]
        return KnownPost(
            id=number,
            guids=frozenset(post.guids.get(feed, ())),
            links=frozenset(post.links),
            prints=frozenset(post.prints),
            title=post.title,
            gist=post.gist,
            published=post.published,
            here=number in self.feeds[feed],
            in_last=number in self.last.get(feed, set()),
        )

    def look(self, sightings: Sequence[Sighting], now: datetime, feed: int = 1) -> Decision:
        """Decide about a document and store what was decided; an empty one after the baseline is an error, not news."""
        baseline = feed in self.last
        known = self.known(feed, sightings)
        decision = self._decide(feed_baseline=baseline, sightings=sightings, known=known, now=now)
        if baseline and not sightings:
            return decision
        self.last[feed] = set()
        self.last[feed].update(decision.unchanged)
        for number, sighting in (*decision.same, *decision.copies):
            self._see(feed, number, sighting)
        for sighting in (*decision.record, *decision.announce, *decision.held):
            number = len(self.posts) + 1
            self.posts[number] = StoredPost(sighting.published)
            self._see(feed, number, sighting)
        return decision

    def _see(self, feed: int, number: int, sighting: Sighting) -> None:
        post, keys = self.posts[number], keys_of(sighting)
        for kind, value, values in (
            (f"guid{feed}", keys.guid, post.guids[feed]),
            ("link", keys.link, post.links),
            ("print", keys.print, post.prints),
            ("title", keys.title, set[str]()),
        ):
            if value:
                values.add(value)
                self._index[kind, value].add(number)
        post.title, post.gist = keys.title, keys.gist
        self.feeds[feed].add(number)
        self.last[feed].add(number)
