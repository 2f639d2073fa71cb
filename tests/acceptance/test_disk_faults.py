"""The disk fails under the real program: full, locked, cut off by power loss, damaged."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import resource
import shutil
import signal
import sqlite3
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio

from bot.core.models import Address, PlaceKind
from bot.store.sqlite import Store
from tests import births
from tests.acceptance.harness import PATIENCE, READER, Process, Program, posts, until
from tests.emulators.blog import Blog
from tests.emulators.documents import Entry, rss
from tests.emulators.telegram import Telegram

OLD = [Entry("旧文章", "一年以前写的。", (), "/old")]
NEW = [Entry(f"新文章 {number}", f"第 {number} 件事。", (), f"/new-{number}") for number in range(3)]
LONG = [Entry(f"长文章 {number}", "说来话长，" * 2000, (), f"/long-{number}") for number in range(3)]
"""More than fits into what the last page has left."""
READERS = range(READER, READER + 4)


@pytest_asyncio.fixture
async def program(tmp_path: Path) -> AsyncIterator[Program]:
    """Give the program with four readers, who have seen the old post."""
    async with Blog() as blog, Telegram() as telegram:
        made = Program(tmp_path, blog, telegram)
        blog.publish("/feed.xml", rss(OLD))
        await made.inline("once", "--all")
        for reader in READERS:
            telegram.world.add_chat(reader)
        await subscribe(tmp_path / "incoming.db")
        yield made
        if made._process is not None and made._process.returncode is None:
            made._process.kill()
            await made._process.wait()


async def subscribe(database: Path) -> None:
    """Subscribe everybody to the one feed."""
    store, now = Store(database), datetime.now(UTC)
    await store.open()
    async with store.begin() as work:
        for reader in READERS:
            where = Address("telegram", str(reader))
            chat = await work.open_chat(where, PlaceKind.PRIVATE, "", now, language="zh", timezone="Asia/Shanghai")
            await work.subscribe(chat.id, 1, now)
    await store.close()


def file_size(process: Process, most: int) -> None:
    """Let a process write no file beyond so many bytes, as a disk without room; -1 takes that back."""
    _, hard = resource.prlimit(process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (hard if most < 0 else most, hard))


def due_now(program: Program) -> None:
    """Let the next start look at the blog at once."""
    with contextlib.closing(sqlite3.connect(program.folder / "incoming.db")) as db, db:
        db.execute("UPDATE feed SET next_check = 0")


def everybody_has(program: Program, titles: list[str]) -> bool:
    """Tell whether each reader got these posts, once each and in this order."""
    return all([text.split("\n")[0] for text in posts(program.telegram, reader)] == titles for reader in READERS)


async def heard(process: Process, what: str, times: int) -> str:
    """Wait until the program's log has said something so many times; give what it has said so far."""
    assert process.stderr is not None
    said = ""
    async with asyncio.timeout(PATIENCE):
        while said.count(what) < times:
            line = (await process.stderr.readline()).decode()
            assert line, f"it ended without {what}: {said}"
            said += line
    return said


