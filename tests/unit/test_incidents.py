from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.core.incidents import FRESH, LASTING, RELAPSE, Incident, Kind, Sign, compare, news, of_feeds
from bot.core.models import Feed, Trouble

NOW = datetime(2026, 1, 20, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
FEED = Feed(id=1, name="blog", url="https://blog.example/feed", title="A blog", baseline=True, last_ok=NOW)


def failing(name: str = "dns", *, since: timedelta, count: int) -> Feed:
    """Make a feed in trouble."""
    return replace(FEED, trouble=Trouble(name, "why", NOW - since, count))


def quiet(last: timedelta, gap: timedelta, *, ok: timedelta = timedelta()) -> Feed:
    """Make a feed whose newest post is ``last`` ago, where one comes every ``gap``; read well ``ok`` ago."""
    pace = json.dumps({"last": (NOW - last).timestamp(), "gap": gap.total_seconds()})
    return replace(FEED, pace=pace, last_ok=NOW - ok)


def kinds(feed: Feed) -> list[str]:
    """Say what is wrong with a feed."""
    return [sign.kind.value for sign in of_feeds([feed], NOW)]


@pytest.mark.parametrize(
    ("feed", "expected"),
    [
        (FEED, []),
        (failing(since=2 * HOUR, count=2), []),
        (failing(since=timedelta(minutes=5), count=5), []),
        (failing(since=timedelta(minutes=20), count=3), ["feed"]),
        (failing(since=7 * HOUR, count=1), ["feed"]),
        (failing("gone", since=timedelta(), count=1), ["feed", "asleep"]),
        (failing(since=31 * DAY, count=60), ["feed", "asleep"]),
        (replace(failing(since=7 * HOUR, count=9), active=False), []),
    ],
)
def test_trouble_of_a_feed(feed: Feed, expected: list[str]) -> None:
    """Three failures over a quarter of an hour, or six hours of them, or the blog's own word that it is gone."""
    assert kinds(feed) == expected


@pytest.mark.parametrize(
    ("feed", "expected"),
    [
        (quiet(27 * DAY, 7 * DAY), []),
        (quiet(29 * DAY, 7 * DAY), ["silent"]),
        (quiet(2 * DAY, HOUR), []),
        (quiet(4 * DAY, HOUR), ["silent"]),
        (quiet(40 * DAY, 7 * DAY, ok=8 * HOUR), []),
        (replace(FEED, pace="{}"), []),
        (replace(FEED, pace="nonsense"), []),
    ],
)
def test_silence(feed: Feed, expected: list[str]) -> None:
    """Over four times the usual gap, three days at least, and only where the feed is read well."""
    assert kinds(feed) == expected


def incident(number: int = 1, **fields: Any) -> Incident:
    """Make an incident that was opened just now."""
    made = Incident(number, Kind.FEED, "blog", {}, NOW)
    return replace(made, **fields)


def test_compare_opens_what_is_new_and_closes_what_is_gone() -> None:
    """What was open and still is stays as it is; the same subject under another kind is another incident."""
    stays, goes = incident(1), incident(2, subject="other")
    signs = [Sign(Kind.FEED, "blog"), Sign(Kind.ASLEEP, "blog")]
    changes = compare([stays, goes], signs)
    assert [sign.kind for sign in changes.opened] == [Kind.ASLEEP]
    assert changes.closed == (goes,)


def test_each_incident_is_told_once_and_its_end_once() -> None:
    """Through its whole life: opened, told, closed, over."""
    begun = incident()
    assert news([begun], NOW).begun == (begun,)
    told = replace(begun, told=NOW)
    assert news([told], NOW) == news([], NOW)
    closed = replace(told, closed=NOW + HOUR)
    assert news([closed], NOW).over == (closed,)
    assert news([replace(closed, over=NOW)], NOW) == news([], NOW)


def test_what_was_over_before_it_was_told_is_moot() -> None:
    """Nobody hears of it, and it is not asked about again."""
    short = incident(closed=NOW + HOUR)
    found = news([short], NOW)
    assert (found.begun, found.over, found.moot) == ((), (), (short,))


def test_a_platforms_absence_is_told_afterwards_where_nobody_could_hear_of_it() -> None:
    """With one platform only, the end is all that can be told; a short absence is not worth it."""
    long = incident(kind=Kind.PLATFORM, subject="telegram", closed=NOW + 2 * HOUR)
    assert news([long], NOW).over == (long,)
    short = replace(long, closed=NOW + timedelta(minutes=10))
    assert news([short], NOW).moot == (short,)


@pytest.mark.parametrize("kind", [Kind.DELIVERY, Kind.ASLEEP, Kind.HELD])
def test_some_ends_are_no_news(kind: Kind) -> None:
    """That a lost delivery is a day old, or a sleeping feed told of as awake, needs no words of its own."""
    ended = incident(kind=kind, told=NOW, closed=NOW + FRESH)
    assert news([ended], NOW).moot == (ended,)


def test_a_relapse_is_told_only_when_it_lasts() -> None:
    """What goes and comes all day is told of once, not each time."""
    before = incident(1, told=NOW - 3 * HOUR, closed=NOW - HOUR, over=NOW - HOUR)
    again = incident(2)
    assert news([before, again], NOW).begun == ()
    assert news([before, again], NOW + LASTING).begun == (again,)
    long_ago = replace(before, closed=NOW - RELAPSE)
    assert news([long_ago, again], NOW).begun == (again,)
