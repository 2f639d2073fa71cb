"""A line that is down, slow or refuses for long: what waits for it, and what does not."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp.resolver
import pytest
import pytest_asyncio

from bot.core.models import Address, PlaceKind
from tests.line import DAY, PATIENCE, PLACES, Line, open_line
from tests.world import for_days


@pytest_asyncio.fixture(params=["telegram", "discord"])
async def line(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Line]:
    """Open a world with a line."""
    async with open_line(request.param, tmp_path / "incoming.db", monkeypatch) as opened:
        yield opened


@pytest.mark.asyncio
async def test_a_day_of_retry_after_holds_up_that_chat_alone(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    """The chat waits the day, asked nothing meanwhile; the others get everything at once."""
    for_days(monkeypatch)
    await line.chats(*PLACES)
    line.slow_down(DAY, PLACES[0], 1)
    await line.world.publish("a", "b")
    await line.deliver(600)
    assert [line.arrived(place) for place in PLACES] == [[], ["a", "b"], ["a", "b"]]
    assert len(line.server.world.requests) <= 10
    await line.deliver(DAY)
    assert line.arrived(PLACES[0]) == ["a", "b"]
    assert await line.states() == {"sent": 6}


@pytest.mark.asyncio
async def test_a_storm_of_429_ends_with_everything_there_once(line: Line) -> None:
    """Ten refusals in a row: each is waited out, nothing is doubled, lost or out of order."""
    await line.chats(*PLACES)
    line.slow_down(2, PLACES[0], 10)
    await line.world.publish("a", "b", "c")
    await line.deliver(600)
    assert [line.arrived(place) for place in PLACES] == [["a", "b", "c"]] * 3
    assert await line.states() == {"sent": 9}


@pytest.mark.asyncio
async def test_an_hour_without_network_drains_in_order_and_within_the_limits(line: Line) -> None:
    """Nothing is doubled, nothing lost; minutes after the line is back every chat has its posts in order."""
    await line.chats(*PLACES)
    await line.server.__aexit__()
    titles = [f"p{number:02}" for number in range(12)]
    async with line.world.running(line.lane()):
        for title in titles:
            await line.world.publish(title)
            await line.world.clock.sleep(300)
        assert line.arrived() == []
        await line.server.__aenter__()
        await line.world.clock.sleep(420)
    assert [line.arrived(place) for place in PLACES] == [titles] * 3
    assert not [each for each in line.server.world.requests if each.status == 429]
    assert await line.states() == {"sent": 36}


@pytest.mark.asyncio
async def test_names_that_do_not_resolve_are_certainly_not_sent(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without DNS no request leaves: everything waits, and goes out once when names resolve again."""
    await line.chats(PLACES[0])

    async def nothing(*_: object, **__: object) -> list[Any]:
        raise OSError(-2, "Name or service not known")

    api = line.adapter._api if line.name == "telegram" else line.adapter._rest
    monkeypatch.setattr(api, "_base", api._base.replace("127.0.0.1", "platform.example"))
    monkeypatch.setattr(aiohttp.resolver.ThreadedResolver, "resolve", nothing)
    await line.world.publish("a")
    await line.deliver(600)
    assert line.arrived() == []
    monkeypatch.setattr(api, "_base", api._base.replace("platform.example", "127.0.0.1"))
    await line.deliver(420)
    assert line.arrived() == ["a"]
    assert await line.states() == {"sent": 1}


@pytest.mark.asyncio
async def test_a_slow_answer_holds_up_nobody_else(line: Line) -> None:
    """One chat's answer takes its time: the others have everything before it comes, and nothing is repeated."""
    await line.chats(*PLACES)
    line.fault("delay", PLACES[0], seconds=1.5)
    line.world.clock._patience = PATIENCE
    await line.world.publish("a", "b")
    async with line.world.running(line.lane()):
        while not line.arrived(PLACES[0]):
            await line.world.clock.sleep(1)
        assert [line.arrived(place) for place in PLACES[1:]] == [["a", "b"]] * 2
        await line.world.clock.sleep(60)
    assert line.arrived(PLACES[0]) == ["a", "b"]
    assert await line.states() == {"sent": 6}


