"""One post to very many chats: how long its deliveries take to make, and what everybody else notices of it.

    python -m benchmarks.fanout [--chats 100000]

The real program runs, with a blog and a Telegram beside it; the platform's own limits hold. Measured: from the commit
of the look until every delivery is there; how long a reader waits for the answer to a command meanwhile; the program's
memory, with 1,000 feeds; and, in this process, how long other writes wait for their turn.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from bot.clock import SystemClock
from bot.core.models import Address, Feed, PlaceKind, Sighting, Verdict
from bot.deliver import Expander
from bot.store.sqlite import Store
from tests.acceptance.harness import Program
from tests.emulators.blog import Blog
from tests.emulators.documents import Entry, rss
from tests.emulators.telegram import Telegram

READER = 1001
FEEDS = 1_000
OLD = [Entry("旧文章", "一年以前写的。", path="/old")]
NEW = Entry("扩散模型的新进展", r"一步加噪：\(x_t=(1-t)x_0+t\varepsilon\)。就这么简单。", path="/new")
QUESTION = 0.05
"""Seconds between two commands."""


async def populate(database: Path, url: str, chats: int) -> None:
    """Store the feed, 1,000 others that are not due, and the chats."""
    store, now = Store(database), datetime.now(UTC)
    await store.open()
    async with store.begin() as work:
        later = datetime(2100, 1, 1, tzinfo=UTC)
        feed = await work.put_feed(Feed(0, "blog", url, next_check=now))
        for number in range(FEEDS - 1):
            await work.put_feed(Feed(0, f"f{number}", f"https://f{number}.example/feed", next_check=later))
        made = await work.open_chat(
            Address("telegram", str(READER)), PlaceKind.PRIVATE, "", now, language="zh", timezone="Asia/Shanghai"
        )
        await work.subscribe(made.id, feed, now)
    await store.close()
    _multiply(database, chats - 1)


def _multiply(database: Path, chats: int) -> None:
    with sqlite3.connect(database) as db:
        rows = range(10_000, 10_000 + chats)
        db.executemany(
            "INSERT INTO place (platform, ref, kind) VALUES ('telegram', ?, 'private')", [(str(n),) for n in rows]
        )
        db.execute(
            "INSERT INTO chat (place_id, language, timezone, created)"
            " SELECT id, 'zh', 'Asia/Shanghai', 0 FROM place"
            " WHERE NOT EXISTS (SELECT 1 FROM chat WHERE place_id = place.id)"
        )
        db.execute(
            "INSERT INTO subscription (chat_id, feed_id, filter_id, created)"
            " SELECT c.id, 1, (SELECT id FROM filter LIMIT 1), 0 FROM chat c"
            " WHERE NOT EXISTS (SELECT 1 FROM subscription s WHERE s.chat_id = c.id)"
        )
    db.close()


def resident(pid: int) -> float:
    """Give a process's resident memory in MB."""
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1_000_000


class Asker:
    """Asks for /status again and again, and measures the answers."""

    def __init__(self, telegram: Telegram) -> None:
        self._world = telegram.world
        self.times: list[float] = []
        self._user = 5_000_000

    async def one(self) -> float:
        """Ask once, as a person of its own: a chat has its limit too."""
        self._user += 1
        user = self._user
        began = time.perf_counter()
        self._world.say(user, user, "/topics")
        while not any(entry.chat == user for entry in reversed(self._world.ledger[-200:])):  # noqa: ASYNC110 -- the ledger tells nobody
            await asyncio.sleep(0.001)
        self.times.append(time.perf_counter() - began)
        return self.times[-1]

    async def until(self, done: asyncio.Event) -> None:
        """Ask until told."""
        while not done.is_set():
            await self.one()
            await asyncio.sleep(QUESTION)


async def waits(database: Path) -> tuple[float, Sequence[float]]:
    """Expand another post in this process, and write meanwhile as often as possible: seconds, and the waits."""
    store, clock, times = Store(database), SystemClock(), [0.0]
    await store.open()
    now = clock.now()
    async with store.begin() as work:
        post = await work.add_post(1, Sighting("second", "https://blog.example/second", "second"), [], "gist", now)
        passed = {each.id: Verdict(passes=True) for each in await work.filters(1)}
        await work.want(post, 1, passed, now)
    began = time.perf_counter()
    expanding = asyncio.create_task(Expander(store, clock, lambda: None).everything())
    while not expanding.done():
        asked = time.perf_counter()
        async with store.begin() as work:
            times.append(time.perf_counter() - asked)
            await work.set_meta("benchmark", "x")
        await asyncio.sleep(0.005)
    took = time.perf_counter() - began
    await store.close()
    return took, times


async def expanded(database: Path, chats: int) -> tuple[float, float]:
    """Wait until every chat has its delivery; give when the first was there, and the last."""
    db = sqlite3.connect(database, timeout=10)
    first = 0.0
    while True:
        row = db.execute("SELECT EXISTS (SELECT 1 FROM fan_out), coalesce(max(id), 0) FROM delivery").fetchone()
        now = time.perf_counter()
        first = first or (now if row[0] or row[1] else 0.0)
        if row[1] >= chats and not row[0]:
            db.close()
            return first, now
        await asyncio.sleep(0.005)


def percentile(values: Sequence[float], share: float) -> float:
    """Give the value that this share of values does not exceed, in milliseconds."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))] * 1000


async def measure(chats: int) -> None:
    """Run, and print."""
    with tempfile.TemporaryDirectory(prefix="incoming-") as name:
        folder = Path(name)
        async with Blog() as blog, Telegram() as telegram:
            blog.publish("/feed.xml", rss(OLD))
            program = Program(folder, blog, telegram)
            await populate(folder / "incoming.db", blog.url(), chats)
            await program.run("once")
            process = await program.start("run")
            asker, done = Asker(telegram), asyncio.Event()
            for _ in range(40):
                await asker.one()
            quiet, asker.times = asker.times, []
            before = resident(process.pid)
            blog.publish("/feed.xml", rss([NEW, *OLD]))
            questions = asyncio.create_task(asker.until(done))
            telegram.world.say(READER, READER, "/feeds check blog")
            began, ended = await expanded(folder / "incoming.db", chats)
            most = resident(process.pid)
            done.set()
            await questions
            ended_well = await program.stop()
            again, times = await waits(folder / "incoming.db")
    print(f"deliveries made                        {chats} in {ended - began:.2f} s")
    print(
        f"answer to a command meanwhile          p50 {percentile(asker.times, 0.5):.0f} ms,"
        f" p99 {percentile(asker.times, 0.99):.0f} ms ({len(asker.times)} asked)"
    )
    print(f"answer to a command before             p50 {statistics.median(quiet) * 1000:.0f} ms")
    print(f"memory with {FEEDS} feeds, {chats} chats   {before:.0f} MB before, {most:.0f} MB at the end")
    print(f"stopped with                           {ended_well.code}")
    print(
        f"in one process, with a writer beside   {again:.2f} s; its wait p99 {percentile(times, 0.99):.0f} ms,"
        f" most {max(times) * 1000:.0f} ms ({len(times)} writes)"
    )


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--chats", type=int, default=100_000)
    asyncio.run(measure(parser.parse_args().chats))


if __name__ == "__main__":
    main()
