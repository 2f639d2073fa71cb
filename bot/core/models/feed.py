"""A feed, and an entry as it was seen there."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from bot.core.called import called
from bot.reading.doc import Doc

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class FeedKind(StrEnum):
    """How a source is read; AUTO decides by what comes back."""

    AUTO = "auto"
    FEED = "feed"
    PAGE = "page"


@dataclass(frozen=True, slots=True)
class Validators:
    """What a server said of its document, byte for byte, to be echoed (RFC 9110, section 13)."""

    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why something failed: a stable ``name``, the ``cause`` in words, and the remedy's catalogue key is the name.

    ``since`` is the first failure of this run of failures, ``count`` how many there were in a row.
    """

    name: str
    cause: str
    since: datetime
    count: int = 1


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
class Feed:
    """A watched source. Its key is ``name``: a new URL under an old name keeps what was seen."""

    id: int
    name: str
    url: str
    title: str = ""
    kind: FeedKind = FeedKind.AUTO
    from_config: bool = True
    active: bool = True
    baseline: bool = False
    """Whether a well-formed document was ever seen: the first one pushes nothing."""
    validators: Validators = Validators()
    body_hash: str | None = None
    next_check: datetime = EPOCH
    last_check: datetime | None = None
    last_ok: datetime | None = None
    last_new: datetime | None = None
    interval: float | None = None
    """Seconds between looks that the operator asked for; None lets the blog's rhythm decide."""
    trouble: Trouble | None = None
    home: str = ""
    """The blog's own address, as its feed gives it."""
    language: str = ""
    pace: str = ""
    """What ``core.schedule`` remembers between looks; JSON, opaque to everybody else."""
    asked: str = ""
    """The address that somebody gave; ``url`` is where it has led since."""

    @property
    def called(self) -> str:
        """What it is called: its title, else its name; of an address neither user info nor query."""
        return called(self.title or self.name)


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
