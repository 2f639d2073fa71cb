"""A bot that does not read again what it knows, as the product looks: entries in columns, and few stored posts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from bot.core.identity import Decision, decide, keys_of, lookup
from bot.core.keys import title_key
from bot.core.models import Known, KnownPost, Sighting, Sightings


def spare(sightings: Sequence[Sighting], known: Sequence[KnownPost]) -> tuple[Sightings, Known]:
    """Give what the product's ``decide`` gets where the store has these posts.

    With their keys come those that share one with an entry that is read; without, what else stood in the last document
    and for which no entry speaks.
    """
    document = Sightings.of(sightings)
    wanted, spoken = set(lookup(document.read)), set(document.unread.posts)
    named = [post for post in known if wanted.intersection(_keys(post))]
    hit = {post.id for post in named}
    others = [post for post in known if post.in_last and post.id not in hit | spoken]
    last = {post.id for post in known if post.in_last}
    bare = [post._replace(guids=frozenset(), links=frozenset(), prints=frozenset(), named=False) for post in others]
    return document, Known([*named, *bare], document.unread.being(last - hit))


def untouched(document: Sightings) -> bool:
    """Tell whether nobody asked for any of the entries that were not read again."""
    return not {"said", "_items"} & vars(document.unread).keys()


def _keys(post: KnownPost) -> Iterable[tuple[str, str]]:
    kinds = (("guid", post.guids), ("link", post.links), ("print", post.prints), ("title", [title_key(post.title)]))
    return [(kind, value) for kind, values in kinds for value in values]


class Sparing:
    """Lives as ours does, and holds the quick way of deciding against the thorough one at every document."""

    def __init__(self) -> None:
        self.quick = 0
        """Documents with news whose entries were told by their columns alone."""

    def __call__(
        self, *, feed_baseline: bool, sightings: Sequence[Sighting], known: Sequence[KnownPost], now: datetime
    ) -> Decision:
        """Decide."""
        document, posts = spare(_unread(sightings, known), known)
        found = decide(feed_baseline=feed_baseline, sightings=document, known=posts, now=now)
        self.quick += bool(found.announce) and untouched(document)
        thorough = decide(feed_baseline=feed_baseline, sightings=list(document), known=list(posts), now=now)
        assert found == thorough
        return found


def _unread(sightings: Sequence[Sighting], known: Sequence[KnownPost]) -> list[Sighting]:
    """Say of the entries that stand there as they did which posts they are."""
    last = {(str(guid), post.title, post.gist): post.id for post in known if post.in_last for guid in post.guids}
    named = [(each, keys_of(each)) for each in sightings]
    return [replace(each, known_as=last.get((str(keys.guid), keys.title, keys.gist))) for each, keys in named]
