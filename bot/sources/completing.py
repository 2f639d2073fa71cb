"""New posts whose feed leaves out title, text or image: their own pages are asked, once each."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Awaitable, Callable, Collection
from dataclasses import replace
from typing import Final, Protocol, TypeAlias

from bot.core.keys import canonical
from bot.core.lack import complete, lacking
from bot.core.models import Failed, Feed, Fetched, Sighting
from bot.core.ports import Memory
from bot.sources.client import Document
from bot.sources.document import Parsed, Unreadable
from bot.sources.packing import Packing

MOST: Final = 5
"""Pages that one look asks for; the newest posts go first."""
DEADLINE: Final = 30.0
"""Seconds for all of them."""

Get: TypeAlias = Callable[[str], Awaitable[Document | Failed]]


class PageReader(Protocol):
    """Reads a post's own page out of harm's way: ``worker.Workers``."""

    def own_page(self, body: bytes, content_type: str, url: str, packing: Packing) -> Awaitable[Parsed | Unreadable]:
        """Unpack the page, and read title, text and image."""
        ...


class OwnPages:
    """Completes what looks at some feeds found, given by name or address. What fails leaves a post as it is."""

    def __init__(self, reader: PageReader, feeds: Collection[str], *, deadline: float = DEADLINE) -> None:
        self._reader = reader
        self._feeds = feeds
        self._deadline = deadline

    async def complete(self, feed: Feed, look: Fetched, memory: Memory, get: Get) -> Fetched:
        """Ask for the pages of the posts that are about to be announced and lack something; only cancellation raises.

        An address that several entries share, or that is the feed's or the site's own, is no post's page.
        """
        if feed.name not in self._feeds and feed.asked not in self._feeds:
            return look
        shared = Counter(canonical(each.link) for each in look.sightings)
        shared.update({None: 2, canonical(feed.url): 2})
        news = [
            each for each in await memory.news(look.sightings) if lacking(each) and shared[canonical(each.link)] == 1
        ]
        completed: dict[int, Sighting] = {}
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._deadline):
                for each in reversed(news[-MOST:]):
                    if (page := await self._read(each.link or "", get)) is not None:
                        completed[each.position] = complete(each, page)
        return replace(look, completed=completed)

    async def _read(self, url: str, get: Get) -> Sighting | None:
        found = await get(url)
        if isinstance(found, Failed) or not found.body:
            return None
        parsed = await self._reader.own_page(found.body, found.content_type, found.url, found.packing)
        return next(iter(parsed.sightings), None) if isinstance(parsed, Parsed) else None
