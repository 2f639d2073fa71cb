"""The real program as a subprocess, between a blog and a Telegram that run here."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from click.testing import CliRunner

from bot.cli import cli
from bot.core.errors import IncomingError
from tests import births
from tests.emulators.blog import Blog
from tests.emulators.telegram import Telegram
from tests.forked import forked_readers

ROOT = Path(__file__).resolve().parents[2]
Process = asyncio.subprocess.Process | births.Born
READER = 1001
PATIENCE = 30.0
"""Seconds after which something that should have happened counts as not happening."""


@dataclass
class Ended:
    """What a run of the program left behind."""

    code: int
    out: str
    err: str


@dataclass
class Program:
    """The command line, with a configuration of its own in ``folder``.

    A ``cold`` one starts as ``python -m bot`` does; any other is forked by the nursery, which saves it the imports.
    """

    folder: Path
    blog: Blog
    telegram: Telegram
    extra: str = ""
    head: str = ""
    operators: str = str(READER)
    env: dict[str, str] = field(default_factory=dict)
    main: str = "bot.cli"
    """The module whose ``main`` is run."""
    cold: bool = False
    _process: Process | None = None

    @property
    def config(self) -> Path:
        """Write the configuration, and give its path."""
        path = self.folder / "config.toml"
        path.write_text(
            f"""database = "{self.folder}/incoming.db"
{self.head}
[telegram]
token = "{self.telegram.token}"
api_base = "{self.telegram.base}"
operators = [{self.operators}]

[fetch]
allow_addresses = ["127.0.0.0/8"]

{self.extra or f'[[feeds]]{chr(10)}name = "blog"{chr(10)}url = "{self.blog.url()}"'}
""",
            encoding="utf-8",
        )
        return path

    async def start(self, *words: str, **env: str) -> Process:
        """Start a command that uses the configuration."""
        return await self._start(*words, "--config", str(self.config), env=env)

    async def run(self, *words: str, **env: str) -> Ended:
        """Run a command to its end."""
        return await self._end(await self.start(*words, **env))

    async def inline(self, *words: str) -> str:
        """Run a command that only prepares or looks, in this process, which has all imported; give its output."""
        words = (*words, "--config", str(self.config))
        with forked_readers():
            done = await asyncio.to_thread(CliRunner(env=self.env).invoke, cli, words, standalone_mode=False)
        assert (done.exit_code, done.exception) == (0, None), done.output
        return done.stdout

    async def refused(self, *words: str) -> str:
        """Run a command that finds its input wrong, in this process; give what it says of that."""
        words = (*words, "--config", str(self.config))
        done = await asyncio.to_thread(CliRunner(env=self.env).invoke, cli, words, standalone_mode=False)
        assert isinstance(done.exception, IncomingError), done.output
        return str(done.exception)

    async def bare(self, *words: str, **env: str) -> Ended:
        """Run a command without the configuration."""
        return await self._end(await self._start(*words, env=env))

    async def _start(self, *words: str, env: dict[str, str]) -> Process:
        env = {**os.environ, "PYTHONPATH": str(ROOT), **self.env, **env}
        if self.cold:
            self._process = await self._cold(*words, env=env)
        else:
            self._process = await births.start(words, self.folder, env, main=self.main)
        return self._process

    async def _cold(self, *words: str, env: dict[str, str]) -> Process:
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "bot",
            *words,
            cwd=self.folder,
            env=env,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )

    async def _end(self, process: Process) -> Ended:
        async with asyncio.timeout(PATIENCE * 2):
            out, err = await process.communicate()
        return Ended(process.returncode or 0, out.decode(), err.decode())

    async def stop(self, number: signal.Signals = signal.SIGTERM) -> Ended:
        """End what was started, and give what it left behind."""
        process = self._process
        assert process is not None
        if process.returncode is None:
            process.send_signal(number)
        async with asyncio.timeout(PATIENCE):
            out, err = await process.communicate()
        return Ended(process.returncode or 0, out.decode(), err.decode())


async def until(happened: Callable[[], bool], what: str) -> None:
    """Wait until something happened; fail, saying what did not, when patience ends."""
    end = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < end, f"never happened: {what}"
        await asyncio.sleep(0.02)


def posts(telegram: Telegram, chat: int = READER) -> Sequence[str]:
    """Give the texts of the posts that arrived in a chat: messages with a link to read on."""
    return [entry.text for entry in telegram.world.ledger if entry.chat == chat and _is_post(entry.keyboard)]


def _is_post(keyboard: object) -> bool:
    return '"url"' in str(keyboard).replace("'", '"')
