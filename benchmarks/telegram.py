"""Telegram's limits, kept: what arrives when, as an emulator with the limits switched on sees it.

    python -m benchmarks.telegram [--seconds 15] [--jitter 0.05] [--post-count 3000]

- a burst: 30 posts into one group that takes 20 a minute: delivered, lost, doubled, and after how many seconds;
- a broadcast: one post to 3,000 private chats at 30 a second: the same, and how many 429s;
- the broadcast's first seconds in real time, each request delayed by up to ``jitter`` seconds on its way;
- a control: the burst by somebody who thinks that a group takes 25 a minute, which must miss its goal.

What misses its goal is named, and the exit code is 1. The first two and the control run on a simulated clock over real
HTTP: time stands still while a request is under way. The burst is run in real time as well with ``--real-burst`` (a
minute). Lane, store, adapter and HTTP are the program's own. What each request costs beside a bare client is the
business of ``benchmarks.throughput``.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import random
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from unittest.mock import patch

import aiosqlite
import structlog
from pydantic import SecretStr

from bot.clock import SystemClock
from bot.core.models import Address, Chat, Feed, Notice, Outcome, Part, PlaceKind, Post, Sighting, Verdict
from bot.core.ports import Clock, Limits, Window
from bot.deliver import Lane, Writer
from bot.platforms.telegram.platform import Telegram as Platform
from bot.platforms.telegram.settings import TelegramSettings
from bot.reading.doc import Doc, paragraph
from bot.store.sqlite import Store
from bot.topics.match import Matcher
from tests.clock import SimulatedClock
from tests.emulators.telegram import Telegram
from tests.emulators.telegram_rules import Rates
from tests.world import hurry

GROUP = -1001
BURST = 30
OVERALL = 30
"""Messages a second that Telegram takes."""
TOO_MANY = Limits((Window(OVERALL, 1.02),), dict.fromkeys(PlaceKind, (Window(25, 60.5),)))
"""What the control takes for the limits: a group takes 20 a minute."""
PATIENCE = 0.02
"""Real seconds that the loop must have been idle before simulated time goes on: longer than a request takes."""


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What arrived. ``seconds`` is from the first request to the last."""

    wanted: int
    arrivals: Sequence[str]
    refused: int
    seconds: float

    @property
    def lost(self) -> int:
        """Count what did not arrive."""
        return self.wanted - len({*self.arrivals})

    @property
    def doubled(self) -> int:
        """Count what arrived again."""
        return len(self.arrivals) - len({*self.arrivals})

    def __str__(self) -> str:
        """Say it in a line."""
        said = f"{len({*self.arrivals})} delivered, {self.lost} lost, {self.doubled} doubled, {self.refused} times 429"
        return f"{said}, {self.seconds:.2f} s"


@dataclass(frozen=True, slots=True)
class Goal:
    """What is asked for: everything once, no 429, and within a share of the limit's own time (seconds)."""

    seconds: float
    within: float

    def missed(self, found: Outcomes) -> Sequence[str]:
        """Name what was missed; nothing where all is well."""
        counted = {"lost": found.lost, "doubled": found.doubled, "times 429": found.refused}
        named = [f"{count} {what}" for what, count in counted.items() if count]
        late = abs(found.seconds - self.seconds) > self.within * self.seconds
        aim = f"{self.seconds:.2f} s within {self.within:.0%}"
        return [*named, f"{found.seconds:.2f} s instead of {aim}"] if late else named

    def __str__(self) -> str:
        """Say it."""
        return f"goal: {self.seconds:g} s, within {self.within:.0%}, each once, no 429"


