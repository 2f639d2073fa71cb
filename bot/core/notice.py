"""What a notification says: a post and a chat's settings become a Notice, pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from bot.core.models import Chat, Choice, Notice, Post, Topic, Verdict
from bot.core.ports import Judge, Words
from bot.reading.doc import Doc
from bot.reading.excerpt import excerpt, first_clause

MOST_TOPICS: Final = 4
OLD: Final = timedelta(days=1)
"""A date is worth a line only where the post is older than this."""


def of_post(
    post: Post, chat: Chat, verdict: Verdict | None, *, words: Words, judge: Judge, now: datetime, source: str = ""
) -> Notice:
    """Write the notification of a post for a chat.

    ``verdict`` is why the chat gets it (None where it was not asked), ``source`` the feed's name where the chat has
    several.
    """
    text = post.doc or post.summary
    title = post.title or first_clause(text)
    body = excerpt(text, chat.length) if chat.length else Doc()
    read = Choice(words("read"), url=post.link) if post.link else None
    return Notice(
        body=body,
        title=title,
        link=post.link,
        source=source,
        date=post.published if post.published and now - post.published > OLD else None,
        topics=topic_names(post, verdict, judge, chat.language),
        image=post.image,
        choices=((read,),) if read else (),
        silent=chat.silent,
    )


def topic_names(post: Post, verdict: Verdict | None, judge: Judge, language: str) -> tuple[str, ...]:
    """Name a post's topics: those that the chat ticked first, at most four."""
    ticked = [hit.topic for hit in verdict.hits] if verdict else []
    topics = judge.topics(post)
    first = [topic for key in dict.fromkeys(ticked) for topic in topics if topic.key == key]
    return tuple(topic.name(language) for topic in _once([*first, *topics]))[:MOST_TOPICS]


def _once(topics: Iterable[Topic]) -> Iterable[Topic]:
    return {topic.key: topic for topic in topics}.values()
