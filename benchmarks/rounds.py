"""What a round over many feeds costs, beside a bare script that does the least that can be done.

    python benchmarks/rounds.py [--feeds 500] [--repeat 5] [--hosts 1]

Both look at the same feeds on this machine: 50 entries and 150 KB each, with validators, gzipped. Rounds: the first
one, an unchanged one (304), and one with a new entry in every feed. Each round is a process of its own, as if started
by cron; its CPU is user and system time with all its children, in all and without the start-up. The bare script:
aiohttp with 64 connections, validators in a dict, expat, SQLite. The product also decides, matches, and owes every new
post to one chat. Of one host it asks for one feed after the other; ``--hosts`` spreads the feeds over so many of this
machine's own addresses.
"""

from __future__ import annotations

import argparse
import asyncio
import compileall
import contextlib
import gc
import gzip
import json
import os
import random
import resource
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.request import Request, urlopen
from xml.parsers import expat

import aiohttp
from aiohttp import web

if TYPE_CHECKING:
    from bot.store.sqlite import Store

ROOT = Path(__file__).parents[1]
ENTRIES = 50
ROUNDS = ("first", "same", "new")
_START = datetime(2026, 1, 1, tzinfo=UTC)
_WORDS = "扩散模型的采样过程可以看作一个随机微分方程的求解我们从噪声出发逐步得到数据这里的推导并不复杂"

# -- the feeds --------------------------------------------------------------------------------------------------------


@lru_cache(4096)
def _text(number: int) -> str:
    rng = random.Random(number)
    paragraphs = [
        "<p>"
        + "".join(rng.choices(_WORDS, k=rng.randint(60, 140)))
        + rf"\(x_{{{rng.randint(1, 99)}}}=\sqrt{{1-t}}\,x_0+t\,\varepsilon\)，flow matching {rng.random():.6f}。</p>"
        for _ in range(8)
    ]
    return "".join(paragraphs)


def _feed(feed: int, version: int) -> bytes:
    base = f"https://blog{feed}.example"
    items = []
    for number in range(version + ENTRIES, version, -1):
        date, page = format_datetime(_START + timedelta(hours=number)), f"{base}/post-{feed}-{number}"
        items.append(
            f"<item><title>第 {number} 篇：{feed} 号博客的札记</title><link>{page}</link><guid>{page}</guid>"
            f"<pubDate>{date}</pubDate><category>生成模型</category>"
            f"<description><![CDATA[{_text(feed * 1000 + number)}]]></description></item>"
        )
    return (
        f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>Blog {feed}</title>'
        f"<link>{base}/</link><description>札记</description><lastBuildDate>{version}</lastBuildDate>"
        + "\n".join(items)
        + "</channel></rss>"
    ).encode()


class Server:
    """Serves the feeds; each POST to ``/publish`` puts a new entry into every one of them."""

    def __init__(self) -> None:
        self._version = 0

    async def run(self, port: int, hosts: int) -> None:
        """Serve until the process is ended."""
        application = web.Application()
        application.router.add_get("/feed/{number}", self._get)
        application.router.add_post("/publish", self._publish)
        runner = web.AppRunner(application, access_log=None)
        await runner.setup()
        for host in range(hosts):
            await web.TCPSite(runner, _host(host), port).start()
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        await asyncio.Event().wait()

    async def _publish(self, _: web.Request) -> web.Response:
        self._version += 1
        return web.Response()

    async def _get(self, request: web.Request) -> web.Response:
        headers = {"ETag": f'"{self._version}"', "Last-Modified": format_datetime(_START, usegmt=True)}
        if request.headers.get("If-None-Match") == headers["ETag"]:
            return web.Response(status=304, headers=headers)
        body = gzip.compress(_feed(int(request.match_info["number"]), self._version), 1)
        return web.Response(body=body, headers=headers | {"Content-Encoding": "gzip", "Content-Type": "text/xml"})


def _host(number: int) -> str:
    return f"127.0.0.{1 + number}"


@dataclass(frozen=True, slots=True)
class Blogs:
    """Where the feeds are."""

    feeds: int
    port: int
    hosts: int

    def address(self, feed: int) -> str:
        """Give a feed's address."""
        return f"http://{_host(feed % self.hosts)}:{self.port}/feed/{feed}"


# -- the bare script --------------------------------------------------------------------------------------------------

Round = Callable[[], Awaitable[int]]
"""Looks at every feed once; gives the number of new posts."""


def _read(body: bytes) -> list[dict[str, str]]:
    items: list[dict[str, str]] = []
    path: list[str] = []
    parser = expat.ParserCreate()
    parser.buffer_text = True

    def start(name: str, _: object) -> None:
        path.append(name)
        if name == "item":
            items.append({})

    def text(data: str) -> None:
        if len(path) > 3:
            items[-1][path[3]] = items[-1].get(path[3], "") + data

    parser.StartElementHandler, parser.CharacterDataHandler = start, text
    parser.EndElementHandler = lambda _: path.pop()
    parser.Parse(body, True)  # noqa: FBT003 -- the parser takes it by place only
    return items


