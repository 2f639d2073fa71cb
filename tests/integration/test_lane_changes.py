from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.core.models import Chat, DeliveryState, Gone, Outcome, Part, Retry, Rhythm, Sent, Uncertain
from bot.core.ports import Head
from bot.deliver import Lane
from bot.store.outbox import OutboxReads
from tests.clock import START
from tests.world import World


def before_the_claim(monkeypatch: pytest.MonkeyPatch, do: Callable[[], Awaitable[object]]) -> None:
    """Do something once, after a lane has read what to send and before it claims it."""
    real, todo = OutboxReads.heads, [do]

    async def heads(reads: OutboxReads, *args: Any) -> Sequence[Head]:
        found = await real(reads, *args)
        if found and todo:
            await todo.pop()()
        return found

    monkeypatch.setattr(OutboxReads, "heads", heads)


async def unsubscribe(world: World, chat: Chat) -> None:
    """End a subscription."""
    async with world.store.begin() as work:
        assert await work.unsubscribe(chat.id, world.feed, world.clock.now())


async def pause(world: World, chat: Chat, seconds: float | None) -> None:
    """Pause a chat for so long, or let it go on."""
    until = None if seconds is None else world.clock.now() + timedelta(seconds=seconds)
    async with world.store.begin() as work:
        await work.save_chat(replace(chat, paused_until=until))


# -- between the decision and the claim -------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_a_narrower_filter_drops_what_waits(world: World) -> None:
    """A post that the chat's new filter does not let through is dropped with its reason; another one is sent."""
    chat = await world.subscribe("1")
    one, two = await world.publish("about cooking", "about diffusion")
    await world.subscribe("1", topics=("diffusion",))
    await world.deliver()
    assert await world.states(chat) == {one: "dropped: filter", two: "sent"}
    assert world.platform.texts() == ["about diffusion"]


@pytest.mark.asyncio
async def test_a_wider_filter_is_not_retroactive(world: World) -> None:
    """What was decided against before stays so; only later posts profit."""
    chat = await world.subscribe("1", topics=("diffusion",))
    await world.publish("about cooking")
    await world.subscribe("1")
    (later,) = await world.publish("about gardens")
    await world.deliver()
    assert await world.states(chat) == {later: "sent"}


