"""An entry of a document with its keys, and what tells two entries apart; pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cached_property

from bot.core.keys import Keys, canonical, guid_key, keys_of, sketched, title_key
from bot.core.models import EPOCH, Said, Sighting, Unread, said_by

ZONES = timedelta(hours=14)
"""No two clocks that mean the same moment differ by more than this from UTC."""
EARLIEST = EPOCH + timedelta(days=1)
"""Dates up to this are placeholders: year 1, the epoch in some zone."""
APART = timedelta(hours=1)
"""What says the same twice in less was published twice by mistake."""


class Entry:
    """A sighting with its keys and its date, None where that is missing or absurd. Equal to itself alone.

    The keys and the sighting of one that was not read again are made when they are asked for: of most documents all
    entries but one are settled without. Others come with their ``keys``.
    """

    def __init__(
        self,
        among: Sequence[Sighting],
        number: int,
        position: int,
        date: datetime | None,
        said: Said,
        unread: int | None = None,
        keys: Keys | None = None,
    ) -> None:
        self._among = among
        self._number = number
        self.position = position
        self.date = date
        self.sketch, self._guid, self._link, self._title = said
        self.unread = unread
        """The post that its very slice was at the last look: it was not read again, and is settled."""
        if keys is not None:
            self.guid, self.link, self.title = keys.guid, keys.link, keys.title
            self._sketched = keys.print, keys.gist

    @property
    def sighting(self) -> Sighting:
        """It as it was seen."""
        return self._among[self._number]

    @cached_property
    def guid(self) -> str | None:
        """Its guid's key."""
        return guid_key(self._guid)

    @cached_property
    def link(self) -> str | None:
        """Its link's key."""
        return canonical(self._link)

    @cached_property
    def title(self) -> str:
        """Its title's key."""
        return title_key(self._title)

    @cached_property
    def _sketched(self) -> tuple[str | None, str]:
        return sketched(self.sighting)

    @property
    def print(self) -> str | None:
        """Its text's fingerprint."""
        return self._sketched[0]

    @property
    def gist(self) -> str:
        """Its text's gist."""
        return self._sketched[1]

    @property
    def keyless(self) -> bool:
        """Whether it has neither guid nor page; hand-made feeds and cards have neither."""
        return not self.guid and not self.link

    @property
    def blank(self) -> bool:
        """Whether it says nothing at all: there is nothing to show or to recognise it by."""
        return self.unread is None and self.keyless and not self.title and not self.gist

    def apart(self, other: Entry, *, few: bool) -> bool:
        """Tell whether two entries of one title and text are two posts: no key in common, and hours between them.

        Of more than a ``few`` it is enough that they are not dated alike.
        """
        if self.keyless or other.keyless:
            return False
        if (self.guid and self.guid == other.guid) or (self.link and self.link == other.link):
            return False
        if self.date is None or other.date is None:
            return not few
        return abs(self.date - other.date) > (APART if few else timedelta())

    @property
    def twin_key(self) -> tuple[str | None, ...]:
        """What two entries share that show one post twice: title and text, or else all keys."""
        return (self.title, self.print) if self.title and self.print else (self.title, self.guid, self.link, self.gist)


def entries_of(read: Sequence[Sighting], latest: datetime) -> list[Entry]:
    """Make the entries that were read; what is dated after ``latest`` lies ahead."""
    return [
        Entry(read, number, each.position, _sane(each.published, latest), said_by(each), keys=keys_of(each))
        for number, each in enumerate(read)
    ]


def standing(unread: Unread, latest: datetime) -> list[Entry]:
    """Make the entries that were not read again."""
    columns = zip(unread.places, unread.dates, unread.said, unread.posts, strict=True)
    return [
        Entry(unread, number, place, _sane(date, latest), said, post)
        for number, (place, date, said, post) in enumerate(columns)
    ]


def _sane(date: datetime | None, latest: datetime) -> datetime | None:
    """Give an entry's date unless it is a placeholder (year 1, the epoch) or lies ahead."""
    return date if date is not None and EARLIEST < date <= latest else None
