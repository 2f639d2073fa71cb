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


@pytest.mark.parametrize(
    "at_first", [TroubleName.NOT_FOUND, TroubleName.GONE, TroubleName.TIMEOUT, TroubleName.FORBIDDEN]
)
def test_an_asked_address_that_leads_nowhere_does_not_lose_the_found_one(at_first: TroubleName) -> None:
    """A blog that moved years ago, and is away for a day, is not left for ever for an address that is dead."""
    back = after(FEED, TroubleName.NOT_FOUND, 3)
    again = after(back, at_first, 1)
    assert (again.url, again.validators, again.baseline) == (FOUND, Validators(), True)
    assert again.next_check <= NOW + timedelta(days=1)
    good = settle(again, NotModified(FetchInfo(304)), now=NOW)
    assert (good.url, good.trouble) == (FOUND, None)


def test_both_addresses_are_tried_in_turn_as_rarely_as_one() -> None:
    """Nobody hears more of a feed that is nowhere than of one that never moved."""
    feed, alone, tried = FEED, replace(FEED, asked=FOUND), []
    for _ in range(8):
        feed, alone = after(feed, TroubleName.NOT_FOUND, 1), after(alone, TroubleName.NOT_FOUND, 1)
        tried.append(feed.url)
        assert feed.next_check == alone.next_check
    assert tried == [FOUND, FOUND, ASKED, FOUND, ASKED, FOUND, ASKED, FOUND]


def test_an_address_that_said_that_it_is_gone_is_not_tried_in_turn() -> None:
    """Nor is one that follows it: where both are gone, nobody is asked any more."""
    again = after(after(FEED, TroubleName.NOT_FOUND, 3), TroubleName.GONE, 1)
    assert after(again, TroubleName.NOT_FOUND, 9).url == FOUND
    gone = after(again, TroubleName.GONE, 1)
    assert (gone.url, gone.next_check > NOW + timedelta(days=3000)) == (FOUND, True)


def test_a_rest_that_is_asked_for_holds_also_where_the_feed_is_gone() -> None:
    """The address that was asked for is most often the same server's."""
    look = Failed(TroubleName.GONE, "no", FetchInfo(410, retry_after=50 * HOUR), gone=True)
    back = settle(FEED, look, now=NOW)
    assert (back.url, back.next_check) == (ASKED, NOW + timedelta(hours=50))


@pytest.mark.parametrize("name", [TroubleName.TLS, TroubleName.DNS, TroubleName.NOT_FOUND])
def test_encryption_is_not_given_up(name: TroubleName) -> None:
    """Else who stands between could take it away by breaking it three times."""
    feed = replace(FEED, asked=FOUND.replace("https", "http"))
    assert after(feed, name, 20).url == FOUND
