"""``/latest``: the newest post exactly as it would be pushed, or the titles of some. Showing is no delivery."""

from __future__ import annotations

from collections.abc import Sequence

from bot.commands import grid
from bot.commands.arguments import Names, Token, feed_name, means_all, number, parse
from bot.commands.desk import Passing, Room, filters
from bot.commands.feeds_named import scope, unknown_feed
from bot.commands.say import button, code, reply, titles
from bot.core.models import Feed, Filter, Phrase, Reply, Subscription
from bot.core.notice import of_post

MOST = 10
"""Titles in one answer."""


async def run(room: Room) -> Reply:
    """Show the newest post that this chat gets, or that has the topics which are named."""
    arguments = parse(room.ask.args, pressed=room.ask.pressed)
    feeds = scope(room, arguments)
    if not feeds:
        return unknown_feed(room, arguments.feed)
    count, words = _count(arguments.tokens)
    if not count:
        return reply(room.words("latest_range", n=MOST))
    if len(words) == 1 and means_all(words[0].text):
        return await _show(room, feeds, count, Filter(0))
    if not words:
        return await _show(room, feeds, count, None)
    names = Names.of(await grid.available(room, feeds))
    wanted, unknown = names.read(words)
    if unknown:
        return grid.unknown_topic(room, names, unknown, f"latest{grid.which(room, feeds)} {count} ")
    return await _show(room, feeds, count, Filter(0, tuple(topic.key for _, topic in wanted)))


def _count(tokens: Sequence[Token]) -> tuple[int, list[Token]]:
    """Take the first number out of the words: how many posts are wanted."""
    at = next((place for place, token in enumerate(tokens) if number(token.text) is not None), None)
    if at is None:
        return 1, list(tokens)
    return number(tokens[at].text) or 0, [token for place, token in enumerate(tokens) if place != at]


async def _show(room: Room, feeds: Sequence[Feed], count: int, filter_: Filter | None) -> Reply:
    passing = await room.passing(feeds, _tried(room, feeds, filter_))
    if not passing.total:
        return reply(room.words("no_posts"))
    if not passing.posts:
        row = (button(room, "newest_of_all", "latest 1 all"),)
        return reply(room.words("latest_nothing", n=passing.total), choices=(row,))
    if count == 1:
        return _as_pushed(room, passing)
    posts = [post for post, _ in passing.posts[: min(count, MOST)]]
    note = () if filter_ else _left_out(room, feeds, passing, min(count, MOST))
    cut = room.words.phrase("latest_most", n=MOST, command=code("/search")) if len(posts) == MOST < count else ()
    return reply(room.words("latest_titles", n=len(posts)), titles(room, posts), cut, note)


def _left_out(room: Room, feeds: Sequence[Feed], passing: Passing, count: int) -> Phrase:
    """Say that only what this chat's topics and filter let through is listed; empty where that is all there is."""
    wanted = filters(_tried(room, feeds, None))
    if len(passing.posts) == passing.total:
        return ()
    key = "latest_both" if wanted.topics and wanted.query else "latest_topics" if wanted.topics else "latest_filter"
    command = code(f"/latest {count} all")
    return room.words.phrase(key, n=passing.total, passing=len(passing.posts), command=command)


def _tried(room: Room, feeds: Sequence[Feed], filter_: Filter | None) -> list[Subscription]:
    """Give the chat's own subscriptions, or make some up that stand for what was asked."""
    own = [each for each in room.subscriptions if each.feed_id in {feed.id for feed in feeds}]
    if filter_ is None and own:
        return own
    return [Subscription(0, room.chat.id, feed.id, filter_ or Filter(0), room.ask.now) for feed in feeds]


def _as_pushed(room: Room, passing: Passing) -> Reply:
    post, verdict = passing.posts[0]
    several = len(room.subscribed or room.feeds) > 1
    feed = next((feed for feed in room.feeds if feed.id in post.feed_ids), None)
    notice = of_post(
        post,
        room.chat,
        verdict,
        words=room.words,
        judge=room.desk.judge,
        now=room.ask.now,
        source=feed_name(feed) if feed and several else "",
    )
    return Reply(notice)
