"""Looks that found something are stored in company, and never wait long for it."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot.watch.company import MOMENT, MOST, Company
from tests.clock import START, SimulatedClock


@pytest.fixture
def clock() -> SimulatedClock:
    """Give a clock that stands still while anything can go on."""
    return SimulatedClock()


async def turns() -> None:
    """Let everything run that can."""
    for _ in range(5):
        await asyncio.sleep(0)


@pytest.mark.asyncio
async def test_a_look_that_is_alone_waits_for_nobody(clock: SimulatedClock) -> None:
    """Not a moment."""
    company = Company(clock)
    with company.coming():
        pass
    await company.join()
    assert clock.now() == START


@pytest.mark.asyncio
async def test_a_look_waits_for_those_under_way(clock: SimulatedClock) -> None:
    """Until the last of them has joined, or turned out to have nothing to store."""
    company, other, idle = Company(clock), asyncio.Event(), asyncio.Event()

    async def look(until: asyncio.Event, *, joins: bool) -> None:
        with company.coming():
            await until.wait()
        if joins:
            await company.join()

    clock.real += 1  # no time passes
    tasks = [asyncio.create_task(look(other, joins=True)), asyncio.create_task(look(idle, joins=False))]
    await turns()
    first = asyncio.create_task(company.join())
    other.set()
    await turns()
    assert not first.done()
    assert not tasks[0].done()
    idle.set()
    await asyncio.gather(first, *tasks)
    assert clock.now() == START


@pytest.mark.asyncio
async def test_nobody_waits_longer_than_a_moment(clock: SimulatedClock) -> None:
    """However long the others take."""
    company = Company(clock)
    with company.coming():
        await asyncio.gather(company.join(), company.join())
        assert clock.now() == START + timedelta(seconds=MOMENT)
        await company.join()
    assert clock.now() == START + timedelta(seconds=2 * MOMENT)


@pytest.mark.asyncio
async def test_enough_looks_wait_no_longer(clock: SimulatedClock) -> None:
    """They go as soon as they are so many, and the next one waits for new company."""
    company = Company(clock)
    with company.coming():
        await asyncio.gather(*(company.join() for _ in range(MOST)))
        assert clock.now() == START
        await company.join()
    assert clock.now() == START + timedelta(seconds=MOMENT)


@pytest.mark.asyncio
async def test_who_is_cancelled_leaves_nobody_waiting(clock: SimulatedClock) -> None:
    """Also the one that keeps the time for all."""
    company = Company(clock)
    clock.real += 1
    with company.coming():
        first, second = asyncio.create_task(company.join()), asyncio.create_task(company.join())
        await turns()
        first.cancel()
        await asyncio.wait_for(second, 5)
    assert clock.now() == START
