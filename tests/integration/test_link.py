"""A bad line between lane and platform: the real adapters over real sockets, on a simulated clock."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp.resolver
import pytest
import pytest_asyncio
from pydantic import SecretStr

from bot.core.models import Address, Chat, PlaceKind
from bot.core.ports import Doors
from bot.deliver import Lane, Writer
from bot.platforms.discord.platform import Discord
from bot.platforms.discord.rest import Rest
from bot.platforms.discord.settings import DiscordSettings
from bot.platforms.telegram.platform import Telegram
from bot.platforms.telegram.request import AioRequest
from bot.platforms.telegram.settings import TelegramSettings
from tests.clock import SimulatedClock
from tests.emulators import discord_rules, telegram_rules
from tests.emulators.discord import Discord as DiscordServer
from tests.emulators.telegram import Telegram as TelegramServer
from tests.emulators.telegram_doors import House
from tests.world import World, entry, open_world, write

PATIENCE = 0.02
"""Real seconds in which nothing may come over the sockets before time passes, where it does not stand still."""
PLACES = ("50001", "50002", "50003")
DAY = 86_400


@dataclass
class Line:
    """A world whose platform is a real one, on the other end of a line that can be broken."""

    name: str
    world: World
    server: Any
    adapter: Any

    @property
    def doubles(self) -> bool:
        """Tell whether a message that may have arrived is sent a second time: Telegram knows no nonce."""
        return self.name == "telegram"

    def arrived(self, place: str = "") -> list[str]:
        """Give the titles that arrived, in their order."""
        ledger = self.server.world.ledger
        if self.name == "telegram":
            return [each.text.split("\n")[0] for each in ledger if place in {"", str(each.chat)}]
        return [each.embeds[0]["title"] for each in ledger if place in {"", each.channel}]

    def fault(self, kind: str, place: str = "", **given: Any) -> None:
        """Break the line for requests to a place, or any."""
        if self.name == "telegram":
            given |= {"chat": int(place)} if place else {}
            given = {{"status": "code"}.get(name, name): value for name, value in given.items()}
        elif place:
            given["path"] = f"/channels/{place}/messages"
        self.server.world.fault(kind, **given)

    def slow_down(self, seconds: float, place: str, times: int) -> None:
        """Answer 429 to a place: wait so long."""
        if self.name == "telegram":
            described = f"Too Many Requests: retry after {seconds:.0f}"
            given = {"code": 429, "description": described, "parameters": {"retry_after": int(seconds)}}
            self.server.world.fault("answer", chat=int(place), times=times, **given)
        else:
            self.server.slow(place, seconds, times)

    async def chats(self, *places: str) -> Sequence[Chat]:
        """Subscribe chats."""
        kind = PlaceKind.PRIVATE if self.name == "telegram" else PlaceKind.GROUP
        return [await self.world.subscribe(place, kind=kind, platform=self.name) for place in places]

    def lane(self) -> Lane:
        """Make a lane over the line."""
        return Lane(
            self.adapter,
            self.world.store,
            Writer(self.adapter, self.world.matcher, write),
            self.world.clock,
            patience=timedelta(days=30),
        )

    async def deliver(self, seconds: float) -> None:
        """Let a lane run for some time."""
        async with self.world.running(self.lane()):
            await self.world.clock.sleep(seconds)

    async def states(self) -> Mapping[str, int]:
        """Count what became of all deliveries."""
        rows = await self.world.rows("SELECT state || iif(reason = '', '', ': ' || reason) FROM delivery")
        return Counter(str(state) for (state,) in rows)


class SlowDiscord(DiscordServer):
    """Refuses a channel's messages with 429, as often as told."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self._slow: dict[str, list[float]] = {}

    def slow(self, place: str, seconds: float, times: int) -> None:
        """Refuse so many requests."""
        self._slow[place] = [seconds] * times

    def _admit(self, method: str, path: str) -> dict[str, str]:
        waits = self._slow.get(path.split("/")[2]) if method == "POST" else None
        if waits:
            seconds = waits.pop()
            refusal = discord_rules.RefusedError(
                429, 0, "You are being rate limited.", extra={"retry_after": seconds, "global": False}
            )
            refusal.headers = {"Retry-After": str(int(seconds)), "X-RateLimit-Scope": "user", "Via": "1.1 google"}
            raise refusal
        return super()._admit(method, path)


def standing_still(clock: SimulatedClock, work: Callable[..., Coroutine[Any, Any, Any]]) -> Callable[..., Any]:
    """Let no time pass while a request is under way, unless a test is about that."""
    counted = clock.count(work)

    async def exchange(*args: Any, **given: Any) -> Any:
        return await (work if clock._patience else counted)(*args, **given)

    return exchange


def doors(clock: SimulatedClock) -> Doors:
    """Give an adapter the simulated clock."""
    house = House()
    house.clock = clock  # type: ignore[assignment]  # one that is simulated
    return house.doors()


@contextlib.asynccontextmanager
async def on_telegram(world: World) -> AsyncIterator[Line]:
    """Put a Telegram at the other end."""
    clock = lambda: world.clock.now().timestamp()  # noqa: E731 -- a clock
    async with TelegramServer(clock=clock, rates=telegram_rules.Rates()) as server:
        settings = TelegramSettings(token=SecretStr(server.token), api_base=server.base)
        adapter = Telegram(settings, doors(world.clock))
        try:
            yield Line("telegram", world, server, adapter)
        finally:
            await adapter.close()


@contextlib.asynccontextmanager
async def on_discord(world: World) -> AsyncIterator[Line]:
    """Put a Discord at the other end."""
    clock = lambda: world.clock.now().timestamp()  # noqa: E731 -- a clock
    async with SlowDiscord(clock=clock, rates=discord_rules.Rates()) as server:
        for place in PLACES:
            server.world.add_channel(place)
        adapter = Discord(DiscordSettings(token=SecretStr(server.token), api_base=server.base), doors(world.clock))
        try:
            yield Line("discord", world, server, adapter)
        finally:
            await adapter.close()


@pytest_asyncio.fixture(params=["telegram", "discord"])
async def line(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Line]:
    """Open a world with a line."""
    async with open_world(tmp_path / "incoming.db", monkeypatch) as world:
        for owner, name in ((AioRequest, "do_request"), (Rest, "_exchange")):
            monkeypatch.setattr(owner, name, standing_still(world.clock, getattr(owner, name)))
        async with on_telegram(world) if request.param == "telegram" else on_discord(world) as opened:
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


@pytest.mark.asyncio
async def test_a_day_of_retry_after_holds_up_that_chat_alone(line: Line) -> None:
    """The chat waits the day, asked nothing meanwhile; the others get everything at once."""
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
async def test_hours_of_server_errors_lose_nothing(line: Line) -> None:
    """Every request is answered with 503, as in an outage of the platform's own: afterwards all is there, once."""
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
