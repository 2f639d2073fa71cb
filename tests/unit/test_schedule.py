from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.models import Failed, Feed, Fetched, FetchInfo, Look, NotModified, Sighting, Trouble, Validators
from bot.core.schedule import DAY, HOUR, MONTH, Bounds, asleep, held_until, next_check, settle
from bot.core.trouble import TroubleName

NOW = datetime(2026, 3, 2, 10, 30, tzinfo=UTC)  # a Monday
FEED = Feed(id=1, name="blog", url="https://example.org/feed")
GOOD = FetchInfo(200, Validators('"1"'))
UNCHANGED = NotModified(GOOD)


def wait(feed: Feed, look: Look, now: datetime = NOW, *, new: int = 0, jitter: float = 0.0) -> float:
    """Give the seconds until the next look."""
    return (next_check(feed, look, now, new=new, jitter=jitter).next_check - now).total_seconds()


def fetched(*ages: float, **changes: Any) -> Fetched:
    """Make a document whose entries are so many days old."""
    sightings = tuple(Sighting(guid=str(age), published=NOW - timedelta(days=age)) for age in ages)
    return replace(Fetched(GOOD, sightings), **changes)


def run(feed: Feed, look: Look, times: int, *, new: int = 0) -> tuple[Feed, datetime]:
    """Look so many times, each when it is due, with the same result."""
    now = NOW
    for _ in range(times):
        feed = settle(feed, look, now=now, new=new)
        now = feed.next_check
    return feed, now


def failed(name: str = "server_error", **info: Any) -> Failed:
    """Make a failure."""
    return Failed(name, "it failed", FetchInfo(500, **info))


# -- all is well ------------------------------------------------------------------------------------------------------


def test_an_hour_is_the_least() -> None:
    """E13: a lively blog is asked conditionally once an hour."""
    assert wait(FEED, fetched(0.1, 0.5, 1.0)) == HOUR


def test_a_server_without_validators_is_spared() -> None:
    """E13: where every request costs the whole document, once a day is enough."""
    assert wait(FEED, replace(fetched(0.1), info=FetchInfo(200))) == DAY


def test_a_server_that_names_a_short_age_is_taken_at_its_word() -> None:
    """E13: without validators but with a max-age of its own, the usual hour holds."""
    assert wait(FEED, replace(fetched(0.1), info=FetchInfo(200, max_age=600.0))) == HOUR


def test_an_operators_interval_leads() -> None:
    """A blog's owner may have a feed of their own looked at every minute, whatever its headers say, but not faster."""
    feed = replace(FEED, interval=60.0)
    slow = replace(fetched(300.0, ttl=7200.0), info=FetchInfo(200, max_age=9000.0))
    assert wait(feed, slow, jitter=1.0) == 60.0
    assert wait(replace(feed, interval=1.0), slow) == 60.0


def test_silence_slows_and_a_post_resets() -> None:
    """E11: looks become rarer while nothing comes, up to the ceiling; a new post brings them back."""
    feed = replace(FEED, pace=next_check(FEED, fetched(0.0), NOW).pace)
    waits = [wait(feed, UNCHANGED, NOW + timedelta(days=days)) for days in (0, 1, 2, 4, 60)]
    assert waits == sorted(waits)
    assert waits[0] == HOUR
    assert waits[-1] == Bounds().ceiling
    assert wait(feed, fetched(0.0), NOW + timedelta(days=60), new=1) == HOUR


def test_a_steady_blog_is_looked_at_more_often_than_an_erratic_one() -> None:
    """The blog's own rhythm counts: after two quiet days a daily blog is nearer to its next post."""
    daily, monthly = (next_check(FEED, fetched(*days), NOW).pace for days in ((0, 1, 2, 3), (0, 30, 60, 90)))
    later = NOW + timedelta(days=3)
    assert wait(replace(FEED, pace=daily), UNCHANGED, later) < wait(replace(FEED, pace=monthly), UNCHANGED, later)


