"""How an answer is put together: paragraphs, buttons, titles that are links."""

from __future__ import annotations

from collections.abc import Sequence

from bot.commands.arguments import shown
from bot.commands.desk import Room
from bot.core.models import Choice, Errand, Feed, Notice, Phrase, Post, Reply
from bot.reading.doc import Block, Break, CodeSpan, Doc, Inline, Link, Listing, Paragraph, Styled, Text

MAX_COMMAND = 60
"""Bytes of a button's command line; Telegram takes 64."""

MAX_TITLE = 200
"""Characters of a post's title in a sentence or a list."""
_LISTED = 20
"""Feeds in a list."""

Rows = tuple[tuple[Choice, ...], ...]


def reply(
    *blocks: Block | Phrase | str,
    choices: Sequence[Sequence[Choice]] = (),
    edits: bool = False,
    toast: str = "",
    errand: Errand | None = None,
    asks: bool = False,
) -> Reply:
    """Make an answer of paragraphs; empty rows of buttons vanish."""
    body = Doc(tuple(_block(block) for block in blocks if block))
    rows = tuple(tuple(row) for row in choices if row)
    return Reply(Notice(body=body, choices=rows), edits=edits, toast=toast, errand=errand, asks=asks)


def _block(block: Block | Phrase | str) -> Block:
    if isinstance(block, str):
        return Paragraph((Text(block),))
    return Paragraph(block) if isinstance(block, tuple) else block


def button(room: Room, key: str, command: str) -> Choice:
    """Make a button that runs a command."""
    return Choice(room.words(key), command)


def fits(command: str) -> bool:
    """Tell whether a button can carry a command line."""
    return len(command.encode()) <= MAX_COMMAND


def title(room: Room, post: Post) -> Inline:
    """Show a post's title, as a link where it has one."""
    text = Text(shown(post.title, MAX_TITLE) or room.words("untitled"))
    return Link(post.link, (text,)) if post.link else text


def titles(room: Room, posts: Sequence[Post], start: int = 1) -> Listing:
    """List posts by their titles, numbered from ``start``."""
    return Listing(start, tuple((Paragraph((title(room, post),)),) for post in posts))


def bold(part: Inline | str) -> Inline:
    """Make a bold run."""
    return Styled("bold", (Text(part) if isinstance(part, str) else part,))


def rule(room: Room) -> Phrase:
    """Say how topics and filter work together."""
    words = room.words
    return words.phrase("both", any=bold(words("both_any")), also=bold(words("both_and")))


def lines(*parts: Sequence[Inline] | str) -> Paragraph:
    """Put lines under one another in one paragraph; empty ones vanish."""
    inlines: list[Inline] = []
    for part in parts:
        if part:
            inlines += (*([Break()] if inlines else []), *((Text(part),) if isinstance(part, str) else part))
    return Paragraph(tuple(inlines))


def code(text: str) -> Inline:
    """Show something to be typed."""
    return CodeSpan(text)


def feed_listing(room: Room) -> Listing:
    """List the feeds that are watched, the first ones of many, as links to their blogs."""
    return Listing(None, tuple((Paragraph((feed_title(room, feed),)),) for feed in room.feeds[:_LISTED]))


def feed_title(room: Room, feed: Feed) -> Inline:
    """Show a feed's title, as a link to its blog where the feed gives the address."""
    text = Text(room.name(feed))
    return Link(feed.home, (text,)) if feed.home.startswith(("http://", "https://")) else text
