"""JSON Feed 1.0 and 1.1 (jsonfeed.org), read as it is written in the wild: any field may be of any type."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.core.sighting import Sighting
from bot.core.trouble import TroubleName
from bot.sources import fields
from bot.sources.dates import parse_date
from bot.sources.document import Parsed, Unreadable
from bot.sources.excess import newest
from bot.sources.slices import name_of

_Object = dict[str, Any]


def parse_json(text: str, url: str, known: Collection[str] = frozenset()) -> Parsed | Unreadable:
    """Read a JSON Feed, ``known`` items excepted; other JSON, and what only begins like it, is Unreadable."""
    try:
        feed = json.loads(text)
    except (ValueError, RecursionError) as error:
        where = f" at line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        return Unreadable(TroubleName.NOT_A_FEED, f"it begins like JSON but is damaged{where}")
    if not isinstance(feed, dict) or not (_is_feed(feed)):
        return Unreadable(TroubleName.NOT_A_FEED, "it is JSON, but no JSON Feed")
    home = fields.link(feed.get("home_page_url"), url) or ""
    language = fields.line(feed.get("language"), 20)
    every = [item for item in _list(feed.get("items")) if isinstance(item, dict)]
    items = newest(every, _written)
    people = _authors(feed)
    context = json.dumps([url, home, language, people])
    names = [name_of(json.dumps(item), context) for item in items]
    sightings = [
        (_entry(item, position, home or url, people, language), name)
        for position, (item, name) in enumerate(zip(items, names, strict=True))
        if name not in known
    ]
    return Parsed(
        sightings=tuple(replace(read, slice=name) for read, name in sightings if not fields.is_blank(read)),
        known=tuple((place, name) for place, name in enumerate(names) if name in known),
        title=fields.line(feed.get("title")),
        home=home,
        language=language,
    )


def _is_feed(feed: _Object) -> bool:
    return "jsonfeed.org/version/" in str(feed.get("version", ""))[:100] or (
        isinstance(feed.get("items"), list) and not feed.keys().isdisjoint({"title", "version"})
    )


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _authors(thing: _Object) -> tuple[str, ...]:
    """Give the people: 1.1 has a list, 1.0 has one."""
    people = [*_list(thing.get("authors")), thing.get("author")]
    return fields.names(person.get("name") for person in people if isinstance(person, dict))


def _identifier(value: object) -> str | None:
    """Take an id; the standard has readers turn numbers into strings."""
    return fields.guid(str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value)


def _entry(item: _Object, position: int, base: str, people: tuple[str, ...], language: str) -> Sighting:
    here = fields.link(item.get("url"), base) or fields.link(item.get("external_url"), base)
    inside = here or base
    texts = [
        (item.get("content_html"), fields.document(item.get("content_html"), inside)),
        (item.get("content_text"), fields.document(item.get("content_text"), inside, is_html=False)),
        (item.get("summary"), fields.document(item.get("summary"), inside, is_html=False)),
    ]
    doc, summary = fields.fullest([(len(str(source)), found) for source, found in texts])
    return Sighting(
        guid=_identifier(item.get("id")),
        link=here,
        title=fields.title(item.get("title"), is_html=False),
        doc=doc,
        summary=summary,
        published=_date(item.get("date_published")) or _date(item.get("date_modified")),
        updated=_date(item.get("date_modified")),
        tags=fields.names(_list(item.get("tags"))),
        authors=_authors(item) or people,
        image=_image(item, inside) or fields.first_image(doc),
        language=fields.line(item.get("language"), 20) or language,
        position=position,
    )


def _written(item: _Object) -> str | None:
    date = item.get("date_published") or item.get("date_modified")
    return date if isinstance(date, str) else None


def _date(value: object) -> datetime | None:
    return parse_date(value) if isinstance(value, str) else None


def _image(item: _Object, base: str) -> str | None:
    attached = [
        file.get("url")
        for file in _list(item.get("attachments"))
        if isinstance(file, dict) and str(file.get("mime_type", "")).startswith("image/")
    ]
    found = (fields.link(value, base) for value in (item.get("image"), item.get("banner_image"), *attached))
    return next((href for href in found if href), None)
