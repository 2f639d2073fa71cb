"""The platform between an emulated Telegram and a desk on script."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

from bot.core.models import Notice, Reply
from bot.core.ports import Ask
from bot.platforms.telegram.platform import Telegram as Platform
from bot.reading.doc import Doc, paragraph
from tests.emulators.telegram import Telegram
from tests.emulators.telegram_doors import House, settings

GROUP = -100


def said(text: str) -> Reply:
    """Make a reply."""
    return Reply(Notice(Doc((paragraph(text),))))


class Desk:
    """Answers every command with ``reply``, or as ``then`` says, and remembers what was asked."""

    def __init__(self) -> None:
        self.asked: list[Ask] = []
        self.reply: Reply | None = said("好")
        self.then: Callable[[Ask], Reply | None] | None = None
        self.gate: asyncio.Event | None = None

    async def __call__(self, ask: Ask) -> Reply | None:
        """Answer."""
        self.asked.append(ask)
        if self.gate is not None:
            await self.gate.wait()
        return self.then(ask) if self.then is not None else self.reply


class Bot:
    """Everything together. ``listening`` opens the platform's ears; ``commands`` are those that the house has."""

    def __init__(self, telegram: Telegram, *commands: str, **given: object) -> None:
        self.telegram = telegram
        self.world = telegram.world
        self.house = House()
        if commands:
            self.house.menu = [(name, {"en": name, "zh": name}) for name in commands]
        self.desk = Desk()
        self.platform = Platform(settings(telegram, **given), self.house.doors())

    @contextlib.asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """Listen, and deal with what came before the end."""
        async with self.platform.listen(self.desk):
            yield

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait until something became true, at most five seconds."""
        async with asyncio.timeout(5):
            while not true():  # noqa: ASYNC110 - the emulator and the bot share no event
                await asyncio.sleep(0.002)

    async def settled(self, number: int) -> None:
        """Wait until an update is dealt with."""
        await self.until(lambda: number in self.house.inbox.finished)

    async def hears(self, *updates: Callable[[], int]) -> list[Ask]:
        """Let people do things while the bot listens, and give what the desk was asked."""
        async with self.listening():
            for update in updates:
                await self.settled(update())
        return self.desk.asked