@pytest.mark.asyncio
async def test_a_change_in_the_last_moment_counts(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A filter that changes while the message is being written is judged again before the claim."""
    chat = await world.subscribe("1")
    (post,) = await world.publish("about cooking")
    before_the_claim(monkeypatch, lambda: world.subscribe("1", topics=("diffusion",)))
    await world.deliver()
    assert (await world.states(chat), world.platform.texts()) == ({post: "dropped: filter"}, [])


@pytest.mark.asyncio
async def test_unsubscribing_in_the_last_moment_counts(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is claimed for a chat that has just unsubscribed."""
    chat = await world.subscribe("1")
    (post,) = await world.publish("a")
    before_the_claim(monkeypatch, lambda: unsubscribe(world, chat))
    await world.deliver()
    assert (await world.states(chat), world.platform.texts()) == ({post: "dropped: unsubscribed"}, [])


@pytest.mark.asyncio
@pytest.mark.parametrize("title", ["a", "a|b"])
@pytest.mark.parametrize("reason", ["kicked", "thread_closed"])
async def test_closing_in_the_last_moment_counts(
    world: World, monkeypatch: pytest.MonkeyPatch, title: str, reason: str
) -> None:
    """Nothing is claimed for a place or thread that has just been closed: no message put off, nor the end of one."""
    chat = await world.subscribe("1")
    (post,) = await world.publish(title)

    async def close() -> None:
        async with world.store.begin() as work:
            await work.close_place(chat.address, reason, world.clock.now())

    world.platform.answer("1", *([Sent("1")] if "|" in title else []), Retry("flood", 5))
    await world.deliver(2)
    made = len(world.platform.requests)
    before_the_claim(monkeypatch, close)
    await world.deliver()
    assert (await world.states(chat), len(world.platform.requests)) == ({post: f"held: {reason}"}, made)


@pytest.mark.asyncio
async def test_a_change_in_the_last_moment_counts_for_a_message_put_off(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A message in retry whose chat narrows its filter just before the claim is not sent."""
    chat = await world.subscribe("1")
    (post,) = await world.publish("about cooking")
    world.platform.answer("1", Retry("flood", 5))
    await world.deliver(1)
    before_the_claim(monkeypatch, lambda: world.subscribe("1", topics=("diffusion",)))
    await world.deliver()
    assert (await world.states(chat), len(world.platform.requests)) == ({post: "dropped: filter"}, 1)


@pytest.mark.asyncio
async def test_pausing_in_the_last_moment_counts(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is claimed for a chat that has just been paused; after the pause it is sent."""
    chat = await world.subscribe("1")
    await world.publish("a")
    before_the_claim(monkeypatch, lambda: pause(world, chat, 600))
    await world.deliver(500)
    assert world.platform.requests == []
    await world.deliver(200)
    assert world.platform.texts() == ["a"]


# -- what was tried before --------------------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_a_message_that_is_put_off_is_dropped_by_a_narrower_filter(world: World) -> None:
    """Tried, certainly not sent, and not wanted any more: it is not tried again."""
    chat = await world.subscribe("1")
    one, two = await world.publish("about cooking", "about diffusion")
    world.platform.answer("1", Retry("flood", 60))
    async with world.running():
        await world.clock.sleep(10)
        await world.subscribe("1", topics=("diffusion",))
        await world.clock.sleep(120)
    assert await world.states(chat) == {one: "dropped: filter", two: "sent"}
    assert world.platform.texts() == ["about diffusion"]


@pytest.mark.asyncio
async def test_a_message_that_is_put_off_is_sent_by_another_filter_that_lets_it_through(world: World) -> None:
    """The filter changed and still lets it through: it is sent, and explained by the new filter."""
    chat = await world.subscribe("1")
    (post,) = await world.publish("about diffusion")
    world.platform.answer("1", Retry("flood", 60))
    async with world.running():
        await world.clock.sleep(10)
        await world.subscribe("1", topics=("diffusion",))
        await world.clock.sleep(120)
    async with world.store.begin() as work:
        view = await work.delivery(chat.id, post)
    assert view is not None
    assert view.verdict is not None
    assert (view.state, [hit.topic for hit in view.verdict.hits]) == ("sent", ["diffusion"])


@pytest.mark.asyncio
async def test_unsubscribing_while_a_request_is_under_way_ends_the_retries(world: World) -> None:
    """The request that was under way came to nothing: it is not made again for a chat that left meanwhile."""
    chat = await world.subscribe("1")
    (post,) = await world.publish("a")

    async def slow(_: Part) -> Outcome:
        await world.clock.sleep(10)
        return Retry("flood", 5)

    world.platform.answer("1", slow)
    async with world.running():
        await world.clock.sleep(5)
        await unsubscribe(world, chat)
        await world.clock.sleep(60)
    assert (await world.states(chat), len(world.platform.requests)) == ({post: "dropped: unsubscribed"}, 1)


@pytest.mark.asyncio
async def test_a_message_that_is_partly_there_is_finished(world: World) -> None:
    """Whoever unsubscribes in the middle of a text still gets its end, and nothing after it."""
    chat = await world.subscribe("1")
    one, two = await world.publish("a|b", "c")
    world.platform.answer("1", Sent("1"), Retry("flood", 30))
    async with world.running():
        await world.clock.sleep(10)
        await unsubscribe(world, chat)
        await world.clock.sleep(60)
    assert world.platform.texts() == ["a", "b"]
    assert await world.states(chat) == {one: "sent", two: "dropped: unsubscribed"}


@pytest.mark.asyncio
async def test_undo_brings_back_what_was_put_off(world: World) -> None:
    """Unsubscribed by mistake while a message was in retry: Undo sends it, once, and not before its time."""
    chat = await world.subscribe("1")
    await world.publish("a", "b")
    world.platform.answer("1", Retry("flood", 60))
    async with world.running() as lane:
        await world.clock.sleep(10)
        await unsubscribe(world, chat)
        async with world.store.begin() as work:
            await work.resubscribe(chat.id, world.feed, world.clock.now())
        lane.wake()
        await world.clock.sleep(120)
    assert world.platform.texts() == ["a", "b"]
    assert world.platform.times()[1] >= START + timedelta(seconds=60)


# -- pauses -----------------------------------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_a_pause_that_ends_early_sends_what_is_asked_for(world: World) -> None:
    """Paused for a month, resumed after a minute: what waited is held for the list, and goes out once it is wanted."""
    chat = await world.subscribe("1")
    await pause(world, chat, 30 * 86_400)
    async with world.running() as lane:
        await world.publish("a")
        lane.wake()
        await world.clock.sleep(60)
        async with world.store.begin() as work:
            assert [post.title for post in await work.resume(chat.id, world.clock.now())] == ["a"]
        lane.wake()
        await world.clock.sleep(60)
        assert world.platform.requests == []
        async with world.store.begin() as work:
            assert await work.send_whole(chat.id, 0, 0, world.clock.now()) == 1
        lane.wake()
        await world.clock.sleep(1)
        assert world.platform.texts() == ["a"]


@pytest.mark.asyncio
async def test_pausing_in_the_last_moment_counts_for_a_message_put_off(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A message in retry whose chat is paused just before the claim waits for the pause's end; then it is sent."""
    chat = await world.subscribe("1")
    (post,) = await world.publish("a")
    world.platform.answer("1", Retry("flood", 60))
    await world.deliver(10)

    async def pauses() -> None:
        async with world.store.begin() as work:
            await work.pause(chat.id, world.clock.now() + timedelta(hours=1), world.clock.now())

    before_the_claim(monkeypatch, pauses)
    await world.deliver(600)
    assert len(world.platform.requests) == 1
    await world.deliver(3600)
    assert len(world.platform.requests) == 2
    assert await world.states(chat) == {post: "sent"}


@pytest.mark.asyncio
async def test_a_pause_that_ends_early_does_not_shorten_what_the_platform_asked_for(world: World) -> None:
    """Put off for an hour, paused and resumed within it: the hour is kept."""
    chat = await world.subscribe("1")
    await world.publish("a")
    world.platform.answer("1", Retry("flood", 3600))
    async with world.running() as lane:
        await world.clock.sleep(5)
        await pause(world, chat, 600)
        await world.clock.sleep(60)
        await pause(world, chat, None)
        lane.wake()
        await world.clock.sleep(600)
        assert len(world.platform.requests) == 1
        await world.clock.sleep(3600)
    assert world.platform.texts() == ["a"]


@pytest.mark.asyncio
async def test_stopping_in_the_middle_of_a_claim_records_what_it_started(world: World) -> None:
    """A stop that comes while a claim is being committed still waits for the requests that follow it."""
    chat = await world.subscribe("1")
    (post,) = await world.publish("a")
    world.platform.latency = 3.0
    lane: Lane = world.lane()
    await lane.prepare()
    running = asyncio.create_task(lane.run())
    while not lane._turning.locked():  # noqa: ASYNC110 -- the turn is what is waited for
        await asyncio.sleep(0)
    await lane.stop()
    await running
    assert (await world.states(chat), len(world.platform.requests)) == ({post: "sent"}, 1)
    await world.deliver()
    assert len(world.platform.requests) == 1


@pytest.mark.asyncio
async def test_a_stop_that_comes_while_the_next_due_is_read_is_heard(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The loop that was about to rest ends at once, and not after its longest rest."""
    lane, real = world.lane(), OutboxReads.next_due
    stopped = asyncio.Event()

    async def next_due(self: OutboxReads, platform: str, busy: Sequence[int]) -> datetime | None:
        found = await real(self, platform, busy)
        if not stopped.is_set():
            stopped.set()
            await lane.stop()
        return found

    monkeypatch.setattr(OutboxReads, "next_due", next_due)
    await lane.prepare()
    began = world.clock.now()
    await lane.run()
    assert world.clock.now() - began < timedelta(seconds=1)


# -- the operator -----------------------------------------------------------------------------------------------------


async def drop(world: World, *deliveries: int) -> None:
    """Drop deliveries, as ``incoming deliveries drop`` does where nothing of them has begun."""
    async with world.store.begin() as work:
        assert not any(each.begun for each in (await work.standings(deliveries)).values())
        await work.drop_all(deliveries, world.clock.now())


@pytest.mark.asyncio
async def test_the_operator_reads_for_what_a_post_waits(world: World) -> None:
    """What the platform said to the last attempt, and when the next one is due; of what was sent, neither."""
    await world.subscribe("1")
    await world.subscribe("2")
    world.platform.answer("1", Retry("flood", 3600))
    await world.publish("a")
    await world.deliver(60)
    async with world.store.begin() as work:
        entries = await work.ledger(list(DeliveryState), 10)
    (two, one) = sorted(entries, key=lambda entry: entry.chat.place, reverse=True)
    assert (one.state, one.reason) == (DeliveryState.WANTED, "flood")
    assert one.due is not None
    assert timedelta(minutes=58) < one.due - world.clock.now() < timedelta(minutes=61)
    assert (two.state, two.reason, two.due) == (DeliveryState.SENT, "", None)


@pytest.mark.asyncio
async def test_the_operator_drops_a_message_that_was_put_off(world: World) -> None:
    """Tried, certainly not sent, and dropped: it is not tried again, and what waited behind it goes out."""
    chat = await world.subscribe("1")
    world.platform.answer("1", Retry("flood", 3600))
    one, two = await world.publish("a", "b")
    await world.deliver(60)
    await drop(world, 1)
    await world.deliver(3700)
    assert world.platform.texts() == ["b"]
    assert await world.states(chat) == {one: "dropped: operator", two: "sent"}


@pytest.mark.asyncio
async def test_the_operator_drops_a_line_of_a_list_in_the_last_moment(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Written out, and not claimed any more: the list goes out anew without it."""
    chat = await world.subscribe("1")
    async with world.store.begin() as work:
        await work.save_chat(replace(chat, digest=Rhythm(8 * 60)))
    one, two, three = await world.publish("a", "b", "c")
    world.clock.time += timedelta(hours=13)
    before_the_claim(monkeypatch, lambda: drop(world, 1))
    await world.deliver(60)
    (title,) = world.platform.texts()
    assert title.endswith(" 2 篇")
    assert await world.states(chat) == {one: "dropped: operator", two: "sent: digest", three: "sent: digest"}


@pytest.mark.asyncio
async def test_the_operator_drops_what_a_closed_place_holds(world: World) -> None:
    """Written out before the place closed, and dropped meanwhile: it does not come when the place opens again."""
    chat = await world.subscribe("1")
    world.platform.answer("1", Gone("blocked"))
    (one,) = await world.publish("a")
    await world.deliver(60)
    await drop(world, 1)
    async with world.store.begin() as work:
        await work.open_place(chat.address, world.clock.now())
    (two,) = await world.publish("b")
    await world.deliver(60)
    assert world.platform.texts() == ["b"]
    assert await world.states(chat) == {one: "dropped: operator", two: "sent"}


@pytest.mark.asyncio
async def test_what_may_have_arrived_is_known_to_have_begun(world: World) -> None:
    """While a request is under way, and after one whose fate is unknown: it is not for the operator to drop."""
    await world.subscribe("1")
    begun: list[bool] = []

    async def look(_: Part) -> Outcome:
        async with world.store.begin() as work:
            begun.append((await work.standings([1]))[1].begun)
        return Uncertain("reset")

    world.platform.answer("1", look, Retry("flood", 3600))
    await world.publish("a")
    await world.deliver(60)
    async with world.store.begin() as work:
        begun.append((await work.standings([1]))[1].begun)
    assert begun == [True, True]
