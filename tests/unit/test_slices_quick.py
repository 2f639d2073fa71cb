"""The quick way to find the known entries of a feed: it says what the slow one says, or nothing."""

from __future__ import annotations

import time
import zlib
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.models import Remembered, Sighting
from bot.sources import leaps
from bot.sources.slices import cut
from tests.slices import shorten

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
    "<item><x:item>nested</x:item></item>",
    "<item><entry>nested</entry\n></item>\n<entry >i</entry>",
    "<link/>",
    "<!x>",
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


@pytest.mark.parametrize("form", ["item", "entry", "x:item", "x:entry"])
def test_it_is_taken_whatever_the_entries_are_called(form: str) -> None:
    """With a prefix and without; comments, instructions and sections that speak of entries are no matter."""
    entries = "\n".join(
        f"<{form}><a/><!-- <{form}> --><![CDATA[</{form}>]]><?b </{form}>?>{at}</{form}>" for at in range(4)
    )
    document = f"<rss xmlns:x='x'><!-- <item> -->{entries}</rss>".encode()
    sliced = cut(document, URL)
    assert sliced is not None
    assert len(sliced.hashes) == 4
    assert shorten(document, URL, frozenset(sliced.hashes[1:])) == (
        sliced,
        *sliced.without(frozenset(sliced.hashes[1:])),
    )


def test_it_is_taken_for_nearly_all_real_feeds(real_feeds: Path) -> None:
    """And says what the slow way says."""
    taken = 0
    for path in sorted((real_feeds / "snapshots").iterdir()):
        document = path.read_bytes()
        sliced = cut(document, URL)
        if sliced is not None and len(sliced.hashes) > 1:
            known = frozenset(sliced.hashes[1:])
            assert shorten(document, URL, known) == (sliced, *sliced.without(known)), path.name
            taken += 1
    assert taken > 30


def test_end_tags_that_never_end_cost_no_more_than_their_size() -> None:
    """Looking for the end of each one to the document's would take many seconds."""
    document = b"<rss>" + b"<item </item " * 250_000
    began = time.process_time()
    assert shorten(document, URL, frozenset("a")) is None
    assert shorten(document + b">", URL, frozenset("a")) is None
    assert time.process_time() - began < 3


@pytest.mark.parametrize("damage", [b"<b>", b"\x01", b"&undeclared;", b"</channel>", b"<!DOCTYPE rss>"])
def test_what_is_not_well_formed_around_the_entries_takes_the_slow_way(damage: bytes) -> None:
    """Also where all entries are known."""
    head, entry, tail = b"<rss><channel>", b"<item>a</item>", b"</channel></rss>"
    sliced = cut(head + entry + tail, URL)
    assert sliced is not None
    assert shorten(head + entry + damage + tail, URL, frozenset(sliced.hashes)) is None


def _named(entries: list[str], head: str = "") -> tuple[str, ...]:
    sliced = cut(f"<rss><channel><title>{head}</title>{''.join(entries)}</channel></rss>".encode(), URL)
    assert sliced is not None
    return sliced.hashes


def test_no_edit_leaves_an_entry_its_name() -> None:
    """One letter changed, two swapped, a line moved, digits counted on, words added and taken away: all new names."""
    lines = [f"the {number}th line says {number * 7919 % 997}. " for number in range(60)]
    text = "".join(lines)
    edits = {text, text + " ", " " + text, text[:-1], text * 2}
    edits |= {text[:at] + sign + text[at + 1 :] for at in range(len(text)) for sign in "Aa01 ."}
    edits |= {text[:at] + text[at + 1] + text[at] + text[at + 2 :] for at in range(len(text) - 1)}
    edits |= {
        "".join([*lines[:at], *lines[at + 1 : to], lines[at], *lines[to:]]) for at in range(60) for to in range(at, 60)
    }
    names = [name for part in _parts(sorted(edits)) for name in _named([f"<item>{each}</item>" for each in part])]
    assert len(set(names)) == len(names) == len(edits) > 8000
    heads = {_named([f"<item>{text}</item>"], f"head {number}") for number in range(1000)}
    assert len(heads) == 1000


def _parts(edits: list[str]) -> list[list[str]]:
    return [edits[at : at + 1000] for at in range(0, len(edits), 1000)]


@given(st.lists(st.text("ab é汉", max_size=300), min_size=1, max_size=5), st.text("ab é汉"))
def test_names_are_the_same_on_every_machine(texts: list[str], head: str) -> None:
    """With the quick library for checksums and with Python's own."""
    entries = [f"<item>{each}</item>" for each in texts]
    quick = _named(entries, head)
    with patch.object(leaps, "crc32", zlib.crc32), patch.object(leaps, "adler32", zlib.adler32):
        assert _named(entries, head) == quick


def test_a_remembered_entry_stands_in_its_place_with_all_that_is_remembered() -> None:
    """Nothing that the store keeps of it is lost on the way into the next look."""
    seen = Sighting("guid", "https://blog.example/1", "title", published=datetime(2026, 1, 1, tzinfo=UTC), sketch="s")
    text = Remembered().renewed((), [(7, replace(seen, slice="slice")), (8, seen)])
    stored = replace(seen, position=3, slice="slice", known_as=7)
    assert list(Remembered(text).placed([(2, "strange"), (3, "slice")])) == [stored]
    assert Remembered(text).renewed([stored], ()) == Remembered().renewed([stored], ()) == text
    assert dict(Remembered(text)) == {"slice": replace(stored, position=0)}
