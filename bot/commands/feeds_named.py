"""Which feeds a command is about, and what is said where there is no such feed."""

from __future__ import annotations

from bot.commands.arguments import Arguments, find_feed, shown
from bot.commands.desk import Room
from bot.commands.say import feed_listing, fits, reply
from bot.core.called import is_url, shown_url
from bot.core.models import Choice, Feed, Reply


def scope(room: Room, arguments: Arguments) -> tuple[Feed, ...]:
    """Find the feeds that a command is about: the one that it names, else the chat's own, else all that there are."""
    if arguments.feed is not None:
        feed = find_feed(room.feeds, arguments.feed)
        return (feed,) if feed else ()
    return room.subscribed or room.feeds


def unknown_feed(room: Room, text: str | None) -> Reply:
    """Say which feeds there are, where none is called this; the operator gets a button that adds it."""
    if text is None:
        return reply(room.words("no_feeds"), room.words("no_feeds_operator") if room.operator else "")
    name = shown_url(text) if is_url(text) else text
    said = room.words("unknown_feed" if room.feeds else "unknown_feed_none", x=shown(name))
    there = feed_listing(room) if room.feeds else ""
    if not (is_url(text) and room.operator):
        return reply(said, there)
    command = f"feeds add {text}"
    if not fits(command):
        return reply(said, there, room.words("add_feed_typed", command=f"/{command}"))
    return reply(said, there, choices=((Choice(room.words("add_feed"), command),),))
