"""``/subscribe``: by name, by address, by topic, or from a list to tick."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace

from bot.commands import feed_grid, grid, topics
from bot.commands.arguments import Arguments, Names, Token, feed_name, find_feed, find_number, means_all, parse
from bot.commands.desk import Room, enter, filters
from bot.commands.feeds_named import unknown_feed
from bot.commands.newest import subscribed_sentence
from bot.commands.say import button, reply
from bot.commands.trouble import trouble_line
from bot.core.called import is_url
from bot.core.models import Errand, Feed, Reply
from bot.reading.text import fold

_UNDO = frozenset(("undo", "撤销"))
MAX_OWN = 10
"""Feeds that one chat may add where anyone may."""


async def run(room: Room) -> Reply:
    """Subscribe to what is named; alone, to the only feed there is, or offer a list to tick."""
    arguments = parse(room.ask.args, pressed=room.ask.pressed)
    if arguments.page is not None:
        return await feed_grid.tick(room, arguments.tokens, arguments.page)
    verb = arguments.tokens[0].text if room.ask.pressed and arguments.tokens else ""
    if not room.ask.pressed and arguments.tokens and _means_undo(arguments.tokens[0]):
        return await _typed_undo(room, arguments)
    if verb in _VERBS:
        return await _VERBS[verb](room, arguments.tokens[1:])
    if arguments.tokens and is_url(arguments.tokens[0].text):
        return await _address(room, arguments.tokens[0].text, arguments.tokens[1:])
    return await _named(room, arguments)


async def _named(room: Room, arguments: Arguments) -> Reply:
    feeds, rest = _feeds(room, arguments)
    if not feeds:
        return unknown_feed(room, arguments.feed)
    if rest and means_all(rest[0].text):
        return await _everything(room, feeds)
    if rest:
        return await _by_topic(room, feeds, rest)
    return await one(room, feeds) if len(feeds) == 1 else feed_grid.draw(room)


def _feeds(room: Room, arguments: Arguments) -> tuple[tuple[Feed, ...], tuple[Token, ...]]:
    """Find the feeds to subscribe to, and the words that are left for topics."""
    if arguments.feed is not None:
        feed = find_feed(room.feeds, arguments.feed)
        return (feed,) if feed else (), arguments.tokens
    if arguments.tokens and means_all(arguments.tokens[0].text):
        return room.feeds, arguments.tokens
    for count in range(len(arguments.tokens), 0, -1):
        feed = find_feed(room.feeds, " ".join(token.text for token in arguments.tokens[:count]))
        if feed:
            return (feed,), arguments.tokens[count:]
    return room.feeds, arguments.tokens


async def one(room: Room, feeds: Sequence[Feed]) -> Reply:
    """Subscribe to one feed, all its posts; where that is so already, say so and show the grid."""
    choices = await grid.available(room, feeds)
    if room.subscription(feeds[0].id):
        lead = room.words.phrase("already_subscribed", blog=room.name(*feeds))
        return grid.draw(room, feeds, choices, lead=lead)
    return await _everything(room, feeds)


async def _everything(room: Room, feeds: Sequence[Feed]) -> Reply:
    """Subscribe to all posts of some feeds. A query that the chat has stays, topics go."""
    chat = await room.connected()
    made = []
    for feed in feeds:
        old = room.subscription(feed.id)
        query = old.filter.query if old else ""
        made.append(await room.work.subscribe(chat.id, feed.id, room.ask.now, query=query))
    room = replace(room, chat=chat).having(made)
    return await subscribed(room, feeds)


async def subscribed(room: Room, feeds: Sequence[Feed]) -> Reply:
    """Say what the chat gets from now on, and offer the newest post and the topics."""
    which = grid.which(room, feeds)
    ids = {feed.id for feed in feeds}
    wanted = filters([each for each in room.subscriptions if each.feed_id in ids])
    return reply(
        await subscribed_sentence(room, feeds),
        grid.gets(room, feeds, await grid.available(room, feeds)) if wanted.topics else "",
        room.words("still_filtered", query=wanted.query) if wanted.query else "",
        choices=((button(room, "show_me", f"latest{which} 1"), button(room, "topics", f"topics{which}")),),
    )


async def _undo(room: Room, tokens: Sequence[Token]) -> Reply:
    """Bring back what ``/unsubscribe`` just ended, with its topics and its query."""
    return await _brought_back(room, [number for token in tokens if (number := find_number(token.text)) is not None])


def _means_undo(token: Token) -> bool:
    return fold(token.text) in _UNDO and not token.quoted


async def _typed_undo(room: Room, arguments: Arguments) -> Reply:
    """Likewise, typed: of the feed that is named, of all, or what was ended last; else the feeds are shown."""
    name = arguments.feed or " ".join(token.text for token in arguments.tokens[1:])
    if not name:
        ended = await room.work.just_ended(room.chat.id)
        ids = ended or [feed.id for feed in room.feeds if len(room.feeds) == 1]
        return await _brought_back(room, ids) if ids else feed_grid.draw(room)
    if means_all(name):
        return await _brought_back(room, [feed.id for feed in room.feeds])
    feed = find_feed(room.feeds, name)
    return await _brought_back(room, (feed.id,)) if feed else unknown_feed(room, name)


async def _brought_back(room: Room, ids: Sequence[int]) -> Reply:
    """Bring back what was ended of some feeds, also of those that are not watched now or only this chat's own."""
    if not room.chat.id:
        return reply(room.words("not_subscribed"))
    chat = await room.connected()
    for number in ids:
        await room.work.resubscribe(chat.id, number, room.ask.now)
    room = await enter(room.ask, room.desk)
    if back := [feed for feed in room.subscribed if feed.id in ids]:
        return await subscribed(room, back)
    waits = [feed for feed in room.resting if feed.id in ids]
    return reply(room.words("resting", blog=room.name(*waits)) if waits else room.words("not_subscribed"))


