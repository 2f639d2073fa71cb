"""What is counted while the bot runs, for Prometheus: ``bot.web.numbers`` writes it down when ``/metrics`` is asked.

Names and labels are stable: dashboards and alerts rely on them. No label carries a chat, a post or an address. What
the database knows (queues, posts, chats) is not counted here: ``bot.web`` reads it when it is asked. Counting is done
in the event loop's thread alone, and without Prometheus's library: most who count are never asked.
"""

from __future__ import annotations

import contextlib
import time
from bisect import bisect_left
from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from bot.core.models import Failed, Look, NotModified, Outcome, Retry


class Tally:
    """A number for each choice of values for its labels. One whose name ends in ``_total`` only grows."""

    def __init__(self, name: str, text: str, *labels: str) -> None:
        self.name = name
        self.text = text
        self.labels = labels
        self.values: dict[tuple[str, ...], float] = {} if labels else {(): 0.0}

    def add(self, *of: str, by: float = 1.0) -> None:
        """Let it grow."""
        self.values[of] = self.values.get(of, 0.0) + by

    def set(self, value: float, *of: str) -> None:
        """Let it be this."""
        self.values[of] = value


class Spread:
    """How many of the values seen were at most so large, for each choice of values for its labels."""

    def __init__(self, name: str, text: str, buckets: tuple[float, ...], *labels: str) -> None:
        self.name = name
        self.text = text
        self.buckets = buckets
        self.labels = labels
        self.sums = Tally(name, text, *labels)
        self.counts: dict[tuple[str, ...], list[int]] = {}
        """For each bucket those above the one before; the last are above all."""
        if not labels:
            self._row(())

    def observe(self, value: float, *of: str) -> None:
        """Count a value."""
        self._row(of)[bisect_left(self.buckets, value)] += 1
        self.sums.add(*of, by=value)

    @contextlib.contextmanager
    def time(self) -> Iterator[None]:
        """Count how many seconds something takes, also where it fails."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self.observe(time.perf_counter() - began)

    def _row(self, of: tuple[str, ...]) -> list[int]:
        return self.counts.setdefault(of, [0] * (len(self.buckets) + 1))


SENDS: Final = Tally(
    "incoming_sends_total",
    "Requests that ended, by outcome: sent, retry, uncertain, gone, moved, rejected.",
    "platform",
    "outcome",
)
RATE_LIMITED: Final = Tally(
    "incoming_rate_limited_total",
    "Requests that a platform refused as too many (429).",
    "platform",
)
LATENCY: Final = Spread(
    "incoming_delivery_seconds",
    "From the first sight of a post to its delivery, for posts that were delivered.",
    (1, 2, 5, 10, 30, 60, 300, 900, 3600, 21600, 86400),
    "platform",
)
PUBLISHED: Final = Spread(
    "incoming_publish_to_delivered_seconds",
    "From the date that a post bears to its delivery; posts with a date within a week before their first sight.",
    (30, 60, 300, 900, 1800, 3600, 7200, 21600, 43200, 86400, 172800, 604800),
    "platform",
)
CHECKS: Final = Tally(
    "incoming_feed_checks_total",
    "Looks at feeds, by result: read, not_modified, or the stable name of the trouble.",
    "result",
)
PARSE: Final = Spread(
    "incoming_parse_seconds",
    "Reading a document in a worker process, the wait for a free one included.",
    (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
LAG: Final = Spread(
    "incoming_event_loop_lag_seconds",
    "How much later than asked for the event loop woke its pulse.",
    (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5),
)
PRUNED: Final = Tally("incoming_pruned_rows_total", "Rows that retention removed or emptied.")
STARTED: Final = Tally("incoming_start_time_seconds", "When the bot started, seconds since 1970.")

TALLIES: Final = (SENDS, RATE_LIMITED, CHECKS, PRUNED, STARTED)
SPREADS: Final = (LATENCY, PUBLISHED, PARSE, LAG)

_SANE: Final = timedelta(days=7)


def sent(platform: str, outcome: Outcome) -> None:
    """Count a request that ended."""
    SENDS.add(platform, type(outcome).__name__.lower())
    if isinstance(outcome, Retry) and outcome.reason == "flood":
        RATE_LIMITED.add(platform)


def looked(look: Look) -> None:
    """Count a look at a feed."""
    name = look.name if isinstance(look, Failed) else "not_modified" if isinstance(look, NotModified) else "read"
    CHECKS.add(str(name))


def delivered(platform: str, since_seen: timedelta, since_published: timedelta | None) -> None:
    """Count a post that arrived: how long after its first sight, and after the date that it bears, if any."""
    LATENCY.observe(max(0.0, since_seen.total_seconds()), platform)
    # A date far off is an import, a draft's birthday or a mistake: it says nothing about us.
    if since_published is not None and since_seen <= since_published <= since_seen + _SANE:
        PUBLISHED.observe(since_published.total_seconds(), platform)
