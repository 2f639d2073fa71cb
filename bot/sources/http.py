"""The source behind every feed with an address: fetch, compare, read."""

from __future__ import annotations

from collections.abc import Awaitable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from typing import Final, Protocol, Self
from urllib.parse import urlsplit

from bot import metrics
from bot.core.models import (
    RECOGNISED,
    Failed,
    Feed,
    FeedKind,
    Fetched,
    FetchInfo,
    Look,
    NotModified,
    Remembered,
    Selectors,
    Sighting,
    Sightings,
    Unread,
    Validators,
)
from bot.core.ports import Clock, Memory
from bot.core.trouble import TroubleName
from bot.sources.checksum import adler32, crc32
from bot.sources.client import Client, Document, FetchSettings
from bot.sources.completing import OwnPages
from bot.sources.document import Parsed, Unreadable
from bot.sources.packing import PLAIN, Packing

_DISCOVERED: Final = 3
"""Feeds of those that a page names that are tried."""
_PASSING: Final = frozenset(
    {TroubleName.TIMEOUT, TroubleName.DISCONNECTED, TroubleName.RATE_LIMITED, TroubleName.SERVER_ERROR}
)
"""Failures that say nothing about what an address is: the next feed may be the blog's comments."""
_PAGES: Final = 5
"""Pages of a listing that one look reads."""
_TRANSFER: Final = frozenset({TroubleName.BROKEN_ANSWER, TroubleName.TOO_BIG})
"""What an answer is that cannot be unpacked: that says nothing about what the document is."""


class Reader(Protocol):
    """Reads a document out of harm's way: ``worker.Workers``."""

    def parse(
        self,
        body: bytes,
        content_type: str = "",
        url: str = "",
        known: Iterable[str] = (),
        *,
        kind: FeedKind = FeedKind.FEED,
        selectors: Selectors = RECOGNISED,
        packing: Packing = PLAIN,
    ) -> Awaitable[Parsed | Unreadable]:
        """Unpack and read a feed or page, but for its ``known`` slices."""
        ...


