"""How much of a platform's limits is used up: the times of the last requests, by place and all together."""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta
from typing import Final

from bot.core import pace
from bot.core.models import PlaceKind
from bot.core.ports import Limits

SWEEP: Final = 1_000
"""Places whose requests are remembered before those that count no more are forgotten."""


class Budget:
    """The state that ``core.pace`` judges. A hold keeps the whole platform back until a time (a platform-wide 429)."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._all: deque[datetime] = deque(maxlen=max(1, pace.keep(limits.overall)))
        self._places: dict[str, deque[datetime]] = {}
        self._most = max((pace.keep(windows) for windows in limits.place.values()), default=1)
        self._hold: datetime | None = None
        every = [window for windows in (limits.overall, *limits.place.values()) for window in windows]
        self.span = timedelta(seconds=max((window.seconds for window in every), default=0.0))
        """How far back requests count."""

    def spend(self, place: str, at: datetime) -> None:
        """Count a request."""
        self._all.append(at)
        if len(self._places) > SWEEP:
            self._places = {name: times for name, times in self._places.items() if times[-1] + self.span > at}
        self._places.setdefault(place, deque(maxlen=max(1, self._most))).append(at)

    def hold(self, until: datetime) -> None:
        """Keep everything back until a time."""
        self._hold = until if self._hold is None else max(self._hold, until)

    def room(self, now: datetime) -> int:
        """Count the requests that may go now, wherever to."""
        if self._hold is not None and self._hold > now:
            return 0
        return pace.room(self._limits.overall, self._all, now)

    def opens(self, place: str, kind: PlaceKind, now: datetime, taken: int = 0) -> datetime:
        """Tell when the next request may go to a place, ``taken`` others being about to go there ``now``."""
        recent = [*self._places.get(place, ()), *([now] * taken)]
        return pace.opens(self._limits.place.get(kind, ()), recent, now)

    def free(self, now: datetime) -> datetime:
        """Tell when the next request may go anywhere."""
        opens = pace.opens(self._limits.overall, self._all, now)
        return opens if self._hold is None else max(opens, self._hold)
