"""What the steward does over weeks, and on a disk that takes nothing."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from datetime import timedelta
from types import SimpleNamespace

import pytest

from bot.core.incidents import Kind, Sign
from tests.integration.test_steward import BOSS, ail, dns, steward
from tests.world import World

DAY = timedelta(days=1)


async def days(world: World, number: int) -> list[str]:
    """Let days pass, a round each; give what was said to the operator meanwhile."""
    before = len(world.platform.texts(BOSS))
    for _ in range(number):
        await steward(world, all_well=True).round()
        await world.deliver()
        world.clock.time += DAY
    return list(world.platform.texts(BOSS))[before:]


@pytest.mark.asyncio
async def test_all_is_not_called_well_for_weeks_of_trouble(world: World) -> None:
    """Not while something is wrong, however long ago that was told; a week after the end it is again."""
    assert len(await days(world, 8)) == 1
    await ail(world, dns(world))
    (told,) = await days(world, 20)
    assert "hasn't loaded" in told
    await ail(world, None)
    (over,) = await days(world, 7)
    assert "loads again" in over
    (well,) = await days(world, 2)
    assert well.startswith("All well this week")


@pytest.mark.asyncio
async def test_what_was_not_told_yet_is_known_as_it_is_now(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """While nobody can hear of it an incident keeps its row, and its row the newest facts: what is left is today's."""
    said = []
    for free in (9, 2):
        usage = SimpleNamespace(free=free * 1_000_000)
        monkeypatch.setattr(shutil, "disk_usage", lambda _folder, usage=usage: usage)
        await steward(world, ()).round()
        async with world.store.begin() as work:
            (incident,) = await work.open_incidents()
        said.append((incident.id, incident.facts["free"]))
    assert said == [(1, "9 MB"), (1, "2 MB")]


@pytest.mark.asyncio
async def test_a_disk_that_takes_nothing_is_found_though_there_is_nothing_to_write(world: World) -> None:
    """Each round writes: a file system that was remounted read-only in a quiet week is told on the same day."""
    writer = world.store._engine._writer
    assert writer is not None
    keeper = steward(world)
    with closing(sqlite3.connect(world.store._engine.path)) as other:
        seen = []
        for _ in range(3):
            await world.clock.sleep(60)
            await keeper.round()
            seen += other.execute("PRAGMA data_version").fetchone()
    assert len(set(seen)) == 3
    await writer.execute("PRAGMA query_only=ON")
    await world.clock.sleep(60)
    await keeper.round()
    assert "readonly" in keeper.disk
    await writer.execute("PRAGMA query_only=OFF")
    await keeper.round()
    assert keeper.disk == ""
    first, second = world.platform.texts(BOSS)
    assert first.startswith("I cannot write the database")
    assert second.startswith("The database can be written again")


@pytest.mark.asyncio
async def test_what_nobody_needs_to_hear_is_done_with(world: World) -> None:
    """Over before it was told: remembered as such, and not asked about in each round for good."""
    async with world.store.begin() as work:
        await work.open_incident(Sign(Kind.BACKUP, "daily", {"folder": "x", "cause": "y"}), world.clock.now())
    await steward(world).round()
    async with world.store.begin() as work:
        left = await work.incidents(world.clock.now())
    assert [each.over is not None for each in left] == [True]
    await world.deliver()
    assert world.platform.texts(BOSS) == []


@pytest.mark.asyncio
async def test_a_feed_that_is_named_anew_is_in_the_same_trouble(world: World) -> None:
    """Nobody hears that it is over, nor of a second one."""
    await ail(world, dns(world))
    await steward(world).round()
    async with world.store.begin() as work:
        await work.rename_feed((await work.feeds())[0].id, "other")
    for _ in range(3):
        await world.clock.sleep(3600)
        await steward(world).round()
    await world.deliver()
    assert len(world.platform.texts(BOSS)) == 1
