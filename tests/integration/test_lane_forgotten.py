"""Chats that are deleted while something for them is under way."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from bot.core.models import Chat, Outcome, Part, Rejected, Retry, Sent
from tests.world import World


def late(world: World, seconds: float, outcome: Outcome) -> Callable[[Part], Awaitable[Outcome]]:
    """Make an answer that takes so long."""

    async def waits(_: Part) -> Outcome:
        await world.clock.sleep(seconds)
        return outcome

    return waits


async def forget(world: World, chat: Chat) -> None:
    """Delete a chat's rows, as [Delete my data] does."""
    async with world.store.begin() as work:
        await work.forget_chat(chat.id)


@pytest.mark.asyncio
@pytest.mark.parametrize("outcome", [Sent("elsewhere"), Rejected("no"), Retry("slow down", 3000)])
async def test_a_late_answer_for_a_deleted_chat_says_nothing_of_others_messages(world: World, outcome: Outcome) -> None:
    """What comes after it has ids of its own: it is sent when its own chat takes it, and once."""
    chat = await world.subscribe("2", query="b")
    gone = await world.subscribe("1", query="a")
    world.platform.answer("1", late(world, 30, outcome))
    world.platform.answer("2", late(world, 60, Retry("later", 20)))
    async with world.running() as lane:
        await world.publish("a")
        lane.wake()
        await world.clock.sleep(5)
        await forget(world, gone)
        (post,) = await world.publish("b")
        lane.wake()
        await world.clock.sleep(50)
        assert await world.states(chat) == {post: "wanted"}
        await world.clock.sleep(300)
    assert await world.states(chat) == {post: "sent"}
    assert world.platform.texts("2") == ["b"]