@pytest.mark.asyncio
async def test_an_address_of_a_place_is_that_of_the_request(line: Line) -> None:
    """What the other tests count is counted by place."""
    (chat,) = await line.chats(PLACES[1])
    await line.world.publish("a")
    await line.deliver(10)
    assert chat.address == Address(line.name, PLACES[1])
    assert (line.arrived(PLACES[0]), line.arrived(PLACES[1])) == ([], ["a"])


@pytest.mark.asyncio
@pytest.mark.parametrize("line", ["telegram"], indirect=True)
@pytest.mark.parametrize(("minutes", "lost"), [(1, 0), (60, 4)])
async def test_an_outage_of_sending_alone_loses_next_to_nothing(line: Line, minutes: int, lost: int) -> None:
    """Messages are answered with 502, everything else as ever: they wait, but for one now and then that asks."""
    places = [str(50_000 + number) for number in range(40)]
    await line.chats(*places)
    line.fault("answer", status=502, times=100_000, method="sendMessage")
    await line.world.publish("a")
    await line.deliver(minutes * 60)
    asked = [each for each in line.server.world.requests if each.method == "sendMessage"]
    assert len(asked) <= 60
    line.server.world.faults.clear()
    await line.world.publish("b")
    await line.deliver(1800)
    states = await line.states()
    assert states["sent"] == 2 * len(places) - states["dead: unconfirmed"]
    assert states["dead: unconfirmed"] <= lost
    assert Counter(line.arrived()) == {"a": len(places) - states["dead: unconfirmed"], "b": len(places)}


@pytest.mark.asyncio
async def test_a_single_server_error_holds_up_nobody_else(line: Line) -> None:
    """The others get theirs at once, and its own second try follows when somebody's message was accepted."""
    await line.chats(*PLACES)
    line.fault("answer", PLACES[0], status=502)
    await line.world.publish("a")
    await line.deliver(12)
    assert sorted(line.arrived()) == ["a"] * len(PLACES)


@pytest.mark.asyncio
@pytest.mark.parametrize("line", ["telegram"], indirect=True)
async def test_a_message_that_waits_for_an_outages_end_holds_up_its_own_thread_only(line: Line) -> None:
    """One thread's message has one try left and waits a minute; the group's other thread gets its post at once."""
    line.server.world.add_chat(-1001, "supergroup", title="F", forum=True, threads={7: True, 8: True})
    for thread, query in (("7", "a"), ("8", "b")):
        await line.world.subscribe("-1001", thread=thread, kind=PlaceKind.GROUP, platform="telegram", query=query)
    line.fault("answer", "-1001", status=502)
    async with line.world.running(line.lane()) as lane:
        for title in ("a", "b"):
            await line.world.publish(title)
            lane.wake()
            await line.world.clock.sleep(5)
        assert line.arrived() == ["b"]
        await line.world.clock.sleep(60)
    assert line.arrived() == ["b", "a"]


@pytest.mark.asyncio
async def test_hours_of_server_errors_lose_nothing(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every request is answered with 503, as in an outage of the platform's own: afterwards all is there, once."""
    for_days(monkeypatch)
    await line.chats(*PLACES)
    everything = {"method": "*"} if line.name == "telegram" else {}
    line.fault("answer", status=503, times=100_000, **everything)
    await line.world.publish("a", "b")
    await line.deliver(6 * 3600)
    assert line.arrived() == []
    line.server.world.faults.clear()
    await line.deliver(3700)
    assert [line.arrived(place) for place in PLACES] == [["a", "b"]] * len(PLACES)
    assert await line.states() == {"sent": 2 * len(PLACES)}
