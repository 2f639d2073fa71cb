"""The app's side of a platform, for tests: an inbox in memory, doors that record, a clock that never really waits."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import SecretStr

from bot.core.models import Address, Chat, PlaceKind
from bot.core.ports import Artist, Ask, Doors, Event
from bot.i18n import nearest
from bot.platforms.telegram.settings import TelegramSettings
from tests.emulators.telegram import Telegram

START = datetime(2026, 1, 1, tzinfo=UTC)
MENU: Sequence[tuple[str, Mapping[str, str]]] = (("start", {"zh": "开始", "zh-TW": "開始", "en": "Begin"}),)


def settings(telegram: Telegram, **given: object) -> TelegramSettings:
    """Make settings that lead to an emulator."""
    return TelegramSettings.model_validate(
        {"token": SecretStr(telegram.token), "api_base": telegram.base, **given},
    )


class Ticker:
    """A clock on which sleeping takes a millisecond and is remembered."""

    def __init__(self) -> None:
        self.time = START
        self.slept: list[float] = []

    def now(self) -> datetime:
        """Give the time."""
        return self.time

    async def sleep(self, seconds: float) -> None:
        """Move the clock on."""
        self.slept.append(seconds)
        self.time += timedelta(seconds=seconds)
        await asyncio.sleep(0.001)

    async def wait(self, event: Event, seconds: float) -> bool:
        """Wait for an event."""
        await event.wait()
        return True


class MemoryInbox:
    """Updates by number; dealt with or not."""

    def __init__(self) -> None:
        self.raw: dict[int, str] = {}
        self.finished: set[int] = set()
        self.failures = 0

    async def store(self, platform: str, update_id: int, raw: str) -> bool:
        """Keep an update, or fail as often as ``failures`` says."""
        if self.failures:
            self.failures -= 1
            msg = "database is locked"
            raise RuntimeError(msg)
        new = update_id not in self.raw
        self.raw.setdefault(update_id, raw)
        return new

    async def pending(self, platform: str) -> Sequence[tuple[int, str]]:
        """Give what was not dealt with."""
        return [(number, raw) for number, raw in sorted(self.raw.items()) if number not in self.finished]

    async def done(self, platform: str, update_id: int) -> None:
        """Mark an update."""
        self.finished.add(update_id)


async def nowhere(platform: str) -> Sequence[tuple[Address, str]]:
    """Give no places."""
    return ()


async def nothing(*_: object) -> Any:
    """Give nothing."""
    return None


class House:
    """Doors, and what came through them. ``admin_commands`` are the names that need the asker's rights."""

    def __init__(self) -> None:
        self.inbox = MemoryInbox()
        self.clock = Ticker()
        self.closed: list[tuple[Address, str]] = []
        self.moved: list[tuple[str, str, str]] = []
        self.paced: list[tuple[Address, PlaceKind]] = []
        self.admin_commands = {"subscribe"}
        self.menu = MENU
        self.memory: dict[str, str] = {}
        self.opened: list[Address] = []
        self.chats: dict[Address, Chat] = {}
        self.subscribed: set[Address] = set()
        self.formulas: list[tuple[Address, str]] = []
        self.artist: Artist | None = None

    def doors(self) -> Doors:
        """Give the doors."""
        return Doors(
            inbox=self.inbox,
            clock=self.clock,
            pace=self._pace,
            closed=self._close,
            moved=self._move,
            needs_admin=self._needs_admin,
            menu=self.menu,
            opened=self._open,
            chat=self._chat,
            subscribed=self._subscribed,
            formulas=self._formulas,
            places=nowhere,
            suggest=nothing,
            recall=self._recall,
            remember=self._remember,
            artist=self.artist,
        )

    async def _recall(self, key: str) -> str | None:
        return self.memory.get(key)

    async def _remember(self, key: str, value: str) -> None:
        self.memory[key] = value

    async def _pace(self, address: Address, kind: PlaceKind) -> None:
        self.paced.append((address, kind))

    async def _close(self, address: Address, reason: str) -> None:
        self.closed.append((address, reason))

    async def _move(self, platform: str, old: str, new: str) -> None:
        self.moved.append((platform, old, new))

    async def _open(self, address: Address) -> None:
        self.opened.append(address)

    async def _chat(self, address: Address, kind: PlaceKind, language: str) -> Chat:
        own = nearest(language) if kind is PlaceKind.PRIVATE and language else "zh"
        return self.chats.get(address) or Chat(0, address, kind, 0, language=own)

    async def _subscribed(self, address: Address) -> bool:
        return address in self.subscribed

    async def _formulas(self, address: Address, value: str) -> None:
        self.formulas.append((address, value))

    def _needs_admin(self, ask: Ask) -> bool:
        return ask.name in self.admin_commands
