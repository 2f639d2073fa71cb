"""Whether the file itself is sound: SQLite's own check, bounded, since a large file takes minutes."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from pathlib import Path
from typing import Final

from bot.store.engine import SALVAGE

SECONDS: Final = 10.0
"""How long the check may take; what it has not seen by then counts as sound."""
MOST: Final = 3
"""Findings that are said."""
_STEPS: Final = 10_000


async def damage(path: Path, seconds: float = SECONDS) -> str:
    """Say what is wrong with a database file and what helps; empty where nothing was found, or there is no file."""
    return await asyncio.to_thread(_damage, path, seconds)


def _damage(path: Path, seconds: float) -> str:
    if not path.exists():
        return ""
    end = time.monotonic() + seconds
    connection = sqlite3.connect(path)
    try:
        connection.set_progress_handler(lambda: time.monotonic() > end, _STEPS)
        found = [str(row[0]) for row in connection.execute(f"PRAGMA quick_check({MOST})")]
    except sqlite3.DatabaseError as error:
        # Locked or interrupted says nothing about the file.
        found = [] if isinstance(error, sqlite3.OperationalError) else [str(error)]
    finally:
        connection.close()
    lines = [" ".join(line.split()) for line in found if line != "ok"]
    return f"{path} is damaged ({'; '.join(lines)}); {SALVAGE}" if lines else ""
