from __future__ import annotations

import asyncio
import contextlib
import os
import re
import subprocess
import time
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot import platforms
from bot.app import App, assemble
from bot.caretaker import Caretaker
from bot.config import load
from bot.core.incidents import Kind
from bot.core.overview import Overview
from bot.parts import open_parts
from bot.store.facts import Facts
from tests.clock import SimulatedClock

ALWAYS = {"heart", "steward", "retention", "topics"}
DOCKERFILE = Path(__file__).resolve().parents[2] / "Dockerfile"


async def _started(folder: Path, **given: Any) -> set[str]:
    """Name the work that a bot with this configuration starts beside its loops."""
    settings = {name: platforms.load(name).Settings for name in platforms.NAMES}
    config = load(None, settings, given={"database": str(folder / "incoming.db"), **given})
    async with open_parts(config, SimulatedClock()) as parts, asyncio.TaskGroup() as group:
        tasks = App(parts)._caretaker().start(group)
        # Each begins: the heart beats once.
        await asyncio.sleep(0)
        for task in tasks:
            task.cancel()
        return {task.get_name() for task in tasks}


@pytest.mark.asyncio
async def test_what_is_done_now_and_then_is_started(tmp_path: Path) -> None:
    """Forgetting, looking after things and topics, and a copy a day always; a ping where there is an address for it."""
    assert await _started(tmp_path) == ALWAYS | {"backups"}
    assert await _started(tmp_path, watch={"ping_url": "http://127.0.0.1:9/"}) == ALWAYS | {"backups", "ping"}
    assert await _started(tmp_path, backup={"daily": False}) == ALWAYS


@contextlib.asynccontextmanager
async def _caretaker(folder: Path, **given: Any) -> AsyncIterator[Caretaker]:
    """Give what a bot with this configuration looks after itself with; nothing is started."""
    settings = {name: platforms.load(name).Settings for name in platforms.NAMES}
    config = load(None, settings, given={"database": str(folder / "incoming.db"), "language": "en", **given})
    async with open_parts(config, SimulatedClock()) as parts, assemble(parts) as app:
        yield app._caretaker()


def _seen(html: str) -> str:
    return " ".join(re.sub(r"<style>.*?</style>|<[^>]+>", " ", html).split())


@pytest.mark.asyncio
async def test_all_that_stops_posts_is_known_to_the_page_and_to_the_ping(tmp_path: Path) -> None:
    """A loop that stands, a platform that does not answer, a disk that takes nothing: named, and no ping goes out."""
    async with _caretaker(tmp_path) as care:
        clock = care._charge.clock
        assert isinstance(clock, SimulatedClock)
        assert await care.well()
        assert "All well" in _seen(await care._page())
        care.steward.disk = "it is full"
        assert (await care.well(), care.disk()) == (False, "it is full")
        assert "1 thing to mend" in (seen := _seen(await care._page()))
        assert "disk : it is full" in seen
        care.steward.disk = ""
        care.steward._probes._ill["console"] = ("does not answer", clock.now())
        assert (await care.well(), care.platforms()) == (False, {"console": "does not answer"})
        assert "console : does not answer" in _seen(await care._page())
        care.steward._probes._ill.clear()
        clock.time += timedelta(minutes=10)
        assert not await care.well()
        assert "3 things to mend" in (seen := _seen(await care._page()))
        assert [name for name in ("watch", "expander", "lane-console") if f"{name} : stalled" not in seen] == []


@pytest.mark.asyncio
async def test_the_page_calls_topics_by_their_names(tmp_path: Path) -> None:
    """An operator's topic in the configuration's language, a blog's own as the blog writes it."""
    rules = [{"id": "diffusion", "name": {"zh": "扩散模型", "en": "Diffusion"}, "strong": ["DDPM"]}]
    async with _caretaker(tmp_path, topics=rules) as care:
        assert care._topic("diffusion", {}) == "Diffusion"
        assert care._topic("t-abc", {"t-abc": "生成模型"}) == "生成模型"
        assert care._topic("t-gone", {}) == "t-gone"