async def _by_topic(room: Room, feeds: Sequence[Feed], rest: Sequence[Token]) -> Reply:
    choices = await grid.available(room, feeds)
    names = Names.of(choices)
    wanted, unknown = names.read(rest)
    if unknown:
        return grid.unknown_topic(room, names, unknown, f"topics{grid.which(room, feeds)} +", room.feeds)
    return await topics.apply(room, feeds, choices, [("+", topic) for _, topic in wanted])


# -- an address -------------------------------------------------------------------------------------------------------


async def _address(room: Room, url: str, rest: Sequence[Token]) -> Reply:
    """Subscribe by address. Where anyone may add feeds, one that is not there yet is looked at first."""
    feed = find_feed(room.feeds, url)
    if feed:
        return await (_by_topic(room, (feed,), rest) if rest else one(room, (feed,)))
    if not room.desk.anyone_may_add_feeds or room.operator:
        return unknown_feed(room, url)
    own = sum(1 for each in room.subscribed if not each.from_config)
    if own >= MAX_OWN:
        return reply(room.words("too_many_feeds", n=MAX_OWN))
    known = {each.id for each in await room.work.feeds()}
    feed = await room.work.add_feed(url, room.ask.now)
    chat = await room.connected()
    await room.work.subscribe(chat.id, feed.id, room.ask.now)
    # Somebody else's is theirs, though it could not be read yet: it is not taken back.
    then = f"subscribe {'had' if feed.id in known else 'new'} #{feed.id}"
    return reply(room.words("looking", feed=feed_name(feed)), errand=Errand(feed.id, then))


async def _had(room: Room, tokens: Sequence[Token]) -> Reply:
    """Tell what came of a feed that was there already."""
    return await _looked_at(room, tokens, own=False)


async def _new(room: Room, tokens: Sequence[Token]) -> Reply:
    """Tell what came of the feed that the chat added."""
    return await _looked_at(room, tokens, own=True)


async def _looked_at(room: Room, tokens: Sequence[Token], *, own: bool) -> Reply:
    """Tell what a look found; where that is nothing, take the subscription back, with the reason, and an own feed."""
    feed = find_feed(room.subscribed, tokens[0].text) if tokens else None
    if feed is None:
        return reply(room.words("not_subscribed"))
    if feed.trouble is None or feed.baseline or feed.from_config:
        return await subscribed(room, (feed,))
    await room.work.unsubscribe(room.chat.id, feed.id, room.ask.now)
    if own:
        await room.work.remove_feed(feed.id)
    return reply(room.words("not_added"), trouble_line(room, feed, feed.trouble))


_VERBS: Mapping[str, Callable[[Room, Sequence[Token]], Awaitable[Reply]]] = {"undo": _undo, "new": _new, "had": _had}
"""What only buttons and errands say."""
