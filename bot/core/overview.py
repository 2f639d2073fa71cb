"""What an operator sees at one look, as values: the store fills them in, the web and the upkeep read them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.core.incidents import Incident
from bot.core.models import Feed


@dataclass(frozen=True, slots=True)
class Queue:
    """What waits to be sent. ``due`` are chats whose next thing could go now, ``oldest`` since when the first could.

    ``wanted`` and ``held`` count deliveries, those included that wait for a digest, for quiet hours or for a pause.
    """

    wanted: int = 0
    held: int = 0
    due: int = 0
    oldest: datetime | None = None


@dataclass(frozen=True, slots=True)
class Arrival:
    """A post that was delivered to a chat."""

    platform: str
    at: datetime
    seen: datetime
    published: datetime | None


@dataclass(frozen=True, slots=True)
class PostLine:
    """One post and what became of it: how many deliveries by ``(state, reason)``.

    ``subscribed`` is how many chats have one of its feeds now: those without a delivery chose other topics, have a
    filter in its way, or came later.
    """

    title: str
    link: str | None
    seen: datetime
    feed: str
    outcomes: Mapping[tuple[str, str], int]
    subscribed: int


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything that the status page shows; no chat's name or text is in it, but for incidents of places.

    ``chats`` counts by (platform, open), ``topics`` chats by topic key, the empty key those that get all posts;
    ``days`` deliveries by (day number since 1970, state).
    """

    feeds: tuple[Feed, ...]
    queue: Queue
    chats: Mapping[tuple[str, bool], int]
    topics: Mapping[str, int]
    names: Mapping[str, str]
    """What the categories among the topic keys are called."""
    days: Mapping[tuple[int, str], int]
    posts: tuple[PostLine, ...]
    incidents: tuple[Incident, ...] = ()
    """What is open. Those of places name chats: how many they are may be shown, what they say may not."""
