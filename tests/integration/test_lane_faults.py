from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.core.errors import StoreError
from bot.core.models import Address, Chat, Notice, Part, Payload, PlaceKind, Rejected, Retry, Uncertain
from bot.core.ports import Record
from bot.deliver import Lane
from bot.store.sqlite import Work
from tests.clock import START
from tests.world import ScriptedPlatform, World


async def pages(world: World, most: int) -> None:
    """Let the file have so many pages at most: a disk that is full, or has room again."""
    async with world.store._engine.transaction() as connection:
        await connection.execute(f"PRAGMA max_page_count={most}")


async def fill(world: World) -> None:
    """Fill the disk to the last byte."""
    await pages(world, 1)
    with pytest.raises(StoreError, match="full; check the disk"):  # noqa: PT012 -- the loop is what fills it
        for number in range(10_000):
            async with world.store.begin() as work:
                await work.set_meta(f"filler {number}", "x" * 2000)


# -- a database that takes nothing ------------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_a_full_disk_sends_nothing_that_cannot_be_recorded(world: World) -> None:
    """No room for the claim: no request. With room again: every post, once, without a restart."""
    for number in range(20):
        await world.subscribe(str(number))
    await world.publish(*(f"{number} {'long ' * 500}" for number in range(3)))
    await fill(world)
    async with world.running() as lane:
        await world.clock.sleep(600)
        assert world.platform.requests == []
        assert not lane.pulse.alive(world.clock.now())
        await pages(world, 1_000_000)
        await world.clock.sleep(60)
        assert lane.pulse.alive(world.clock.now())
    assert len(world.platform.texts()) == len({(each.place, each.text) for each in world.platform.requests}) == 60


