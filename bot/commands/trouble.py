"""What is wrong with a feed, in the reader's words, and what mends it."""

from __future__ import annotations

from typing import Final

from bot.commands.arguments import feed_name, shown
from bot.commands.desk import Room
from bot.core.models import Feed, Trouble
from bot.core.ports import Words
from bot.times import duration

_A_WHILE: Final = 60
"""Seconds; what failed just now, as the first look at a feed that was added, has no time worth naming."""


def cause(words: Words, trouble: Trouble) -> str:
    """Say why it failed; a failure that no catalogue knows speaks for itself."""
    return _known(words, f"trouble_{trouble.name}") or shown(trouble.cause)


def remedy(words: Words, trouble: Trouble) -> str:
    """Say what mends it."""
    return _known(words, f"remedy_{trouble.name}") or words("remedy_other")


def _known(words: Words, key: str) -> str:
    text = words(key)
    return "" if text == key else text


def trouble_line(room: Room, feed: Feed, trouble: Trouble) -> str:
    """Say for how long a feed has failed, if for a while, why, and what mends it."""
    seconds = (room.ask.now - trouble.since).total_seconds()
    return room.words(
        "feed_trouble" if seconds >= _A_WHILE else "feed_trouble_new",
        feed=feed_name(feed),
        time=duration(room.words, seconds),
        cause=cause(room.words, trouble),
        remedy=remedy(room.words, trouble),
    )
