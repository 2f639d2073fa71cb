"""A document's entries, and the stored posts that it has to do with, of which hardly any is looked at; pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cached_property
from operator import attrgetter

from bot.core.models.made import Made
from bot.core.models.post import KnownPost
from bot.core.models.remembered import Unread
from bot.core.sighting import Sighting

_NONE = frozenset[str]()


class Sightings(Made[Sighting]):
    """The entries of a document, the topmost first: those that were read, and those that were not read again."""

    def __init__(self, read: Sequence[Sighting], unread: Unread) -> None:
        self.read = read
        self.unread = unread

    @classmethod
    def of(cls, sightings: Sequence[Sighting]) -> Sightings:
        """Part a document's entries."""
        if isinstance(sightings, Sightings):
            return sightings
        read = [each for each in sightings if each.known_as is None]
        return cls(read, Unread.of([each for each in sightings if each.known_as is not None]))

    def __len__(self) -> int:
        return len(self.read) + len(self.unread)

    def _make(self) -> tuple[Sighting, ...]:
        return tuple(sorted((*self.read, *self.unread), key=attrgetter("position")))


class Known(Made[KnownPost]):
    """What a document has to do with: posts that the store was asked for, and those for which entries speak.

    An entry that was not read again says of its post what it said at the last look.
    """

    def __init__(self, asked: Sequence[KnownPost], spoken: Unread) -> None:
        self.asked = asked
        self.spoken = spoken

    @classmethod
    def of(cls, posts: Sequence[KnownPost]) -> Known:
        """Take posts, all of which the store was asked for."""
        return posts if isinstance(posts, Known) else cls(posts, Unread())

    @cached_property
    def last(self) -> frozenset[int]:
        """The posts of the last good document, by id."""
        return frozenset([post.id for post in self.asked if post.in_last]).union(self.spoken.posts)

    def __len__(self) -> int:
        return len(self.asked) + len(set(self.spoken.posts))

    def _make(self) -> tuple[KnownPost, ...]:
        columns = zip(self.spoken.posts, self.spoken.said, self.spoken.dates, strict=True)
        # One may stand there twice.
        said = {post: _said(post, title, sketch, date) for post, (sketch, _, _, title), date in columns}
        return (*self.asked, *said.values())


def _said(post: int, title: str, sketch: str, date: datetime | None) -> KnownPost:
    gist = sketch.partition(":")[2]
    # Mostly by their places: see ``Unread._make``.
    return KnownPost(post, _NONE, _NONE, _NONE, title, gist, date, here=True, in_last=True, named=False)
