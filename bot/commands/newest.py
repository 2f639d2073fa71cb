"""The newest posts of a chat's feeds: what every subscribe answer names, and what ``/latest`` shows."""

from __future__ import annotations

from collections.abc import Sequence

from bot.commands.desk import LOOKBACK, Room
from bot.commands.say import title
from bot.core.models import Feed, Phrase
from bot.i18n import duration

_RHYTHM = 3
"""Dated posts from which something can be said about how often a blog posts."""


async def subscribed_sentence(room: Room, feeds: Sequence[Feed]) -> Phrase:
    """Say that it worked, and name the newest post that passes: silence until the next post looks broken."""
    blog = room.name(*feeds)
    passing = await room.passing(feeds, room.subscriptions)
    if passing.posts:
        return room.words.phrase("subscribed", blog=blog, title=title(room, passing.posts[0][0]))
    if passing.total:
        return room.words.phrase("subscribed_narrow", blog=blog, n=passing.total)
    return room.words.phrase("subscribed_quiet", blog=blog)


async def rhythm(room: Room) -> str:
    """Say how often the blog posts, from the dates of its newest posts; empty where too little is known."""
    posts = await room.newest(room.feeds, LOOKBACK)
    dates = sorted(post.published for post in posts if post.published and post.published <= room.ask.now)
    if len(dates) < _RHYTHM:
        return ""
    gap = (dates[-1] - dates[0]).total_seconds() / (len(dates) - 1)
    return room.words("rhythm", time=duration(room.words, gap))
