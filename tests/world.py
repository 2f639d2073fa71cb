"""A small world for looks and sends: a real store in a file, a simulated clock, a platform and a blog on script."""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import aiosqlite
import pytest

from bot.core.errors import ConfigError
from bot.core.models import (
    Address,
    Chat,
    Failed,
    Feed,
    Fetched,
    FetchInfo,
    Look,
    Notice,
    NotModified,
    Outcome,
    Part,
    Payload,
    PlaceKind,
    Post,
    Sent,
    Sighting,
    Validators,
    Verdict,
)
from bot.core.ports import Answer, Clock, Limits, Memory, Window
from bot.deliver import Lane, Writer
from bot.reading.doc import Doc, paragraph
from bot.reading.text import plain
from bot.store.sqlite import Store
from bot.topics.match import Matcher
from bot.topics.rules import RuleSpec, category_key
from tests.clock import SimulatedClock

RULES = (
    RuleSpec("diffusion", (("zh", "扩散模型"), ("en", "Diffusion")), strong=("扩散", "diffusion")),
    RuleSpec("python", (("en", "Python"),), strong=("python",)),
)
LIMITS = Limits(
    overall=(Window(30, 1.0),),
    place={
        PlaceKind.PRIVATE: (Window(1, 1.0),),
        PlaceKind.GROUP: (Window(20, 60.0),),
        PlaceKind.CHANNEL: (Window(20, 60.0),),
    },
)
BLOG = "https://blog.example/feed"
Act = Outcome | Exception | Callable[[Part], Awaitable[Outcome]]


@dataclass(frozen=True, slots=True)
class Request:
    """A request as the platform saw it."""

    at: datetime
    part: Part
    outcome: Outcome | None

    @property
    def place(self) -> str:
        """The place that it went to."""
        return self.part.address.place

    @property
    def text(self) -> str:
        """What it said."""
        return str(self.part.payload["text"])


@dataclass(frozen=True, slots=True)
class Edit:
    """An edit as the platform saw it."""

    at: datetime
    ref: str
    part: Part
    outcome: Outcome | None

    @property
    def text(self) -> str:
        """What it says now."""
        return str(self.part.payload["text"])


