"""Pauses of chats whose places close, open and move meanwhile: what a pause keeps comes when it is over."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.models import Chat, Hours, PlaceKind
from tests.world import World

HOUR = timedelta(hours=1)


async def pause(world: World, chat: Chat, span: timedelta) -> None:
    """Pause a chat, as /pause does."""
    async with world.store.begin() as work:
        await work.pause(chat.id, world.clock.now() + span, world.clock.now())


@pytest.mark.asyncio
@pytest.mark.parametrize("moves", [False, True])
async def test_a_pause_ends_in_a_place_that_was_closed_meanwhile(world: World, *, moves: bool) -> None:
    """Opened again, or followed to its new id, before the end: what came during the pause comes then."""
    chat = await world.subscribe("-1", kind=PlaceKind.GROUP)
    await pause(world, chat, 2 * HOUR)
    await world.publish("a")
    async with world.store.begin() as work:
        await work.close_place(chat.address, "kicked", world.clock.now())
    await world.deliver(60)
    async with world.store.begin() as work:
        if moves:
            await work.move_place("telegram", "-1", "-100", world.clock.now())
        else:
            await work.open_place(chat.address, world.clock.now())
    await world.deliver(60)
    assert world.platform.requests == []
    await world.deliver(3 * 3600)
    assert len(world.platform.requests) == 1
    assert set((await world.states(chat)).values()) == {"sent: listed"}


@pytest.mark.asyncio
async def test_what_a_pause_kept_comes_in_the_place_that_it_was_merged_into(world: World) -> None:
    """That one is not paused: nothing would ever say there that a pause is over."""
    old, new = await world.subscribe("-1", kind=PlaceKind.GROUP), await world.subscribe("-100", kind=PlaceKind.GROUP)
    async with world.store.begin() as work:
        await work.unsubscribe(new.id, world.feed, world.clock.now())
    await pause(world, old, 2 * HOUR)
    (post,) = await world.publish("a")
    async with world.store.begin() as work:
        await work.move_place("telegram", "-1", "-100", world.clock.now())
    await world.deliver(3 * 3600)
    assert await world.states(new) == {post: "sent"}


@pytest.mark.asyncio
@pytest.mark.parametrize(("spans", "hours"), [((48, 2), 3), ((2, 48), 49)])
async def test_a_second_pause_stands_for_the_first(world: World, spans: tuple[int, int], hours: int) -> None:
    """A shorter one ends sooner, a longer one later; what came meanwhile comes then, and not before."""
    chat = await world.subscribe("1")
    await pause(world, chat, spans[0] * HOUR)
    await world.publish("a", "b")
    await world.deliver(60)
    await pause(world, chat, spans[1] * HOUR)
    await world.deliver(spans[1] * 3600 - 120)
    assert world.platform.requests == []
    await world.deliver((hours - spans[1]) * 3600)
    assert set((await world.states(chat)).values()) == {"sent: listed"}


@pytest.mark.asyncio
async def test_what_waited_before_a_pause_waits_on_after_it(world: World) -> None:
    """It did not come meanwhile: whoever resumes gets it when its quiet hours are over, and is offered the others."""
    chat = await world.subscribe("1")
    now = world.clock.now()
    async with world.store.begin() as work:
        await work.save_chat(replace(chat, timezone="UTC", quiet=Hours(11 * 60, 14 * 60)))
    (before,) = await world.publish("before")
    await world.deliver(60)
    await pause(world, chat, 24 * HOUR)
    (meanwhile,) = await world.publish("meanwhile")
    async with world.store.begin() as work:
        assert [post.title for post in await work.resume(chat.id, world.clock.now())] == ["meanwhile"]
    await world.deliver(60)
    assert world.platform.requests == []
    await world.deliver(3 * 3600)
    assert await world.states(chat) == {before: "sent", meanwhile: "held: paused"}
    assert world.clock.now() - now < 4 * HOUR
