"""What ``/metrics`` says: the counters of the running bot, and what the database knows at this moment."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import accumulate

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

from bot import metrics
from bot.core.called import called
from bot.core.incidents import Incident, Kind
from bot.core.models import Feed
from bot.core.overview import Queue
from bot.web.health import Facts, Vitals


class Numbers:
    """Reads the numbers; deliveries since the last reading are put into the latency histograms on the way."""

    def __init__(self, facts: Facts, vitals: Vitals, now: datetime) -> None:
        self._facts = facts
        self._vitals = vitals
        self._since = now
        self._turn = asyncio.Lock()

    async def page(self, now: datetime) -> bytes:
        """Give the whole page, in Prometheus's text format."""
        await self._arrivals()
        families = (
            *_queue(await self._facts.queue(now), now),
            _one("incoming_posts", "Posts that were ever seen.", await self._facts.post_count()),
            _many(
                "incoming_active_chats", "Open chats with a subscription.", "platform", await self._facts.active_chats()
            ),
            *_feeds(await self._facts.feeds(), now),
            _incidents(await self._facts.incidents()),
            *self._state(now),
        )
        registry = CollectorRegistry()
        registry.register(Given((*counted(), *families)))
        return generate_latest(registry)

    async def _arrivals(self) -> None:
        # Of two that read at once, the second must not count again what the first counts.
        async with self._turn:
            for arrival in await self._facts.arrivals(self._since):
                published = arrival.at - arrival.published if arrival.published else None
                metrics.delivered(arrival.platform, arrival.at - arrival.seen, published)
                self._since = arrival.at

    def _state(self, now: datetime) -> Iterable[GaugeMetricFamily]:
        loops = {name: float(alive) for name, alive in self._vitals.loops(now).items()}
        platforms = {name: float(not wrong) for name, wrong in self._vitals.platforms().items()}
        yield _many("incoming_loop_alive", "1 while the loop does what it is for.", "loop", loops)
        yield _many("incoming_platform_up", "1 while the platform answers to our token.", "platform", platforms)


class Given(Collector):
    """Hands out what was read before: the registry asks without awaiting."""

    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = tuple(families)

    def collect(self) -> Iterable[Metric]:
        """Hand them out."""
        return self._families


def counted() -> Iterable[Metric]:
    """Give what was counted since the start."""
    return (*map(tally_family, metrics.TALLIES), *map(spread_family, metrics.SPREADS))


def tally_family(tally: metrics.Tally) -> Metric:
    """Write a number as Prometheus has it."""
    kind = CounterMetricFamily if tally.name.endswith("_total") else GaugeMetricFamily
    family = kind(tally.name, tally.text, labels=tally.labels)
    for of, value in tally.values.items():
        family.add_metric(of, value)
    return family


def spread_family(spread: metrics.Spread) -> Metric:
    """Write a histogram as Prometheus has it: each bucket with all that is below."""
    bounds = [*map(floatToGoString, spread.buckets), "+Inf"]
    family = HistogramMetricFamily(spread.name, spread.text, labels=spread.labels)
    for of, counts in spread.counts.items():
        below = list(zip(bounds, map(float, accumulate(counts)), strict=True))
        family.add_metric(of, below, sum_value=spread.sums.values[of])
    return family


def _queue(queue: Queue, now: datetime) -> Iterable[GaugeMetricFamily]:
    age = (now - queue.oldest).total_seconds() if queue.oldest else 0.0
    yield _one("incoming_queue_wanted", "Deliveries that wait, also for a digest or quiet hours.", queue.wanted)
    yield _one("incoming_queue_held", "Deliveries held by a pause, a closed place or the operator.", queue.held)
    yield _one("incoming_queue_due", "Chats whose next message could go now.", queue.due)
    yield _one("incoming_queue_age_seconds", "For how long the first of these could have gone.", max(0.0, age))


def _feeds(feeds: Iterable[Feed], now: datetime) -> Iterable[GaugeMetricFamily]:
    # Of those that are shown by one name, the worse counts: a series must not stand twice.
    feeds = tuple(feeds)
    seen = dict(sorted((called(feed.name), (now - feed.last_ok).total_seconds()) for feed in feeds if feed.last_ok))
    ill = dict(sorted((called(feed.name), float(feed.trouble is not None)) for feed in feeds))
    yield _many("incoming_feed_trouble", "1 while the last look at the feed failed.", "feed", ill)
    yield _many("incoming_feed_ok_age_seconds", "How long ago the feed was read well.", "feed", seen)


def _incidents(found: Iterable[Incident]) -> GaugeMetricFamily:
    counts = Counter(each.kind for each in found)
    # A kind of which there is none counts 0: a series that comes and goes cannot be compared.
    return _many(
        "incoming_incidents", "Troubles that are open, by kind.", "kind", {kind.value: counts[kind] for kind in Kind}
    )


def _one(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, text, value=value)


def _many(name: str, text: str, label: str, values: Mapping[str, float]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, text, labels=(label,))
    for key, value in values.items():
        family.add_metric((key,), value)
    return family
