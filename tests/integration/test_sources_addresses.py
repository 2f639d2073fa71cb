"""The address check on every way by which an address comes: written, resolved, redirected to, named by a page."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest

from bot.core.models import Failed, Feed, FeedKind, Fetched, Look, Remembered, Sighting
from bot.sources.client import FetchSettings
from bot.sources.http import HttpSource
from tests.clock import SimulatedClock
from tests.emulators.blog import Answer, Blog
from tests.emulators.reader import Reader

FEED = b"<rss version='2.0'><channel><title>T</title><item><title>One</title><guid>1</guid></item></channel></rss>"


class Memory:
    """``core.ports.Memory`` of somebody who knows nothing yet."""

    async def slices(self) -> Remembered:
        """Give nothing."""
        return Remembered()

    async def knows(self, sightings: Sequence[Sighting]) -> bool:
        """Know none of them."""
        return False

    async def news(self, sightings: Sequence[Sighting]) -> Sequence[Sighting]:
        """Announce nothing."""
        return ()


@asynccontextmanager
async def opened(*allow: str) -> AsyncIterator[tuple[Blog, HttpSource]]:
    """Open a blog and a source that may reach some networks."""
    async with Blog() as blog, HttpSource(Reader(), SimulatedClock(), FetchSettings(allow_addresses=allow)) as source:
        blog.publish("/feed.xml", FEED)
        yield blog, source


async def look(source: HttpSource, url: str, *, own: bool = True, kind: FeedKind = FeedKind.AUTO) -> Look:
    """Look at an address, as the operator's or as a reader's."""
    return await source.look(Feed(1, "f", url, kind=kind, from_config=own), Memory())


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "host",
    [
        "127.1",
        "0177.0.0.1",
        "0x7f000001",
        "017700000001",
        "127.0.1",
        "LOCALHOST",
        "①②⑦.⓪.⓪.①",
        "127。0。0。1",
        "ⓛocalhost",
        "[::ffff:127.0.0.1]",
        "[0:0:0:0:0:ffff:7f00:1]",
        "[::127.0.0.1]",
        "[64:ff9b::127.0.0.1]",
        "[2002:7f00:1::]",
        "[2001:0:7f00:1::1]",
        "[fe80::1%25lo]",
        "[fd00::1]",
        "[fec0::1]",
        "[ff02::1]",
        "224.0.0.1",
        "100.64.0.1",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.0.1",
        "169.254.169.254",
        "0.0.0.0",
        "255.255.255.255",
    ],
)
async def test_no_way_of_writing_an_inner_address_opens_it(host: str) -> None:
    """Short, octal, hexadecimal, in other scripts' digits, mapped, translated: refused before any connection."""
    async with opened("127.0.0.0/8") as (blog, source):
        for port, name in (("", "blocked_address"), (f":{blog.port}", "blocked_port")):
            found = await look(source, f"http://{host}{port}/feed.xml", own=False)
            assert isinstance(found, Failed)
            assert found.name in {name, "bad_url"}
        assert blog.requests == []


@pytest.mark.asyncio
async def test_a_name_that_turns_to_an_inner_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rebinding: what was allowed an hour ago is checked again when the next socket is opened."""
    async with opened("127.0.0.1/32") as (blog, source):
        leads = {"to": "127.0.0.1"}

        async def look_up(_: str, port: int, **__: Any) -> list[tuple[Any, ...]]:
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (leads["to"], port))]

        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", look_up)
        blog.script("/feed.xml", Answer(200, FEED, (("Connection", "close"),)))
        url = f"http://rebind.example:{blog.port}/feed.xml"
        assert isinstance(await look(source, url), Fetched)
        leads["to"] = "127.0.0.2"
        source._client._trusted.connector.clear_dns_cache()  # type: ignore[union-attr]  # it has one while open
        found = await look(source, url)
        assert isinstance(found, Failed)
        assert found.name == "blocked_address"
        assert len(blog.requests) == 1


@pytest.mark.asyncio
@pytest.mark.parametrize("hops", [1, 2, 4])
@pytest.mark.parametrize(("port", "name"), [("", "blocked_address"), (":{port}", "blocked_port")])
async def test_each_hop_of_a_chain_is_checked(hops: int, port: str, name: str) -> None:
    """However far away, a redirect into another inner address, or to a port that is not the web's, ends there."""
    async with opened("127.0.0.0/8") as (blog, source):
        for hop in range(hops - 1):
            blog.script(f"/{hop}", Answer(302, b"", (("Location", f"/{hop + 1}"),)))
        blog.script(
            f"/{hops - 1}", Answer(302, b"", (("Location", f"http://127.0.0.9{port.format(port=blog.port)}/feed.xml"),))
        )
        found = await look(source, blog.url("/0"))
        assert isinstance(found, Failed)
        assert found.name == name
        assert [asked.path for asked in blog.requests] == [f"/{hop}" for hop in range(hops)]


