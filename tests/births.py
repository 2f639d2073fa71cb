"""Starts the real program in a process of its own, forked by a nursery that all tests of a run share."""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import functools
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
_known: list[bytes] = []
"""Where the nursery of the whole run takes orders, where there is one."""


class Born:
    """A process that the nursery made, as ``asyncio.subprocess.Process`` would show it."""

    def __init__(self, pid: int, handle: int, news: socket.socket) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self.stdin: asyncio.StreamWriter | None = None
        self.stdout: asyncio.StreamReader | None = None
        self.stderr: asyncio.StreamReader | None = None
        self._handle = handle
        self._end = asyncio.create_task(self._watch(news), name=f"process {pid}")

    async def _watch(self, news: socket.socket) -> int:
        try:
            with news:
                news.setblocking(False)  # noqa: FBT003 -- the library's own parameter
                said = await asyncio.get_running_loop().sock_recv(news, 100)
            self.returncode = int(said)
            return self.returncode
        finally:
            os.close(self._handle)

    async def wait(self) -> int:
        """Wait for its end; give the exit code (negative: the signal)."""
        return await asyncio.shield(self._end)

    async def communicate(self) -> tuple[bytes, bytes]:
        """Wait for its end; give what it wrote and nobody has read."""
        out, err = await asyncio.gather(*(_rest(stream) for stream in (self.stdout, self.stderr)))
        await self.wait()
        return out, err

    def send_signal(self, number: signal.Signals) -> None:
        """Send it a signal; nothing where it has ended."""
        if self._end.done():
            return
        with contextlib.suppress(ProcessLookupError):  # it has just ended
            signal.pidfd_send_signal(self._handle, number)

    def kill(self) -> None:
        """Kill it."""
        self.send_signal(signal.SIGKILL)


async def _rest(stream: asyncio.StreamReader | None) -> bytes:
    return await stream.read() if stream is not None else b""


async def start(
    argv: Sequence[str], folder: Path, env: Mapping[str, str], *, main: str = "bot.cli", ways: Sequence[str] = ()
) -> Born:
    """Start ``python -m bot`` with these arguments, and with this environment alone; its streams can be read."""
    pipes = os.pipe(), os.pipe()
    try:
        born = bear(argv, folder, env, (pipes[0][1], pipes[1][1]), main=main, ways=ways)
    finally:
        for _, inner in pipes:
            os.close(inner)
    born.stdout, born.stderr = [await stream(outer) for outer, _ in pipes]
    return born


async def reader(*words: str) -> tuple[Born, int]:
    """Start ``python -m bot.sources.child`` with these arguments and without an environment; see ``tests.forked``.

    Give it, and the end of the pipe where it counts what it begins.
    """
    (theirs, ours), (answers, out), (tally, counts) = os.pipe(), os.pipe(), os.pipe()
    try:
        born = bear((*words, "2"), ROOT, {}, (theirs, out, counts), main="bot.sources.child", ways=["session"])
    finally:
        for end in (theirs, out, counts):
            os.close(end)
    born.stdin, born.stdout = await _writer(ours), await stream(answers)
    return born, tally


async def _writer(pipe: int) -> asyncio.StreamWriter:
    loop = asyncio.get_running_loop()
    file = os.fdopen(pipe, "wb", buffering=0)
    transport, protocol = await loop.connect_write_pipe(
        lambda: asyncio.StreamReaderProtocol(asyncio.StreamReader()), file
    )
    return asyncio.StreamWriter(transport, protocol, None, loop)


async def stream(pipe: int) -> asyncio.StreamReader:
    """Read from the end of a pipe."""
    found = asyncio.StreamReader()
    file = os.fdopen(pipe, "rb", buffering=0)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(found), file)
    return found


def bear(
    argv: Sequence[str],
    folder: Path,
    env: Mapping[str, str],
    streams: Sequence[int],
    *,
    main: str = "bot.cli",
    ways: Sequence[str] = (),
) -> Born:
    """Start a module's ``main`` with these file descriptors as its streams and in these ways; see ``tests.nursery``."""
    news = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    news.connect(_known[0] if _known else door())
    order = {"argv": argv, "cwd": str(folder), "env": dict(env), "main": main, "ways": ways}
    socket.send_fds(news, [json.dumps(order).encode()], streams)
    pid, handles, _, _ = socket.recv_fds(news, 100, 1)
    return Born(int(pid), handles[0], news)


def share(where: bytes) -> None:
    """Let this process use the nursery of another one, which takes orders there."""
    _known.append(where)


@functools.cache
def door() -> bytes:
    """Start a nursery; give where it takes orders. It ends when this process does."""
    lifeline, end = socket.socketpair()
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as entrance, end:
        entrance.bind("")
        entrance.listen()
        passed = (end.fileno(), entrance.fileno())
        process = subprocess.Popen(
            (sys.executable, "-m", "tests.nursery", *map(str, passed)),
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            pass_fds=passed,
        )
        where: bytes = entrance.getsockname()
    atexit.register(_close, lifeline, process)
    return where


def _close(lifeline: socket.socket, process: subprocess.Popen[bytes]) -> None:
    lifeline.close()
    process.wait()
