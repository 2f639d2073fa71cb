"""Clocks that jump, stand still or change their hour: no storm, and nobody waits for ever (promise 2)."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from bot.core.models import Hours, PlaceKind, Retry, Rhythm
from bot.core.ports import Window
from bot.watch import Watch
from tests.world import BLOG, ScriptedSource, World, entry, for_days, open_world, too_many

DAY = timedelta(days=1)
SECOND = Window(30, 1.0)


@pytest_asyncio.fixture
async def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    """Open a world of forty chats."""
    async with open_world(tmp_path / "incoming.db", monkeypatch) as opened:
        for number in range(40):
            await opened.subscribe(str(number))
        yield opened


def jump(world: World, by: timedelta) -> None:
    """Set the clock, as a correction from the network does: those who sleep go on sleeping as long as they wanted."""
    world.clock.time += by
    world.clock._sleepers[:] = [(at + by, number, future) for at, number, future in world.clock._sleepers]


@pytest.mark.asyncio
@pytest.mark.parametrize("by", [DAY, -DAY])
async def test_a_clock_that_jumps_a_day_makes_no_storm_and_starves_nobody(world: World, by: timedelta) -> None:
    """In the middle of a broadcast: everything is with everybody, once, within minutes of the new time.

    A day ahead looks like a day of silence: what waited is told in a list.
    """
    await world.publish(*"abc")
    async with world.running():
        await world.clock.sleep(1)
        jump(world, by)
        before = world.clock.now()
        await world.clock.sleep(600)
    assert await world.rows("SELECT state, count(*) FROM delivery GROUP BY state") == [("sent", 120)]
    if by < timedelta(0):
        assert all(world.platform.texts(str(number)) == ["a", "b", "c"] for number in range(40))
    assert len(world.platform.requests) <= 120
    after = [at for at in world.platform.times() if before <= at <= before + timedelta(minutes=10)]
    assert too_many(after, SECOND) == []


@pytest.mark.asyncio
async def test_a_retry_is_not_put_off_by_a_clock_that_is_set_back(world: World) -> None:
    """The wait was written by a clock that ran a day ahead: it is as long as it was asked to be, and no day longer."""
    world.platform.answer("0", Retry("flood", 30))
    jump(world, DAY)
    await world.publish("a")
    async with world.running():
        await world.clock.sleep(1)
        jump(world, -DAY)
        await world.clock.sleep(120)
    assert world.platform.texts("0") == ["a"]


@pytest.mark.asyncio
async def test_a_clock_that_is_set_back_while_the_program_is_down_prolongs_no_wait(world: World) -> None:
    """What the last requests say of the time is believed: a retry comes when it was asked for, and only once so."""
    jump(world, DAY)
    world.platform.answer("0", Retry("flood", 300))
    await world.publish("a")
    await world.deliver(10)
    world.clock.time -= DAY
    await world.deliver(200)
    await world.deliver(60)
    assert world.platform.texts("0") == []
    await world.deliver(120)
    assert world.platform.texts("0") == ["a"]
    assert len(world.platform.requests) == 41


@pytest.mark.asyncio
@pytest.mark.parametrize("down", [True, False])
async def test_a_clock_that_is_set_back_keeps_no_feed_from_being_looked_at(world: World, *, down: bool) -> None:
    """It would be a day until the next look: it is the usual time, be the clock set while the program runs or not."""
    source = ScriptedSource(world.clock)
    source.show(BLOG, entry("a"))
    async with world.store.begin() as work:
        await work.save_feed(replace((await work.feeds())[0], interval=3600.0))
    jump(world, DAY)
    async with watching(world, source):
        await world.clock.sleep(60)
        assert len(source.looks) == 1
        if not down:
            jump(world, -DAY)
            await world.clock.sleep(12 * 3600)
    if down:
        world.clock.time -= DAY
        async with watching(world, source):
            await world.clock.sleep(10)
            assert len(source.looks) == 1
            await world.clock.sleep(12 * 3600)
    assert 2 <= len(source.looks) <= 40


@contextlib.asynccontextmanager
async def watching(world: World, source: ScriptedSource) -> AsyncIterator[None]:
    """Let feeds be looked at meanwhile."""
    task = asyncio.create_task(Watch(world.store, source, world.matcher, world.clock, lambda: None).run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.mark.asyncio
async def test_a_frozen_clock_sends_no_more_than_its_moment_allows(world: World) -> None:
    """Time stands still: the limits hold, and nothing spins; when it goes on, so does everything."""
    await world.publish(*"ab")
    moment = world.clock.now()
    async with world.running() as lane:
        for _ in range(50):
            lane.wake()
            world.clock.time = moment
            await world.clock.sleep(0)
        assert len(world.platform.requests) <= SECOND.count
        await world.clock.sleep(600)
    assert all(world.platform.texts(str(number)) == ["a", "b"] for number in range(40))


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("evening", "wakes"),
    [
        # The night in which 02:00 becomes 03:00, and the one in which 03:00 becomes 02:00.
        (datetime(2026, 3, 28, 22, 30, tzinfo=UTC), datetime(2026, 3, 29, 5, tzinfo=UTC)),
        (datetime(2026, 10, 24, 22, 30, tzinfo=UTC), datetime(2026, 10, 25, 6, tzinfo=UTC)),
    ],
)
async def test_quiet_hours_end_by_the_local_clock_in_the_nights_it_changes(
    world: World, monkeypatch: pytest.MonkeyPatch, evening: datetime, wakes: datetime
) -> None:
    """What came at night comes at seven of the local morning, be the night an hour shorter or longer."""
    for_days(monkeypatch)
    world.clock.time = evening
    chat = await world.subscribe("77", kind=PlaceKind.PRIVATE)
    async with world.store.begin() as work:
        await work.save_chat(replace(chat, timezone="Europe/Berlin", quiet=Hours(23 * 60, 7 * 60)))
    await world.publish("a")
    await world.deliver(12 * 3600)
    (at,) = world.platform.times("77")
    assert wakes <= at <= wakes + timedelta(minutes=1)


@pytest.mark.asyncio
async def test_each_chat_has_its_own_time(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Eight in the morning is another moment in each zone, half hours and the date line included."""
    for_days(monkeypatch)
    zones = {"Asia/Kolkata": 2.5, "Europe/Berlin": 7, "UTC": 8, "America/St_Johns": 11.5, "Pacific/Kiritimati": 18}
    world.clock.time = midnight = datetime(2026, 1, 20, tzinfo=UTC)
    chats = {}
    for number, zone in enumerate(zones):
        chats[zone] = await world.subscribe(f"9{number}")
        async with world.store.begin() as work:
            await work.save_chat(replace(chats[zone], timezone=zone, digest=Rhythm(8 * 60)))
    await world.publish("a")
    await world.deliver(20 * 3600)
    for number, (zone, hours) in enumerate(zones.items()):
        (at,) = world.platform.times(f"9{number}")
        due = midnight + timedelta(hours=hours)
        assert due <= at <= due + timedelta(minutes=1), zone
