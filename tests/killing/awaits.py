"""Deliver with the real lane, store and Discord adapter, and die at a given step of the event loop.

A server that forks: it imports everything once and then makes a child for each line that it reads, a JSON object with
``api_base``, ``token``, ``database``, ``kill`` and ``careless``. A child delivers what is due and dies by SIGKILL at
step ``kill`` from before the claim's commit to after the record's (0: at none). A step is what runs between two awaits
that wait. The answer is a line with the child's status and, where it lived, how many steps there were. A careless child
repeats what was under way under another nonce, without looking whether it is there.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import signal
import sys
from asyncio import events
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from bot import failpoint
from bot.clock import SystemClock
from bot.core.models import Chat, Notice, Outcome, Part, Post, Verdict
from bot.deliver import Lane, Writer
from bot.platforms.discord.platform import Discord
from bot.platforms.discord.sender import Sender
from bot.platforms.discord.settings import DiscordSettings
from bot.store.sqlite import Store
from bot.topics.match import Matcher

PATIENCE = timedelta(seconds=20)


def write(post: Post, chat: Chat, verdict: Verdict, source: str, now: Any) -> Notice:
    """Say a post by its title and text."""
    del chat, verdict, source, now
    return Notice(post.doc, title=post.title, link=post.link)


async def deliver(given: dict[str, Any]) -> None:
    """Deliver what is due, with what an earlier process left under way taken up first."""
    store = Store(Path(given["database"]))
    await store.open()
    platform = Discord(DiscordSettings(token=given["token"], api_base=given["api_base"]))
    if given["careless"]:
        platform._sender = Careless(platform._rest, platform._channels, SystemClock())
    lane = Lane(platform, store, Writer(platform, Matcher([]), write), SystemClock())
    await lane.prepare()
    await lane.drain(SystemClock().now() + PATIENCE)
    await lane.stop()
    await platform.close()
    await store.close()


class Careless(Sender):
    """Repeats as if nothing could have arrived."""

    async def send(self, part: Part) -> Outcome:
        """Make one part's request."""
        return await super().send(replace(part, nonce=secrets.token_hex(8), uncertain=0))


class Steps:
    """Counts what the event loop runs while the window is open."""

    def __init__(self, kill: int) -> None:
        self.count = 0
        self._kill = kill
        self._open = False
        self._run = events.Handle._run

    def install(self) -> None:
        """Count from now on."""
        steps, run = self, self._run

        def counted(handle: events.Handle) -> None:
            if steps._open:
                steps.count += 1
                if steps.count == steps._kill:
                    os.kill(os.getpid(), signal.SIGKILL)
            run(handle)

        setattr(events.Handle, "_run", counted)  # noqa: B010 -- its type says that it may not be replaced
        failpoint.reach = self.reach

    def reach(self, name: str) -> None:
        """Open the window when what is to be claimed is chosen, and close it when its outcome is committed."""
        self._open = name == "chosen" or (self._open and name != "recorded")


def child(given: dict[str, Any], answer: int) -> None:
    """Do one line's work and end."""
    os.dup2(2, 1)
    steps = Steps(given["kill"])
    steps.install()
    asyncio.run(deliver(given))
    os.write(answer, str(steps.count).encode())


def serve() -> None:
    """Make a child for each line."""
    for line in sys.stdin:
        reading, writing = os.pipe()
        if (number := os.fork()) == 0:
            child(json.loads(line), writing)
            os._exit(0)
        os.close(writing)
        said = os.read(reading, 100)
        os.close(reading)
        _, status = os.waitpid(number, 0)
        sys.stdout.write(json.dumps({"code": os.waitstatus_to_exitcode(status), "steps": int(said or 0)}) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    serve()
