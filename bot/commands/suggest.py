"""What is offered while somebody types a feed's or a topic's name: the nearest first, in any script and width."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from bot.commands import grid
from bot.commands.arguments import feed_name, squeeze
from bot.commands.desk import Desk, Room, enter
from bot.core.ports import Ask

MOST = 25
"""Suggestions at once: what Discord shows."""

Suggestion = tuple[str, str]
"""What is shown, and what it stands for in a command line."""
_Named = tuple[Suggestion, tuple[str, ...]]
"""A suggestion, and what else it is called: in the other languages."""


_squeezed = lru_cache(maxsize=16_384)(squeeze)
"""Remembered: every letter that somebody types asks for all the names again."""


async def suggest(ask: Ask, desk: Desk, what: str) -> list[Suggestion]:
    """Offer feeds or topics (``what``) for what has been typed, which is the request's ``args``."""
    room = await enter(ask, desk)
    names = await _topics(room) if what == "topic" else _feeds(room)
    return _nearest(names, squeeze(ask.args))


def _feeds(room: Room) -> list[_Named]:
    return [((feed_name(feed), f"#{feed.id}"), ()) for feed in room.feeds]


async def _topics(room: Room) -> list[_Named]:
    topics = await grid.available(room, room.subscribed or room.feeds)
    return [((grid.label(room, topic), topic.key), tuple(name for _, name in topic.names)) for topic in topics]


def _nearest(names: Iterable[_Named], typed: str) -> list[Suggestion]:
    """Keep what has the typed letters in any of its names: those that begin with them first, in the order they came."""
    begins, has = [], []
    for suggestion, others in names:
        called = [_squeezed(name) for name in dict.fromkeys((suggestion[0], *others))]
        if any(name.startswith(typed) for name in called):
            begins.append(suggestion)
        elif any(typed in name for name in called):
            has.append(suggestion)
    return [*begins, *has][:MOST]
