"""In which order a document stands, and in which order its posts are delivered; pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from itertools import pairwise
from operator import gt, lt
from typing import TypeVar

from bot.core.case import Case
from bot.core.entry import Entry
from bot.core.models import EPOCH

_NUMBER = re.compile(r"\d+", re.ASCII)
WINDOW = 5
"""Entries in the shortest window that generators offer."""

Moment = TypeVar("Moment", datetime, float)


def newest_first(case: Case) -> list[Entry]:
    """Turn a document round that has its oldest entry at the top.

    That is told by its dates, or by those that its posts once had, or, where nobody ever wrote a date, by addresses
    that count: each has a number or a day, and each a later one than the entry above it.
    """
    written = [entry.date for entry in case.entries]
    stored = [case.owner[entry].published if entry in case.owner else None for entry in case.entries]
    turns = rising(written) or rising(stored)
    undated = not any(written) and not any(stored)
    turned = turns > 0 or (undated and _counting(case.entries))
    return list(reversed(case.entries)) if turned else list(case.entries)


def _counting(entries: Iterable[Entry]) -> bool:
    """Tell whether the numbers in the addresses rise with every step."""
    numbers = [tuple(map(int, _NUMBER.findall(entry.link or entry.guid or ""))) for entry in entries]
    return len(numbers) >= WINDOW and all(one < other for one, other in pairwise(numbers))


def rising(dates: Iterable[Moment | None]) -> int:
    """Tell by how many more steps dates rise than fall; 0 where they tell nothing."""
    given = [date for date in dates if date is not None]
    rises: int = sum(map(lt, given, given[1:]))
    falls: int = sum(map(gt, given, given[1:]))
    return rises - falls


def for_delivery(entries: Iterable[Entry]) -> list[Entry]:
    """Sort for delivery: by date, undated ones after the one below them, else from the document's end to its top."""
    dated: list[tuple[datetime, Entry]] = []
    date = EPOCH
    for entry in sorted(entries, key=lambda item: -item.position):
        date = entry.date or date
        dated.append((date, entry))
    return [entry for _, entry in sorted(dated, key=lambda pair: pair[0])]
