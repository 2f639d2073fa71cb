"""An entry of a document with its keys, and what tells two entries apart; pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cached_property

from bot.core.keys import canonical, guid_key, sketched, title_key
from bot.core.models import EPOCH, Sighting

ZONES = timedelta(hours=14)
"""No two clocks that mean the same moment differ by more than this from UTC."""
EARLIEST = EPOCH + timedelta(days=1)
"""Dates up to this are placeholders: year 1, the epoch in some zone."""
APART = timedelta(hours=1)
"""What says the same twice in less was published twice by mistake."""


class Entry:
    """A sighting with its keys and its date, None where that is missing or absurd. Equal to itself alone.

    The keys are made when they are asked for: of most documents all entries but one are settled without.
    """

    def __init__(self, sighting: Sighting, date: datetime | None) -> None:
        self.sighting = sighting
        self.position = sighting.position
        self.date = date
        self.unread = sighting.known_as
        """The post that its very slice was at the last look: it was not read again, and is settled."""

    @cached_property
    def guid(self) -> str | None:
        """Its guid's key."""
        return guid_key(self.sighting.guid)

    @cached_property
    def link(self) -> str | None:
        """Its link's key."""
        return canonical(self.sighting.link)

    @cached_property
    def title(self) -> str:
        """Its title's key."""
        return title_key(self.sighting.title)

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
