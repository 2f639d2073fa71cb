"""What comes packed is unpacked where it can be killed: real HTTP, real processes, and what a look at it comes to."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest

from bot.core.models import Failed, Feed, FeedKind, Fetched, Look, NotModified, Remembered, Sighting, Validators
from bot.sources.client import FetchSettings
from bot.sources.completing import OwnPages
from bot.sources.http import HttpSource
from bot.sources.worker import Workers, WorkerSettings
from tests.clock import SimulatedClock
from tests.emulators.blog import Answer, Blog

ITEMS = "".join(f"<item><guid>{n}</guid><link>/{n}</link><title>Post {n}</title></item>" for n in range(20))
BODY = f"<rss version='2.0'><channel><title>B</title>{ITEMS}</channel></rss>".encode()
CARDS = "".join(
    f'<article><h2><a href="/p/{n}">Post number {n}</a></h2><p>What there is to say of post {n}.</p></article>'
    for n in range(4)
)
MOST = 1_000_000
PACKED = (("Content-Encoding", "gzip"), ("ETag", '"1"'), ("Cache-Control", "max-age=86400"))
BROKEN = {
    "damaged": (gzip.compress(BODY)[:30] + b"\xff" * 30, "broken_answer"),
    "cut off": (gzip.compress(BODY)[:-9], "broken_answer"),
    "members": (gzip.compress(b"") * 2000, "broken_answer"),
    "bomb": (gzip.compress(bytes(10 * MOST)), "too_big"),
    "one byte too many": (gzip.compress(bytes(MOST + 1)), "too_big"),
}


@dataclass
class Seen:
    """``core.ports.Memory`` of what was looked at before; everything else is news."""

    sightings: Sequence[Sighting] = ()

    async def slices(self) -> Remembered:
        """Give all of it."""
        return Remembered(Remembered().renewed((), enumerate(self.sightings)))

    async def knows(self, sightings: Sequence[Sighting]) -> bool:
        """Know none."""
        return False

    async def news(self, sightings: Sequence[Sighting]) -> Sequence[Sighting]:
        """Announce all."""
        return sightings


@dataclass
class Desk:
    """A blog, processes that read, and a way to look."""

    blog: Blog
    workers: Workers
    source: HttpSource

    async def look(self, seen: Sequence[Sighting] = (), **changes: Any) -> Look:
        """Look at the blog's feed."""
        return await self.source.look(replace(Feed(id=1, name="f", url=self.blog.url()), **changes), Seen(seen))

    def pack(self, body: bytes, path: str = "/feed.xml") -> None:
        """Put up something packed."""
        self.blog.script(path, Answer(200, body, PACKED))


@asynccontextmanager
async def desk() -> AsyncIterator[Desk]:
    """Set everything up."""
    settings = FetchSettings(allow_addresses=("127.0.0.0/8",), max_bytes=MOST)
    async with Blog() as blog, AsyncExitStack() as stack:
        workers = await stack.enter_async_context(Workers(WorkerSettings(processes=1, cpu=5.0)))
        pages = OwnPages(workers, {"f"})
        source = await stack.enter_async_context(HttpSource(workers, SimulatedClock(), settings, own_pages=pages))
        yield Desk(blog, workers, source)


@pytest.mark.asyncio
async def test_a_look_fails_as_a_transfer_does_where_its_answer_cannot_be_unpacked() -> None:
    """No validators, no haste or leisure of the server's, a cause without its bytes; and the next one is read."""
    async with desk() as at:
        for name, (body, trouble) in BROKEN.items():
            at.pack(body)
            look = await at.look(validators=Validators('"0"'))
            assert isinstance(look, Failed), name
            assert look == Failed(trouble, look.cause), name
            said = "the answer cannot be unpacked: " if trouble == "broken_answer" else "more than 1 MB"
            assert look.cause.startswith(said), name
        (process,) = at.workers._idle
        at.pack(gzip.compress(BODY))
        assert isinstance(await at.look(), Fetched)
        assert at.workers._idle == [process]


