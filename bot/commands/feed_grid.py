"""The list of feeds to tick, [All] first; nothing is subscribed until one is tapped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.commands.arguments import Token, feed_name, find_feed, means_all
from bot.commands.desk import Room
from bot.commands.newest import subscribed_sentence
from bot.commands.say import button, reply
from bot.core.models import Choice, Feed, Phrase, Reply

PAGE = 10
"""Feeds on one page."""


def draw(room: Room, page: int | None = None, lead: Phrase = (), toast: str = "", shows: str | None = None) -> Reply:
    """Draw it; from one of its own buttons it replaces itself. ``shows`` names what a sample is offered of."""
    at = max(0, min(page or 0, (len(room.feeds) - 1) // PAGE))
    everything = all(room.subscription(feed.id) for feed in room.feeds)
    head = Choice(room.words("all_feeds"), f"subscribe {'-' if everything else '+'}all p{at}", on=everything)
    rows = [(_box(room, feed, at),) for feed in room.feeds[at * PAGE : (at + 1) * PAGE]]
    turns = tuple(
        Choice(arrow, f"subscribe p{target}")
        for arrow, target in (("‹", at - 1), ("›", at + 1))
        if 0 <= target * PAGE < len(room.feeds)
    )
    last = (button(room, "topics", "topics"),) if room.subscriptions else ()
    if shows is not None:
        last = (button(room, "show_me", f"latest{shows} 1"), *last)
    return reply(
        lead,
        room.words("pick_feed"),
        choices=((head,), *rows, turns, last),
        edits=page is not None,
        toast=toast,
    )


def _box(room: Room, feed: Feed, page: int) -> Choice:
    on = room.subscription(feed.id) is not None
    return Choice(feed_name(feed), f"subscribe {'-' if on else '+'}#{feed.id} p{page}", on=on)


async def tick(room: Room, tokens: Sequence[Token], page: int) -> Reply:
    """Do what a box says: ``+#3``, ``-#3``, ``+all``, ``-all``; without one, turn the page."""
    if not tokens:
        return draw(room, page)
    one = find_feed(room.feeds, tokens[0].text)
    if one is None and not means_all(tokens[0].text):
        return draw(room, page)
    wanted = tokens[0].sign != "-"
    feeds = (one,) if one else room.feeds if wanted else (*room.feeds, *room.resting)
    room = await (_on(room, feeds) if wanted else _off(room, feeds))
    toast = room.words("toast_on" if wanted else "toast_off", topic=room.name(*feeds))
    if not wanted:
        return draw(room, page, toast=toast)
    return draw(room, page, await subscribed_sentence(room, feeds), toast, f" #{one.id}" if one else "")


async def _on(room: Room, feeds: Sequence[Feed]) -> Room:
    chat = await room.connected()
    new = [feed for feed in feeds if room.subscription(feed.id) is None]
    made = [await room.work.subscribe(chat.id, feed.id, room.ask.now) for feed in new]
    return replace(room, chat=chat).having(made)


async def _off(room: Room, feeds: Sequence[Feed]) -> Room:
    for feed in feeds:
        if room.subscription(feed.id) or feed in room.resting:
            await room.work.unsubscribe(room.chat.id, feed.id, room.ask.now)
    ended = {feed.id for feed in feeds}
    left = tuple(each for each in room.subscriptions if each.feed_id not in ended)
    return replace(room, subscriptions=left, resting=tuple(feed for feed in room.resting if feed.id not in ended))
