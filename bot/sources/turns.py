"""Who may work now: one at a time, and one more for each that has waited for a while."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator


class Turns:
    """Lets one in, and up to ``most`` where somebody has waited for ``patience`` seconds; one again after ``narrow``.

    A process more costs a start and 33 MB, and is worth it only where there is work for longer than that.
    """

    def __init__(self, most: int, patience: float) -> None:
        self._most = most
        self._patience = patience
        self._inside = 0
        self._width = 1
        self._free = asyncio.Semaphore(1)

    @contextlib.asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait to be let in, and be inside until the end of the block."""
        self._inside += 1
        free = self._free
        widening = asyncio.get_running_loop().call_later(self._patience, self._widen)
        try:
            async with free:
                widening.cancel()
                yield
        finally:
            widening.cancel()
            self._inside -= 1

    def narrow(self) -> None:
        """Let in one at a time again, unless somebody is inside or waits."""
        if not self._inside:
            self._width, self._free = 1, asyncio.Semaphore(1)

    def _widen(self) -> None:
        if self._width < self._most:
            self._width += 1
            self._free.release()
