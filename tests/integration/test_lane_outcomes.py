from __future__ import annotations

from datetime import timedelta

import pytest

from bot.core.models import (
    Address,
    Chat,
    Gone,
    Moved,
    Outcome,
    Part,
    PlaceKind,
    Rejected,
    Retry,
    Sent,
    Uncertain,
)
from tests.clock import START
from tests.world import World

DAY = 86_400.0


# -- refused ----------------------------------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_what_is_refused_goes_once_more_as_plain_text(world: World) -> None:
    """A refusal of the content steps down to plain text, at once."""
    chat = await world.subscribe("1")
    (post,) = await world.publish("a")
    world.platform.answer("1", Rejected("can't parse entities"))
    await world.deliver()
    assert [each.part.payload.get("plain") for each in world.platform.requests] == [None, True]
    assert (await world.states(chat))[post] == "sent"


@pytest.mark.asyncio
async def test_plain_text_that_is_refused_is_dead(world: World) -> None:
    """There is no third form: the refusal is reported, and the chat goes on."""
    chat = await world.subscribe("1")
    one, two = await world.publish("a", "b")
    world.platform.answer("1", Rejected("bad"), Rejected("still bad"))
    await world.deliver()
    assert await world.states(chat) == {one: "dead: rejected: still bad", two: "sent"}


@pytest.mark.asyncio
async def test_every_part_may_step_down_by_itself(world: World) -> None:
    """A second part that is refused gets its own try as plain text, though the first one used its own."""
    chat = await world.subscribe("1")
    (post,) = await world.publish("a|b")
    world.platform.answer("1", Rejected("bad"), Sent("1"), Rejected("bad"), Sent("2"))
    await world.deliver()
    plain = [(each.text, each.part.payload.get("plain")) for each in world.platform.requests]
    assert plain == [("a", None), ("a", True), ("b", None), ("b", True)]
    assert (await world.states(chat))[post] == "sent"


# -- several parts ----------------------------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_a_part_that_was_sent_is_not_sent_again_because_a_later_one_failed(world: World) -> None:
    """The second part is put off twice: the first one stays the only first one, and the third comes last."""
    await world.subscribe("1")
    await world.publish("a|b|c", "d")
    world.platform.answer("1", Sent("1"), Retry("flood", 5), Retry("flood", 5))
    await world.deliver()
    assert [each.text for each in world.platform.requests] == ["a", "b", "b", "b", "c", "d"]


@pytest.mark.asyncio
async def test_a_dead_part_takes_the_rest_along(world: World) -> None:
    """Half a text is not followed by its end; the delivery is dead with the reason, and the next post goes out."""
    chat = await world.subscribe("1")
    one, two = await world.publish("a|b|c", "d")
    world.platform.answer("1", Sent("1"), Uncertain("reset"), Uncertain("reset"))
    await world.deliver()
    assert world.platform.texts() == ["a", "d"]
    assert await world.states(chat) == {one: "dead: unconfirmed", two: "sent"}


# -- given up ---------------------------------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_a_chat_is_held_up_for_a_week_at_most(world: World) -> None:
    """A message that is put off for ever dies after seven days, and says so; until then nothing overtakes it."""
    chat = await world.subscribe("1")
    one, two = await world.publish("a", "b")
    world.platform.answer("1", *[Retry("flood", DAY)] * 7)
    async with world.running() as lane:
        for _ in range(6):
            await world.clock.sleep(30)
            assert (await world.states(chat))[two] == "wanted"
            world.clock.time += timedelta(days=1)
            lane.wake()
        await world.clock.sleep(60)
    assert await world.states(chat) == {one: "dead: gave up: flood", two: "sent"}


@pytest.mark.asyncio
async def test_a_platform_that_is_out_of_reach_kills_no_post(world: World) -> None:
    """However long the network is down, posts wait for it: no chat and no post is at fault."""
    chat = await world.subscribe("1")
    (post,) = await world.publish("a")
    world.platform.answer("1", *[Retry("refused", DAY, scope="platform")] * 9)
    for _ in range(10):
        await world.deliver(30)
        world.clock.time += timedelta(days=1)
    assert (await world.states(chat))[post] == "sent"


# -- places that close and move ---------------------------------------------------------------------------------------


async def reopen(world: World, place: str) -> Chat:
    """Let somebody speak to the bot there again."""
    async with world.store.begin() as work:
        return await work.open_chat(
            Address("telegram", place), PlaceKind.PRIVATE, "", world.clock.now(), language="zh", timezone="UTC"
        )


@pytest.mark.asyncio
async def test_a_place_that_is_gone_holds_its_posts_until_it_is_opened(world: World) -> None:
    """Blocked: one request, everything held with the reason, new posts too; opened again: all of it, in order."""
    chat = await world.subscribe("1")
    one, two = await world.publish("a", "b")
    world.platform.answer("1", Gone("blocked"))
    async with world.running() as lane:
        await world.clock.sleep(10)
        (three,) = await world.publish("c")
        await world.clock.sleep(600)
        assert len(world.platform.requests) == 1
        assert await world.states(chat) == dict.fromkeys((one, two, three), "held: blocked")
        await reopen(world, "1")
        lane.wake()
        await world.clock.sleep(10)
    assert world.platform.texts() == ["a", "b", "c"]


@pytest.mark.asyncio
async def test_the_time_for_which_a_place_was_closed_is_not_held_against_a_message(world: World) -> None:
    """Put off, then blocked for a month, then put off once more: it is sent, not given up."""
    chat = await world.subscribe("1")
    (post,) = await world.publish("a")
    world.platform.answer("1", Retry("flood", 5), Gone("blocked"), Retry("flood", 5))
    await world.deliver()
    world.clock.time += timedelta(days=30)
    await reopen(world, "1")
    await world.deliver()
    assert (await world.states(chat))[post] == "sent"


@pytest.mark.asyncio
async def test_a_place_that_moved_is_followed_at_once(world: World) -> None:
    """A group that became another keeps its chats and threads; what was refused for the move goes to the new id."""
    for thread in ("", "7"):
        await world.subscribe("-1", thread=thread, kind=PlaceKind.GROUP)
    await world.publish("a", "b")
    world.platform.always("-1", Moved("-100"))
    await world.deliver(10)
    assert sorted(world.platform.texts("-100")) == ["a", "a", "b", "b"]
    assert len([each for each in world.platform.requests if each.place == "-1"]) <= 2
    assert world.platform.times()[-1] - START < timedelta(seconds=2)


@pytest.mark.asyncio
async def test_a_move_into_a_place_that_has_the_post_sends_it_no_second_time(world: World) -> None:
    """Both the old and the new group were subscribed: what the new one has is not sent there again."""
    await world.subscribe("-1", kind=PlaceKind.GROUP)
    new = await world.subscribe("-100", kind=PlaceKind.GROUP)
    await world.publish("a", "b")

    async def move_late(_: Part) -> Outcome:
        await world.clock.sleep(30)
        return Moved("-100")

    world.platform.answer("-1", move_late)
    await world.deliver(120)
    assert world.platform.texts("-100") == ["a", "b"]
    assert set((await world.states(new)).values()) == {"sent"}
