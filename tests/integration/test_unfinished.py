"""A feed that is looked at while its generator writes it: real HTTP, processes and store."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.core.models import Chat, Feed, Validators
from bot.reading.text import plain
from bot.sources.client import FetchSettings
from bot.sources.http import HttpSource
from bot.sources.worker import Workers
from bot.watch import Watch
from tests.emulators.blog import Answer, Blog
from tests.emulators.documents import Entry, rss
from tests.forked import forked_readers
from tests.world import World, open_world

NOW = datetime(2026, 3, 1, tzinfo=UTC)
OLD = tuple(
    Entry(f"Old {day}", f"What was written on day {day} of the year.", (), f"/old{day}", day) for day in range(9)
)
NEW = tuple(
    Entry(f"New {day}", f"News of day {day}: all of it, and its end.", (), f"/new{day}", day) for day in (20, 21)
)


@dataclass
class Scene:
    """A blog, the loop that looks at it, and a chat that wants all of it."""

    world: World
    blog: Blog
    watch: Watch
    chat: Chat

    async def look(self) -> Feed:
        """Look at the blog; give the feed as it is then."""
        self.world.clock.time += timedelta(hours=1)
        await self.watch.look_at([await self.feed()])
        return await self.feed()

    async def feed(self) -> Feed:
        """Read the feed as it is."""
        async with self.world.store.begin() as work:
            return (await work.feeds())[0]

    async def show(self, body: bytes) -> Feed:
        """Put up a document, and look at it."""
        self.blog.publish("/feed.xml", body)
        return await self.look()

    async def owed(self) -> list[tuple[str, str]]:
        """Give the posts that the chat is owed, with their texts."""
        owed = await self.world.states(self.chat)
        async with self.world.store.begin() as work:
            return sorted((post.title, plain(post.doc)) for post in await work.posts(list(owed)))

    async def standing(self) -> int:
        """Count the posts of the last good document."""
        return len(await self.world.rows("SELECT * FROM feed_post WHERE in_last"))


@asynccontextmanager
async def scene(path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Scene]:
    """Open a blog that nobody looked at yet."""
    settings = FetchSettings(allow_addresses=("127.0.0.0/8",))
    with forked_readers():
        async with open_world(path, monkeypatch) as world, Blog() as blog, Workers() as workers:
            world.clock.time = NOW
            async with HttpSource(workers, world.clock, settings) as source:
                async with world.store.begin() as work:
                    await work.put_feed(Feed(0, "blog", blog.url(), next_check=NOW, from_config=True))
                watch = Watch(world.store, source, world.matcher, world.clock, lambda: None)
                yield Scene(world, blog, watch, await world.subscribe())


def cut(body: bytes, within: str) -> bytes:
    """Give a document as far as it is written: into the middle of a text."""
    return body[: body.index(within.encode()) + len(within) // 2]


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("turn", "end"),
    [(-1, b"</channel></rss>"), (1, b"</channel></rss>"), (-1, b"\n</channel>\n</rss>\n")],
    ids=["newest first", "oldest first", "in lines"],
)
async def test_a_post_whose_text_is_still_written_comes_whole_and_once(
    turn: int, end: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is finished is news at once, the entry that it ends in at the next look, and what stood there stands."""

    def written(*entries: Entry) -> bytes:
        return rss(entries).replace(b"</channel></rss>", end)

    async with scene(tmp_path / "incoming.db", monkeypatch) as at:
        await at.show(written(*OLD[::turn]))
        whole = written(*(*OLD, *NEW)[::turn])
        finished, unfinished = NEW[::turn]
        await at.show(cut(whole, unfinished.html))
        assert await at.owed() == [(finished.title, finished.html)]
        assert await at.standing() == len(OLD) + (turn > 0)
        await at.show(whole)
        assert await at.owed() == sorted((each.title, each.html) for each in NEW)
        assert await at.standing() == len(OLD) + len(NEW)


@pytest.mark.asyncio
async def test_an_old_post_that_is_still_written_is_not_shortened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No text of a post is taken for changed because the document ends in it; no later one is news."""
    async with scene(tmp_path / "incoming.db", monkeypatch) as at:
        await at.show(rss(OLD[::-1]))
        await at.show(cut(rss((*OLD, NEW[0])[::-1]), OLD[5].html))
        assert await at.owed() == [(NEW[0].title, NEW[0].html)]
        assert await at.world.rows("SELECT * FROM changed_post") == []
        await at.show(rss((*OLD, NEW[0])[::-1]))
        assert [title for title, _ in await at.owed()] == [NEW[0].title]


@pytest.mark.asyncio
async def test_a_server_that_calls_both_the_same_is_asked_for_the_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the second half is written within the second that the validator tells, the next look is unconditional.

    It is so once: a document that ends like this for good is asked for as every other one.
    """
    second = (("Last-Modified", "Sun, 01 Mar 2026 00:00:00 GMT"),)
    async with scene(tmp_path / "incoming.db", monkeypatch) as at:
        await at.show(rss(OLD))
        half = cut(rss((*OLD, NEW[0])), NEW[0].html)
        at.blog.script("/feed.xml", Answer(200, half, second))
        for _ in range(3):
            await at.look()
        asked = [bool(each.header("If-Modified-Since")) for each in at.blog.requests]
        assert asked == [False, False, False, True]


@pytest.mark.asyncio
async def test_what_was_never_seen_whole_is_no_baseline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A first document that breaks off is trouble: what follows in it would be news at the next look."""
    async with scene(tmp_path / "incoming.db", monkeypatch) as at:
        feed = await at.show(cut(rss(OLD), OLD[4].html))
        assert not feed.baseline
        assert feed.trouble is not None
        assert "breaks off" in feed.trouble.cause
        feed = await at.show(rss(OLD))
        assert (feed.baseline, feed.trouble, await at.owed()) == (True, None, [])


@pytest.mark.asyncio
async def test_a_feed_that_always_breaks_off_is_watched_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that cuts every answer short is believed at the fourth look; from then on what is new there is news."""
    async with scene(tmp_path / "incoming.db", monkeypatch) as at:
        half = b"<item><title>Half"
        for _ in range(3):
            feed = await at.show(rss(OLD[::-1]).replace(b"</channel></rss>", half))
            assert (feed.baseline, feed.trouble is None) == (False, False)
        feed = await at.show(rss(OLD[::-1]).replace(b"</channel></rss>", half))
        assert (feed.baseline, feed.trouble, await at.owed()) == (True, None, [])
        await at.show(rss((*OLD, NEW[0])[::-1]).replace(b"</channel></rss>", half))
        assert [title for title, _ in await at.owed()] == [NEW[0].title]


@pytest.mark.asyncio
async def test_a_feed_that_always_breaks_off_remembers_no_more_than_it_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Posts leave its window as they do elsewhere, though nobody can tell that they are gone."""
    async with scene(tmp_path / "incoming.db", monkeypatch) as at:
        feed = await at.show(rss(OLD[:4][::-1]))
        assert feed.validators != Validators()
        for last in range(5, 10):
            await at.show(rss(OLD[last - 4 : last][::-1]).replace(b"</channel></rss>", b"<item><title>Half"))
            assert await at.standing() == 4
        assert len(await at.owed()) == 5