class HttpSource:
    """Looks at feeds over HTTP. Use it as an async context manager.

    One request a host at a time, and none while a host has asked one of our requests to wait (Retry-After).
    ``NotModified`` carries the validators to store from now on, also where the bytes were the same though the server
    did not say so. A ``Failed`` carries none: what is stored stays. Addresses in ``allow_addresses`` are reached for
    feeds from the configuration only. ``selectors`` of listing pages go by the feed's name, or the address
    that was asked for. ``own_pages`` asks for what new posts lack.
    """

    def __init__(
        self,
        reader: Reader,
        clock: Clock,
        settings: FetchSettings | None = None,
        selectors: Mapping[str, Selectors] | None = None,
        own_pages: OwnPages | None = None,
    ) -> None:
        self._reader = reader
        self._selectors = selectors or {}
        self._own_pages = own_pages
        self._client = Client(settings or FetchSettings(), clock)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.close()

    async def look(self, feed: Feed, memory: Memory | None = None) -> Look:
        """Fetch and read a feed. Every failure is a ``Failed``; only cancellation raises.

        ``memory`` is asked only where the document's bytes are new. Where it holds all of them, nothing changed. A
        page for people leads to the feed that it names, where the feed's kind is ``auto``; a listing page is followed
        to its next one while what stands last on it is new.
        """
        look = await self._look(feed, memory)
        if self._own_pages is None or memory is None or not isinstance(look, Fetched):
            return look
        return await self._own_pages.complete(feed, look, memory, partial(self._get, feed))

    async def _look(self, feed: Feed, memory: Memory | None) -> Look:
        found = await self._get(feed, feed.url, feed.validators)
        if isinstance(found, Failed):
            return found
        if found.body is None or (body_hash := _name(found.body)) == feed.body_hash:
            return NotModified(found.info)
        known = await memory.slices() if memory is not None else Remembered()
        parsed = await self._parse(feed, found, known)
        if isinstance(parsed, Failed):
            return parsed
        if isinstance(parsed, Unreadable):
            return await self._discover(feed, parsed, found.info)
        if parsed.known and not parsed.sightings and not parsed.is_cut and _all(parsed, known):
            return NotModified(found.info)
        look = _look(parsed, found.info, body_hash, known)
        return await self._follow(feed, parsed.next_page, look, memory) if parsed.next_page and memory else look

    async def _get(self, feed: Feed, url: str, validators: Validators | None = None) -> Document | Failed:
        trusted = feed.from_config and (url == feed.url or _origin(url) == _origin(feed.url))
        return await self._client.get(url, validators or Validators(), trusted=trusted)

    async def _parse(self, feed: Feed, found: Document, known: Iterable[str] = ()) -> Parsed | Unreadable | Failed:
        selectors = self._selectors.get(feed.name) or self._selectors.get(feed.asked, RECOGNISED)
        said, packing = (found.body or b"", found.content_type, found.url), found.packing
        with metrics.PARSE.time():
            parsed = await self._reader.parse(*said, known, kind=feed.kind, selectors=selectors, packing=packing)
        if isinstance(parsed, Unreadable) and parsed.name in _TRANSFER:
            return Failed(parsed.name, parsed.cause)
        return parsed

    async def _discover(self, feed: Feed, page: Unreadable, info: FetchInfo) -> Look:
        """Look at the feed that a page names; where that is none, say what the page is."""
        # The others may be its comments, which would be news where posts are known.
        tried = 0 if feed.kind is not FeedKind.AUTO else 1 if feed.baseline else _DISCOVERED
        for url in page.feeds[:tried]:
            found = await self._get(feed, url)
            if isinstance(found, Failed) and found.name in _PASSING:
                return found
            if isinstance(found, Failed) or found.body is None:
                continue
            parsed = await self._parse(replace(feed, kind=FeedKind.FEED), found)
            if isinstance(parsed, Parsed):
                body_hash = _name(found.body)
                return replace(_look(parsed, replace(found.info, url=None), body_hash), found_at=url)
        # A bad document's validators would make the server say "not modified" to it for ever.
        return Failed(page.name, page.cause, replace(info, validators=Validators(), url=None))

    async def _follow(self, feed: Feed, url: str, look: Fetched, memory: Memory) -> Look:
        """Add a listing's next pages while what a page ends with is new. One that fails fails the whole look.

        What it begins with may be pinned there for years.
        """
        last, seen = tuple(look.sightings), {feed.url}
        look = replace(look, window=len(last))
        while url and url not in seen and len(seen) < _PAGES and not await memory.knows(last[-1:]):
            seen.add(url)
            found = await self._get(feed, url)
            parsed = found if isinstance(found, Failed) else await self._parse(replace(feed, kind=FeedKind.PAGE), found)
            if isinstance(parsed, Failed):
                # That one of its pages is gone for good does not mean that the listing is.
                name = TroubleName.NOT_FOUND if parsed.gone else parsed.name
                return replace(parsed, name=name, gone=False, info=replace(parsed.info, validators=Validators()))
            if isinstance(parsed, Unreadable):
                break
            offset = len(look.sightings)
            last = tuple(replace(each, position=offset + each.position) for each in parsed.sightings)
            look = replace(look, sightings=(*look.sightings, *last))
            url = parsed.next_page
        return look


def _all(parsed: Parsed, memory: Remembered) -> bool:
    """Tell whether everything that is remembered stands there still."""
    return memory.keys() == {name for _, name in parsed.known}


def _name(body: bytes) -> str:
    """Name a body as it came, to tell whether the next one is the same."""
    return f"{len(body):x} {crc32(body):08x}{adler32(body):08x}"  # of 50 KB in 4 us; SHA-1 takes 27


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc.lower()


def _look(parsed: Parsed, info: FetchInfo, body_hash: str, memory: Remembered | None = None) -> Fetched:
    unread = memory.placed(_standing(parsed, memory)) if memory is not None else Unread()
    return Fetched(
        info=info,
        sightings=Sightings(parsed.sightings, unread),
        body_hash=body_hash,
        title=parsed.title,
        home=parsed.home,
        language=parsed.language,
        ttl=parsed.ttl,
        skip_hours=parsed.skip_hours,
        skip_days=parsed.skip_days,
        is_cut=parsed.is_cut,
    )


def _standing(parsed: Parsed, memory: Remembered) -> tuple[tuple[int, str], ...]:
    """Give the entries that stand there as they did. Where a document breaks off, the others stand behind that.

    Nobody saw them vanish. But there are no more in all than before: one that always breaks off has its window, too.
    """
    if not parsed.is_cut:
        return parsed.known
    here, shown = {name for _, name in parsed.known}, {_main_key(each) for each in parsed.sightings}
    behind = [name for name, each in memory.items() if name not in here and _main_key(each) not in shown]
    places = [*(place for place, _ in parsed.known), *(each.position for each in parsed.sightings)]
    room = max(0, len(memory) - len(places))
    return (*parsed.known, *enumerate(behind[:room], max(places) + 1))


def _main_key(sighting: Sighting) -> str:
    return sighting.guid or sighting.link or sighting.title
