"""A bad line between lane and platform: what becomes of a request whose exchange breaks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.line import PLACES, Line, open_line
from tests.world import World, entry


@pytest_asyncio.fixture(params=["telegram", "discord"])
async def line(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Line]:
    """Open a world with a line."""
    async with open_line(request.param, tmp_path / "incoming.db", monkeypatch) as opened:
        yield opened


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("kind", "given", "arrives"),
    [
        ("reset", {}, False),
        ("answer", {"status": 502}, False),
        ("drop", {}, True),
        ("half", {}, True),
        ("garbage", {}, True),
    ],
)
async def test_a_broken_exchange_is_repeated_once_at_most(
    line: Line, kind: str, given: dict[str, Any], *, arrives: bool
) -> None:
    """What may have arrived is sent once more: Telegram may have it twice, Discord never; and it is told as sent."""
    await line.chats(PLACES[0])
    line.fault(kind, PLACES[0], **given)
    await line.world.publish("a", "b")
    await line.deliver(90)
    assert line.arrived() == ["a", "a", "b"] if arrives and line.doubles else ["a", "b"]
    assert await line.states() == {"sent": 2}


async def change(world: World, post: int, title: str) -> None:
    """Give a post another title, as a look does."""
    now = world.clock.now()
    async with world.store.begin() as work:
        await work.see_posts(world.feed, [(post, entry(title), [], "gist")], now)
        while await work.expand(1000, now):
            pass


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("kind", "given"),
    [
        ("reset", {}),
        ("drop", {}),
        ("half", {}),
        ("answer", {"status": 502}),
    ],
)
async def test_an_edit_whose_exchange_breaks_ends_in_the_same_message(
    line: Line, kind: str, given: dict[str, Any]
) -> None:
    """Whether it arrived or not, it is made again: one message, the newest title, nothing left to do."""
    await line.chats(PLACES[0])
    (post,) = await line.world.publish("a")
    await line.deliver(10)
    await change(line.world, post, "b")
    line.fault(kind, method="editMessageText" if line.name == "telegram" else "PATCH", **given)
    await line.deliver(120)
    messages = list(line.server.world.messages.values())
    assert [each.get("text", "").split("\n")[0] or each["embeds"][0]["title"] for each in messages] == ["b"]
    assert sum(each.method in {"editMessageText", "PATCH"} for each in line.server.world.requests) == 2
    assert await line.world.rows("SELECT * FROM edit") == []
    assert await line.states() == {"sent": 1}


@pytest.mark.asyncio
async def test_a_second_doubt_is_reported_on_telegram_and_asked_about_on_discord(line: Line) -> None:
    """Twice no answer: Telegram's message is dead and said so, Discord's is found by its nonce. The chat goes on."""
    await line.chats(PLACES[0])
    line.fault("drop", PLACES[0], times=2)
    await line.world.publish("a", "b")
    await line.deliver(120)
    if line.doubles:
        assert line.arrived() == ["a", "a", "b"]
        assert await line.states() == {"sent": 1, "dead: unconfirmed": 1}
    else:
        assert line.arrived() == ["a", "b"]
        assert await line.states() == {"sent": 2}
