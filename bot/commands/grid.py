"""The grid of topics: which there are, which are ticked, and a button for each that carries the wanted state."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from bot.commands.arguments import Names, feed_name, shown
from bot.commands.desk import Room, filters
from bot.commands.say import Rows, button, lines, reply
from bot.core.models import Choice, Feed, Phrase, Post, Reply, Subscription, Topic
from bot.reading.doc import Doc, Paragraph
from bot.topics.facts import MAX_TAGS
from bot.topics.rules import is_nameless

PAGE = 10
"""Topics on one page."""
_WIDTH = 2
_SOME = 5
"""Names that are enough to see what there is."""


async def available(room: Room, feeds: Sequence[Feed]) -> list[Topic]:
    """Give the topics to choose from: the operator's, then the feeds' own, then what is ticked but no longer there."""
    found = [*room.desk.judge.rules, *await room.work.topics(*(feed.id for feed in feeds))]
    kept = _distinct(room, found)
    known = {topic.key for topic in kept}
    lost = [key for key in filters(_of(room, feeds)).topics if key not in known]
    return kept + await called(room, lost, found)


async def called(room: Room, keys: Sequence[str], found: Sequence[Topic]) -> list[Topic]:
    """Give the topics of keys; what is in none of ``found`` may be another blog's category, and is called as there."""
    names = {topic.key: topic for topic in reversed(found)}
    if missing := [key for key in keys if key not in names]:
        feeds = [feed.id for feed in (*room.subscribed, *room.resting)]
        names |= {topic.key: topic for topic in await room.work.called(missing, feeds)}
    return [names.get(key) or _nobodys(room, key) for key in keys]


def _nobodys(room: Room, key: str) -> Topic:
    """Give the topic of a key that no blog has shown yet, as after an import."""
    return Topic(key, (("", room.words("topic_unnamed") if is_nameless(key) else key),))


def _distinct(room: Room, topics: Sequence[Topic]) -> list[Topic]:
    """Leave out the categories that a rule stands for, and what several feeds share.

    A post that had every category would have exactly the others as its own topics.
    """
    tags = tuple(topic.category for topic in topics if topic.category)
    # A post's categories count up to a bound, and a blog has more of them than any of its posts.
    some = (tags[at : at + MAX_TAGS] for at in range(0, len(tags), MAX_TAGS))
    own = {topic.key for each in some for topic in room.desk.judge.topics(Post(0, 0, "", None, Doc(), tags=each))}
    kept = {topic.key: topic for topic in reversed(topics) if topic.category is None or topic.key in own}
    return [kept.pop(topic.key) for topic in topics if topic.key in kept]


def _of(room: Room, feeds: Sequence[Feed]) -> list[Subscription]:
    ids = {feed.id for feed in feeds}
    return [each for each in room.subscriptions if each.feed_id in ids]


