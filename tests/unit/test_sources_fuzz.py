"""What strangers write, made up: real shapes of feeds, pages and headers, damaged in the ways in which such things are.

`make test` tries a handful of each, `make fuzz FUZZ=50` fifty times as many. Whatever comes, it is read or refused: no
exception, nothing beyond the bounds, and the same answer for the same bytes.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.core.models import FeedKind, Sighting
from bot.sources import headers as said
from bot.sources.charset import UndecodableError, decode
from bot.sources.dates import parse_date
from bot.sources.document import Parsed, Unreadable, entry, head, read_entry, read_head
from bot.sources.excess import ENTRIES
from bot.sources.feed import parse
from bot.sources.inflate import unpacked
from bot.sources.packing import Packing, StrangePackingError, kind_of
from bot.sources.slices import cut
from tests.emulators.generator import Blog

FUZZ = int(os.environ.get("FUZZ", "1"))
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
URL = "https://blog.example/feed"
SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]


def often(examples: int) -> settings:
    """Try so many examples, FUZZ times."""
    return settings(max_examples=examples * FUZZ, deadline=None, suppress_health_check=SLOW)


# -- shapes -----------------------------------------------------------------------------------------------------------

PAGE = """<!doctype html><html lang="zh"><head><title>B</title><base href="/b/">
<link rel="alternate" type="application/rss+xml" href="feed.xml"></head><body><nav><a href="/">home</a></nav><main>
<article class="post"><h2><a href="/p/1">One \\(x_t\\)</a></h2><time datetime="2026-01-02">2 Jan</time><p>words one</p>
<a class="tag" href="/t/a">a</a></article>
<article class="post"><h2><a href="/p/2">Two</a></h2><time>3. Februar 2026</time><p>words of two</p></article>
<article class="post"><h2><a href="/p/3">三</a></h2><p>words of three</p></article></main>
<a rel="next" href="/page/2">older</a></body></html>"""


@cache
def shapes() -> tuple[bytes, ...]:
    """Give whole documents of every kind."""
    made = [PAGE.encode(), PAGE.encode("gb18030"), PAGE.replace('type="application/rss+xml"', "").encode()]
    for form in ("rss", "atom", "json", "rdf"):
        blog = Blog(seed=len(made), form=form, window=3)
        blog.publish(3)
        made.append(blog.build()[0])
    made.append(made[3].decode().replace("utf-8", "gb2312").encode("gb18030"))
    made.append(made[3].decode().replace("<item>", "<item xmlns:m='u:m'><m:t>&nbsp;&bad;</m:t>").encode("utf-16"))
    return tuple(made)


TOKENS = [
    b"<item>",
    b"</item>",
    b"<entry>",
    b"</channel>",
    b"<![CDATA[",
    b"]]>",
    b"<!--",
    b"-->",
    b"<?xml version='1.0' encoding='",
    b"<!DOCTYPE r [<!ENTITY a 'b'>]>",
    b"&amp;",
    b"&#x0;",
    b"&#55296;",
    b"&nbsp;",
    b"\0",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"\xd8\x00",
    b"<link/>",
    b"<link href=''/>",
    b"<guid>",
    b"<pubDate>",
    b"0000-00-00",
    b"9999-99-99T99:99:99+99:99",
    b"\\(",
    b"$$",
    b"\\begin{",
    b"javascript:",
    b"//[",
    b"http://[::1",
    b"xmlns:a='",
    b"'",
    b'"',
    b"<",
    b">",
    b"{",
    b"}",
    b"[",
    b'"items":',
    b"null",
    b"1e999",
    b"<article>",
    b"<script>",
    b"<template>",
    b"<base href='data:'>",
    b"<svg>",
    b"<math>",
    "扩散".encode(),
    "擴散".encode("big5"),
]


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """Take a document and hurt it: cut, repeat, put in, take out, flip, splice with another."""
    body = bytearray(draw(st.sampled_from(shapes())))
    for _ in range(draw(st.integers(1, 6))):
        at, end = sorted((draw(st.integers(0, len(body))), draw(st.integers(0, len(body)))))
        match draw(st.sampled_from(["put", "put", "take", "repeat", "flip", "cut", "splice", "bytes"])):
            case "put":
                body[at:at] = draw(st.sampled_from(TOKENS)) * draw(st.sampled_from([1, 1, 1, 300]))
            case "take":
                del body[at : min(end, at + 400)]
            case "repeat":
                body[at:at] = body[at : min(end, at + 2000)] * draw(st.integers(1, 8))
            case "flip" if body:
                body[min(at, len(body) - 1)] ^= 1 << draw(st.integers(0, 7))
            case "cut":
                del body[end:]
            case "splice":
                body[at:end] = draw(st.sampled_from(shapes()))[at:end]
            case _:
                body[at:at] = draw(st.binary(max_size=30))
    return bytes(body[:200_000])


CHARSETS = st.sampled_from(
    ["", "utf-8", "gbk", "utf-16", "utf-7", "big5", "x-user-defined", "rot13", "zlib", "\0", "utf_8_sig"]
)


@st.composite
def content_types(draw: st.DrawFn) -> str:
    """Write a Content-Type, or something like one."""
    kind = draw(st.sampled_from(["text/html", "application/xml", "application/json", "", ";", "text/plain"]))
    name = draw(CHARSETS | st.text(max_size=20))
    return draw(
        st.sampled_from([f"{kind}; charset={name}", f'{kind};charset="{name}', f"{kind}; charset*=''{name}", name])
    )


# -- feeds and pages --------------------------------------------------------------------------------------------------


def bounded(sighting: Sighting) -> bool:
    """Tell whether an entry keeps to what the store takes."""
    links = [link for link in (sighting.link, sighting.image) if link is not None]
    return (
        len(sighting.title) <= 500
        and len(sighting.guid or "") <= 500
        and len(sighting.tags) <= 50
        and all(re.match("https?://", link) and len(link) <= 8000 for link in links)
        and (sighting.published is None or sighting.published.tzinfo is UTC)
    )


@given(damaged(), content_types(), st.sampled_from(FeedKind), st.sampled_from([URL, "", "//", "file:///etc/passwd"]))
@often(120)
def test_no_document_raises(body: bytes, content_type: str, kind: FeedKind, url: str) -> None:
    """It is read inside the bounds or refused in one line, the same each time, and finds its way out of the worker."""
    found = parse(body, content_type, url, kind=kind)
    assert read_head(head(found)) == (replace(found, sightings=()) if isinstance(found, Parsed) else found)
    if isinstance(found, Unreadable):
        assert "\n" not in found.cause
        assert len(found.cause) < 3000
        return
    assert len(found.sightings) <= ENTRIES
    assert all(map(bounded, found.sightings))
    assert [read_entry(json.loads(entry(each))) for each in found.sightings] == list(found.sightings)
    assert parse(body, content_type, url, kind=kind) == found


@given(damaged())
@often(60)
def test_slices_lose_and_invent_nothing(body: bytes) -> None:
    """What is known by its slice is named at its place, and the rest is read as it would be without."""
    whole = parse(body, "", URL)
    names = {each.slice for each in whole.sightings if each.slice} if isinstance(whole, Parsed) else set()
    if not isinstance(whole, Parsed) or not names:
        return
    known = frozenset(sorted(names)[::2])
    part = parse(body, "", URL, known)
    assert isinstance(part, Parsed)
    assert {name for _, name in part.known} == known
    left = [each for each in whole.sightings if each.slice not in known]
    assert list(part.sightings) == left


@given(st.binary(max_size=300) | damaged(), content_types())
@often(80)
def test_no_bytes_and_no_charset_raise(body: bytes, content_type: str) -> None:
    """They become text without half characters, or are refused; slices are cut from what is well-formed alone."""
    try:
        text = decode(body, content_type)
    except UndecodableError:
        return
    document = text.encode("utf-8", "replace")
    sliced = cut(document, URL)
    if sliced is not None:
        assert len(sliced.spans) == len(sliced.hashes) <= ENTRIES
        assert all(0 <= start < end <= len(sliced.document) for start, end in sliced.spans)


@given(st.sampled_from(["", "gzip", "deflate", "br", "zstd", "gzip, gzip", "x", ","]), st.lists(st.binary(max_size=90)))
@often(80)
def test_no_compression_raises(encoding: str, chunks: list[bytes]) -> None:
    """Bytes that are not what they are called are one kind of failure."""
    try:
        packing = Packing(kind_of(encoding), 100_000)
    except StrangePackingError:
        return
    found = unpacked(b"".join(chunks), packing)
    assert found.name in {"broken_answer", "too_big"} if isinstance(found, Unreadable) else len(found) <= 100_000


# -- headers and dates ------------------------------------------------------------------------------------------------

PIECES = st.sampled_from(
    [
        "max-age",
        "=",
        "no-cache",
        ",",
        " ",
        '"',
        "-1",
        "0",
        "60",
        "9" * 30,
        "٣",
        "Fri, 31 Dec",
        " 1999",
        " 99999",
        " 23:59:60",
        " GMT",
        " +9999",
        "-2400",
        "W/",
        ";",
        "\x00",
        "\x7f",
        "\udc80",
        "\t",
        "s-maxage",
        "Retry",
        "²",
        "1e9",
        "0x10",
    ]
)
VALUES = st.lists(PIECES, max_size=9).map("".join) | st.text(max_size=40)
HEADERS = st.dictionaries(
    st.sampled_from(["Retry-After", "Cache-Control", "Expires", "Date", "Age", "ETag", "Last-Modified"]),
    VALUES,
    max_size=5,
)


@given(HEADERS, HEADERS)
@often(250)
def test_no_header_raises(given_: dict[str, str], later: dict[str, str]) -> None:
    """Waits lie between nothing and 31 days; validators are kept as they were sent, or not at all."""
    for seconds in (said.retry_after(given_, NOW), said.max_age(given_, NOW)):
        assert seconds is None or 0 <= seconds <= 31 * said.DAY
    kept = said.validators(given_)
    assert kept.etag in {None, given_.get("ETag")}
    assert kept.last_modified in {None, given_.get("Last-Modified")}
    for value in (kept.etag, kept.last_modified):
        assert value is None or not re.search(r"[\r\n\0]", value)
    fresh = said.refreshed(kept, later)
    assert fresh.etag in {kept.etag, later.get("ETag")}


@given(VALUES | st.lists(PIECES, max_size=12).map("".join))
@often(250)
def test_no_date_raises(text: str) -> None:
    """It is a moment of the web's time in UTC, or none."""
    moment = parse_date(text)
    assert moment is None or (moment.tzinfo is UTC and 1990 <= moment.year < 2200)


@pytest.mark.parametrize(
    "declared", ["utf-8", "gb2312", "utf-16", "nonsense", "", "x" * 5000, "zlib", "idna", "punycode"]
)
@pytest.mark.parametrize("quote", ['"', "'", ""])
def test_no_declaration_raises(declared: str, quote: str) -> None:
    """Whatever encoding the first line names, in whatever way, what follows is read or refused."""
    body = f"<?xml version={quote}1.0{quote} encoding={quote}{declared}{quote}?>".encode() + shapes()[3]
    assert isinstance(parse(body, "", URL), Parsed | Unreadable)
