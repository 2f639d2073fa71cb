"""``/why``: why a post was sent, or not. Alone, the last ten posts of this chat's blogs, sent or not."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from bot.commands import grid
from bot.commands.arguments import feed_name, find_number, number, shown, unquoted
from bot.commands.desk import Room, filters
from bot.commands.say import button, reply, title
from bot.commands.searching import find_newest
from bot.core import timing
from bot.core.models import Choice, DeliveryState, Hit, Phrase, PlaceKind, Post, Reply, Subscription, Verdict
from bot.core.outgoing import digest_due
from bot.core.ports import DeliveryView
from bot.reading.doc import Block, Listing, Paragraph, Text
from bot.times import at, moment, zone

NO_POST = "#0"
"""What platforms ask about where the command points to a message that shows no post: posts count from 1."""
_LAST = 10
_SENT, _ON_ITS_WAY, _HELD, _NOT, _BEFORE = "✅", "⏳", "⏸", "–", "○"
_MARKS = {DeliveryState.SENT: _SENT, DeliveryState.WANTED: _ON_ITS_WAY, DeliveryState.HELD: _HELD}
_MOST_HITS = 4
_REASONS = frozenset(
    (
        "why_held_rekeyed",
        "why_dropped_unsubscribed",
        "why_dropped_filter",
        "why_dropped_operator",
        "why_dead_unconfirmed",
    )
)
"""The reasons that have words of their own; others are said as they stand."""
_OTHER = {"why_held": "why_held_other", "why_dropped": "why_dropped_other", "why_dead": "why_dead_other"}
_BY_TAG = {"why_sent": "why_sent_tag", "why_has": "why_has_tag"}

Said = tuple[Sequence[Block | Phrase | str], Sequence[Choice]]
"""Paragraphs, and the buttons that belong to them."""


async def run(room: Room) -> Reply:
    """Explain the post that is named by its link, its number or words of its title; or list the last ones."""
    named = room.ask.args.strip()
    if not named:
        return await _last(room)
    post = await _find(room, named)
    if post is None:
        return reply(await _not_found(room, named))
    said, choices = await _explained(room, post)
    return reply((title(room, post),), *said, choices=(choices, _ways(room)))


async def _not_found(room: Room, named: str) -> str:
    if named == NO_POST:
        return room.words("why_no_post")
    listed = len(await room.newest(room.subscribed, _LAST)) if number(named) is not None else 0
    return room.words("why_listed", n=listed) if listed else room.words("why_unknown", x=shown(unquoted(named)))


async def _find(room: Room, named: str) -> Post | None:
    if found := await _listed(room, named):
        return found
    known = find_number(named)
    found = await room.work.post(known) if known is not None else await room.work.find_post(named)
    if found is not None and not {feed.id for feed in room.feeds}.isdisjoint(found.feed_ids):
        return found
    return await find_newest(room, unquoted(named)) if known is None else None


async def _listed(room: Room, named: str) -> Post | None:
    """Find a post by its place in the list that the command alone gives; None where that has no such place."""
    place = number(named) or 0
    posts = await room.newest(room.subscribed, _LAST) if 0 < place <= _LAST else ()
    return posts[place - 1] if place <= len(posts) and posts else None


def _ways(room: Room) -> tuple[Choice, ...]:
    """Lead from a post to what decides about posts; in groups that would be a button for everybody."""
    if room.ask.kind is not PlaceKind.PRIVATE or not room.subscriptions:
        return ()
    return (button(room, "topics", "topics"), button(room, "pause", "pause"), button(room, "settings", "settings"))


# -- the last ones ----------------------------------------------------------------------------------------------------


async def _last(room: Room) -> Reply:
    if not room.subscriptions:
        return reply(room.words("not_subscribed"), choices=((button(room, "subscribe", "subscribe"),),))
    posts = await room.newest(room.subscribed, _LAST)
    if not posts:
        return reply(room.words("no_posts"))
    old = await _old(room, posts)
    items = [(Paragraph((Text(f"{await _mark(room, post, old)} "), title(room, post))),) for post in posts]
    return reply(room.words("why_last", n=len(posts)), Listing(1, tuple(items)), room.words("why_how"))


async def _old(room: Room, posts: Sequence[Post]) -> Mapping[int, bool]:
    return await room.work.old([post.id for post in posts], [each.feed_id for each in room.subscriptions])


async def _mark(room: Room, post: Post, old: Collection[int]) -> str:
    view = await room.work.delivery(room.chat.id, post.id)
    if view is None:
        return _BEFORE if post.id in old or _is_before(room, post) else _NOT
    return _MARKS.get(view.state, _NOT)


# -- one post ---------------------------------------------------------------------------------------------------------


async def _explained(room: Room, post: Post) -> Said:
    view = await room.work.delivery(room.chat.id, post.id) if room.chat.id else None
    if view is None:
        return await _never_wanted(room, post)
    match view.state:
        case DeliveryState.SENT:
            return _sent(room, post, view), ()
        case DeliveryState.WANTED:
            return [_waiting(room, view), *_because(room, post, view.verdict)], ()
        case DeliveryState.HELD:
            return _held(room, view)
        case DeliveryState.DROPPED:
            return [_known(room, "why_dropped", view.reason)], ()
        case DeliveryState.DEAD:
            return [_known(room, "why_dead", view.reason)], ()


def _at(room: Room, when: datetime) -> str:
    return moment(room.words.language, when, room.chat.timezone, now=room.ask.now)


def _known(room: Room, key: str, reason: str) -> str:
    own = f"{key}_{reason}"
    return room.words(own) if own in _REASONS else room.words(_OTHER[key], reason=shown(reason))


def _sent(room: Room, post: Post, view: DeliveryView) -> list[str]:
    how = {"digest": "why_in_digest", "listed": "why_in_list"}.get(view.reason, "why_at")
    hits = view.verdict.hits[:_MOST_HITS] if view.verdict else ()
    said = [_hit(room, post, hit, "why_sent") for hit in hits] or [room.words("why_sent_all")]
    time = at(room.words, view.changed, room.chat.timezone, now=room.ask.now)
    return [*said, *_found(room, post), room.words(how, time=time if how == "why_at" else _at(room, view.changed))]


def _hit(room: Room, post: Post, hit: Hit, key: str) -> str:
    name = next(
        (grid.label(room, topic) for topic in room.desk.judge.topics(post) if topic.key == hit.topic), hit.topic
    )
    return room.words(_BY_TAG[key], topic=name) if hit.by == "tag" else room.words(key, topic=name, word=hit.word)


def _found(room: Room, post: Post) -> list[str]:
    """Say which pieces of the chat's query stand in a post."""
    query = filters([each for each in room.subscriptions if each.feed_id in post.feed_ids]).query
    pieces = room.desk.judge.reasons(post, query) if query else ()
    return [room.words("why_filter_found", term=room.listed(pieces))] if pieces else []


