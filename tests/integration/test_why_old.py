"""``/why`` about posts that were no news: what stood in the blog before the bot first looked at it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.watch import Watch
from tests.clock import START
from tests.talks import Chat
from tests.unit.fakes import text
from tests.world import BLOG, ScriptedSource, World, entry

OLD = tuple(entry(f"old {number}", published=START - timedelta(days=number + 1)) for number in range(3))


async def look(world: World, source: ScriptedSource) -> None:
    """Look at the blog once."""
    async with world.store.begin() as work:
        feeds = await work.feeds()
    await Watch(world.store, source, world.matcher, world.clock, lambda: None).look_at(feeds)


@pytest.mark.asyncio
@pytest.mark.parametrize("line", ["/subscribe", "/topics diffusion"])
async def test_what_was_there_before_the_first_look_is_said_to_be_so(world: World, line: str) -> None:
    """The chat subscribed before that look: neither its topics nor its filter kept the posts from it."""
    source = ScriptedSource(world.clock)
    source.show(BLOG, *OLD, etag="1")
    chat = Chat(world.store, now=world.clock.now())
    await chat.say(line)
    world.clock.time += timedelta(hours=1)
    chat.now = world.clock.now()
    await look(world, source)
    listed = text(await chat.say("/why"))
    assert listed.splitlines()[1:4] == ["○ old 0", "○ old 1", "○ old 2"]
    assert "○ older than the subscription or my first look" in listed
    said = text(await chat.say("/why 2")).splitlines()
    assert said[1:] == ["Not sent: it was there already when I first looked at A blog, so it was no news."]
    source.show(BLOG, entry("new"), *OLD, etag="2")
    await look(world, source)
    mark = "–" if "topics" in line else "⏳"
    assert text(await chat.say("/why")).splitlines()[1:3] == [f"{mark} new", "○ old 0"]


@pytest.mark.asyncio
async def test_what_was_no_news_later_is_told_from_what_did_not_pass(world: World) -> None:
    """One was taken out of the blog's list, so that an older one came up: that is told from what did not pass."""
    source = ScriptedSource(world.clock)
    known = tuple(entry(f"known {number}") for number in range(6))
    source.show(BLOG, *known, etag="1")
    await look(world, source)
    chat = Chat(world.store, now=world.clock.now())
    await chat.say("/subscribe")
    world.clock.time += timedelta(hours=1)
    chat.now = world.clock.now()
    source.show(BLOG, *known[:3], *known[4:], entry("deep"), etag="2")
    await look(world, source)
    assert "○ deep" in text(await chat.say("/why"))
    said = text(await chat.say("/why deep")).splitlines()
    assert said[1:] == [
        "Not sent: it is an old post that came up when A blog listed others no more, so it was no news."
    ]
