"""The source behind every feed with an address: fetch, compare, read."""

from __future__ import annotations

import asyncio
import hashlib
import weakref
from collections.abc import Awaitable, Iterable, Mapping
from dataclasses import replace
from typing import Protocol, Self

from bot import metrics
from bot.core.models import Failed, Feed, Fetched, FetchInfo, Look, NotModified, Sighting
from bot.core.ports import Clock, Memory
from bot.sources.client import Client, FetchSettings
from bot.sources.document import Parsed, Unreadable


class Reader(Protocol):
    """Reads a document out of harm's way: ``worker.Workers``."""

    def parse(
        self, body: bytes, content_type: str = "", url: str = "", known: Iterable[str] = ()
    ) -> Awaitable[Parsed | Unreadable]:
        """Read a feed, but for its ``known`` slices."""
        ...


class HttpSource:
    """Looks at feeds over HTTP. Use it as an async context manager.

    One request a host at a time. ``NotModified`` carries the validators to store from now on, also where the bytes
    were the same though the server did not say so. A ``Failed`` carries none: what is stored stays. Addresses in
    ``allow_addresses`` are reached for feeds from the configuration only.
    """

    def __init__(self, reader: Reader, clock: Clock, settings: FetchSettings | None = None) -> None:
        self._reader = reader
        self._client = Client(settings or FetchSettings(), clock)
        self._hosts: weakref.WeakValueDictionary[str, asyncio.Lock] = weakref.WeakValueDictionary()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.close()

    async def look(self, feed: Feed, memory: Memory | None = None) -> Look:
        """Fetch and read a feed. Every failure is a ``Failed``; only cancellation raises.

        ``memory`` is asked only where the document's bytes are new. Where it holds all of them, nothing changed.
        """
        async with self._turn(feed.url):
            found = await self._client.get(feed.url, feed.validators, trusted=feed.from_config)
        if isinstance(found, Failed):
            return found
        if found.body is None:
            return NotModified(found.info)
        body_hash = hashlib.blake2b(found.body, digest_size=20).hexdigest()
        if body_hash == feed.body_hash:
            return NotModified(found.info)
        known = await memory() if memory is not None else {}
        with metrics.PARSE.time():
            parsed = await self._reader.parse(found.body, found.content_type, found.url, known)
        if isinstance(parsed, Parsed) and parsed.known and not parsed.sightings and _all(parsed, known):
            return NotModified(found.info)
        return _look(parsed, found.info, body_hash, known)

    def _turn(self, url: str) -> asyncio.Lock:
        """Give the lock of a host: small blogs share machines, and polite readers do not crowd in."""
        host = url.partition("//")[2].partition("/")[0].rpartition("@")[2].lower()
        lock = self._hosts.get(host)
        if lock is None:
            lock = self._hosts[host] = asyncio.Lock()
        return lock


def _all(parsed: Parsed, memory: Mapping[str, Sighting]) -> bool:
    """Tell whether everything that is remembered stands there still."""
    return memory.keys() == {name for _, name in parsed.known}


def _look(parsed: Parsed | Unreadable, info: FetchInfo, body_hash: str, memory: Mapping[str, Sighting]) -> Look:
    if isinstance(parsed, Unreadable):
        # A bad document's validators would make the server say "not modified" to it for ever.
        return Failed(parsed.name, parsed.cause, replace(info, validators=type(info.validators)(), url=None))
    known = [replace(memory[name], position=place) for place, name in parsed.known if name in memory]
    return Fetched(
        info=info,
        sightings=tuple(sorted((*parsed.sightings, *known), key=lambda each: each.position)),
        body_hash=body_hash,
        title=parsed.title,
        home=parsed.home,
        language=parsed.language,
        ttl=parsed.ttl,
        skip_hours=parsed.skip_hours,
        skip_days=parsed.skip_days,
    )
