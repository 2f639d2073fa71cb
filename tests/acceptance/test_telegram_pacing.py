"""Telegram's limits with the whole program: nothing is refused, and what is all the same is waited out and not lost."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bot.core.ports import Window
from bot.platforms.telegram import platform
from tests.acceptance.harness import READER, Program
from tests.acceptance.readers import bring, once, reader, refusals, sent, show
from tests.acceptance.simulated import clock_of_today, opened
from tests.clock import SimulatedClock
from tests.emulators.blog import Blog
from tests.emulators.documents import Entry
from tests.emulators.telegram import Telegram
from tests.emulators.telegram_rules import Rates

GROUP = -1001
OLD, NEW = Entry("旧文章", "一年以前写的。", (), "/old"), Entry("新文章", "短。", (), "/new", 1)
PEOPLE = range(READER, READER + 1200)
"""More than are written out in one go; ``python -m benchmarks.telegram`` does three thousand."""


@pytest.fixture
def clock() -> SimulatedClock:
    """Make a clock for the program and the platform."""
    return clock_of_today()


@pytest_asyncio.fixture
async def program(tmp_path: Path, blog: Blog, clock: SimulatedClock) -> AsyncIterator[Program]:
    """Give the program between a blog and a Telegram that keeps its limits by the simulated clock."""
    async with Telegram(clock=lambda: clock.now().timestamp(), rates=Rates()) as telegram:
        telegram.world.add_chat(GROUP, "supergroup", title="G")
        made = Program(tmp_path, blog, telegram, head="[watch]\nhold_floods = false")
        show(made, OLD)
        yield made


async def deliver(program: Program, clock: SimulatedClock) -> None:
    """Let the program look and deliver, for at most five simulated minutes."""
    async with opened(program, clock) as app:
        assert (await app.once(every=True, wait=300)).delivered


def seconds(program: Program) -> float:
    """Give the time from the first arrival to the last."""
    times = [each.time for each in program.telegram.world.ledger]
    return max(times) - min(times)


@pytest.mark.asyncio
async def test_thirty_posts_into_one_group_take_the_limits_own_minute(program: Program, clock: SimulatedClock) -> None:
    """Twenty at once, ten when the minute is over, in order, and no 429.

    Nor is there one for fifteen more that a new process sends then: it knows of the last minute.
    """
    world, posts = program.telegram.world, [Entry(f"第 {n} 篇", "短。", (), f"/{n}", n) for n in range(45, 0, -1)]
    await bring(program, reader(GROUP))
    show(program, *posts[15:], OLD)
    await deliver(program, clock)
    assert [each.text.partition("\n")[0] for each in sent(world, GROUP)] == [f"第 {n} 篇" for n in range(1, 31)]
    assert 60 <= seconds(program) <= 63
    show(program, *posts, OLD)
    await deliver(program, clock)
    assert [each.text.partition("\n")[0] for each in sent(world, GROUP)] == [f"第 {n} 篇" for n in range(1, 46)]
    assert refusals(world) == []


@pytest.mark.asyncio
async def test_one_post_to_all_readers_meets_no_refusal(program: Program, clock: SimulatedClock) -> None:
    """Forty seconds at thirty a second, within 3 %; everybody has it once, and no request was refused."""
    await bring(program, *map(reader, PEOPLE))
    show(program, NEW, OLD)
    await deliver(program, clock)
    ledger = program.telegram.world.ledger
    assert (len(ledger), {each.chat for each in ledger}) == (1200, {*PEOPLE})
    assert 38.8 <= seconds(program) <= 41.2
    assert refusals(program.telegram.world) == []


@pytest.mark.asyncio
async def test_thirty_one_a_second_would_be_refused(
    program: Program, clock: SimulatedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The platform of these tests refuses one message too many within a second, so that a wrong limit is found."""
    monkeypatch.setattr(platform, "FREE", Window(31, platform.FREE.seconds))
    await bring(program, *map(reader, PEOPLE[:31]))
    show(program, NEW, OLD)
    await deliver(program, clock)
    assert refusals(program.telegram.world) == [("sendMessage", 429)]


@pytest.mark.asyncio
async def test_a_paid_broadcast_goes_beyond_thirty_a_second(
    program: Program, clock: SimulatedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With ``allow_paid_broadcast`` each message says so, and two hundred are there within a second."""
    await bring(program, *map(reader, PEOPLE[:200]))
    monkeypatch.setenv("INCOMING_TELEGRAM__ALLOW_PAID_BROADCAST", "true")
    show(program, NEW, OLD)
    await deliver(program, clock)
    world = program.telegram.world
    assert {each.chat for each in world.ledger} == {*PEOPLE[:200]}
    assert all(each.payload["allow_paid_broadcast"] is True for each in world.ledger)
    assert seconds(program) < 1
    assert refusals(world) == []


@pytest.mark.asyncio
async def test_a_429_of_the_whole_bot_holds_everybody_and_loses_nothing(tmp_path: Path, blog: Blog) -> None:
    """Refused at one place after the other: nobody is written to until it is over; then all have it, once."""
    async with Telegram() as telegram:
        program = Program(tmp_path, blog, telegram)
        show(program, OLD)
        await bring(program, *map(reader, PEOPLE[:35]))
        wait = {"description": "Too Many Requests: retry after 2", "parameters": {"retry_after": 2}}
        telegram.world.fault("answer", code=429, times=3, **wait)
        show(program, NEW, OLD)
        await once(program)
    requests = [each for each in telegram.world.requests if each.method == "sendMessage"]
    _, known, _ = [each.time for each in requests if each.status == 429]
    # What is under way at the second refusal still arrives.
    assert sum(known < each.time < known + 1.9 for each in requests) < 10
    assert sorted(each.chat for each in telegram.world.ledger) == list(PEOPLE[:35])
