"""What it costs to send, beside a bare aiohttp client that sends the same bodies to the same emulator.

    python -m benchmarks.throughput [--chats 5000] [--repeat 3] [--platform telegram] [--platform discord]

One post goes to so many chats: claimed, sent, answered and recorded, with a commit to the disk before each request. The
platform's limits are lifted; at most 200 requests are under way at once, on both sides. The emulator is a process of
its own. On Telegram also within the limit of ``allow_paid_broadcast``, which the emulator then keeps as well. CPU is
user and system time of the sending process, all threads; the bare client's is measured the same way, with Python's own
settings and without the program's objects in the way of its garbage collection. The program's log goes to standard
error, as always.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import itertools
import json
import statistics
import sys
import tempfile
import time
from bisect import bisect_left
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import aiohttp
from pydantic import SecretStr

from bot import i18n, log, memory
from bot.clock import SystemClock
from bot.core import notice
from bot.core.models import Address, Chat, Feed, Notice, Outcome, Part, Payload, PlaceKind, Post, Sighting, Verdict
from bot.core.ports import Limits, Platform, Window
from bot.deliver import Lane, Writer
from bot.platforms.discord import allowance
from bot.platforms.discord.platform import Discord
from bot.platforms.discord.rest import Rest
from bot.platforms.discord.settings import DiscordSettings
from bot.platforms.telegram.platform import Telegram
from bot.platforms.telegram.settings import TelegramSettings
from bot.reading.html import to_doc
from bot.store.sqlite import Store
from bot.topics.match import Matcher

ROOT = Path(__file__).resolve().parents[1]
AT_ONCE = 200
FREE = Window(200, 0.001)
USUAL = gc.get_threshold()
TEXT = (
    "<p>扩散模型的采样过程可以看作一个随机微分方程的求解，我们从噪声出发逐步得到数据，\\(x_t=(1-t)x_0+t\\varepsilon\\)。</p>"
    * 4
)


@dataclass(frozen=True, slots=True)
class Cost:
    """Messages, and what they took in seconds."""

    messages: int
    wall: float
    cpu: float

    def __str__(self) -> str:
        """Say it in a line."""
        return f"{self.messages / self.wall:7.0f} messages/s   {self.cpu / self.messages * 1000:6.3f} ms CPU a message"


@contextlib.asynccontextmanager
async def emulator(name: str) -> AsyncIterator[dict[str, str]]:
    """Run an emulator without limits in a process of its own; give its addresses."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.emulator", name), cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        yield json.loads(await process.stdout.readline())
    finally:
        process.terminate()
        await process.wait()


def adapter(name: str, where: dict[str, str], *, paid: bool = False) -> Platform:
    """Make the real adapter of a platform, with its limits lifted; or those of ``allow_paid_broadcast``."""
    if name == "telegram":
        settings = TelegramSettings(token=SecretStr(where["token"]), api_base=where["base"], allow_paid_broadcast=paid)
        telegram = Telegram(settings)
        if not paid:
            telegram.limits = Limits((), {})
        return telegram
    Rest.__init__.__defaults__ = (allowance.Allowance(FREE, FREE),)
    discord = Discord(DiscordSettings(token=SecretStr(where["token"]), api_base=where["base"]))
    discord.limits = Limits((), {})
    return discord


def places(name: str, count: int) -> Sequence[str]:
    """Name the chats that the emulator has."""
    return (
        [str(number) for number in range(1_000, 1_000 + count)]
        if name == "telegram"
        else [str(number) for number in range(100_000, 100_000 + count)]
    )


def write(post: Post, chat: Chat, verdict: Verdict, source: str, now: datetime) -> Notice:
    """Write a notification as the program does."""
    words = i18n.load(chat.language)
    return notice.of_post(post, chat, verdict, words=words, judge=Matcher([]), now=now, source=source)


async def fill(store: Store, name: str, count: int) -> None:
    """Store a feed, chats that are subscribed to it, and a post that is owed to each."""
    now = datetime.now(UTC)
    async with store.begin() as work:
        feed = await work.put_feed(Feed(0, "blog", "https://blog.example/feed", next_check=now))
        for place in places(name, count):
            kind = PlaceKind.PRIVATE if name == "telegram" else PlaceKind.GROUP
            chat = await work.open_chat(Address(name, place), kind, "", now, language="zh", timezone="Asia/Shanghai")
            filter_ = (await work.subscribe(chat.id, feed, now)).filter
        doc = to_doc(TEXT)
        seen = Sighting("guid", "https://blog.example/post", "扩散模型的新进展", doc, tags=("扩散模型",))
        post = await work.add_post(feed, seen, [("guid", "guid")], "gist", now)
        await work.want(post, feed, {filter_.id: Verdict(passes=True)}, now)


async def measured(count: int, work: Coroutine[Any, Any, object]) -> Cost:
    """Do something for so many messages, and say what it cost."""
    wall, cpu = time.perf_counter(), time.process_time()
    await work
    return Cost(count, time.perf_counter() - wall, time.process_time() - cpu)


