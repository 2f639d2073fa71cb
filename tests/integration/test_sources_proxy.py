"""Blogs through a proxy: the address check holds before the proxy is asked. See docs/adr/0009."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest

from bot.core.models import Failed, Validators
from bot.sources.client import Client, Document, FetchSettings
from tests.clock import SimulatedClock
from tests.emulators.blog import Answer, Blog
from tests.emulators.proxy import Proxy

BODY = b"<rss version='2.0'><channel><title>T</title></channel></rss>"
PUBLIC = "93.184.216.34"
KINDS = pytest.mark.parametrize("kind", ["socks5", "http"])


@asynccontextmanager
async def behind(
    kind: str = "socks5", *, refuses: int = 0, allow: tuple[str, ...] = ()
) -> AsyncIterator[tuple[Blog, Proxy, Client]]:
    """Open a blog, a proxy that leads there whatever it is asked for, and a client behind the proxy."""
    async with Blog() as blog, Proxy(to=("127.0.0.1", blog.port), refuses=refuses) as proxy:
        blog.publish("/feed.xml", BODY)
        address = proxy.http if kind == "http" else proxy.address
        client = Client(FetchSettings(proxy=address, allow_addresses=allow), SimulatedClock())
        try:
            yield blog, proxy, client
        finally:
            await client.close()


def names(monkeypatch: pytest.MonkeyPatch, table: Mapping[str, list[str]]) -> None:
    """Let names lead to these addresses; all others lead nowhere."""

    async def look_up(host: str, port: int, **_: Any) -> list[tuple[Any, ...]]:
        if host not in table:
            raise socket.gaierror(socket.EAI_NONAME, "unknown")
        return [
            (socket.AF_INET6 if ":" in each else socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port))
            for each in table[host]
        ]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", look_up)


async def get(client: Client, url: str, *, trusted: bool) -> Document | Failed:
    """Fetch."""
    return await client.get(url, Validators(), trusted=trusted)


@pytest.mark.asyncio
@KINDS
async def test_a_strangers_host_goes_to_the_proxy_as_the_address_that_was_checked(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name means nothing to the proxy, so it cannot mean something else there (rebinding); the blog hears it."""
    async with behind(kind) as (blog, proxy, client):
        names(monkeypatch, {"blog.example": ["2606:2800:220:1::1", PUBLIC]})
        found = await get(client, "http://blog.example/feed.xml", trusted=False)
        assert isinstance(found, Document)
        assert found.body == BODY
        assert proxy.asked == [(PUBLIC, 80)]
        (asked,) = blog.requests
        assert asked.header("Host") == b"blog.example"
        assert asked.header("Proxy-Authorization") is None


