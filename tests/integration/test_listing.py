"""A blog without a feed, over a real server: which of its pages are read, and what comes of a page that fails."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from bot.core.identity import keys_of
from bot.core.models import Chat, Feed, FeedKind, Sighting, Trouble
from bot.sources.client import FetchSettings
from bot.sources.http import HttpSource
from bot.store.sqlite import Store
from bot.topics.match import Matcher
from bot.watch import Watch
from tests.clock import SimulatedClock
from tests.emulators.blog import Answer, Blog
from tests.emulators.reader import Reader
from tests.world import World, hurry

A_PAGE = 4


def card(number: int) -> str:
    """Write a card."""
    return (
        f'<article><h2><a href="/p/{number}">Post number {number}</a></h2>'
        f"<p>What is to be said about the matter of post number {number}, in a sentence or two.</p></article>"
    )


@dataclass
class Listing:
    """A blog whose pages list its posts, and a watch over the first of them."""

    blog: Blog
    world: World
    watch: Watch
    posts: list[int] = field(default_factory=list)
    length: int = A_PAGE

    def write(self, *, many: int) -> None:
        """Publish posts and write all pages anew, the newest posts first."""
        self.posts = [*range(len(self.posts) + many, 0, -1)]
        pages = [self.posts[start : start + self.length] for start in range(0, len(self.posts), self.length)]
        for number, posts in enumerate(pages, 1):
            older = f'<a rel="next" href="/page/{number + 1}">Older posts</a>' if number < len(pages) else ""
            self.put(number, posts, older)

    def put(self, number: int, posts: Iterable[int], tail: str) -> None:
        """Write one page."""
        body = f"<!doctype html><main>{''.join(map(card, posts))}</main>{tail}"
        self.blog.publish("/" if number == 1 else f"/page/{number}", body.encode(), "text/html")

    async def look(self) -> list[str]:
        """Look once; give what was asked for."""
        before = len(self.blog.requests)
        await self.watch.look_at([await self.feed()])
        return [asked.path for asked in self.blog.requests[before:]]

    async def feed(self) -> Feed:
        """Read the feed again."""
        async with self.world.store.begin() as work:
            feed = await work.feed(self.world.feed)
        assert feed is not None
        return feed

    async def trouble(self) -> Trouble | None:
        """Read what is wrong."""
        return (await self.feed()).trouble

    async def owed(self, chat: Chat) -> Sequence[int]:
        """Give the posts that are owed to a chat."""
        numbers = [*await self.world.states(chat)]
        async with self.world.store.begin() as work:
            posts = await work.posts(numbers)
        return [int(post.title.rpartition(" ")[2]) for post in posts]


@pytest_asyncio.fixture
async def listing(tmp_path: Path) -> AsyncIterator[Listing]:
    """Open everything."""
    clock, store = SimulatedClock(), Store(tmp_path / "listing.db")
    settings = FetchSettings(allow_addresses=("127.0.0.1/32",))
    await store.open()
    await hurry(store)
    try:
        async with Blog() as blog, HttpSource(Reader(), clock, settings) as source:
            feed = Feed(0, "blog", blog.url("/"), kind=FeedKind.PAGE, from_config=True, next_check=clock.now())
            async with store.begin() as work:
                number = await work.put_feed(feed)
            world = World(store, clock, None, Matcher([]), number)  # type: ignore[arg-type]  # nothing is sent
            yield Listing(blog, world, Watch(store, source, Matcher([]), clock, lambda: None))
    finally:
        await store.close()


@pytest.mark.asyncio
async def test_pages_are_followed_while_all_on_them_is_new_and_five_at_most(listing: Listing) -> None:
    """Five of ten at first; then one, until more came than it holds: then on to the first card that is known."""
    chat = await listing.world.subscribe()
    listing.write(many=10 * A_PAGE)
    assert await listing.look() == ["/", "/page/2", "/page/3", "/page/4", "/page/5"]
    assert await listing.owed(chat) == []
    listing.write(many=1)
    assert await listing.look() == ["/"]
    listing.write(many=A_PAGE)
    assert await listing.look() == ["/", "/page/2"]
    listing.write(many=2 * A_PAGE + 1)
    assert await listing.look() == ["/", "/page/2", "/page/3"]
    assert sorted(await listing.owed(chat)) == [*range(41, 41 + 1 + A_PAGE + 2 * A_PAGE + 1)]
    assert await listing.look() == ["/"]


@pytest.mark.asyncio
async def test_a_post_that_is_pinned_to_the_top_hides_none_behind_it(listing: Listing) -> None:
    """Where all below it is new, the next page has more that came."""
    chat = await listing.world.subscribe()
    listing.write(many=2 * A_PAGE)
    await listing.look()
    older = '<a rel="next" href="/page/2">Older posts</a>'
    listing.put(1, [3, 13, 12, 11], older)
    listing.put(2, [10, 9, 8, 7], "")
    assert await listing.look() == ["/", "/page/2"]
    assert sorted(await listing.owed(chat)) == [9, 10, 11, 12, 13]


@pytest.mark.asyncio
async def test_what_another_feed_showed_is_new_on_a_listing_that_did_not(listing: Listing) -> None:
    """Its readers get what stands on the next pages, though the first one's posts are known from elsewhere."""
    chat = await listing.world.subscribe()
    listing.write(many=2 * A_PAGE)
    await listing.look()
    listing.write(many=A_PAGE + 2)
    sample = [Sighting(link=listing.blog.url(f"/p/{number}"), title=f"Post number {number}") for number in (11, 12)]
    async with listing.world.store.begin() as work:
        other = await work.put_feed(Feed(0, "other", listing.blog.url("/other")))
        for each in sample:
            await work.add_post(other, each, [("link", keys_of(each).link or "")], "", listing.world.clock.now())
    assert await listing.look() == ["/", "/page/2"]
    assert sorted(await listing.owed(chat)) == [*range(9, 15)]


