"""Drafts, templates and pages that leaked into a feed: for whom is waited, and how long; pure.

Static generators put such things out by accident and take them back with the next build, or give them their title and
date.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from bot.core.case import Case
from bot.core.entry import EARLIEST, Entry

_AGE: Final = timedelta(days=1)
"""How long an untitled entry among titled ones is waited for."""


def unfinished(case: Case, entry: Entry, now: datetime) -> bool:
    """Tell whether an entry is to be waited for.

    That is: untitled where every post has a title (one that stays for a day is meant, if it says anything at all), or
    undated among dated posts, sorted to the end.
    """
    young = entry.date is None or now - entry.date < _AGE
    if _untitled(case, entry) and (young or _wordless(entry)):
        return True
    dated = [other for other in case.entries if other.date is not None]
    written = entry.sighting.published
    # One that lies ahead is a slip, or this clock's fault: no template has it.
    undated = written is None or written <= EARLIEST
    return undated and entry.date is None and 2 * len(dated) > len(case.entries) and entry.position > dated[0].position


def meant_from(waiting: Iterable[Entry]) -> datetime | None:
    """Tell when the first of the unfinished entries will be a post if it stays; None where none will."""
    days = [entry.date + _AGE for entry in waiting if entry.date is not None and not _wordless(entry)]
    return min(days, default=None)


def _untitled(case: Case, entry: Entry) -> bool:
    return not entry.title and bool(case.last) and all(post.title for post in case.last)


def _wordless(entry: Entry) -> bool:
    return not entry.gist and not entry.sighting.image
