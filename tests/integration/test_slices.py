"""Entries whose raw text is known are not read again: what is stored and owed is the same either way."""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from unittest.mock import patch

import pytest

from bot.core.keys import sketch, title_key
from bot.core.models import Failed, Feed, Fetched, FetchInfo, Look, Sighting
from bot.core.ports import Memory
from bot.sources import fields
from bot.sources.document import Parsed
from bot.sources.feed import parse
from bot.store.sqlite import Store
from bot.topics.match import Matcher
from bot.watch import Watch
from tests.clock import SimulatedClock
from tests.emulators.generator import Blog
from tests.emulators.repeating_pasts import PASTS
from tests.world import RULES, World, hurry

AFTERWARDS = datetime(2026, 11, 1, tzinfo=UTC)
FORMS, WORDS = ("rss", "atom", "json", "rdf"), ("full", "short", "framed", "restless")

TABLES = {
    "post": "SELECT id, title, link, doc, summary, published, tags, image, gist FROM post ORDER BY id",
    "post_key": "SELECT * FROM post_key ORDER BY 1, 2, 3, 4",
    "feed_post": "SELECT feed_id, post_id, in_last FROM feed_post ORDER BY 1, 2",
    "delivery": "SELECT post_id, chat_id, state, reason FROM delivery ORDER BY 1, 2",
    "category": "SELECT * FROM category ORDER BY 1, 2",
}


@dataclass
class Shelf:
    """``core.ports.Source`` that shows one document, and reads with or without its memory."""

    remembers: bool
    body: bytes = b""
    read: int = 0
    """Entries that were read."""
    asked: list[int] = field(default_factory=list)

    async def look(self, feed: Feed, memory: Memory | None = None) -> Look:
        """Read what is on the shelf."""
        known = await memory.slices() if memory is not None and self.remembers else {}
        return self._read(feed, known)

    def _read(self, feed: Feed, known: Mapping[str, Sighting]) -> Look:
        parsed = parse(self.body, "application/xml", feed.url, frozenset(known))
        if not isinstance(parsed, Parsed):
            return Failed(parsed.name, parsed.cause)
        read = [replace(each, sketch=sketch(each.doc, each.summary)) for each in parsed.sightings]
        self.read += len(read)
        self.asked.append(len(read))
        old = [replace(known[name], position=place) for place, name in parsed.known]
        sightings = tuple(sorted((*read, *old), key=lambda each: each.position))
        name = hashlib.blake2b(self.body).hexdigest()
        return Fetched(FetchInfo(200), sightings, body_hash=name, title=parsed.title)


@asynccontextmanager
async def looking(path: Path, *, remembers: bool) -> AsyncIterator[tuple[World, Shelf, Watch]]:
    """Open a store with one feed, a chat that wants all of it, and a watch over a shelf."""
    clock, store, shelf = SimulatedClock(), Store(path), Shelf(remembers)
    await store.open()
    try:
        await hurry(store)
        async with store.begin() as work:
            feed = await work.put_feed(Feed(0, "blog", "https://blog.example/feed", next_check=clock.now()))
        world = World(store, clock, None, Matcher(RULES), feed)  # type: ignore[arg-type]  # nothing is sent
        await world.subscribe()
        yield world, shelf, Watch(store, shelf, world.matcher, clock, lambda: None)
    finally:
        await store.close()


async def show(world: World, shelf: Shelf, watch: Watch, body: bytes, at: datetime) -> None:
    """Let the watch look at a document at a time."""
    world.clock.time, shelf.body = max(world.clock.time, at), body
    async with world.store.begin() as work:
        feed = await work.feed(world.feed)
    assert feed is not None
    await watch.look_at([replace(feed, body_hash=None)])


def history(folder: Path) -> list[tuple[bytes, datetime]]:
    """Give the states of a feed, and when each came."""
    meta = json.loads((folder / "meta.json").read_text("utf-8"))
    dates = [datetime.fromisoformat(state["committed_at"]) for state in meta["states"]]
    return [(file.read_bytes(), at) for file, at in zip(sorted(folder.glob("0*")), dates, strict=True)]


async def live(folder: Path, path: Path, *, remembers: bool) -> tuple[dict[str, list[tuple[object, ...]]], Shelf]:
    """Live through a history; give the tables at its end."""
    states = history(folder)
    async with looking(path, remembers=remembers) as (world, shelf, watch):
        world.clock.time = states[0][1]
        for body, at in states:
            await show(world, shelf, watch, body, at)
        return {name: await world.rows(sql) for name, sql in TABLES.items()}, shelf


@pytest.mark.asyncio
@pytest.mark.parametrize("name", list(PASTS)[::5])
async def test_a_made_up_past_is_owed_as_its_script_says(name: str, tmp_path: Path) -> None:
    """Lived through long after, with the store and with memory: each look owes the chat its new posts, no others."""
    number, newest = list(PASTS).index(name), 0
    blog = Blog(seed=number, form=FORMS[number % 4], words=WORDS[number // 4 % 4])
    owed = "SELECT p.title FROM delivery d JOIN post p ON p.id = d.post_id ORDER BY d.id"
    async with looking(tmp_path / "past.db", remembers=True) as (world, shelf, watch):
        for look, _ in enumerate(PASTS[name](blog)):
            body, _ = blog.build()
            before = len(await world.rows(owed))
            await show(world, shelf, watch, body, AFTERWARDS + timedelta(minutes=look))
            came = [title_key(str(title)) for (title,) in (await world.rows(owed))[before:]]
            new = [post for post in blog.shown() if post.number > newest > 0]
            newest = max([newest, *(post.number for post in blog.shown())])
            assert sorted(came) == sorted(title_key(post.title) for post in new), f"look {look + 1}"


@pytest.mark.asyncio
@pytest.mark.parametrize("name", ["lilianweng", "quarkpixel"])
async def test_a_history_leaves_the_same_behind(name: str, real_feeds: Path, tmp_path: Path) -> None:
    """A blog's real past, read with and without memory: same posts, texts, keys and deliveries; far less is read."""
    folder = real_feeds / "history" / name
    with patch.object(fields, "document", cache(fields.document)):
        whole, everything = await live(folder, tmp_path / "whole.db", remembers=False)
        sliced, little = await live(folder, tmp_path / "sliced.db", remembers=True)
    assert sliced == whole
    assert len(whole["post"]) > 10
    assert little.read < everything.read / 3