def test_max_age_raises() -> None:
    """E10: what the server says is fresh is not asked for, for a month at most."""
    assert wait(FEED, NotModified(replace(GOOD, max_age=5 * HOUR))) == 5 * HOUR
    assert wait(FEED, NotModified(replace(GOOD, max_age=1e9))) == 31 * DAY


def test_ttl_raises_and_is_remembered() -> None:
    """E12: the feed's ttl counts, also after answers without a body, for a day at most."""
    feed = settle(FEED, fetched(0.0, ttl=3 * HOUR), now=NOW)
    assert wait(feed, UNCHANGED) == 3 * HOUR
    assert wait(FEED, fetched(0.0, ttl=1e9)) == DAY


def test_skipped_hours_and_days_are_honoured() -> None:
    """E12: a look that would fall into an hour or day (UTC) that the feed excludes moves to the next one after."""
    plan = next_check(FEED, fetched(0.0, skip_hours=frozenset({11, 12})), NOW)
    assert plan.next_check == NOW.replace(hour=13, minute=0)
    plan = next_check(FEED, fetched(0.0, skip_days=frozenset({0, 1})), NOW)
    assert plan.next_check == datetime(2026, 3, 4, 0, 0, tzinfo=UTC)


def test_a_feed_that_excludes_everything_is_not_obeyed() -> None:
    """E12: all hours or all days skipped would mean never."""
    everything = fetched(0.0, skip_hours=frozenset(range(24)), skip_days=frozenset(range(7)))
    assert wait(FEED, everything) == HOUR


def test_looks_spread_out() -> None:
    """Feeds do not come in step: chance adds up to a tenth."""
    assert wait(FEED, fetched(0.0), jitter=1.0) == pytest.approx(1.1 * HOUR)


# -- failures ---------------------------------------------------------------------------------------------------------


def test_failures_back_off_to_a_day() -> None:
    """E19: each failure doubles the wait, and a day is the most."""
    feed, waits = FEED, []
    for _ in range(8):
        waits.append(wait(feed, failed()))
        feed = settle(feed, failed(), now=NOW)
    assert waits == [1 * HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR, 16 * HOUR, DAY, DAY, DAY]


def test_trouble_counts_and_ends() -> None:
    """A run of failures keeps its beginning, whatever each is called; the next good look ends it."""
    feed = settle(FEED, failed("dns"), now=NOW)
    feed = settle(feed, failed("timeout"), now=NOW + timedelta(hours=1))
    assert feed.trouble == Trouble("timeout", "it failed", NOW, 2)
    assert settle(feed, UNCHANGED, now=NOW + timedelta(hours=2)).trouble is None


def test_after_a_month_of_failures_a_feed_sleeps() -> None:
    """E19: a feed that only fails is looked at once a week in the end, and is called asleep."""
    feed, now = run(FEED, failed(), 40)
    assert asleep(feed, now)
    assert wait(feed, failed(), now) == 7 * DAY
    assert not asleep(settle(feed, UNCHANGED, now=now), now)


def test_gone_means_stop() -> None:
    """E19: a 410 is not asked again for years, and the feed is asleep at once."""
    feed = settle(FEED, Failed(TroubleName.GONE, "HTTP 410", gone=True), now=NOW)
    assert feed.next_check - NOW > timedelta(days=3000)
    assert asleep(feed, NOW)


@pytest.mark.parametrize("interval", [None, 60.0])
def test_retry_after_is_obeyed(interval: float | None) -> None:
    """E8: no request before the server's own time, also for an operator's interval, and 31 days at most."""
    feed = replace(FEED, interval=interval)
    assert wait(feed, failed(retry_after=7 * HOUR)) == 7 * HOUR
    assert wait(feed, failed(retry_after=1e9)) == 31 * DAY


