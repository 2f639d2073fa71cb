"""A few processes that read documents and draw formulas, and can be killed.

A thread cannot be, and a regular expression holds the GIL.

A process starts when the first document comes (about 0.1 s of processor time) and ends when there was nothing to
read for a while, when it took too much time or memory, or when this process is gone. It reads one document at a
time; one that had to be killed takes nobody else's document with it.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import functools
import json
import os
import signal
import struct
import sys
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self, TypeAlias, TypeVar

import bot
from bot import memory
from bot.core.models import RECOGNISED, FeedKind, Selectors
from bot.core.trouble import TroubleName
from bot.sources.document import Parsed, Unreadable, read_entry, read_head, with_sightings
from bot.sources.packing import PLAIN, Packing
from bot.sources.turns import Turns

_NO_MEMORY = 77
_FRAME_LIMIT = 16_000_000
_ANSWER_LIMIT = 64_000_000
_PICTURE_LIMIT = 4_000_000
_PIPE = 1_048_576
"""Bytes that wait for a process at most; what Linux lets everybody have."""
_MOMENT = 1.0
_START = ("-S", "-P", "-c", "import gc; gc.disable(); from bot.sources.child import main; main()")
"""Comes up in 12 ms less than ``-m bot.sources.child``: nothing is collected while modules are loaded, and ``site``
does not look for the packages whose places ``_environment`` names. ``-P``: nor does it load what lies about here."""
_DOCUMENTS = 500
"""After so many documents a process makes way for a fresh one: memory gets lost in crumbs."""

_Result = TypeVar("_Result")
_Read: TypeAlias = "Callable[[_Worker], Awaitable[_Result | Unreadable]]"
"""Takes the answer of one kind of work."""


@dataclass(frozen=True, slots=True)
class WorkerSettings:
    """Bounds for reading one document.

    ``cpu`` and ``wall`` are seconds, ``memory`` megabytes
    of the whole process (an idle one has about 25).

    ``wall`` only catches what sleeps instead of working, so it is generous: a busy machine is nobody's fault.
    ``idle`` is how many seconds a process without work stays: 25 MB, and a new one costs 0.1 s of processor time.
    ``patience`` is for how many a document waits for those that run before another one is started, up to ``processes``.
    """

    processes: int = 2
    cpu: float = 2.0
    wall: float = 20.0
    memory: int = 96
    idle: float = 10.0
    patience: float = 0.5


class Workers:
    """Reads documents in processes of their own. Use it as an async context manager, in one event loop."""

    def __init__(self, settings: WorkerSettings | None = None) -> None:
        self._settings = settings or WorkerSettings()
        self._turns = Turns(self._settings.processes, self._settings.patience)
        self._idle: list[_Worker] = []
        self._leaving: set[asyncio.Task[int]] = set()
        self._closed = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self._closed = True
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
        return await self._do(json.dumps(wish | {"selectors": _plain(selectors)}).encode(), body, _Worker.parsed)

    async def own_page(self, body: bytes, content_type: str, url: str, packing: Packing = PLAIN) -> Parsed | Unreadable:
        """Read a post's own page, as ``own_page.read_own_page`` does; failures are as those of ``parse``."""
        wish = _wish(content_type, url, packing) | {"own_page": True}
        return await self._do(json.dumps(wish).encode(), body, _Worker.parsed)

    async def draw(self, formulas: Sequence[str]) -> bytes | Unreadable:
        """Draw formulas as a PNG, as ``drawing.picture`` does; no bytes where none of them can be drawn.

        Every failure is an Unreadable; only cancellation raises.
        """
        return await self._do(json.dumps({"formulas": list(formulas)}).encode(), b"", _Worker.drawn)

    async def _do(self, request: bytes, body: bytes, read: _Read[_Result]) -> _Result | Unreadable:
        async with self._turns.turn():
            result = await self._attempt(request, body, read)
            while result is None:  # at most once for each process that was waiting
                result = await self._attempt(request, body, read)
            return result

    async def _attempt(self, request: bytes, body: bytes, read: _Read[_Result]) -> _Result | Unreadable | None:
        worker = self._idle.pop() if self._idle else await _Worker.start(self._settings)
        if worker is None:
            return Unreadable(TroubleName.OVERLOADED, "no process could be started to read it in")
        try:
            return await worker.do(request, body, read)
        finally:
            await self._take_back(worker)

    async def _take_back(self, worker: _Worker) -> None:
        """Keep a process only if it is whole: idle, not in the middle of anything."""
        if self._closed or not worker.whole:
            await worker.stop()
            return
        self._idle.append(worker)
        worker.expiry = asyncio.get_running_loop().call_later(self._settings.idle, self._retire, worker)

    def _retire(self, worker: _Worker) -> None:
        if worker in self._idle:
            self._idle.remove(worker)
            task = asyncio.create_task(worker.stop(), name="worker-retires")
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


def _widen(process: asyncio.subprocess.Process) -> None:
    """Let a document go to a process in one piece: each refill of a small pipe wakes both sides."""
    if process.stdin is not None and (pipe := process.stdin.get_extra_info("pipe")) is not None:
        # The user's pipes may hold no more together; or the process has died, and this end is closed.
        with contextlib.suppress(OSError, ValueError):
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE)


