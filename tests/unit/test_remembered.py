"""What stays of a document, written and read; its entries, and the posts that they speak for, made when asked for."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.models import Known, KnownPost, Remembered, Sighting, Sightings, Unread
from tests.emulators.sparing import untouched

words = st.none() | st.text(max_size=8)
moments = st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9998, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 -- the bounds are naive
entries = st.builds(
    Sighting,
    guid=words,
    link=words,
    title=st.text(max_size=8),
    published=st.none() | moments.map(lambda moment: moment.replace(microsecond=0)),
    sketch=st.text(max_size=8),
)
ONE = Sighting("1", "https://blog.example/1", "one", sketch="print:gist", slice="a", known_as=7)


@given(st.lists(st.tuples(st.integers(0, 1 << 40), entries), max_size=5))
def test_whatever_an_entry_says_is_remembered(told: list[tuple[int, Sighting]]) -> None:
    """Line ends, tabs, quotation marks and nothing at all come back as they were, in the order of the document."""
    pairs = [(post, replace(each, slice=f"s{place}")) for place, (post, each) in enumerate(told)]
    memory = Remembered(Remembered.renewed((), pairs))
    places = [(9 - place, each.slice) for place, (_, each) in enumerate(pairs)]
    assert list(memory) == [each.slice for _, each in pairs]
    assert list(memory.placed(places)) == [
        replace(each, known_as=post, position=9 - place) for place, (post, each) in reversed([*enumerate(pairs)])
    ]


@given(entries, words)
def test_a_guid_that_is_the_link_is_written_once(entry: Sighting, word: str | None) -> None:
    """It comes back all the same, and so does one that is missing."""
    pair = [replace(entry, guid=guid, link=word, slice=name) for name, guid in (("a", word), ("b", f"{word}?"))]
    text = Remembered.renewed((), [(7, each) for each in pair])
    assert [len(json.loads(told)) for told in text.split("\n")[3].split("\t")] == [3, 4]
    assert [*Remembered(text).placed([(0, "a"), (1, "b")])] == [
        replace(each, known_as=7, position=place) for place, each in enumerate(pair)
    ]


@pytest.mark.parametrize(
    "text",
    [
        "\n".join(['a\t[7,"1",null,"one",null,":"]'] * 4),
        "\n".join(['a\t7\t\t[":","1",null,"one"]'] * 4),
        Remembered.renewed([ONE], ()).rpartition("\n")[0],
        Remembered.renewed([ONE], ()).replace("7", "7\t8"),
        Remembered.renewed([ONE], ()).replace("7", ""),
    ],
    ids=("pairs", "rows", "half of it", "one too many", "no post"),
)
def test_a_text_of_another_form_says_nothing(text: str) -> None:
    """What was remembered in another form is read anew."""
    assert [*Remembered(text)] == []
    assert [*Remembered(text).placed([(0, "a")])] == []


def test_nothing_is_remembered_of_nothing() -> None:
    """A document without entries leaves none behind."""
    assert [*Remembered(Remembered.renewed((), ()))] == []


def test_a_document_is_told_from_its_parts_and_parted_again() -> None:
    """In the order of its places; it knows how long it is before anybody asks for an entry."""
    read, stayed = Sighting("2", slice="b", position=0), replace(ONE, position=1)
    document = Sightings([read], Remembered(Remembered.renewed([ONE], ())).placed([(1, "a")]))
    assert len(document) == 2
    assert untouched(document)
    assert [*document] == [read, stayed] == [*document[:1], document[-1]]
    again = Sightings.of([stayed, read])
    assert ([*again.read], [*again.unread], [*again]) == ([read], [stayed], [read, stayed])
    assert Sightings.of(document) is document


def test_entries_speak_for_the_posts_that_they_are() -> None:
    """Each once, be it shown twice, beside those that the store was asked for."""
    none = frozenset[str]()
    asked = KnownPost(5, frozenset("g"), none, none, "t", "", None, here=True, in_last=False)
    known = Known([asked], Unread.of([ONE, replace(ONE, position=1)]))
    spoken = KnownPost(7, none, none, none, "one", "gist", None, here=True, in_last=True, named=False)
    assert len(known) == 2
    assert [*known] == [asked, spoken]
    assert known.last == {7}


def test_what_left_meanwhile_speaks_no_more() -> None:
    """Of the entries those stay that are one of some posts: all of them as they are, where all are."""
    unread = Unread.of([ONE, replace(ONE, slice="b", known_as=8, position=1)])
    assert unread.being({7, 8, 9}) is unread
    assert [each.known_as for each in unread.being({8})] == [8]
