"""The one table of commands, in the order in which they are shown."""

from __future__ import annotations

from difflib import get_close_matches

from bot.commands import (
    channels,
    digesting,
    feeds,
    filtering,
    helping,
    language,
    latest,
    pausing,
    searching,
    settings,
    start,
    status,
    stopping,
    subscribe,
    topics,
    unsubscribe,
    why,
)
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
    Command("start", start.run, "[CODE]", right=Right.ADMIN, changes=start.changes, minor=True),
    Command("help", _help, "[COMMAND]", minor=True),
    Command("subscribe", subscribe.run, "[FEED] [TOPIC…]", ("sub",), Right.ADMIN, syntax="subscribe_syntax"),
    Command("unsubscribe", unsubscribe.run, "[FEED]", ("unsub",), Right.ADMIN, minor=True),
    Command(
        "topics",
        topics.run,
        "[TOPIC…]",
        right=Right.ADMIN,
        changes=topics.changes,
        filters=True,
        syntax="topics_syntax",
    ),
    Command(
        "filter",
        filtering.run,
        "[QUERY | off | test QUERY]",
        right=Right.ADMIN,
        changes=filtering.changes,
        filters=True,
        syntax="filter_syntax",
    ),
    Command("latest", latest.run, "[1–10] [TOPIC…]"),
    Command("search", searching.run, "WORDS", syntax="search_syntax", minor=True),
    Command("why", why.run, "[LINK]", syntax="why_syntax"),
    Command(
        "digest",
        digesting.run,
        "[off | daily 08:00 | weekly mon 08:00 | now]",
        right=Right.ADMIN,
        changes=digesting.changes,
        syntax="digest_syntax",
    ),
    Command("pause", pausing.pause, "[2h | 7d | DATE]", right=Right.ADMIN, changes=pausing.changes),
    Command("resume", pausing.resume, right=Right.ADMIN, minor=True),
    Command(
        "settings",
        settings.run,
        "[NAME VALUE]",
        right=Right.ADMIN,
        changes=settings.changes,
        syntax="settings_syntax",
    ),
    Command("status", status.run, aliases=("list",), minor=True),
    Command("language", language.run, "[zh | zh-TW | en]", right=Right.ADMIN, changes=language.changes, minor=True),
    Command("privacy", stopping.privacy, minor=True),
    Command("stop", stopping.stop, "[delete]", right=Right.ADMIN, minor=True),
    Command("feeds", feeds.run, "[FEED | add URL | remove FEED | check FEED]", right=Right.OPERATOR),
    Command("channels", channels.run, right=Right.ADMIN, changes=channels.changes, hidden=True),
    Command("rate-limited", stopping.slow_down, "SECONDS", hidden=True),
)
"""Every command. ``/sub``, ``/unsub`` and ``/list`` are what other feed bots call theirs; no list shows them."""

_BY_NAME = {name: command for command in TABLE for name in (command.name, *command.aliases)}


def find(name: str) -> Command | None:
    """Find a command by its name or alias, with or without its slash."""
    return _BY_NAME.get(fold(name[:MAX_SHOWN]).lstrip("/"))


def nearest(name: str) -> str | None:
    """Give the command whose name looks most like this."""
    names = [command.name for command in TABLE if not command.hidden]
    return next(iter(get_close_matches(fold(name[:MAX_SHOWN]).lstrip("/"), names, n=1, cutoff=0.6)), None)


def menu(words: Words, *, operator: bool = False) -> tuple[tuple[str, str], ...]:
    """Give what a platform's own menu shows: names and descriptions, in a language."""
    return tuple(
        (command.name, words(command.short))
        for command in TABLE
        if not command.hidden and (operator or command.right is not Right.OPERATOR)
    )
