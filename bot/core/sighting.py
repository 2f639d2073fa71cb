"""How a source is read, and an entry as it was seen there: the nouns that a reading process needs.

They are among ``bot.core.models`` like all others. Reading processes take them from here: to load the rest of the
nouns, which they have no use for, is a seventh of their start.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bot.reading.doc import Doc


class FeedKind(StrEnum):
    """How a source is read; AUTO decides by what comes back."""

    AUTO = "auto"
    FEED = "feed"
    PAGE = "page"


@dataclass(frozen=True, slots=True)
class Selectors:
    """Where a listing page has what, as CSS selectors inside a card; ``next`` is on the page. Empty: recognised."""

    card: str = ""
    title: str = ""
    link: str = ""
    excerpt: str = ""
    date: str = ""
    tags: str = ""
    next: str = ""


RECOGNISED = Selectors()
"""No selectors: cards are recognised by how they repeat."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """One entry as one look at one feed saw it: plain title, HTML already turned into a Doc."""

    guid: str | None = None
    link: str | None = None
    """Absolute, cleaned of tracking parameters."""
    title: str = ""
    doc: Doc = field(default_factory=Doc)
    """The entry's fullest text."""
    summary: Doc = field(default_factory=Doc)
    """The feed's own excerpt, where it gives one beside the full text."""
    published: datetime | None = None
    updated: datetime | None = None
    tags: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    image: str | None = None
    language: str = ""
    position: int = 0
    """Place in the document, from 0 at the top."""
    sketch: str = ""
    """What ``core.keys.sketch`` makes of the text, where the source made it already, off the event loop."""
    slice: str = ""
    """Names the entry's raw text, so that it need not be read again; empty where the source cannot tell."""
    known_as: int | None = None
    """The post that this very slice was at the last look. Then it was not read again: it has no ``doc``, ``summary``,
    ``tags``, ``authors`` or ``image``."""
