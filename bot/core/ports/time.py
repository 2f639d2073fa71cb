"""Time, and waiting for something."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Event(Protocol):
    """What one task sets and another waits for: ``asyncio.Event``."""

    async def wait(self) -> object:
        """Wait until it is set."""
        ...


class Clock(Protocol):
    """The only source of time. Tests put a simulated one in its place."""

    def now(self) -> datetime:
        """Give the time, UTC-aware."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        ...

    async def wait(self, event: Event, seconds: float) -> bool:
        """Wait for an event, at most so long; tell whether it came."""
        ...
