"""What is read of a document with more entries than anybody reads: the newest thousand, at whichever end they stand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Final, TypeVar

from bot.reading.patterns import rare
from bot.sources.dates import parse_date

ENTRIES: Final = 1000
"""Entries that are read of one document."""
_ASKED: Final = 20
"""Entries at each end whose dates tell which end is the newer one."""
# Published before changed: who saves all posts again gives the oldest ones the latest dates.
_DATES = tuple(
    rare(rb"<(?:[\w.-]{1,20}:)?(?:" + names + rb")\b[^<>]{0,200}>(?:\s|<!\[CDATA\[){0,20}([^<>\]]{4,100})")
    for names in (rb"pubDate|published|date|issued|created", rb"updated|modified")
)

Item = TypeVar("Item")
Spans = Sequence[tuple[int, int]]


def newest(items: Sequence[Item], date: Callable[[Item], str | None]) -> Sequence[Item]:
    """Give the first thousand, or the last where dates rise. ``date`` gives an item's, as it is written."""
    if len(items) <= ENTRIES:
        return items
    return items[-ENTRIES:] if _rising(map(date, items[:_ASKED]), map(date, items[-_ASKED:])) else items[:ENTRIES]


def without_excess(document: bytes, spans: Spans) -> tuple[bytes, Spans]:
    """Leave out of an XML document what ``newest`` leaves out; give it with the places of the entries that stay.

    ``spans`` are where the entries begin and end.
    """
    kept = newest(spans, lambda span: _date(document[slice(*span)]))
    if len(kept) == len(spans):
        return document, spans
    (begin, _), (_, end) = kept[0], kept[-1]
    start, rest = spans[0][0], spans[-1][1]
    back = begin - start
    return document[:start] + document[begin:end] + document[rest:], [(one - back, other - back) for one, other in kept]


def _date(entry: bytes) -> str | None:
    found = next(filter(None, (each.search(entry) for each in _DATES)), None)
    return found[1].decode("utf-8", "replace") if found else None


def _rising(first: Iterable[str | None], last: Iterable[str | None]) -> bool:
    """Tell whether the last ones are newer. A single one that is pinned, or misdated, decides nothing."""
    above, below = _middle(first), _middle(last)
    return above is not None and below is not None and above < below


def _middle(dates: Iterable[str | None]) -> datetime | None:
    read = sorted(date for text in dates if text and (date := parse_date(text)) is not None)
    return read[(len(read) - 1) // 2] if read else None
