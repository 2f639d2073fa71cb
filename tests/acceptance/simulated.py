"""The whole program in this process on a simulated clock: configured by its file, over real HTTP, minutes in moments.

Time stands still while a thread, a look or a request takes real time, and jumps when everything only waits.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from unittest.mock import patch

import aiosqlite

from bot.app import App, open_app
from bot.parts import load_config
from bot.platforms.telegram.api import Api
from bot.sources.http import HttpSource
from tests.acceptance.harness import Program
from tests.clock import SimulatedClock
from tests.world import hurry


def clock_of_today() -> SimulatedClock:
    """Make a clock that begins now: the command line's own commands go by the machine's."""
    return SimulatedClock(datetime.now(UTC))


@contextlib.asynccontextmanager
async def opened(program: Program, clock: SimulatedClock) -> AsyncIterator[App]:
    """Open the program as the command line does."""
    with _counted(clock):
        async with open_app(load_config(program.config), clock) as app:
            await hurry(app._parts.store)
            yield app


@contextlib.contextmanager
def _counted(clock: SimulatedClock) -> Iterator[None]:
    with contextlib.ExitStack() as stack:
        for owner, name in ((aiosqlite.Connection, "_execute"), (HttpSource, "look"), (Api, "post"), (Api, "upload")):
            stack.enter_context(patch.object(owner, name, clock.count(getattr(owner, name))))
        yield
