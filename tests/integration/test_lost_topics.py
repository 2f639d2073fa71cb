from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import pytest

from bot import platforms
from bot.app import App
from bot.config import load
from bot.core.models import Address, Chat, Feed, PlaceKind
from bot.parts import open_parts
from bot.sources.http import HttpSource
from bot.topics.rules import category_key
from bot.upkeep.lost_topics import keep_widening, widen
from tests.clock import SimulatedClock
from tests.emulators.documents import Entry, rss
from tests.integration.test_slices import Shelf
from tests.world import BLOG, ScriptedPlatform, World, categories

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


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("typed", "said"), [("数学", "「数学」这个主题已经没有了。"), ("", "这里选的主题已经没有了。")]
)
async def test_a_topic_is_never_called_by_its_hash(world: World, typed: str, said: str) -> None:
    """What an operator typed before the blog's first look is told as typed; of an import no name is known."""
    await world.subscribe("1", topics=(category_key("数学"),))
    if typed:
        async with world.store.begin() as work:
            await work.name_category(world.feed, category_key(typed), typed)
            assert await work.topics(world.feed) == []
    assert await lose(world) == 1
    await world.deliver()
    assert world.platform.texts() == [f"{said}从现在起，这里收 blog 的全部文章。"]


@pytest.mark.asyncio
async def test_a_blog_has_the_last_word_on_a_name(world: World) -> None:
    """What was typed for a category stands until the blog shows it; the choice is kept then."""
    await world.subscribe("1", topics=("deep-learning",))
    async with world.store.begin() as work:
        await work.name_category(world.feed, "deep-learning", "deep learning")
        await work.add_categories(world.feed, categories("Deep Learning"))
        await work.name_category(world.feed, "deep-learning", "deep-learning")
        assert [topic.name("") for topic in await work.topics(world.feed)] == ["Deep Learning"]
    assert await lose(world) == 0


@pytest.mark.asyncio
async def test_while_the_bot_runs_it_is_found_out_too(world: World) -> None:
    """A first look while it runs tells which topics there are: nobody waits for the next start. A failure is no end."""
    await world.subscribe("1", topics=("kitchen",))
    assert await lose(world, read=False) == 0
    woken = asyncio.Event()
    times = iter((OSError("disk"), world.store.begin(), world.store.begin()))
    async with world.store.begin() as work:
        await work.save_feeds([replace(feed, baseline=True) for feed in await work.feeds()])
    with patch.object(world.store, "begin", side_effect=times):
        task = asyncio.create_task(
            keep_widening(world.store, {"telegram": world.platform}, RULES, world.clock, woken.set)
        )
        await woken.wait()
        task.cancel()
    await world.deliver()
    assert world.platform.texts() == ["「kitchen」这个主题已经没有了。从现在起，这里收 blog 的全部文章。"]


@pytest.mark.asyncio
async def test_a_pass_that_makes_the_first_look_tells_in_the_same_one(tmp_path: Path) -> None:
    """`incoming once` by a timer has no next start soon: what the blog turns out not to have is told at once."""
    settings = {name: platforms.load(name).Settings for name in platforms.NAMES}
    given = {"database": str(tmp_path / "incoming.db"), "feeds": [{"name": "blog", "url": BLOG}]}
    clock = SimulatedClock()
    shelf = Shelf(remembers=False, body=rss([Entry("Bread", "Flour and water.", ("Baking",), "/bread")], title="Blog"))
    async with open_parts(load(None, settings, given=given), clock) as parts:
        async with parts.store.begin() as work:
            chat = await work.open_chat(
                Address("telegram", "1"), PlaceKind.PRIVATE, "", clock.now(), language="zh", timezone="UTC"
            )
            await work.subscribe(chat.id, 1, clock.now(), topics=("cooking",))
        with patch.object(HttpSource, "look", lambda _, feed, memory=None: shelf.look(feed, memory)):
            app = App(parts)
            platform = ScriptedPlatform(clock)
            app.add(platform)
            await app.once(every=True, wait=60)
    assert platform.texts() == ["「cooking」这个主题已经没有了。从现在起，这里收 Blog 的全部文章。"]
