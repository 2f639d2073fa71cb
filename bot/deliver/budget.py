"""How much of a platform's limits is used up: the times of the last requests, by place and all together."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import Counter, deque
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from bot.core import pace
from bot.core.models import EPOCH, PlaceKind
from bot.core.ports import Limits
from bot.deliver.spread import Spread

SAMPLE: Final = 200
"""Answers among which the quickest one is looked for."""
LATEST: Final = timedelta(seconds=0.5)
"""How much later than the quickest a request is believed to have arrived: an answer may also be slow by itself."""
SWEEP: Final = 1_000
"""Places whose requests are remembered before those that count no more are forgotten."""


class Budget:
    """The state that ``core.pace`` judges.

    A platform counts what arrives, not what starts. When a request arrived can only be told from when it was answered:
    as much later than it started as its answer took longer than the quickest one. Without that, a slow request would
    meet the quick ones of the next second at the platform, and be one too many.

    A hold keeps a place, or the whole platform, back until a time (a 429). What is ``taken`` is about to go: it counts
    as going now, until ``settle``.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._spreads = tuple(Spread(window) for window in limits.overall)
        self._all: list[datetime] = []
        self._places: dict[str, list[datetime]] = {}
        self._sweep = SWEEP
        self._journeys: deque[timedelta] = deque(maxlen=SAMPLE)
        self._least: timedelta | None = None
        self._keep = max(1, pace.keep(limits.overall))
        self._most = max([1, *map(pace.keep, limits.place.values())])
        self._taken: Counter[str] = Counter()
        self._hold = EPOCH
        self._holds: dict[str, datetime] = {}
        every = [window for windows in (limits.overall, *limits.place.values()) for window in windows]
        self.span = timedelta(seconds=max((window.seconds for window in every), default=0.0))
        """How far back requests count."""

    def spend(self, place: str, at: datetime) -> None:
        """Count a request."""
        for spread in self._spreads:
            spread.spend(at)
        self._add(self._all, at, self._keep)
        if len(self._places) > self._sweep:
            self._places = {name: times for name, times in self._places.items() if times[-1] + self.span > at}
            # A broadcast reaches more places within the span than that: each of them would go through all others.
            self._sweep = max(SWEEP, 2 * len(self._places))
        self._add(self._places.setdefault(place, []), at, self._most)

    def answered(self, place: str, began: datetime, at: datetime) -> None:
        """Correct when a request counts, now that it is answered."""
        took = at - began
        arrived = began + min(took - self._quickest(took), LATEST)
        for times, most in ((self._all, self._keep), (self._places.get(place, []), self._most)):
            here = bisect_left(times, began)
            if here < len(times) and times[here] == began:
                del times[here]
                self._add(times, arrived, most)

    def _quickest(self, took: timedelta) -> timedelta:
        """Remember how long an answer took; give the least of the last ones."""
        forgotten = self._journeys[0] if len(self._journeys) == SAMPLE else None
        self._journeys.append(took)
        if self._least is None or took <= self._least:
            self._least = took
        elif forgotten == self._least:
            self._least = min(self._journeys)
        return self._least

    def _add(self, times: list[datetime], at: datetime, most: int) -> None:
        """Keep the latest times, in order; what a clock that was set back has made the future counts no more."""
        if not times:
            times.append(at)
            return
        del times[bisect_right(times, at + self.span) :]
        insort(times, at)
        del times[:-most]

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

    def set_back(self, by: timedelta) -> None:
        """Hold things back as long as was asked, though the clock was set back by so much."""
        self._hold = self._hold - by if self._hold > EPOCH else EPOCH
        self._holds = {name: end - by for name, end in self._holds.items()}

    def room(self, now: datetime) -> int:
        """Count the posts that may go now, wherever to."""
        if self._hold > now:
            return 0
        spread = min((each.room(now) for each in self._spreads), default=pace.PLENTY) - self._taken.total()
        return max(0, min(pace.room(self._limits.overall, self._everywhere(now), now), spread))

    def next(self, now: datetime) -> datetime:
        """Tell when the next post may go anywhere."""
        return max([self.free(now), *(each.opens(now) for each in self._spreads)])

    def opens(self, place: str, kind: PlaceKind, now: datetime, before: int = 0) -> datetime:
        """Tell when the next request may go to a place, ``before`` others having to go there first."""
        times, more = self._places.get(place, ()), self._taken[place] + before
        if not times and not more:
            return now
        recent = self._recent(times, more, now)
        return pace.opens(self._limits.place.get(kind, ()), recent, now)

    def free(self, now: datetime) -> datetime:
        """Tell when the next request of any kind may go anywhere."""
        return max(self._hold, pace.opens(self._limits.overall, self._everywhere(now), now))

    def _everywhere(self, now: datetime) -> list[datetime]:
        return self._recent(self._all, self._taken.total(), now)

    def _recent(self, times: Sequence[datetime], more: int, now: datetime) -> list[datetime]:
        # A clock that was set back must not hold everything up until it has caught up with what it said before.
        return [*times[: bisect_right(times, now + self.span)], *[now] * more]
