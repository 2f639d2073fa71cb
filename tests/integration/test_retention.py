from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from bot.core.incidents import Kind, Sign
from bot.core.models import Address, Feed, Retry
from bot.upkeep.retention import Retention
from bot.watch import Watch
from tests.world import BLOG, ScriptedSource, World, entry
from tests.years import SHOWN, Years

DAY = 86400.0


async def forget(world: World, days: float) -> dict[str, int]:
    """Let days pass, then forget what is old."""
    await world.clock.sleep(days * DAY)
    return dict(await Retention(world.store, world.clock).round())


@pytest.mark.asyncio
async def test_what_was_sent_goes_after_its_time_and_its_keys_stay(world: World) -> None:
    """Ids of messages after a week, deliveries and messages after 90 days, texts after 180; keys and titles never."""
    await world.subscribe()
    await world.publish("扩散")
    await world.deliver()
    assert await forget(world, 6) == {}
    assert await forget(world, 2) == {"refs": 1}
    assert await world.rows("SELECT ref FROM part") == [(None,)]
    assert await forget(world, 80) == {}
    assert await forget(world, 4) == {"deliveries": 1, "posts": 1}
    for table in ("delivery", "message", "message_delivery", "part", "verdict"):
        assert await world.rows(f"SELECT count(*) FROM {table}") == [(0,)], table  # noqa: S608 -- names of ours
    assert await forget(world, 90) == {}  # the feed shows it still
    async with world.store.begin() as work:
        await work.begin_document(world.feed, {})
    assert await forget(world, 1) == {"texts": 1}
    assert await world.rows("SELECT title, doc, summary FROM post") == [("扩散", "[]", "[]")]
    assert await world.rows("SELECT count(*) FROM post_key") == [(1,)]


@pytest.mark.asyncio
async def test_texts_of_a_feed_that_is_watched_no_more_are_forgotten(world: World) -> None:
    """Nobody looks at what it shows; watched again, its posts are no news, and have their texts back."""
    await world.subscribe()
    await world.publish("扩散")
    await world.deliver()
    async with world.store.begin() as work:
        await work.remove_feed(world.feed)
    await forget(world, 100)
    assert await forget(world, 100) == {"texts": 1}
    async with world.store.begin() as work:
        await work.put_feed(Feed(0, "blog", BLOG, next_check=world.clock.now()))
    source = ScriptedSource(world.clock)
    source.show(BLOG, replace(entry("扩散", text="正文。"), guid="扩散-1"))
    watch = Watch(world.store, source, world.matcher, world.clock, lambda: None)
    await watch.look_at(await world.store.due_feeds(world.clock.now(), 1))
    await world.deliver()
    assert await world.rows("SELECT title, doc <> '[]' FROM post") == [("扩散", 1)]
    assert len(world.platform.texts()) == 1


@pytest.mark.asyncio
async def test_a_post_whose_deliveries_were_forgotten_is_sent_to_nobody(world: World) -> None:
    """Seen again, in a second feed or after a change of its text, it is no news: who had it is not known any more."""
    await world.subscribe()
    (post,) = await world.publish("扩散")
    await world.deliver()
    await forget(world, 100)
    async with world.store.begin() as work:
        found = (await work.posts([post]))[0]
        await work.see_posts(
            world.feed, [(post, entry("扩散", text="新的一段，比原来长。"), [], "gist2")], world.clock.now()
        )
        await work.want(post, world.feed, world.matcher.match(found, await work.filters(world.feed)), world.clock.now())
    await world.deliver()
    assert len(world.platform.texts()) == 1
    assert await world.rows("SELECT count(*) FROM delivery") == [(0,)]


@pytest.mark.asyncio
async def test_texts_go_after_half_a_year_and_no_sooner(world: World) -> None:
    """Of a post that no feed has shown for long: what it says is needed while somebody may ask for it."""
    await world.subscribe()
    await world.publish("扩散")
    await world.deliver()
    async with world.store.begin() as work:
        await work.begin_document(world.feed, {})
    assert "posts" in await forget(world, 92)
    assert await forget(world, 86) == {}
    assert await forget(world, 3) == {"texts": 1}


