"""The real program over a database that takes no writes for a while, as SQLite itself says it, while it runs.

A signal breaks it (SIGUSR2) and mends it (SIGUSR1); ``BRITTLE`` says how: ``read_only``, as after a disk was mounted
so, or ``no_room``, for not one page more. ``BRITTLE=no_room:early`` breaks it before the first look. The pause between
two attempts to store a look is shortened.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Coroutine
from typing import Final
from unittest.mock import patch

from bot import cli
from bot.core.errors import StoreError
from bot.store.engine import Engine
from bot.watch import Watch, loop

PRAGMAS: Final = {
    "read_only": ("query_only=ON", "query_only=OFF"),
    "no_room": ("max_page_count=1", "max_page_count=1000000000"),
}
_open, _run = Engine.open, Watch.run
_engines: list[Engine] = []
_tasks: list[asyncio.Task[None]] = []


def how() -> tuple[str, bool]:
    """Give what was asked for: how, and whether from the start."""
    kind, _, early = os.environ["BRITTLE"].partition(":")
    return kind, bool(early)


async def breaks() -> None:
    """Let the database take nothing."""
    writer, (kind, _) = _engines[0]._writer, how()
    assert writer is not None
    await writer.execute(f"PRAGMA {PRAGMAS[kind][0]}")
    for number in range(100_000 if kind == "no_room" else 0):
        try:
            async with _engines[0].transaction() as db:
                await db.execute("INSERT INTO meta (key, value) VALUES (?, ?)", (f"filler {number}", "x" * 2000))
        except StoreError:
            return


async def mends() -> None:
    """Let it take everything again."""
    writer, (kind, _) = _engines[0]._writer, how()
    assert writer is not None
    await writer.execute(f"PRAGMA {PRAGMAS[kind][1]}")


async def opened(engine: Engine) -> None:
    """Open a database, and heed signals about it."""
    await _open(engine)
    _engines.append(engine)
    for number, deed in ((signal.SIGUSR1, mends), (signal.SIGUSR2, breaks)):
        asyncio.get_running_loop().add_signal_handler(number, _begin, deed)


def _begin(deed: Callable[[], Coroutine[None, None, None]]) -> None:
    _tasks.append(asyncio.create_task(deed()))


async def watched(watch: Watch) -> None:
    """Look at feeds, with a database that is broken before the first look where that is asked for."""
    if how()[1]:
        await breaks()
    await _run(watch)


def main() -> None:
    """Run the program so."""
    patch.object(loop, "STORE_PAUSE", 0.5).start()
    patch.object(Engine, "open", opened).start()
    patch.object(Watch, "run", watched).start()
    cli.main()