def _environment() -> dict[str, str]:
    """Give a process nothing but where this one finds its modules, in the same order."""
    home = str(Path(bot.__file__).parents[1])  # an editable install finds it by a hook of ``site``
    # The C library would give every block above 128 KB back to the system at once: 0.1 ms for each document.
    kept = {"MALLOC_MMAP_THRESHOLD_": "1000000", "MALLOC_TRIM_THRESHOLD_": "2000000"}
    places = sys.path if home in sys.path else [home, *sys.path]
    return {"PYTHONPATH": os.pathsep.join(filter(None, places)), "LC_ALL": "C.UTF-8", **kept}


class _DiedError(Exception):
    """The process ended, or talks nonsense."""


class _Worker:
    """One process, and the conversation with it."""

    def __init__(self, process: asyncio.subprocess.Process, settings: WorkerSettings) -> None:
        self._process = process
        self._settings = settings
        self._read = 0
        self.expiry: asyncio.TimerHandle | None = None
        self._busy = False
        self.whole = True

    @classmethod
    async def start(cls, settings: WorkerSettings) -> _Worker | None:
        """Start a process with an empty environment: it has no business with anybody's tokens. None if none starts."""
        try:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, *_START, str(settings.cpu), str(settings.memory)),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                env=_environment(),
                start_new_session=True,  # Ctrl-C at the terminal is for the parent
            )
        except OSError:
            return None
        _widen(process)
        return cls(process, settings)

    async def do(self, request: bytes, body: bytes, read: _Read[_Result]) -> _Result | Unreadable | None:
        """Read a document, or draw. None says that it may go better in a fresh process."""
        if self.expiry is not None:
            self.expiry.cancel()
        self.whole, self._busy, fresh = False, True, self._read == 0
        self._read += 1
        try:
            async with asyncio.timeout(self._settings.wall):
                await self._say(request, body)
                result = await read(self)
        except TimeoutError:
            return Unreadable(TroubleName.POISONED, f"reading it came to no end in {self._settings.wall:g} s")
        except (_DiedError, OSError, asyncio.IncompleteReadError, KeyError, TypeError, ValueError, RecursionError):
            self._busy = False
            code = await self.stop()
            # One that read others before may have been killed while it waited, or had less room left for this one.
            return self._epitaph(code) if fresh or code == -signal.SIGPROF else None
        self.whole, self._busy = self._read < _DOCUMENTS, False
        return result

    async def _say(self, request: bytes, body: bytes) -> None:
        stdin = self._process.stdin
        if stdin is None:
            raise _DiedError
        # In one piece: a process that is woken for four bytes goes back to sleep.
        stdin.writelines(piece for frame in (request, body) for piece in (struct.pack(">I", len(frame)), frame))
        await stdin.drain()

    async def drawn(self) -> bytes:
        """Take a picture out of the answer."""
        return await self._frame(_PICTURE_LIMIT)

    async def parsed(self) -> Parsed | Unreadable:
        """Take a document out of the answer."""
        frame = await self._frame(_ANSWER_LIMIT)
        first, *entries = json.loads(frame)
        parsed = read_head(first)
        if isinstance(parsed, Unreadable):
            return parsed
        sightings, total, count = [read_entry(each) for each in entries], len(frame), int(first["count"])
        while len(sightings) < count:
            await asyncio.sleep(0)  # each list is as much as the loop decodes at a time
            frame = await self._frame(_ANSWER_LIMIT - total)
            total += len(frame)
            entries = json.loads(frame)
            if not entries:
                raise _DiedError
            sightings += [read_entry(each) for each in entries]
        return with_sightings(parsed, tuple(sightings))

    async def _frame(self, limit: int) -> bytes:
        stdout = self._process.stdout
        if stdout is None:
            raise _DiedError
        size = int.from_bytes(await stdout.readexactly(4), "big")
        if size > min(limit, _FRAME_LIMIT):
            raise _DiedError
        return await stdout.readexactly(size)

    def _epitaph(self, code: int) -> Unreadable:
        """Say what a process died of; one that never came up says nothing about the document."""
        if code == 1:
            return Unreadable(TroubleName.OVERLOADED, "the process to read it in does not come up")
        causes = {
            -signal.SIGPROF: f"reading it takes more than {self._settings.cpu:g} s of processor time",
            -signal.SIGKILL: "the process that read it was killed: memory is short",
            _NO_MEMORY: f"reading it takes more than {self._settings.memory} MB",
        }
        return Unreadable(TroubleName.POISONED, causes.get(code, "the process that read it broke down"))

    async def stop(self) -> int:
        """End the process and give its exit code. One that is busy is killed; it has nothing to lose."""
        if self.expiry is not None:
            self.expiry.cancel()
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            # One that died, or that is idle and sees its input end, is gone in a moment, and its own code is wanted.
            async with asyncio.timeout(0 if self._busy else _MOMENT):
                return await self._process.wait()
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            return await self._process.wait()
