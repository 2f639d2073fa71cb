from __future__ import annotations

import asyncio
import gc
import socket
import warnings

import pytest
from aiohttp import web

from tests.emulators.blog import Blog
from tests.emulators.discord import Discord
from tests.emulators.serving import Serving
from tests.emulators.telegram import Telegram

_KNOCKS = 5


def _knock(port: int) -> list[socket.socket]:
    """Connect at once, without a turn of the loop: the server's part of it is still to come."""
    return [socket.create_connection(("127.0.0.1", port), timeout=5) for _ in range(_KNOCKS)]


def _unclosed(links: list[socket.socket]) -> list[str]:
    """Tell what was left open once nobody can close it any more; the server's end of the links is gone with it."""
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        gc.collect()
    for link in links:
        with link:
            link.settimeout(0.1)
    return [str(each.message) for each in seen]


@pytest.mark.parametrize("turns", range(5))
@pytest.mark.parametrize("kind", [Blog, Discord, Telegram])
def test_who_knocks_while_an_emulator_closes_is_let_go(kind: type[Blog | Discord | Telegram], turns: int) -> None:
    """However many turns of the loop a link has had, it is not left open and told of at the end of another test."""
    links = []

    async def scene() -> None:
        async with kind() as emulator:
            links.extend(_knock(emulator.port))
            for _ in range(turns):
                await asyncio.sleep(0)

    asyncio.run(scene())
    assert _unclosed(links) == []


def test_a_peer_that_reads_no_more_is_let_go() -> None:
    """What could not be written does not keep the link."""
    links = []

    async def much(_: web.Request) -> web.Response:
        return web.Response(body=bytes(30_000_000))

    async def scene() -> None:
        app = web.Application()
        app.router.add_get("/", much)
        serving = await Serving.start(app, "127.0.0.1", 0)
        links.extend(_knock(serving.port))
        for link in links:
            link.sendall(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n")
        await asyncio.sleep(0.2)
        await serving.stop()

    asyncio.run(scene())
    assert _unclosed(links) == []
