"""Starts the real program in a process of its own, forked by a nursery that every test of this process shares."""

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


class Born:
    """A process that the nursery made, as ``asyncio.subprocess.Process`` would show it."""

    def __init__(self, pid: int, handle: int, news: socket.socket) -> None:
        self.pid = pid
        self.returncode: int | None = None
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


async def start(argv: Sequence[str], folder: Path, env: Mapping[str, str]) -> Born:
    """Start ``python -m bot`` with these arguments, and with this environment alone; its streams can be read."""
    pipes = os.pipe(), os.pipe()
    try:
        born = bear(argv, folder, env, (pipes[0][1], pipes[1][1]))
    finally:
        for _, inner in pipes:
            os.close(inner)
    born.stdout, born.stderr = [await _reader(outer) for outer, _ in pipes]
    return born


async def _reader(pipe: int) -> asyncio.StreamReader:
    stream = asyncio.StreamReader()
    file = os.fdopen(pipe, "rb", buffering=0)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(stream), file)
    return stream


def bear(
    argv: Sequence[str],
    folder: Path,
    env: Mapping[str, str],
    streams: tuple[int, int],
    *,
    main: str = "bot.cli",
    free: bool = False,
) -> Born:
    """Start a module's ``main`` with these file descriptors as its output and its errors; see ``tests.nursery``."""
    news = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    news.connect(_door())
    order = {"argv": argv, "cwd": str(folder), "env": dict(env), "main": main, "free": free}
    socket.send_fds(news, [json.dumps(order).encode()], streams)
    pid, handles, _, _ = socket.recv_fds(news, 100, 1)
    return Born(int(pid), handles[0], news)


@functools.cache
def _door() -> bytes:
    """Start the nursery; give where it takes orders. It ends when this process does."""
    lifeline, end = socket.socketpair()
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as door, end:
        door.bind("")
        door.listen()
        passed = (end.fileno(), door.fileno())
        process = subprocess.Popen(
            (sys.executable, "-m", "tests.nursery", *map(str, passed)),
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.DEVNULL,
            pass_fds=passed,
        )
        where: bytes = door.getsockname()
    atexit.register(_close, lifeline, process)
    return where


def _close(lifeline: socket.socket, process: subprocess.Popen[bytes]) -> None:
    lifeline.close()
    process.wait()