@asynccontextmanager
async def bare(blogs: Blogs, folder: Path) -> AsyncIterator[Round]:
    """Do the least: fetch, parse, store what is new."""
    database = sqlite3.connect(folder / "bare.db")
    database.executescript(
        "PRAGMA journal_mode=WAL;"
        "CREATE TABLE IF NOT EXISTS entry (feed, guid, title, link, published, excerpt, PRIMARY KEY (feed, guid));"
        "CREATE TABLE IF NOT EXISTS feed (number PRIMARY KEY, etag)"
    )
    validators: dict[int, str] = dict(database.execute("SELECT number, etag FROM feed"))
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=64)) as session:

        async def look(feed: int) -> int:
            headers = {"If-None-Match": validators[feed]} if feed in validators else {}
            async with session.get(blogs.address(feed), headers=headers) as answer:
                if answer.status == 304:
                    return 0
                body = await answer.read()
                validators[feed] = answer.headers["ETag"]
            rows = [
                (feed, each["guid"], each["title"], each["link"], each["pubDate"], each["description"][:360])
                for each in _read(body)
            ]
            return database.executemany("INSERT OR IGNORE INTO entry VALUES (?, ?, ?, ?, ?, ?)", rows).rowcount

        async def everything() -> int:
            found = sum(await asyncio.gather(*map(look, range(blogs.feeds))))
            database.executemany("INSERT OR REPLACE INTO feed VALUES (?, ?)", validators.items())
            database.commit()
            return found

        yield everything


# -- the product ------------------------------------------------------------------------------------------------------


@asynccontextmanager
async def product(blogs: Blogs, folder: Path) -> AsyncIterator[Round]:
    """Let the product's own loop, store and workers do it."""
    gc.disable()  # until all is loaded, as bot.cli does
    sys.modules["rich"] = None  # type: ignore[assignment]  # an installation has none: structlog imports it here
    from bot import memory  # noqa: PLC0415 -- the bare script shall not pay for these
    from bot.clock import SystemClock  # noqa: PLC0415 -- likewise
    from bot.log import set_up  # noqa: PLC0415 -- likewise
    from bot.sources.client import FetchSettings  # noqa: PLC0415 -- likewise
    from bot.sources.http import HttpSource  # noqa: PLC0415 -- likewise
    from bot.sources.worker import Workers  # noqa: PLC0415 -- likewise
    from bot.store.sqlite import Store  # noqa: PLC0415 -- likewise
    from bot.topics.match import Matcher  # noqa: PLC0415 -- likewise
    from bot.watch import Watch  # noqa: PLC0415 -- likewise

    gc.freeze()
    gc.enable()
    set_up()
    clock, store, news = SystemClock(), Store(folder / "incoming.db"), 0
    fresh = not (folder / "incoming.db").exists()
    await store.open()
    if fresh:
        await _furnish(store, blogs)
    settings = FetchSettings(allow_addresses=("127.0.0.0/8",))

    def found() -> None:
        nonlocal news
        news += 1

    async with Workers() as workers, HttpSource(workers, clock, settings) as http:
        watch = Watch(store, http, Matcher([]), clock, found)
        memory.settle()

        async def everything() -> int:
            async with store.begin() as work:
                every = await work.feeds()
            await watch.look_at(every)
            return news

        yield everything
    await store.close()


async def _furnish(store: Store, blogs: Blogs) -> None:
    from bot.core.models import EPOCH, Address, Feed, PlaceKind  # noqa: PLC0415 -- see above

    async with store.begin() as work:
        chat = await work.open_chat(
            Address("console", "me"), PlaceKind.PRIVATE, "", EPOCH, language="zh", timezone="UTC"
        )
        for number in range(blogs.feeds):
            feed = await work.put_feed(Feed(0, f"blog{number}", blogs.address(number)))
            await work.subscribe(chat.id, feed, EPOCH)


# -- one process, one round -------------------------------------------------------------------------------------------

CONTESTANTS = {"bare": bare, "product": product}


def _processes() -> list[int]:
    own = os.getpid()
    return [own, *map(int, Path(f"/proc/{own}/task/{own}/children").read_text().split())]


def _cpu() -> float:
    """Give the seconds of processor time of this process and its children, those that ended included."""
    ticks = 0
    for process in _processes():
        stat = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        ticks += sum(map(int, stat[11:15] if process == os.getpid() else stat[11:13]))
    return ticks / os.sysconf("SC_CLK_TCK")


