"""Several documents told to a process at once: each gets its own answer, and one that kills takes no other's along."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path
from unittest.mock import patch

import pytest

from bot.sources.document import Parsed, Unreadable
from bot.sources.process import Job, Process, WorkerSettings
from bot.sources.worker import Workers
from tests.acceptance.harness import until
from tests.integration.test_sources_worker import HOSTILE, pieces_written, rss

QUICK = WorkerSettings(processes=1, cpu=0.3)
SLOW = HOSTILE["long address"]()
BIG = rss(b"<item><title>" + b"x" * 30_000_000 + b"</title></item>")
WORDS = b"<description>" + b"word " * 400 + b"</description>"
REQUEST = b'{"content_type":"","url":"","packing":"","most":1000000,"known":"","kind":"feed","selectors":{}}'


def good(number: int) -> bytes:
    """Make a document with one entry, named after a number."""
    return rss(b"<item><guid>%d</guid><title>t%d</title></item>" % (number, number))


def titles(found: Parsed | Unreadable) -> list[str]:
    """Name the entries of a document."""
    return [each.title for each in found.sightings] if isinstance(found, Parsed) else [found.cause]


@pytest.mark.asyncio
async def test_documents_that_come_together_go_to_one_process_in_one_piece() -> None:
    """Each of those who wait gets what stands in their own."""
    async with Workers(QUICK) as workers:
        await workers.parse(good(0))
        with pieces_written() as pieces:
            found = await asyncio.gather(*(workers.parse(good(number)) for number in range(16)))
        assert len(workers._idle) == 1
    assert [titles(each) for each in found] == [[f"t{number}"] for number in range(16)]
    assert len(pieces) == 1


@pytest.mark.asyncio
@pytest.mark.parametrize("places", [{0}, {3}, {7}, {2, 5}, {0, 1, 7}])
async def test_only_what_takes_too_long_is_blamed_for_it(places: set[int]) -> None:
    """Those before it, whose answers it may have taken along, and those behind it are read as ever."""
    async with Workers(QUICK) as workers:
        asked = [workers.parse(SLOW if number in places else good(number)) for number in range(8)]
        found = [titles(each) for each in await asyncio.gather(*asked)]
    late = ["reading it takes more than 0.3 s of processor time"]
    assert found == [late if number in places else [f"t{number}"] for number in range(8)]


@pytest.mark.asyncio
async def test_what_needs_too_much_memory_beside_others_is_read_alone_first() -> None:
    """There may have been less room left for it; then it is blamed, and nobody else."""
    async with Workers(WorkerSettings(processes=1, memory=60, cpu=10.0)) as workers:
        with patch("bot.sources.worker.PIPE", len(BIG) + 1000):
            asked = [workers.parse(BIG if number == 2 else good(number)) for number in range(5)]
            found = [titles(each) for each in await asyncio.gather(*asked)]
    assert found == [["t0"], ["t1"], ["reading it takes more than 60 MB"], ["t3"], ["t4"]]


@pytest.mark.asyncio
async def test_long_answers_and_long_requests_do_not_wait_for_each_other() -> None:
    """A process that has much to say goes on being told, and is heard before it has taken all."""
    long = rss(b"".join(b"<item><guid>%d</guid><title>t</title>%s</item>" % (n, WORDS) for n in range(400)))
    known = [f"{n:032x}" for n in range(20_000)]
    async with Workers(WorkerSettings(processes=1, cpu=10.0)) as workers, asyncio.timeout(15):
        for _ in range(2):
            asked = [workers.parse(long), *(workers.parse(good(n), known=known) for n in range(3))]
            found = [titles(each) for each in await asyncio.gather(*asked)]
            assert found == [["t"] * 400, ["t0"], ["t1"], ["t2"]]


@pytest.mark.asyncio
async def test_what_nobody_heard_does_not_keep_a_process() -> None:
    """One that is given up in the middle of a long answer is gone at once, with all its pipes."""
    long = rss(b"".join(b"<item><guid>%d</guid><title>t</title>%s</item>" % (n, WORDS) for n in range(900)))

    async def deaf(process: Process) -> Parsed | Unreadable:
        await process._frame(100_000)
        await asyncio.sleep(0.2)  # so that its pipe is full
        raise ValueError

    async with Workers(WorkerSettings(processes=1, cpu=10.0)) as workers, asyncio.timeout(15):
        assert titles(await workers._do(REQUEST, long, deaf)) == ["the process that read it broke down"]
        assert titles(await workers.parse(good(1))) == ["t1"]


@pytest.mark.asyncio
async def test_a_program_that_breaks_as_it_comes_up_is_the_machines_trouble(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Whatever it complains about, none of the documents it was told of is blamed."""
    (tmp_path / "json.py").write_text("raise RuntimeError('much to complain about')")
    monkeypatch.setattr("sys.path", [str(tmp_path), *sys.path])
    async with Workers(QUICK) as workers:
        found = await asyncio.gather(*(workers.parse(good(number)) for number in range(3)))
    assert found == [Unreadable("overloaded", "the process to read it in does not come up")] * 3


