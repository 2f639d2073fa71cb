"""Telegram's limits, kept: what arrives when, as an emulator with the limits switched on sees it.

    python -m benchmarks.telegram [--seconds 15] [--jitter 0.05] [--post-count 3000]

- a burst: 30 posts into one group that takes 20 a minute: delivered, lost, doubled, and after how many seconds;
- a broadcast: one post to 3,000 private chats at 30 a second: the same, and how many 429s;
- the broadcast's first seconds in real time, each request delayed by up to ``jitter`` seconds on its way.

The first two run on a simulated clock over real HTTP: time stands still while a request is under way. The burst is run
in real time as well with ``--real-burst`` (a minute). Lane, store, adapter and HTTP are the program's own. What each
request costs beside a bare client is the business of ``benchmarks.throughput``.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import random
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from unittest.mock import patch

import aiosqlite
from pydantic import SecretStr

from bot.clock import SystemClock
from bot.core.models import Address, Chat, Feed, Notice, Outcome, Part, PlaceKind, Post, Sighting, Verdict
from bot.core.ports import Clock
from bot.deliver import Lane, Writer
from bot.platforms.telegram.platform import Telegram as Platform
from bot.platforms.telegram.settings import TelegramSettings
from bot.reading.doc import Doc, paragraph
from bot.store.sqlite import Store
from bot.topics.match import Matcher
from tests.clock import SimulatedClock
from tests.emulators.telegram import Telegram
from tests.emulators.telegram_rules import Rates

GROUP = -1001
BURST = 30
PATIENCE = 0.02
"""Real seconds that the loop must have been idle before simulated time goes on: longer than a request takes."""


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What arrived. ``seconds`` is from the first request to the last."""

    wanted: int
    arrivals: Sequence[str]
    refused: int
    seconds: float

    def __str__(self) -> str:
        """Say it in a line."""
        counts = Counter(self.arrivals)
        lost, doubled = self.wanted - len(counts), sum(counts.values()) - len(counts)
        said = f"{len(counts)} delivered, {lost} lost, {doubled} doubled, {self.refused} times 429"
        return f"{said}, {self.seconds:.2f} s"


def write(post: Post, chat: Chat, verdict: Verdict, source: str, now: datetime) -> Notice:
    """Say a post by its title and text."""
    del chat, verdict, source, now
    return Notice(post.doc, title=post.title, link=post.link)


async def fill(store: Store, kind: PlaceKind, places: Sequence[int], posts: int, now: datetime) -> None:
    """Store posts that are owed to chats."""
    async with store.begin() as work:
        feed = await work.put_feed(Feed(0, "blog", "https://blog.example/feed", next_check=now))
        for place in places:
            address = Address("telegram", str(place))
            chat = await work.open_chat(address, kind, "", now, language="zh", timezone="Asia/Shanghai")
            filter_ = (await work.subscribe(chat.id, feed, now)).filter
        for number in range(posts):
            title = f"第 {number} 篇"
            seen = Sighting(
                title, f"https://blog.example/{number}", title, Doc((paragraph("扩散模型的新进展。" * 20),))
            )
            post = await work.add_post(feed, seen, [("guid", title)], "gist", now)
            await work.want(post, feed, {filter_.id: Verdict(passes=True)}, now)


class Delayed(Platform):
    """The adapter on a slow line: each request leaves up to ``jitter`` seconds later than the lane let it go."""

    jitter = 0.0

    async def send(self, part: Part) -> Outcome:
        """Make one request."""
        await asyncio.sleep(random.uniform(0.0, self.jitter))
        return await super().send(part)


