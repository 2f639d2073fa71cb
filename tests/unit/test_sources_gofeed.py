"""Another parser's authors' expectations (gofeed, MIT), read from beside the checkout: title, link, id, date, category.

Where this reader answers differently on purpose, the reason stands here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from bot.core.models import Sighting
from bot.sources.document import Parsed
from bot.sources.feed import parse

EXPLAINED = {
    # RSS 1.0 calls rdf:about the item's identifier; where it differs from the link it is worth keeping.
    ("feed_item_description_-_rdf_item_description", "id"),
    ("feed_item_link_-_rdf_item_link", "id"),
    ("feed_item_title_-_rdf_item_title", "id"),
    # A reader is better served with the date of the last change than with none.
    ("feed_item_updated_-_rss_channel_item_updated_atom", "date"),
}
NOTHING_TO_SHOW = {
    # Entries with neither words nor an identifier, only a file or a field of somebody's own, are left out.
    "feed_item_enclosure_-_atom10_feed_entry_link_rel_enclosure",
    "feed_item_enclosures_-_rss_channel_item_enclosures",
    "feed_item_category_-_rss_channel_item_custom",
}


def cases(shared: Path) -> Iterator[tuple[Path, Path]]:
    """Give each document with its expectation."""
    folder = shared / "suites" / "gofeed" / "testdata" / "translator"
    if not folder.is_dir():
        pytest.skip("no suite: ../shared/suites/gofeed is not there")
    yield from ((file, file.with_suffix(".json")) for file in sorted(folder.glob("*/*.xml")))
    yield from (
        (file, file.with_name(f"{file.stem}_expected.json"))
        for file in sorted((folder / "json").glob("*.json"))
        if not file.stem.endswith("_expected")
    )


def answers(expected: dict[str, Any], found: Sighting) -> Iterator[tuple[str, object, object]]:
    """Put what is expected of an entry beside what was found."""
    date = expected.get("publishedParsed")
    yield "title", expected.get("title") or "", found.title
    yield "link", expected.get("link"), found.link
    yield "id", expected.get("guid"), found.guid
    yield "date", date and datetime.fromisoformat(date), found.published
    yield "category", tuple(expected.get("categories") or ()), found.tags


def test_entries_are_read_as_others_expect(shared: Path) -> None:
    """Every title, link, id, date and category is as expected, but for the answers that are explained."""
    asked, others = 0, set()
    for file, expectation in cases(shared):
        expected = json.loads(expectation.read_text())
        found = parse(file.read_bytes())
        assert isinstance(found, Parsed), file.name
        if file.stem in NOTHING_TO_SHOW:
            assert found.sightings == ()
            continue
        assert len(found.sightings) == len(expected.get("items") or ()), file.name
        for item, sighting in zip(expected.get("items") or (), found.sightings, strict=True):
            for name, wanted, given in answers(item, sighting):
                asked += 1
                others |= {(file.stem, name)} if wanted != given else set()
    assert asked > 200
    assert others == EXPLAINED
