"""What is offered while somebody types a feed's or a topic's name: the nearest first, in any script and width."""

from __future__ import annotations

from collections.abc import Iterable

from bot.commands import grid
from bot.commands.arguments import feed_name, squeeze
from bot.commands.desk import Desk, Room, enter
from bot.core.ports import Ask

MOST = 25
"""Suggestions at once: what Discord shows."""

Suggestion = tuple[str, str]
"""What is shown, and what it stands for in a command line."""


async def suggest(ask: Ask, desk: Desk, what: str) -> list[Suggestion]:
    """Offer feeds or topics (``what``) for what has been typed, which is the request's ``args``."""
    room = await enter(ask, desk)
    names = await _topics(room) if what == "topic" else _feeds(room)
    return _nearest(names, squeeze(ask.args))


def _feeds(room: Room) -> list[Suggestion]:
    return [(feed_name(feed), f"#{feed.id}") for feed in room.feeds]


async def _topics(room: Room) -> list[Suggestion]:
    topics = await grid.available(room, room.subscribed or room.feeds)
    return [(grid.label(room, topic), topic.key) for topic in topics]


def _nearest(names: Iterable[Suggestion], typed: str) -> list[Suggestion]:
    """Keep what has the typed letters: names that begin with them first, else in the order that they came in."""
    begins, has = [], []
    for name in names:
        words = squeeze(name[0])
        if words.startswith(typed):
            begins.append(name)
        elif typed in words:
            has.append(name)
    return [*begins, *has][:MOST]