@contextlib.asynccontextmanager
async def lane(
    telegram: Telegram, clock: Clock, kind: PlaceKind, places: Sequence[int], posts: int, jitter: float
) -> AsyncIterator[Lane]:
    """Give a lane that owes posts to chats."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder) / "incoming.db")
        await store.open()
        await fill(store, kind, places, posts, clock.now())
        platform = Delayed(TelegramSettings(token=SecretStr(telegram.token), api_base=telegram.base))
        platform.jitter = jitter
        made = Lane(platform, store, Writer(platform, Matcher([]), write), clock)
        await made.prepare()
        try:
            yield made
        finally:
            await made.stop()
            await platform.close()
            await store.close()


def seen(telegram: Telegram, wanted: int, key: Callable[[int, str], str]) -> Outcomes:
    """Read from the emulator's ledger what came of it."""
    times = [entry.time for entry in telegram.world.ledger]
    refused = sum(1 for request in telegram.world.requests if request.status == 429)
    arrivals = [key(entry.chat, entry.text) for entry in telegram.world.ledger]
    return Outcomes(wanted, arrivals, refused, max(times) - min(times) if times else 0.0)


async def simulated(kind: PlaceKind, places: Sequence[int], posts: int) -> Outcomes:
    """Deliver everything on a simulated clock, which stands still while a thread or a request takes real time."""
    clock = SimulatedClock(patience=PATIENCE)
    threads = patch.object(aiosqlite.Connection, "_execute", clock.count(aiosqlite.Connection._execute))  # noqa: SLF001 -- there is no public door to it
    requests = patch.object(Platform, "send", clock.count(Platform.send))
    with threads, requests:
        async with Telegram(clock=lambda: clock.now().timestamp(), rates=Rates()) as telegram:
            places_there(telegram, kind, places)
            async with lane(telegram, clock, kind, places, posts, 0.0) as made:
                await made.drain(datetime.max.replace(tzinfo=UTC))
            return seen(telegram, len(places) * posts, lambda chat, text: f"{chat} {text.splitlines()[0]}")


def places_there(telegram: Telegram, kind: PlaceKind, places: Sequence[int]) -> None:
    """Let the emulator have the chats; people are always there."""
    if kind is PlaceKind.GROUP:
        for place in places:
            telegram.world.add_chat(place, "supergroup", title="G")


async def timed(kind: PlaceKind, places: Sequence[int], posts: int, seconds: float, jitter: float) -> Outcomes:
    """Deliver in real time for so many seconds."""
    async with Telegram(rates=Rates()) as telegram:
        places_there(telegram, kind, places)
        async with lane(telegram, SystemClock(), kind, places, posts, jitter) as made:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await made.drain(datetime.max.replace(tzinfo=UTC))
        return seen(telegram, len(places) * posts, lambda chat, text: f"{chat} {text.splitlines()[0]}")


async def measure(given: argparse.Namespace) -> None:
    """Measure, and print."""
    people = range(1_000, 1_000 + given.post_count)
    burst = await simulated(PlaceKind.GROUP, [GROUP], BURST)
    print(f"burst, simulated:           {burst}   (goal: 60 s, within 5 %)")
    broadcast = await simulated(PlaceKind.PRIVATE, people, 1)
    print(f"broadcast, simulated:       {broadcast}   (goal: 100 s, within 3 %, no 429)")
    if given.real_burst:
        print(f"burst, real time:           {await timed(PlaceKind.GROUP, [GROUP], BURST, 90, given.jitter)}")
    if given.seconds:
        start = await timed(PlaceKind.PRIVATE, people, 1, given.seconds, given.jitter)
        said = f"{len(start.arrivals)} arrived in {start.seconds:.2f} s, {start.refused} times 429"
        rate = len(start.arrivals) / max(given.seconds, 0.001)
        print(f"broadcast, {given.seconds:g} s real time, jitter up to {given.jitter:g} s: {said}, {rate:.1f}/s")


def main() -> None:
    """Read the options and run."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=15.0)
    parser.add_argument("--jitter", type=float, default=0.05)
    parser.add_argument("--post-count", type=int, default=3000)
    parser.add_argument("--real-burst", action="store_true")
    asyncio.run(measure(parser.parse_args()))


if __name__ == "__main__":
    main()
