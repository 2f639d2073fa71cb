"""``/feeds``: the operator's view of what is watched; add one, remove one, look at one now."""

from __future__ import annotations

from bot.commands.arguments import feed_name, find_feed, parse, shown
from bot.commands.desk import Room
from bot.commands.feeds_named import unknown_feed
from bot.commands.say import bold, feed_title, fits, lines, reply
from bot.commands.status import checks, last_post
from bot.commands.trouble import trouble_line
from bot.core.called import is_url, shown_url
from bot.core.models import Choice, Errand, Feed, Phrase, Reply
from bot.reading.doc import Paragraph

MAX_URL = 500
"""Characters of a feed's address."""
MAX_CAUSE = 200
"""Characters of a failure's own words."""
_LISTED = 30
_VERBS = ("add", "remove", "check")


async def run(room: Room) -> Reply:
    """List the feeds, show one, or do what the first word says."""
    arguments = parse(room.ask.args, pressed=room.ask.pressed)
    words = [token.text for token in arguments.tokens]
    verb = words[0].casefold() if words and words[0].casefold() in _VERBS else ""
    name = arguments.feed or " ".join(words[1:] if verb else words)
    if verb == "add":
        return await _add(room, name)
    if not verb and not name:
        return _list(room)
    # To look at the only one there is takes no name; to take it away does.
    feed = room.feeds[0] if verb == "check" and not name and len(room.feeds) == 1 else find_feed(room.feeds, name)
    if feed is None:
        return unknown_feed(room, name) if name else reply(room.words("feeds_which", verb=verb))
    if verb == "check":
        return reply(room.words("looking", feed=feed_name(feed)), errand=Errand(feed.id, f"feeds #{feed.id}"))
    return await _remove(room, feed) if verb == "remove" else await _one(room, feed)


def _list(room: Room) -> Reply:
    if not room.feeds:
        return reply(room.words("no_feeds"), room.words("no_feeds_operator"))
    ill = [feed for feed in room.feeds if feed.trouble]
    rows = [(Choice(room.words("check_feed", feed=feed_name(feed)), f"feeds check #{feed.id}"),) for feed in ill[:5]]
    more = room.words("feeds_more", n=len(room.feeds) - _LISTED) if len(room.feeds) > _LISTED else ""
    return reply(*(_lines(room, feed) for feed in room.feeds[:_LISTED]), more, room.words("feeds_how"), choices=rows)


async def _one(room: Room, feed: Feed) -> Reply:
    row = [Choice(room.words("check_now"), f"feeds check #{feed.id}")]
    if not feed.from_config:
        row.append(Choice(room.words("remove_feed"), f"feeds remove #{feed.id}"))
    unread = feed.trouble and not feed.baseline and not feed.from_config
    more = room.words("feeds_unread") if unread else ""
    return reply(_lines(room, feed, await last_post(room, feed)), more, choices=(row,))


def _lines(room: Room, feed: Feed, newest: Phrase = ()) -> Paragraph:
    """Show a feed: its name and address, when it was looked at, what came last, what is wrong."""
    state = trouble_line(room, feed, feed.trouble) if feed.trouble else ""
    detail = shown(feed.trouble.cause, MAX_CAUSE) if feed.trouble else ""
    return lines((bold(feed_title(room, feed)),), shown_url(feed.url), checks(room, feed), newest, state, detail)


async def _add(room: Room, url: str) -> Reply:
    if not is_url(url) or len(url) > MAX_URL:
        return reply(room.words("feeds_add_what", x=shown(url)) if url else room.words("feeds_which", verb="add"))
    if find_feed(room.feeds, url):
        return reply(room.words("feeds_there", feed=shown_url(url)))
    feed = await room.work.add_feed(url, room.ask.now)
    return reply(room.words("looking", feed=shown_url(url)), errand=Errand(feed.id, f"feeds #{feed.id}"))


async def _remove(room: Room, feed: Feed) -> Reply:
    name = feed_name(feed)
    if feed.from_config:
        return reply(room.words("feeds_in_config", feed=name))
    await room.work.remove_feed(feed.id)
    again = f"feeds add {feed.url}"
    row = (Choice(room.words("undo"), again),) if fits(again) else ()
    return reply(room.words("feeds_removed", feed=name), choices=(row,))
