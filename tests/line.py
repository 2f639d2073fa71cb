"""A line between lane and platform that can be broken: the real adapters, real sockets, a simulated clock."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from bot.core.models import Chat, PlaceKind
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
from tests.world import World, open_world, write

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


@contextlib.asynccontextmanager
async def open_line(platform: str, path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Line]:
    """Open a world over a database file, with a line to a platform."""
    async with open_world(path, monkeypatch) as world:
        for owner, name in ((AioRequest, "do_request"), (Rest, "_exchange")):
            monkeypatch.setattr(owner, name, standing_still(world.clock, getattr(owner, name)))
        async with on_telegram(world) if platform == "telegram" else on_discord(world) as opened:
            yield opened
