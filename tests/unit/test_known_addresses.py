"""A feed is known by both its addresses: the one that was asked for, and the one where it was found."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.admin import find_address
from bot.commands.arguments import find_feed
from bot.core.models import Feed
from bot.sections import address_key

ASKED, FOUND = "https://blog.example/", "https://feeds.example/blog.xml"
FEED = Feed(1, "blog", FOUND, asked=ASKED)


@pytest.mark.parametrize("typed", [ASKED, FOUND, "http://blog.example"])
def test_a_feed_that_moved_is_known_by_the_address_that_people_know(typed: str) -> None:
    """Else whoever types that in a chat or a shell adds it once more, and the blog is asked twice."""
    assert find_feed([FEED], typed) == FEED
    assert find_address([FEED], typed) == FEED


def test_where_a_feed_is_goes_before_where_another_one_was() -> None:
    """What is asked for there is the one that shows it."""
    there = replace(FEED, id=2, name="other", url=ASKED, asked=ASKED)
    assert find_address([FEED, there], ASKED) == there
    assert find_feed([FEED, there], ASKED) == there


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://blog.example:443/feed", "https://blog.example/feed"),
        ("http://blog.example:80/feed/", "https://BLOG.example/feed"),
        ("https://bücher.example/feed", "https://xn--bcher-kva.example/feed"),
        ("https://[2001:DB8::1]:443/feed", "https://[2001:db8::1]/feed"),
        ("https://me:secret@blog.example:443/feed", "https://me:secret@blog.example/feed"),
    ],
)
def test_an_address_may_be_written_in_several_ways(one: str, other: str) -> None:
    """What a browser would open as the same is one feed."""
    assert address_key(one) == address_key(other)


@pytest.mark.parametrize(
    "other",
    [
        "https://blog.example:8443/feed",
        "https://blog.example:80/feed",
        "https://me@blog.example/feed",
        "https://blog.example/Feed",
        "https://blog.example/feed?page=2",
    ],
)
def test_what_may_be_something_else_is_another_address(other: str) -> None:
    """Another port, another user, another path."""
    assert address_key(other) != address_key("https://blog.example/feed")


@pytest.mark.parametrize(
    "strange", ["https://[::1/feed", "https://blog.example:99999/feed", "https://" + "博" * 70 + ".example/"]
)
def test_no_address_breaks_it(strange: str) -> None:
    """However it is written."""
    assert address_key(strange)


def test_a_port_is_no_part_of_a_number() -> None:
    """The brackets tell where an address of the sixth version ends."""
    assert address_key("http://[fd00::1]:8080/feed") != address_key("http://[fd00::1:8080]/feed")


def test_letters_of_one_language_stay_apart() -> None:
    """As whoever looks a host up keeps them (IDNA 2008)."""
    assert address_key("https://straße.example/feed") != address_key("https://strasse.example/feed")
