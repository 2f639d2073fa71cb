"""Kills the program again and again while a blog publishes and chats wait, and lets it finish at the end.

A kill is SIGKILL to the real process (see ``tests.nursery``): at a named failpoint, at the moment at which a platform
has got a request (before it does anything, or after, and before the answer), or after a random time. The platforms'
ledgers say what arrived; ``judge`` compares.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import signal
import sqlite3
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

from bot import failpoint
from tests.acceptance.harness import until
from tests.births import Born, bear
from tests.emulators import discord_rules
from tests.emulators.blog import Blog
from tests.emulators.discord import Discord
from tests.emulators.documents import Entry, rss
from tests.emulators.telegram import Telegram
from tests.killing.judge import MARK, Verdict, Watcher, judge

ROOT = Path(__file__).resolve().parents[2]
GROUP, THREAD, CHANNEL = -1001000000001, 7, -1001000000002
CHATS = (
    "telegram:1001",
    "telegram:1002",
    f"telegram:{GROUP}",
    f"telegram:{GROUP}:{THREAD}",
    f"telegram:{CHANNEL}",
    "discord:50001",
    "discord:50002",
    "discord:50003",
    "discord:50004",
)
WHOLE = ("telegram:1002", "discord:50002")
"""The chats that get the full text, in several parts."""
FORUM = "discord:50004"
KEPT = 40
"""Entries in the feed."""
FINISH = 120.0
"""Seconds for the last, undisturbed run."""
_FEW = {"fetched": 1, "decided": 1, "committed": 1, "chosen": 3, "claimed": 4, "recorded": 5}


@dataclass
class Doom:
    """When the next run is to be killed. ``where`` is a failpoint, ``received``, ``applied`` or ``random``."""

    where: str
    count: int = 1
    seconds: float = 0.0


@dataclass
class Campaign:
    """A blog, two platforms, a database, and a program that keeps dying."""

    folder: Path
    seed: int = 0
    bot: str = "bot.cli"
    kinds: tuple[str, ...] = ("once", "--all", "--wait", "60")
    chats: tuple[str, ...] = CHATS
    blog: Blog = field(default_factory=Blog)
    telegram: Telegram = field(default_factory=Telegram)
    discord: Discord = field(default_factory=Discord)
    kills: Counter[str] = field(default_factory=Counter)
    in_window: int = 0
    published: int = 0
    entries: list[Entry] = field(default_factory=list)
    owed: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        self._read = 0
        self._doomed: Callable[[str], None] = lambda _: None
        self.watcher = Watcher(self.folder / "incoming.db")

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[Campaign]:
        """Open blog and platforms, let the program see the blog's past, and subscribe the chats."""
        async with self.blog, self.telegram, self.discord:
            self._people()
            self._listen()
            self._configure()
            await self._begin()
            yield self

    def _people(self) -> None:
        world = self.telegram.world
        world.add_chat(GROUP, "supergroup", forum=True, threads={THREAD: True})
        world.add_chat(CHANNEL, "channel")
        self.discord.world.add_channel("50001")
        self.discord.world.add_channel("50002")
        self.discord.world.add_channel("50003", discord_rules.THREAD, parent="50001")
        self.discord.world.add_channel("50004", discord_rules.FORUM)

    def _listen(self) -> None:
        """Let the kill fall where a request has arrived, before and after what it does."""
        telegram, discord = self.telegram._api, self.discord._api
        on_telegram, on_discord = telegram.run, discord.run

        async def run(method: str, payload: dict[str, Any]) -> Any:
            if method != "sendMessage":
                return await on_telegram(method, payload)
            self._doomed("received")
            answer = await on_telegram(method, payload)
            self._doomed("applied")
            return answer

        def ask(method: str, path: str, body: dict[str, Any], query: dict[str, str]) -> Any:
            if method != "POST":
                return on_discord(method, path, body, query)
            self._doomed("received")
            answer = on_discord(method, path, body, query)
            self._doomed("applied")
            return answer

        patch.object(telegram, "run", run).start()
        patch.object(discord, "run", ask).start()

    def _configure(self) -> None:
        (self.folder / "config.toml").write_text(
            f"""database = "{self.folder}/incoming.db"
[telegram]
token = "{self.telegram.token}"
api_base = "{self.telegram.base}"
[discord]
token = "{self.discord.token}"
api_base = "{self.discord.base}"
gateway = "{self.discord.gateway}"
[fetch]
allow_addresses = ["127.0.0.0/8"]
[[feeds]]
name = "blog"
url = "{self.blog.url()}"
""",
            encoding="utf-8",
        )
        naive = {
            "feed": self.blog.url(),
            "telegram": self.telegram.base + self.telegram.token,
            "discord": self.discord.base,
            "token": self.discord.token,
            "chats": [chat for chat in self.chats if chat != FORUM],
        }
        (self.folder / "naive.json").write_text(json.dumps(naive), encoding="utf-8")

    # -- the program ------------------------------------------------------------------------------------------------

    def _bear(self, argv: Sequence[str], main: str, failing: str = "") -> Born:
        env = {name: value for name, value in os.environ.items() if not name.startswith("INCOMING_")}
        env |= {"PYTHONPATH": str(ROOT), "INCOMING_FAILPOINT": failing}
        with (self.folder / "log").open("ab") as log:
            return bear(argv, self.folder, env, (log.fileno(), log.fileno()), main=main, ways=("free",))

    async def run(self, *argv: str, main: str = "bot.cli", doom: Doom | None = None) -> int:
        """Run the program to its end, be that its own or the one that it is doomed to; give the exit code."""
        born = self._bear(argv, main, f"{doom.where}:{doom.count}" if doom and doom.where in failpoint.NAMES else "")
        try:
            killer = self._doom(born, doom)
            code = await born.wait()
            if killer is not None:
                killer.cancel()
        finally:
            self._doomed = lambda _: None
        return code

    def _doom(self, born: Born, doom: Doom | None) -> asyncio.TimerHandle | None:
        if doom is None or doom.where in failpoint.NAMES:
            return None
        if doom.where == "random":
            return asyncio.get_running_loop().call_later(doom.seconds, born.kill)
        left = doom.count

        def reached(where: str) -> None:
            nonlocal left
            if where == doom.where:
                left -= 1
                if left == 0:
                    born.kill()

        self._doomed = reached
        return None

    async def stopped(self, seconds: float, after: Callable[[], bool] = lambda: True) -> float:
        """Run the program as a service and tell it to stop, so long after something happened.

        Give when it was told. Fails where it does not end with 0.
        """
        # A service looks when a feed is due.
        with contextlib.closing(sqlite3.connect(self.folder / "incoming.db", timeout=10)) as database, database:
            database.execute("UPDATE feed SET next_check = 0")
        born = self._bear(["run"], self.bot)
        await until(lambda: "app.started" in self._new_log() and after(), "the start")
        await asyncio.sleep(seconds)
        told = time.monotonic()
        born.send_signal(signal.SIGTERM)
        assert await born.wait() == 0, self.log()
        self._read = len(self._whole_log())
        return told

    def _whole_log(self) -> str:
        path = self.folder / "log"
        return path.read_text(encoding="utf-8") if path.exists() else ""

    def _new_log(self) -> str:
        return self._whole_log()[self._read :]

    # -- the story --------------------------------------------------------------------------------------------------

    async def _begin(self) -> None:
        self._show()
        if self.bot != "bot.cli":
            return
        assert await self.run("once", "--all") == 0, self.log()
        for chat in self.chats:
            assert await self.run("chats", "add", chat) == 0, self.log()
        database = sqlite3.connect(self.folder / "incoming.db")
        with database:
            for chat in WHOLE:
                place = chat.partition(":")[2]
                database.execute(
                    "UPDATE chat SET length = -1 WHERE place_id = (SELECT id FROM place WHERE ref = ?)", (place,)
                )
        database.close()

    def publish(self) -> None:
        """Let the blog have a new post; every fifth is a long one."""
        self.published += 1
        number = self.published
        long = number % 5 == 0
        marks = [f"P{number:05}.{nth:02}" for nth in range(1, 13 if long else 2)]
        body = "".join(f"<p>{mark} {'这一段说得很长，' * (90 if long else 3)}</p>" for mark in marks)
        self.entries.insert(0, Entry(f"P{number:05} 一篇文章", body, path=f"/post/{number}", day=number // 10))
        del self.entries[KEPT:]
        for chat in self.chats:
            if self.bot == "bot.cli" or chat != FORUM:
                self.owed[chat] += [f"P{number:05}", *(marks if chat in WHOLE and self.bot == "bot.cli" else ())]
        self._show()

    def _show(self) -> None:
        self.blog.publish("/feed.xml", rss(self.entries or [Entry("旧文章", "很久以前写的。", path="/old")]))

    def _next(self) -> Doom:
        chance = self._random
        where = chance.choice([*failpoint.NAMES, "received", "applied", "received", "applied", "random", "random"])
        return Doom(where, chance.randint(1, _FEW.get(where, 14)), chance.uniform(0.05, 0.5))

    async def kill(self) -> bool:
        """Start the program once to kill it; tell whether it died of that."""
        if self.bot != "bot.cli" or self.watcher.stored() >= self.published:
            # At most three at once: more would be a flood, which is told in a list.
            for _ in range(self._random.choice((0, 1, 1, 3))):
                self.publish()
        doom = self._next()
        if await self.run(*self.kinds, main=self.bot, doom=doom) != -signal.SIGKILL:
            return False
        self.kills[doom.where] += 1
        if self.bot == "bot.cli":
            self.in_window += self.watcher.killed() > 0
        return True

    async def go(self, kills: int, say: Callable[[str], object] = lambda _: None) -> Verdict:
        """Kill so often, let the program finish, and judge."""
        started = time.monotonic()
        while self.kills.total() < kills:
            if await self.kill() and self.kills.total() % 100 == 0:
                say(f"{self.kills.total()} kills, {time.monotonic() - started:.0f} s")
        return await self.finish()

    async def finish(self) -> Verdict:
        """Let the program run undisturbed until everything is delivered, and judge."""
        end = time.monotonic() + FINISH
        for _ in range(3):
            while await self.run(*self.kinds, main=self.bot) != 0:
                assert time.monotonic() < end, self.log()
        verdict = judge(self.arrivals(), self.owed, self.watcher)
        return replace(verdict, kills=self.kills.total(), in_window=self.in_window)

    def arrivals(self) -> dict[str, list[list[str]]]:
        """Give what arrived where, by the ledgers; a forum's threads are the forum."""
        found: dict[str, list[list[str]]] = defaultdict(list)
        for sent in self.telegram.world.ledger:
            thread = f":{sent.thread}" if sent.thread else ""
            found[f"telegram:{sent.chat}{thread}"].append(MARK.findall(sent.text))
        for made in self.discord.world.ledger:
            channel = self.discord.world.channels[made.channel]
            place = channel.parent if channel.parent == FORUM.partition(":")[2] else made.channel
            found[f"discord:{place}"].append(MARK.findall(made.content + json.dumps(made.embeds, ensure_ascii=False)))
        return found

    def log(self) -> str:
        """Give the end of what the program said."""
        return self._whole_log()[-3000:] or "it said nothing"
