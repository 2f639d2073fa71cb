"""A new post that lacks title, text or image is completed from its own page: real HTTP, processes and store."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.core.models import Chat, Feed, Post
from bot.reading.text import plain
from bot.sources.client import FetchSettings
from bot.sources.completing import MOST, OwnPages
from bot.sources.http import HttpSource
from bot.sources.worker import Workers
from bot.watch import Watch
from tests.emulators.blog import Answer, Blog
from tests.world import World, open_world

NOW = datetime(2026, 3, 1, tzinfo=UTC)
TEXT = "Whoever trains on noise learns the way back from it, one small step after the other."
PAGE = f"""<!DOCTYPE html><html><head><title>A title - A blog</title>
<meta property="og:title" content="Own &amp; title"><meta property="og:image" content="/own.png">
<meta property="og:description" content="What the page says of itself."></head>
<body><nav><p>Home</p></nav><article><h1>Own &amp; title</h1><p>{TEXT}</p></article><aside><p>Others</p></aside></body>
</html>"""
BARE = PAGE.replace("article>", "div>").replace("og:title", "x").replace("og:image", "x")


def item(name: str, *, title: str = "", text: str = "", image: str = "") -> str:
    """Write an entry that has some of what a post has."""
    return (
        f"<item><guid>{name}</guid><link>/{name}</link><pubDate>Mon, 2{name[-1]} Feb 2026 08:00:00 GMT</pubDate>"
        + (f"<title>{title}</title>" if title else "")
        + (f"<description>{text}</description>" if text else "")
        + (f'<enclosure url="{image}" type="image/png" length="1"/>' if image else "")
        + "</item>"
    )


WHOLE = item("whole-9", title="Whole", text="All of it stands in the feed.", image="https://img.example/1.png")
OLD = (item("old-1"), *(item(f"old-{number}", title=f"Old {number}", text=f"The text {number}.") for number in (2, 3)))


@dataclass
class Scene:
    """A blog, the loop that looks at it, and a chat that wants all of it."""

    world: World
    blog: Blog
    watch: Watch
    chat: Chat

    async def show(self, *items: str, old: Sequence[str] = OLD) -> None:
        """Put up a feed, the newest entry first, and look at it."""
        body = f"<rss version='2.0'><channel><title>B</title><link>/</link>{''.join((*items, *old))}</channel></rss>"
        self.blog.publish("/feed.xml", body.encode())
        async with self.world.store.begin() as work:
            feed = await work.feed(self.world.feed)
        assert feed is not None
        await self.watch.look_at([replace(feed, body_hash=None)])

    def asked(self) -> list[str]:
        """Give the pages that were asked for, in order."""
        return [each.path for each in self.blog.requests if each.path != "/feed.xml"]

    async def owed(self) -> Sequence[Post]:
        """Give the posts that the chat is owed."""
        owed = await self.world.states(self.chat)
        async with self.world.store.begin() as work:
            return await work.posts(list(owed))

    async def edits(self) -> int:
        """Count the posts whose messages are looked through for edits."""
        return len(await self.world.rows("SELECT * FROM changed_post"))


@asynccontextmanager
async def scene(
    path: Path, monkeypatch: pytest.MonkeyPatch, *, on: bool = True, deadline: float = 20.0
) -> AsyncIterator[Scene]:
    """Open a blog that was looked at before."""
    settings = FetchSettings(allow_addresses=("127.0.0.0/8",), max_bytes=1_000_000)
    async with open_world(path, monkeypatch) as world, Blog() as blog, Workers() as workers:
        world.clock.time = NOW
        pages = OwnPages(workers, {"blog"} if on else (), deadline=deadline)
        async with HttpSource(workers, world.clock, settings, own_pages=pages) as source:
            async with world.store.begin() as work:
                await work.put_feed(Feed(0, "blog", blog.url(), next_check=NOW))
            watch = Watch(world.store, source, world.matcher, world.clock, lambda: None)
            made = Scene(world, blog, watch, await world.subscribe())
            await made.show()
            assert made.asked() == []
            yield made


@pytest.mark.asyncio
async def test_what_is_lacking_comes_from_the_posts_own_page_and_what_is_there_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Title, text and image are filled in one by one, each page asked for once; a whole post's page is not asked for.

    The text is the article without what stands around it; where the page has none of these marks, its title and the
    piece with most paragraphs serve.
    """
    async with scene(tmp_path / "incoming.db", monkeypatch) as at:
        for path in ("/new-5", "/new-6", "/new-7", "/whole-9"):
            at.blog.publish(path, PAGE.encode(), "text/html")
        at.blog.publish("/new-4", BARE.encode(), "text/html")
        await at.show(
            WHOLE,
            item("new-7", title="Its title", text="Its text."),
            item("new-6", title="Its title 6", image="https://img.example/6.png"),
            item("new-5", text="Its text 5.", image="https://img.example/5.png"),
            item("new-4", image="https://img.example/4.png"),
        )
        found = [(post.title, plain(post.doc), post.image) for post in await at.owed()]
        assert found == [
            ("A title - A blog", f"Own & title\n{TEXT}", "https://img.example/4.png"),
            ("Own & title", "Its text 5.", "https://img.example/5.png"),
            ("Its title 6", TEXT, "https://img.example/6.png"),
            ("Its title", "Its text.", at.blog.url("/own.png")),
            ("Whole", "All of it stands in the feed.", "https://img.example/1.png"),
        ]
        assert at.asked() == ["/new-7", "/new-6", "/new-5", "/new-4"]
        assert not any(each.header("Cookie") or each.header("Referer") for each in at.blog.requests)


