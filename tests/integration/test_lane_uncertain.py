from __future__ import annotations

import asyncio
import contextlib

import pytest

from bot.core.models import (
    Outcome,
    Part,
    Retry,
    Sent,
    Uncertain,
)
from bot.core.plan import REPEATS
from bot.deliver import Lane, Writer
from tests.world import Act, World, for_days, write

DAY = 86_400.0


async def crash(world: World, lane: Lane, running: asyncio.Task[None]) -> None:
    """End a lane as a kill does: nothing is recorded any more."""
    tasks = [running, *lane._busy.values()]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def start(world: World) -> tuple[Lane, asyncio.Task[None]]:
    """Start a lane, to be crashed."""
    lane = world.lane()
    await lane.prepare()
    return lane, asyncio.create_task(lane.run())


def hang(world: World) -> Act:
    """Make an answer that does not come for an hour."""

    async def waits(_: Part) -> Outcome:
        await world.clock.sleep(3600)
        return Sent("late")

    return waits


# -- uncertain --------------------------------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_an_uncertain_message_is_sent_once_more(world: World) -> None:
    """After a broken link it is tried a second time, and is sent."""
    chat = await world.subscribe("1")
    await world.publish("a")
    world.platform.answer("1", Uncertain("reset"))
    await world.deliver()
    assert (len(world.platform.requests), set((await world.states(chat)).values())) == (2, {"sent"})


@pytest.mark.asyncio
async def test_a_second_uncertainty_is_the_last(world: World) -> None:
    """Two broken links: the message is dead and says so, the chat goes on with the next one."""
    chat = await world.subscribe("1")
    one, two = await world.publish("a", "b")
    world.platform.answer("1", Uncertain("reset"), Uncertain("reset"))
    await world.deliver(600)
    assert [each.text for each in world.platform.requests] == ["a", "a", "b"]
    assert await world.states(chat) == {one: "dead: unconfirmed", two: "sent"}


@pytest.mark.asyncio
async def test_the_certainty_of_a_refusal_does_not_undo_an_earlier_doubt(world: World) -> None:
    """Uncertain, then certainly not sent, then uncertain again: that is the second doubt."""
    chat = await world.subscribe("1")
    (post,) = await world.publish("a")
    world.platform.answer("1", Uncertain("reset"), Retry("flood", 5), Uncertain("reset"))
    await world.deliver(600)
    assert (len(world.platform.requests), (await world.states(chat))[post]) == (3, "dead: unconfirmed")


@pytest.mark.asyncio
async def test_where_nonces_are_recognised_doubts_may_repeat(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A platform that knows a nonce again gets the same one, several times, but not for ever."""
    for_days(monkeypatch)
    world.platform.can_repeat = True
    chat = await world.subscribe("1")
    (post,) = await world.publish("a")
    world.platform.always("1", Uncertain("reset"))
    await world.deliver(86_400)
    assert len(world.platform.requests) == REPEATS + 1
    assert len({each.part.nonce for each in world.platform.requests}) == 1
    assert (await world.states(chat))[post] == "dead: unconfirmed"


@pytest.mark.asyncio
async def test_a_fault_while_sending_is_a_doubt(world: World) -> None:
    """An exception of ours leaves open how far the request came: once more, and then no more."""
    chat = await world.subscribe("1")
    one, two = await world.publish("a", "b")
    world.platform.answer("1", RuntimeError("broken"), RuntimeError("broken"))
    await world.deliver(600)
    assert await world.states(chat) == {one: "dead: unconfirmed", two: "sent"}


# -- crashes ----------------------------------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_what_a_crash_left_under_way_is_sent_once_more_and_then_reported(world: World) -> None:
    """Killed in the middle of a request twice: two requests, then dead and said; never a third."""
    chat = await world.subscribe("1")
    (post,) = await world.publish("a")
    world.platform.answer("1", *[hang(world)] * 9)
    for _ in range(4):
        lane, running = await start(world)
        await world.clock.sleep(10)
        await crash(world, lane, running)
    assert len(world.platform.requests) == 2
    assert (await world.states(chat))[post] == "dead: unconfirmed"


@pytest.mark.asyncio
async def test_a_lane_that_sends_before_it_records_is_caught(world: World) -> None:
    """The count above is not blind: sending inside the claim's transaction forgets every attempt that a crash ends."""
    await world.subscribe("1")
    await world.publish("a")
    world.platform.answer("1", *[hang(world)] * 9)

    async def naive() -> None:
        writer = Writer(world.platform, world.matcher, write)
        for head in await world.store.outbox.heads("telegram", world.clock.now(), 10, []):
            assert head.wanted is not None
            (post,) = await world.store.posts([head.wanted.post_id])
            bid = writer.bid(head.chat, head.wanted, post, world.clock.now())
            assert not isinstance(bid, str)
            async with world.store.begin() as work:
                (part,) = await work.claim_new([bid], world.clock.now())
                assert part is not None
                await world.platform.send(part)

    for _ in range(4):
        task = asyncio.create_task(naive())
        await world.clock.sleep(10)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
    assert len(world.platform.requests) > 2


@pytest.mark.asyncio
async def test_each_part_has_a_nonce_of_its_own_at_every_attempt(world: World) -> None:
    """With one nonce for all, a platform that knows it again would drop the second part as a repetition."""
    await world.subscribe("1")
    await world.publish("one|two", "three")
    world.platform.answer("1", Uncertain("reset"), Sent("1"), Retry("flood", 5))
    await world.deliver(120)
    nonces = [(each.text, each.part.nonce) for each in world.platform.requests]
    assert [text for text, _ in nonces] == ["one", "one", "two", "two", "three"]
    assert len(set(nonces)) == len({nonce for _, nonce in nonces}) == 3


@pytest.mark.asyncio
async def test_a_crash_between_two_parts_repeats_only_the_second(world: World) -> None:
    """What arrived and was recorded is not sent again; only the part that was under way is."""
    await world.subscribe("1")
    await world.publish("a|b|c")
    world.platform.answer("1", Sent("1"), hang(world))
    lane, running = await start(world)
    await world.clock.sleep(10)
    await crash(world, lane, running)
    await world.deliver()
    assert [each.text for each in world.platform.requests] == ["a", "b", "b", "c"]