@pytest.mark.asyncio
async def test_pages_that_lead_in_a_circle_end(listing: Listing) -> None:
    """A second page that leads back to the first, or to itself, is read once."""
    listing.put(1, range(8, 4, -1), '<a rel="next" href="/page/2">Older</a>')
    listing.put(2, range(4, 0, -1), '<a rel="next" href="/">Older</a>')
    assert await listing.look() == ["/", "/page/2"]
    assert (await listing.trouble(), (await listing.feed()).baseline) == (None, True)


@pytest.mark.asyncio
@pytest.mark.parametrize("status", [500, 302])
async def test_a_next_page_that_fails_fails_the_look_and_loses_nothing(listing: Listing, status: int) -> None:
    """Half a document would make the rest look new, or old, later; here the page fails or leads to an inner address.

    The look after it finds all that came.
    """
    chat = await listing.world.subscribe()
    listing.write(many=3 * A_PAGE)
    await listing.look()
    listing.write(many=A_PAGE + 2)
    inner = (("Location", f"http://127.0.0.9:{listing.blog.port}/page/2"),)
    listing.blog.script("/page/2", Answer(status, b"", inner))
    assert await listing.look() == ["/", "/page/2"]
    trouble = await listing.trouble()
    assert trouble is not None
    assert trouble.name == ("blocked_port" if status == 302 else "server_error")
    assert await listing.owed(chat) == []
    listing.write(many=0)
    assert await listing.look() == ["/", "/page/2"]
    assert await listing.owed(chat) == [*range(13, 13 + A_PAGE + 2)]
    assert await listing.trouble() is None


@pytest.mark.asyncio
async def test_a_next_page_that_is_gone_says_nothing_about_the_listing(listing: Listing) -> None:
    """410 is for the page that says so: the listing itself is asked again as after any failure, not in years."""
    listing.write(many=3 * A_PAGE)
    listing.blog.script("/page/2", Answer(410))
    await listing.look()
    feed = await listing.feed()
    assert feed.trouble is not None
    assert feed.trouble.name == "not_found"
    assert feed.next_check - listing.world.clock.now() < timedelta(days=1)


@pytest.mark.asyncio
@pytest.mark.parametrize(("many", "floods"), [(4, 0), (7, 0), (8, 1)])
async def test_a_listing_floods_as_its_feed_would(listing: Listing, many: int, floods: int) -> None:
    """A page of twelve shows half of what a feed shows: a third of it comes post by post, two thirds as a list."""
    await listing.world.subscribe()
    listing.length = 12
    listing.write(many=30)
    await listing.look()
    listing.write(many=many)
    assert await listing.look() == ["/"]
    assert await listing.world.rows("SELECT count(*) FROM flood") == [(floods,)]


@pytest.mark.asyncio
async def test_a_page_without_cards_is_a_changed_layout_and_nothing_is_gone(listing: Listing) -> None:
    """It is trouble that says so; when the cards are back nothing of them is news but what is new."""
    chat = await listing.world.subscribe()
    listing.write(many=2 * A_PAGE)
    await listing.look()
    listing.put(1, [], "<p>A new design is coming.")
    await listing.look()
    trouble = await listing.trouble()
    assert trouble is not None
    assert trouble.name == "no_entries"
    listing.write(many=1)
    await listing.look()
    assert (await listing.owed(chat), await listing.trouble()) == ([9], None)
