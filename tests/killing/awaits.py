"""Look at a blog and deliver its new post, and die at a given step of the event loop.

Loop, lane, store and a platform's adapter are the real ones. A server that forks: it imports everything once and then
makes a child for each line that it reads, a JSON object with ``platform``, ``api_base``, ``token``, ``database``,
``kill`` and ``careless``. A child looks, delivers what is due, and dies by SIGKILL at step ``kill`` from when it has
fetched to after the record's commit (0: at none). A step is what runs between two awaits that wait. The answer is a
line with the child's status and, where it lived, how many steps there were. A careless child repeats on Discord what
was under way under another nonce, without looking whether it is there.
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
from unittest.mock import patch

from pydantic import SecretStr

from bot import failpoint
from bot.clock import SystemClock
from bot.core.models import Chat, Notice, Outcome, Part, Post, Sighting, Verdict
from bot.core.ports import Platform
from bot.deliver import Lane, Writer
from bot.platforms.discord.platform import Discord
from bot.platforms.discord.sender import Sender
from bot.platforms.discord.settings import DiscordSettings
from bot.platforms.telegram import platform as limits
from bot.platforms.telegram.platform import Telegram
from bot.platforms.telegram.settings import TelegramSettings
from bot.store.sqlite import Store
from bot.topics.match import Matcher
from bot.watch import Watch
from tests.emulators.telegram_doors import House
from tests.world import BLOG, ScriptedSource, entry

OLD, NEW = entry("从前的一篇"), entry("一步加噪", text="就这么简单。")
PATIENCE = timedelta(seconds=20)


def write(post: Post, chat: Chat, verdict: Verdict, source: str, now: Any) -> Notice:
    """Say a post by its title and text."""
    del chat, verdict, source, now
    return Notice(post.doc, title=post.title, link=post.link)


async def look(store: Store, *entries: Sighting) -> None:
    """Look at the blog, which shows these entries."""
    source = ScriptedSource(clock := SystemClock())
    source.show(BLOG, *entries)
    async with store.begin() as work:
        feeds = await work.feeds()
    await Watch(store, source, Matcher([]), clock, lambda: None).look_at(feeds)


def connect(given: dict[str, Any]) -> Platform:
    """Give the platform's adapter."""
    if given["platform"] == "telegram":
        telegram = TelegramSettings(token=SecretStr(given["token"]), api_base=given["api_base"])
        return Telegram(telegram, House().doors())
    discord = Discord(DiscordSettings(token=SecretStr(given["token"]), api_base=given["api_base"]))
    if given["careless"]:
        discord._sender = Careless(discord._rest, discord._channels, SystemClock())
    return discord


async def deliver(given: dict[str, Any]) -> None:
    """Look, and deliver what is due, with what an earlier process left under way taken up first."""
    store = Store(Path(given["database"]))
    await store.open()
    platform = connect(given)
    await look(store, NEW, OLD)
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
        """Open the window when the blog has answered, and close it when the outcome of the request is committed."""
        self._open = name == "fetched" or (self._open and name != "recorded")


def child(given: dict[str, Any], answer: int) -> None:
    """Do one line's work and end."""
    os.dup2(2, 1)
    steps = Steps(given["kill"])
    steps.install()
    asyncio.run(deliver(given))
    os.write(answer, str(steps.count).encode())


def serve() -> None:
    """Make a child for each line."""
    patch.dict(limits.PLACES, clear=True).start()  # a restart waits for no second of a chat's limit
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