@pytest.mark.asyncio
@KINDS
@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "10.0.0.8", "169.254.169.254", "2130706433", "0x7f.1", "[::1]", "[::ffff:a00:1]", "inner.example"],
)
@pytest.mark.parametrize("trusted", [True, False])
async def test_an_inner_address_is_refused_before_the_proxy_is_asked(
    kind: str,
    host: str,
    trusted: bool,  # noqa: FBT001 -- drawn
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """However it is written, and whoever wrote it: the proxy's own network is nobody's to look into."""
    async with behind(kind) as (blog, proxy, client):
        numbers = {"2130706433": ["127.0.0.1"], "0x7f.1": ["127.0.0.1"]}
        names(monkeypatch, numbers | {"inner.example": ["192.168.1.1", "fd00::1"]})
        found = await get(client, f"http://{host}/feed.xml", trusted=trusted)
        assert isinstance(found, Failed)
        assert found.name in {"blocked_address", "bad_url"}
        assert proxy.asked == []
        assert blog.requests == []


@pytest.mark.asyncio
async def test_a_strangers_host_that_leads_nowhere_from_here_is_not_left_to_the_proxy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What cannot be checked is not fetched."""
    async with behind() as (_, proxy, client):
        names(monkeypatch, {})
        found = await get(client, "http://intranet/feed.xml", trusted=False)
        assert isinstance(found, Failed)
        assert found.name == "dns"
        assert proxy.asked == []


@pytest.mark.asyncio
@KINDS
@pytest.mark.parametrize("known", [{}, {"blog.example": [PUBLIC]}])
async def test_the_operators_host_goes_by_name(
    kind: str, known: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where names are blocked or forged, the proxy knows better; the operator wrote it."""
    async with behind(kind) as (_, proxy, client):
        names(monkeypatch, known)
        assert isinstance(await get(client, "http://blog.example/feed.xml", trusted=True), Document)
        assert proxy.asked == [("blog.example", 80)]


@pytest.mark.asyncio
async def test_every_hop_is_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    """A redirect to an inner address, from the operator's feed too, never reaches the proxy."""
    async with behind() as (blog, proxy, client):
        names(monkeypatch, {"blog.example": [PUBLIC], "other.example": ["10.1.2.3"]})
        blog.script("/0", Answer(302, b"", (("Location", "http://other.example/feed.xml"),)))
        for trusted in (True, False):
            found = await get(client, "http://blog.example/0", trusted=trusted)
            assert isinstance(found, Failed)
            assert found.name == "blocked_address"
        assert proxy.asked == [("blog.example", 80), (PUBLIC, 80)]


@pytest.mark.asyncio
async def test_the_operators_own_network_is_reached_without_the_proxy() -> None:
    """What is in allow_addresses stands beside the bot, not behind the proxy; a reader's feed stays out of it."""
    async with behind(allow=("127.0.0.0/8",)) as (blog, proxy, client):
        assert isinstance(await get(client, blog.url("/feed.xml"), trusted=True), Document)
        refused = await get(client, "http://127.0.0.1/feed.xml", trusted=False)
        assert isinstance(refused, Failed)
        assert proxy.asked == []


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("kind", "code", "name"),
    [
        ("socks5", 5, "refused"),
        ("socks5", 2, "proxy"),
        ("http", 502, "refused"),
        ("http", 407, "proxy"),
        ("http", 403, "proxy"),
    ],
)
async def test_what_the_proxy_says_is_named(kind: str, code: int, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A blog that is not there is the blog's trouble, a proxy that does not open a way the proxy's."""
    async with behind(kind, refuses=code) as (_, _, client):
        names(monkeypatch, {"blog.example": [PUBLIC]})
        found = await get(client, "http://blog.example/feed.xml", trusted=False)
        assert isinstance(found, Failed)
        assert found.name == name
        assert PUBLIC not in found.cause


@pytest.mark.asyncio
@pytest.mark.parametrize("scheme", ["socks5", "socks4", "http"])
async def test_a_proxy_that_is_not_there_is_named_without_its_password(
    scheme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the failure nor the settings show what the proxy's address holds."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        settings = FetchSettings(proxy=f"{scheme}://me:secret@127.0.0.1:{taken.getsockname()[1]}")
        client = Client(settings, SimulatedClock())
        names(monkeypatch, {"blog.example": [PUBLIC]})
        found = await get(client, "http://blog.example/feed.xml", trusted=False)
        await client.close()
    assert isinstance(found, Failed)
    assert found.name == "proxy"
    assert "secret" not in found.cause + repr(settings)


@pytest.mark.asyncio
@KINDS
async def test_tls_through_a_proxy_is_checked_against_the_blogs_name(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Encryption reaches from here to the blog: one that does not speak it is no blog."""
    async with behind(kind) as (blog, proxy, client):
        names(monkeypatch, {"blog.example": [PUBLIC]})
        found = await get(client, "https://blog.example/feed.xml", trusted=False)
        assert isinstance(found, Failed)
        assert found.name == "tls"
        assert proxy.asked == [(PUBLIC, 443)]
        assert blog.requests == []
