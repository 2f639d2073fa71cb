"""What a notification says: posts and a chat's settings become a Notice, pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.core.models import NOWHERE, Chat, Choice, Notice, PlaceKind, Post, Topic, Verdict
from bot.core.ports import Judge, Words
from bot.reading.doc import Block, Doc, Inline, Link, Listing, Paragraph, Text, bold
from bot.reading.excerpt import excerpt, first_clause
from bot.reading.excerpt.opening import opening
from bot.reading.text import inline_text

MOST_TOPICS: Final = 4
OLD: Final = timedelta(days=1)
"""A date is worth a line only where the post is older than this."""
GEAR: Final = "⚙"
"""Leads from a notification to why it came, and to the settings; only where nobody else could press it."""
OPENING: Final = 80
"""Columns of a post's text in a digest."""
MAX_TITLE: Final = 200
"""Characters of a title in a list."""

Rows = tuple[tuple[Choice, ...], ...]


def of_post(
    post: Post, chat: Chat, verdict: Verdict | None, *, words: Words, judge: Judge, now: datetime, source: str = ""
) -> Notice:
    """Write the notification of a post for a chat.

    ``verdict`` is why the chat gets it (None where it was not asked), ``source`` the feed's name where the chat has
    several.
    """
    text = post.doc or post.summary
    title = post.title or first_clause(text)
    body = excerpt(text if post.title else _behind(title, text), chat.length) if chat.length else Doc()
    read = [Choice(words("read"), url=post.link)] if post.link else []
    gear = [Choice(GEAR, f"why #{post.id}")] if chat.kind is PlaceKind.PRIVATE else []
    return Notice(
        body=body,
        title=title,
        link=post.link,
        source=source,
        date=post.published if post.published and now - post.published > OLD else None,
        topics=topic_names(post, verdict, judge, chat.language) if chat.hashtags else (),
        keys=tuple(topic.key for topic in judge.topics(post)) if chat.options else (),
        image=post.image if chat.images != NOWHERE else None,
        choices=((*read, *gear),) if read or gear else (),
        silent=chat.silent,
    )


def _behind(title: str, text: Doc) -> Doc:
    """Leave out a first paragraph that was made the title: it would say the same twice."""
    match text.blocks:
        case (Paragraph(children), *rest) if _bare(inline_text(children)) == _bare(title):
            return Doc(tuple(rest))
    return text


def _bare(sentence: str) -> str:
    return sentence.strip().rstrip("。.！!？?；;")


def topic_names(post: Post, verdict: Verdict | None, judge: Judge, language: str) -> tuple[str, ...]:
    """Name a post's topics: those that the chat ticked first, at most four."""
    ticked = [hit.topic for hit in verdict.hits] if verdict else []
    topics = judge.topics(post)
    first = [topic for key in dict.fromkeys(ticked) for topic in topics if topic.key == key]
    return tuple(topic.name(language) for topic in _once([*first, *topics]))[:MOST_TOPICS]


def _once(topics: Iterable[Topic]) -> Iterable[Topic]:
    return {topic.key: topic for topic in topics}.values()


# -- lists ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Item:
    """A post in a list, and why the chat gets it."""

    post: Post
    verdict: Verdict | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """The posts of a digest that stand under one topic; ``topic`` is empty for those without one."""

    topic: str
    items: tuple[Item, ...]


def by_topic(items: Iterable[Item], judge: Judge, language: str) -> tuple[Section, ...]:
    """Group posts, each once, under the first of its topics that the chat ticked, else its own first one.

    Topics stand in the order of their first posts; those without one come last.
    """
    groups: dict[str, list[Item]] = {}
    for item in items:
        names = topic_names(item.post, item.verdict, judge, language)
        groups.setdefault(names[0] if names else "", []).append(item)
    last = groups.pop("", [])
    sections = [Section(topic, tuple(group)) for topic, group in groups.items()]
    return (*sections, *([Section("", tuple(last))] if last else []))


def of_digest(title: str, sections: Sequence[Section], *, words: Words, headed: bool, choices: Rows = ()) -> Notice:
    """Write a digest: the posts' titles and first sentences, ``headed`` by their topics where there are several."""
    blocks: list[Block] = []
    for section in sections:
        if headed:
            blocks.append(Paragraph((bold(section.topic or words("other_topics")),)))
        blocks.append(Listing(None, tuple((_digest_line(item.post, words),) for item in section.items)))
    return Notice(Doc(tuple(blocks)), title=title, choices=choices)


def _digest_line(post: Post, words: Words) -> Block:
    said = opening(post.doc or post.summary, OPENING) if post.title else ()
    return Paragraph((title_link(post, words), *((Text(words("colon")), *said) if said else ())))


def of_summary(
    title: str, lead: str, posts: Sequence[Post], *, words: Words, start: int = 1, choices: Rows = ()
) -> Notice:
    """Write a list of posts by their titles, numbered from ``start``."""
    listing = Listing(start, tuple((Paragraph((title_link(post, words),)),) for post in posts))
    return Notice(Doc((Paragraph((Text(lead),)), listing) if lead else (listing,)), title=title, choices=choices)


def title_link(post: Post, words: Words) -> Inline:
    """Show a post's title, or else how it begins, as a link where it has one."""
    said = post.title or first_clause(post.doc or post.summary) or words("untitled")
    text = Text(said if len(said) <= MAX_TITLE else said[: MAX_TITLE - 1] + "…")
    return Link(post.link, (text,)) if post.link else text
