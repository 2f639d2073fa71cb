"""A post that very many chats want: expanded piece by piece, and to each chat as if it had been done at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bot.core.models import Verdict
from bot.deliver import Expander
from bot.store import fanout
from bot.store.sqlite import Store
from tests.world import World, entry, open_world


@pytest_asyncio.fixture
async def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    """Open a world in which five chats are very many, with twelve of them."""
    monkeypatch.setattr(fanout, "AT_ONCE", 5)
    async with open_world(tmp_path / "incoming.db", monkeypatch) as opened:
        for number in range(12):
            await opened.subscribe(str(number))
        yield opened


async def pieces(world: World, size: int, most: int = 1000) -> int:
    """Expand so many pieces at most; give how many there were."""
    for number in range(most):
        async with world.store.begin() as work:
            if not await work.expand(size, world.clock.now()):
                return number
    return most


async def owed(world: World) -> list[tuple[object, ...]]:
    """Give who is owed what: (place, post)."""
    return await world.rows(
        "SELECT CAST(p.ref AS INTEGER), d.post_id FROM delivery d JOIN chat c ON c.id = d.chat_id"
        " JOIN place p ON p.id = c.place_id JOIN queue q ON q.chat_id = c.id AND q.platform = p.platform ORDER BY 2, 1"
    )


@pytest.mark.asyncio
@pytest.mark.parametrize("size", [1, 5, 100])
async def test_pieces_come_to_what_one_commit_makes(world: World, size: int) -> None:
    """Every chat is owed the post once, and everybody gets it."""
    await world.publish("a")
    assert await owed(world) == []
    await pieces(world, size)
    assert await owed(world) == [(number, 1) for number in range(12)]
    await world.deliver()
    assert sorted(world.platform.texts()) == ["a"] * 12


@pytest.mark.asyncio
async def test_a_crash_in_the_middle_is_taken_up_where_it_was(world: World, tmp_path: Path) -> None:
    """A process that opens the database later finishes what an earlier one began; nobody is owed twice."""
    await world.publish("a")
    assert await pieces(world, 5, most=1) == 1
    assert len(await owed(world)) == 5
    other = Store(tmp_path / "incoming.db")
    await other.open()
    await Expander(other, world.clock, lambda: None).everything()
    await other.close()
    assert await owed(world) == [(number, 1) for number in range(12)]


@pytest.mark.asyncio
async def test_who_comes_later_gets_later_posts(world: World) -> None:
    """A subscription that was made after the commit of the look is not entitled, though the pieces come after it."""
    await world.publish("a")
    await world.subscribe("99")
    await pieces(world, 4)
    assert 99 not in [place for place, _ in await owed(world)]


@pytest.mark.asyncio
async def test_who_comes_in_the_place_of_the_youngest_gets_later_posts(world: World) -> None:
    """Not even the youngest subscription's number is given again when it ends: it is where the pieces stop."""
    youngest = await world.subscribe("11")
    await world.publish("a")
    async with world.store.begin() as work:
        await work.unsubscribe(youngest.id, world.feed, world.clock.now())
    await world.subscribe("99")
    await pieces(world, 4)
    assert [place for place, _ in await owed(world)] == list(range(11))


@pytest.mark.asyncio
async def test_who_leaves_meanwhile_gets_nothing(world: World) -> None:
    """A subscription that ended before its piece came is owed nothing."""
    chat = await world.subscribe("11")
    await world.publish("a")
    async with world.store.begin() as work:
        await work.unsubscribe(chat.id, world.feed, world.clock.now())
    await pieces(world, 4)
    assert [place for place, _ in await owed(world)] == list(range(11))


@pytest.mark.asyncio
async def test_who_changes_a_filter_meanwhile_is_judged_by_the_new_one(world: World) -> None:
    """Neither is the post lost that the new filter lets through, nor does one come that it does not."""
    await world.publish("python a")
    await world.subscribe("1", query="python")
    await world.subscribe("2", query="-python")
    await pieces(world, 4)
    await world.deliver()
    assert len(world.platform.texts("1")) == 1
    assert world.platform.texts("2") == []
    assert len(world.platform.texts()) == 11


@pytest.mark.asyncio
async def test_a_later_post_waits_for_the_earlier_one(world: World) -> None:
    """A post for few is not owed before the one for many that came first: each chat gets them in order."""
    await world.subscribe("3", query="b")
    await world.publish("a", "b")
    await pieces(world, 4)
    await world.subscribe("3")
    await world.deliver(600)
    assert world.platform.texts("5") == ["a", "b"]
    assert await world.rows("SELECT count(*) FROM fan_out") == [(0,)]


@pytest.mark.asyncio
async def test_a_floods_posts_are_expanded_together(world: World) -> None:
    """Each chat has all posts of a flood at once, so that it can begin with the newest."""
    now = world.clock.now()
    async with world.store.begin() as work:
        flood = await work.add_flood(world.feed, 3, now)
        passed = {each.id: Verdict(passes=True) for each in await work.filters(world.feed)}
    numbers = await world.publish()
    async with world.store.begin() as work:
        for title in "abc":
            seen = entry(title)
            numbers.append(await work.add_post(world.feed, seen, [("guid", title)], "gist", now))
            await work.want(numbers[-1], world.feed, passed, now, flood=flood)
    await pieces(world, 4, most=1)
    assert await owed(world) == [(place, number) for number in numbers for place in range(4)]


@pytest.mark.asyncio
async def test_the_loop_expands_when_it_is_called_and_after_a_restart(world: World) -> None:
    """It tells that there is something to send after each piece, and begins with what was left."""
    told: list[int] = []
    await world.publish("a")
    expander = Expander(world.store, world.clock, lambda: told.append(1))
    task = asyncio.create_task(expander.run())
    await world.clock.sleep(1)
    assert len(await owed(world)) == 12
    await world.publish("b")
    expander.wake()
    await world.clock.sleep(1)
    task.cancel()
    assert len(await owed(world)) == 24
    assert len(told) >= 2
