"""Is it alive, is it ready: values, said as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from bot.core.called import called
from bot.core.incidents import Incident
from bot.core.models import Feed
from bot.core.overview import Arrival, Overview, Queue


class Vitals(Protocol):
    """The running bot, as the web sees it."""

    def loops(self, now: datetime) -> Mapping[str, bool]:
        """Tell of each loop whether it has lately done what it is for."""
        ...

    def platforms(self) -> Mapping[str, str]:
        """Tell of each platform what is wrong with it; empty where nothing is."""
        ...

    def disk(self) -> str:
        """Tell what is wrong with the disk; empty where nothing is."""
        ...


class Facts(Protocol):
    """The store, as the web sees it."""

    async def overview(self, now: datetime, shift: timedelta = ...) -> Overview:
        """Give everything at one look."""
        ...

    async def queue(self, now: datetime) -> Queue:
        """Tell what waits to be sent."""
        ...

    async def post_count(self) -> int:
        """Count the posts that were ever seen."""
        ...

    async def active_chats(self) -> Mapping[str, int]:
        """Count the open chats with a subscription, by platform."""
        ...

    async def arrivals(self, since: datetime) -> Sequence[Arrival]:
        """Give the posts that arrived after a time."""
        ...

    async def feeds(self) -> Sequence[Feed]:
        """Give the watched feeds."""
        ...

    async def incidents(self) -> Sequence[Incident]:
        """Give what is wrong now, the oldest first."""
        ...


@dataclass(frozen=True, slots=True)
class Readiness:
    """What ``/readyz`` says: of each loop, platform and feed, and of the disk, what is wrong; empty where nothing is.

    One feed in trouble does not make the bot unready, for others may be well; all of them do.
    """

    loops: Mapping[str, str]
    platforms: Mapping[str, str]
    feeds: Mapping[str, str]
    disk: str = ""

    @property
    def ready(self) -> bool:
        """Tell whether posts can flow."""
        feeds = self.feeds.values()
        return not (any(self.loops.values()) or any(self.platforms.values()) or self.disk or (feeds and all(feeds)))

    def written(self) -> Mapping[str, object]:
        """Give it as JSON values, ``ok`` where nothing is wrong."""
        return {
            "ready": self.ready,
            **{name: _ok(getattr(self, name)) for name in ("loops", "platforms", "feeds")},
            "disk": self.disk or "ok",
        }


def _ok(each: Mapping[str, str]) -> Mapping[str, str]:
    return {name: wrong or "ok" for name, wrong in each.items()}


def readiness(vitals: Vitals, feeds: Sequence[Feed], now: datetime) -> Readiness:
    """Look at everything that has to be well."""
    return Readiness(
        loops={name: "" if alive else "stalled" for name, alive in vitals.loops(now).items()},
        platforms=vitals.platforms(),
        # Of those that are shown by one name, one in trouble is what counts.
        feeds=dict(sorted((called(feed.name), str(feed.trouble.name) if feed.trouble else "") for feed in feeds)),
        disk=vitals.disk(),
    )
