"""What is read of a document with more entries than anybody reads: the newest thousand, at whichever end they stand."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from statistics import median_low
from typing import Final, TypeVar

from bot.sources.dates import parse_date

ENTRIES: Final = 1000
"""Entries that are read of one document."""
_ASKED: Final = 20
"""Entries at each end whose dates tell which end is the newer one."""
_DATE = re.compile(
    rb"<(?:[\w.-]{1,20}:)?(?:pubDate|published|updated|date|issued|created)\b[^<>]{0,200}>"
    rb"(?:\s|<!\[CDATA\[){0,20}([^<>\]]{4,100})"
)

Item = TypeVar("Item")
Spans = Sequence[tuple[int, int]]


def newest(items: Sequence[Item], date: Iterable[str | None]) -> Sequence[Item]:
    """Give the first thousand, or the last where dates rise. ``date`` gives each item's, as it is written."""
    if len(items) <= ENTRIES:
        return items
    dates = list(date)
    return items[-ENTRIES:] if _rising(dates[:_ASKED], dates[-_ASKED:]) else items[:ENTRIES]


def without_excess(document: bytes, spans: Spans) -> tuple[bytes, Spans]:
    """Leave out of an XML document what ``newest`` leaves out; give it with the places of the entries that stay.

    ``spans`` are where the entries begin and end.
    """
    kept = newest(spans, (_date(document[start:end]) for start, end in spans))
    if len(kept) == len(spans):
        return document, spans
    (begin, _), (_, end) = kept[0], kept[-1]
    start, rest = spans[0][0], spans[-1][1]
    back = begin - start
    return document[:start] + document[begin:end] + document[rest:], [(one - back, other - back) for one, other in kept]


def _date(entry: bytes) -> str | None:
    found = _DATE.search(entry)
    return found[1].decode("utf-8", "replace") if found else None


def _rising(first: Iterable[str | None], last: Iterable[str | None]) -> bool:
    """Tell whether the last ones are newer. A single one that is pinned, or misdated, decides nothing."""
    above, below = _middle(first), _middle(last)
    return above is not None and below is not None and above < below


def _middle(dates: Iterable[str | None]) -> datetime | None:
    read = [date for text in dates if text and (date := parse_date(text)) is not None]
    return median_low(read) if read else None
