"""Places, chats and their subscriptions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.core.models.feed import EPOCH
from bot.core.models.post import Filter

THREAD_ONLY = "thread_"
"""What reasons begin with that close one thread of a place, and leave the others open."""
BELOW, ABOVE, NOWHERE = "below", "above", "off"
"""Where a post's picture stands."""


class PlaceKind(StrEnum):
    """What sort of place, for rights and pacing."""

    PRIVATE = "private"
    GROUP = "group"
    CHANNEL = "channel"


@dataclass(frozen=True, slots=True)
class Address:
    """Where a chat is, in its platform's terms: ``telegram:1001:7``. ``thread`` is empty outside threads."""

    platform: str
    place: str
    thread: str = ""

    def __str__(self) -> str:
        """Write it as the command line does: ``platform:place[:thread]``."""
        return ":".join(part for part in (self.platform, self.place, self.thread) if part)


@dataclass(frozen=True, slots=True)
class Rhythm:
    """When a chat's digest goes out: each day at ``minute`` of the local day, or only on ``weekday`` (0 is Monday)."""

    minute: int
    weekday: int | None = None


@dataclass(frozen=True, slots=True)
class Hours:
    """A stretch of every local day, in minutes after midnight; where it ends before it begins it spans midnight."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Chat:
    """A place's thread with its settings. ``closed`` says why nothing can be sent there; empty while open."""

    id: int
    address: Address
    kind: PlaceKind
    place_id: int
    title: str = ""
    language: str = "zh"
    timezone: str = "Asia/Shanghai"
    length: int = 480
    """Excerpt budget in columns: 0 shows titles only, -1 the full text."""
    formulas: str = "unicode"
    silent: bool = False
    closed: str = ""
    paused_until: datetime | None = None
    created: datetime = EPOCH
    images: str = BELOW
    """Where a post's picture stands: ``below`` the words, ``above`` them where the platform can, or ``off``."""
    hashtags: bool = True
    """Whether a notification names the post's topics."""
    cap: int = 0
    """Posts a local day that are pushed whole; the others come as a list the next morning. 0 is no bound."""
    quiet: Hours | None = None
    """When nothing may ring; what comes then waits."""
    digest: Rhythm | None = None
    digest_asked: datetime | None = None
    """When a digest was last asked for out of turn."""
    options: tuple[tuple[str, str], ...] = ()
    """Settings that one platform alone has, by name."""


@dataclass(frozen=True, slots=True)
class Subscription:
    """One chat's wish for one feed."""

    id: int
    chat_id: int
    feed_id: int
    filter: Filter
    created: datetime
