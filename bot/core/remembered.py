"""What stays of a feed's last good document: of each entry what identity needs, so that it is not read again; pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from bot.core.models import Sighting
from bot.reading.doc import Doc

_NOTHING = Doc()


class Remembered(Mapping[str, Sighting]):
    """The entries of a feed's last good document, by slice, out of the text that ``renewed`` wrote.

    There is a line for each: its slice, a tab, and as JSON the post that it is, guid, link, title, date and sketch. One
    text a feed is read and written for far less than a row for each entry.
    """

    def __init__(self, text: str = "") -> None:
        # JSON has neither line ends nor tabs in it but as escapes.
        self._lines = dict(line.split("\t", 1) for line in text.split("\n")) if text else {}
        self._rows: dict[str, list[Any]] | None = None

    def __getitem__(self, name: str) -> Sighting:
        return self.at(name, 0)

    def __iter__(self) -> Iterator[str]:
        return iter(self._lines)

    def __len__(self) -> int:
        return len(self._lines)

    def __contains__(self, name: object) -> bool:
        return name in self._lines

    def at(self, name: str, place: int) -> Sighting:
        """Give an entry in its place in the document; raises KeyError where it is not remembered."""
        if self._rows is None:
            self._rows = dict(zip(self._lines, json.loads(f"[{','.join(self._lines.values())}]"), strict=True))
        post, guid, link, title, published, sketch = self._rows[name]
        when = None if published is None else datetime.fromtimestamp(published, UTC)
        # All fields by their places: there are many entries, and names and defaults cost twice as much.
        return Sighting(guid, link, title, _NOTHING, _NOTHING, when, None, (), (), None, "", place, sketch, name, post)

    def written(self, post: int, sighting: Sighting) -> str:
        """Write the line of an entry: as it stands here where it was not read again, and shows the same post."""
        known = self._lines.get(sighting.slice) if sighting.known_as == post else None
        return f"{sighting.slice}\t{known or _entry(post, sighting)}"


def renewed(before: Remembered, seen: Iterable[tuple[int, Sighting]]) -> str:
    """Write what is to be remembered of a document, (post id, sighting) pairs, some of them known from ``before``.

    A sighting without a slice is read again at the next look.
    """
    return "\n".join(before.written(post, sighting) for post, sighting in seen if sighting.slice.isalnum())


def _entry(post: int, sighting: Sighting) -> str:
    published = sighting.published and sighting.published.timestamp()
    values = [post, sighting.guid, sighting.link, sighting.title, published, sighting.sketch]
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"))
