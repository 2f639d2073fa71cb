"""``/filter``: the query that a post must pass besides the topics; shown, tried, set and taken away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.commands import grid
from bot.commands.arguments import parse, shown
from bot.commands.desk import Passing, Room
from bot.commands.feeds_named import scope, unknown_feed
from bot.commands.say import button, code, reply, rule, titles
from bot.core.models import Feed, Filter, Phrase, Reply, Subscription
from bot.core.ports import Ask
from bot.reading.doc import Block
from bot.reading.text import fold
from bot.topics.syntax import like_fields, tokens

_OFF = frozenset(("off", "关", "关闭", "无"))
_TEST = frozenset(("test", "试", "试试"))
_SHOWN = 10
"""Titles of posts that pass."""


def changes(ask: Ask) -> bool:
    """Tell whether the request changes anything; looking and trying do not."""
    rest = parse(ask.args, pressed=ask.pressed).rest
    return bool(rest) and _split(rest)[0] not in _TEST


def _split(rest: str) -> tuple[str, str]:
    first, _, query = rest.partition(" ")
    return fold(first), query.strip()


async def run(room: Room) -> Reply:
    """Show the filter, try one, set one, or take it away."""
    arguments = parse(room.ask.args, pressed=room.ask.pressed)
    feeds = scope(room, arguments)
    if not feeds:
        return unknown_feed(room, arguments.feed)
    first, query = _split(arguments.rest)
    if first in _TEST:
        return await _test(room, feeds, query)
    if not _own(room, feeds):
        return reply(room.words("not_subscribed"), choices=((button(room, "subscribe", "subscribe"),),))
    if not arguments.rest:
        return await _show(room, feeds)
    if first in _OFF and not query:
        return await _remove(room, feeds)
    return await _save(room, feeds, arguments.rest)


def _own(room: Room, feeds: Sequence[Feed]) -> list[Subscription]:
    ids = {feed.id for feed in feeds}
    return [each for each in room.subscriptions if each.feed_id in ids]


def _wrong(room: Room, query: str) -> Reply | None:
    """Say what is wrong with a query and where, None where nothing is."""
    finding = room.desk.judge.check(query)
    if finding is None:
        return None
    key, _, column = finding.partition(":")
    said = _missing(room, query, int(column)) if key == "query_missing" else room.words(key, column=column)
    return reply(said, room.words("filter_how"))


def _missing(room: Room, query: str, column: int) -> str:
    """Say beside which sign a word is missing, and on which side of it."""
    sign = next(tokens(query[column - 1 :]))
    if sign.kind in {"word", "phrase"}:
        return room.words("query_missing", column=column)
    first = sign.kind in {"OR", "AND", ")"} and not query[: column - 1].strip()
    key = "query_missing_before" if first else "query_missing_after"
    return room.words(key, column=column, sign=query[column - 1 :][: sign.end].strip())


async def _show(room: Room, feeds: Sequence[Feed]) -> Reply:
    queries = list(dict.fromkeys(each.filter.query for each in _own(room, feeds) if each.filter.query))
    if not queries:
        return reply(room.words("filter_none"), room.words("filter_how"), rule(room), asks=True)
    said = [room.words.phrase("filter_now", query=code(query)) for query in queries]
    return reply(
        *said,
        *await _report(room, feeds, _own(room, feeds), await room.passing(feeds, _own(room, feeds))),
        room.words("filter_how"),
        choices=((button(room, "filter_remove", f"filter{grid.which(room, feeds)} off"),),),
        asks=True,
    )


async def _test(room: Room, feeds: Sequence[Feed], query: str) -> Reply:
    if not query:
        return reply(room.words("filter_how"))
    own = _own(room, feeds) or [Subscription(0, 0, feed.id, Filter(0), room.ask.now) for feed in feeds]
    tried = [replace(each, filter=Filter(0, each.filter.topics, query)) for each in own]
    if wrong := _wrong(room, query):
        return wrong
    report = await _report(room, feeds, tried, await room.passing(feeds, tried))
    return reply(room.words.phrase("filter_test", query=code(query)), *report, _hint(room, query))


async def _save(room: Room, feeds: Sequence[Feed], query: str) -> Reply:
    wrong = _wrong(room, query)
    if wrong:
        # The next try may be typed as it is.
        return replace(wrong, asks=True)
    after = await _store(room, feeds, query)
    passing = await room.passing(feeds, after)
    report = await _report(room, feeds, after, passing)
    of = grid.which(room, feeds)
    row = (button(room, "show_me", f"latest{of} 1"), button(room, "filter_remove", f"filter{of} off"))
    if passing.total and not passing.posts:
        topics = report if any(each.filter.topics for each in after) else ()
        return reply(room.words("nothing_matches", n=passing.total), *topics, _hint(room, query), choices=(row[1:],))
    return reply(room.words.phrase("filter_saved", query=code(query)), *report, _hint(room, query), choices=(row,))


def _hint(room: Room, query: str) -> Phrase:
    """Say that a word which is written like a field is none; nothing where there is no such word."""
    found = like_fields(query)
    return room.words.phrase("filter_as_word", query=code(shown(found[0]))) if found else ()


async def _remove(room: Room, feeds: Sequence[Feed]) -> Reply:
    await _store(room, feeds, "")
    return reply(room.words("filter_off"))


async def _store(room: Room, feeds: Sequence[Feed], query: str) -> list[Subscription]:
    return [
        await room.work.subscribe(each.chat_id, each.feed_id, room.ask.now, topics=each.filter.topics, query=query)
        for each in _own(room, feeds)
    ]


async def _report(
    room: Room, feeds: Sequence[Feed], tried: Sequence[Subscription], passing: Passing
) -> tuple[Block | str, ...]:
    """Say how many of the newest posts the filter lets through, how many of those the topics, and which."""
    if not passing.total:
        return ()
    ticked = any(each.filter.topics for each in tried)
    bare = [replace(each, filter=replace(each.filter, topics=())) for each in tried]
    filtered = await room.passing(feeds, bare) if ticked else passing
    key = _counted(len(filtered.posts), len(passing.posts), ticked=ticked)
    count = room.words(key, n=passing.total, passing=len(filtered.posts), both=len(passing.posts))
    listed = titles(room, [post for post, _ in passing.posts[:_SHOWN]])
    return (count, listed) if passing.posts else (count,)


def _counted(filtered: int, both: int, *, ticked: bool) -> str:
    """Give the key of the sentence that counts; topics have a part in it only where the filter leaves them one."""
    if not filtered:
        return "passing_none"
    if not ticked:
        return "passing"
    return "passing_topics" if both else "passing_topics_none"
