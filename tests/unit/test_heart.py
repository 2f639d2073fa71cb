from __future__ import annotations

import asyncio
import threading
import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.core.pulse import Pulse
from bot.upkeep import heart as heart_room
from bot.upkeep.heart import BEAT, Heart, StalledError, Watchdog
from tests.clock import SimulatedClock
from tests.counted import count


class FakeLoop:
    """A loop that is told how it is."""

    def __init__(self, clock: SimulatedClock) -> None:
        self.pulse = Pulse.first(clock.now(), timedelta(minutes=1))
        self.well = True

    def turn(self, now: datetime) -> None:
        """Go round, and do its work where it can."""
        self.pulse = self.pulse.tries(now)
        if self.well:
            self.pulse = self.pulse.turns(now)


async def keep(clock: SimulatedClock, loop: FakeLoop) -> None:
    """Keep a loop going."""
    while True:
        loop.turn(clock.now())
        await clock.sleep(10)


@pytest.mark.asyncio
async def test_a_loop_that_stands_still_ends_the_program(tmp_path: Path) -> None:
    """The error names the loop, and comes once it has stood still for as long as patience says."""
    clock = SimulatedClock()
    good, bad = FakeLoop(clock), FakeLoop(clock)
    began = clock.now()
    keeper = asyncio.create_task(keep(clock, good))
    heart = Heart({"watch": good, "lane-telegram": bad}, tmp_path / "beacon", clock, 120)
    with pytest.raises(StalledError, match="lane-telegram stands still"):
        await heart.beat()
    keeper.cancel()
    assert timedelta(seconds=170) < clock.now() - began < timedelta(seconds=190)


@pytest.mark.asyncio
async def test_a_loop_that_only_fails_is_unhealthy_and_not_ended(tmp_path: Path) -> None:
    """A full disk is not mended by a restart: the beacon grows old, the program goes on."""
    clock = SimulatedClock()
    loop = FakeLoop(clock)
    loop.well = False
    loop.pulse = loop.pulse.turns(clock.now() - timedelta(hours=1))
    beacon = tmp_path / "beacon"
    keeper = asyncio.create_task(keep(clock, loop))
    beating = asyncio.create_task(Heart({"watch": loop}, beacon, clock, 60).beat())
    await clock.sleep(1000)
    assert not beating.done()
    assert not beacon.exists()
    loop.well = True
    await clock.sleep(10 + BEAT + 1)
    assert beacon.exists()
    for task in (keeper, beating):
        task.cancel()


def lag(what: str) -> float:
    """Give the count or the sum of what was measured of the event loop's lag."""
    return count(f"incoming_event_loop_lag_seconds_{what}")


@pytest.mark.asyncio
async def test_a_machine_that_slept_is_not_taken_for_a_stall(tmp_path: Path) -> None:
    """Hours that pass at once are one beat, and the loops turn again right after."""
    clock = SimulatedClock()
    loop = FakeLoop(clock)
    lags = lag("count")
    keeper = asyncio.create_task(keep(clock, loop))
    beating = asyncio.create_task(Heart({"watch": loop}, tmp_path / "beacon", clock, 60).beat())
    await clock.sleep(30)
    assert lag("count") >= lags + 5
    clock.time += timedelta(hours=9)
    await clock.sleep(300)
    assert not beating.done()
    for task in (keeper, beating):
        task.cancel()


@pytest.mark.asyncio
async def test_the_lag_is_what_the_pulse_came_too_late(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not how long it rested: a beat that comes 300 ms late counts as these."""
    loop, ahead = asyncio.get_running_loop(), [0.0]
    monkeypatch.setattr(loop, "time", lambda now=loop.time: now() + ahead[0])

    async def late(seconds: float) -> None:
        if ahead[0]:
            raise asyncio.CancelledError
        ahead[0] = seconds + 0.3

    clock = SimulatedClock()
    monkeypatch.setattr(clock, "sleep", late)
    before = lag("sum")
    with pytest.raises(asyncio.CancelledError):
        await Heart({}, tmp_path / "beacon", clock, 60).beat()
    # What the machine itself takes comes on top.
    assert 0.3 <= round(lag("sum") - before, 6) < BEAT


def test_the_watchdog_ends_a_process_whose_event_loop_is_blocked(tmp_path: Path) -> None:
    """It says in which line the event loop hangs."""
    said: list[str] = []
    ended = threading.Event()

    def end(where: str) -> None:
        said.append(where)
        ended.set()

    heart = Heart({}, tmp_path / "beacon", SimulatedClock(), 1)
    with Watchdog(heart, 0.5, end):
        limit = time.monotonic() + 20
        while not ended.is_set() and time.monotonic() < limit:
            time.sleep(0.01)
    assert len(said) == 1
    assert "test_heart.py" in said[0]


def test_the_watchdog_leaves_a_beating_heart_alone(tmp_path: Path) -> None:
    """As long as beats are counted nothing ends, and the thread is gone with its context."""
    said: list[str] = []
    heart = Heart({}, tmp_path / "beacon", SimulatedClock(), 1)
    before = threading.active_count()
    with Watchdog(heart, 1.0, said.append):
        for _ in range(150):
            heart.beats += 1
            time.sleep(0.01)
    assert said == []
    assert threading.active_count() == before


@pytest.mark.asyncio
@pytest.mark.parametrize(("leave", "seconds", "ends"), [(30.0, 1.5, False), (0.1, 20.0, True)])
async def test_the_watchdog_gives_a_program_time_to_stop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, leave: float, seconds: float, *, ends: bool
) -> None:
    """The heart stops first; what is under way then may take more than patience has, but not for ever."""
    monkeypatch.setattr(heart_room, "LEAVE", leave)
    ended = threading.Event()
    heart = Heart({}, tmp_path / "beacon", SimulatedClock(), 1)
    with Watchdog(heart, 0.1, lambda _: ended.set()):
        beating = asyncio.create_task(heart.beat())
        await asyncio.sleep(0)
        beating.cancel()
        # It looks every tenth of a second, and takes ten looks without a beat for the end.
        assert await asyncio.to_thread(ended.wait, seconds) is ends