def _because(room: Room, post: Post, verdict: Verdict | None) -> list[str]:
    hits = verdict.hits[:_MOST_HITS] if verdict else ()
    return [_hit(room, post, hit, "why_has") for hit in hits]


def _waiting(room: Room, view: DeliveryView) -> str:
    here = zone(room.chat.timezone)
    if (due := digest_due(room.chat, view.created, here)) is not None:
        return room.words("why_waits_digest", time=_at(room, max(due, room.ask.now)))
    if (end := timing.quiet_end(room.chat.quiet, here, room.ask.now)) is not None:
        return room.words("why_waits_quiet", time=at(room.words, end, room.chat.timezone, now=room.ask.now))
    return room.words("why_waits")


def _held(room: Room, view: DeliveryView) -> Said:
    if view.reason != "paused":
        return [_known(room, "why_held", view.reason)], ()
    until = room.chat.paused_until
    if until is not None and until > room.ask.now:
        return [room.words("why_paused", date=_at(room, until))], (button(room, "resume", "resume"),)
    return [room.words("why_was_paused")], (button(room, "send_them", "resume send"),)


# -- what was never wanted --------------------------------------------------------------------------------------------


async def _never_wanted(room: Room, post: Post) -> Said:
    """Judge a post as it would be judged now: of what does not pass, nothing is stored."""
    mine = [each for each in room.subscriptions if each.feed_id in post.feed_ids]
    if not mine:
        names = [feed_name(feed) for feed in room.feeds if feed.id in post.feed_ids]
        return [room.words("why_not_subscribed", feed=room.listed(names))], (button(room, "subscribe", "subscribe"),)
    if _is_before(room, post):
        since = min(each.created for each in mine)
        return [room.words("why_before", date=at(room.words, since, room.chat.timezone, now=room.ask.now))], ()
    if (first := (await _old(room, (post,))).get(post.id)) is not None:
        blogs = room.name(*(feed for feed in room.subscribed if feed.id in post.feed_ids))
        return [room.words("why_first_look" if first else "why_came_up", blog=blogs)], ()
    verdict = room.judged(post, mine)
    if verdict.passes:
        return [room.words("why_would_pass")], ()
    if verdict.blocked_by:
        said = room.words("why_not_sent", term=verdict.blocked_by)
        return [said], (button(room, "change_filter", "filter"),)
    return [await _other_topics(room, post, mine)], ()


def _is_before(room: Room, post: Post) -> bool:
    """Tell whether a post was there before this chat subscribed to any feed that has it."""
    return all(post.first_seen <= each.created for each in room.subscriptions if each.feed_id in post.feed_ids)


async def _other_topics(room: Room, post: Post, mine: Sequence[Subscription]) -> str:
    feeds = [feed for feed in room.subscribed if feed.id in post.feed_ids]
    ticked = grid.topic_names(room, filters(mine).topics, await grid.available(room, feeds))
    topics = [grid.label(room, topic) for topic in room.desk.judge.topics(post)]
    if not topics:
        return room.words("why_no_topic", ticked=ticked)
    return room.words("why_other_topic", topics=room.listed(topics), ticked=ticked)
