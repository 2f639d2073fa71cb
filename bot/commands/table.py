"""The one table of commands, in the order in which they are shown."""

from __future__ import annotations

from difflib import get_close_matches

from bot.commands import feeds, filtering, helping, language, latest, start, status, subscribe, topics, unsubscribe
from bot.commands.arguments import MAX_SHOWN
from bot.commands.command import Command, Right
from bot.commands.desk import Room
from bot.core.models import Reply
from bot.core.ports import Words
from bot.reading.text import fold


async def _help(room: Room) -> Reply:
    wanted = room.ask.args.strip()
    if not wanted:
        return helping.overview(room, TABLE)
    command = find(wanted)
    return helping.one(room, command) if command else helping.unknown(room, wanted, nearest(wanted))


TABLE = (
    Command("start", start.run, "[CODE]", right=Right.ADMIN, changes=start.changes),
    Command("help", _help, "[COMMAND]"),
    Command("subscribe", subscribe.run, "[FEED] [TOPIC…]", ("sub",), Right.ADMIN),
    Command("unsubscribe", unsubscribe.run, "[FEED]", ("unsub",), Right.ADMIN),
    Command("topics", topics.run, "[TOPIC…]", right=Right.ADMIN, changes=topics.changes, filters=True),
    Command(
        "filter",
        filtering.run,
        "[QUERY | off | test QUERY]",
        right=Right.ADMIN,
        changes=filtering.changes,
        filters=True,
    ),
    Command("latest", latest.run, "[1–10] [TOPIC…]"),
    Command("status", status.run, aliases=("list",)),
    Command("language", language.run, "[zh | zh-TW | en]", right=Right.ADMIN, changes=language.changes),
    Command("feeds", feeds.run, "[FEED | add URL | remove FEED | check FEED]", right=Right.OPERATOR),
)
"""Every command. ``/sub``, ``/unsub`` and ``/list`` are what other feed bots call theirs; no list shows them."""

_BY_NAME = {name: command for command in TABLE for name in (command.name, *command.aliases)}


def find(name: str) -> Command | None:
    """Find a command by its name or alias, with or without its slash."""
    return _BY_NAME.get(fold(name[:MAX_SHOWN]).lstrip("/"))


def nearest(name: str) -> str | None:
    """Give the command whose name looks most like this."""
    names = [command.name for command in TABLE]
    return next(iter(get_close_matches(fold(name[:MAX_SHOWN]).lstrip("/"), names, n=1, cutoff=0.6)), None)


def menu(words: Words, *, operator: bool = False) -> tuple[tuple[str, str], ...]:
    """Give what a platform's own menu shows: names and descriptions, in a language."""
    return tuple(
        (command.name, words(command.short)) for command in TABLE if operator or command.right is not Right.OPERATOR
    )
