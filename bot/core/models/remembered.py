"""What stays of a feed's last good document: of each entry what identity needs, so that it is not read again; pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import cached_property
from operator import attrgetter
from typing import TypeAlias

from bot.core.models.made import Made
from bot.core.sighting import Sighting
from bot.reading.doc import Doc

_NOTHING = Doc()
# ASCII alone, though Chinese titles take twice the bytes: what is not is read, cut up and written in 1.3 times as long.
_ENCODER = json.JSONEncoder(separators=(",", ":"))

Said: TypeAlias = tuple[str, str | None, str | None, str]
"""What an entry says: sketch, guid, link and title."""
Columns: TypeAlias = Sequence[Sequence[str]]
"""Of entries: their slices, the posts that they are, their dates or nothing, and as JSON their sketches, guids, links
and titles, where a guid that is the link itself is left out.

Columns, since to cut a text into rows and to put them together again takes twice as long."""
_NO_ENTRIES: Columns = ((), (), (), ())


class Unread(Made[Sighting]):
    """Entries of a document that were not read again, the topmost first: columns of what is remembered of them.

    Nearly always there are as many as a feed has, and nobody asks for one: a sighting of each would cost more than
    everything else that is done about them.
    """

    def __init__(self, places: Sequence[int] = (), columns: Columns = _NO_ENTRIES) -> None:
        self.places = places
        self.columns = columns

    @classmethod
    def of(cls, sightings: Sequence[Sighting]) -> Unread:
        """Take sightings that were not read again, in any order."""
        if isinstance(sightings, Unread):
            return sightings
        sightings = sorted(sightings, key=attrgetter("position"))
        return cls([each.position for each in sightings], _columns([_row(each.known_as, each) for each in sightings]))

    def __len__(self) -> int:
        return len(self.places)

    @cached_property
    def posts(self) -> list[int]:
        """The posts that they are, by id."""
        return list(map(int, self.columns[1]))

    @cached_property
    def stamps(self) -> list[float | None]:
        """Their dates of publication, in seconds since the epoch."""
        return [float(stamp) if stamp else None for stamp in self.columns[2]]

    def being(self, posts: set[int] | frozenset[int]) -> Unread:
        """Give those that are one of these posts: mostly all."""
        if posts.issuperset(self.posts):
            return self
        kept = [number for number, post in enumerate(self.posts) if post in posts]
        return Unread([self.places[number] for number in kept], _some(self.columns, kept))

    @property
    def dates(self) -> list[datetime | None]:
        """Their dates of publication."""
        return [None if stamp is None else datetime.fromtimestamp(stamp, UTC) for stamp in self.stamps]

    @cached_property
    def said(self) -> list[Said]:
        """What they said at the last look."""
        told = json.loads(f"[{','.join(self.columns[3])}]")
        return [(sketch, *(guid or (link,)), link, title) for sketch, *guid, link, title in told]

    def _make(self) -> tuple[Sighting, ...]:
        made = []
        columns = zip(self.places, self.columns[0], self.posts, self.dates, self.said, strict=True)
        for place, name, post, when, (sketch, guid, link, title) in columns:
            # All fields by their places: there are many entries, and names and defaults cost twice as much.
            words = (guid, link, title, _NOTHING, _NOTHING, when, None, (), (), None, "", place, sketch, name, post)
            made.append(Sighting(*words))
        return tuple(made)


class Remembered(Mapping[str, Sighting]):
    """The entries of a feed's last good document, by slice, out of the text that ``renewed`` writes.

    There is a line for each column, its entries apart by tabs. One text a feed is read and written for far less than a
    row of the database for each entry, and is cut into columns for less than into entries. A text of another form, as
    it was written before, says nothing: all entries are read anew.
    """

    def __init__(self, text: str = "") -> None:
        # JSON has neither line ends nor tabs in it but as escapes.
        columns = [column.split("\t") for column in text.split("\n")] if text else _NO_ENTRIES
        self._columns = columns if _sound(columns) else _NO_ENTRIES
        self._numbers = dict(zip(self._columns[0], range(len(self._columns[0])), strict=True))

    def __getitem__(self, name: str) -> Sighting:
        return Unread([0], _some(self._columns, [self._numbers[name]]))[0]

    def __iter__(self) -> Iterator[str]:
        return iter(self._numbers)

    def __len__(self) -> int:
        return len(self._numbers)

    def __contains__(self, name: object) -> bool:
        return name in self._numbers

    def placed(self, known: Iterable[tuple[int, str]]) -> Unread:
        """Give entries in their places in a document: (place, slice) pairs, of which strange ones are left out."""
        found = sorted([pair for pair in known if pair[1] in self._numbers])
        return Unread([place for place, _ in found], _some(self._columns, [self._numbers[name] for _, name in found]))

    @staticmethod
    def renewed(staying: Sequence[Sighting], seen: Iterable[tuple[int, Sighting]]) -> str:
        """Write what is to be remembered next: entries that were not read again, and others with the posts they are.

        One without a slice is read again at the next look.
        """
        new = _columns([_row(post, each) for post, each in seen if each.slice.isalnum()])
        columns = [[*old, *more] for old, more in zip(Unread.of(staying).columns, new, strict=True)]
        return "\n".join(map("\t".join, columns)) if columns[0] else ""


def _sound(columns: Columns) -> bool:
    """Tell whether that are columns of one length, of which the second one names posts."""
    return len(columns) == len(_NO_ENTRIES) and len(set(map(len, columns))) == 1 and all(map(str.isdecimal, columns[1]))


def _columns(rows: Sequence[Sequence[str]]) -> Columns:
    return [*zip(*rows, strict=True)] if rows else _NO_ENTRIES


def _some(columns: Columns, numbers: Sequence[int]) -> Columns:
    return [[column[number] for number in numbers] for column in columns]


def _row(post: int | None, sighting: Sighting) -> tuple[str, str, str, str]:
    stamp = "" if sighting.published is None else str(sighting.published.timestamp())
    sketch, guid, link, title = said_by(sighting)
    # Most guids are the link itself. Written once, 50 entries take 10 KB at every look, and not 12.
    told = (sketch, link, title) if guid == link else (sketch, guid, link, title)
    return sighting.slice, str(post), stamp, _ENCODER.encode(told)


def said_by(sighting: Sighting) -> Said:
    """Give what is remembered of what an entry says."""
    return sighting.sketch, sighting.guid, sighting.link, sighting.title
