"""What stands still or ends by itself ends the program, with 1: an engine restarts what has ended, and nothing else."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import aiosqlite
import pytest

from bot import platforms
from bot.app import open_app
from bot.cli import _report
from bot.config import load
from bot.deliver import Expander, Lane
from bot.platforms.discord.gateway import Gateway
from bot.platforms.telegram.listener import Listener
from bot.watch import Watch
from tests.clock import START, SimulatedClock
from tests.world import open_world

NOWHERE = "http://127.0.0.1:9/"


async def run(folder: Path, monkeypatch: pytest.MonkeyPatch, tokens: str = "") -> tuple[SimulatedClock, Exception]:
    """Run the whole bot until it ends by itself; give what it ended with."""
    clock = SimulatedClock()
    monkeypatch.setattr(aiosqlite.Connection, "_execute", clock.count(aiosqlite.Connection._execute))
    settings = {name: platforms.load(name).Settings for name in platforms.NAMES}
    tables = {
        "telegram": {"telegram": {"token": "1:a", "api_base": NOWHERE}},
        "discord": {"discord": {"token": "a.b.c", "api_base": NOWHERE, "gateway": "ws://127.0.0.1:9/"}},
    }
    given = {"database": str(folder / "incoming.db"), "backup": {"daily": False}, **tables.get(tokens, {})}
    async with asyncio.timeout(30), open_app(load(None, settings, given=given), clock) as app:
        with pytest.raises(ExceptionGroup) as caught:
            await app.run(asyncio.Event())
    return clock, caught.value


async def stand(*_: object) -> None:
    """Do nothing, for ever."""
    await asyncio.Event().wait()


async def end(*_: object) -> None:
    """End with a fault."""
    await asyncio.sleep(0)
    msg = "a fault of ours"
    raise LookupError(msg)


@pytest.mark.asyncio
@pytest.mark.parametrize(("loop", "name"), [(Watch, "watch"), (Lane, "lane-console"), (Expander, "expander")])
async def test_a_loop_that_stands_ends_the_program_with_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], loop: type, name: str
) -> None:
    """Whichever it is, in minutes, in one line that names it; the event loop itself goes on meanwhile."""
    monkeypatch.setattr(loop, "run", stand)
    clock, error = await run(tmp_path, monkeypatch)
    assert _report(error) == 1
    said = capsys.readouterr().err.splitlines()
    assert said[-1] == f"incoming: {name} stands still; ending, so that a restart mends it"
    assert 100 < (clock.now() - START).total_seconds() < 600


@pytest.mark.asyncio
async def test_an_expander_with_nothing_to_do_is_alive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """For hours, while it goes round; some minutes after it stopped it is not."""
    async with open_world(tmp_path / "incoming.db", monkeypatch) as world:
        expander = Expander(world.store, world.clock, lambda: None)
        task = asyncio.create_task(expander.run())
        await world.clock.sleep(3 * 3600)
        assert (expander.pulse.turning(world.clock.now()), expander.pulse.alive(world.clock.now())) == (True, True)
        task.cancel()
        world.clock.time += timedelta(minutes=10)
        assert (expander.pulse.turning(world.clock.now()), expander.pulse.alive(world.clock.now())) == (False, False)


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("platform", "ears", "method"), [("telegram", Listener, "listen"), ("discord", Gateway, "run")]
)
async def test_a_platform_that_listens_no_more_ends_the_program_with_1(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    platform: str,
    ears: type,
    method: str,
) -> None:
    """A fault in listening is not left alone with itself: deaf, the bot would look well."""
    monkeypatch.setattr(ears, method, end)
    _, error = await run(tmp_path, monkeypatch, platform)
    assert _report(error) == 1
    assert "a fault of this program: LookupError: a fault of ours" in capsys.readouterr().err