@pytest.mark.asyncio
async def test_an_outcome_stays_in_hand_until_it_is_recorded(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk refuses the record of what was sent: nothing is sent twice, and it is recorded later."""
    chat = await world.subscribe("1")
    one, two = await world.publish("a", "b")
    real, refusals = Work.record, 5

    async def record(work: Work, record: Sequence[Record], now: datetime) -> None:
        nonlocal refusals
        if refusals:
            refusals -= 1
            msg = "disk I/O error"
            raise sqlite3.OperationalError(msg)
        await real(work, record, now)

    monkeypatch.setattr(Work, "record", record)
    await world.deliver(120)
    assert world.platform.texts() == ["a", "b"]
    assert await world.states(chat) == {one: "sent", two: "sent"}


class Refusing:
    """A connection to a disk that does not take the next commits."""

    def __init__(self, connection: sqlite3.Connection, left: int) -> None:
        self._connection = connection
        self.left = left

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def commit(self) -> None:
        """Commit, once the disk does."""
        if self.left:
            self.left -= 1
            msg = "disk I/O error"
            raise sqlite3.OperationalError(msg)
        self._connection.commit()


@pytest.mark.asyncio
async def test_a_commit_that_fails_starts_no_request(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A claim whose commit failed was never made: the next one sends, once."""
    await world.subscribe("1")
    await world.publish("a")
    writer = world.store._engine._writer
    assert writer is not None
    refusing = Refusing(writer._conn, 3)
    with monkeypatch.context() as patch:
        async with world.running():
            patch.setattr(writer, "_connection", refusing)
            await world.clock.sleep(60)
    assert (refusing.left, len(world.platform.requests), world.platform.texts()) == (0, 1, ["a"])


@pytest.mark.asyncio
async def test_stopping_with_a_disk_that_refuses_ends_all_the_same(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What could not be recorded at the end is asked about at the next start: once more, and then reported."""
    chat = await world.subscribe("1")
    (post,) = await world.publish("a")

    async def refuse(*_: object) -> None:
        msg = "disk I/O error"
        raise sqlite3.OperationalError(msg)

    with monkeypatch.context() as patch:
        patch.setattr(Work, "record", refuse)
        await world.deliver(10)
    await world.deliver(10)
    assert (len(world.platform.requests), await world.states(chat)) == (2, {post: "sent"})


# -- faults of ours ---------------------------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_a_post_that_cannot_be_written_holds_up_nobody(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault in writing one post makes its deliveries dead, with the reason; all others go out."""
    chat = await world.subscribe("1")
    one, two = await world.publish("poison", "b")
    real = ScriptedPlatform.render

    def render(platform: ScriptedPlatform, notice: Notice, chat: Chat) -> tuple[Payload, ...]:
        if notice.title == "poison":
            msg = "cannot be written"
            raise TypeError(msg)
        return real(platform, notice, chat)

    monkeypatch.setattr(ScriptedPlatform, "render", render)
    await world.deliver()
    assert await world.states(chat) == {one: "dead: fault: TypeError", two: "sent"}


@pytest.mark.asyncio
async def test_a_post_of_which_nothing_is_left_to_say_holds_up_nobody(world: World) -> None:
    """A notice that becomes no request at all is a fault, not an endless loop."""
    chat = await world.subscribe("1")
    one, two = await world.publish("|", "b")
    await world.deliver()
    assert await world.states(chat) == {one: "dead: fault: ValueError", two: "sent"}


@pytest.mark.asyncio
async def test_what_cannot_be_said_more_plainly_is_dead(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Refused, and a fault in the step down: reported, and the chat goes on."""
    chat = await world.subscribe("1")
    one, two = await world.publish("a", "b")

    def plainly(_: Payload) -> Payload:
        raise KeyError

    monkeypatch.setattr(world.platform, "plainly", plainly)
    world.platform.answer("1", Rejected("bad"))
    await world.deliver()
    assert await world.states(chat) == {one: "dead: rejected: bad", two: "sent"}


@pytest.mark.asyncio
async def test_a_request_that_outlasts_the_stop_is_left_to_the_next_start(world: World) -> None:
    """Stopping waits for seconds, not for ever; the next start sends it once more."""
    await world.subscribe("1")
    await world.publish("a")

    async def hang(_: Part) -> Uncertain:
        await world.clock.sleep(3600)
        return Uncertain("late")

    world.platform.answer("1", hang)
    async with world.running():
        await world.clock.sleep(5)
    assert world.clock.now() - START < timedelta(seconds=20)
    await world.deliver(10)
    assert [each.outcome is None for each in world.platform.requests] == [True, False]


# -- one pass ---------------------------------------------------------------------------------------------------------


async def drain(world: World, seconds: float) -> bool:
    """Make one pass of at most so many seconds."""
    lane: Lane = world.lane()
    await lane.prepare()
    done = await lane.drain(world.clock.now() + timedelta(seconds=seconds))
    await lane.stop()
    return done


@pytest.mark.asyncio
async def test_one_pass_waits_out_pacing(world: World) -> None:
    """Thirty posts for a group need more than a minute: the pass sends them all, and says so."""
    await world.subscribe("-1", kind=PlaceKind.GROUP)
    await world.publish(*(f"{number}" for number in range(30)))
    assert await drain(world, 300)
    assert len(world.platform.texts()) == 30
    assert world.clock.now() - START <= timedelta(seconds=62)


@pytest.mark.asyncio
async def test_one_pass_without_work_ends_at_once(world: World) -> None:
    """Nothing is due: no time passes."""
    await world.subscribe("1")
    assert await drain(world, 300)
    assert world.clock.now() == START


@pytest.mark.asyncio
async def test_one_pass_leaves_later_retries_to_the_next(world: World) -> None:
    """An hour of Retry-After is not waited for; the others are sent, and the message waits for another pass."""
    await world.subscribe("1")
    await world.subscribe("2")
    await world.publish("a")
    world.platform.answer("1", Retry("flood", 3600))
    assert await drain(world, 300)
    assert (world.platform.texts(), world.clock.now() - START <= timedelta(seconds=1)) == (["a"], True)
    world.clock.time += timedelta(hours=2)
    assert await drain(world, 300)
    assert world.platform.texts() == ["a", "a"]


@pytest.mark.asyncio
async def test_one_pass_does_not_wait_for_a_platform_that_wants_an_hour_of_rest(world: World) -> None:
    """A platform-wide hold is kept by this pass and the next ones: one request in all, and none waits for it."""
    for number in range(3):
        await world.subscribe(str(number))
    await world.publish("a")
    world.platform.latency = 0.1
    for number in range(3):
        world.platform.answer(str(number), Retry("flood", 3600, scope="platform"))
    assert await drain(world, 300)
    made = len(world.platform.requests)
    assert await drain(world, 300)
    assert len(world.platform.requests) == made
    assert world.clock.now() - START <= timedelta(seconds=2)


@pytest.mark.asyncio
async def test_one_pass_ends_when_its_time_is_over(world: World) -> None:
    """Sixty posts for a group do not fit into half a minute: the pass ends in time, and says that something is left."""
    await world.subscribe("-1", kind=PlaceKind.GROUP)
    await world.publish(*(f"{number}" for number in range(60)))
    assert not await drain(world, 30)
    assert timedelta(seconds=29) <= world.clock.now() - START <= timedelta(seconds=32)
    assert len(world.platform.texts()) == 20


@pytest.mark.asyncio
async def test_one_pass_over_a_full_disk_ends(world: World) -> None:
    """A database that takes nothing does not keep a pass for ever, and nothing is sent."""
    await world.subscribe("1")
    await world.publish("long " * 5000)
    await fill(world)
    lane = world.lane()
    assert not await lane.drain(world.clock.now() + timedelta(seconds=30))
    assert world.platform.requests == []


@pytest.mark.asyncio
async def test_a_reply_is_stored_at_once(world: World) -> None:
    """A lane at rest does not keep a reply in memory, where a crash would forget it."""
    await world.subscribe("1")
    async with world.running() as lane:
        await world.clock.sleep(10)
        await lane.pace(Address("telegram", "1"), PlaceKind.PRIVATE)
        await world.clock.sleep(0.1)
        assert len(await world.store.outbox.attempts("telegram", START)) == 1


@pytest.mark.asyncio
async def test_a_reply_of_one_pass_is_counted_in_the_next(world: World) -> None:
    """Replies are stored with the pass that gave them."""
    await world.subscribe("1")
    lane = world.lane()
    await lane.pace(Address("telegram", "1"), PlaceKind.PRIVATE)
    assert await lane.drain(world.clock.now() + timedelta(seconds=30))
    assert len(await world.store.outbox.attempts("telegram", START)) == 1