def test_retry_after_is_remembered_and_forgotten() -> None:
    """E8: whoever wants to look at once can see until when not to; a good look lifts it."""
    feed = settle(FEED, failed(retry_after=500.0), now=NOW)
    assert held_until(feed) == NOW + timedelta(seconds=500)
    assert held_until(settle(feed, failed(), now=NOW)) == NOW + timedelta(seconds=500)
    assert held_until(settle(feed, UNCHANGED, now=NOW)) is None
    assert held_until(FEED) is None


@pytest.mark.parametrize(("interval", "usual"), [(None, HOUR), (600.0, 600.0)])
def test_a_bare_429_slows_four_times(interval: float | None, usual: float) -> None:
    """E9: "too often" without a time quadruples the wait."""
    assert wait(replace(FEED, interval=interval), failed("rate_limited")) == 4 * usual


def test_a_dead_network_does_not_count_against_the_feed() -> None:
    """Nobody was bothered by a name that does not resolve, so an hour later it is tried again, however often."""
    feed, now = run(FEED, failed("dns"), 10)
    assert wait(feed, failed("dns"), now) == HOUR


# -- what is stored ---------------------------------------------------------------------------------------------------


def test_a_failure_keeps_validators_and_the_known_document() -> None:
    """E5: the next request after a failure is as conditional as the one before."""
    feed = replace(FEED, validators=Validators('"1"', "monday"), body_hash="abc", baseline=True, last_ok=NOW)
    later = settle(feed, failed(), now=NOW + timedelta(hours=1))
    assert (later.validators, later.body_hash, later.baseline) == (feed.validators, "abc", True)
    assert (later.last_ok, later.last_check) == (NOW, NOW + timedelta(hours=1))


def test_a_document_is_the_baseline_from_then_on() -> None:
    """A good document sets everything that the next look needs, also when it has no entries."""
    look = replace(Fetched(GOOD, (), "hash", "Title", "https://example.org/", "zh"))
    feed = settle(FEED, look, now=NOW)
    assert (feed.baseline, feed.body_hash, feed.validators) == (True, "hash", GOOD.validators)
    assert (feed.title, feed.home, feed.language) == ("Title", "https://example.org/", "zh")
    assert (feed.last_ok, feed.last_new, feed.trouble) == (NOW, None, None)
    assert settle(feed, look, now=NOW, new=2).last_new == NOW


def test_an_unchanged_document_stores_new_validators() -> None:
    """E4: validators of a 304 or of the same bytes are taken over, nothing else changes."""
    feed = replace(FEED, body_hash="hash", validators=Validators('"0"'))
    later = settle(feed, UNCHANGED, now=NOW)
    assert (later.validators, later.body_hash, later.baseline) == (GOOD.validators, "hash", False)


def test_a_move_is_believed_the_second_time() -> None:
    """E20: a permanent redirect is taken over when two good looks in a row agree, since hotels redirect all."""
    moved = NotModified(replace(GOOD, url="https://new.example.org/feed"))
    once = settle(FEED, moved, now=NOW)
    assert once.url == FEED.url
    assert settle(once, moved, now=NOW).url == "https://new.example.org/feed"
    elsewhere = NotModified(replace(GOOD, url="https://hotel.example.org/login"))
    assert settle(once, elsewhere, now=NOW).url == FEED.url
    assert settle(settle(once, failed(), now=NOW), moved, now=NOW).url == FEED.url
    assert settle(settle(once, UNCHANGED, now=NOW), moved, now=NOW).url == FEED.url


# -- properties -------------------------------------------------------------------------------------------------------

