"""One hostile feed among a hundred: whether it holds up the others, or the event loop.

    python benchmarks/hostile.py [--seconds 20] [--feeds 100]

The server is a process of its own. One feed is asked for again and again, and answers with something bad each time;
the others are due one after the other, each once. The real loop, store, HTTP and reading processes run. It fails
where the loop's lag at p99 reaches 50 ms, or where one of the others is read later than a tenth of the shortest
interval (6 s) after it was due.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import logging
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import cycle
from pathlib import Path

import structlog
from aiohttp import web

from bot.clock import SystemClock
from bot.core.models import Feed
from bot.sources.client import FetchSettings
from bot.sources.http import HttpSource
from bot.sources.worker import Workers, WorkerSettings
from bot.store.sqlite import Store
from bot.topics.match import Matcher
from bot.watch import Watch

LAG_GOAL = 0.05
LATE_GOAL = 6.0
_HOSTS = 50
_TICK = 0.005
_PAUSE = 0.02
_PATIENCE = 30.0
_GLANCE = 0.2

# -- the feeds --------------------------------------------------------------------------------------------------------


def good(number: int) -> bytes:
    """Write an honest feed of ten entries."""
    page = f"https://blog{number}.example/"
    items = "".join(
        f"<item><title>Post {each}</title><link>{page}{each}</link><guid>{page}{each}</guid>"
        f"<description>{'words of an honest post ' * 40}{each}</description></item>"
        for each in range(10)
    )
    return f"<rss version='2.0'><channel><title>B</title><link>{page}</link>{items}</channel></rss>".encode()


def _rss(item: bytes) -> bytes:
    return b"<rss version='2.0'><channel><title>B</title><item>" + item + b"</item></channel></rss>"


def bad() -> tuple[tuple[bytes, dict[str, str]], ...]:
    """Give bodies and headers that freeze, swell or confuse a careless reader."""
    names = b"".join(b"<!ENTITY l%d '%s'>" % (depth, b"&l%d;" % (depth - 1) * 10) for depth in range(1, 10))
    laughs = b"<!DOCTYPE r [<!ENTITY l0 'lol'>" + names + b"]>" + _rss(b"<title>&l9;</title>")
    bomb = gzip.compress(b"\0" * 40_000_000, 9)
    return (
        (_rss(b"<author>a@" + b"a." * 32_000 + b"!</author>"), {}),
        (_rss(b"".join(b"<category>%d</category>" % number for number in range(16_000))), {}),
        (laughs, {}),
        (bomb, {"Content-Encoding": "gzip"}),
        (gzip.compress(b"x") * 400_000, {"Content-Encoding": "gzip"}),
        (_rss(b"<description>" + b"&lt;div&gt;" * 400_000 + b"</description>"), {}),
        (_rss(b"<description>" + b"$ \\( $$ " * 500_000 + b"</description>"), {}),
        (_rss(b"<title>x</title></item><item>" * 150_000), {}),
        (b'{"items":' + b"[" * 4_000_000, {}),
        (os.urandom(5_000_000), {}),
    )


def _host(number: int) -> str:
    """Give one of this machine's names for itself: each host is asked one at a time."""
    return f"127.0.0.{number % _HOSTS + 1}"


async def serve() -> None:
    """Serve all of them until the process is ended."""
    answers = cycle(bad())

    async def get(request: web.Request) -> web.Response:
        if request.path == "/bad":
            body, headers = next(answers)
            return web.Response(body=body, headers=headers | {"Content-Type": "text/xml"})
        return web.Response(body=good(int(request.path[1:])), content_type="text/xml")

    application = web.Application()
    application.router.add_get("/{path}", get)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, _host(0), 0).start()
    port = runner.addresses[0][1]
    for number in range(1, _HOSTS):
        await web.TCPSite(runner, _host(number), port).start()
    print(port, flush=True)
    await asyncio.Event().wait()


