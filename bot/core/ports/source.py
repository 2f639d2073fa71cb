"""Looking at a feed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from bot.core.models import (
    Feed,
    Look,
    Remembered,
    Sighting,
)


class Memory(Protocol):
    """What a source may ask about the feed that it looks at."""

    async def slices(self) -> Remembered:
        """Give what stood in the last good document, by ``Sighting.slice``: ``known_as`` a post, without its text."""
        ...

    async def knows(self, sightings: Sequence[Sighting]) -> bool:
        """Tell whether any of these entries shares a key, other than its title, with a post that the feed showed."""
        ...

    async def news(self, sightings: Sequence[Sighting]) -> Sequence[Sighting]:
        """Tell which entries of a document would be announced, in the order of delivery."""
        ...


class Source(Protocol):
    """Looks at one feed."""

    async def look(self, feed: Feed, memory: Memory | None = None) -> Look:
        """Fetch and read it; what ``memory`` holds is not read again. Every failure is a ``Failed``."""
        ...
