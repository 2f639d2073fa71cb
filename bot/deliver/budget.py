"""How much of a platform's limits is used up: the times of the last requests, by place and all together."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from bot.core import pace
from bot.core.models import EPOCH, PlaceKind
from bot.core.ports import Limits

SWEEP: Final = 1_000
"""Places whose requests are remembered before those that count no more are forgotten."""


class Budget:
    """The state that ``core.pace`` judges.

    A hold keeps a place, or the whole platform, back until a time (a 429). What is ``taken`` is about to go: it counts
    as going now, until ``settle``.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._all: deque[datetime] = deque(maxlen=max(1, pace.keep(limits.overall)))
        self._places: dict[str, deque[datetime]] = {}
        self._most = max((pace.keep(windows) for windows in limits.place.values()), default=1)
        self._taken: Counter[str] = Counter()
        self._hold = EPOCH
        self._holds: dict[str, datetime] = {}
        every = [window for windows in (limits.overall, *limits.place.values()) for window in windows]
        self.span = timedelta(seconds=max((window.seconds for window in every), default=0.0))
        """How far back requests count."""

    def spend(self, place: str, at: datetime) -> None:
        """Count a request."""
        self._all.append(at)
        if len(self._places) > SWEEP:
            self._places = {name: times for name, times in self._places.items() if times[-1] + self.span > at}
        self._places.setdefault(place, deque(maxlen=max(1, self._most))).append(at)

    def take(self, place: str) -> None:
        """Set a request to a place aside."""
        self._taken[place] += 1

    def settle(self) -> None:
        """Forget what was set aside: it was spent, or it did not come to it."""
        self._taken.clear()

    def hold(self, until: datetime) -> None:
        """Keep everything back until a time."""
        self._hold = max(self._hold, until)

    def hold_place(self, place: str, until: datetime, now: datetime) -> None:
        """Keep everything for a place back until a time."""
        self._holds = {name: end for name, end in self._holds.items() if end > now}
        self._holds[place] = max(self._holds.get(place, until), until)

    def held(self, place: str) -> datetime:
        """Tell until when a place is kept back."""
        return self._holds.get(place, EPOCH)

    def room(self, now: datetime) -> int:
        """Count the requests that may go now, wherever to."""
        return 0 if self._hold > now else pace.room(self._limits.overall, self._everywhere(now), now)

    def opens(self, place: str, kind: PlaceKind, now: datetime, before: int = 0) -> datetime:
        """Tell when the next request may go to a place, ``before`` others having to go there first."""
        recent = self._recent(self._places.get(place, ()), self._taken[place] + before, now)
        return pace.opens(self._limits.place.get(kind, ()), recent, now)

    def free(self, now: datetime) -> datetime:
        """Tell when the next request may go anywhere."""
        return max(self._hold, pace.opens(self._limits.overall, self._everywhere(now), now))

    def _everywhere(self, now: datetime) -> list[datetime]:
        return self._recent(self._all, self._taken.total(), now)

    def _recent(self, times: Iterable[datetime], more: int, now: datetime) -> list[datetime]:
        # A clock that was set back must not hold everything up until it has caught up with what it said before.
        return [at for at in times if at <= now + self.span] + [now] * more
