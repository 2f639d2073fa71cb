"""When the next request may go, from the times of the last ones: pure.

A window of (count, seconds) allows ``count`` requests in any stretch of ``seconds``, wherever it begins: the strictest
reading of "20 a minute", and the one that cannot be caught at a window's edge.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from bot.core.ports import Window

PLENTY: Final = 1_000
"""The room where nothing limits it."""


def opens(windows: Sequence[Window], recent: Sequence[datetime], now: datetime) -> datetime:
    """Give the earliest time, ``now`` or later, at which one more request keeps every window.

    ``recent`` are the times of earlier requests, oldest first.
    """
    at = now
    for window in windows:
        if len(recent) >= window.count:
            at = max(at, recent[-window.count] + timedelta(seconds=window.seconds))
    return at


def room(windows: Sequence[Window], recent: Sequence[datetime], now: datetime) -> int:
    """Count the requests that may go at once, ``now``; ``recent`` as for ``opens``."""
    free = [
        # They are in order, and may be a thousand: those that still count are not counted one by one.
        window.count - len(recent) + bisect_right(recent, now - timedelta(seconds=window.seconds))
        for window in windows
    ]
    return max(0, min(free, default=PLENTY))


def keep(windows: Sequence[Window]) -> int:
    """Count the times that must be remembered to judge these windows."""
    return max((window.count for window in windows), default=0)
