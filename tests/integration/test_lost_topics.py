from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core.models import Chat, Feed
from bot.upkeep.lost_topics import widen
from tests.world import World, categories

RULES = ("diffusion",)


async def lose(world: World, *, read: bool = True) -> int:
    """Start with a configuration that has no topic but diffusion, where the blog was ``read`` before, or not yet."""
    async with world.store.begin() as work:
        feed = await work.feed(world.feed)
        assert feed is not None
        await work.save_feed(replace(feed, baseline=read))
    return await widen(world.store, {"telegram": world.platform}, RULES, world.clock.now())


@pytest.mark.asyncio
async def test_the_last_topic_is_gone(world: World) -> None:
    """One notice, and all posts from then on; a second start says nothing."""
    await world.subscribe("1", topics=("old-rule",), query="-python")
    assert await lose(world) == 1
    assert await lose(world) == 0
    await world.publish("anything", "python notes")
    await world.deliver()
    assert world.platform.texts() == [
        "「old-rule」这个主题已经没有了。从现在起，这里收 blog 的全部文章。",
        "anything",
    ]


@pytest.mark.asyncio
async def test_topics_that_are_left_stay(world: World) -> None:
    """A chat that still has a rule or a category of the blog keeps its choice, and hears nothing."""
    async with world.store.begin() as work:
        await work.add_categories(world.feed, categories("Maths"))
    await world.subscribe("1", topics=("old-rule", "diffusion"))
    await world.subscribe("2", topics=("maths", "old-rule"))
    await world.subscribe("3")
    assert await lose(world) == 0
    await world.deliver()
    assert world.platform.requests == []


@pytest.mark.asyncio
async def test_a_category_of_another_blog_of_the_chat_is_there(world: World) -> None:
    """Ticked for all its blogs, a category that one of them has is no lost topic of the others; elsewhere it is."""
    chat = await world.subscribe("1", topics=("maths",))
    await world.subscribe("2", topics=("maths",))
    await another(world, chat, ("maths",), has=("Maths",))
    assert await lose(world) == 1
    async with world.store.begin() as work:
        assert [each.filter.topics for each in await work.subscriptions(chat.id)] == [("maths",), ("maths",)]


@pytest.mark.asyncio
@pytest.mark.parametrize(("ticked", "active"), [((), True), (("python",), True), (("maths",), False)])
async def test_a_blog_of_the_chat_without_that_tick_or_at_rest_keeps_no_topic(
    world: World, ticked: tuple[str, ...], *, active: bool
) -> None:
    """What another blog has keeps a choice alive only where it was chosen too, and posts come: else all is silent."""
    chat = await world.subscribe("1", topics=("maths",))
    await another(world, chat, ticked, active=active, has=("Maths", "Python"))
    assert await lose(world) == 1


@pytest.mark.asyncio
@pytest.mark.parametrize(("has", "ticked", "lost"), [(("Maths",), "maths", 0), ((), "maths", 0), ((), "python", 1)])
async def test_a_blog_that_was_never_read_may_have_what_was_ticked_for_all(
    world: World, has: tuple[str, ...], ticked: str, lost: int
) -> None:
    """After an import its categories are not known yet: what was ticked there too is not lost, other topics are."""
    chat = await world.subscribe("1", topics=("maths",))
    await another(world, chat, (ticked,), baseline=False, has=has)
    assert await lose(world) == lost


async def another(
    world: World,
    chat: Chat,
    ticked: tuple[str, ...],
    *,
    has: tuple[str, ...],
    active: bool = True,
    baseline: bool = True,
) -> None:
    """Subscribe a chat to another blog."""
    async with world.store.begin() as work:
        other = await work.put_feed(Feed(id=0, name="other", url="https://other.example/"))
        feed = await work.feed(other)
        assert feed is not None
        await work.save_feed(replace(feed, baseline=baseline))
        await work.add_categories(other, categories(*has))
        await work.subscribe(chat.id, other, world.clock.now(), topics=ticked)
        if not active:
            await work.remove_feed(other)


@pytest.mark.asyncio
async def test_nobody_knows_the_topics_of_a_blog_that_was_never_read(world: World) -> None:
    """What was imported into an empty database waits for the blog's first look; what it does not have then is gone."""
    await world.subscribe("1", topics=("kitchen",))
    assert await lose(world, read=False) == 0
    assert await lose(world) == 1


@pytest.mark.asyncio
async def test_a_platform_that_is_off_is_told_later(world: World) -> None:
    """Nobody's posts change without a word about it."""
    chat = await world.subscribe("1", topics=("old-rule",), platform="discord")
    assert await lose(world) == 0
    async with world.store.begin() as work:
        (subscription,) = await work.subscriptions(chat.id)
    assert subscription.filter.topics == ("old-rule",)
