"""A post, its topics, and what a chat's filter says of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from bot.core.models.feed import EPOCH
from bot.reading.doc import Doc


@dataclass(frozen=True, slots=True)
class Post:
    """One blog post, however many feeds or pages show it. ``seq`` orders deliveries, in the order of commits."""

    id: int
    seq: int
    title: str
    link: str | None
    doc: Doc
    summary: Doc = field(default_factory=Doc)
    published: datetime | None = None
    first_seen: datetime = EPOCH
    tags: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    image: str | None = None
    feed_ids: tuple[int, ...] = ()
    """The feeds that showed it, the first one first."""


class KnownPost(NamedTuple):
    """What identity needs of a stored post. ``guids`` are those of the feed in question only.

    A tuple, since a look makes one for every post of a document, and a frozen dataclass takes thrice as long to make.
    ``guids``, ``links`` and ``prints`` hold every key that it was ever seen under, as ``core.keys.keys_of`` makes them;
    ``gist`` is that of its newest text; ``title`` is its newest one, as it stands or as a key.
    """

    id: int
    guids: frozenset[str]
    links: frozenset[str]
    prints: frozenset[str]
    title: str
    gist: str
    published: datetime | None
    here: bool
    """Whether this feed has shown it before."""
    in_last: bool
    """Whether it stood in this feed's last good document."""
    named: bool = True
    """Whether an entry may share a key with it; where that is ruled out, its keys and its title's need no look."""


@dataclass(frozen=True, slots=True)
class Topic:
    """A named interest. ``key`` is stable ASCII of at most 40 characters; links and buttons carry it.

    ``category`` is the feed's own name for it, for topics learned from the feed; rules have none.
    """

    key: str
    names: tuple[tuple[str, str], ...]
    """(language, name) pairs; a topic learned from a feed has one, with the language ``""``."""
    category: str | None = None

    def name(self, language: str) -> str:
        """Give its name in a language such as ``zh`` or ``zh-TW``, else the nearest it has."""
        names = dict(self.names)
        base = language.partition("-")[0]
        return names.get(language) or names.get(base) or names.get("") or next(iter(names.values()), self.key)


@dataclass(frozen=True, slots=True)
class Filter:
    """What a subscription lets through: any of ``topics`` (none: all), and the query. Equal filters share a row."""

    id: int
    topics: tuple[str, ...] = ()
    query: str = ""


@dataclass(frozen=True, slots=True)
class Hit:
    """A topic that a post has, and the word, tag or rule by which it has it."""

    topic: str
    word: str
    by: str
    """``tag`` or ``text``."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a filter lets a post through, and why (not). ``blocked_by`` is the piece of the query that said no."""

    passes: bool
    hits: tuple[Hit, ...] = ()
    """The ticked topics that matched."""
    blocked_by: str = ""
    """Empty where the query is not the reason."""
