"""What ``--topic`` names: rules, categories, and what may be categories of blogs that nobody has looked at yet."""

from __future__ import annotations

from collections.abc import Sequence

from bot.commands.arguments import Names
from bot.core.errors import UsageError
from bot.core.models import Feed, Topic
from bot.log import clean
from bot.topics.rules import category_key

_TYPING_ERROR = 0.75
"""How near a name must be to a topic's to be one that was mistyped; another category may well look a little like it."""


def keys_of(wanted: Sequence[str], topics: Sequence[Topic], feeds: Sequence[Feed]) -> tuple[tuple[str, ...], list[str]]:
    """Give the topics' keys, and the names that may be categories of feeds of which none was looked at yet.

    Raises UsageError where a name is neither.
    """
    names = Names.of(topics)
    unknown = list({category_key(name): name for name in wanted if names.find(name) is None}.values())
    if unknown:
        _check_unknown(unknown, names, feeds)
    keys = [topic.key if (topic := names.find(name)) else category_key(name) for name in wanted]
    return tuple(dict.fromkeys(keys)), unknown


def _check_unknown(unknown: Sequence[str], names: Names, feeds: Sequence[Feed]) -> None:
    """Raise UsageError where names are no topics: a feed was looked at, or what they look like was meant."""
    if not all(name.strip() for name in unknown):
        msg = '--topic "": a topic has a name'
        raise UsageError(msg)
    unread = [clean(feed.name) for feed in feeds if not feed.baseline]
    meant = {name: near for name in unknown if (near := names.nearest(name, _TYPING_ERROR))}
    if len(unread) == len(feeds) and not meant:
        return
    wrong, near = next(iter(meant.items()), (unknown[0], None))
    there = [clean(each.category or each.key) for each in names.by_key.values()]
    msg = f"{wrong}: no such topic; {f'did you mean {clean(near.category or near.key)}? ' if near else ''}"
    msg += f"there are: {', '.join(there) or 'none yet'}"
    if unread:
        msg += f"; not looked at yet: {', '.join(unread)}; `incoming once` looks"
        msg += ", or name one with --feed" if len(feeds) > 1 else ""
    raise UsageError(msg)
