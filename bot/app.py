"""The composition root: builds the concrete parts of a configuration, runs them, and stops them cleanly."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import click
import structlog

from bot import advice, commands, i18n, memory, platforms
from bot.caretaker import Caretaker, Charge
from bot.config import Config
from bot.core import notice
from bot.core.errors import ConfigError
from bot.core.models import Chat, Feed, Notice, Post, Reply, Verdict
from bot.core.ports import Ask, Clock, Doors, Platform
from bot.deliver import Expander, Lane, Writer
from bot.frontdesk import FrontDesk
from bot.parts import Parts, open_parts
from bot.store.configure import retire
from bot.store.engine import Lease
from bot.upkeep import accounts
from bot.upkeep.heart import Loop
from bot.upkeep.lost_topics import widen
from bot.watch import Watch

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Pass:
    """What one pass came to: how many feeds were looked at, whether all that was due went out, the feeds after it.

    ``put_off`` counts the chats whose next message a platform did not take, or may have: a later pass tries it again.
    """

    looked: int
    delivered: bool
    feeds: Sequence[Feed]
    put_off: int = 0

    def __str__(self) -> str:
        """Say it in a line."""
        said = f"looked at {self.looked} of {advice.counted(len(self.feeds), 'feed')}"
        due = min((feed.next_check for feed in self.feeds), default=None)
        return said if due is None else f"{said}; the next is due at {due:%Y-%m-%d %H:%M %Z} (--all looks at every one)"


class App:
    """The bot: one watch, a lane a platform, and an answer to every command."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._clock = parts.clock
        self.source = parts.source
        hold = parts.config.watch.hold_floods
        self._edits_for = timedelta(seconds=parts.config.deliver.edits_for)
        self.watch = Watch(
            parts.store,
            parts.source,
            parts.matcher,
            parts.clock,
            self.wake,
            hold_floods=hold,
            edits_for=self._edits_for,
            bounds=parts.config.watch.bounds(),
        )
        self.platforms: dict[str, Platform] = {}
        self._desk = FrontDesk(
            parts.config,
            parts.store,
            parts.matcher,
            parts.operators,
            parts.clock,
            self.watch,
            self.platforms,
            self.wake,
        )
        self._lanes: dict[str, Lane] = {}
        self._expander = Expander(parts.store, parts.clock, self._wake_lanes)

    def add(self, platform: Platform) -> None:
        """Let a platform take part."""
        writer = Writer(platform, self._parts.matcher, self.notice)
        self.platforms[platform.name] = platform
        patience = timedelta(seconds=self._parts.config.deliver.list_after)
        lane = Lane(platform, self._parts.store, writer, self._clock, patience, self._edits_for)
        self._lanes[platform.name] = lane

    def doors(self) -> Doors:
        """Give what platforms need of the app."""
        return Doors(
            inbox=self._parts.store,
            clock=self._clock,
            pace=lambda address, kind: self._lanes[address.platform].pace(address, kind),
            closed=self._desk.closed,
            moved=self._desk.moved,
            needs_admin=commands.needs_admin,
            menu=_menu(),
            opened=self._desk.opened,
            chat=self._desk.chat,
            subscribed=self._parts.store.subscribed,
            formulas=self._desk.formulas,
            places=self._desk.places,
            suggest=self._desk.suggest,
            recall=self._desk.recall,
            remember=self._desk.remember,
            artist=self._parts.artist,
        )

    def add_configured(self) -> None:
        """Add the platforms that the configuration switches on, or the console where it switches on none."""
        for name in platforms.NAMES:
            platform = platforms.load(name).build(self._parts.config.platform(name), self.doors())
            if platform is not None:
                self.add(platform)
        if not self.platforms:
            room = platforms.load(platforms.CONSOLE)
            console = room.build(room.Settings(), self.doors())
            if console is not None:
                self.add(console)

    async def close(self) -> None:
        """Close the platforms' connections."""
        for platform in self.platforms.values():
            await platform.close()

    def wake(self) -> None:
        """Say that there may be something to send."""
        self._expander.wake()
        self._wake_lanes()

    def _wake_lanes(self) -> None:
        for lane in self._lanes.values():
            lane.wake()

    def notice(self, post: Post, chat: Chat, verdict: Verdict, source: str, now: datetime) -> Notice:
        """Write a post's notification in its chat's language."""
        words = i18n.load(chat.language)
        return notice.of_post(post, chat, verdict, words=words, judge=self._parts.matcher, now=now, source=source)

    # -- running ----------------------------------------------------------------------------------------------------

    async def run(self, stop: asyncio.Event) -> None:
        """Watch, answer and deliver until ``stop`` is set; then finish what is under way."""
        await self._prepare()
        care = self._caretaker()
        async with care.watching(), contextlib.AsyncExitStack() as listening, asyncio.TaskGroup() as group:
            for platform in self.platforms.values():
                await listening.enter_async_context(platform.listen(self.answer))
            tasks = [
                group.create_task(self.watch.run(), name="watch"),
                group.create_task(self._expander.run(), name="expander"),
                *care.start(group),
            ]
            lanes = [group.create_task(lane.run(), name=f"lane-{name}") for name, lane in self._lanes.items()]
            await self._started()
            await stop.wait()
            log.info("app.stopping")
            for task in tasks:
                task.cancel()
            await asyncio.gather(*(lane.stop() for lane in self._lanes.values()))
            await asyncio.wait(lanes)

    async def _prepare(self) -> None:
        """Take up what the last run left, and what the configuration has changed about chats.

        Raises ConfigError where a token is another bot's than the chats' own.
        """
        async with self._parts.store.begin() as work:
            if found := await accounts.strangers(work, self.platforms.values()):
                raise ConfigError("; ".join(found))
            await accounts.settle(work, self.platforms.values())
        for lane in self._lanes.values():
            await lane.prepare()
        await self._widen()

    async def _widen(self) -> None:
        rules = [topic.key for topic in self._parts.matcher.rules]
        await widen(self._parts.store, self.platforms, rules, self._clock.now())

    async def once(self, *, every: bool, wait: float) -> Pass:
        """Make one pass; tell what it came to."""
        await self._prepare()
        for platform in self.platforms.values():
            await platform.catch_up(self.answer)
        due = await self._due(every=every)
        memory.settle()
        await self.watch.look_at(due)
        if not all(feed.baseline for feed in due):
            # Only now it is known which categories they have, of those that were ticked before.
            await self._widen()
        await self._expander.everything()
        until = self._clock.now() + timedelta(seconds=wait)
        try:
            done = await asyncio.gather(*(lane.drain(until) for lane in self._lanes.values()))
        finally:
            # Also where it is told to stop: what is under way and not recorded would be sent again.
            await asyncio.gather(*(lane.stop() for lane in self._lanes.values()))
        put_off = sum([await self._parts.store.outbox.put_off(name) for name in self._lanes])
        return Pass(len(due), all(done), await self.feeds(), put_off)

    async def _due(self, *, every: bool) -> Sequence[Feed]:
        if not every:
            return await self._parts.store.due_feeds(self._clock.now(), 1_000_000)
        async with self._parts.store.begin() as work:
            return [feed for feed in await work.feeds() if not self.watch.held(feed)]

    async def feeds(self) -> Sequence[Feed]:
        """Give the active feeds."""
        async with self._parts.store.begin() as work:
            return await work.feeds()

    async def _started(self) -> None:
        async with self._parts.store.begin() as work:
            feeds = await work.feeds()
            code = await self._parts.operators.code(work, self._clock.now())
        memory.give_back()
        memory.settle()
        log.info("app.started", feeds=len(feeds), platforms=sorted(self.platforms))
        if not feeds:
            log.warning("app.nothing_to_watch", remedy=advice.NO_FEED)
        if code:
            for platform in self.platforms.values():
                if (invitation := await platform.invitation(code)) is not None:
                    # Not through the log, which takes codes out of addresses.
                    how = platforms.seat(platform.name, invitation)
                    click.echo(f"no operator yet; to become one within 24 hours, {how}", err=True)

    def _caretaker(self) -> Caretaker:
        parts = self._parts
        loops: dict[str, Loop] = {"watch": self.watch, "expander": self._expander}
        loops |= {f"lane-{name}": lane for name, lane in self._lanes.items()}
        given = (parts.config, parts.store, parts.matcher, parts.operators, self._clock)
        return Caretaker(Charge(*given, loops, self.platforms, self.wake))

    async def answer(self, ask: Ask) -> Reply | None:
        """Answer a command."""
        return await self._desk.answer(ask)


def _menu() -> Sequence[tuple[str, dict[str, str]]]:
    by_language = {language: dict(commands.menu(i18n.load(language))) for language in i18n.LANGUAGES}
    first = next(iter(by_language.values()))
    return [(name, {language: texts[name] for language, texts in by_language.items()}) for name in first]


@contextlib.asynccontextmanager
async def assemble(parts: Parts) -> AsyncIterator[App]:
    """Put the bot together, with the platforms that are configured; they are closed in the end."""
    app = App(parts)
    try:
        app.add_configured()
        yield app
    finally:
        await app.close()


@contextlib.asynccontextmanager
async def open_app(config: Config, clock: Clock) -> AsyncIterator[App]:
    """Open everything for sending: only one process per database gets here."""
    lease = Lease(config.database)
    lease.take()
    try:
        async with open_parts(config, clock) as parts, assemble(parts) as app:
            async with parts.store.begin() as work:
                await retire(work, config)
            yield app
    finally:
        lease.drop()
