"""What stays of a feed's last good document: of each entry what identity needs, so that it is not read again; pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import cached_property
from operator import attrgetter
from typing import Any

from bot.core.models.made import Made
from bot.core.sighting import Sighting
from bot.reading.doc import Doc

_NOTHING = Doc()
_FIELDS = 7
"""Of a line: slice, post, date, sketch, guid, link, title."""


class Unread(Made[Sighting]):
    """Entries of a document that were not read again, the topmost first: columns of what is remembered of them.

    Nearly always there are as many as a feed has, and nobody asks for one: a sighting of each would cost more than
    everything else that is done about them.
    """

    def __init__(self, places: Sequence[int] = (), lines: Sequence[str] = ()) -> None:
        self.places = places
        self.lines = lines

    @classmethod
    def of(cls, sightings: Sequence[Sighting]) -> Unread:
        """Take sightings that were not read again, in any order."""
        if isinstance(sightings, Unread):
            return sightings
        sightings = sorted(sightings, key=attrgetter("position"))
        return cls([each.position for each in sightings], [_line(each.known_as, each) for each in sightings])

    def __len__(self) -> int:
        return len(self.lines)

    @cached_property
    def _fields(self) -> list[str]:
        return "\t".join(self.lines).split("\t") if self.lines else []

    def _column(self, field: int) -> list[Any]:
        values: list[Any] = json.loads(f"[{','.join(self._fields[field::_FIELDS])}]")
        return values

    @cached_property
    def posts(self) -> list[int]:
        """The posts that they are, by id."""
        return self._column(1)

    @cached_property
    def stamps(self) -> list[float | None]:
        """Their dates of publication, in seconds since the epoch."""
        return self._column(2)

    def being(self, posts: set[int] | frozenset[int]) -> Unread:
        """Give those that are one of these posts: mostly all."""
        if posts.issuperset(self.posts):
            return self
        kept = [number for number, post in enumerate(self.posts) if post in posts]
        return Unread([self.places[number] for number in kept], [self.lines[number] for number in kept])

    def _make(self) -> tuple[Sighting, ...]:
        made = []
        columns = zip(self._fields[::_FIELDS], *map(self._column, range(1, _FIELDS)), self.places, strict=True)
        for name, post, stamp, sketch, guid, link, title, place in columns:
            when = None if stamp is None else datetime.fromtimestamp(stamp, UTC)
            # All fields by their places: there are many entries, and names and defaults cost twice as much.
            words = (guid, link, title, _NOTHING, _NOTHING, when, None, (), (), None, "", place, sketch, name, post)
            made.append(Sighting(*words))
        return tuple(made)


class Remembered(Mapping[str, Sighting]):
    """The entries of a feed's last good document, by slice, out of the text that ``renewed`` writes.

    There is a line for each, its fields apart by tabs: the slice as it is, and as JSON the post that it is, date,
    sketch, guid, link and title. One text a feed is read and written for far less than a row for each entry, and cut
    into columns for less than into entries.
    """

    def __init__(self, text: str = "") -> None:
        # JSON has neither line ends nor tabs in it but as escapes.
        self._lines = {line.partition("\t")[0]: line for line in text.split("\n")} if text else {}

    def __getitem__(self, name: str) -> Sighting:
        return Unread([0], [self._lines[name]])[0]

    def __iter__(self) -> Iterator[str]:
        return iter(self._lines)

    def __len__(self) -> int:
        return len(self._lines)

    def __contains__(self, name: object) -> bool:
        return name in self._lines

    def placed(self, known: Iterable[tuple[int, str]]) -> Unread:
        """Give entries in their places in a document: (place, slice) pairs, of which strange ones are left out."""
        found = sorted([pair for pair in known if pair[1] in self._lines])
        return Unread([place for place, _ in found], [self._lines[name] for _, name in found])

    @staticmethod
    def renewed(staying: Sequence[Sighting], seen: Iterable[tuple[int, Sighting]]) -> str:
        """Write what is to be remembered next: entries that were not read again, and others with the posts they are.

        One without a slice is read again at the next look.
        """
        new = [_line(post, each) for post, each in seen if each.slice.isalnum()]
        return "\n".join([*Unread.of(staying).lines, *new])


def _line(post: int | None, sighting: Sighting) -> str:
    published = sighting.published and sighting.published.timestamp()
    values = [post, published, sighting.sketch, sighting.guid, sighting.link, sighting.title]
    fields = json.dumps(values, ensure_ascii=False, separators=("\t", ":"))
    return f"{sighting.slice}\t{fields[1:-1]}"
