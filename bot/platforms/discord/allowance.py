"""How often Discord may be asked: its limit for a whole bot, and the breaker before its ban; no I/O.

Discord's documentation of rate limits: 50 requests a second, whatever they are; 10,000 answers of 401, 403 or 429
within ten minutes, and the address is banned. Answers to interactions count against neither.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from bot.core import pace
from bot.core.ports import Window

EVERYTHING: Final = Window(45, 1.02)
INVALID: Final = Window(1_000, 600.0)
"""Refused requests after which nothing is asked any more: a tenth of what gets the address banned."""
REFUSED: Final = frozenset((401, 403, 429))
LONGEST: Final = 4_000
"""Buckets that are remembered."""


class Allowance:
    """What has been asked lately, and how it was answered."""

    def __init__(self, everything: Window = EVERYTHING, invalid: Window = INVALID) -> None:
        self._everything = everything
        self._invalid = invalid
        self._asked: deque[datetime] = deque(maxlen=everything.count)
        self._refused: deque[datetime] = deque(maxlen=invalid.count)
        self._full: dict[str, datetime] = {}

    def book(self, now: datetime) -> float:
        """Count a request; give the seconds until it may start."""
        latest = max(now, self._asked[-1]) if self._asked else now
        starts = pace.opens((self._everything,), self._asked, latest)
        self._asked.append(starts)
        return (starts - now).total_seconds()

    def tripped(self, now: datetime) -> float:
        """Give the seconds for which nothing may be asked, because too much was refused; 0 while all is well."""
        if not self._refused:
            return 0.0
        opens = pace.opens((self._invalid,), self._refused, now)
        return (opens - now).total_seconds()

    def full(self, route: str, now: datetime) -> float:
        """Give the seconds for which a route takes nothing, as its last answer said."""
        until = self._full.get(route)
        return 0.0 if until is None else max(0.0, (until - now).total_seconds())

    def learn(self, route: str, status: int, headers: Mapping[str, str], now: datetime) -> None:
        """Take from an answer what it says of the next requests. What is shared with other bots is nobody's fault."""
        if status in REFUSED and headers.get("X-Ratelimit-Scope") != "shared":
            self._refused.append(now)
        self._full.pop(route, None)
        if headers.get("X-Ratelimit-Remaining") != "0":
            return
        if (seconds := seconds_of(headers.get("X-Ratelimit-Reset-After"))) is not None:
            if len(self._full) >= LONGEST:
                self._full = {name: until for name, until in self._full.items() if until > now}
            self._full[route] = now + timedelta(seconds=seconds)


def seconds_of(text: object) -> float | None:
    """Read a number of seconds, at most a day; None where it is none."""
    try:
        seconds = float(str(text))
    except ValueError:
        return None
    return min(seconds, 86_400.0) if seconds >= 0 else None
