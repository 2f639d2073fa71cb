"""Posts of a broadcast spread over a window, so that a command's answer finds room in it at any time.

A bucket that fills as fast as the window allows and holds a piece of it. Unlike a shorter window, it does not lose what
a turn takes from the moment at which something may go until it goes.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from bot.core.models import EPOCH
from bot.core.ports import Window

PIECES: Final = 8
"""Thirty posts at once would make the answer to a command wait for a second: an eighth of them goes at once."""


class Spread:
    """What may go at once of one window: at most an eighth of it, and, one commit being for all, no less than half."""

    def __init__(self, window: Window) -> None:
        self._gap = max(timedelta.resolution, timedelta(seconds=window.seconds / window.count))
        self._most = -(-window.count // PIECES)
        self._least = -(-self._most // 2)
        self._empty = EPOCH
        """When the bucket was empty, had it been filling ever since; never later than the last request."""

    def spend(self, at: datetime) -> None:
        """Take one out; an answer does so even where there is none."""
        self._empty = min(max(self._empty, at - self._most * self._gap) + self._gap, at)

    def room(self, now: datetime) -> int:
        """Count what may go."""
        if self._empty > now:  # the clock was set back
            return self._most
        room = min(self._most, (now - self._empty) // self._gap)
        return room if room >= self._least else 0

    def opens(self, now: datetime) -> datetime:
        """Tell when something may go, ``now`` or later."""
        return now if self.room(now) else self._empty + self._least * self._gap
