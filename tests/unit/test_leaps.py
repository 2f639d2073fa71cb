"""Known entries are leapt over where they stand as they stood; whatever else was done to a feed, the same is found."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sources import leaps
from bot.sources.leaps import found
from bot.sources.slices import Sliced, cut
from tests.slices import shorten

URL = "https://blog.example/feed"
TEXTS = ("a", "bb", "<![CDATA[</item>]]>", "<!-- <item> -->c", "<item>nested</item>", "d" * 300, "<x:item/>")
GAPS = ("", "\n", " <!-- <item>none</item> -->", "<link/>", "<![CDATA[<item>]]>")
NAME = "0123456789abcdef"


def feed(entries: Iterable[str], gap: str = "\n", head: str = "") -> bytes:
    """Make a feed of what stands in its entries."""
    items = gap.join(f"<item>{each}</item>" for each in entries)
    return f"<rss xmlns:x='x'><channel><title>{head}</title>{items}</channel></rss>".encode()


def names(document: bytes) -> tuple[str, ...]:
    """Name the entries of a document the thorough way."""
    sliced = cut(document, URL)
    return sliced.hashes if sliced else ()


def thorough(document: bytes, known: Iterable[str]) -> tuple[Sliced, bytes, tuple[int, ...]]:
    """Do what ``shorten`` does the thorough way."""
    sliced = cut(document, URL)
    assert sliced is not None
    return sliced, *sliced.without(frozenset(known))


entries = st.lists(st.sampled_from(TEXTS) | st.integers(0, 9).map(str), max_size=8)


@given(entries, entries, st.sampled_from(GAPS))
def test_whatever_was_done_to_a_feed_the_same_is_found(old: list[str], new: list[str], gap: str) -> None:
    """Entries reordered, removed, inserted, edited, doubled; what is known of them in any order."""
    known = list(dict.fromkeys(names(feed(old, gap))))
    for order in (known, known[::-1], known[1:] + known[:1], sorted(known)):
        for document in (feed(new, gap), feed(old + new, gap), feed(new + old, gap), feed(old[::-1] + old, gap)):
            quick = shorten(document, URL, dict.fromkeys(order))
            assert quick is None or quick == thorough(document, order)


@given(entries.filter(bool), st.integers(0, 8), st.sampled_from([1, 2, 3]))
def test_an_ordinary_change_is_found_quickly(old: list[str], at: int, dropped: int) -> None:
    """An entry inserted anywhere, and some dropped at the end: all others are known by the quick way."""
    new = [*old[:at], "something new", *old[at:]][:-dropped]
    known = dict.fromkeys(names(feed(old)))
    quick = shorten(feed(new), URL, known)
    if any(name in known for name in names(feed(new))):
        assert quick == thorough(feed(new), known)
        assert len(quick[2]) == new.count("something new")


def test_only_what_is_new_is_searched() -> None:
    """However many entries follow upon each other as before: tags are looked for in three, and behind the last."""
    old = [f"entry {number}" for number in range(100)]
    known = dict.fromkeys(names(feed(old)))
    with patch.object(leaps, "_next", wraps=leaps._next) as searched:
        assert shorten(feed(["new", *old[:40], "edited", *old[41:90]]), URL, known) is not None
    # The entry behind an edited one is known again by what it says, and those behind it are leapt over.
    assert searched.call_count == 4


def test_what_was_new_last_time_stands_on_top_the_next_time() -> None:
    """It is remembered behind all others; they are leapt over nevertheless."""
    old = [f"entry {number}" for number in range(100)]
    first, *others = names(feed(["newer", *old]))
    with patch.object(leaps, "_next", wraps=leaps._next) as searched:
        assert shorten(feed(["newest", "newer", *old]), URL, dict.fromkeys([*others, first])) is not None
    assert searched.call_count == 3


@pytest.mark.parametrize("head", ["", "another"])
def test_nothing_is_known_where_something_else_stands_around_it(head: str) -> None:
    """The same bytes may mean something else there."""
    known = dict.fromkeys(names(feed(["a", "b"])))
    assert (shorten(feed(["new", "a", "b"], head=head), URL, known) is None) == bool(head)
    assert (shorten(feed(["new", "a", "b"]), URL + head, known) is None) == bool(head)


def test_real_feeds_are_found_in_every_order(real_feeds: Path) -> None:
    """Known as they stand, turned round, and every second one only."""
    taken = 0
    for path in sorted((real_feeds / "snapshots").iterdir()):
        document = path.read_bytes()
        known = [*dict.fromkeys(names(document))]
        for order in (known[1:], known[:-1], known[::-1][1:], known[::2]) if len(known) > 2 else ():
            assert shorten(document, URL, dict.fromkeys(order)) == thorough(document, order), path.name
            taken += 1
    assert taken > 100


def _hostile(length: int) -> str:
    return f"{0:08x}{0:08x}{1:08x}{length:08x}"


@pytest.mark.parametrize(
    "known",
    [
        [_hostile(0)],
        [_hostile(1)],
        [_hostile(10_000_000)],
        [_hostile(2**32 - 1)],
        ["f" * 24, "0" * 40],
        ["-" + "1" * 31],
        ["g" * 32],
        ["é" * 32],
        [""],
        [_hostile(length) for length in range(100)],
    ],
)
def test_names_that_lie_are_names_of_nothing(known: list[str]) -> None:
    """Lengths of nothing, of more than there is; no names at all. Nothing is raised."""
    for document in (feed(["a", "b"]), b"", b"<", b"no feed", b"<item>", b"</item>", b"<item></item>"):
        assert shorten(document, URL, dict.fromkeys(known)) is None


@given(st.lists(st.text(NAME, min_size=32, max_size=32) | st.text(max_size=40), max_size=5), entries)
def test_no_name_is_too_strange(known: list[str], texts: list[str]) -> None:
    """Any text at all, with real names between."""
    document = feed(texts)
    quick = shorten(document, URL, dict.fromkeys([*known, *names(document)[1:]]))
    assert quick is None or quick == thorough(document, names(document)[1:])


def test_names_that_are_expected_in_vain_cost_no_more_than_the_document() -> None:
    """A long entry that is gone, before ten thousand short ones; and thousands of names of long ones."""
    long = ["x" * 1_000_000]
    short = [str(number) for number in range(10_000)]
    known = [*names(feed(long)), *names(feed(short[:900]))[::-1]]
    began = time.process_time()
    found(feed(short), known)
    found(feed(short), [_hostile(20_000 + number) for number in range(5_000)])
    found(b"<item>" + b"<" * 1_000_000, known)
    assert time.process_time() - began < 2


def test_more_entries_than_anybody_reads_are_not_named_one_by_one() -> None:
    """A bomb of empty entries takes the slow way."""
    document = feed([""] * 100_000, gap="")
    assert found(document, names(feed(["a"]))) is None
