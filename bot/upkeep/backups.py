"""Daily copies of the database, the newest of which stay."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Final

import structlog

from bot.core.errors import IncomingError
from bot.core.ports import Clock
from bot.log import clean

log = structlog.get_logger()

EVERY: Final = 3600.0
"""Seconds between two looks whether today's copy is there: one that failed is tried again."""
FIRST: Final = 300.0
"""Seconds from the start to the first look: a bot that is started again every half hour has copies too."""


class Backups:
    """Copies with ``copy`` (a path -> its bytes; blocking) into ``folder``."""

    def __init__(self, copy: Callable[[Path], int], folder: Path, keep: int, clock: Clock) -> None:
        self._copy = copy
        self._folder = folder
        self._keep = keep
        self._clock = clock
        self.trouble = ""
        """Why the last copy could not be made; empty where it could."""

    async def run(self) -> None:
        """Look after the copies until cancelled."""
        await self._clock.sleep(FIRST)
        while True:
            await self.round()
            await self._clock.sleep(EVERY)

    async def round(self) -> None:
        """Make today's copy where it is missing, and remove the oldest ones beyond those that stay."""
        path = self._folder / f"incoming-{self._clock.now():%Y-%m-%d}.db"
        if path.exists():
            return
        try:
            for left in self._folder.glob(".incoming-????-??-??.db.*"):
                # A program that was killed in the middle of a copy could not take it away.
                left.unlink()
            size = await asyncio.to_thread(self._copy, path)
            for old in sorted(self._folder.glob("incoming-????-??-??.db"))[: -self._keep]:
                old.unlink()
        except (IncomingError, OSError) as error:
            self.trouble = clean(str(error))
            log.warning("backup.failed", error=self.trouble)
        else:
            self.trouble = ""
            log.info("backup.made", file=path.name, bytes=size)
