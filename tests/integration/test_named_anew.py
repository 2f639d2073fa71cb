"""A feed that is named anew by a command, beside a bot that runs on with the configuration as it was."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest

from bot import config, platforms
from bot.core.models import Fetched
from bot.parts import open_parts
from bot.store.configure import configure
from bot.watch import Watch
from tests.clock import SimulatedClock
from tests.emulators.blog import Blog
from tests.forked import forked_readers

PAGE = "<!doctype html><title>b</title><ul>{menu}</ul><div class=mine><h4><a href=/p1>A post</a></h4></div>".format(
    menu="".join(f"<li><article><h2><a href=/menu{n}>Entry {n} of a menu</a></h2></article></li>" for n in range(6))
)
BARE = "<rss version='2.0'><channel><title>B</title>{}</channel></rss>"
ITEM = "<item><guid>{0}</guid><link>/{0}</link></item>"


def loaded(folder: Path, blog: Blog, page: str, feed: str) -> config.Config:
    """Give a configuration with a listing page and a feed whose posts are completed, by these names."""
    tables = {name: platforms.load(name).Settings for name in platforms.NAMES}
    given = {
        "database": str(folder / "incoming.db"),
        "fetch": {"allow_addresses": ["127.0.0.0/8"]},
        "feeds": [
            {"url": blog.url("/"), "name": page, "kind": "page", "card": ".mine", "title": "h4 a"},
            {"url": blog.url("/feed.xml"), "name": feed, "pages": True},
        ],
    }
    return config.load(None, tables, given=given)


@pytest.mark.asyncio
async def test_a_feed_that_is_named_anew_is_read_as_its_section_says(tmp_path: Path) -> None:
    """Until the bot is started again: else a menu would be news, and a post would come without its title."""
    clock = SimulatedClock()
    async with contextlib.AsyncExitStack() as stack:
        stack.enter_context(forked_readers())
        blog = await stack.enter_async_context(Blog())
        parts = await stack.enter_async_context(open_parts(loaded(tmp_path, blog, "page", "feed"), clock))
        blog.publish("/", PAGE.encode(), "text/html")
        blog.publish("/feed.xml", BARE.format(ITEM.format("old")).encode())
        watch = Watch(parts.store, parts.source, parts.matcher, clock, lambda: None)
        async with parts.store.begin() as work:
            feeds = await work.feeds()
        await watch.look_at(feeds)
        async with parts.store.begin() as work:
            await configure(work, loaded(tmp_path, blog, "other page", "other feed"), clock.now())
            page, feed = await work.feeds()
        assert (page.name, feed.name) == ("other page", "other feed")
        blog.publish("/", PAGE.replace("A post", "A post, again").encode(), "text/html")
        look = await parts.source.look(page)
        assert isinstance(look, Fetched)
        assert [each.title for each in look.sightings] == ["A post, again"]
        blog.publish("/new", b"<!doctype html><title>Its own title</title><p>Text.", "text/html")
        blog.publish("/feed.xml", BARE.format(ITEM.format("new") + ITEM.format("old")).encode())
        await watch.look_at([feed])
        async with parts.store.begin() as work:
            assert [post.title for post in await work.latest([feed.id], 1)] == ["Its own title"]
