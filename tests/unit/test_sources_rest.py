"""What is known of a feed is not even decoded, and what is read of the rest is the same."""

from __future__ import annotations

import codecs
from itertools import product
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sources import feed, xmlfeed
from bot.sources.document import Parsed, Unreadable
from bot.sources.xmlfeed import parse_rest

URL = "https://blog.example/feed"
ITEMS = (
    "<item><guid>1</guid><title>扩散模型</title><description><![CDATA[<p>一</p>]]></description></item>",
    "<item><guid>2</guid><title>plain words</title></item>",
    "<item><guid>3</guid><title>é</title><link>https://blog.example/3</link></item>",
    "<item><guid>4</guid><title>&#xd83d;&#xde00;</title></item>",
    "<item><guid>5</guid><title>five</title><link uri='tag:5'>https://blog.example/5</link></item>",
)
ENCODINGS = ("utf-8", "gb18030", "utf-16", "cp1252", "iso2022_jp_2")


def document(*items: str, declared: str = "", before: str = "") -> str:
    """Make a feed of entries."""
    declaration = f'<?xml version="1.0" encoding="{declared}"?>\n' if declared else ""
    return f"{before}{declaration}<rss version='2.0'><channel><title>札记</title>{''.join(items)}</channel></rss>"


def both(body: bytes, content_type: str, known: frozenset[str]) -> tuple[Parsed | Unreadable, Parsed | Unreadable]:
    """Read with the short way, and without."""
    quick = feed.parse(body, content_type, URL, known)
    with patch.object(feed, "parse_rest", return_value=None):
        return quick, feed.parse(body, content_type, URL, known)


def slices(body: bytes, content_type: str = "") -> list[str]:
    """Name the entries of a feed."""
    found = feed.parse(body, content_type, URL)
    assert isinstance(found, Parsed)
    return [each.slice for each in found.sightings]


@pytest.mark.parametrize("number", range(len(ITEMS)))
@pytest.mark.parametrize(("written", "declared"), [*product(ENCODINGS, ("", *ENCODINGS))])
def test_it_reads_what_is_read_without_it(written: str, declared: str, number: int) -> None:
    """Whatever the encoding is, and whatever the document or its server says that it is."""
    old, new = ITEMS[:number] + ITEMS[number + 1 :], ITEMS
    for in_document, content_type in ((declared, ""), ("", f"text/xml; charset={declared}" if declared else "")):
        before, now = (document(*items, declared=in_document).encode(written, "replace") for items in (old, new))
        first = feed.parse(before, content_type, URL)
        known = frozenset(each.slice for each in first.sightings) if isinstance(first, Parsed) else frozenset("x")
        quick, slow = both(now, content_type, known)
        assert quick == slow


@pytest.mark.parametrize("body", [document(*ITEMS[:3]), document(*ITEMS[:3], declared="utf-8", before="\ufeff\n")])
def test_it_is_taken_where_nothing_is_unusual(body: str) -> None:
    """A feed in UTF-8, with and without declaration and byte order mark, one new entry in it."""
    first, second, third = slices(body.encode())
    rest = parse_rest(body.encode(), "text/xml", URL, frozenset((first, third)))
    assert rest is not None
    assert ([each.title for each in rest.sightings], rest.known) == (["plain words"], ((0, first), (2, third)))
    assert [each.slice for each in rest.sightings] == [second]


@pytest.mark.parametrize(
    ("damage", "content_type"),
    [(b"\xff", ""), (codecs.BOM_UTF16_LE, ""), (b"\xd6\xd0", ""), (b"", "text/xml; charset=gbk"), (b"\0", "")],
)
def test_what_may_be_in_another_encoding_takes_the_slow_way(damage: bytes, content_type: str) -> None:
    """Bytes that are no UTF-8 outside what is known, or a declaration that the bytes do not refute."""
    body = document(*ITEMS[:3]).encode()
    known = frozenset(slices(body)[:2])
    changed = body.replace("<title>é".encode(), b"<title>" + damage)
    assert parse_rest(changed, content_type, URL, known) is None


def test_a_web_page_that_is_written_like_a_feed_stays_one() -> None:
    """The names of its entries do not make it a feed."""
    body = b"<html><item>a</item><item>b</item></html>"
    quick, slow = both(body, "", frozenset("x"))
    assert quick == slow
    assert isinstance(quick, Unreadable)


ODD = (
    *ITEMS,
    "<item><guid>6</guid><description><![CDATA[</item><item>]]></description></item>",
    "<item><guid>7</guid><!-- </item><item> --><title>seven</title ></item\n>",
    "<item><guid>8</guid><item><guid>nested</guid></item></item>",
    "<x:item><guid>9</guid></x:item>",
    "<item><guid>10</guid><x:item>nested</x:item></item>",
    "<item a='>'><guid>11</guid></item>",
    "<item><link uri='&undeclared;'>https://blog.example/12</link></item>",
    "<item/>",
    "<item>",
    "</item>",
    "<entry><guid>13</guid></entry>",
    "<!-- <item>none</item> -->",
    "<![CDATA[<item>]]>",
    "<?php <item> ?>",
    "<title>again</title>",
    "<b a='<item>'/>",
    "<!--",
    "]]>",
    "&undeclared;",
    "<items>none</items>",
)


@given(st.lists(st.sampled_from(ODD), max_size=6), st.lists(st.sampled_from(ODD), max_size=3), st.integers(0, 6))
def test_what_is_read_proves_that_it_was_cut_well(old: list[str], new: list[str], at: int) -> None:
    """Whatever stands in what is new, well-formed or not: as if nothing had been left out."""
    before, now = document(*old).encode(), document(*old[:at], *new, *old[at:]).encode()
    first = feed.parse(before, "", URL)
    known = frozenset(each.slice for each in first.sightings) if isinstance(first, Parsed) else frozenset("x")
    with patch.object(feed, "parse_rest", return_value=None), patch.object(xmlfeed, "shorten", return_value=None):
        slow = feed.parse(now, "", URL, known)
    assert feed.parse(now, "", URL, known) == slow