async def product(
    name: str, where: dict[str, str], count: int, *, paid: bool = False
) -> tuple[Cost, Sequence[tuple[str, Payload]]]:
    """Send through lane and adapter; give the cost, and the bodies that went out, by place."""
    with tempfile.TemporaryDirectory(prefix="incoming-") as folder:
        store = Store(Path(folder) / "incoming.db")
        await store.open()
        await fill(store, name, count)
        platform, clock = adapter(name, where, paid=paid), SystemClock()
        parts: list[Part] = []
        send = platform.send

        def noted(part: Part) -> Coroutine[Any, Any, Outcome]:
            parts.append(part)
            return send(part)

        platform.send = noted  # type: ignore[method-assign]  # it listens in
        if name == "discord":
            for place in places(name, count):
                await cast("Discord", platform)._channels.find(Address(name, place))  # noqa: SLF001 -- known from earlier posts
        lane = Lane(platform, store, Writer(platform, Matcher([]), write), clock)
        await lane.prepare()
        memory.give_back()
        memory.settle()
        cost = await measured(count, lane.drain(datetime.max.replace(tzinfo=UTC)))
        await lane.stop()
        await platform.close()
        await store.close()
        # More only where the emulator has limits, and refused some: then those are sent again.
        assert len({part.id for part in parts}) == count
        return cost, [(part.address.place, {**part.payload, "nonce": part.nonce}) for part in parts]


async def bare(name: str, where: dict[str, str], bodies: Sequence[tuple[str, Payload]]) -> Cost:
    """Send the same bodies with nothing but aiohttp."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=64)) as session:
        request = _telegram(where) if name == "telegram" else _discord(where)
        todo = iter(bodies)

        async def send() -> None:
            for place, body in todo:
                async with session.post(**request(place, body)) as response:
                    assert response.status == 200, await response.text()
                    json.loads(await response.read())

        async def everything() -> None:
            await asyncio.gather(*(send() for _ in range(AT_ONCE)))

        memory.give_back()
        gc.freeze()
        gc.set_threshold(*USUAL)
        return await measured(len(bodies), everything())


Request = Callable[[str, Payload], dict[str, Any]]


def _telegram(where: dict[str, str]) -> Request:
    def request(place: str, body: Payload) -> dict[str, Any]:
        shown = {key: value for key, value in body.items() if key not in {"method", "nonce"}}
        data = {key: value if isinstance(value, str) else json.dumps(value) for key, value in shown.items()}
        return {"url": f"{where['base']}{where['token']}/{body['method']}", "data": data | {"chat_id": place}}

    return request


def _discord(where: dict[str, str]) -> Request:
    headers = {"Authorization": f"Bot {where['token']}", "Content-Type": "application/json"}

    def request(place: str, body: Payload) -> dict[str, Any]:
        # Another nonce: this is a message of its own.
        nonce = f"{next(_NUMBERS):024}"
        data = json.dumps(body | {"nonce": nonce, "enforce_nonce": True}, ensure_ascii=False).encode()
        return {"url": f"{where['base']}/channels/{place}/messages", "data": data, "headers": headers}

    return request


_NUMBERS = itertools.count()


async def arrivals(where: dict[str, str]) -> Sequence[float]:
    """Ask the emulator when the messages that it took arrived, in seconds."""
    async with aiohttp.ClientSession() as session, session.get(where["control"] + "/requests") as answer:
        requests = await answer.json()
    return sorted(each["time"] for each in requests if each["method"].startswith("send") and each["status"] == 200)


def busiest(times: Sequence[float]) -> int:
    """Count the most that arrived within any one second."""
    return max(bisect_left(times, begin + 1.0) - at for at, begin in enumerate(times))


async def compare(name: str, count: int, repeat: int) -> None:
    """Measure both, in turns, and print them."""
    ratios = []
    for _ in range(repeat):
        async with emulator(name) as where:
            cost, bodies = await product(name, where, count)
            plain = await bare(name, where, bodies)
        ratios.append(cost.cpu / plain.cpu)
        print(f"{name:<10} incoming      {cost}")
        print(f"{name:<10} bare aiohttp  {plain}")
    said = ", ".join(f"{ratio:.2f}" for ratio in ratios)
    print(f"{name:<10} CPU: {statistics.median(ratios):.2f} times the bare client's in the median ({said})")
    if name == "telegram":
        for _ in range(repeat):
            async with emulator("telegram-paid") as where:
                cost, bodies = await product(name, where, count, paid=True)
                most = busiest(await arrivals(where))
            refused = len(bodies) - count
            print(f"{name:<10} paid          {cost}   {refused} times 429, {most} arrived in the busiest second")


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--chats", type=int, default=5000)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--platform", action="append", choices=["telegram", "discord"])
    given = parser.parse_args()
    log.set_up()
    for name in given.platform or ("telegram", "discord"):
        asyncio.run(compare(name, given.chats, given.repeat))


if __name__ == "__main__":
    main()
