"""``/start``: the welcome; with a payload, a deep link to a topic or a feed, or an operator's one-time code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.commands import grid, subscribe, topics
from bot.commands.arguments import Names, find_feed
from bot.commands.desk import Room
from bot.commands.newest import rhythm
from bot.commands.say import button, lines, reply
from bot.core.models import Choice, Feed, PlaceKind, Reply, Topic
from bot.core.ports import Ask

_TOPIC, _FEED = "t_", "f_"
"""What a deep link's payload begins with; a topic's key or a feed's number follows."""


def changes(ask: Ask) -> bool:
    """Tell whether the request changes anything: deep links do."""
    return ask.args.strip().startswith((_TOPIC, _FEED))


async def run(room: Room) -> Reply:
    """Welcome, or do what the payload says."""
    payload = room.ask.args.strip()
    if payload.startswith(_TOPIC):
        return await _topic(room, payload.removeprefix(_TOPIC))
    if payload.startswith(_FEED):
        feed = find_feed(room.feeds, f"#{payload.removeprefix(_FEED)}")
        return await subscribe.one(room, (feed,)) if feed else await _welcome(room)
    if payload and room.ask.kind is PlaceKind.PRIVATE:
        return await _code(room, payload)
    return await _welcome(room)


async def _welcome(room: Room, lead: str = "") -> Reply:
    if not room.feeds:
        return reply(lead, room.words("no_feeds"), room.words("no_feeds_operator") if room.operator else "")
    if room.subscribed:
        return await _known(room, lead)
    row = (button(room, "all_posts", "subscribe all"), button(room, "choose_topics", "topics"))
    if len(room.feeds) > 1:
        row = (button(room, "choose_feeds", "subscribe"), row[1])
    welcome = room.words("welcome_several" if len(room.feeds) > 1 else "welcome", blog=room.name(*room.feeds))
    return reply(lead, welcome, await rhythm(room), choices=(row,))


async def _known(room: Room, lead: str) -> Reply:
    """Say to a chat that is subscribed what it gets: [All posts] would take its topics away."""
    feeds = room.subscribed
    has = room.words.phrase("already_subscribed", blog=room.name(*feeds))
    said = grid.draw(room, feeds, await grid.available(room, feeds), lead=lines(lead, has).children)
    row = (button(room, "choose_feeds", "subscribe"),) if len(room.feeds) > len(feeds) else ()
    return replace(said, notice=replace(said.notice, choices=(*said.notice.choices, *filter(None, (row,)))))


async def _code(room: Room, code: str) -> Reply:
    """Make the asker an operator, if the code is the one that was given out."""
    if room.desk.claim and await room.desk.claim(room.ask, code):
        asker = replace(room.ask.asker, operator=True)
        return await _welcome(replace(room, ask=replace(room.ask, asker=asker)), room.words("operator_claimed"))
    return await _welcome(room, room.words("operator_already" if room.operator else "code_wrong"))


async def _topic(room: Room, key: str) -> Reply:
    """Follow a link to a topic. It only adds: a chat that gets every post is told so, and may choose."""
    choices = await grid.available(room, room.feeds)
    topic = next((topic for topic in choices if topic.key == key), None)
    if topic is None:
        return grid.unknown_topic(room, Names.of(choices), key, "topics +")
    feeds = await _with(room, topic)
    mine = [(feed, it) for feed in feeds if (it := room.subscription(feed.id)) is not None]
    chosen = [feed for feed, it in mine if it.filter.topics]
    if mine and not chosen:
        return _has_all(room, [feed for feed, _ in mine], topic)
    feeds = chosen or feeds
    return await topics.apply(room, feeds, await grid.available(room, feeds), [("+", topic)])


async def _with(room: Room, topic: Topic) -> Sequence[Feed]:
    """Give the feeds that a topic is about: a rule's are those of the chat, a category's those that have it."""
    usual = room.subscribed or room.feeds
    if len(room.feeds) == 1 or any(rule.key == topic.key for rule in room.desk.judge.rules):
        return usual
    having = [feed for feed in room.feeds if any(each.key == topic.key for each in await room.work.topics(feed.id))]
    return having or usual


def _has_all(room: Room, feeds: Sequence[Feed], topic: Topic) -> Reply:
    name = grid.label(room, topic)
    only = Choice(room.words("only_this", topic=name), f"topics{grid.which(room, feeds)} ={topic.key}")
    # Several of many cannot be named at once.
    row = (only,) if len(feeds) in {1, len(room.subscriptions)} else ()
    return reply(room.words("link_has_all", blog=room.name(*feeds), topic=name), choices=(row,))