seconds = st.none() | st.floats(min_value=0, max_value=1e12, allow_nan=False)
infos = st.builds(FetchInfo, status=st.just(200), max_age=seconds, retry_after=seconds, url=st.none() | st.just("u"))
moments = st.datetimes(datetime(1971, 1, 1), datetime(2400, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 -- it adds the zone
looks = st.one_of(
    st.builds(NotModified, infos),
    st.builds(Failed, st.sampled_from(list(TroubleName)), st.just(""), infos, st.booleans()),
    st.builds(
        Fetched,
        infos,
        st.lists(st.builds(Sighting, published=st.none() | moments), max_size=5).map(tuple),
        ttl=seconds,
        skip_hours=st.frozensets(st.integers(0, 23)),
        skip_days=st.frozensets(st.integers(0, 6)),
    ),
)
paces = st.text(max_size=20) | st.sampled_from(
    ["", "[]", "7", '{"last":"x","gap":1e400,"times":null,"hours":[99,"a"],"moved":3}', '{"gap":-5,"last":1e10}']
)


@given(st.lists(looks, max_size=6), moments, paces, st.none() | st.floats(0, 1e7), st.floats(0, 1))
def test_the_next_look_is_always_ahead_and_never_lost(
    run_of: list[Look], now: datetime, pace: str, interval: float | None, jitter: float
) -> None:
    """Whatever is answered and remembered, the next look is at least a minute ahead and within ten years or so."""
    feed = replace(FEED, pace=pace, interval=interval)
    for look in run_of:
        feed = settle(feed, look, now=now, jitter=jitter, new=int(jitter * 2))
        assert timedelta(seconds=60) <= feed.next_check - now <= timedelta(days=4100)


@given(looks, st.floats(0, 1))
def test_retry_after_always_wins(look: Look, jitter: float) -> None:
    """No failure's next look comes before the time that the server asked for, up to a month."""
    if isinstance(look, Failed):
        asked = min(look.info.retry_after or 0.0, 31 * DAY)
        assert wait(FEED, look, jitter=jitter) >= asked - 1e-3


successes = st.one_of(st.builds(NotModified, infos), st.builds(Fetched, infos, st.just(()), ttl=seconds))


@given(successes, st.floats(0, 1), st.integers(0, 3))
def test_freshness_and_the_operators_bounds_hold(look: NotModified | Fetched, jitter: float, new: int) -> None:
    """Never before a document is stale, nor within the floor; never beyond the longest of ceiling, floors, wishes."""
    after = settle(FEED, look, now=NOW, jitter=jitter, new=new).next_check - NOW
    fresh, ttl = min(look.info.max_age or 0.0, MONTH), min((isinstance(look, Fetched) and look.ttl) or 0.0, DAY)
    least = max(HOUR, fresh, ttl)
    assert after >= timedelta(seconds=least)
    assert after <= timedelta(seconds=1.1 * max(least, Bounds().ceiling, Bounds().bare_floor) + 1)


@given(successes, st.floats(60, 31 * DAY), st.floats(0, 1))
def test_an_operators_interval_is_kept_to_the_second(
    look: NotModified | Fetched, interval: float, jitter: float
) -> None:
    """On a feed of one's own nothing else has a say while all is well."""
    after = settle(replace(FEED, interval=interval), look, now=NOW, jitter=jitter).next_check - NOW
    assert abs(after.total_seconds() - interval) < 0.001


names = st.sampled_from([name for name in TroubleName if name is not TroubleName.GONE])


@given(names, st.floats(0, 1), st.none() | st.floats(60, DAY))
@settings(max_examples=30, deadline=None)
def test_failures_wait_ever_longer_up_to_a_day(name: TroubleName, jitter: float, interval: float | None) -> None:
    """Each wait is at least as long as the one before, and a day at most until the feed sleeps; then it is a week."""
    feed, now, waits = replace(FEED, interval=interval), NOW, list[float]()
    while not asleep(feed, now):
        feed = settle(feed, Failed(name, ""), now=now, jitter=jitter)
        waits.append((feed.next_check - now).total_seconds())
        now = feed.next_check
        assert len(waits) < 20_000
    assert waits == sorted(waits)
    slowest = 4 * interval if interval and name is TroubleName.RATE_LIMITED else DAY
    assert max(waits[:-1], default=0.0) <= max(DAY, slowest) * 1.1 + 1
    slept = settle(feed, Failed(name, ""), now=now, jitter=0).next_check - now
    assert slept == timedelta(days=7)
