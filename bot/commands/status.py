"""``/status``: what this chat gets, when the blog was and will be looked at, and what is wrong; operators see more."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot import telling
from bot.commands import digesting, grid, pausing
from bot.commands.desk import Room, filters
from bot.commands.say import bold, button, feed_title, lines, reply, title
from bot.commands.trouble import trouble_line
from bot.core.incidents import Kind
from bot.core.models import Feed, Phrase, Reply, Subscription, Topic
from bot.reading.doc import Block, Listing, Paragraph, Text
from bot.times import day_of, moment

_COUNTED = ("chats", "subscriptions", "posts", "wanted", "held", "dead")
LISTED = 20
"""Feeds shown one by one."""


async def run(room: Room) -> Reply:
    """Report about this chat and, to an operator, about everything."""
    blocks: list[Block | str] = [*await feeds(room)]
    row = [button(room, "topics", "topics"), button(room, "unsubscribe", "unsubscribe")]
    blocks += [said for said in (pausing.standing(room), digesting.standing(room)) if said]
    if room.resting:
        blocks.append(room.words("resting", blog=room.name(*room.resting)))
    elif not room.subscribed:
        blocks, row = [room.words("not_subscribed")], [button(room, "subscribe", "subscribe")]
    if room.chat.closed:
        blocks.insert(0, telling.closed_chat(room.words, room.chat))
    if room.operator:
        blocks += await _operator(room)
    return reply(*blocks, choices=(row,))


async def feeds(room: Room) -> list[Paragraph]:
    """Report about the chat's feeds, the first ``LISTED``."""
    listed = room.subscribed[:LISTED]
    mine = [each for feed in listed if (each := room.subscription(feed.id))]
    # By their keys, and once: a blog has hundreds of categories.
    topics = await grid.called(room, filters(mine).topics, room.desk.judge.rules)
    return [await _feed(room, feed, topics) for feed in listed]


async def _feed(room: Room, feed: Feed, topics: Sequence[Topic]) -> Paragraph:
    subscription = room.subscription(feed.id)
    return lines(
        (bold(feed_title(room, feed)),),
        _gets(room, subscription, topics) if subscription else "",
        checks(room, feed),
        await last_post(room, feed),
        trouble_line(room, feed, feed.trouble) if feed.trouble else "",
    )


def _gets(room: Room, subscription: Subscription, topics: Sequence[Topic]) -> str:
    wanted, query = subscription.filter.topics, subscription.filter.query
    said = room.words("status_all")
    if wanted:
        said = room.words("status_topics", topics=grid.topic_names(room, wanted, topics))
    return room.words("status_filter", what=said, query=query) if query else said


def checks(room: Room, feed: Feed) -> str:
    """Say when a feed was looked at and when it will be."""
    if feed.last_check is None:
        return room.words("status_unchecked")
    soon = max(feed.next_check, room.ask.now)
    return room.words("status_checked", last=_at(room, feed.last_check), next=_at(room, soon))


def _at(room: Room, when: datetime) -> str:
    return moment(room.words.language, when, room.chat.timezone, now=room.ask.now)


async def last_post(room: Room, feed: Feed) -> Phrase:
    """Name a feed's newest post and its day; nothing where it has none."""
    posts = await room.newest((feed,), 1)
    if not posts:
        return ()
    when = posts[0].published or posts[0].first_seen
    said = day_of(room.words.language, when, room.chat.timezone, now=room.ask.now)
    return room.words.phrase("status_post", title=title(room, posts[0]), date=said)


async def _operator(room: Room) -> list[Block | str]:
    counts = await room.work.counts()
    said = room.words("status_operator", **{name: counts.get(name, 0) for name in _COUNTED})
    ill = [feed for feed in room.feeds if feed.trouble][:LISTED]
    wrong = await _wrong(room)
    if waiting := [feed for feed in room.feeds if feed.last_check is None]:
        # A long list that was just brought in takes its time: blogs are not all asked at once.
        wrong.insert(0, room.words("status_first_looks", n=len(room.feeds), done=len(room.feeds) - len(waiting)))
    if not ill:
        return [said, room.words("status_feeds_well", n=len(room.feeds)), *wrong]
    items = tuple((Paragraph((Text(trouble_line(room, feed, feed.trouble)),)),) for feed in ill if feed.trouble)
    return [said, room.words("status_feeds_ill", n=len(ill)), Listing(None, items), *wrong]


async def _wrong(room: Room) -> list[Block | str]:
    """Say what else stops posts from flowing: places, platforms, deliveries, the disk."""
    found = [each for each in await room.work.open_incidents() if each.kind not in {Kind.FEED, Kind.ASLEEP}][:LISTED]
    said = [telling.line(each, room.words, room.ask.now) for each in found]
    return [Listing(None, tuple((Paragraph((Text(line),)),) for line in said))] if said else []
