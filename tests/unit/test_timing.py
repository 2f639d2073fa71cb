from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core import timing
from bot.core.models import Hours, Rhythm

SHANGHAI, BERLIN, YORK = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
ZONES = (SHANGHAI, BERLIN, YORK, ZoneInfo("Australia/Lord_Howe"), ZoneInfo("Asia/Beirut"), ZoneInfo("Pacific/Apia"))

moments = st.datetimes(datetime(2011, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 -- hypothesis adds the zone
minutes = st.integers(0, 24 * 60 - 1)
zones = st.sampled_from(ZONES)


def at(text: str) -> datetime:
    """Read a time in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# -- digests ----------------------------------------------------------------------------------------------------------


def test_a_daily_digest_comes_at_its_local_time() -> None:
    """Eight in Shanghai is midnight in UTC; at that very time the next one is tomorrow's."""
    daily = Rhythm(8 * 60)
    assert timing.next_digest(daily, SHANGHAI, at("2026-01-20T12:00")) == at("2026-01-21T00:00")
    assert timing.next_digest(daily, SHANGHAI, at("2026-01-21T00:00")) == at("2026-01-22T00:00")


def test_a_weekly_digest_comes_on_its_day() -> None:
    """Monday is Monday in the chat's zone, whatever day it is in UTC."""
    monday = Rhythm(6 * 60, 0)
    due = timing.next_digest(monday, SHANGHAI, at("2026-01-20T12:00"))
    assert due == at("2026-01-25T22:00")
    assert timing.next_digest(monday, SHANGHAI, due) == at("2026-02-01T22:00")


def test_the_clocks_go_forward() -> None:
    """A time that the change leaves out comes as late as the clocks went on; the local time stays the same after it."""
    assert timing.next_digest(Rhythm(150), BERLIN, at("2026-03-28T12:00")) == at("2026-03-29T01:30")
    assert timing.next_digest(Rhythm(8 * 60), BERLIN, at("2026-03-28T12:00")) == at("2026-03-29T06:00")
    assert timing.next_digest(Rhythm(8 * 60), BERLIN, at("2026-03-27T12:00")) == at("2026-03-28T07:00")


def test_the_clocks_go_back() -> None:
    """A time that comes twice counts once."""
    first = timing.next_digest(Rhythm(150), BERLIN, at("2026-10-24T12:00"))
    assert first == at("2026-10-25T00:30")
    assert timing.next_digest(Rhythm(150), BERLIN, first) == at("2026-10-26T01:30")


@settings(max_examples=150)
@given(moments, minutes, zones, st.none() | st.integers(0, 6))
def test_digests_lie_ahead_and_a_period_apart(
    after: datetime, minute: int, here: ZoneInfo, weekday: int | None
) -> None:
    """Whatever the zone does, the next digest lies ahead, on its day, and the one after it a day or a week on."""
    rhythm = Rhythm(minute, weekday)
    first = timing.next_digest(rhythm, here, after)
    second = timing.next_digest(rhythm, here, first)
    days = 1 if weekday is None else 7
    assert after < first <= after + timedelta(days=days + 1, hours=2)
    assert timedelta(days=days, hours=-3) <= second - first <= timedelta(days=2 * days, hours=3)
    if weekday is not None:
        assert first.astimezone(here).weekday() == weekday


@pytest.mark.parametrize(
    ("rhythm", "now", "first", "last"),
    [
        (Rhythm(8 * 60, 0), "2026-01-26T00:00", date(2026, 1, 19), date(2026, 1, 25)),
        (Rhythm(20 * 60, 6), "2026-01-25T12:00", date(2026, 1, 19), date(2026, 1, 25)),
        (Rhythm(8 * 60), "2026-01-26T00:00", date(2026, 1, 26), date(2026, 1, 26)),
    ],
)
def test_the_days_that_a_digest_is_about(rhythm: Rhythm, now: str, first: date, last: date) -> None:
    """Monday morning's is about the week that ended, Sunday evening's about the one that ends."""
    assert timing.period(rhythm, SHANGHAI, at(now), at(now) - timedelta(days=2)) == (first, last)


def test_a_late_digest_reaches_back() -> None:
    """After an outage the days begin with the first post."""
    first, _ = timing.period(Rhythm(8 * 60, 0), SHANGHAI, at("2026-01-26T00:00"), at("2026-01-10T00:00"))
    assert first == date(2026, 1, 10)


# -- quiet hours ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hours", "now", "end"),
    [
        (Hours(23 * 60, 8 * 60), "2026-01-20T14:59", None),
        (Hours(23 * 60, 8 * 60), "2026-01-20T15:00", "2026-01-21T00:00"),
        (Hours(23 * 60, 8 * 60), "2026-01-20T23:59", "2026-01-21T00:00"),
        (Hours(23 * 60, 8 * 60), "2026-01-21T00:00", None),
        (Hours(12 * 60, 14 * 60), "2026-01-20T05:00", "2026-01-20T06:00"),
        (Hours(12 * 60, 14 * 60), "2026-01-20T06:00", None),
        (None, "2026-01-20T15:00", None),
    ],
)
def test_quiet_hours(hours: Hours | None, now: str, end: str | None) -> None:
    """Over midnight or within a day: from the first minute until just before the last."""
    assert timing.quiet_end(hours, SHANGHAI, at(now)) == (at(end) if end else None)


@settings(max_examples=150)
@given(moments, minutes, minutes, zones)
def test_quiet_hours_end(now: datetime, start: int, end: int, here: ZoneInfo) -> None:
    """They always end within a day and a bit, also where the clocks change."""
    hours = Hours(start, end)
    until = timing.quiet_end(hours, here, now)
    assert until is None or now < until <= now + timedelta(days=2, hours=2)
    assert until is None or not timing.is_quiet(hours, here, until)


@pytest.mark.parametrize(
    ("now", "end"),
    [
        # 02:00 to 03:00 comes twice in the night to 25 October, and not at all in that to 29 March.
        ("2026-10-25T00:10", "2026-10-25T00:30"),
        ("2026-10-25T00:40", None),
        ("2026-10-25T01:10", "2026-10-25T01:30"),
        ("2026-10-25T01:40", None),
        ("2026-03-29T00:40", "2026-03-29T01:30"),
    ],
)
def test_quiet_hours_end_in_the_hour_that_comes_twice(now: str, end: str | None) -> None:
    """Each time that it is half past two they are over, not a day later."""
    assert timing.quiet_end(Hours(23 * 60, 150), BERLIN, at(now)) == (at(end) if end else None)


# -- writing and reading ----------------------------------------------------------------------------------------------


@settings(max_examples=100)
@given(minutes, minutes, st.none() | st.integers(0, 6))
def test_what_is_written_can_be_read(first: int, second: int, weekday: int | None) -> None:
    """Rhythms and stretches come back from their texts as they were."""
    rhythm = Rhythm(first, weekday)
    assert timing.read_rhythm(timing.write_rhythm(rhythm)) == rhythm
    hours = Hours(first, second)
    assert timing.read_hours(timing.write_hours(hours)) == (hours if first != second else None)


@settings(max_examples=100)
@given(st.text(max_size=20))
def test_reading_never_fails(text: str) -> None:
    """Whatever a database or a reader says."""
    timing.read_rhythm(text)
    timing.read_hours(text)
    timing.read_clock(text)


@pytest.mark.parametrize(
    ("text", "minute"),
    [("8", 480), ("08:30", 510), ("24:00", 0), ("8：05", 485), ("24:30", None), ("8:5", None), ("", None)],
)
def test_times_of_day(text: str, minute: int | None) -> None:
    """Hours alone, with minutes, with a full-width colon."""
    assert timing.read_clock(text) == minute
