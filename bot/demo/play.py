"""The demo's course.

A sample blog on loopback publishes a post every few seconds; a console chat is subscribed to one of its topics. Each
matching notification is shown as a reader would see it, and of each other post, why it was left out.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from ipaddress import ip_network
from pathlib import Path
from typing import Final

import click

from bot import i18n, log, machine
from bot.app import App
from bot.clock import SystemClock
from bot.core.models import Chat, Feed, Post
from bot.core.ports import Words
from bot.demo.blog import SampleBlog
from bot.parts import Parts, load_config, open_parts
from bot.platforms.console import kind_of
from bot.platforms.console.platform import HERE, Console
from bot.sections import FeedSection, FetchSection
from bot.topics.rules import category_key

PAUSE: Final = 4.0
"""Seconds between two posts, or between two lines of the scripted conversation."""
SPARE: Final = 4.0
"""Seconds that the scripted conversation keeps for starting and stopping."""


async def run(stop: asyncio.Event, *, seconds: float | None, language: str) -> None:
    """Play until ``stop``; with ``seconds``, or without a terminal, play the scripted conversation and end."""
    log.set_up(quiet=True)
    scripted = seconds is not None or not sys.stdin.isatty()
    blog = SampleBlog(language)
    with tempfile.TemporaryDirectory(prefix="incoming-demo-") as folder:
        async with blog.serve(), _open(Path(folder), blog, language) as parts:
            show = _Show(parts, blog, i18n.load(language), scripted=scripted)
            pause = PAUSE if seconds is None else min(PAUSE, max(0.1, (seconds - SPARE) / show.steps))
            await show.run(stop, pause)


def zone(language: str) -> str:
    """Give the machine's zone for English, which is read everywhere."""
    return (machine.timezone(os.environ) or "UTC") if language == "en" else "Asia/Shanghai"


@contextlib.asynccontextmanager
async def _open(folder: Path, blog: SampleBlog, language: str) -> AsyncIterator[Parts]:
    """Open the real parts on a database that is thrown away."""
    settings = load_config(None).model_copy(
        update={
            "database": folder / "demo.db",
            "language": language,
            "timezone": zone(language),
            "topics": (),
            "feeds": (FeedSection(url=f"{blog.address}/feed.xml", name="demo", interval=60),),
            "fetch": FetchSection(allow_addresses=(ip_network("127.0.0.0/8"),)),
        }
    )
    async with open_parts(settings, SystemClock()) as parts:
        yield parts


class _Show:
    """One performance: the blog publishes, the console chat reads and asks."""

    script: Final = ("status", "topics", "filter -{word}", "latest 3", "filter off", "help")

    def __init__(self, parts: Parts, blog: SampleBlog, words: Words, *, scripted: bool) -> None:
        self._parts = parts
        self._blog = blog
        self._words = words
        self._scripted = scripted
        parts.operators.seat(HERE.platform, HERE.place)
        self._app = App(parts)
        self._console = Console(parts.clock, lines=_nobody if scripted else None, language=words.language)
        self._app.add(self._console)
        self.steps = len(self.script) + len(blog.entries)

    async def run(self, stop: asyncio.Event, pause: float) -> None:
        """Subscribe the chat to the blog's topic, say what can be typed, and publish."""
        chat, feed = await self._subscribe()
        await self._app.watch.look_now(feed.id)
        click.echo(self._words("demo_opening", blog=self._blog.title, topic=self._blog.topic) + "\n")
        done = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._app.run(done))
            play = group.create_task(self._play(chat, feed, pause))
            halt = group.create_task(stop.wait())
            await asyncio.wait((play, halt) if self._scripted else (halt,), return_when=asyncio.FIRST_COMPLETED)
            for task in (play, halt):
                task.cancel()
            done.set()
        click.echo(self._words("demo_closing"))

    async def _subscribe(self) -> tuple[Chat, Feed]:
        now = self._parts.clock.now()
        async with self._parts.store.begin() as work:
            (feed,) = await work.feeds()
            chat = await work.open_chat(
                HERE, kind_of(HERE.place), "", now, language=self._words.language, timezone=self._parts.config.timezone
            )
            await work.subscribe(chat.id, feed.id, now, topics=(category_key(self._blog.topic),))
        return chat, feed

    async def _play(self, chat: Chat, feed: Feed, pause: float) -> None:
        lines = [line.format(word=self._blog.word) for line in self.script] if self._scripted else []
        while self._blog.published < len(self._blog.entries):
            await asyncio.sleep(pause)
            await self._publish(chat, feed)
            if lines:
                await asyncio.sleep(pause)
                await self._say(lines.pop(0))
        if not self._scripted:
            click.echo(self._words("demo_last") + "\n")
        for line in lines:
            await asyncio.sleep(pause)
            await self._say(line)
        await asyncio.sleep(pause)

    async def _publish(self, chat: Chat, feed: Feed) -> None:
        self._blog.published += 1
        await self._app.watch.look_now(feed.id)
        async with self._parts.store.begin() as work:
            post = (await work.latest([feed.id], 1))[0]
            subscriptions = await work.subscriptions(chat.id)
            names = {topic.key: topic.name(self._words.language) for topic in await work.topics(feed.id)}
        for subscription in subscriptions:
            verdict = self._parts.matcher.judge(post, subscription.filter)
            if not verdict.passes:
                ticked = [names.get(key, key) for key in subscription.filter.topics]
                click.echo(self._left_out(post, verdict.blocked_by, ticked) + "\n")

    def _left_out(self, post: Post, blocked_by: str, ticked: Sequence[str]) -> str:
        key, comma = "demo_blocked" if blocked_by else "demo_other_topic", self._words("comma")
        topics = comma.join(topic.name(self._words.language) for topic in self._parts.matcher.topics(post))
        return self._words(key, title=post.title, topics=topics, topic=comma.join(ticked), term=blocked_by)

    async def _say(self, line: str) -> None:
        click.echo(f"> /{line}")
        await self._console.say(line, self._app.answer)
        click.echo()


async def _nobody() -> AsyncGenerator[str]:
    """Type nothing."""
    for line in tuple[str, ...]():
        yield line