def draw(
    room: Room,
    feeds: Sequence[Feed],
    topics: Sequence[Topic],
    *,
    page: int | None = None,
    toast: str = "",
    lead: Phrase = (),
    note: str = "",
) -> Reply:
    """Draw it: ``lead`` first, what the chat gets now, ``note``, a button a topic.

    From a grid's button it replaces that grid.
    """
    subscriptions = _of(room, feeds)
    at = max(0, min(page or 0, (len(topics) - 1) // PAGE))
    rows = _rows(room, feeds, topics, filters(subscriptions).topics, at)
    return reply(
        lead,
        _state(room, feeds, topics, subscribed=bool(subscriptions)),
        note,
        choices=(*rows, _last_row(room, feeds, subscribed=bool(subscriptions), shows=bool(lead))),
        edits=page is not None,
        toast=toast,
    )


def _state(room: Room, feeds: Sequence[Feed], topics: Sequence[Topic], *, subscribed: bool) -> Paragraph | str:
    if not topics:
        return room.words("no_topics", blog=room.name(*feeds))
    return gets(room, feeds, topics) if subscribed else room.words("topics_new", blog=room.name(*feeds))


def gets(room: Room, feeds: Sequence[Feed], topics: Sequence[Topic]) -> Paragraph | str:
    """Say what a chat gets of some feeds; where its blogs differ, "only" is said of each by its name."""
    wanted = {each.feed_id: each.filter.topics for each in room.subscriptions}
    same: dict[tuple[str, ...], list[Feed]] = {}
    for feed in feeds:
        if feed.id in wanted:
            same.setdefault(wanted[feed.id], []).append(feed)
    if set(same) == {()}:
        return room.words("topics_all", blog=room.name(*same[()]))
    if len(set(wanted.values())) == 1:
        return room.words("topics_some", topics=topic_names(room, next(iter(same)), topics))
    said = [_gets(room, alike, topic_names(room, keys, topics)) for keys, alike in islice(same.items(), PAGE)]
    return lines(*said, "…" if len(same) > PAGE else "", room.words("topics_untick"))


def _gets(room: Room, feeds: Sequence[Feed], ticked: str) -> str:
    blog = room.name(*feeds)
    return room.words("topics_some_of", blog=blog, topics=ticked) if ticked else room.words("topics_all_of", blog=blog)


def topic_names(room: Room, keys: Sequence[str], topics: Sequence[Topic]) -> str:
    """Say what ticked topics are called."""
    names = {topic.key: label(room, topic) for topic in topics}
    return room.listed([names.get(key, key) for key in keys])


def label(room: Room, topic: Topic) -> str:
    """Say what a topic is called."""
    return shown(topic.name(room.words.language))


def which(room: Room, feeds: Sequence[Feed]) -> str:
    """Write the feed that a button is about, empty where it is about all that the chat has."""
    return f" #{feeds[0].id}" if len(feeds) == 1 and len(room.feeds) > 1 else ""


def _rows(room: Room, feeds: Sequence[Feed], topics: Sequence[Topic], ticked: Sequence[str], page: int) -> Rows:
    head = f"topics{which(room, feeds)}"
    choices = [
        Choice(
            label(room, topic),
            f"{head} {'-' if topic.key in ticked else '+'}{topic.key} p{page}",
            on=topic.key in ticked,
        )
        for topic in topics[page * PAGE : (page + 1) * PAGE]
    ]
    turns = [
        Choice(arrow, f"{head} p{target}")
        for arrow, target in (("‹", page - 1), ("›", page + 1))
        if 0 <= target * PAGE < len(topics)
    ]
    return (*(tuple(choices[at : at + _WIDTH]) for at in range(0, len(choices), _WIDTH)), tuple(turns))


def _last_row(room: Room, feeds: Sequence[Feed], *, subscribed: bool, shows: bool) -> tuple[Choice, ...]:
    feed = which(room, feeds)
    if not subscribed:
        return (button(room, "all_posts", f"subscribe{feed} all"),)
    leave = button(room, "unsubscribe", f"unsubscribe{feed}")
    return (button(room, "show_me", f"latest{feed} 1"), leave) if shows else (leave,)


def unknown_topic(room: Room, names: Names, text: str, command: str, blogs: Sequence[Feed] = ()) -> Reply:
    """Say that there is no such topic, and which one may have been meant; ``command`` and its key do what was asked.

    Where none is near, some topics are named, and some ``blogs`` where one of them may have been meant.
    """
    close = names.nearest(text)
    everything = button(room, "all_topics", "topics")
    if close is None:
        there = _some([label(room, topic) for topic in names.by_key.values()])
        feeds = _some([feed_name(feed) for feed in blogs])
        return reply(
            room.words("unknown_topic_far", x=shown(text)),
            room.words("topics_there", names=room.listed(there)) if there else "",
            room.words("feeds_named", names=room.listed(feeds)) if feeds else "",
            choices=((everything,),),
        )
    name = label(room, close)
    pick = Choice(room.words("pick", y=name), f"{command}{close.key}")
    return reply(room.words("unknown_topic", x=shown(text), y=name), choices=((pick, everything),))


def _some(names: Sequence[str]) -> list[str]:
    return [*names[:_SOME], *(["…"] if len(names) > _SOME else [])]
