"""Another parser's authors' expectations (gofeed, MIT), read from beside the checkout: title, link, id, date, category.

The suite has two halves: ``translator`` expects what a reader is to see of an entry, ``parser`` what stands in the
document. An entry of which nothing is expected in these five fields may be left out; titles are compared as the plain
text that they show. Where this reader answers differently on purpose, the reason stands here.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import pytest

from bot.core.models import Sighting
from bot.sources.document import Parsed, Unreadable
from bot.sources.feed import parse

Expected = tuple[tuple[str, object], ...]

EXPLAINED: Final = {
    # RSS 1.0 calls rdf:about the item's identifier; where it differs from the link it is worth keeping.
    ("translator/feed_item_link_-_rdf_item_link", "id"),
    ("parser/rdf_item_link", "id"),
    ("parser/rdf_item_links", "id"),
    # A reader is better served with the date of the last change than with none.
    ("translator/feed_item_updated_-_rss_channel_item_updated_atom", "date"),
    # What Dublin Core calls a subject is a category: the suite's other half says so, this one only lists it elsewhere.
    ("parser/issue_275_channel_item_extensions", "category"),
    ("parser/issue_275_extensions_and_source", "category"),
    # An entry without a title of its own takes its file's.
    ("parser/issue_217_enclosure_children", "title"),
    # Elements where a name or an identifier should stand: neither has a text of its own.
    ("parser/rss_channel_item_category_naked_markup", "category"),
    ("parser/rss_channel_item_guid_naked_markup", "id"),
}


def suite(shared: Path) -> Path:
    """Find the suite."""
    folder = shared / "suites" / "gofeed" / "testdata"
    if not folder.is_dir():
        pytest.skip("no suite: ../shared/suites/gofeed is not there")
    return folder


def cases(folder: Path) -> Iterator[tuple[str, bytes, list[Expected]]]:
    """Give each document's name and bytes, and what is expected of each of its entries."""
    for half in ("translator", "parser"):
        for kind in ("rss", "atom"):
            for file in sorted((folder / half / kind).glob("*.xml")):
                yield f"{half}/{file.stem}", file.read_bytes(), _entries(half, kind, file.with_suffix(".json"))
        for file in sorted((folder / half / "json").glob("*.json")):
            if not file.stem.endswith("_expected"):
                expectation = file.with_name(f"{file.stem}_expected.json")
                yield f"{half}/{file.stem}", file.read_bytes(), _entries(half, "json", expectation)


def _entries(half: str, kind: str, file: Path) -> list[Expected]:
    expected = json.loads(file.read_text("utf-8"))
    read = _translated if half == "translator" else {"rss": _rss, "atom": _atom, "json": _json}[kind]
    return [read(item) for item in expected.get("items") or expected.get("entries") or ()]


def _expect(title: str | None, link: object, guid: object, date: str | None, tags: Sequence[object]) -> Expected:
    when = datetime.fromisoformat(date) if date else None
    return ("title", title or ""), ("link", link), ("id", guid), ("date", when), ("category", tuple(tags))


def _translated(item: dict[str, Any]) -> Expected:
    tags = item.get("categories") or ()
    return _expect(item.get("title"), item.get("link"), item.get("guid"), item.get("publishedParsed"), tags)


def _rss(item: dict[str, Any]) -> Expected:
    tags = [tag["value"] for tag in item.get("categories") or ()]
    guid = (item.get("guid") or {}).get("value")
    return _expect(item.get("title"), item.get("link"), guid, item.get("pubDateParsed"), tags)


def _atom(item: dict[str, Any]) -> Expected:
    pages = [link.get("href") for link in item.get("links") or () if link.get("rel") == "alternate"]
    tags = [name for tag in item.get("categories") or () if (name := tag.get("label") or tag.get("term"))]
    date = item.get("publishedParsed") or item.get("updatedParsed")
    return _expect(item.get("title"), next(iter(pages), None), item.get("id"), date, tags)


def _json(item: dict[str, Any]) -> Expected:
    tags = item.get("tags") or ()
    return _expect(item.get("title"), item.get("url"), item.get("id"), item.get("date_published"), tags)


def shown(title: object) -> str:
    """Give what a title shows when its markup is resolved: by other means than the reader's."""
    bare = str(title)
    for _ in range(2):
        bare = html.unescape(re.sub(r"</?[a-z][^<>]*>", "", bare))
    return re.sub(r"</?[a-z][^<>]*>", "", bare).strip()


def differences(name: str, wanted: Expected, found: Sighting) -> set[tuple[str, str]]:
    """Name the fields that were read differently."""
    given = (found.title, found.link, found.guid, found.published, found.tags)
    return {
        (name, field)
        for (field, value), answer in zip(wanted, given, strict=True)
        if value != answer and not (field == "title" and shown(value) == shown(answer))
    }


def paired(wanted: list[Expected], found: tuple[Sighting, ...]) -> list[tuple[Expected, Sighting]]:
    """Put each expectation beside its entry; one that was left out is an entry that says nothing."""
    at = {sighting.position: sighting for sighting in found}
    assert len(at) == len(found) <= len(wanted)
    return [(expected, at.get(place, Sighting())) for place, expected in enumerate(wanted)]


def test_entries_are_read_as_others_expect(shared: Path) -> None:
    """At least 99 % of all titles, links, ids, dates and categories, in each half; each other answer is explained."""
    asked = {"translator": 0, "parser": 0}
    others: set[tuple[str, str]] = set()
    for name, body, wanted in cases(suite(shared)):
        found = parse(body)
        assert isinstance(found, Parsed) or not wanted, name
        for expected, sighting in paired(wanted, found.sightings if isinstance(found, Parsed) else ()):
            asked[name.partition("/")[0]] += len(expected)
            others |= differences(name, expected, sighting)
    assert others == EXPLAINED
    assert asked["translator"] > 200
    assert asked["parser"] > 1000
    for half, many in asked.items():
        assert sum(name.startswith(half) for name, _ in others) <= many / 100


def test_other_documents_are_told_apart(shared: Path) -> None:
    """What the suite calls a feed of one kind or the other is read; what it calls damaged or unknown is named."""
    folder = suite(shared) / "parser"
    for file in sorted((folder / "universal").iterdir()):
        bad = file.stem in {"empty_feed", "unknown_feed", "invalid"}
        assert isinstance(parse(file.read_bytes()), Unreadable if bad else Parsed), file.name
    for file in (folder / "json" / "invalid").iterdir():
        assert isinstance(parse(file.read_bytes()), Unreadable), file.name
