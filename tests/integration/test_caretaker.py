from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from bot import platforms
from bot.app import App
from bot.config import load
from bot.parts import open_parts
from tests.clock import SimulatedClock

ALWAYS = {"heart", "steward", "retention"}


async def _started(folder: Path, **given: Any) -> set[str]:
    """Name the work that a bot with this configuration starts beside its loops."""
    settings = {name: platforms.load(name).Settings for name in platforms.NAMES}
    config = load(None, settings, given={"database": str(folder / "incoming.db"), **given})
    async with open_parts(config, SimulatedClock()) as parts, asyncio.TaskGroup() as group:
        tasks = App(parts)._caretaker().start(group)
        for task in tasks:
            task.cancel()
        return {task.get_name() for task in tasks}


@pytest.mark.asyncio
async def test_what_is_done_now_and_then_is_started(tmp_path: Path) -> None:
    """Forgetting, looking after things and a copy a day always; a ping where there is an address for it."""
    assert await _started(tmp_path) == ALWAYS | {"backups"}
    assert await _started(tmp_path, watch={"ping_url": "http://127.0.0.1:9/"}) == ALWAYS | {"backups", "ping"}
    assert await _started(tmp_path, backup={"daily": False}) == ALWAYS


def test_seven_copies_are_kept_unless_told_otherwise() -> None:
    """What the documents say of backups is what the configuration says."""
    backup = load(None, {name: platforms.load(name).Settings for name in platforms.NAMES}, given={}).backup
    assert (backup.daily, backup.keep) == (True, 7)
