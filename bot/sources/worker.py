"""A few processes that read documents and draw formulas, and can be killed.

A thread cannot be, and a regular expression holds the GIL.

A process starts when the first document comes (about 0.1 s of processor time) and ends when there was nothing to
read for a while, when it took too much time or memory, or when this process is gone. It reads one document at a
time; one that had to be killed takes nobody else's document with it.
"""

from __future__ import annotations

import asyncio
import functools
import json
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any, Final, Self

from bot import memory
from bot.core.models import RECOGNISED, FeedKind, Selectors
from bot.core.trouble import TroubleName
from bot.sources.document import Parsed, Unreadable
from bot.sources.packing import PLAIN, Packing
from bot.sources.process import PIPE, Job, Process, Read, Result, WorkerSettings
from bot.sources.turns import Turns

__all__ = ["WorkerSettings", "Workers"]

_TOGETHER: Final = 16
"""Documents that a process is told at once, as far as they fit into its pipe."""


class Workers:
    """Reads documents in processes of their own. Use it as an async context manager, in one event loop."""

    def __init__(self, settings: WorkerSettings | None = None) -> None:
        self._settings = settings or WorkerSettings()
        self._turns = Turns(self._settings.processes, self._settings.patience)
        self._waiting: deque[Job[Any]] = deque()
        self._called = False
        self._talks: dict[asyncio.Task[None], list[Job[Any]]] = {}
        self._idle: list[Process] = []
        self._leaving: set[asyncio.Task[int]] = set()
        self._closed = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self._closed = True
        for talk in self._talks:
            talk.cancel()
        await asyncio.gather(*self._talks, return_exceptions=True)
        while self._waiting:
            self._waiting.popleft().answer.cancel()
        while self._idle:
            await self._idle.pop().stop()
        await asyncio.gather(*self._leaving)

    async def parse(
        self,
        body: bytes,
        content_type: str = "",
        url: str = "",
        known: Iterable[str] = (),
        *,
        kind: FeedKind = FeedKind.FEED,
        selectors: Selectors = RECOGNISED,
        packing: Packing = PLAIN,
    ) -> Parsed | Unreadable:
        """Read a feed or page; the arguments are those of ``feed.parse``, and how the body is packed.

        A file's ``url`` may be empty. Every failure is an Unreadable; only cancellation raises.
        """
        wish = _wish(content_type, url, packing) | {"known": " ".join(known), "kind": kind.value}
        return await self._do(json.dumps(wish | {"selectors": _plain(selectors)}).encode(), body, Process.parsed)

    async def own_page(self, body: bytes, content_type: str, url: str, packing: Packing = PLAIN) -> Parsed | Unreadable:
        """Read a post's own page, as ``own_page.read_own_page`` does; failures are as those of ``parse``."""
        wish = _wish(content_type, url, packing) | {"own_page": True}
        return await self._do(json.dumps(wish).encode(), body, Process.parsed)

    async def draw(self, formulas: Sequence[str]) -> bytes | Unreadable:
        """Draw formulas as a PNG, as ``drawing.picture`` does; no bytes where none of them can be drawn.

        Every failure is an Unreadable; only cancellation raises.
        """
        return await self._do(json.dumps({"formulas": list(formulas)}).encode(), b"", Process.drawn)

    async def _do(self, request: bytes, body: bytes, read: Read[Result]) -> Result | Unreadable:
        job = Job(request, body, read)
        self._waiting.append(job)
        self._call()
        try:
            return await job.answer
        except asyncio.CancelledError:
            self._hang_up()
            raise

    def _call(self) -> None:
        """Have what waits told to a process as soon as it is its turn."""
        if self._waiting and not self._called and not self._closed:
            self._called, jobs = True, list[Job[Any]]()
            talk = asyncio.create_task(self._talk(jobs), name="talk-to-worker")
            self._talks[talk] = jobs
            talk.add_done_callback(self._talks.pop)

    def _hang_up(self) -> None:
        """Leave no process at work for whom nobody waits."""
        for talk, jobs in self._talks.items():
            if jobs and all(job.answer.done() for job in jobs):
                talk.cancel()

    async def _talk(self, jobs: list[Job[Any]]) -> None:
        async with self._turns.turn():
            jobs += self._take()
            self._called = False
            self._call()
            if jobs:
                await self._tell(jobs)
        self._call()

    def _take(self) -> Sequence[Job[Any]]:
        """Take what waits as far as a process can be told it at once."""
        jobs: list[Job[Any]] = []
        room = PIPE
        while self._waiting:
            job = self._waiting[0]
            if jobs and (len(jobs) == _TOGETHER or job.size > room or job.is_apart or jobs[0].is_apart):
                break
            self._waiting.popleft()
            if not job.answer.done():
                jobs.append(job)
                room -= job.size
        return jobs

    async def _tell(self, jobs: Sequence[Job[Any]]) -> None:
        """Have documents read; those without an answer wait again."""
        try:
            process = self._idle.pop() if self._idle and not jobs[0].alone else await Process.start(self._settings)
            if process is None:
                for job in jobs:
                    job.tell(Unreadable(TroubleName.OVERLOADED, "no process could be started to read it in"))
                return
            try:
                await process.do(jobs)
            finally:
                await self._take_back(process)
        except asyncio.CancelledError:
            for job in jobs:
                job.answer.cancel()
            raise
        except Exception as error:  # noqa: BLE001 -- whoever waits is told
            for job in jobs:
                job.fail(error)
        self._waiting.extendleft(reversed([job for job in jobs if not job.answer.done()]))

    async def _take_back(self, process: Process) -> None:
        """Keep a process only if it is whole: idle, not in the middle of anything."""
        if self._closed or not process.whole:
            await process.stop()
            return
        self._idle.append(process)
        process.expiry = asyncio.get_running_loop().call_later(self._settings.idle, self._retire, process)

    def _retire(self, process: Process) -> None:
        if process in self._idle:
            self._idle.remove(process)
            task = asyncio.create_task(process.stop(), name="worker-retires")
            self._leaving.add(task)
            task.add_done_callback(self._leaving.discard)
            if not self._idle:
                self._turns.narrow()
                memory.give_back()  # the documents of the last minutes


def _wish(content_type: str, url: str, packing: Packing) -> dict[str, Any]:
    return {"content_type": content_type[:500], "url": url[:4000], "packing": packing.kind, "most": packing.most}


@functools.lru_cache(maxsize=64)
def _plain(selectors: Selectors) -> dict[str, str]:
    return asdict(selectors)
