"""What stays of a feed's last good document: of each entry what identity needs, so that it is not read again; pure."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
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
        self._lines = _lines(text)
        self._rows: dict[str, list[Any]] | None = None

    def __getitem__(self, name: str) -> Sighting:
        return self.at(name, 0)

    def __iter__(self) -> Iterator[str]:
        return iter(self._lines)

    def __len__(self) -> int:
        return len(self._lines)

    def at(self, name: str, place: int) -> Sighting:
        """Give an entry in its place in the document; raises KeyError where it is not remembered."""
        if self._rows is None:
            self._rows = dict(zip(self._lines, json.loads(f"[{','.join(self._lines.values())}]"), strict=True))
        post, guid, link, title, published, sketch = self._rows[name]
        when = None if published is None else datetime.fromtimestamp(published, UTC)
        # All fields by their places: there are many entries, and names and defaults cost twice as much.
        return Sighting(guid, link, title, _NOTHING, _NOTHING, when, None, (), (), None, "", place, sketch, name, post)


def renewed(text: str, staying: Collection[str], seen: Iterable[tuple[int, Sighting]]) -> str:
    """Write what is to be remembered: the slices of before that stay, and (post id, sighting) pairs.

    A sighting without a slice is read again at the next look.
    """
    lines = [f"{name}\t{entry}" for name, entry in _lines(text).items() if name in staying]
    new = (f"{sighting.slice}\t{_entry(post, sighting)}" for post, sighting in seen if sighting.slice.isalnum())
    return "\n".join((*lines, *new))


def _lines(text: str) -> dict[str, str]:
    # JSON has neither line ends nor tabs in it but as escapes.
    return dict(line.split("\t", 1) for line in text.split("\n")) if text else {}


def _entry(post: int, sighting: Sighting) -> str:
    published = sighting.published and sighting.published.timestamp()
    values = [post, sighting.guid, sighting.link, sighting.title, published, sighting.sketch]
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"))
