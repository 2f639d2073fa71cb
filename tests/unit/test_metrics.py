"""What is counted, beside what Prometheus's own library would have counted."""

from __future__ import annotations

import prometheus_client
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.metrics import Spread, Tally
from bot.web import numbers

BUCKETS = (0.5, 1, 2.5, 10)


@given(st.lists(st.tuples(st.sampled_from(("a", 'b"\n')), st.sampled_from((*BUCKETS, 0, -1, 2, 11, 3.25)))))
def test_values_are_counted_as_prometheus_counts_them(seen: list[tuple[str, float]]) -> None:
    """Each in the buckets that reach so far, its edge included; every line of the page is the same."""
    theirs = prometheus_client.CollectorRegistry(auto_describe=False)
    histogram = prometheus_client.Histogram("x_seconds", "Some.", ("kind",), buckets=BUCKETS, registry=theirs)
    counter = prometheus_client.Counter("y_total", "Others.", ("kind", "more"), registry=theirs)
    spread, tally = Spread("x_seconds", "Some.", BUCKETS, "kind"), Tally("y_total", "Others.", "kind", "more")
    for kind, value in seen:
        histogram.labels(kind).observe(value)
        counter.labels(kind, "z").inc()
        spread.observe(value, kind)
        tally.add(kind, "z")
    ours = prometheus_client.CollectorRegistry(auto_describe=False)
    ours.register(numbers.Given((numbers.spread_family(spread), numbers.tally_family(tally))))
    assert lines(ours) == lines(theirs)


def lines(registry: prometheus_client.CollectorRegistry) -> list[str]:
    """Give the page's lines, but for those that say since when each number is counted."""
    page = prometheus_client.generate_latest(registry).decode()
    return sorted(line for line in page.splitlines() if "_created" not in line)


def test_what_fails_is_timed_as_well() -> None:
    """A document that could not be read took its time, too."""
    spread = Spread("x_seconds", "Some.", (1000.0,))
    with pytest.raises(ZeroDivisionError), spread.time():
        _ = 1 / 0
    assert spread.counts == {(): [1, 0]}
    assert spread.sums.values[()] > 0
