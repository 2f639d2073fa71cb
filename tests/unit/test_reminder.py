"""Looks whose documents are new ask together for what is remembered, and one that is alone waits for nobody."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Mapping, Sequence
from datetime import timedelta

import pytest

from bot.core.errors import StoreError
from bot.core.models import Remembered
from bot.watch.company import MOMENT
from bot.watch.reminder import Reminder
from tests.clock import START, SimulatedClock


class Store:
    """Remembers one entry of every feed, named after it, and keeps a ledger of what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[list[int]] = []
        self.was_asked = asyncio.Event()
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self.broken: set[int] = set()

    async def slices(self, feeds: Sequence[int]) -> Mapping[int, Remembered]:
        """Give what is remembered, as soon as it may."""
        self.asked.append(sorted(feeds))
        self.was_asked.set()
        await self.may_answer.wait()
        if self.broken.intersection(feeds):
            msg = "the disk is gone"
            raise StoreError(msg)
        return {feed_id: Remembered(f"slice{feed_id}\n1\n\n[]") for feed_id in feeds}


async def look(reminder: Reminder, feed_id: int) -> list[str]:
    """Make a look whose document is new."""
    with reminder.coming(feed_id) as slices:
        return list(await slices())


@pytest.mark.asyncio
async def test_a_look_that_is_alone_asks_at_once() -> None:
    """Not a moment later."""
    store, clock = Store(), SimulatedClock()
    assert await look(Reminder(store, clock), 7) == ["slice7"]
    assert clock.now() == START
    assert store.asked == [[7]]


@pytest.mark.asyncio
async def test_looks_ask_once_for_all_of_them() -> None:
    """Each gets what is remembered of its own feed."""
    store, clock = Store(), SimulatedClock()
    reminder = Reminder(store, clock)
    remembered = await asyncio.gather(*(look(reminder, number) for number in (3, 1, 2)))
    assert remembered == [["slice3"], ["slice1"], ["slice2"]]
    assert clock.now() == START
    assert store.asked == [[1, 2, 3]]


@pytest.mark.asyncio
async def test_a_look_at_nothing_new_keeps_nobody_waiting() -> None:
    """As soon as it is made, the others ask."""
    store, clock, unchanged = Store(), SimulatedClock(), asyncio.Event()
    clock.real += 1  # no time passes
    reminder = Reminder(store, clock)

    async def idle() -> None:
        with reminder.coming(9):
            await unchanged.wait()

    under_way, new = asyncio.create_task(idle()), asyncio.create_task(look(reminder, 1))
    for _ in range(5):
        await asyncio.sleep(0)
    assert store.asked == []
    unchanged.set()
    await asyncio.gather(under_way, new)
    assert store.asked == [[1]]


@pytest.mark.asyncio
async def test_a_slow_blog_keeps_the_others_waiting_for_a_moment_only() -> None:
    """However long it takes."""
    store, clock = Store(), SimulatedClock()
    reminder = Reminder(store, clock)
    with reminder.coming(9) as slices:
        assert await look(reminder, 1) == ["slice1"]
        assert clock.now() == START + timedelta(seconds=MOMENT)
        assert list(await slices()) == ["slice9"]
    assert clock.now() == START + timedelta(seconds=MOMENT)
    assert store.asked == [[1], [9]]


@pytest.mark.asyncio
async def test_a_look_does_not_wait_for_one_that_asked_before() -> None:
    """It is being read, and cannot come."""
    store, clock = Store(), SimulatedClock()
    reminder = Reminder(store, clock)
    with reminder.coming(9) as slices:
        await slices()
        await look(reminder, 1)
    assert clock.now() == START


@pytest.mark.asyncio
async def test_what_cannot_be_read_of_one_feed_is_only_its_own_trouble() -> None:
    """The others, read each alone, get what they asked for; and the next ones are asked for together again."""
    store, clock = Store(), SimulatedClock()
    reminder, store.broken = Reminder(store, clock), {2}
    found = await asyncio.gather(*(look(reminder, number) for number in (1, 2, 3)), return_exceptions=True)
    assert [each if isinstance(each, list) else type(each) for each in found] == [["slice1"], StoreError, ["slice3"]]
    assert store.asked == [[1, 2, 3], [1], [2], [3]]
    store.broken = set()
    assert await look(reminder, 2) == ["slice2"]


@pytest.mark.asyncio
async def test_who_is_cancelled_takes_nobody_along() -> None:
    """The others get what they asked for."""
    store, clock = Store(), SimulatedClock()
    reminder = Reminder(store, clock)
    store.may_answer.clear()
    first, second = asyncio.create_task(look(reminder, 1)), asyncio.create_task(look(reminder, 2))
    await asyncio.wait_for(store.was_asked.wait(), 5)
    first.cancel()
    store.may_answer.set()
    assert await second == ["slice2"]
    assert first.cancelled()
    assert store.asked == [[1, 2]]


@pytest.mark.asyncio
async def test_what_nobody_waits_for_any_more_may_fail() -> None:
    """Nobody hears of it, and nothing complains that nobody did."""
    store, clock = Store(), SimulatedClock()
    reminder, store.broken, complaints = Reminder(store, clock), {1}, list[dict[str, object]]()
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
    store.may_answer.clear()
    task = asyncio.create_task(look(reminder, 1))
    await asyncio.wait_for(store.was_asked.wait(), 5)
    task.cancel()
    store.may_answer.set()
    await asyncio.wait([task])
    while reminder._reading:
        await asyncio.wait(reminder._reading)
    gc.collect()
    assert complaints == []
