"""Rows to nouns and back."""

from __future__ import annotations

import functools
import json
import sqlite3
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from bot.core import timing
from bot.core.models import (
    EPOCH,
    Address,
    Chat,
    Feed,
    FeedKind,
    Filter,
    Hit,
    PlaceKind,
    Post,
    Trouble,
    Validators,
    Verdict,
)
from bot.reading import doc as docs

_MILLISECOND = timedelta(milliseconds=1)
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_NOTHING: Final = "[]"
_KINDS = {kind.value: kind for kind in PlaceKind}


def stamp(when: datetime) -> int:
    """Write a time as milliseconds since 1970."""
    return (when - EPOCH) // _MILLISECOND


def stamp_up(when: datetime) -> int:
    """Write a time that something waits for: never earlier than it is."""
    return -((EPOCH - when) // _MILLISECOND)


def maybe_stamp(when: datetime | None) -> int | None:
    """Write a time that may be missing."""
    return None if when is None else stamp(when)


def moment(value: int) -> datetime:
    """Read a time."""
    return datetime.fromtimestamp(value / 1000, UTC)


def maybe_moment(value: int | None) -> datetime | None:
    """Read a time that may be missing."""
    return None if value is None else moment(value)


def dumps(value: object) -> str:
    """Write JSON compactly, Chinese as itself."""
    return _ENCODER.encode(value)


def numbers(values: Iterable[int]) -> str:
    """Write a JSON list of numbers, in a third of the time that ``dumps`` takes."""
    return f"[{','.join(map(str, values))}]"


def written(texts: Sequence[str]) -> str:
    """Write a JSON list of strings; most are empty."""
    return dumps(texts) if texts else _NOTHING


def strings(text: str) -> tuple[str, ...]:
    """Read a JSON list of strings; most are empty."""
    return () if text == _NOTHING else tuple(json.loads(text))


def feed_of(row: sqlite3.Row) -> Feed:
    """Read a row of ``feed``."""
    trouble = None
    if row["trouble_name"] is not None:
        trouble = Trouble(row["trouble_name"], row["trouble_cause"], moment(row["trouble_since"]), row["trouble_count"])
    return Feed(
        id=row["id"],
        name=row["name"],
        url=row["url"],
        title=row["title"],
        kind=FeedKind(row["kind"]),
        from_config=bool(row["from_config"]),
        active=bool(row["active"]),
        baseline=bool(row["baseline"]),
        validators=Validators(row["etag"], row["last_modified"]),
        body_hash=row["body_hash"],
        next_check=moment(row["next_check"]),
        last_check=maybe_moment(row["last_check"]),
        last_ok=maybe_moment(row["last_ok"]),
        last_new=maybe_moment(row["last_new"]),
        interval=row["interval"],
        trouble=trouble,
        home=row["home"],
        language=row["language"],
        pace=row["pace"],
        asked=row["asked"],
    )


def feed_values(feed: Feed) -> dict[str, object]:
    """Write what may change about a feed, by column."""
    trouble = feed.trouble
    return {
        "id": feed.id,
        "url": feed.url,
        "title": feed.title,
        "kind": feed.kind.value,
        "active": feed.active,
        "baseline": feed.baseline,
        "etag": feed.validators.etag,
        "last_modified": feed.validators.last_modified,
        "body_hash": feed.body_hash,
        "next_check": stamp(feed.next_check),
        "last_check": maybe_stamp(feed.last_check),
        "last_ok": maybe_stamp(feed.last_ok),
        "last_new": maybe_stamp(feed.last_new),
        "interval": feed.interval,
        "home": feed.home,
        "language": feed.language,
        "pace": feed.pace,
        "trouble_name": trouble and trouble.name,
        "trouble_cause": trouble and trouble.cause,
        "trouble_since": trouble and stamp(trouble.since),
        "trouble_count": trouble and trouble.count,
    }


def post_of(row: sqlite3.Row) -> Post:
    """Read a row of ``post`` with the feeds that showed it as ``feeds`` ("3,1")."""
    return Post(
        id=row["id"],
        seq=row["id"],
        title=row["title"],
        link=row["link"],
        doc=docs.from_json(json.loads(row["doc"])),
        summary=docs.from_json(json.loads(row["summary"])),
        published=maybe_moment(row["published"]),
        first_seen=moment(row["first_seen"]),
        tags=strings(row["tags"]),
        authors=strings(row["authors"]),
        image=row["image"],
        feed_ids=tuple(int(number) for number in (row["feeds"] or "").split(",") if number),
    )


def chat_of(row: sqlite3.Row) -> Chat:
    """Read a row of ``chat`` joined with its ``place``."""
    return Chat(
        id=row["chat_id"],
        address=Address(row["platform"], row["ref"], row["thread"]),
        kind=_KINDS[row["place_kind"]],
        place_id=row["place_id"],
        title=row["place_title"],
        language=row["language"],
        timezone=row["timezone"],
        length=row["length"],
        formulas=row["formulas"],
        silent=bool(row["silent"]),
        closed=row["closed"],
        paused_until=maybe_moment(row["paused_until"]),
        created=moment(row["chat_created"]),
        images=row["images"],
        hashtags=bool(row["hashtags"]),
        cap=row["cap"],
        quiet=timing.read_hours(row["quiet"]),
        digest=timing.read_rhythm(row["digest"]),
        digest_asked=maybe_moment(row["digest_asked"]),
        options=_options(row["options"]),
    )


@functools.lru_cache
def _options(text: str) -> tuple[tuple[str, str], ...]:
    return tuple((name, value) for name, value in json.loads(text))


def chat_values(chat: Chat) -> dict[str, object]:
    """Write a chat's settings, by column."""
    return {
        "id": chat.id,
        "language": chat.language,
        "timezone": chat.timezone,
        "length": chat.length,
        "formulas": chat.formulas,
        "silent": chat.silent,
        "paused_until": maybe_stamp(chat.paused_until),
        "images": chat.images,
        "hashtags": chat.hashtags,
        "cap": chat.cap,
        "quiet": timing.write_hours(chat.quiet),
        "digest": timing.write_rhythm(chat.digest),
        "digest_asked": maybe_stamp(chat.digest_asked),
        "options": dumps(chat.options),
    }


def filter_of(row: sqlite3.Row) -> Filter:
    """Read a row that has ``filter_id``, ``topics`` and ``query``."""
    return Filter(row["filter_id"], strings(row["topics"]), row["query"])


def hits_text(hits: Sequence[Hit]) -> str:
    """Write why a filter let a post through."""
    return dumps([[hit.topic, hit.word, hit.by] for hit in hits]) if hits else _NOTHING


@functools.lru_cache(maxsize=1024)
def passed(text: str | None) -> Verdict | None:
    """Read why a filter let a post through; None where nothing was written."""
    return None if text is None else Verdict(passes=True, hits=tuple(Hit(*hit) for hit in json.loads(text)))