@pytest.mark.asyncio
async def test_what_just_fits_is_read() -> None:
    """The bound is what comes out, to the byte."""
    async with desk() as at:
        at.pack(gzip.compress(BODY + b" " * (MOST - len(BODY))))
        assert isinstance(await at.look(), Fetched)


@pytest.mark.asyncio
async def test_the_same_bytes_are_not_even_unpacked() -> None:
    """A server without validators costs a hash of what came over the wire."""
    async with desk() as at:
        at.pack(gzip.compress(BODY))
        first = await at.look()
        assert isinstance(first, Fetched)
        (process,) = at.workers._idle
        read = process._told
        assert isinstance(await at.look(first.sightings, body_hash=first.body_hash), NotModified)
        assert process._told == read


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("encoding", "other"),
    [
        ("gzip", gzip.compress(BODY, 9, mtime=1)),
        ("gzip", gzip.compress(BODY, 1, mtime=2)),
        ("deflate", zlib.compress(BODY)),
        ("identity", BODY),
    ],
    ids=["time", "level", "deflate", "plain"],
)
async def test_the_same_document_packed_in_another_way_is_not_modified(encoding: str, other: bytes) -> None:
    """Some servers write the time, or chance, into every archive: what is inside was there before."""
    async with desk() as at:
        at.pack(gzip.compress(BODY, 9, mtime=0))
        first = await at.look()
        assert isinstance(first, Fetched)
        at.blog.script("/feed.xml", Answer(200, other, (("Content-Encoding", encoding), ("ETag", '"2"'))))
        look = await at.look(first.sightings, body_hash=first.body_hash)
        assert isinstance(look, NotModified)
        assert look.info.validators.etag == '"2"'


@pytest.mark.asyncio
async def test_a_feed_that_a_page_names_and_that_cannot_be_unpacked_is_passed_over() -> None:
    """The next one that it names is tried."""
    async with desk() as at:
        links = "".join(f'<link rel="alternate" type="application/rss+xml" href="/{n}.xml">' for n in range(2))
        at.pack(gzip.compress(f"<!doctype html><html><head>{links}</head></html>".encode()))
        at.pack(BROKEN["damaged"][0], "/0.xml")
        at.pack(gzip.compress(BODY), "/1.xml")
        look = await at.look(kind=FeedKind.AUTO)
        assert isinstance(look, Fetched)
        assert look.found_at == at.blog.url("/1.xml")


@pytest.mark.asyncio
@pytest.mark.parametrize("broken", ["damaged", "bomb"])
async def test_a_listings_next_page_that_cannot_be_unpacked_fails_the_look(broken: str) -> None:
    """Half a listing would look as if posts had vanished."""
    async with desk() as at:
        at.pack(gzip.compress(f'<!doctype html><main>{CARDS}</main><a rel="next" href="/2">Older</a>'.encode()))
        at.pack(BROKEN[broken][0], "/2")
        look = await at.look(kind=FeedKind.PAGE)
        assert isinstance(look, Failed)
        assert (look.name, look.info.validators) == (BROKEN[broken][1], Validators())


@pytest.mark.asyncio
async def test_a_posts_own_page_is_unpacked_and_one_that_cannot_be_leaves_the_post_as_it_is() -> None:
    """A page that is damaged or a bomb costs the others nothing."""
    async with desk() as at:
        items = "".join(f"<item><guid>{n}</guid><link>/{n}</link></item>" for n in range(3))
        at.pack(gzip.compress(f"<rss version='2.0'><channel><title>B</title>{items}</channel></rss>".encode()))
        own = b"<!doctype html><html><head><title>Own title</title></head><body><p>Text.</p></body></html>"
        for path, body in (("/0", BROKEN["damaged"][0]), ("/1", BROKEN["bomb"][0]), ("/2", gzip.compress(own))):
            at.pack(body, path)
        look = await at.look()
        assert isinstance(look, Fetched)
        assert {place: each.title for place, each in look.completed.items()} == {2: "Own title"}
