"""The quick way to find the known entries of a feed: it says what the slow one says, or nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.models import Remembered, Sighting
from bot.sources.slices import cut, shorten

URL = "https://blog.example/feed"
PIECES = (
    "<item>a</item>",
    "<item><title>b</title></item>",
    "<x:item>c</x:item >",
    "<entry>d</entry>",
    "<item><item>nested</item></item>",
    "<item><![CDATA[</item><item>]]></item>",
    "<item><!-- </item> -->e</item>",
    "<item><?php </item> ?>f</item>",
    "<item a='>'>g</item>",
    "<items>no entry</items>",
    "<!-- <item>none</item> -->",
    "<![CDATA[<item>]]>",
    "<item/>",
    "<item>",
    "</item>",
    "<!--",
    "<b>",
    "&undeclared;",
    "\x01",
    "<é:item>h</é:item>",
    "words",
)


@given(st.lists(st.sampled_from(PIECES), max_size=8), st.sets(st.integers(0, 7)))
def test_it_agrees_with_the_slow_way(pieces: list[str], seen: set[int]) -> None:
    """Whatever stands in the document, and whatever of it is known."""
    document = f"<rss xmlns:x='x' xmlns:é='e'>{''.join(pieces)}</rss>".encode()
    sliced = cut(document, URL)
    known = frozenset(name for place, name in enumerate(sliced.hashes) if place in seen) if sliced else frozenset("a")
    quick = shorten(document, URL, known)
    if quick is not None:
        assert sliced is not None
        assert quick == (sliced, *sliced.without(known))


@pytest.mark.parametrize("known", [1, 2, 3])
def test_it_is_taken_where_nothing_is_unusual(known: int) -> None:
    """An ordinary feed with one entry known, two, or all."""
    document = "".join(("<rss><channel>", *PIECES[:2], PIECES[5], "</channel></rss>")).encode()
    sliced = cut(document, URL)
    assert sliced is not None
    assert shorten(document, URL, frozenset(sliced.hashes[:known])) is not None


@pytest.mark.parametrize("damage", [b"<b>", b"\x01", b"&undeclared;", b"</channel>", b"<!DOCTYPE rss>"])
def test_what_is_not_well_formed_around_the_entries_takes_the_slow_way(damage: bytes) -> None:
    """Also where all entries are known."""
    head, entry, tail = b"<rss><channel>", b"<item>a</item>", b"</channel></rss>"
    sliced = cut(head + entry + tail, URL)
    assert sliced is not None
    assert shorten(head + entry + damage + tail, URL, frozenset(sliced.hashes)) is None


def test_a_remembered_entry_stands_in_its_place_with_all_that_is_remembered() -> None:
    """Nothing that the store keeps of it is lost on the way into the next look."""
    seen = Sighting("guid", "https://blog.example/1", "title", published=datetime(2026, 1, 1, tzinfo=UTC), sketch="s")
    text = Remembered().renewed((), [(7, replace(seen, slice="slice")), (8, seen)])
    stored = replace(seen, position=3, slice="slice", known_as=7)
    assert Remembered(text).placed([(2, "strange"), (3, "slice")]) == [stored]
    assert Remembered(text).renewed([stored], ()) == Remembered().renewed([stored], ()) == text
    assert dict(Remembered(text)) == {"slice": replace(stored, position=0)}
