"""The dead man's switch: an address that is fetched while all is well, and that alarms when it is fetched no more."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

import aiohttp
import structlog

from bot import __version__
from bot.core.ports import Clock

log = structlog.get_logger()

EVERY: Final = 60.0
"""Seconds between two pings."""
_TIMEOUT: Final = aiohttp.ClientTimeout(total=15)


class Ping:
    """Fetches ``url``, which is a secret, in each round in which ``well`` says so."""

    def __init__(self, url: str, well: Callable[[], Awaitable[bool]], clock: Clock) -> None:
        self._url = url
        self._well = well
        self._clock = clock
        self._failed = False

    async def run(self) -> None:
        """Ping until cancelled. What fails is logged once per run of failures, and without the address."""
        async with aiohttp.ClientSession(
            timeout=_TIMEOUT, headers={"User-Agent": f"incoming/{__version__}"}, trust_env=False
        ) as session:
            while True:
                await self._round(session)
                await self._clock.sleep(EVERY)

    async def _round(self, session: aiohttp.ClientSession) -> None:
        try:
            if await self._well():
                async with session.get(self._url, allow_redirects=True) as answer:
                    answer.raise_for_status()
        except Exception as error:  # noqa: BLE001 -- the loop's edge; the text of the error may hold the address
            if not self._failed:
                log.warning("ping.failed", error=type(error).__name__)
            self._failed = True
        else:
            self._failed = False
