"""The app's side of Discord, for tests: settings that lead to an emulator, and a clock that never really waits."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.platforms.discord.settings import DiscordSettings
from tests.emulators.discord import Discord

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
