"""What one look at a feed came to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from bot.core.models.feed import Validators
from bot.core.sighting import Sighting


@dataclass(frozen=True, slots=True)
class FetchInfo:
    """What a response said besides its body: what the schedule and the next request need.

    ``max_age`` and ``retry_after`` are seconds. ``url`` is where a permanent redirect leads, else None.
    """

    status: int = 0
    validators: Validators = field(default_factory=Validators)
    max_age: float | None = None
    retry_after: float | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Fetched:
    """A well-formed document. ``ttl``, ``skip_hours`` and ``skip_days`` are the feed's own wishes (RSS 2.0)."""

    info: FetchInfo
    sightings: Sequence[Sighting]
    body_hash: str = ""
    title: str = ""
    home: str = ""
    language: str = ""
    ttl: float | None = None
    skip_hours: frozenset[int] = frozenset()
    skip_days: frozenset[int] = frozenset()
    window: int | None = None
    """So many entries from the top are what the address shows; the others stand on a listing's further pages."""
    found_at: str = ""
    """The feed that a page for people named: the address to use from now on."""
    is_cut: bool = False
    """Whether the document breaks off. What stood there before counts as standing behind that."""
    completed: Mapping[int, Sighting] = field(default_factory=dict)
    """Entries that are news, by position, with what their own pages say where they lack something. They are shown like
    this; what they are is decided by ``sightings``."""


@dataclass(frozen=True, slots=True)
class NotModified:
    """The document is the one that was seen last: by a 304, by its bytes, or because all its entries were known."""

    info: FetchInfo


@dataclass(frozen=True, slots=True)
class Failed:
    """A look that came to nothing. ``name`` is a stable word for the failure; ``cause`` is one line, no secrets."""

    name: str
    cause: str
    info: FetchInfo = FetchInfo()
    gone: bool = False
    """The server says that there is nothing any more (410): stop asking."""


Look: TypeAlias = Fetched | NotModified | Failed
