"""``/search``: posts in which all the words stand, in the title, the categories or the text; the newest first."""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator, Sequence

from opencc import OpenCC

from bot.commands import grid
from bot.commands.arguments import Arguments, Token, parse, shown, write
from bot.commands.desk import Room
from bot.commands.feeds_named import scope, unknown_feed
from bot.commands.say import button, fits, reply, titles
from bot.core.models import Feed, Post, Reply
from bot.reading.text import fold, plain

PAGE = 10
_READ = 40
"""Posts that are read together."""
_MOST_READ = 400
"""Posts that one search reads: the database finds them, but only reading tells whether a word stands in the text."""
_MOST_WORDS = 6


async def run(room: Room) -> Reply:
    """List a page of what is found."""
    arguments = parse(room.ask.args, pressed=room.ask.pressed)
    words = _words(arguments)
    if not words:
        return reply(room.words("search_what"), asks=True)
    feeds = scope(room, arguments)
    if not feeds:
        return unknown_feed(room, arguments.feed)
    page = arguments.page or 0
    found = [post async for post in _found(room, feeds, words, (page + 1) * PAGE + 1)]
    said = " ".join(words)
    some = found[page * PAGE : (page + 1) * PAGE]
    if not some:
        return reply(room.words("search_nothing", x=shown(said)))
    of = grid.which(room, feeds) if arguments.feed is not None else ""
    more = f"search{of} {' '.join(map(write, _tokens(arguments)))} p{page + 1}"
    row = (button(room, "more", more),) if len(found) > (page + 1) * PAGE and fits(more) else ()
    return reply(room.words("search_found", x=shown(said)), titles(room, some, start=page * PAGE + 1), choices=(row,))


def _words(arguments: Arguments) -> list[str]:
    return [token.sign + token.text for token in _tokens(arguments)]


def _tokens(arguments: Arguments) -> list[Token]:
    return [token for token in arguments.tokens if token.text][:_MOST_WORDS]


async def find_newest(room: Room, text: str) -> Post | None:
    """Find the newest post in which all the words of a text stand."""
    words = [word for word in text.split() if word][:_MOST_WORDS]
    return await anext(_found(room, room.subscribed or room.feeds, words, 1), None) if words else None


async def _found(room: Room, feeds: Sequence[Feed], words: Sequence[str], most: int) -> AsyncIterator[Post]:
    """Give the newest posts in which all words stand, at most so many."""
    spelled = [_spellings(word) for word in words]
    folded = [fold(word) for word in words]
    ids = [feed.id for feed in feeds]
    for skip in range(0, _MOST_READ, _READ):
        posts = await room.work.search(ids, spelled, _READ, skip)
        for post in posts:
            if most and _stands(folded, post):
                most -= 1
                yield post
        if len(posts) < _READ or not most:
            return


def _stands(words: Sequence[str], post: Post) -> bool:
    text = fold(" ".join((post.title, *post.tags, plain(post.doc or post.summary))))
    return all(word in text for word in words)


def _spellings(word: str) -> tuple[str, ...]:
    """Give a word as it was typed, folded, and in traditional characters: the store compares letter by letter."""
    folded = fold(word)
    return tuple(dict.fromkeys((word, folded, _traditional().convert(folded))))


@functools.cache
def _traditional() -> OpenCC:
    return OpenCC("s2t")
