"""Years of a busy blog in one database: rows, bytes, and the longest step of forgetting.

    python -m benchmarks.years [--years 5] [--posts 10] [--chats 100]

Rows must not grow after the first year, and no step may hold the database for long: everybody else waits for it.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.core.models import Feed
from bot.store.sqlite import Store
from tests.years import Years

START = datetime(2020, 1, 1, tzinfo=UTC)


async def forget(store: Store, now: datetime) -> float:
    """Forget what is old; give the seconds of the longest step."""
    longest = 0.0
    while True:
        began = time.perf_counter()
        async with store.begin() as work:
            done = not await work.prune(now)
        longest = max(longest, time.perf_counter() - began)
        if done:
            return longest


async def simulate(path: Path, *, years: int, posts: int, chats: int) -> None:
    """Write and forget, a week at a time, and print a line a year."""
    store = Store(path)
    await store.open()
    async with store.begin() as work:
        await work.put_feed(Feed(id=0, name="blog", url="https://blog.example/feed", next_check=START))
    written = Years(path)
    written.subscribe(chats, START)
    now = START
    for year in range(years):
        longest = 0.0
        for _ in range(52):
            for _ in range(7):
                written.publish(now, posts)
                now += timedelta(days=1)
            longest = max(longest, await forget(store, now))
        print(
            f"year {year + 1}: {written.count('post'):>7} posts {written.count('delivery'):>7} deliveries"
            f" {written.count('part'):>7} parts {written.used() / 1e6:>7.1f} MB, longest step {longest * 1000:.0f} ms"
        )
    written.close()
    await store.close()


def main() -> None:
    """Read the options and run."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    for name, value in (("years", 5), ("posts", 10), ("chats", 100)):
        parser.add_argument(f"--{name}", type=int, default=value)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(simulate(Path(folder) / "years.db", **vars(options)))


if __name__ == "__main__":
    main()
