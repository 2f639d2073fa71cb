"""What stays of a feed's last good document: of each entry what identity needs, so that it is not read again; pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from bot.core.sighting import Sighting
from bot.reading.doc import Doc

_NOTHING = Doc()


class Remembered(Mapping[str, Sighting]):
    """The entries of a feed's last good document, by slice, out of the text that ``renewed`` writes.

    There is a line for each: its slice, a tab, and as JSON the post that it is, guid, link, title, date and sketch. One
    text a feed is read and written for far less than a row for each entry.
    """

    def __init__(self, text: str = "") -> None:
        # JSON has neither line ends nor tabs in it but as escapes.
        self._lines = dict(line.split("\t", 1) for line in text.split("\n")) if text else {}
        self._rows: dict[str, list[Any]] | None = None

    def __getitem__(self, name: str) -> Sighting:
        if name not in self._lines:
            raise KeyError(name)
        return self.placed([(0, name)])[0]

    def __iter__(self) -> Iterator[str]:
        return iter(self._lines)

    def __len__(self) -> int:
        return len(self._lines)

    def __contains__(self, name: object) -> bool:
        return name in self._lines

    def placed(self, known: Iterable[tuple[int, str]]) -> list[Sighting]:
        """Give entries in their places in a document: (place, slice) pairs, of which strange ones are left out."""
        if self._rows is None:
            self._rows = dict(zip(self._lines, json.loads(f"[{','.join(self._lines.values())}]"), strict=True))
        found = []
        for place, name in known:
            if (row := self._rows.get(name)) is not None:
                post, guid, link, title, stamp, sketch = row
                when = None if stamp is None else datetime.fromtimestamp(stamp, UTC)
                # All fields by their places: there are many entries, and names and defaults cost twice as much.
                words = (guid, link, title, _NOTHING, _NOTHING, when, None, (), (), None, "", place, sketch, name, post)
                found.append(Sighting(*words))
        return found

    def renewed(self, staying: Iterable[Sighting], seen: Iterable[tuple[int, Sighting]]) -> str:
        """Write what is to be remembered next: entries that were not read again, and others with the posts they are.

        One without a slice is read again at the next look.
        """
        old = [f"{each.slice}\t{self._lines.get(each.slice) or _entry(each.known_as, each)}" for each in staying]
        new = [f"{each.slice}\t{_entry(post, each)}" for post, each in seen if each.slice.isalnum()]
        return "\n".join(old + new)


def _entry(post: int | None, sighting: Sighting) -> str:
    published = sighting.published and sighting.published.timestamp()
    values = [post, sighting.guid, sighting.link, sighting.title, published, sighting.sketch]
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"))