@pytest.mark.asyncio
async def test_without_the_option_no_page_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is off unless the feed's section says so."""
    async with scene(tmp_path / "incoming.db", monkeypatch, on=False) as at:
        await at.show(item("new-7", title="Its title"))
        assert [post.title for post in await at.owed()] == ["Its title"]
        assert at.asked() == []


@pytest.mark.asyncio
async def test_later_looks_ask_no_more_edit_nothing_and_know_the_post(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The feed that lacks the same still, or has a new tag, takes nothing away; what it says itself one day counts."""
    async with scene(tmp_path / "incoming.db", monkeypatch) as at:
        at.blog.publish("/new-7", PAGE.encode(), "text/html")
        await at.show(item("new-7"))
        await at.show(item("new-7"), item("old-0", title="Older", text="Came up.", image="https://img.example/0.png"))
        await at.world.rows("DELETE FROM slice")  # so that the entry is read again, and compared
        await at.show(item("new-7"))
        assert (at.asked(), await at.edits()) == (["/new-7"], 0)
        changed = item("new-7").replace("</item>", "<category>x</category></item>")
        await at.show(changed)
        (post, *_) = await at.owed()
        assert (post.title, plain(post.doc), post.image) == ("Own & title", TEXT, at.blog.url("/own.png"))
        assert post.tags == ("x",)
        await at.show(item("new-7", title="Now the feed says it"))
        await at.show(item("new-7"))
        (post, *_) = await at.owed()
        assert (post.title, plain(post.doc)) == ("", TEXT)
        assert (at.asked(), await at.edits()) == (["/new-7"], 1)


@pytest.mark.asyncio
async def test_a_lent_title_is_nothing_that_identity_knows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two posts whose pages bear one title stay two, and the next untitled one is not taken for a draft."""
    async with scene(tmp_path / "incoming.db", monkeypatch) as at:
        for number in (4, 5, 6, 7):
            at.blog.publish(f"/new-{number}", PAGE.encode(), "text/html")
        shown: list[str] = []
        for number in (4, 5, 6, 7):
            shown.insert(0, item(f"new-{number}"))
            await at.show(*shown, old=OLD[1:])  # the feed itself gave all the others a title
        assert [post.title for post in await at.owed()] == ["Own & title"] * 4
        assert await at.world.rows("SELECT count(*) FROM post_key WHERE kind = 'title' AND value LIKE 'own%'") == [(0,)]
        assert at.asked() == ["/new-4", "/new-5", "/new-6", "/new-7"]


@pytest.mark.asyncio
async def test_at_most_five_pages_a_look_the_newest_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other posts go as they are, and are not asked for later."""
    async with scene(tmp_path / "incoming.db", monkeypatch) as at:
        for number in range(9):
            at.blog.publish(f"/new-{number}", PAGE.encode(), "text/html")
        items = [item(f"new-{number}", text=f"The text of post {number}.") for number in reversed(range(9))]
        await at.show(*items)
        await at.show(WHOLE, *items)
        assert at.asked() == [f"/new-{number}" for number in reversed(range(9 - MOST, 9))]
        assert [bool(post.title) for post in await at.owed()] == [False] * 4 + [True] * 6


@pytest.mark.asyncio
async def test_a_page_that_fails_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not there, no HTML, too large, poisonous, or leading to an inner address: each post goes as it is, once."""
    async with scene(tmp_path / "incoming.db", monkeypatch) as at, Blog() as inner:
        inner.publish("/own", PAGE.encode(), "text/html")
        at.blog.publish("/new-3", b"%PDF-1.7 \x00\x01", "application/pdf")
        at.blog.publish("/new-4", PAGE.encode() + b" " * 1_000_001, "text/html")
        at.blog.script("/new-5", Answer(302, headers=(("Location", inner.url("/own")),)))
        at.blog.publish("/new-6", b"<html>" + b"<div><b>" * 60_000, "text/html")
        items = [item(f"new-{number}", title=f"Title {number}") for number in (6, 5, 4, 3, 2)]
        await at.show(*items)
        await at.show(WHOLE, *items)
        assert [(post.title, plain(post.doc), post.image) for post in await at.owed()][:5] == [
            (f"Title {number}", "", None) for number in (2, 3, 4, 5, 6)
        ]
        assert (at.asked(), inner.requests) == ([f"/new-{number}" for number in (6, 5, 4, 3, 2)], [])


@pytest.mark.asyncio
async def test_a_slow_or_weary_server_holds_nothing_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After the deadline posts go as they are; a host that asks to be left alone is asked for no further page."""
    async with scene(tmp_path / "slow.db", monkeypatch, deadline=1.0) as at:
        at.blog.script("/new-6", Answer(200, PAGE.encode(), delay=30.0))
        await at.show(item("new-6", title="Slow"), item("new-5", title="Behind it"))
        assert sorted(post.title for post in await at.owed()) == ["Behind it", "Slow"]
        assert at.asked() == ["/new-6"]
    async with scene(tmp_path / "weary.db", monkeypatch) as at:
        at.blog.script("/new-6", Answer(429, headers=(("Retry-After", "3600"),)))
        await at.show(item("new-6", title="Refused"), item("new-5", title="Behind it"))
        assert sorted(post.title for post in await at.owed()) == ["Behind it", "Refused"]
        assert at.asked() == ["/new-6"]


@pytest.mark.asyncio
async def test_an_inner_address_is_no_posts_own_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A feed may not make the bot ask another machine in its network: neither by a link nor by a page that leads on.

    The allow-list opens the feed's own machine for the feed, and no other.
    """
    async with Blog(host="127.0.0.9") as inner, scene(tmp_path / "incoming.db", monkeypatch) as at:
        inner.publish("/secret", PAGE.encode(), "text/html")
        at.blog.script("/new-6", Answer(302, b"", (("Location", inner.url("/secret")),)))
        linked = item("new-5", title="Linked").replace("<link>/new-5", f"<link>{inner.url('/secret')}")
        await at.show(item("new-6", title="Sent on"), linked)
        assert [(post.title, plain(post.doc)) for post in await at.owed()] == [("Linked", ""), ("Sent on", "")]
        assert (inner.requests, at.asked()) == ([], ["/new-6"])


@pytest.mark.asyncio
async def test_an_address_that_is_no_posts_own_is_not_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The site's front page, the feed itself, and a page that several entries share say nothing of one post."""
    async with scene(tmp_path / "incoming.db", monkeypatch) as at:
        for path in ("/", "/notes"):
            at.blog.publish(path, PAGE.encode(), "text/html")
        links = ("/", "/feed.xml", "/notes#a", "/notes#b")
        shown = [
            item(f"new-{number}", title=f"Post {link}").replace(f"<link>/new-{number}", f"<link>{link}")
            for number, link in enumerate(links, 3)
        ]
        await at.show(*shown)
        assert len(await at.owed()) == len(links)
        assert at.asked() == []
