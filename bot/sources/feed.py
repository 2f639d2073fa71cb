"""A document's bytes become a feed's entries. Runs in the reading process (``child``), never beside the event loop."""

from __future__ import annotations

import re
from collections.abc import Collection

from bot.core.sighting import RECOGNISED, FeedKind, Selectors
from bot.core.trouble import TroubleName
from bot.sources.charset import UndecodableError, decode
from bot.sources.document import Parsed, Unreadable
from bot.sources.jsonfeed import parse_json
from bot.sources.page import parse_page
from bot.sources.pages import advertised_feeds, is_page
from bot.sources.xmlfeed import parse_rest, parse_xml

_SNIPPET = 60


def parse(
    body: bytes,
    content_type: str = "",
    url: str = "",
    known: Collection[str] = frozenset(),
    *,
    kind: FeedKind = FeedKind.FEED,
    selectors: Selectors = RECOGNISED,
) -> Parsed | Unreadable:
    """Read RSS, RDF, Atom or JSON Feed. ``url`` is where it was found; relative links resolve against it.

    Entries whose slices are ``known`` are named and not read again (``Parsed.known``). A web page is read as a listing
    page where ``kind`` says so, or is ``auto`` and the page names no feed; ``selectors`` say where it has what.
    Anything else is Unreadable, with a cause that says what it is instead.
    """
    return parse_rest(body, content_type, url, known) or _decoded(body, content_type, url, known, (kind, selectors))


def _decoded(
    body: bytes, content_type: str, url: str, known: Collection[str], page: tuple[FeedKind, Selectors]
) -> Parsed | Unreadable:
    if not body.strip(b" \t\r\n\0\xef\xbb\xbf"):
        return Unreadable(TroubleName.EMPTY, "the document is empty")
    try:
        text = decode(body, content_type)
    except UndecodableError:
        return _no_text(body)
    start = text.lstrip("\ufeff \t\r\n\0")
    if not start:
        return Unreadable(TroubleName.EMPTY, "the document is empty")
    if start[:1] in {"{", "["}:
        return parse_json(start, url, known)
    if is_page(start):
        return _page(start, url, known, *page)
    return parse_xml(start, url, known) or _nothing_known(start)


def _page(text: str, url: str, known: Collection[str], kind: FeedKind, selectors: Selectors) -> Parsed | Unreadable:
    if kind is FeedKind.PAGE:
        return parse_page(text, url, selectors, known)
    feeds = advertised_feeds(text, url)
    if kind is FeedKind.AUTO and not feeds:
        page = parse_page(text, url, selectors, known)
        if isinstance(page, Parsed):
            return page
    hint = f"; it names its feed: {feeds[0]}" if feeds else " and names no feed"
    return Unreadable(TroubleName.WEB_PAGE, f"it is a web page{hint}", feeds)


_MAGIC = (
    (b"\x1f\x8b", "a gzip archive"),
    (b"PK\x03\x04", "a zip archive"),
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"RIFF", "a picture or a recording"),
    (b"ID3", "a recording"),
)


def _no_text(body: bytes) -> Unreadable:
    for magic, what in _MAGIC:
        if body.startswith(magic):
            return Unreadable(TroubleName.NOT_A_FEED, f"it is {what}")
    return Unreadable(TroubleName.BAD_ENCODING, "it is text in no known encoding, or no text at all")


def _nothing_known(text: str) -> Unreadable:
    snippet = re.sub(r"\s+", " ", "".join(char for char in text[:400] if char.isprintable() or char.isspace())).strip()
    more = "…" if len(snippet) > _SNIPPET else ""
    return Unreadable(TroubleName.NOT_A_FEED, f"it is neither RSS nor Atom nor JSON Feed: {snippet[:_SNIPPET]}{more}")