async def nonsense(process: Process) -> Parsed | Unreadable:
    """Take an answer for nonsense."""
    await process.parsed()
    msg = "no answer"
    raise ValueError(msg)


@pytest.mark.asyncio
async def test_a_process_that_talks_nonsense_is_not_believed_again() -> None:
    """What the nonsense was about is read once more, alone; then it is given up. The others are read elsewhere."""
    async with Workers(QUICK) as workers:
        await workers.parse(good(9))
        (first,) = workers._idle
        asked = [workers.parse(good(1)), workers._do(REQUEST, good(2), nonsense), workers.parse(good(3))]
        found = [titles(each) for each in await asyncio.gather(*asked)]
        assert first not in workers._idle
    assert found == [["t1"], ["the process that read it broke down"], ["t3"]]


@pytest.mark.asyncio
async def test_a_process_killed_while_it_waited_is_nobodys_fault() -> None:
    """All that it was told is told to another one."""
    async with Workers(QUICK) as workers:
        await workers.parse(good(0))
        os.kill(workers._idle[0]._process.pid, signal.SIGKILL)
        found = await asyncio.gather(*(workers.parse(good(number)) for number in range(4)))
    assert [titles(each) for each in found] == [["t0"], ["t1"], ["t2"], ["t3"]]


@pytest.mark.asyncio
async def test_who_stops_waiting_takes_nobody_along() -> None:
    """The others get their answers; where nobody else waits, the busy process goes."""
    async with Workers(WorkerSettings(processes=1, cpu=1.0)) as workers:
        slow, other = asyncio.create_task(workers.parse(SLOW)), asyncio.create_task(workers.parse(good(1)))
        await until(lambda: any(workers._talks.values()), "a process that is told of both")
        slow.cancel()
        assert titles(await other) == ["t1"]
        alone = asyncio.create_task(workers.parse(SLOW))
        await until(lambda: any(workers._talks.values()), "a process that is told of it")
        alone.cancel()
        await until(lambda: not workers._talks, "nobody at work for nobody")
        assert workers._idle == []


@pytest.mark.asyncio
async def test_nobody_waits_for_workers_that_are_gone() -> None:
    """What is under way when they are closed is cancelled, what waits for its turn too, and no process stays."""
    async with Workers(WorkerSettings(processes=1, cpu=10.0)) as workers:
        under_way = asyncio.create_task(workers.parse(SLOW))
        await until(lambda: any(workers._talks.values()), "a process that is told of it")
        waiting = asyncio.create_task(workers.parse(good(1)))
        await asyncio.sleep(0)
    found = await asyncio.gather(under_way, waiting, return_exceptions=True)
    assert [type(each) for each in found] == [asyncio.CancelledError, asyncio.CancelledError]
    assert not workers._talks
    assert not workers._idle


@pytest.mark.asyncio
async def test_processes_that_ended_leave_no_open_files() -> None:
    """Nor do those that never came up."""

    def opened() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    async with Workers(QUICK) as workers:
        await workers.parse(SLOW)
        before = opened()
        for _ in range(3):
            await workers.parse(SLOW)
        with patch("sys.executable", "/nowhere/python"):
            assert isinstance(await workers.parse(good(0)), Unreadable)
        assert opened() == before


async def job(size: int) -> Job[Parsed]:
    """Make something to read."""
    return Job(b"{}", b"x" * size, Process.parsed)


@pytest.mark.asyncio
async def test_what_is_told_together_is_bounded() -> None:
    """Sixteen documents, a pipe full of bytes; and formulas, or a document that killed another process, are alone."""
    workers = Workers()

    async def taken(*sizes: int, alone: int | None = None, gone: int | None = None) -> list[int]:
        jobs = [await job(size) for size in sizes]
        if alone is not None:
            jobs[alone].alone = True
        if gone is not None:
            jobs[gone].answer.cancel()
        workers._waiting.clear()
        workers._waiting.extend(jobs)
        lengths = []
        while workers._waiting:
            lengths.append(len(workers._take()))
        return lengths

    assert await taken(*[1] * 40) == [16, 16, 8]
    assert await taken(600_000, 400_000, 100_000) == [2, 1]
    assert await taken(9_000_000, 1, 1) == [1, 2]
    assert await taken(1, 0, 0, 1, 1) == [1, 1, 1, 2]
    assert await taken(1, 1, 1, 1, alone=1) == [1, 1, 2]
    assert await taken(1, 1, 1, alone=0) == [1, 2]
    assert await taken(1, 1, 1, gone=0) == [2]
