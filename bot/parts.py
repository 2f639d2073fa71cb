"""The concrete parts of a configuration: the database, the way to the blogs, and what decides."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from bot import config, drawing, platforms
from bot.config import Config
from bot.core.ports import Clock
from bot.operators import Operators
from bot.sections import reveal
from bot.sources.artist import Artist
from bot.sources.client import FetchSettings
from bot.sources.completing import OwnPages
from bot.sources.http import HttpSource
from bot.sources.worker import Workers
from bot.store.configure import configure
from bot.store.sqlite import Store
from bot.topics.match import Matcher


def load_config(path: Path | None) -> Config:
    """Read the configuration with the platforms' tables; None reads the environment alone. Raises ConfigError."""
    return config.load(path, {name: platforms.load(name).Settings for name in platforms.NAMES})


@dataclass(frozen=True, slots=True)
class Parts:
    """What ``open_parts`` makes of a configuration."""

    config: Config
    clock: Clock
    store: Store
    matcher: Matcher
    operators: Operators
    source: HttpSource
    artist: Artist | None = None


@contextlib.asynccontextmanager
async def open_parts(config: Config, clock: Clock) -> AsyncIterator[Parts]:
    """Open the database and the way to the blogs; the configuration's feeds are in the database after that."""
    matcher = Matcher([topic.spec() for topic in config.topics])
    operators = Operators(
        (name, str(user)) for name in platforms.NAMES for user in getattr(config.platform(name), "operators", ())
    )
    store = Store(config.database)
    settings = FetchSettings(
        allow_addresses=tuple(map(str, config.fetch.allow_addresses)),
        contact=config.fetch.contact,
        proxy=reveal(config.fetch.proxy),
    )
    # By their addresses too: a command beside this program may give a feed the name that the file has by now.
    sections = {key: feed for feed in config.feeds for key in (feed.url, feed.name or feed.url)}
    selectors = {key: feed.selectors for key, feed in sections.items()}
    with_pages = frozenset(key for key, feed in sections.items() if feed.pages)
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(store.close)
        await store.open()
        workers = await stack.enter_async_context(Workers())
        own_pages = OwnPages(workers, with_pages)
        source = await stack.enter_async_context(HttpSource(workers, clock, settings, selectors, own_pages))
        async with store.begin() as work:
            await configure(work, config, clock.now())
            await operators.load(work)
        artist = Artist(workers) if drawing.available() else None
        yield Parts(config, clock, store, matcher, operators, source, artist)
