"""Reading without a process of its own, where what reading costs is not the question."""

from __future__ import annotations

from collections.abc import Iterable

from bot.core.models import RECOGNISED, FeedKind, Selectors
from bot.sources.document import Parsed, Unreadable
from bot.sources.feed import parse
from bot.sources.inflate import unpacked
from bot.sources.packing import PLAIN, Packing


class Reader:
    """Reads documents in this process."""

    async def parse(
        self,
        body: bytes,
        content_type: str = "",
        url: str = "",
        known: Iterable[str] = (),
        *,
        kind: FeedKind = FeedKind.FEED,
        selectors: Selectors = RECOGNISED,
        packing: Packing = PLAIN,
    ) -> Parsed | Unreadable:
        """Unpack and read a document."""
        document = unpacked(body, packing)
        if isinstance(document, Unreadable):
            return document
        return parse(document, content_type, url, frozenset(known), kind=kind, selectors=selectors)