@pytest.mark.asyncio
async def test_what_is_configured_is_what_is_done(tmp_path: Path) -> None:
    """The weekly line only where it is asked for, as many copies as are named, and a copy that fails is told."""
    async with _caretaker(tmp_path) as care:
        assert (care.steward._manner.all_well, care._backups._keep) == (False, 7)
        assert Kind.BACKUP not in {sign.kind for sign in care.steward._signs()}
        care._backups.trouble = "no room"
        (sign,) = [sign for sign in care.steward._signs() if sign.kind is Kind.BACKUP]
        assert sign.facts["cause"] == "no room"
    async with _caretaker(tmp_path, watch={"all_well": True}, backup={"keep": 3}) as care:
        assert (care.steward._manner.all_well, care._backups._keep) == (True, 3)


def test_seven_copies_are_kept_unless_told_otherwise() -> None:
    """What the documents say of backups is what the configuration says."""
    backup = load(None, {name: platforms.load(name).Settings for name in platforms.NAMES}, given={}).backup
    assert (backup.daily, backup.keep) == (True, 7)


def _healthy(folder: Path, **env: str) -> bool:
    """Ask the container's health check, in a folder that stands for its working directory."""
    (command,) = re.findall(r"^HEALTHCHECK .*\\\n *CMD (.*)$", DOCKERFILE.read_text("utf-8"), re.MULTILINE)
    given = {"PATH": os.environ["PATH"], **env}
    return (
        subprocess.run(["/bin/sh", "-c", command], check=False, capture_output=True, cwd=folder, env=given).returncode
        == 0
    )


@pytest.mark.asyncio
@pytest.mark.parametrize("place", ["incoming.db", "my data/blog.sqlite", "data/incoming.db"])
async def test_the_health_check_looks_where_the_database_is(tmp_path: Path, place: str) -> None:
    """Wherever INCOMING_DATABASE says, absolute or from the working directory: young is well; old or missing is not."""
    database = tmp_path / place
    await _started(database.parent, database=str(database))
    ways = [{"INCOMING_DATABASE": str(database)}, {"INCOMING_DATABASE": place}]
    if place == "data/incoming.db":
        # An empty variable is none: then it is what the program takes without one.
        ways += [{}, {"INCOMING_DATABASE": ""}]
    assert [_healthy(tmp_path, **env) for env in ways] == [True] * len(ways)
    assert not _healthy(tmp_path, INCOMING_DATABASE=str(database.with_name("other.db")))
    then = time.time() - 31
    os.utime(f"{database}.alive", (then, then))
    assert [_healthy(tmp_path, **env) for env in ways] == [False] * len(ways)


def test_what_the_image_says_of_the_database_overrules_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that program and health check mean the same place, whatever a mounted config.toml says."""
    (place,) = re.findall(r"^ENV [^#]*?INCOMING_DATABASE=(\S+)$", DOCKERFILE.read_text("utf-8"), re.MULTILINE)
    assert place == "/data/incoming.db"
    monkeypatch.setenv("INCOMING_DATABASE", place)
    settings = {name: platforms.load(name).Settings for name in platforms.NAMES}
    assert load(None, settings, given={"database": "elsewhere.db"}).database == Path(place)


@pytest.mark.asyncio
@pytest.mark.parametrize(("timezone", "hours"), [("Asia/Shanghai", 8), ("America/New_York", -5), ("UTC", 0)])
async def test_the_pages_days_are_the_operators(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, timezone: str, hours: int
) -> None:
    """A delivery late in the evening is that day's, whatever UTC calls it."""
    asked = []
    overview = Facts.overview

    async def listened(self: Facts, now: datetime, shift: timedelta) -> Overview:
        asked.append(shift)
        return await overview(self, now, shift)

    monkeypatch.setattr(Facts, "overview", listened)
    async with _caretaker(tmp_path, timezone=timezone) as care:
        await care._page()
    assert asked == [timedelta(hours=hours)]
