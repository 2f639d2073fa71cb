"""What a reading process loads at its start: each module that it need not have costs a millisecond or more."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from bot.sources.document import Parsed, Unreadable
from bot.sources.process import _environment, _widen
from bot.sources.worker import Workers
from tests.emulators.generators import GENERATORS

NOT_NEEDED = ("bot.core.models", "bot.reading.tex.written", "email", "feedparser", "opencc", "ssl", "statistics")
"""What an ordinary feed can be read without."""

FEED = b'<rss version="2.0"><channel><title>x</title><item><guid>1</guid></item></channel></rss>'

RARE = "<rss version='0.92'><channel><item><source url='/a'>A</source><title>1</title></item></channel></rss>"


@pytest.fixture(scope="module")
def loaded() -> frozenset[str]:
    """Name the modules that a process has when it begins to read."""
    asked = "import bot.sources.child, sys; print(*sys.modules)"
    said = subprocess.run(
        (sys.executable, "-S", "-P", "-c", asked), env=_environment(), check=True, capture_output=True, text=True
    )
    return frozenset(said.stdout.split())


@pytest.mark.parametrize("module", NOT_NEEDED)
def test_a_process_starts_without_what_an_ordinary_feed_does_not_need(loaded: frozenset[str], module: str) -> None:
    """It comes when a document needs it, if ever."""
    assert "bot.sources.feed" in loaded
    assert module not in loaded


@pytest.mark.parametrize(("feed", "is_loaded"), [(GENERATORS["Hexo"], False), (RARE, True)])
def test_a_plain_feed_is_read_without_feedparser(feed: str, is_loaded: bool) -> None:  # noqa: FBT001 -- a parameter
    """It comes with the first document that is anything else."""
    asked = "import sys; from bot.sources.feed import parse; print(len(parse(sys.stdin.buffer.read()).sightings))"
    said = subprocess.run(
        (sys.executable, "-S", "-P", "-c", f"{asked}; print('feedparser' in sys.modules)"),
        env=_environment(), check=True, capture_output=True, text=True, input=feed,
    )  # fmt: skip
    assert said.stdout.split() == ["1", str(is_loaded)]


@pytest.mark.asyncio
async def test_a_process_loads_what_this_one_would(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It finds its modules where this program does and in the same order, and none in the folder it was started in."""
    elsewhere, here = tmp_path / "elsewhere", tmp_path / "here"
    for folder in (elsewhere, here):
        folder.mkdir()
        (folder / "json.py").write_text("import os; os._exit(1)")
    monkeypatch.chdir(here)
    monkeypatch.setattr(sys, "path", ["", *sys.path, str(elsewhere)])
    async with Workers() as workers:
        assert isinstance(await workers.parse(FEED), Parsed)
    monkeypatch.setattr(sys, "path", [str(elsewhere), *sys.path])
    async with Workers() as workers:
        assert isinstance(await workers.parse(FEED), Unreadable)


@pytest.mark.asyncio
async def test_a_process_that_dies_as_it_comes_up_is_no_fault() -> None:
    """Its pipe may be closed before anything was said to it; who asked it to read hears of that in the usual way."""
    process = await asyncio.create_subprocess_exec("true", stdin=asyncio.subprocess.PIPE)
    assert process.stdin is not None
    process.stdin.transport.get_extra_info("pipe").close()
    _widen(process)
    process.stdin.transport.abort()
    await process.wait()