class ScriptedPlatform:
    """``core.ports.Platform`` that answers as told, and remembers every request with its time.

    A title such as ``a|b`` is written as two parts.
    """

    name = "telegram"
    account = ""
    private_link = ""

    def __init__(self, clock: SimulatedClock, *, limits: Limits = LIMITS, can_repeat: bool = False) -> None:
        self.limits = limits
        self.can_repeat = can_repeat
        self.options: tuple[str, ...] = ()
        self.formulas: tuple[str, ...] = ("unicode",)
        self.images: tuple[str, ...] = ("below",)
        self.latency = 0.0
        self.illness = ""
        self.requests: list[Request] = []
        self.edits: list[Edit] = []
        self._clock = clock
        self._acts: dict[str, deque[Act]] = defaultdict(deque)
        self._edit_acts: dict[str, deque[Act]] = defaultdict(deque)
        self._always: dict[str, Act] = {}

    def answer(self, place: str, *acts: Act) -> None:
        """Say what the next requests to a place meet; after these, they arrive."""
        self._acts[place].extend(acts)

    def answer_edits(self, place: str, *acts: Act) -> None:
        """Say what the next edits at a place meet; after these, they are made."""
        self._edit_acts[place].extend(acts)

    def always(self, place: str, act: Act) -> None:
        """Say what every request to a place meets."""
        self._always[place] = act

    def texts(self, place: str = "") -> list[str]:
        """Give what arrived, in the order of the requests; everywhere, or at one place."""
        arrived = [each for each in self.requests if isinstance(each.outcome, Sent)]
        return [each.text for each in arrived if place in {"", each.place}]

    def times(self, place: str = "") -> list[datetime]:
        """Give when requests were made; everywhere, or to one place."""
        return [each.at for each in self.requests if place in {"", each.place}]

    def render(self, notice: Notice, chat: Chat) -> tuple[Payload, ...]:
        """Write a notice: its title, or what it says where it has none."""
        return tuple({"text": text} for text in (notice.title or plain(notice.body)).split("|") if text)

    def plainly(self, payload: Payload) -> Payload:
        """Mark a payload as plain."""
        return {"text": payload["text"], "plain": True}

    async def send(self, part: Part) -> Outcome:
        """Answer as the script says."""
        at, place = self._clock.now(), part.address.place
        acts = self._acts[place]
        act = acts.popleft() if acts else self._always.get(place, Sent(f"m{part.id}"))
        try:
            if self.latency:
                await self._clock.sleep(self.latency)
            outcome = await act(part) if callable(act) else act
        except BaseException:
            self.requests.append(Request(at, part, None))
            raise
        self.requests.append(Request(at, part, None if isinstance(outcome, Exception) else outcome))
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    async def edit(self, ref: str, part: Part) -> Outcome:
        """Answer as the script says, and remember it apart from what was sent."""
        at, place = self._clock.now(), part.address.place
        acts = self._edit_acts[place]
        act = acts.popleft() if acts else Sent(ref)
        outcome = await act(part) if callable(act) else act
        self.edits.append(Edit(at, ref, part, None if isinstance(outcome, Exception) else outcome))
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    @contextlib.asynccontextmanager
    async def listen(self, answer: Answer) -> AsyncIterator[None]:
        """Hear nothing."""
        yield

    async def catch_up(self, answer: Answer) -> None:
        """Have heard nothing."""

    async def invitation(self, code: str) -> str | None:
        """Invite nobody."""
        return None

    def person(self, user: str) -> Address:
        """Give the private chat with a user."""
        return Address(self.name, user)

    async def lacks(self, address: Address) -> Sequence[str]:
        """Name nothing."""
        return ()

    async def reach(self, user: str) -> None:
        """Reach everybody."""

    told = ""

    async def astray(self, *, running: bool) -> str:
        """Say nothing."""
        del running
        return ""

    async def entrances(self) -> Sequence[tuple[str, str]]:
        """Be added nowhere."""
        return ()

    async def probe(self) -> str:
        """Say who we are, unless told to be ill."""
        if self.illness:
            raise ConfigError(self.illness)
        return "@bot"

    async def close(self) -> None:
        """Have nothing open."""


class ScriptedSource:
    """``core.ports.Source`` that shows what was put up for a feed's address, and counts the looks."""

    def __init__(self, clock: Clock) -> None:
        self.shown: dict[str, Look | Exception | Callable[[Feed], Awaitable[Look]]] = {}
        self.looks: list[tuple[datetime, str]] = []
        self._clock = clock

    def show(self, url: str, *entries: Sighting, etag: str | None = None) -> None:
        """Put up a document, its newest entry first."""
        placed = tuple(replace(entry, position=number) for number, entry in enumerate(entries))
        info = FetchInfo(status=200, validators=Validators(etag=etag))
        self.shown[url] = Fetched(info, placed, body_hash=str(hash(placed)), title="A blog")

    async def look(self, feed: Feed, memory: Memory | None = None) -> Look:
        """Show what is up; nothing is trouble."""
        self.looks.append((self._clock.now(), feed.url))
        look = self.shown.get(feed.url, Failed("not_found", "404"))
        if callable(look):
            return await look(feed)
        if isinstance(look, Exception):
            raise look
        if isinstance(look, Fetched) and look.body_hash == feed.body_hash:
            return NotModified(look.info)
        return look


def entry(name: str, *, tags: tuple[str, ...] = (), text: str = "", published: datetime | None = None) -> Sighting:
    """Make an entry of a feed; its name is its guid, link and title."""
    body = Doc((paragraph(text or f"这一篇讲的是 {name}，写得很短，但是足够长，可以当作正文。"),))
    return Sighting(f"id-{name}", f"https://blog.example/{name}", name, body, published=published, tags=tags)


def write(post: Post, chat: Chat, verdict: Verdict, source: str, now: datetime) -> Notice:
    """Say a post by its title."""
    return Notice(Doc(), title=post.title)


