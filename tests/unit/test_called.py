from __future__ import annotations

import pytest

from bot.core.called import called
from bot.core.models import Feed


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("blog", "blog"),
        ("What is new? a=b", "What is new? a=b"),
        ("https://blog.example/feed", "https://blog.example/feed"),
        ("https://me:hunter2@blog.example:81/feed?key=hunter2#hunter2", "https://blog.example:81/feed"),
        ("HTTP://me@blog.example/", "http://blog.example/"),
        ("http://[::1?key=hunter2", "http://[::1"),
    ],
)
def test_of_an_address_neither_user_nor_query_is_shown(name: str, shown: str) -> None:
    """A name that is no address is said as it is."""
    assert called(name) == shown


def test_a_feed_is_called_by_its_title_or_else_by_its_name() -> None:
    """Its name is its address where it got no other; a blog may use one as its title, too."""
    feed = Feed(1, "https://blog.example/feed?key=hunter2", "https://blog.example/feed?key=hunter2")
    assert feed.called == "https://blog.example/feed"
    assert Feed(1, feed.name, feed.url, title="A Blog").called == "A Blog"
    assert Feed(1, "blog", feed.url, title=feed.url).called == "https://blog.example/feed"
