"""When a chat wants to hear: digests, quiet hours, days and mornings in its own time zone. Pure.

A local time that a change of the clocks leaves out is taken as the moment when the clocks have gone on by as much; one
that comes twice is taken the first time. So each day has each of its times once.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final

from bot.core.models import Hours, Rhythm
from bot.reading.patterns import rare

DAY: Final = timedelta(days=1)
MORNING: Final = 8 * 60
"""The minute of the local day at which what was too much for the day before is listed."""
NOON: Final = 12 * 60
WEEK: Final = 7
_MINUTES: Final = 60
_CLOCK: Final = rare(r"([01]?[0-9]|2[0-4])(?:[:：h]([0-5][0-9]))?")
_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


# -- writing and reading ----------------------------------------------------------------------------------------------


def write_clock(minute: int) -> str:
    """Write a minute of the day: ``08:00``."""
    return f"{minute // _MINUTES:02}:{minute % _MINUTES:02}"


def read_clock(text: str) -> int | None:
    """Read a time of day (``8``, ``08:30``, ``24:00``) as a minute; None where it is none."""
    match = _CLOCK.fullmatch(text.strip())
    if match is None:
        return None
    minute = int(match[1]) * _MINUTES + int(match[2] or 0)
    return minute % (24 * _MINUTES) if minute <= 24 * _MINUTES else None


def write_hours(hours: Hours | None) -> str:
    """Write a stretch of the day: ``23:00-08:00``; nothing is the empty string."""
    return f"{write_clock(hours.start)}-{write_clock(hours.end)}" if hours else ""


def read_hours(text: str) -> Hours | None:
    """Read what ``write_hours`` wrote; None for anything else, and for a stretch without length."""
    start, _, end = text.partition("-")
    first, last = read_clock(start), read_clock(end)
    return None if first is None or last is None or first == last else Hours(first, last)


def write_rhythm(rhythm: Rhythm | None) -> str:
    """Write when a digest goes out: ``daily 08:00``, ``weekly mon 08:00``; nothing is the empty string."""
    if rhythm is None:
        return ""
    when = write_clock(rhythm.minute)
    return f"daily {when}" if rhythm.weekday is None else f"weekly {_DAYS[rhythm.weekday]} {when}"


def read_rhythm(text: str) -> Rhythm | None:
    """Read what ``write_rhythm`` wrote; None for anything else."""
    how, *rest = text.split() or [""]
    minute = read_clock(rest[-1]) if rest else None
    if minute is None or (how, len(rest)) not in {("daily", 1), ("weekly", 2)}:
        return None
    if how == "daily":
        return Rhythm(minute)
    return Rhythm(minute, _DAYS.index(rest[0])) if rest[0] in _DAYS else None


# -- local times ------------------------------------------------------------------------------------------------------


def local(day: date, minute: int, here: tzinfo, fold: int = 0) -> datetime:
    """Give the moment of a local day and minute, in UTC; with ``fold`` 1 the second one of a time that comes twice."""
    return datetime.combine(day, time(minute // _MINUTES, minute % _MINUTES, fold=fold), here).astimezone(UTC)


def _minute(when: datetime, here: tzinfo) -> int:
    there = when.astimezone(here)
    return there.hour * _MINUTES + there.minute


def day_of(when: datetime, here: tzinfo) -> date:
    """Give the local day of a moment."""
    return when.astimezone(here).date()


def next_local(minute: int, here: tzinfo, after: datetime) -> datetime:
    """Give the first moment after ``after`` at which it is this minute of a local day."""
    today = day_of(after, here)
    days = (today + number * DAY for number in range(-1, 3))
    return next(at for day in days if (at := local(day, minute, here)) > after)


# -- digests ----------------------------------------------------------------------------------------------------------


def next_digest(rhythm: Rhythm, here: tzinfo, after: datetime) -> datetime:
    """Give the first time after ``after`` at which a digest goes out."""
    at = next_local(rhythm.minute, here, after)
    while rhythm.weekday is not None and day_of(at, here).weekday() != rhythm.weekday:
        at = next_local(rhythm.minute, here, at)
    return at


def period(rhythm: Rhythm | None, here: tzinfo, at: datetime, earliest: datetime) -> tuple[date, date]:
    """Give the days that a digest of ``at`` is about; ``earliest`` is when its first post came.

    A weekly one has seven days: up to the day before where it comes in the morning, else up to its own.
    """
    last = day_of(at, here)
    if rhythm is None or rhythm.weekday is None:
        return min(last, day_of(earliest, here)) if rhythm is None else last, last
    if rhythm.minute < NOON:
        last -= DAY
    return min(last - (WEEK - 1) * DAY, day_of(earliest, here)), last


# -- quiet hours ------------------------------------------------------------------------------------------------------


def is_quiet(hours: Hours | None, here: tzinfo, when: datetime) -> bool:
    """Tell whether a moment lies in quiet hours; a stretch without length has none."""
    if hours is None or hours.start == hours.end:
        return False
    minute = _minute(when, here)
    if hours.start < hours.end:
        return hours.start <= minute < hours.end
    return minute >= hours.start or minute < hours.end


def quiet_end(hours: Hours | None, here: tzinfo, now: datetime) -> datetime | None:
    """Tell when the quiet hours that ``now`` lies in are over; None outside them.

    Where their end comes twice, the night of the change, they are over both times.
    """
    if hours is None or not is_quiet(hours, here, now):
        return None
    today = day_of(now, here)
    ends = (local(today + number * DAY, hours.end, here, fold) for number in range(-1, 3) for fold in (0, 1))
    return min(at for at in ends if at > now and not is_quiet(hours, here, at))