def _peaks() -> list[float]:
    """Give the peak memory in MB of this process, of its children, and of the largest one that has ended."""
    status = [Path(f"/proc/{process}/status").read_text().splitlines() for process in _processes()]
    living = [int(line.split()[1]) / 1000 for lines in status for line in lines if line.startswith("VmHWM")]
    ended = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1000
    return [*living, ended] if ended else living


async def once(name: str, blogs: Blogs, folder: Path) -> dict[str, Any]:
    """Make one round; give what it took."""
    async with CONTESTANTS[name](blogs, folder) as everything:
        before, began = _cpu(), time.monotonic()
        posts = await everything()
        return {"posts": posts, "pure": _cpu() - before, "wall": time.monotonic() - began, "peaks": _peaks()}


# -- side by side -----------------------------------------------------------------------------------------------------


def _start(*words: str) -> tuple[dict[str, Any], float]:
    """Run a round in a process of its own; give what it says, and its CPU in seconds with all its children."""
    reader, writer = os.pipe()
    process = os.posix_spawn(
        sys.executable,
        [sys.executable, __file__, *words],
        {**os.environ, "PYTHONPATH": str(ROOT)},
        file_actions=[(os.POSIX_SPAWN_DUP2, writer, 1)],
    )
    os.close(writer)
    with os.fdopen(reader) as pipe:
        said = pipe.read()
    _, code, usage = os.wait4(process, 0)
    assert code == 0, words
    found: dict[str, Any] = json.loads(said)
    return found, usage.ru_utime + usage.ru_stime


def compare(blogs: Blogs, repeat: int) -> None:
    """Let both make their rounds in turn, and print what they took."""
    compileall.compile_dir(ROOT / "bot", quiet=1)  # as installed: compiled once, not at every start
    taken: dict[tuple[str, str], list[tuple[dict[str, Any], float]]] = defaultdict(list)
    where = ["--feeds", str(blogs.feeds), "--port", str(blogs.port), "--hosts", str(blogs.hosts)]
    server = subprocess.Popen([sys.executable, __file__, "--serve", *where], stdout=subprocess.PIPE)
    try:
        assert server.stdout is not None
        server.stdout.readline()
        with tempfile.TemporaryDirectory() as folder:
            for kind in ["first", *["same"] * repeat, *["new"] * repeat]:
                if kind == "new":
                    publish = f"http://{_host(0)}:{blogs.port}/publish"
                    urlopen(Request(publish, method="POST"))
                for name in CONTESTANTS:
                    took = _start(name, *where, "--folder", folder)
                    expected = {"first": (0, blogs.feeds * ENTRIES), "same": (0,), "new": (blogs.feeds,)}
                    assert took[0]["posts"] in expected[kind]
                    taken[kind, name].append(took)
                assert not _in_trouble(Path(folder))
    finally:
        server.terminate()
        server.wait()
    print(f"{blogs.feeds} feeds, {len(_feed(1, 1)) / 1000:.0f} KB and {ENTRIES} entries each; CPU in ms a feed")
    for kind in ROUNDS:
        print(_line(kind, blogs.feeds, taken[kind, "bare"], taken[kind, "product"]))


def _in_trouble(folder: Path) -> int:
    """Count the feeds at which the product failed to look."""
    with contextlib.closing(sqlite3.connect(folder / "incoming.db")) as database:
        (found,) = database.execute("SELECT count(*) FROM feed WHERE trouble_name IS NOT NULL").fetchone()
    return int(found)


def _line(kind: str, feeds: int, *both: list[tuple[dict[str, Any], float]]) -> str:
    bare_all, all_ = (statistics.median(cpu for _, cpu in each) * 1000 / feeds for each in both)
    bare_pure, pure = (statistics.median(found["pure"] for found, _ in each) * 1000 / feeds for each in both)
    peaks = max((found["peaks"] for found, _ in both[1]), key=sum)
    return (
        f"{kind:5}  bare {bare_all:6.2f}  product {all_:6.2f}  {all_ / bare_all:5.2f}x"
        f"   without start-up {bare_pure:6.2f} {pure:6.2f}"
        f"   peak {max(peaks):.0f} MB in one process, {sum(peaks):.0f} MB in all"
    )


def main() -> None:
    """Serve, make one contestant's round, or compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("contestant", nargs="?", choices=sorted(CONTESTANTS))
    parser.add_argument("--feeds", type=int, default=500)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--hosts", type=int, default=1)
    parser.add_argument("--port", type=int, default=8641)
    parser.add_argument("--serve", action="store_true")
    parser.add_argument("--folder", type=Path)
    asked = parser.parse_args()
    blogs = Blogs(asked.feeds, asked.port, asked.hosts)
    if asked.serve:
        asyncio.run(Server().run(blogs.port, blogs.hosts))
    elif asked.contestant:
        print(json.dumps(asyncio.run(once(asked.contestant, blogs, asked.folder))))
    else:
        compare(blogs, asked.repeat)


if __name__ == "__main__":
    main()