@pytest.mark.asyncio
async def test_a_feed_that_a_page_names_is_checked() -> None:
    """The operator's page may name its own feed; one on another inner address is not asked for."""
    page = '<html><head><link rel="alternate" type="application/rss+xml" href="{}"></head><body>words</body></html>'
    async with opened("127.0.0.0/8") as (blog, source):
        blog.publish("/", page.format(f"http://localhost:{blog.port}/feed.xml").encode(), "text/html")
        found = await look(source, blog.url("/"))
        assert isinstance(found, Failed)
        assert [asked.path for asked in blog.requests] == ["/"]
        blog.publish("/", page.format("/feed.xml").encode(), "text/html")
        assert isinstance(await look(source, blog.url("/")), Fetched)


@pytest.mark.asyncio
@pytest.mark.parametrize("known", [False, True])
async def test_a_second_feed_of_a_page_does_not_stand_in_for_one_that_was_read(*, known: bool) -> None:
    """At first any of them will do; later the next one may be the blog's comments, and those would be news."""
    head = "".join(f'<link rel="alternate" type="application/rss+xml" href="/{name}">' for name in ("gone", "feed.xml"))
    async with opened("127.0.0.0/8") as (blog, source):
        blog.publish("/", f"<html><head>{head}</head><body>words</body></html>".encode(), "text/html")
        found = await source.look(Feed(1, "f", blog.url("/"), baseline=known), Memory())
        assert isinstance(found, Failed if known else Fetched)


@pytest.mark.asyncio
@pytest.mark.parametrize("status", [429, 503])
async def test_a_second_feed_of_a_page_does_not_stand_in_for_one_that_is_away_for_now(status: int) -> None:
    """At first, too: the blog's comments would be its feed for good, because its server was busy once."""
    head = "".join(f'<link rel="alternate" type="application/rss+xml" href="/{name}">' for name in ("busy", "feed.xml"))
    async with opened("127.0.0.0/8") as (blog, source):
        blog.publish("/", f"<html><head>{head}</head><body>words</body></html>".encode(), "text/html")
        blog.script("/busy", Answer(status), Answer(200, FEED))
        found = await look(source, blog.url("/"))
        assert isinstance(found, Failed)
        assert found.name == {429: "rate_limited", 503: "server_error"}[status]
        found = await look(source, blog.url("/"))
        assert isinstance(found, Fetched)
        assert found.found_at == blog.url("/busy")


@pytest.mark.asyncio
async def test_the_next_page_of_a_listing_is_checked() -> None:
    """A listing that leads on to another inner address is read without it; one that is sent on there fails whole."""
    cards = "".join(
        f'<article><h2><a href="/p/{n}">Post number {n}</a></h2><p>words about the post number {n}</p></article>'
        for n in range(5)
    )
    async with Blog(host="127.0.0.9") as inner, opened("127.0.0.0/8") as (blog, source):
        inner.publish("/2", f"<html><body>{cards}</body></html>".encode(), "text/html")
        for link, paths in ((inner.url("/2"), ["/"]), ("/2", ["/", "/2"])):
            following = f'<a rel="next" href="{link}">older</a>'
            blog.publish("/", f"<html><body>{cards}{following}</body></html>".encode(), "text/html")
            blog.script("/2", Answer(302, b"", (("Location", inner.url("/2")),)))
            before = len(blog.requests)
            found = await look(source, blog.url("/"), kind=FeedKind.PAGE)
            assert isinstance(found, Fetched) == (len(paths) == 1)
            assert not isinstance(found, Failed) or found.name == "blocked_port"
            assert [asked.path for asked in blog.requests[before:]] == paths
        assert inner.requests == []
