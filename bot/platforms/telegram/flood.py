"""Keeps one chat's flood of commands from keeping the bot from everybody else's; pure."""

from __future__ import annotations

from collections import OrderedDict, deque
from datetime import datetime, timedelta
from typing import Final

COMMANDS: Final = 20
SECONDS: Final = 60
PLACES: Final = 10_000
"""Places that are remembered, the most recent ones."""


class Turnstile:
    """Lets at most twenty commands a minute of one place through."""

    def __init__(self) -> None:
        self._places: OrderedDict[str, deque[datetime]] = OrderedDict()
        self._told: set[str] = set()

    def wait(self, place: str, now: datetime) -> float:
        """Count a command; give 0 where it may go on, else after how many seconds the next one may."""
        times = self._places.setdefault(place, deque())
        self._places.move_to_end(place)
        # A clock that was set back mutes nobody: what lies ahead of it is forgotten, too.
        while times and not now - timedelta(seconds=SECONDS) < times[0] <= now:
            times.popleft()
        if len(times) >= COMMANDS:
            return (times[0] + timedelta(seconds=SECONDS) - now).total_seconds()
        times.append(now)
        self._told.discard(place)
        self._forget()
        return 0.0

    def tell(self, place: str) -> bool:
        """Tell whether this refusal is the first one in a row: the only one that is answered."""
        first = place not in self._told
        self._told.add(place)
        return first

    def _forget(self) -> None:
        while len(self._places) > PLACES:
            place, _ = self._places.popitem(last=False)
            self._told.discard(place)
