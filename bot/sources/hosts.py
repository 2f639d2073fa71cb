"""Whose turn it is at each host: one request at a time, and none while a host has asked to be left alone."""

from __future__ import annotations

import asyncio
import weakref
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta

from yarl import URL

from bot.core.models import FetchInfo
from bot.core.ports import Clock
from bot.sources.headers import DAY


class Hosts:
    """Small blogs share machines, and polite readers do not crowd in: E8 and E14 count for every hop of a redirect."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._held: dict[str, datetime] = {}
        self._locks: weakref.WeakValueDictionary[str, asyncio.Lock] = weakref.WeakValueDictionary()

    def turn(self, url: URL) -> AbstractAsyncContextManager[None]:
        """Wait for an address's host to be free, and keep it while inside."""
        return self._locks.setdefault(_host(url), asyncio.Lock())

    def hold(self, url: URL, seconds: float) -> None:
        """Leave a host alone, whichever feed was told so; a day at most, for the others did nothing."""
        now = self._clock.now()
        self._held = {host: until for host, until in self._held.items() if until > now}
        self._held[_host(url)] = now + timedelta(seconds=min(seconds, DAY))

    def rest(self, url: URL) -> FetchInfo | None:
        """Tell for how long a host is to be left alone, as its server would; None where it is not."""
        until = self._held.get(_host(url)) if self._held else None
        left = (until - self._clock.now()).total_seconds() if until is not None else 0.0
        # More than was ever promised is left where the clock was set back.
        return FetchInfo(retry_after=left) if 0 < left <= DAY else None


def _host(url: URL) -> str:
    """Name a host: encrypted or not, it is one."""
    host = (url.host or "").lower().rstrip(".")
    return host if url.port in {80, 443} else f"{host}:{url.port}"
