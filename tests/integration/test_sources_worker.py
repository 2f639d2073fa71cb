"""Reading in processes of their own: what hostile documents cost, and what becomes of a process that met one."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from unittest.mock import patch

import pytest

from bot.core.models import Failed, Feed, FeedKind, Fetched
from bot.core.ports import Event
from bot.sources.client import FetchSettings
from bot.sources.document import Parsed, Unreadable
from bot.sources.http import HttpSource
from bot.sources.worker import Workers, WorkerSettings
from tests.acceptance.harness import until
from tests.emulators.blog import Blog

QUICK = WorkerSettings(processes=1, cpu=0.3, wall=20.0)


def rss(items: bytes) -> bytes:
    """Make an RSS document."""
    return b'<rss version="2.0"><channel><title>x</title>' + items + b"</channel></rss>"


GOOD = rss(b"<item><guid>1</guid><title>one</title></item>")


def laughs() -> bytes:
    """Entities of entities, a billion in the end."""
    names = [b"<!ENTITY l0 'lol'>"]
    names += [b"<!ENTITY l%d '%s'>" % (depth, b"&l%d;" % (depth - 1) * 10) for depth in range(1, 10)]
    return b'<?xml version="1.0"?><!DOCTYPE r [' + b"".join(names) + b"]>" + rss(b"<item><title>&l9;</title></item>")


HOSTILE: dict[str, Callable[[], bytes]] = {
    "address": lambda: rss(b"<item><author>a@" + b"a." * 12_000 + b"!</author></item>"),
    "long address": lambda: rss(b"<item><author>a@" + b"a." * 32_000 + b"!</author></item>"),
    "categories": lambda: rss(b"<item>" + b"".join(b"<category>%d</category>" % n for n in range(16_000)) + b"</item>"),
    "namespaces": lambda: (
        b"<rss " + b" ".join(b'xmlns:a%d="u:%d"' % (n, n) for n in range(16_000)) + b"><channel/></rss>"
    ),
    "comments": lambda: rss(b"<item><description><![CDATA[" + b"<!--" * 16_000 + b"]]></description></item>"),
    "laughs": laughs,
    "depth": lambda: rss(b"<item><description>" + b"<div>" * 50_000),
    "escaped depth": lambda: rss(b"<item><description>" + b"&lt;div&gt;" * 50_000 + b"</description></item>"),
    "brackets": lambda: b'{"items":' + b"[" * 100_000,
    "dollars": lambda: rss(b"<item><description>" + b"$ \\( $$ " * 20_000 + b"</description></item>"),
    "megabytes": lambda: rss(b"<item><title>" + b"x" * 9_000_000 + b"</title></item>"),
    "many entries": lambda: rss(b"<item><title>x</title></item>" * 100_000),
    "noise": lambda: bytes(range(256)) * 2000,
}


@pytest.mark.asyncio
async def test_every_hostile_document_ends_as_a_value() -> None:
    """Whatever comes, it is read or given up within its bound, and the next document is read as ever."""
    async with Workers(QUICK) as workers:
        for name, make in HOSTILE.items():
            found = await workers.parse(make())
            assert isinstance(found, Parsed | Unreadable), name
            after = await workers.parse(GOOD)
            assert isinstance(after, Parsed), name


@pytest.mark.asyncio
async def test_processor_time_is_bounded() -> None:
    """A regular expression that never ends is killed from outside Python, and the cause says why."""
    async with Workers(QUICK) as workers:
        found = await workers.parse(HOSTILE["long address"]())
        assert found == Unreadable("poisoned", "reading it takes more than 0.3 s of processor time")


@pytest.mark.asyncio
async def test_memory_is_bounded() -> None:
    """A document that needs more memory than one may have is given up, and the cause says so."""
    async with Workers(WorkerSettings(processes=1, memory=60, cpu=10.0)) as workers:
        found = await workers.parse(rss(b"<item><title>" + b"x" * 30_000_000 + b"</title></item>"))
        assert found == Unreadable("poisoned", "reading it takes more than 60 MB")


@pytest.mark.asyncio
async def test_a_process_may_do_little_else_than_read() -> None:
    """96 MB beside what it has, 2 s a document, no files, no dumps; where memory is short, it is the first to go."""
    assert (WorkerSettings().memory, WorkerSettings().cpu) == (96, 2.0)
    async with Workers() as workers:
        await workers.parse(GOOD)
        process = Path(f"/proc/{workers._idle[0]._process.pid}")
        limits = {line[:25].strip(): line[26:].split()[:2] for line in (process / "limits").read_text().splitlines()}
        beside = (int(limits["Max address space"][1]) - 96_000_000) // os.sysconf("SC_PAGESIZE")
        size, resident = (int(pages) for pages in (process / "statm").read_text().split()[:2])
        assert abs(beside - (size - resident)) < size - resident
        assert limits["Max address space"][0] == limits["Max address space"][1]
        assert limits["Max file size"] == limits["Max core file size"] == ["0", "0"]
        assert (process / "oom_score_adj").read_text().strip() == "1000"


@pytest.mark.asyncio
async def test_a_hostile_feed_does_not_hold_up_the_others() -> None:
    """While one process struggles the loop stays free, and other documents are read beside it."""
    async with Workers(WorkerSettings(processes=2, cpu=1.0, patience=0.0)) as workers:
        hostile = asyncio.create_task(workers.parse(HOSTILE["long address"]()))
        await until(lambda: any(workers._talks.values()), "a process that is told of the hostile one")
        good = [await workers.parse(GOOD) for _ in range(20)]
        assert not hostile.done()
        assert all(isinstance(found, Parsed) for found in good)
        assert isinstance(await hostile, Unreadable)


@pytest.mark.asyncio
async def test_one_process_is_enough_for_documents_in_a_row() -> None:
    """A process that did well is used again."""
    async with Workers(QUICK) as workers:
        await workers.parse(GOOD)
        (first,) = workers._idle
        await workers.parse(GOOD)
        assert workers._idle == [first]


@contextlib.contextmanager
def pieces_written() -> Iterator[list[int]]:
    """Give the sizes of what is written to pipes, one by one."""
    pieces: list[int] = []

    def write(pipe: int, data: bytes) -> int:
        pieces.append(len(data))
        return real(pipe, data)

    real = os.write
    with patch.object(os, "write", write):
        yield pieces


@pytest.mark.asyncio
async def test_a_document_goes_to_its_process_in_one_piece() -> None:
    """It does not wait, piece by piece, for the process to take the one before."""
    async with Workers(QUICK) as workers:
        assert isinstance(await workers.parse(GOOD), Parsed)
        with pieces_written() as pieces:
            assert isinstance(await workers.parse(rss(b"<item><title>" + b"x" * 400_000 + b"</title></item>")), Parsed)
    assert [size > 400_000 for size in pieces] == [True]


@pytest.mark.asyncio
async def test_a_process_that_dies_is_replaced() -> None:
    """A process that was killed while it was idle costs nobody a document."""
    async with Workers(QUICK) as workers:
        await workers.parse(GOOD)
        os.kill(workers._idle[0]._process.pid, signal.SIGKILL)
        assert isinstance(await workers.parse(GOOD), Parsed)


@pytest.mark.asyncio
async def test_a_process_that_sleeps_is_given_up() -> None:
    """One that takes no processor time either is not waited for without end, and the next document is read as ever."""
    async with Workers(QUICK) as workers:
        await workers.parse(GOOD)
        (sleeper,) = workers._idle
        os.kill(sleeper._process.pid, signal.SIGSTOP)
        sleeper._settings = replace(QUICK, wall=0.2)
        assert await workers.parse(GOOD) == Unreadable("poisoned", "reading it came to no end in 0.2 s")
        assert isinstance(await workers.parse(GOOD), Parsed)


@pytest.mark.asyncio
async def test_a_cancelled_look_leaves_no_process_in_the_middle_of_something() -> None:
    """Whoever stops waiting takes the busy process with them."""
    async with Workers(WorkerSettings(processes=1, cpu=10.0)) as workers:
        task = asyncio.create_task(workers.parse(HOSTILE["long address"]()))
        await asyncio.sleep(0.3)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert workers._idle == []
        assert isinstance(await workers.parse(GOOD), Parsed)


@pytest.mark.asyncio
async def test_an_idle_process_leaves() -> None:
    """Without anything to read, no process stays."""
    async with Workers(WorkerSettings(processes=1, idle=0.0)) as workers:
        await workers.parse(GOOD)
        process = workers._idle[0]._process
        assert await asyncio.wait_for(process.wait(), 10) == 0
        assert workers._idle == []


@pytest.mark.asyncio
async def test_a_process_ends_with_its_input() -> None:
    """When the parent is gone, so is the pipe, and then the process: nothing is left behind."""
    async with Workers(QUICK) as workers:
        await workers.parse(GOOD)
        process = workers._idle[0]._process
        assert process.stdin is not None
        process.stdin.close()
        assert await asyncio.wait_for(process.wait(), 10) == 0


def environment(pid: int) -> bytes:
    """Read a process's environment."""
    file = Path(f"/proc/{pid}/environ")
    if not file.exists():
        pytest.skip("this system does not show a process's environment")
    return file.read_bytes()


