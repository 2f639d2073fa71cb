"""The process that reads what strangers wrote, forked by the nursery: its pipes, its bounds and its death are real.

To start one takes a quarter of a second, and nearly every scene needs one. That it comes up as it is started where
this is no test is shown by ``tests/integration/test_sources_worker.py`` and by each cold start of the program.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from typing import cast
from unittest.mock import patch

from bot.sources.process import Process, WorkerSettings
from tests import births

_INHERITED = 60
"""Megabytes of the nursery's own that a process has from its birth, and that count against its bound."""


async def start(settings: WorkerSettings) -> Process:
    """Start a process, as ``Process.start`` does."""
    born, tally = await births.reader(str(settings.cpu), str(settings.memory + _INHERITED))
    process = cast("asyncio.subprocess.Process", born)  # which is what it shows itself as
    return Process(process, tally, settings)


@contextlib.contextmanager
def forked_readers() -> Iterator[None]:
    """Let commands that run in this process read in such processes."""
    with patch.object(Process, "start", start):
        yield
