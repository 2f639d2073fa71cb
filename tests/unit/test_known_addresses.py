"""A feed is known by both its addresses: the one that was asked for, and the one where it was found."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.admin import find_address
from bot.commands.arguments import find_feed
from bot.core.models import Feed

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