@pytest.mark.asyncio
async def test_a_process_knows_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment, where tokens may stand, is not handed on."""
    monkeypatch.setenv("INCOMING_TELEGRAM__TOKEN", "1:secret")
    async with Workers(QUICK) as workers:
        await workers.parse(GOOD)
        environ = environment(workers._idle[0]._process.pid)
    assert b"PYTHONPATH" in environ
    assert b"secret" not in environ


@pytest.mark.asyncio
async def test_a_program_that_does_not_start_is_the_machines_trouble(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no process can be had, the feed is not blamed."""
    monkeypatch.setattr("sys.executable", "/nowhere/python")
    async with Workers(QUICK) as workers:
        found = await workers.parse(GOOD)
    assert isinstance(found, Unreadable)
    assert found.name == "overloaded"


@pytest.mark.asyncio
async def test_all_real_feeds_are_read(real_feeds: Path, shared: Path) -> None:
    """Every real feed, whatever wrote it, gives entries with a way to tell them apart."""
    files = sorted((real_feeds / "snapshots").iterdir())
    files += [shared / "blog" / "site" / name for name in ("rss.xml", "atom.xml", "feed.json")]
    async with Workers(WorkerSettings(processes=2, cpu=10.0)) as workers:
        read = [workers.parse(file.read_bytes(), "", "https://blog.example.org/feed") for file in files]
        for file, found in zip(files, await asyncio.gather(*read), strict=True):
            assert isinstance(found, Parsed), f"{file.name}: {found}"
            assert found.sightings, file.name
            assert all(sighting.guid or sighting.link for sighting in found.sightings), file.name


