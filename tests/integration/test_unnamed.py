"""A feed without a name of its own, whose address holds secrets: what chats and operators read of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import pytest_asyncio

from bot.core.models import Chat, Feed, Trouble
from bot.upkeep.lost_topics import widen
from tests.integration.test_steward import BOSS, steward
from tests.world import World

SECRET = "https://me:hunter2@blog.example/feed?key=topsecret"
SHOWN = "https://blog.example/feed"


@pytest_asyncio.fixture
async def chat(world: World) -> Chat:
    """Subscribe a chat to a blog and to the one that has no name."""
    async with world.store.begin() as work:
        unnamed = await work.put_feed(Feed(0, SECRET, SECRET, next_check=world.clock.now()))
    await world.subscribe("1")
    return await world.subscribe("1", feed=unnamed, topics=("old-rule",))


async def ail(world: World) -> None:
    """Let it fail for hours."""
    async with world.store.begin() as work:
        feed = (await work.feeds())[1]
        trouble = Trouble("dns", "no address", world.clock.now() - timedelta(hours=7), 7)
        await work.save_feed(replace(feed, trouble=trouble))


@pytest.mark.asyncio
async def test_a_notification_says_whose_post_it_is_without_the_secret(world: World, chat: Chat) -> None:
    """The source stands in the message where the chat has several feeds."""
    await world.subscribe("1", feed=2)
    await world.publish("a", feed=2)
    (head,) = await world.store.outbox.heads("telegram", world.clock.now(), 10, [])
    assert head.wanted is not None
    assert (head.chat.id, head.wanted.source) == (chat.id, SHOWN)


@pytest.mark.asyncio
async def test_a_chat_that_lost_its_topics_is_told_of_the_feed_without_the_secret(world: World, chat: Chat) -> None:
    """The notice names the blog."""
    async with world.store.begin() as work:
        await work.save_feeds([replace(feed, baseline=True) for feed in await work.feeds()])
    assert await widen(world.store, {"telegram": world.platform}, ("diffusion",), world.clock.now()) == 1
    await world.deliver()
    (said,) = world.platform.texts(chat.address.place)
    assert SHOWN in said
    assert "hunter2" not in said
    assert "topsecret" not in said


@pytest.mark.asyncio
async def test_operators_are_told_of_the_feed_without_the_secret(world: World, chat: Chat) -> None:
    """Of its trouble, and of posts of it that wait for them."""
    await ail(world)
    await world.subscribe("1", feed=2)
    await world.publish("a", feed=2, held="rekeyed")
    await steward(world).round()
    await world.deliver()
    (said,) = world.platform.texts(BOSS)
    assert said.count(SHOWN) == 2
    assert "hunter2" not in said
    assert "topsecret" not in said
    assert chat.closed == ""
