"""``/topics``: which topics a chat wants, by the grid's buttons or by typing their names.

All posts are the default; ticking a topic means only those; unticking the last one means all posts again.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.commands import grid
from bot.commands.arguments import Names, Token, means_all, parse
from bot.commands.desk import Room, filters
from bot.commands.feeds_named import scope, unknown_feed
from bot.commands.newest import subscribed_sentence
from bot.core.models import Feed, Reply, Subscription, Topic
from bot.core.ports import Ask
from bot.reading.text import fold

_OFF = frozenset(("off", "关", "关闭", "无"))
_ASKED = 50
"""Blogs of which it is found out whether they have a topic."""
Wanted = Sequence[tuple[str, Topic]]
"""Topics with their signs: ``+`` on, ``-`` off, ``=`` only these, empty the other way round."""


def changes(ask: Ask) -> bool:
    """Tell whether the request changes anything: every topic that is named does."""
    return bool(parse(ask.args, pressed=ask.pressed).tokens)


async def run(room: Room) -> Reply:
    """Show the grid, or tick and untick what is named."""
    arguments = parse(room.ask.args, pressed=room.ask.pressed)
    feeds = scope(room, arguments)
    if not feeds:
        return unknown_feed(room, arguments.feed)
    topics = await grid.available(room, feeds)
    if not arguments.tokens:
        return grid.draw(room, feeds, topics, page=arguments.page, note=await _still(room, feeds))
    names = Names.of(topics)
    if _means_none(names, arguments.tokens):
        return await _clear(room, feeds, topics)
    wanted, unknown = names.read(arguments.tokens)
    if unknown:
        return grid.unknown_topic(room, names, unknown, f"topics{grid.which(room, feeds)} +")
    return await apply(room, feeds, topics, wanted, arguments.page)


def _means_none(names: Names, tokens: Sequence[Token]) -> bool:
    word = tokens[0]
    alone = len(tokens) == 1 and not (word.sign or word.quoted) and names.find(word.text) is None
    return alone and (means_all(word.text) or fold(word.text) in _OFF)


async def _clear(room: Room, feeds: Sequence[Feed], topics: Sequence[Topic]) -> Reply:
    """Take all ticks away: every post again."""
    ticked = filters([each for each in room.subscriptions if each.feed_id in {feed.id for feed in feeds}]).topics
    wanted = [("-", topic) for topic in topics if topic.key in ticked]
    return await apply(room, feeds, topics, wanted) if wanted else grid.draw(room, feeds, topics)


async def apply(
    room: Room, feeds: Sequence[Feed], topics: Sequence[Topic], wanted: Wanted, page: int | None = None
) -> Reply:
    """Tick and untick topics for some feeds; a chat that is not subscribed to any of them becomes so."""
    ids = {feed.id for feed in feeds}
    before = [each for each in room.subscriptions if each.feed_id in ids]
    after = await _change(room, before, wanted) if before else await _begin(room, feeds, wanted)
    room = room.having(after)
    toast = _toast(room, before, after, wanted)
    lead = await subscribed_sentence(room, feeds) if after and not before else ()
    return grid.draw(room, feeds, topics, page=page, toast=toast, lead=lead, note=await _still(room, feeds))


async def _still(room: Room, feeds: Sequence[Feed]) -> str:
    """Name the blogs that have none of the topics ticked for them: nothing comes from those. Rules are about any blog.

    Of one that has shown nothing yet, that is not known.
    """
    rules = {topic.key for topic in room.desk.judge.rules}
    narrow = {each.feed_id: set(each.filter.topics) for each in room.subscriptions if each.filter.topics}
    still = []
    for feed in [feed for feed in feeds if feed.id in narrow and narrow[feed.id].isdisjoint(rules)][:_ASKED]:
        own = {topic.key for topic in await room.work.topics(feed.id)}
        if narrow[feed.id].isdisjoint(own) and await room.newest((feed,), 1):
            still.append(feed)
    return room.words("topics_still", blog=room.name(*still)) if still else ""


async def _change(room: Room, before: Sequence[Subscription], wanted: Wanted) -> list[Subscription]:
    everywhere = set(before[0].filter.topics).intersection(*(each.filter.topics for each in before))
    after = []
    for each in before:
        keys = _ticked(each.filter.topics, wanted, everywhere)
        after.append(
            await room.work.subscribe(each.chat_id, each.feed_id, room.ask.now, topics=keys, query=each.filter.query)
        )
    return after


async def _begin(room: Room, feeds: Sequence[Feed], wanted: Wanted) -> list[Subscription]:
    keys = _ticked((), wanted, set())
    if not keys:
        return []
    chat = await room.connected()
    return [await room.work.subscribe(chat.id, feed.id, room.ask.now, topics=keys) for feed in feeds]


def _ticked(before: Sequence[str], wanted: Wanted, everywhere: set[str]) -> tuple[str, ...]:
    """Give the keys after the change. Without a sign a topic is toggled: off where all the feeds have it."""
    keys = set() if any(sign == "=" for sign, _ in wanted) else set(before)
    for sign, topic in wanted:
        if sign == "-" or (not sign and topic.key in everywhere):
            keys.discard(topic.key)
        else:
            keys.add(topic.key)
    return tuple(sorted(keys))


def _toast(room: Room, before: Sequence[Subscription], after: Sequence[Subscription], wanted: Wanted) -> str:
    has = filters(after).topics
    if filters(before).topics and not has:
        return room.words("toast_all")
    named = {topic.key: grid.label(room, topic) for _, topic in wanted}
    on, off = [[name for key, name in named.items() if (key in has) is there] for there in (True, False)]
    said = [room.words(key, topic=room.listed(some)) for key, some in (("toast_on", on), ("toast_off", off)) if some]
    return said[0] if len(said) == 1 else room.words("toast_on_off", on=said[0], off=said[1])