def missed_so_far(found: Outcomes, seconds: float) -> Sequence[str]:
    """Name what a run misses that was ended after so many seconds: it may meet no 429, nor send twice, nor stand still.

    A line that jitters costs its own time, so how much arrives is no goal; half of what the limit allows must.
    """
    counted = {"doubled": found.doubled, "times 429": found.refused}
    named = [f"{count} {what}" for what, count in counted.items() if count]
    slow = len(found.arrivals) < min(found.wanted, OVERALL * seconds / 2)
    return [*named, f"only {len(found.arrivals)} arrived"] if slow else named


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
    telegram: Telegram,
    clock: Clock,
    kind: PlaceKind,
    places: Sequence[int],
    posts: int,
    *,
    jitter: float = 0.0,
    limits: Limits | None = None,
) -> AsyncIterator[Lane]:
    """Give a lane that owes posts to chats; ``limits`` are others than the platform's own."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder) / "incoming.db")
        await store.open()
        if isinstance(clock, SimulatedClock):
            await hurry(store)  # what a disk costs is not seen on such a clock
        await fill(store, kind, places, posts, clock.now())
        platform = Delayed(TelegramSettings(token=SecretStr(telegram.token), api_base=telegram.base))
        platform.jitter, platform.limits = jitter, limits or platform.limits
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


async def simulated(kind: PlaceKind, places: Sequence[int], posts: int, limits: Limits | None = None) -> Outcomes:
    """Deliver everything on a simulated clock, which stands still while a thread or a request takes real time."""
    clock = SimulatedClock(patience=PATIENCE)
    threads = patch.object(aiosqlite.Connection, "_execute", clock.count(aiosqlite.Connection._execute))  # noqa: SLF001 -- there is no public door to it
    requests = patch.object(Platform, "send", clock.count(Platform.send))
    with threads, requests:
        async with Telegram(clock=lambda: clock.now().timestamp(), rates=Rates()) as telegram:
            places_there(telegram, kind, places)
            async with lane(telegram, clock, kind, places, posts, limits=limits) as made:
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
        async with lane(telegram, SystemClock(), kind, places, posts, jitter=jitter) as made:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await made.drain(datetime.max.replace(tzinfo=UTC))
        return seen(telegram, len(places) * posts, lambda chat, text: f"{chat} {text.splitlines()[0]}")


async def control() -> Sequence[str]:
    """Let somebody send who takes the limits for others; give what is wrong where that is not refused."""
    found = await simulated(PlaceKind.GROUP, [GROUP], BURST, TOO_MANY)
    print(f"control, simulated:         {found}   (has to be refused)")
    return [] if found.refused else ["the control: 25 a minute to a group met no 429, so nothing here would be found"]


async def bursts(given: argparse.Namespace) -> Sequence[str]:
    """Measure the burst; give what missed its goal."""
    goal = Goal(60.0, 0.05)
    found = {"burst, simulated:           ": await simulated(PlaceKind.GROUP, [GROUP], BURST)}
    if given.real_burst:
        found["burst, real time:           "] = await timed(PlaceKind.GROUP, [GROUP], BURST, 90, given.jitter)
    for name, each in found.items():
        print(f"{name}{each}   ({goal})")
    return [f"{name.strip()} {what}" for name, each in found.items() for what in goal.missed(each)]


async def broadcasts(given: argparse.Namespace) -> Sequence[str]:
    """Measure the broadcast; give what missed its goal."""
    people, seconds = range(1_000, 1_000 + given.post_count), given.seconds
    goal, found = Goal(given.post_count / OVERALL, 0.03), await simulated(PlaceKind.PRIVATE, people, 1)
    print(f"broadcast, simulated:       {found}   ({goal})")
    missed = [f"broadcast, simulated: {what}" for what in goal.missed(found)]
    if not seconds:
        return missed
    start = await timed(PlaceKind.PRIVATE, people, 1, seconds, given.jitter)
    name = f"broadcast, {seconds:g} s real time, jitter up to {given.jitter:g} s:"
    said = f"{len(start.arrivals)} arrived in {start.seconds:.2f} s, {start.refused} times 429"
    print(f"{name} {said}, {len(start.arrivals) / seconds:.1f}/s   (goal: no 429)")
    return [*missed, *(f"{name} {what}" for what in missed_so_far(start, seconds))]


async def measure(given: argparse.Namespace) -> Sequence[str]:
    """Measure, and print; give what was missed."""
    return [*await control(), *await bursts(given), *await broadcasts(given)]


def verdict(missed: Sequence[str]) -> int:
    """Name what was missed, a line each; give the exit code."""
    for each in missed:
        print(f"missed: {each}")
    return 1 if missed else 0


def main() -> int:
    """Read the options and run; give 1 where a goal was missed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=15.0)
    parser.add_argument("--jitter", type=float, default=0.05)
    parser.add_argument("--post-count", type=int, default=3000)
    parser.add_argument("--real-burst", action="store_true")
    given = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    return verdict(asyncio.run(measure(given)))


if __name__ == "__main__":
    raise SystemExit(main())
