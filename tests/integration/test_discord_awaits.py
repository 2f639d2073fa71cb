"""SIGKILL at every await from fetch to record: nothing is lost on Discord, and nothing doubled."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import pytest_asyncio

from bot.clock import SystemClock
from bot.core.models import Address, Feed, PlaceKind
from bot.platforms.discord.draw import PUBLISH
from bot.store.sqlite import Store
from tests.emulators import discord_rules as rules
from tests.emulators.discord import Discord
from tests.killing.awaits import OLD, look
from tests.world import BLOG

ROOT = Path(__file__).resolve().parents[2]
CHANNEL = "500000000000000001"
STRIDE = 1 if os.environ.get("EVERY_AWAIT") else 9
"""Every await takes minutes: `make bench-kills` does that."""
OFFSETS = {"text": 1, "announcements": 4, "forum": 7} if STRIDE > 1 else {"text": 1, "announcements": 1, "forum": 1}
KINDS = {"text": rules.TEXT, "announcements": rules.ANNOUNCEMENTS, "forum": rules.FORUM}


@dataclass
class Nursery:
    """The server that forks."""

    process: asyncio.subprocess.Process

    async def deliver(
        self, discord: Discord, database: str | Path, kill: int = 0, *, careless: bool = False
    ) -> dict[str, int]:
        """Let a process deliver, and die at a step."""
        where = {"platform": "discord", "api_base": discord.base, "token": discord.token, "database": str(database)}
        return await self.ask(where | {"kill": kill, "careless": careless})

    async def ask(self, given: dict[str, object]) -> dict[str, int]:
        """Let a child do what is given."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(given).encode() + b"\n")
        async with asyncio.timeout(60):
            said: dict[str, int] = json.loads(await self.process.stdout.readline())
        return said


@contextlib.asynccontextmanager
async def nursery() -> AsyncIterator[Nursery]:
    """Start the server that forks."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.killing.awaits",
        cwd=ROOT,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    yield Nursery(process)
    assert process.stdin is not None
    process.stdin.close()
    await process.wait()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def forks() -> AsyncIterator[Nursery]:
    """Start it once: what it imports costs more than what its children do."""
    async with nursery() as started:
        yield started


async def owing(database: Path) -> None:
    """Make a database in which a channel waits for a blog's next post."""
    store, now = Store(database), SystemClock().now()
    await store.open()
    async with store.begin() as work:
        feed = await work.put_feed(Feed(0, "blog", BLOG, next_check=now))
        address = Address("discord", CHANNEL)
        chat = await work.open_chat(address, PlaceKind.GROUP, "", now, language="zh", timezone="Asia/Shanghai")
        await work.save_chat(replace(chat, options=((PUBLISH, "on"),)))
        await work.subscribe(chat.id, feed, now)
    await look(store, OLD)
    await store.close()


def there(discord: Discord) -> int:
    """Count what stands in the channel."""
    return sum(entry.kind in {"create", "thread"} for entry in discord.world.ledger)


@contextlib.asynccontextmanager
async def fresh(kind: str) -> AsyncIterator[Discord]:
    """Run a Discord of its own for one death: nonces are remembered."""
    async with Discord() as server:
        server.world.add_channel(CHANNEL, KINDS[kind])
        yield server


async def dying(forks: Nursery, folder: Path, kind: str, *, careless: bool = False) -> list[int]:
    """Let one process after the other die, each a few steps later, and start anew; give what stands there each time."""
    template, counts = folder / "template.db", []
    await owing(template)
    async with fresh(kind) as discord:
        whole = await forks.deliver(discord, shutil.copy(template, folder / "whole.db"), careless=careless)
        assert (whole["code"], there(discord)) == (0, 1)
    for step in range(OFFSETS[kind], whole["steps"] + 1, STRIDE):
        database = shutil.copy(template, folder / f"{step}.db")
        async with fresh(kind) as discord:
            died = await forks.deliver(discord, database, step, careless=careless)
            assert (await forks.deliver(discord, database, careless=careless))["code"] == 0
            # How often the database's thread is waited for varies: the last steps may not come.
            counts += [there(discord)] if died["code"] == -signal.SIGKILL else []
    return counts


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("kind", KINDS)
async def test_killed_at_any_await_it_is_there_once(forks: Nursery, tmp_path: Path, kind: str) -> None:
    """Whatever the process waits for when it dies, after the next start the post stands there exactly once."""
    counts = await dying(forks, tmp_path, kind)
    sys.stdout.write(f"{kind}: {len(counts)} awaits\n")
    assert len(counts) > 4
    assert set(counts) == {1}


@pytest.mark.asyncio(loop_scope="module")
async def test_without_nonces_the_same_deaths_double(forks: Nursery, tmp_path: Path) -> None:
    """The negative control: what repeats without looking is there twice after some of them."""
    assert set(await dying(forks, tmp_path, "text", careless=True)) == {1, 2}
