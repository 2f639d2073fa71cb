"""The time of the machine: the one implementation of ``core.ports.Clock`` outside tests."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from bot.core.ports import Event


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Give the time, UTC-aware."""
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)

    async def wait(self, event: Event, seconds: float) -> bool:
        """Wait for an event, at most so long; tell whether it came."""
        try:
            await asyncio.wait_for(event.wait(), seconds)
        except TimeoutError:
            return False
        return True