class Clock:
    """It is always the same moment."""

    def now(self) -> datetime:
        """Give that moment."""
        return datetime(2026, 3, 1, tzinfo=UTC)

    async def sleep(self, seconds: float) -> None:
        """Do not wait."""

    async def wait(self, event: Event, seconds: float) -> bool:
        """Do not wait."""
        return True


@pytest.mark.asyncio
async def test_the_whole_way_from_a_blog_to_its_entries() -> None:
    """A look fetches over HTTP, reads in a process and gives entries; a page leads to its feed, if that is asked."""
    settings = FetchSettings(allow_addresses=("127.0.0.0/8",))
    async with Blog() as blog, Workers(QUICK) as workers, HttpSource(workers, Clock(), settings) as source:
        blog.publish("/feed.xml", GOOD)
        blog.publish("/", b'<html><link rel="alternate" type="application/rss+xml" href="/feed.xml"></html>')
        good, page, named = await asyncio.gather(
            source.look(Feed(id=1, name="a", url=blog.url("/feed.xml"))),
            source.look(Feed(id=2, name="b", url=blog.url("/"), kind=FeedKind.FEED)),
            source.look(Feed(id=3, name="c", url=blog.url("/"))),
        )
    assert isinstance(good, Fetched)
    assert [sighting.title for sighting in good.sightings] == ["one"]
    assert isinstance(page, Failed)
    assert blog.url("/feed.xml") in page.cause
    assert isinstance(named, Fetched)
    assert named.found_at == blog.url("/feed.xml")
    assert named.info.validators == good.info.validators
