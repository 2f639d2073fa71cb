"""The dead man's switch: fetched in each round in which all is well, and in no other."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
import pytest_asyncio
from aiohttp import web
from structlog.testing import capture_logs

from bot.upkeep.ping import EVERY, Ping
from tests.clock import SimulatedClock
from tests.integration.test_web import free_port


@dataclass
class Switch:
    """What expects the pings, and the bot that sends them."""

    port: int
    got: list[str] = field(default_factory=list)
    well: bool = True
    status: int = 200
    answers: list[int] = field(default_factory=list)
    """What the next pings get; after these, ``status``."""

    @property
    def url(self) -> str:
        """Give the address, which is a secret."""
        return f"http://127.0.0.1:{self.port}/uuid-77"

    async def take(self, request: web.Request) -> web.Response:
        """Take a ping."""
        self.got.append(request.path)
        return web.Response(status=self.answers.pop(0) if self.answers else self.status)

    async def is_well(self) -> bool:
        """Tell whether posts can flow."""
        return self.well

    @contextlib.asynccontextmanager
    async def pinged(self, rounds: int) -> AsyncIterator[None]:
        """Let the bot make some rounds, a minute apart."""
        done = asyncio.Event()
        clock = RoundClock(rounds, done)
        task = asyncio.create_task(Ping(self.url, self.is_well, clock).run())
        async with asyncio.timeout(20):
            await done.wait()
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        assert clock.slept == [EVERY] * rounds
        yield


class RoundClock(SimulatedClock):
    """A clock that counts rounds and then stands still."""

    def __init__(self, rounds: int, done: asyncio.Event) -> None:
        super().__init__()
        self.slept: list[float] = []
        self._rounds = rounds
        self._done = done

    async def sleep(self, seconds: float) -> None:
        """Let the time between two rounds pass at once."""
        self.slept.append(seconds)
        if len(self.slept) == self._rounds:
            self._done.set()
            await asyncio.Event().wait()


@pytest_asyncio.fixture
async def switch() -> AsyncIterator[Switch]:
    """Listen for pings."""
    made = Switch(free_port())
    app = web.Application()
    app.router.add_get("/uuid-77", made.take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", made.port).start()
    yield made
    await runner.cleanup()


@pytest.mark.asyncio
async def test_each_good_round_is_a_ping_and_a_bad_one_is_none(switch: Switch) -> None:
    """Three good rounds, three pings; while posts cannot flow the alarm is left to go off."""
    async with switch.pinged(3):
        assert switch.got == ["/uuid-77"] * 3
    switch.well = False
    async with switch.pinged(2):
        assert len(switch.got) == 3


@pytest.mark.asyncio
async def test_pings_that_fail_are_said_once_and_without_the_address(switch: Switch) -> None:
    """A service that refuses stops nothing; the next failure after a success is said again."""
    switch.status = 500
    with capture_logs() as logs:
        async with switch.pinged(3):
            assert len(switch.got) == 3
    assert [line["event"] for line in logs] == ["ping.failed"]
    assert "uuid-77" not in str(logs)


@pytest.mark.asyncio
async def test_each_row_of_failures_is_said(switch: Switch) -> None:
    """Twice in a row is one line; after a success the next failure is said again."""
    switch.answers = [500, 500, 200, 500]
    with capture_logs() as logs:
        async with switch.pinged(5):
            assert len(switch.got) == 5
    assert [line["event"] for line in logs] == ["ping.failed"] * 2
