"""``incoming deliveries``, ``links`` and ``topics test``: what an operator looks up from the shell."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final, TypeAlias

from bot.admin import parse_address
from bot.app import App
from bot.clock import SystemClock
from bot.config import Config
from bot.core.errors import SourceError, UsageError
from bot.core.models import DeliveryState, Post, Topic
from bot.core.ports import Platform
from bot.log import clean
from bot.parts import open_parts
from bot.platforms.console.draw import safe
from bot.preview import read_posts
from bot.reading.doc import Doc
from bot.store.ledger import Entry, Standing
from bot.store.sqlite import Store
from bot.topics.explain import Explained, Score, explain, score
from bot.topics.match import Matcher

Row: TypeAlias = dict[str, object]

OPEN: Final = (DeliveryState.WANTED, DeliveryState.HELD, DeliveryState.DEAD)
"""What is listed unless told otherwise: what has not arrived and is not settled."""


@contextlib.asynccontextmanager
async def _store(config: Config) -> AsyncIterator[Store]:
    store = Store(config.database)
    await store.open()
    try:
        yield store
    finally:
        await store.close()


# -- deliveries -------------------------------------------------------------------------------------------------------


async def list_deliveries(config: Config, states: Sequence[str], chat: str | None, limit: int) -> list[Row]:
    """List deliveries, the newest first."""
    wanted = [DeliveryState(state) for state in states] or OPEN
    address = parse_address(chat)[0] if chat else None
    async with _store(config) as store, store.begin() as work:
        return [_row(entry) for entry in await work.ledger(wanted, limit, address)]


def _row(entry: Entry) -> Row:
    return {
        "id": entry.id,
        "chat": str(entry.chat),
        "state": entry.state.value,
        "reason": entry.reason,
        "title": clean(entry.title),
        "link": clean(entry.link or ""),
        "created": entry.created.isoformat(timespec="seconds"),
        "changed": entry.changed.isoformat(timespec="seconds"),
        "due": entry.due and entry.due.isoformat(timespec="seconds"),
    }


async def retry(config: Config, ids: Sequence[int]) -> str:
    """Want deliveries again; give what was done, and why not with each of the others."""
    now = SystemClock().now()
    async with _store(config) as store, store.begin() as work:
        found = await work.standings(ids)
        kept = {number: _not_again(found.get(number), now) for number in ids}
        await work.want_again([number for number, why in kept.items() if not why], now)
    return _counted(kept, "to be sent")


def _not_again(it: Standing | None, now: datetime) -> str:
    if it is None:
        return _UNKNOWN
    if it.closed:
        return f"{it.chat} takes nothing ({it.closed}); what is held goes out when that is over"
    if it.paused_until is not None and it.paused_until > now:
        return f"{it.chat} is paused until {it.paused_until:%Y-%m-%d %H:%M %Z}; what is held is listed then"
    if it.state in {DeliveryState.WANTED, DeliveryState.SENT}:
        return f"is already {it.state.value}"
    return "is under way" if it.waits else ""


async def drop(config: Config, ids: Sequence[int]) -> str:
    """Drop deliveries; give what was done, and why not with each of the others."""
    async with _store(config) as store, store.begin() as work:
        found = await work.standings(ids)
        kept = {number: _not_dropped(found.get(number)) for number in ids}
        await work.drop_all([number for number, why in kept.items() if not why], SystemClock().now())
    return _counted(kept, "dropped")


def _not_dropped(it: Standing | None) -> str:
    if it is None:
        return _UNKNOWN
    if it.state not in {DeliveryState.WANTED, DeliveryState.HELD}:
        return f"is already {it.state.value}"
    return "is under way, or may have arrived" if it.begun else ""


_UNKNOWN: Final = "there is no such delivery"


def _counted(kept: Mapping[int, str], done: str) -> str:
    why = [f"{number}: {said}" for number, said in kept.items() if said]
    if len(why) == len(kept):
        raise UsageError("; ".join(why))
    return "\n".join([f"{len(kept) - len(why)} of {len(kept)} {done}", *why])


# -- links ------------------------------------------------------------------------------------------------------------


async def list_links(config: Config) -> list[Row]:
    """List the links by which the bot is added and started: for each platform, and one a topic and a feed."""
    async with open_parts(config, SystemClock()) as parts:
        app = App(parts)
        app.add_configured()
        async with contextlib.AsyncExitStack() as stack:
            stack.push_async_callback(app.close)
            async with parts.store.begin() as work:
                feeds = await work.feeds()
                own = await work.topics(*(feed.id for feed in feeds))
            things = [
                *(("topic", topic.name(config.language), f"t_{topic.key}") for topic in _topics(parts.matcher, own)),
                *(("feed", feed.called, f"f_{feed.id}") for feed in feeds),
            ]
            return [row for platform in app.platforms.values() for row in await _links(platform, things)]


def _topics(matcher: Matcher, own: Sequence[Topic]) -> Sequence[Topic]:
    """Give the topics to choose from: the rules, and the categories that no rule stands for."""
    tags = tuple(dict.fromkeys(topic.category for topic in own if topic.category))
    theirs = [topic for topic in matcher.topics(Post(0, 0, "", None, Doc(), tags=tags)) if topic.category]
    return [*matcher.rules, *theirs]


async def _links(platform: Platform, things: Sequence[tuple[str, str, str]]) -> list[Row]:
    rows = [_link(platform, what, "", link) for what, link in await platform.entrances()]
    for what, name, payload in things:
        link = await platform.invitation(payload)
        rows += [_link(platform, what, name, link)] if link else []
    return rows


def _link(platform: Platform, what: str, name: str, link: str) -> Row:
    return {"platform": platform.name, "for": what, "name": name, "link": link}


# -- topics -----------------------------------------------------------------------------------------------------------


async def try_topics(config: Config, source: str, limit: int, labels: Path | None) -> tuple[list[Row], list[Row]]:
    """Tell which topics the newest posts of a source match and by which words; with labels, how well that agrees.

    ``labels`` is a JSON object: a link or the last part of it, to a list of topic ids. Raises SourceError, UsageError.
    """
    posts = await read_posts(config, SystemClock(), await address_of(config, source), limit)
    matcher = Matcher([topic.spec() for topic in config.topics])
    language = config.language
    rows: list[Row] = [
        {
            "title": post.title,
            "link": clean(post.link or ""),
            "topics": [_explained(each, language) for each in explain(matcher, post) if each.hit],
            "near": [_explained(each, language) for each in explain(matcher, post) if not each.hit],
        }
        for post in posts
    ]
    return rows, _scores(matcher, posts, labels, language) if labels else []


async def address_of(config: Config, source: str) -> str:
    """Give the address of a watched feed of that name; anything else as it is, be it a URL or a file."""
    urls = {feed.name: feed.url for feed in config.feeds if feed.name}
    if source in urls or _speaks_for_itself(source) or not config.database.exists():
        return urls.get(source, source)
    async with _store(config) as store, store.begin() as work:
        return next((feed.url for feed in await work.feeds() if feed.name == source), source)


def _speaks_for_itself(source: str) -> bool:
    return "://" in source or Path(source).exists()


def _explained(each: Explained, language: str) -> Row:
    words = list(dict.fromkeys(mention.word for mention in each.mentions)) or ([each.hit.word] if each.hit else [])
    return {
        "topic": each.topic.name(language),
        "id": each.topic.key,
        "by": each.hit.by if each.hit else "",
        "words": words,
    }


def _scores(matcher: Matcher, posts: Sequence[Post], labels: Path, language: str) -> list[Row]:
    scores = score(matcher, posts, _labels(labels))
    names = {topic.key: topic.name(language) for topic in matcher.rules}
    rows = [_score(names.get(key, key), each) for key, each in scores.items()]
    return [*rows, _score("", sum(scores.values(), Score()))]


def _score(name: str, each: Score) -> Row:
    return {
        "topic": name or "all",
        "precision": round(each.precision, 3),
        "recall": round(each.recall, 3),
        "right": each.right,
        "wrong": each.wrong,
        "missed": each.missed,
    }


def _labels(path: Path) -> dict[str, list[str]]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        msg = f"{path}: {error.strerror}; name a readable file"
        raise SourceError(msg) from None
    except ValueError as error:
        msg = f"{path} is no JSON: {error}"
        raise SourceError(msg) from None
    if not isinstance(found, dict) or not all(isinstance(each, list) for each in found.values()):
        msg = f"{path}: must be an object that gives each post's link a list of topic ids"
        raise SourceError(msg)
    return {str(key): [str(topic) for topic in value] for key, value in found.items()}


def written(rows: Sequence[Row], scores: Sequence[Row]) -> str:
    """Write what ``try_topics`` found for the terminal."""
    said = [f"{row['topic']}: precision {row['precision']}, recall {row['recall']}" for row in scores]
    return "\n".join([*(_shown(row) for row in rows), *said])


def _shown(row: Row) -> str:
    def said(key: str) -> str:
        found = row[key]
        each = found if isinstance(found, list) else []
        return ", ".join(f"{one['topic']} ({', '.join(one['words'])})" for one in each)

    near = f"\n  near: {said('near')}" if row["near"] else ""
    return safe(f"{row['title']}\n  topics: {said('topics') or '-'}{near}")