@contextlib.contextmanager
def broken(program: Program, process: Process, how: str) -> Iterator[None]:
    """Keep a running program from writing its database."""
    if how == "full":
        file_size(process, 1)
        yield
        file_size(process, -1)
        return
    if how == "read_only":
        process.send_signal(signal.SIGUSR2)
        yield
        process.send_signal(signal.SIGUSR1)
        return
    other = sqlite3.connect(program.folder / "incoming.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    yield
    other.execute("ROLLBACK")
    other.close()


@pytest.mark.asyncio
@pytest.mark.parametrize(("how", "said"), [("full", "deliver.failed"), ("read_only", "deliver.failed"), ("locked", "")])
async def test_what_cannot_be_recorded_is_not_sent_and_it_recovers_alone(program: Program, how: str, said: str) -> None:
    """A full or read-only disk, another program's lock: what was under way ends, no more goes; then all comes once."""
    program.main, program.env["BRITTLE"] = "tests.acceptance.brittle", how
    program.blog.publish("/feed.xml", rss([*NEW[::-1], *OLD]))
    due_now(program)
    fault = program.telegram.world.fault("delay", method="sendMessage", seconds=0.7, times=len(READERS))
    process = await program.start("run")
    await until(lambda: not fault.times, "everybody's first request")
    with broken(program, process, how):
        await until(lambda: everybody_has(program, [NEW[0].title]), "what was under way")
        await asyncio.sleep(2.5)
        assert everybody_has(program, [NEW[0].title])
    await until(lambda: everybody_has(program, [each.title for each in NEW]), "the posts, in order, once")
    ended = await program.stop()
    assert ended.code == 0, ended.err
    assert said in ended.err
    assert "Traceback" not in ended.err


@pytest.mark.asyncio
async def test_what_cannot_be_stored_of_a_look_is_news_when_it_can_be(program: Program) -> None:
    """No room for the new posts: nobody gets them, the blog is asked once; with room everybody does, once, in order."""
    program.blog.publish("/feed.xml", rss([*LONG[::-1], *OLD]))
    due_now(program)
    asked = len(program.blog.requests)
    program.main, program.env["BRITTLE"] = "tests.acceptance.brittle", "no_room:early"
    process = await program.start("run")
    log = await heard(process, "watch.store_failed", 2)
    assert len(program.blog.requests) == asked + 1
    assert everybody_has(program, [])
    process.send_signal(signal.SIGUSR1)
    await until(lambda: everybody_has(program, [each.title for each in LONG]), "the posts, in order, once")
    ended = await program.stop()
    assert ended.code == 0, ended.err
    assert "is full" in log
    assert "Traceback" not in log + ended.err
    assert len(program.blog.requests) == asked + 1


@pytest.mark.asyncio
async def test_a_full_disk_is_said_by_check_and_at_the_start(program: Program) -> None:
    """Both end with 1 and a line that names the file and what to look at; nothing is sent."""
    program.blog.publish("/feed.xml", rss([*NEW[::-1], *OLD]))
    for word in ("check", "run"):
        words = (word, "--config", str(program.config))
        process = await births.start(words, program.folder, os.environ, ways=["full"])
        out = b"".join(await process.communicate()).decode()
        assert process.returncode == 1, out
        assert f"{program.folder / 'incoming.db'}: " in out
        assert "check the disk" in out
        assert "Traceback" not in out
    assert not any(posts(program.telegram, reader) for reader in READERS)


@pytest.mark.asyncio
async def test_after_power_loss_a_copy_goes_on_and_doubles_only_what_was_under_way(program: Program) -> None:
    """The file with its log, as a machine without power leaves it: one request was under way, and may come twice."""
    program.blog.publish("/feed.xml", rss([NEW[0], *OLD]))
    fault = program.telegram.world.fault("delay", chat=READER, method="sendMessage", seconds=20.0, times=1)
    process = await program.start("once", "--all")
    await until(lambda: not fault.times, "the request")
    process.send_signal(signal.SIGSTOP)
    dark = program.folder / "dark"
    dark.mkdir()
    for name in ("incoming.db", "incoming.db-wal"):
        shutil.copy(program.folder / name, dark / name)
    process.kill()
    await process.wait()
    after = Program(dark, program.blog, program.telegram)
    for _ in range(2):
        ended = await after.run("once", "--all")
        assert ended.code == 0, ended.err
    counts = [len(posts(program.telegram, reader)) for reader in READERS]
    # A copy is as old as its moment: what went out beside the one that hung may not be recorded in it.
    assert set(counts) <= {1, 2}, counts
    assert (await after.run("check")).code == 0


@pytest.mark.asyncio
async def test_a_damaged_file_is_named_and_nothing_is_sent_from_it(program: Program) -> None:
    """``check`` names file and remedy and ends with 1; a pass over it ends without a traceback, and sends nothing."""
    path = program.folder / "incoming.db"
    pages = path.stat().st_size // 4096
    with path.open("r+b") as file:
        for page in range(2, pages, 2):
            file.seek(page * 4096)
            file.write(random.Random(page).randbytes(4096))
    checked = await program.run("check")
    assert checked.code == 1
    assert f"{path} is damaged (" in checked.out
    assert "backup" in checked.out
    program.blog.publish("/feed.xml", rss([NEW[0], *OLD]))
    ended = await program.run("once", "--all", "--wait", "1")
    assert "Traceback" not in ended.err
    assert ended.code == 1, ended.err
    assert not any(posts(program.telegram, reader) for reader in READERS)
