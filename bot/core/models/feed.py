"""A feed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from bot.core.called import called
from bot.core.sighting import FeedKind

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


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
