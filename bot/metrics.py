"""What is counted while the bot runs, for Prometheus: a registry of our own, read by ``/metrics``.

Names and labels are stable: dashboards and alerts rely on them. No label carries a chat, a post or an address. What
the database knows (queues, posts, chats) is not counted here: ``bot.web`` reads it when it is asked.
"""

from __future__ import annotations

import functools
from datetime import timedelta
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from bot.core.models import Failed, Look, NotModified, Outcome, Retry

REGISTRY: Final = CollectorRegistry(auto_describe=True)

SENDS: Final = Counter(
    "incoming_sends_total",
    "Requests that ended, by outcome: sent, retry, uncertain, gone, moved, rejected.",
    ("platform", "outcome"),
    registry=REGISTRY,
)
RATE_LIMITED: Final = Counter(
    "incoming_rate_limited_total",
    "Requests that a platform refused as too many (429).",
    ("platform",),
    registry=REGISTRY,
)
LATENCY: Final = Histogram(
    "incoming_delivery_seconds",
    "From the first sight of a post to its delivery, for posts that were delivered.",
    ("platform",),
    buckets=(1, 2, 5, 10, 30, 60, 300, 900, 3600, 21600, 86400),
    registry=REGISTRY,
)
PUBLISHED: Final = Histogram(
    "incoming_publish_to_delivered_seconds",
    "From the date that a post bears to its delivery; posts with a date within a week before their first sight.",
    ("platform",),
    buckets=(30, 60, 300, 900, 1800, 3600, 7200, 21600, 43200, 86400, 172800, 604800),
    registry=REGISTRY,
)
CHECKS: Final = Counter(
    "incoming_feed_checks_total",
    "Looks at feeds, by result: read, not_modified, or the stable name of the trouble.",
    ("result",),
    registry=REGISTRY,
)
PARSE: Final = Histogram(
    "incoming_parse_seconds",
    "Reading a document in a worker process, the wait for a free one included.",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
    registry=REGISTRY,
)
LAG: Final = Histogram(
    "incoming_event_loop_lag_seconds",
    "How much later than asked for the event loop woke its pulse.",
    buckets=(0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5),
    registry=REGISTRY,
)
PRUNED: Final = Counter("incoming_pruned_rows_total", "Rows that retention removed or emptied.", registry=REGISTRY)
STARTED: Final = Gauge("incoming_start_time_seconds", "When the bot started, seconds since 1970.", registry=REGISTRY)

_SANE: Final = timedelta(days=7)


def sent(platform: str, outcome: Outcome) -> None:
    """Count a request that ended."""
    _sends(platform, type(outcome).__name__.lower()).inc()
    if isinstance(outcome, Retry) and outcome.reason == "flood":
        RATE_LIMITED.labels(platform).inc()


@functools.lru_cache
def _sends(platform: str, outcome: str) -> Counter:
    return SENDS.labels(platform, outcome)


def looked(look: Look) -> None:
    """Count a look at a feed."""
    name = look.name if isinstance(look, Failed) else "not_modified" if isinstance(look, NotModified) else "read"
    CHECKS.labels(str(name)).inc()


def delivered(platform: str, since_seen: timedelta, since_published: timedelta | None) -> None:
    """Count a post that arrived: how long after its first sight, and after the date that it bears, if any."""
    LATENCY.labels(platform).observe(max(0.0, since_seen.total_seconds()))
    # A date far off is an import, a draft's birthday or a mistake: it says nothing about us.
    if since_published is not None and since_seen <= since_published <= since_seen + _SANE:
        PUBLISHED.labels(platform).observe(since_published.total_seconds())
