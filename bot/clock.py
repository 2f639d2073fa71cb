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
            # Not wait_for: before Python 3.12 it loses a cancellation that comes with the event, and a loop that was
            # told to end goes on for ever (python/cpython#86296).
            async with asyncio.timeout(seconds):
                await event.wait()
        except TimeoutError:
            return False
        return True
