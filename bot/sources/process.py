"""A process that reads documents and can be killed, and the conversation with it: see ``worker`` and ``child``.

It is told several documents at once and reads one after the other, so that it need not fall asleep in between, and
answers several at once. Which one it died of is what the tally says: a byte for each that it began, in a pipe of its
own that nobody reads before.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import json
import os
import signal
import struct
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeAlias, TypeVar

import bot
from bot.core.trouble import TroubleName
from bot.sources.document import Parsed, Unreadable, read_entry, read_head, with_sightings

PIPE = 1_048_576
"""Bytes that wait for a process at most; what Linux lets everybody have."""
_NO_MEMORY = 77
_FRAME_LIMIT = 16_000_000
_ANSWER_LIMIT = 64_000_000
_PICTURE_LIMIT = 4_000_000
_PIECE = 65_536
_MOMENT = 1.0
_START = ("-S", "-P", "-c", "import gc; gc.disable(); from bot.sources.child import main; main()")
"""Comes up in 12 ms less than ``-m bot.sources.child``: nothing is collected while modules are loaded, and ``site``
does not look for the packages whose places ``_environment`` names. ``-P``: nor does it load what lies about here."""
_DOCUMENTS = 500
"""After so many documents a process makes way for a fresh one: memory gets lost in crumbs."""

Result = TypeVar("Result")
Read: TypeAlias = "Callable[[Process], Awaitable[Result | Unreadable]]"
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


class Job(Generic[Result]):
    """What a process is to do, and who waits for that. ``alone``: as the first thing that a fresh one does."""

    def __init__(self, request: bytes, body: bytes, read: Read[Result]) -> None:
        self.request = request
        self.body = body
        self.read = read
        self.answer: asyncio.Future[Result | Unreadable] = asyncio.get_running_loop().create_future()
        self.alone = False

    @property
    def size(self) -> int:
        """How many bytes it takes to tell it."""
        return len(self.request) + len(self.body)

    @property
    def is_apart(self) -> bool:
        """Whether it is told to a process with nothing else; formulas are, who take as long as a hundred documents."""
        return self.alone or not self.body

    def tell(self, result: Result | Unreadable) -> None:
        """Say what came of it, unless nobody waits any more."""
        if not self.answer.done():
            self.answer.set_result(result)

    def fail(self, error: BaseException) -> None:
        """Say that nothing came of it, for a fault of ours."""
        if not self.answer.done():
            self.answer.set_exception(error)


class _NonsenseError(Exception):
    """What the process says is no answer."""


class Process:
    """One process, and the conversation with it."""

    def __init__(self, process: asyncio.subprocess.Process, tally: int, settings: WorkerSettings) -> None:
        """Take a process that was started, and the end of a pipe where it counts what it begins."""
        self._process = process
        self._tally = tally
        self._settings = settings
        self._told = self._begun = 0
        self.expiry: asyncio.TimerHandle | None = None
        self._busy = False
        self.whole = True
        os.set_blocking(tally, False)
        _widen(process)

    @classmethod
    async def start(cls, settings: WorkerSettings) -> Process | None:
        """Start a process with an empty environment: it has no business with anybody's tokens. None if none starts."""
        tally, theirs = os.pipe()
        try:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, *_START, str(settings.cpu), str(settings.memory), str(theirs)),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                pass_fds=(theirs,),
                env=_environment(),
                start_new_session=True,  # Ctrl-C at the terminal is for the parent
            )
        except BaseException as error:
            os.close(tally)
            if isinstance(error, OSError):
                return None
            raise
        finally:
            os.close(theirs)
        return cls(process, tally, settings)

    async def do(self, jobs: Sequence[Job[Any]]) -> None:
        """Read documents, or draw, and tell who waits. What has no answer then may go better in another process."""
        if self.expiry is not None:
            self.expiry.cancel()
        first = self._told + 1
        self._told += len(jobs)
        self.whole, self._busy = False, True
        self._say(jobs)
        for number, job in enumerate(jobs, first):
            try:
                async with asyncio.timeout(self._settings.wall):
                    job.tell(await job.read(self))
            except TimeoutError:
                await self.stop()
                cause = f"reading it came to no end in {self._settings.wall:g} s"
                jobs[max(self._begun, number) - first].tell(Unreadable(TroubleName.POISONED, cause))
                return
            except (asyncio.IncompleteReadError, OSError):
                self._busy = False
                self._blame(jobs, first, await self.stop())
                return
            except (_NonsenseError, KeyError, TypeError, ValueError, RecursionError):
                await self.stop()
                self._begun = number  # whatever it has begun since
                self._blame(jobs, first, 0)
                return
        self.whole, self._busy = self._told < _DOCUMENTS, False

    def _say(self, jobs: Sequence[Job[Any]]) -> None:
        """Send what is to be done in one piece: a process that is woken for four bytes goes back to sleep.

        Nobody waits until it has taken all: it may first have to get rid of its answers. Those end where it died, too.
        """
        frames = [frame for job in jobs for frame in (job.request, job.body)]
        if self._process.stdin is not None:
            self._process.stdin.writelines(
                piece for frame in frames for piece in (struct.pack(">I", len(frame)), frame)
            )

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
                raise _NonsenseError
            sightings += [read_entry(each) for each in entries]
        return with_sightings(parsed, tuple(sightings))

    async def _frame(self, limit: int) -> bytes:
        stdout = self._process.stdout
        if stdout is None:
            raise _NonsenseError
        size = int.from_bytes(await stdout.readexactly(4), "big")
        if size > min(limit, _FRAME_LIMIT):
            raise _NonsenseError
        return await stdout.readexactly(size)

    def _blame(self, jobs: Sequence[Job[Any]], first: int, code: int) -> None:
        """Say of the document that was read when the process ended what became of it; the others are none the worse."""
        if not self._begun:
            for job in jobs:
                job.tell(Unreadable(TroubleName.OVERLOADED, "the process to read it in does not come up"))
        elif self._begun < first:
            return  # it was killed while it waited
        elif self._begun == 1 or code == -signal.SIGPROF:
            jobs[self._begun - first].tell(self._epitaph(code))
        else:
            # With others before it there was less room left for this one.
            jobs[self._begun - first].alone = True

    def _epitaph(self, code: int) -> Unreadable:
        """Say what a process died of."""
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
                return await self._ended()
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            with contextlib.suppress(TimeoutError):  # whatever it left behind may hold its pipes open
                async with asyncio.timeout(_MOMENT):
                    return await self._ended()
            return -signal.SIGKILL
        finally:
            self._count()

    async def _ended(self) -> int:
        """Wait for its end. What it said and nobody heard would stand in the way of that."""
        with contextlib.suppress(OSError):
            while self._process.stdout is not None and await self._process.stdout.read(_PIECE):
                pass
        return await self._process.wait()

    def _count(self) -> None:
        """Count what was begun, once."""
        if self._tally >= 0:
            with contextlib.suppress(BlockingIOError):  # nothing, and somebody still could
                self._begun = len(os.read(self._tally, self._told))
            os.close(self._tally)
            self._tally = -1


def _widen(process: asyncio.subprocess.Process) -> None:
    """Let documents go to a process in one piece: each refill of a small pipe wakes both sides."""
    if process.stdin is not None and (pipe := process.stdin.get_extra_info("pipe")) is not None:
        # The user's pipes may hold no more together; or the process has died, and this end is closed.
        with contextlib.suppress(OSError, ValueError):
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, PIPE)


def _environment() -> dict[str, str]:
    """Give a process nothing but where this one finds its modules, in the same order."""
    home = str(Path(bot.__file__).parents[1])  # an editable install finds it by a hook of ``site``
    # The C library would give every block above 128 KB back to the system at once: 0.1 ms for each document.
    kept = {"MALLOC_MMAP_THRESHOLD_": "1000000", "MALLOC_TRIM_THRESHOLD_": "2000000"}
    places = sys.path if home in sys.path else [home, *sys.path]
    return {"PYTHONPATH": os.pathsep.join(filter(None, places)), "LC_ALL": "C.UTF-8", **kept}
