"""The status page with a hundred thousand deliveries in the database, asked for over HTTP.

    python -m benchmarks.status_page [--posts 20] [--chats 5000] [--times 40]

Two moments: everything was sent, and everything still waits.
"""

from __future__ import annotations

import argparse
import asyncio
import socket
import statistics
import tempfile
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp

from bot import i18n
from bot.clock import SystemClock
from bot.core.models import Feed
from bot.sections import WebSection
from bot.store.sqlite import Store
from bot.web import page
from bot.web.server import Site, serve
from tests.years import Years


class Well:
    """A bot with which nothing is wrong."""

    def loops(self, now: datetime) -> Mapping[str, bool]:
        """Tell of the loops."""
        del now
        return {"watch": True}

    def platforms(self) -> Mapping[str, str]:
        """Tell of the platforms."""
        return {"telegram": "", "discord": ""}

    def disk(self) -> str:
        """Tell of the disk."""
        return ""


def free_port() -> int:
    """Find a port that nobody has."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def ask(store: Store, times: int) -> str:
    """Ask for the page so many times; give the milliseconds that it took, and its processor time."""

    async def write() -> str:
        now = datetime.now(UTC)
        overview = await store.facts.overview(now, timedelta(hours=8))
        return page.write(overview, {}, page.View(i18n.load("zh"), "Asia/Shanghai", now, lambda key, _: key))

    took, spent = [], time.process_time()
    settings = WebSection(port=free_port())
    site = Site(settings, Well(), store.facts, write, SystemClock())
    async with serve(settings, site) as base, aiohttp.ClientSession() as session:
        for _ in range(times):
            began = time.perf_counter()
            async with session.get(base) as answer:
                size = len(await answer.read())
                assert answer.status == 200
            took.append((time.perf_counter() - began) * 1000)
    cpu = (time.process_time() - spent) / times * 1000
    took.sort()
    return (
        f"median {statistics.median(took):.0f} ms, p95 {took[int(len(took) * 0.95)]:.0f} ms, most {took[-1]:.0f} ms,"
        f" {cpu:.0f} ms of processor time each, {size / 1024:.0f} KB"
    )


async def measure(path: Path, *, posts: int, chats: int, times: int) -> None:
    """Write the deliveries, and ask."""
    store = Store(path)
    await store.open()
    now = datetime.now(UTC) - timedelta(days=posts // 2)
    async with store.begin() as work:
        await work.put_feed(Feed(id=0, name="blog", url="https://blog.example/feed", next_check=now))
    written = Years(path)
    written.subscribe(chats, now)
    for number in range(posts):
        written.publish(now + timedelta(hours=12 * number), 1)
    print(f"{written.count('delivery')} deliveries sent: {await ask(store, times)}")
    written.forget_sending()
    print(f"{written.count('delivery')} deliveries waiting: {await ask(store, times)}")
    written.close()
    await store.close()


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", type=int, default=20)
    parser.add_argument("--chats", type=int, default=5000)
    parser.add_argument("--times", type=int, default=40)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "incoming.db"
        asyncio.run(measure(path, posts=given.posts, chats=given.chats, times=given.times))


if __name__ == "__main__":
    main()