@dataclass
class World:
    """A store with one feed, and everything around it."""

    store: Store
    clock: SimulatedClock
    platform: ScriptedPlatform
    matcher: Matcher
    feed: int = 0
    count: int = field(default=0)

    async def subscribe(
        self,
        place: str = "1001",
        *,
        thread: str = "",
        kind: PlaceKind = PlaceKind.PRIVATE,
        topics: tuple[str, ...] = (),
        query: str = "",
        feed: int | None = None,
        platform: str = "telegram",
    ) -> Chat:
        """Make a chat and subscribe it, or change what it is subscribed to."""
        now = self.clock.now()
        async with self.store.begin() as work:
            chat = await work.open_chat(
                Address(platform, place, thread), kind, "", now, language="zh", timezone="Asia/Shanghai"
            )
            await work.subscribe(chat.id, feed or self.feed, now, topics=topics, query=query)
        return chat

    async def publish(self, *titles: str, feed: int | None = None, held: str = "") -> list[int]:
        """Store posts with their deliveries, as a look does; give their ids."""
        return [await self._publish(title, feed or self.feed, held) for title in titles]

    async def _publish(self, title: str, feed: int, held: str) -> int:
        self.count += 1
        now, seen = self.clock.now(), entry(title)
        async with self.store.begin() as work:
            post_id = await work.add_post(feed, seen, [("guid", f"{title}-{self.count}")], "gist", now)
            post = (await work.posts([post_id]))[0]
            await work.want(post_id, feed, self.matcher.match(post, await work.filters(feed)), now, held=held)
        return post_id

    def lane(self) -> Lane:
        """Make the lane that sends."""
        return Lane(self.platform, self.store, Writer(self.platform, self.matcher, write), self.clock)

    @contextlib.asynccontextmanager
    async def running(self, lane: Lane | None = None) -> AsyncIterator[Lane]:
        """Let a lane run meanwhile; stop it cleanly at the end."""
        lane = lane or self.lane()
        await lane.prepare()
        task = asyncio.create_task(lane.run())
        try:
            yield lane
        finally:
            await lane.stop()
            await task

    async def deliver(self, seconds: float = 60.0) -> None:
        """Let a lane run for some time."""
        async with self.running():
            await self.clock.sleep(seconds)

    async def states(self, chat: Chat) -> Mapping[int, str]:
        """Tell what became of each post in a chat: ``sent``, ``dead: unconfirmed``."""
        async with self.store.begin() as work:
            views = await work.deliveries(chat.id, 1000)
        return {view.post_id: f"{view.state}: {view.reason}".removesuffix(": ") for view in reversed(views)}

    async def rows(self, sql: str) -> list[tuple[object, ...]]:
        """Ask the database directly."""
        return [tuple(row) for row in await self.store.outbox._db.execute_fetchall(sql)]


@contextlib.asynccontextmanager
async def open_world(path: Path, monkeypatch: pytest.MonkeyPatch, *, can_repeat: bool = False) -> AsyncIterator[World]:
    """Open a world over a database file."""
    clock = SimulatedClock()
    monkeypatch.setattr(aiosqlite.Connection, "_execute", clock.count(aiosqlite.Connection._execute))
    store = Store(path)
    await store.open()
    try:
        await hurry(store)
        async with store.begin() as work:
            feed = await work.put_feed(Feed(id=0, name="blog", url=BLOG, next_check=clock.now()))
        yield World(store, clock, ScriptedPlatform(clock, can_repeat=can_repeat), Matcher(RULES), feed)
    finally:
        await store.close()


def for_days(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let lanes look at the database every half hour only: in tests of hours nothing moves them but what is due."""
    monkeypatch.setattr("bot.deliver.lane.LONGEST_REST", 1800.0)


async def hurry(store: Store) -> None:
    """Spare a test the disk: what power loss does is not among its questions."""
    async with store._engine.transaction() as connection:
        await connection.commit()
        await connection.execute("PRAGMA synchronous=OFF")
        await connection.execute("BEGIN")


def too_many(times: Sequence[datetime], window: Window) -> list[datetime]:
    """Give the times at which more requests began within a window than it allows."""
    span = timedelta(seconds=window.seconds)
    return [at for at, nth in zip(times, times[window.count :], strict=False) if nth - at < span]


def categories(*names: str) -> Iterable[tuple[str, str]]:
    """Give categories as a look counts them."""
    return [(category_key(name), name) for name in names]
