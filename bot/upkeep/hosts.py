"""Telling whoever connected a group or channel that it takes nothing any more, where they can be reached."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot import telling
from bot.core.incidents import HOST, Incident, Kind, News
from bot.core.models import Address, Chat, Payload
from bot.core.ports import Platform, Words


class HostWork(Protocol):
    """What is read and written, inside a transaction."""

    async def add_notice(self, chat_id: int, payloads: Sequence[Payload], now: datetime) -> None:
        """Put a notice into the outbox."""
        ...

    async def chat(self, address: Address) -> Chat | None:
        """Find a chat."""
        ...


@dataclass(frozen=True, slots=True)
class Hosts:
    """Those who connected places. Operators hear of everything anyway."""

    platforms: Mapping[str, Platform]
    operators: Iterable[tuple[str, str]]
    words: Callable[[str], Words]

    async def tell(self, work: HostWork, found: News, now: datetime) -> Sequence[Incident]:
        """Tell each of their own places; give the incidents that somebody hears of.

        Reachable is who has a private chat with the bot that is open: to others it may not write first.
        """
        told: list[Incident] = []
        for who in sorted({host for each in (*found.begun, *found.over) if (host := _host(each))} - {*self.operators}):
            name, user = who
            platform = self.platforms.get(name)
            chat = await work.chat(platform.person(user)) if platform is not None else None
            if platform is None or chat is None or chat.closed:
                continue
            theirs = News(*(tuple(each for each in some if _host(each) == who) for some in (found.begun, found.over)))
            notice = telling.written(theirs, self.words(chat.language), now)
            await work.add_notice(chat.id, platform.render(notice, chat), now)
            told += (*theirs.begun, *theirs.over)
        return told


def _host(incident: Incident) -> tuple[str, str] | None:
    """Give who connected the place that an incident is about, where that is known."""
    user = incident.facts.get(HOST, "")
    return (incident.subject.partition(":")[0], user) if incident.kind is Kind.PLACE and user else None
