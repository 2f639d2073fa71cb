"""The real program at a terminal of its own: what it shows, and what is typed into it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pty
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

from tests import births
from tests.acceptance.harness import PATIENCE, ROOT, Process, until

CTRL_C, CTRL_D = "\x03", "\x04"
# Ctrl-C reaches a process only at the terminal that controls it, and questions for secrets go there too.
_BEGIN = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.executable, [sys.executable, "-m", "bot", *sys.argv[1:]])
"""


class Terminal:
    """A terminal in which a command runs; ``shown`` is all that it has shown so far, echoes included."""

    def __init__(self, end: int, process: Process) -> None:
        self.shown = ""
        self._raw = b""
        self._end = end
        self._process = process
        asyncio.get_running_loop().add_reader(end, self._read)

    def _read(self) -> None:
        try:
            self._raw += os.read(self._end, 65536)
        except OSError:
            # The other end is closed: the command has ended.
            asyncio.get_running_loop().remove_reader(self._end)
        self.shown = self._raw.decode(errors="replace").replace("\r\n", "\n")

    async def see(self, text: str, times: int = 1) -> None:
        """Wait until a text is shown, so many times."""
        await until(lambda: self.shown.count(text) >= times, f"{text!r} in {self.shown!r}")

    def type(self, text: str) -> None:
        """Type something; a line ends with a newline."""
        os.write(self._end, text.encode())

    async def ended(self) -> int:
        """Wait for the command's end; give its exit code."""
        async with asyncio.timeout(PATIENCE):
            return await self._process.wait()


@contextlib.asynccontextmanager
async def terminal(folder: Path, *words: str, **env: str) -> AsyncIterator[Terminal]:
    """Run a command at a terminal; it is killed at the end if it still runs."""

    async def start(end: int) -> Process:
        return births.bear(words, folder, {**os.environ, **env}, (end, end, end), ways=["terminal"])

    async with _terminal(start) as there:
        yield there


@contextlib.asynccontextmanager
async def cold_terminal(folder: Path, *words: str, **env: str) -> AsyncIterator[Terminal]:
    """Run a command at a terminal, by an interpreter of its own."""

    async def start(end: int) -> Process:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", _BEGIN, *words),
            stdin=end,
            stdout=end,
            stderr=end,
            start_new_session=True,
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT), **env},
        )

    async with _terminal(start) as there:
        yield there


@contextlib.asynccontextmanager
async def _terminal(start: Callable[[int], Awaitable[Process]]) -> AsyncIterator[Terminal]:
    ours, theirs = pty.openpty()
    process = await start(theirs)
    os.close(theirs)
    try:
        yield Terminal(ours, process)
    finally:
        asyncio.get_running_loop().remove_reader(ours)
        if process.returncode is None:
            process.kill()
        await process.wait()
        os.close(ours)
