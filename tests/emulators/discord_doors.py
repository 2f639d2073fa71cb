"""The app's side of Discord, for tests: settings that lead to an emulator, a clock, and doors that record."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from bot.clock import SystemClock
from bot.core.models import Address, Chat, Notice, PlaceKind, Reply
from bot.core.ports import Artist, Ask, Clock, Doors
from bot.platforms.discord.settings import DiscordSettings
from bot.reading.doc import Doc, paragraph
from tests.emulators.discord import Discord
from tests.emulators.telegram_doors import MENU, MemoryInbox

START = datetime(2026, 1, 20, 12, 0, tzinfo=UTC)


def settings(discord: Discord, **given: object) -> DiscordSettings:
    """Make settings that lead to an emulator."""
    return DiscordSettings.model_validate(
        {"token": discord.token, "api_base": discord.base, "gateway": discord.gateway, **given}
    )


class StillClock:
    """A clock that moves only when somebody sleeps or a test says so."""

    def __init__(self) -> None:
        self.time = START
        self.slept: list[float] = []

    def seconds(self) -> float:
        """Give the time as an emulator counts it."""
        return self.time.timestamp()

    def now(self) -> datetime:
        """Give the time."""
        return self.time

    async def sleep(self, seconds: float) -> None:
        """Let time pass at once."""
        self.slept.append(seconds)
        self.time += timedelta(seconds=seconds)

    async def wait(self, event: object, seconds: float) -> bool:
        """Let time pass; what is waited for never comes."""
        await self.sleep(seconds)
        return False


class House:
    """Doors, and what came through them; ``says`` answers a request.

    ``admin_commands`` are the names that need the asker's rights, ``stored`` the places and why each is closed.
    """

    def __init__(self, clock: Clock | None = None) -> None:
        self.clock = clock or SystemClock()
        self.asks: list[Ask] = []
        self.closed: list[tuple[Address, str]] = []
        self.opened: list[Address] = []
        self.stored: dict[Address, str] = {}
        self.notes: dict[str, str] = {}
        self.offers: list[tuple[str, str]] = []
        self.typed: list[tuple[Ask, str]] = []
        self.admin_commands = {"subscribe", "topics"}
        self.says: Callable[[Ask], Reply | None] = lambda ask: answer(f"{ask.name}: {ask.args}")
        self.pause = 0.0
        self.artist: Artist | None = None

    async def answer(self, ask: Ask) -> Reply | None:
        """Answer a command, after ``pause`` seconds."""
        self.asks.append(ask)
        if self.pause:
            await self.clock.sleep(self.pause)
        return self.says(ask)

    def doors(self) -> Doors:
        """Give the doors."""
        return Doors(
            inbox=MemoryInbox(),
            clock=self.clock,
            pace=self._pace,
            closed=self._close,
            moved=self._move,
            needs_admin=lambda ask: ask.kind is not PlaceKind.PRIVATE and ask.name in self.admin_commands,
            menu=MENU,
            opened=self._open,
            chat=self._chat,
            subscribed=self._subscribed,
            formulas=self._formulas,
            places=self._places,
            suggest=self._suggest,
            recall=self._recall,
            remember=self._remember,
            artist=self.artist,
        )

    async def _pace(self, address: Address, kind: PlaceKind) -> None:
        """Let everything through."""

    async def _close(self, address: Address, reason: str) -> None:
        self.closed.append((address, reason))
        self.stored[address] = reason

    async def _move(self, platform: str, old: str, new: str) -> None:
        """Do nothing."""

    async def _open(self, address: Address) -> None:
        self.opened.append(address)
        self.stored[address] = ""

    async def _chat(self, address: Address, kind: PlaceKind, language: str) -> Chat:
        return Chat(0, address, kind, 0)

    async def _subscribed(self, address: Address) -> bool:
        return address in self.stored

    async def _formulas(self, address: Address, value: str) -> None:
        """Do nothing."""

    async def _places(self, platform: str) -> Sequence[tuple[Address, str]]:
        return list(self.stored.items())

    async def _suggest(self, ask: Ask, what: str) -> Sequence[tuple[str, str]]:
        self.typed.append((ask, what))
        return self.offers

    async def _recall(self, key: str) -> str | None:
        return self.notes.get(key)

    async def _remember(self, key: str, value: str) -> None:
        self.notes[key] = value


def answer(text: str) -> Reply:
    """Make an answer of one paragraph."""
    return Reply(Notice(Doc((paragraph(text),))))