@pytest.mark.asyncio
async def test_troubles_and_ended_subscriptions_are_forgotten_too(world: World) -> None:
    """A trouble that is over goes with the deliveries of its time, an open one stays; [Undo] works for a month."""
    chat = await world.subscribe()
    async with world.store.begin() as work:
        await work.unsubscribe(chat.id, world.feed, world.clock.now())
        for subject in ("over", "open"):
            await work.open_incident(Sign(Kind.BACKUP, subject), world.clock.now())
        over = (await work.open_incidents())[0]
        await work.close_incident(over.id, world.clock.now())
        await work.told_incident(over.id, world.clock.now(), over=True)
    assert await forget(world, 29) == {}
    assert await forget(world, 2) == {"ended": 1}
    assert await forget(world, 58) == {}
    assert await forget(world, 2) == {"incidents": 1}
    assert await world.rows("SELECT subject FROM incident") == [("open",)]


@pytest.mark.asyncio
async def test_what_is_under_way_is_not_forgotten(world: World) -> None:
    """A message that is still being tried stays; so do its delivery and its post."""
    await world.subscribe()
    world.platform.always("1001", Retry("flood", 3 * 86400, "platform"))
    await world.publish("扩散")
    await world.deliver()
    assert await forget(world, 100) == {}
    assert await world.rows("SELECT count(*) FROM part WHERE state = 'retry'") == [(1,)]


@pytest.mark.asyncio
async def test_what_a_closed_place_never_fetched_goes_too(world: World) -> None:
    """A group that threw the bot out years ago does not pile up posts."""
    await world.subscribe("-5")
    async with world.store.begin() as work:
        await work.close_place(Address("telegram", "-5"), "kicked", world.clock.now())
    await world.publish("一", "二")
    assert await world.rows("SELECT state FROM delivery") == [("held",)] * 2
    assert (await forget(world, 91))["deliveries"] == 2


@pytest.mark.asyncio
async def test_steps_are_short_and_others_get_their_turn(world: World) -> None:
    """Thousands of rows go in steps of at most 200, with a breath between."""
    years = Years(world.store._engine.path)
    years.subscribe(1200, world.clock.now())
    years.publish(world.clock.now())
    before = world.clock.now() + timedelta(days=91)
    assert await forget(world, 91) == {"refs": 1200, "deliveries": 1200, "posts": 1}
    assert world.clock.now() - before >= timedelta(seconds=0.1) * 13
    years.close()


@pytest.mark.asyncio
async def test_five_years_of_a_busy_blog_are_flat(world: World) -> None:
    """Two posts a day to four chats: rows stay as many as after the first year, and bytes grow by keys alone."""
    years = Years(world.store._engine.path)
    years.subscribe(4, world.clock.now())
    rows, used = [], []
    for _ in range(5):
        for _ in range(13):
            for _ in range(4):
                years.publish(world.clock.now(), 14)
                await world.clock.sleep(7 * DAY)
            await Retention(world.store, world.clock).round()
        tables = ("delivery", "message", "message_delivery", "part", "verdict", "incident")
        texts = years.count("post", "doc <> '[]'")
        rows.append((*(years.count(table) for table in tables), years.count("part", "ref IS NOT NULL"), texts))
        used.append(years.used())
    years.close()
    assert set(rows) == {rows[0]}, rows
    assert rows[0][0] <= 4 * 2 * (90 + 28)
    assert rows[0][-1] <= 2 * (180 + 28) + SHOWN
    growth = [(later - earlier) / (13 * 4 * 14) for earlier, later in pairwise(used[1:])]
    assert max(growth) < 900, growth  # bytes a post: its title, link, keys and their indexes
