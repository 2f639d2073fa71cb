from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.core.models import Failed, Feed, FetchInfo, NotModified, Validators
from bot.core.schedule import HOUR, settle
from bot.core.trouble import TroubleName

NOW = datetime(2026, 3, 2, 10, 30, tzinfo=UTC)
ASKED, FOUND = "https://example.org/feed", "https://new.example.org/feed"
FEED = Feed(1, "blog", FOUND, asked=ASKED, baseline=True, validators=Validators('"1"'), body_hash="hash")


def after(feed: Feed, name: TroubleName, times: int) -> Feed:
    """Let a feed fail so many times in a row."""
    now = NOW
    for _ in range(times):
        feed = settle(feed, Failed(name, "no", gone=name is TroubleName.GONE), now=now)
        now = feed.next_check
    return feed


@pytest.mark.parametrize(
    ("name", "times"),
    [
        (TroubleName.NOT_FOUND, 3),
        (TroubleName.DNS, 3),
        (TroubleName.TLS, 3),
        (TroubleName.WEB_PAGE, 3),
        (TroubleName.GONE, 1),
    ],
)
def test_a_found_address_without_a_feed_is_given_up_for_the_asked_one(name: TroubleName, times: int) -> None:
    """What was seen stays; the validators were the other document's, so none go along."""
    assert after(FEED, name, times - 1).url == FOUND
    back = after(FEED, name, times)
    assert (back.url, back.validators, back.body_hash, back.baseline) == (ASKED, Validators(), None, True)
    assert back.trouble is not None


def test_what_is_gone_is_left_for_the_asked_address_within_the_hour() -> None:
    """And where that is gone too, it is asked no more."""
    back = after(FEED, TroubleName.GONE, 1)
    assert back.next_check == NOW + timedelta(seconds=HOUR)
    assert after(back, TroubleName.GONE, 1).next_check > NOW + timedelta(days=3000)


@pytest.mark.parametrize(
    "name",
    [
        TroubleName.TIMEOUT,
        TroubleName.SERVER_ERROR,
        TroubleName.RATE_LIMITED,
        TroubleName.FORBIDDEN,
        TroubleName.POISONED,
    ],
)
def test_a_server_in_trouble_is_waited_for(name: TroubleName) -> None:
    """It says nothing about where the feed lives, and the next request stays conditional."""
    feed = after(FEED, name, 20)
    assert (feed.url, feed.validators) == (FOUND, FEED.validators)


def test_one_that_never_moved_stays_where_it_is() -> None:
    """Its validators too, whatever happens."""
    feed = after(replace(FEED, asked=FOUND), TroubleName.NOT_FOUND, 20)
    assert (feed.url, feed.validators) == (FOUND, FEED.validators)


def test_a_good_look_between_begins_the_count_again() -> None:
    """Two and two failures are no three."""
    good = NotModified(FetchInfo(304, FEED.validators))
    feed = settle(after(FEED, TroubleName.NOT_FOUND, 2), good, now=NOW)
    assert after(feed, TroubleName.NOT_FOUND, 2).url == FOUND
