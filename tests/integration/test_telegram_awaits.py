"""SIGKILL at every await from fetch to record: nothing is lost on Telegram, doubled only in the send window."""

from __future__ import annotations

import contextlib
import shutil
import signal
import sqlite3
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.clock import SystemClock
from bot.core.models import Address, Feed, PlaceKind
from bot.store.sqlite import Store
from tests.emulators.telegram import Telegram
from tests.integration.test_discord_awaits import STRIDE, Nursery, nursery
from tests.killing.awaits import OLD, look
from tests.world import BLOG

READER = 1001
DEATHS = 6
"""So many, evenly spread, unless every await is asked for."""


@dataclass(frozen=True)
class Death:
    """A step at which a process died: whether a request was under way, and how often the post stands there since."""

    step: int
    in_window: bool
    count: int


async def owing(database: Path) -> None:
    """Make a database in which a reader waits for a blog's next post."""
    store, now = Store(database), SystemClock().now()
    await store.open()
    async with store.begin() as work:
        feed = await work.put_feed(Feed(0, "blog", BLOG, next_check=now))
        reader = Address("telegram", str(READER))
        chat = await work.open_chat(reader, PlaceKind.PRIVATE, "", now, language="zh", timezone="Asia/Shanghai")
        await work.subscribe(chat.id, feed, now)
    await look(store, OLD)
    await store.close()


def under_way(database: Path) -> bool:
    """Tell whether a request was under way, as far as the database knows."""
    with contextlib.closing(sqlite3.connect(database)) as connection:
        return bool(connection.execute("SELECT 1 FROM part WHERE state = 'sending'").fetchall())


def settled(database: Path) -> bool:
    """Tell whether the one delivery is recorded as sent."""
    with contextlib.closing(sqlite3.connect(database)) as connection:
        return connection.execute("SELECT state FROM delivery").fetchall() == [("sent",)]


async def delivered(forks: Nursery, telegram: Telegram, database: Path, kill: int = 0) -> dict[str, int]:
    """Let a process look and deliver, and die at a step."""
    where = {"platform": "telegram", "api_base": telegram.base, "token": telegram.token, "database": str(database)}
    return await forks.ask({**where, "kill": kill, "careless": False})


async def deaths(folder: Path) -> list[Death]:
    """Let one process after the other die, each a few steps later, and start anew."""
    template, found = folder / "template.db", list[Death]()
    await owing(template)
    async with nursery() as forks, Telegram() as telegram:
        telegram.world.add_chat(READER)
        whole = await delivered(forks, telegram, Path(shutil.copy(template, folder / "whole.db")))
        assert (whole["code"], len(telegram.world.ledger)) == (0, 1)
        stride = 1 if STRIDE == 1 else max(1, whole["steps"] // DEATHS)
        for step in range(1, whole["steps"] + 1, stride):
            database, before = Path(shutil.copy(template, folder / f"{step}.db")), len(telegram.world.ledger)
            if (await delivered(forks, telegram, database, step))["code"] != -signal.SIGKILL:
                continue
            in_window = under_way(database)
            assert (await delivered(forks, telegram, database))["code"] == 0
            assert settled(database)
            found.append(Death(step, in_window, len(telegram.world.ledger) - before))
    return found


@pytest.mark.asyncio
async def test_killed_at_any_await_it_is_there_and_twice_only_if_it_was_under_way(tmp_path: Path) -> None:
    """Whatever the process waits for when it dies, the post is there after the next start; doubles are explained."""
    found = await deaths(tmp_path)
    doubled = [death for death in found if death.count > 1]
    sys.stdout.write(f"telegram: {len(found)} awaits, {len(doubled)} doubled\n")
    assert len(found) > 4
    assert {death.count for death in found} <= {1, 2}
    assert all(death.in_window for death in doubled)
    assert {death.in_window for death in found} == {True, False}
