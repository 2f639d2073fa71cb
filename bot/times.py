"""How dates, times of day and lengths of time are said in the reader's language."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, tzinfo
from zoneinfo import ZoneInfo

from babel.core import Locale
from babel.dates import format_interval, format_skeleton

from bot.core.ports import Words
from bot.i18n import nearest

_LOCALES = {"zh": "zh_Hans_CN", "zh-TW": "zh_Hant_TW", "en": "en_GB"}
_UNITS = (("days", 86400), ("hours", 3600), ("minutes", 60))


def duration(words: Words, seconds: float) -> str:
    """Say a length of time in its largest whole unit, at least a minute: ``3 小时``, ``3 hours``."""
    for unit, size in _UNITS:
        if seconds >= size:
            return words(unit, n=int(seconds // size))
    return words("minutes", n=1)


def day(language: str, when: date, *, today: date) -> str:
    """Say a day: ``1月19日``, ``19 Jan``; with its year where that is not today's."""
    skeleton = "MMMd" if when.year == today.year else "yMMMd"
    return format_skeleton(skeleton, datetime(when.year, when.month, when.day, tzinfo=UTC), locale=_locale(language))


def day_of(language: str, when: datetime, timezone: str, *, now: datetime) -> str:
    """Say the day of a point of time in a chat's own zone."""
    here = zone(timezone)
    return day(language, when.astimezone(here).date(), today=now.astimezone(here).date())


def days(language: str, first: date, last: date) -> str:
    """Say a run of days: ``1月19–25日``, ``19–25 Jan``, ``1月30日–2月5日``."""
    text = format_interval(first, last, "MMMd", locale=_locale(language))
    # Babel writes 1月19日至25日; our digests head their lists with the shorter form.
    return re.sub(r"日至(?=\d+日$)", "–", text).replace("至", "–")


def moment(language: str, when: datetime, timezone: str, *, now: datetime) -> str:
    """Say a point of time in a chat's own zone: ``08:00`` on the same day, else ``1月19日 08:00``."""
    here = zone(timezone)
    there, today = when.astimezone(here), now.astimezone(here).date()
    clock = there.strftime("%H:%M")
    if there.date() == today:
        return clock
    return f"{day(language, there.date(), today=today)}{', ' if nearest(language) == 'en' else ' '}{clock}"


def at(words: Words, when: datetime, timezone: str, *, now: datetime) -> str:
    """Say a point of time as part of a sentence: ``at 08:00``, ``on 22 Nov, 08:00``."""
    here = zone(timezone)
    same = when.astimezone(here).date() == now.astimezone(here).date()
    return words("at_time" if same else "on_day", time=moment(words.language, when, timezone, now=now))


def _locale(language: str) -> str:
    return _LOCALES[nearest(language)]


def cities() -> Mapping[str, str]:
    """Name time zones' cities in Chinese, by zone; a zone may have none."""
    zones = Locale.parse("zh_Hans").time_zones
    return {name: city for name, known in zones.items() if (city := known.get("city"))}


@functools.lru_cache
def zone(name: str) -> tzinfo:
    """Give a time zone by its IANA name; one that the zone files no longer know is UTC, for an answer must not fail."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return UTC
