"""Dates as feeds write them, to UTC. What cannot be a publication date (missing, the epoch, nonsense) is None."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from time import struct_time

from bot.reading.patterns import rare

_FIRST_YEAR = 1990
_LAST_YEAR = 2200
_NUMERIC = rare(
    r"^\D{0,12}(\d{4})\s*[-/.年년]\s*(\d{1,2})\s*[-/.月월]\s*(\d{1,2})\s*[日일.]?"
    r"(?:[T\s,]*(?:星期.|周.)?\s*(上午|下午|오전|오후|午前|午後)?\s*(\d{1,2})\s*[:：时時시]\s*(\d{1,2})(?:\s*[:：分분]\s*(\d{1,2}))?)?"
)
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_NAMED = rare(
    r"(?:(\d{1,2})(?:st|nd|rd|th)?[\s-]+([a-z]{3})[a-z]*\.?|([a-z]{3})[a-z]*\.?\s+(\d{1,2})(?:st|nd|rd|th)?)[\s,-]+(\d{4})"
    r"(?:[\sT,]+(?:at\s+)?(\d{1,2}):(\d{2})(?::(\d{2}))?\s*(am|pm)?)?",
    re.IGNORECASE,
)
_RFC_822 = re.compile(
    r"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), )?([0-9]{1,2}) (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) ([0-9]{4})"
    r" ([0-9]{2}):([0-9]{2}):([0-9]{2}) (?:GMT|UTC|Z|([+-])([0-9]{2})([0-9]{2}))"
)
_RFC_3339 = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:(T[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2}))?"
)
_OFFSET = rare(r"\d\s*(?:(Z)|(?:GMT|UTC)?([+-])(\d{1,2}):?(\d{2})?|([A-Z]{2,4}))\s*(?:\(.{0,20}\))?$")
# Hours east of Greenwich; the names that stand in feeds (RFC 822 knows the American ones).
_ZONES = {
    "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7,
    "BST": 1, "CET": 1, "CEST": 2, "EET": 2, "EEST": 3, "MSK": 3, "JST": 9, "KST": 9, "HKT": 8, "SGT": 8,
}  # fmt: skip


def from_struct(value: struct_time | None) -> datetime | None:
    """Take what feedparser made of a date: UTC."""
    if value is None:
        return None
    try:
        year, month, day, hour, minute, second = value[:6]
        since = timedelta(days=day - 1, hours=hour, minutes=minute, seconds=second)
        return plausible(datetime(year, month, 1, tzinfo=UTC) + since)
    except (ValueError, OverflowError, OSError, TypeError):
        return None


def usual_date(text: str) -> datetime | None:
    """Read a date, to the second, that is written as RSS or Atom wants it: about these no two readers differ."""
    try:
        if (found := _RFC_3339.fullmatch(text)) is not None:
            day, clock, zone = found.groups()
            return plausible(datetime.fromisoformat(day + (clock or "T00:00:00") + (zone or "Z")).astimezone(UTC))
        return _rfc_822(text)
    except (ValueError, OverflowError):
        return None


def _rfc_822(text: str) -> datetime | None:
    found = _RFC_822.fullmatch(text)
    if found is None:
        return None
    day, month, year, hour, minute, second, sign, hours, minutes = found.groups()
    number = _MONTHS.index(month.lower()) + 1
    there = datetime(int(year), number, int(day), int(hour), int(minute), int(second), tzinfo=UTC)
    offset = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
    return plausible(there + offset if sign == "-" else there - offset)


def plausible(moment: datetime) -> datetime | None:
    """Refuse dates that only say that there is none: before the web, or centuries ahead."""
    return moment if _FIRST_YEAR <= moment.year < _LAST_YEAR else None


def parse_date(text: str) -> datetime | None:
    """Read a date in ISO 8601 or one of the dialects that feeds use; without a zone it is UTC."""
    text = text.strip()[:100]
    try:
        moment = datetime.fromisoformat(text)
        return plausible(moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        return _dialect(text)


def _dialect(text: str) -> datetime | None:
    numeric, named = _NUMERIC.match(text), _NAMED.search(text)
    try:
        if numeric:
            year, month, day, half, hour, minute, second = numeric.groups()
            naive = _moment(year, int(month), day, (hour, minute, second), half)
        elif named:
            day, name, name_first, day_after, year, hour, minute, second, half = named.groups()
            month_number = _MONTHS.index((name or name_first).lower()) + 1
            naive = _moment(year, month_number, day or day_after, (hour, minute, second), half)
        else:
            return None
        return plausible((naive - _offset(text)).replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        return None


def _moment(year: str, month: int, day: str, clock: tuple[str | None, ...], half: str | None) -> datetime:
    hour, minute, second = (int(part or 0) for part in clock)
    if half and hour <= 12:  # noqa: PLR2004 -- the clock's own number
        hour = hour % 12 + (12 if half.lower() in {"pm", "下午", "오후", "午後"} else 0)
    return datetime(int(year), month, int(day), hour, minute, min(second, 59))  # noqa: DTZ001 - its zone is taken off next


def _offset(text: str) -> timedelta:
    """Read the zone at the end; unknown names count as UTC, and no place is further than 14 hours from it."""
    match = _OFFSET.search(text)
    if match is None or match.group(1):
        return timedelta()
    if match.group(5):
        return timedelta(hours=_ZONES.get(match.group(5), 0))
    sign = -1 if match.group(2) == "-" else 1
    offset = sign * timedelta(hours=int(match.group(3)), minutes=int(match.group(4) or 0))
    return offset if abs(offset) <= timedelta(hours=14) else timedelta()
