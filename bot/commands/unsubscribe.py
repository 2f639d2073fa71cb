"""``/unsubscribe``: done at once, with a way back."""

from __future__ import annotations

from collections.abc import Sequence

from bot.commands.arguments import feed_name, find_feed, means_all, parse
from bot.commands.desk import Room
from bot.commands.feeds_named import unknown_feed
from bot.commands.say import button, fits, reply
from bot.core.models import Choice, Feed, Reply

_LISTED = 20
"""Feeds that the list offers; more are named by typing."""


async def run(room: Room) -> Reply:
    """End what is named; alone, the only subscription there is, or offer a list."""
    feeds = (*room.subscribed, *room.resting)
    if not feeds:
        return reply(room.words("not_subscribed"), choices=((button(room, "subscribe", "subscribe"),),))
    arguments = parse(room.ask.args, pressed=room.ask.pressed)
    text = arguments.feed or " ".join(token.text for token in arguments.tokens)
    if means_all(text) or (not text and len(feeds) == 1):
        return await _end(room, feeds)
    if not text:
        return _list(room, feeds)
    feed = find_feed(feeds, text)
    return await _end(room, (feed,)) if feed else unknown_feed(room, text)


async def _end(room: Room, feeds: Sequence[Feed]) -> Reply:
    for feed in feeds:
        await room.work.unsubscribe(room.chat.id, feed.id, room.ask.now)
    undo = f"subscribe undo {' '.join(f'#{feed.id}' for feed in feeds)}"
    said = room.words("unsubscribed", blog=room.name(*feeds))
    return reply(said, choices=((button(room, "undo", undo),) if fits(undo) else (),))


def _list(room: Room, feeds: Sequence[Feed]) -> Reply:
    rows = [(Choice(feed_name(feed), f"unsubscribe #{feed.id}"),) for feed in feeds[:_LISTED]]
    return reply(room.words("pick_unsubscribe"), choices=(*rows, (button(room, "all_feeds", "unsubscribe all"),)))