@contextmanager
def served() -> Iterator[int]:
    """Run the server in a process of its own; give its port."""
    with subprocess.Popen([sys.executable, "-m", "benchmarks.hostile", "--serve"], stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        try:
            yield int(server.stdout.readline())
        finally:
            server.kill()


# -- the measurement --------------------------------------------------------------------------------------------------


@dataclass
class Found:
    """Seconds of lag at each tick, seconds that each good feed was late, and what the bad one was called."""

    lags: list[float] = field(default_factory=list)
    late: list[float] = field(default_factory=list)
    unread: int = 0
    causes: Counter[str] = field(default_factory=Counter)


@asynccontextmanager
async def running(*tasks: asyncio.Task[None]) -> AsyncIterator[None]:
    """Cancel tasks in the end."""
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _feel(lags: list[float]) -> None:
    while True:
        before = time.perf_counter()
        await asyncio.sleep(_TICK)
        lags.append(time.perf_counter() - before - _TICK)


async def _feeds(store: Store) -> Sequence[Feed]:
    async with store.begin() as work:
        return await work.feeds()


async def _all_read(store: Store, due: Mapping[int, datetime], found: Found, seconds: float) -> None:
    """Wait until all of them were read and the hostile one was, too, but not for ever."""
    for _ in range(int(seconds / _GLANCE)):
        if found.causes and all(feed.last_ok for feed in await _feeds(store) if feed.id in due):
            return
        await asyncio.sleep(_GLANCE)


async def measure(port: int, feeds: int, seconds: float, folder: Path, *, cpu: float = 2.0) -> Found:
    """Look at a hundred feeds over some seconds, one of them hostile."""
    clock, store, found = SystemClock(), Store(folder / "hostile.db"), Found()
    await store.open()
    settings = FetchSettings(allow_addresses=("127.0.0.0/8",), deadline=10.0)
    try:
        async with Workers(WorkerSettings(cpu=cpu)) as workers, HttpSource(workers, clock, settings) as source:
            watch = Watch(store, source, Matcher([]), clock, lambda: None)
            begin = clock.now() + timedelta(seconds=1)
            due: dict[int, datetime] = {}
            async with store.begin() as work:
                never = begin + timedelta(days=9)
                worst = await work.put_feed(Feed(0, "bad", f"http://127.0.0.1:{port}/bad", next_check=never))
                for number in range(1, feeds):
                    at = begin + timedelta(seconds=seconds * number / feeds)
                    url = f"http://{_host(number)}:{port}/{number}"
                    due[await work.put_feed(Feed(0, f"good {number}", url, next_check=at))] = at

            async def again() -> None:
                while True:
                    trouble = await watch.look_now(worst)
                    found.causes[f"{trouble.name}: {trouble.cause}" if trouble else "read"] += 1
                    await asyncio.sleep(_PAUSE)

            jobs = [asyncio.create_task(each) for each in (watch.run(), again(), _feel(found.lags))]
            async with running(*jobs):
                await _all_read(store, due, found, seconds + _PATIENCE)
            for feed, at in [(each, due[each.id]) for each in await _feeds(store) if each.id in due]:
                found.late += [(feed.last_ok - at).total_seconds()] if feed.last_ok else []
            found.unread = len(due) - len(found.late)
    finally:
        await store.close()
    return found


def at(values: list[float], share: float) -> float:
    """Give a quantile."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def main() -> int:
    """Measure, say what was found, and fail where a goal is missed."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--serve", action="store_true")
    options.add_argument("--feeds", type=int, default=100)
    options.add_argument("--seconds", type=float, default=20.0)
    chosen = options.parse_args()
    if chosen.serve:
        asyncio.run(serve())
        return 0
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    with served() as port, tempfile.TemporaryDirectory() as folder:
        found = asyncio.run(measure(port, chosen.feeds, chosen.seconds, Path(folder)))
    lag, late = at(found.lags, 0.99), found.late or [_PATIENCE]
    print(f"the hostile feed was asked for {sum(found.causes.values())} times:")
    for cause, times in found.causes.most_common():
        print(f"  {times:4}  {cause}")
    print(f"lag of the loop: median {at(found.lags, 0.5) * 1e3:.1f} ms, p99 {lag * 1e3:.1f} ms (goal < 50), ", end="")
    print(f"longest {max(found.lags) * 1e3:.0f} ms, of {len(found.lags)} ticks")
    print(f"the other {chosen.feeds - 1}: {found.unread} not read; late by {at(late, 0.5) * 1e3:.0f} ms (median),")
    print(f"  {at(late, 0.99) * 1e3:.0f} ms (p99), {max(late) * 1e3:.0f} ms (latest; goal < 6000)")
    return int(lag >= LAG_GOAL or found.unread > 0 or max(late) >= LATE_GOAL)


if __name__ == "__main__":
    raise SystemExit(main())
