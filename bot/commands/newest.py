"""The newest posts of a chat's feeds: what every subscribe answer names, and what ``/latest`` shows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from bot.commands.desk import LOOKBACK, Room
from bot.commands.say import title
from bot.core.models import Feed, Phrase
from bot.times import day_of

_RHYTHM: Final = 3
"""Dated posts from which something can be said about how often a blog posts."""
_SILENT: Final = 4
"""Usual gaps without a post after which the rhythm of before says nothing any more, once a week has passed, too."""
_A_WEEK: Final = timedelta(days=7)
_RHYTHMS: Final = {0: "rhythm_often", 1: "rhythm_daily", 7: "rhythm_weekly"}
"""What is said of so many days between two posts."""


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
    """Say how often the blog posts, from the dates of its newest posts, or since when it has been silent.

    Empty where too little is known.
    """
    posts = await room.newest(room.feeds, LOOKBACK)
    dates = sorted(post.published for post in posts if post.published and post.published <= room.ask.now)
    if len(dates) < _RHYTHM:
        return ""
    gap = (dates[-1] - dates[0]) / (len(dates) - 1)
    if room.ask.now - dates[-1] > max(_SILENT * gap, _A_WEEK):
        last = day_of(room.words.language, dates[-1], room.chat.timezone, now=room.ask.now)
        return room.words("rhythm_silent", date=last)
    days = round(gap / timedelta(days=1))
    if key := _RHYTHMS.get(days):
        return room.words(key)
    return room.words("rhythm", time=room.words("days", n=days))
