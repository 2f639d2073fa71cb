"""Whatever XML a feed may be written in, through feedparser, which mends what is damaged.

feedparser is given bytes in UTF-8 through a file object, never a string: a string it would open as a path or an
address. Its sanitiser and its resolver stay off, since they delete formulas; ``reading`` does that work. To load it
takes 28 ms and 4 MB, so only ``xmlfeed`` imports this, and only when it is needed.
"""

from __future__ import annotations

import io
import re

import feedparser
import feedparser.api

from bot.sources.plainxml import Said

# Else Python looks for another parser than its own before every document, on all paths.
feedparser.api.PREFERRED_XML_PARSERS = []

_ROOT = re.compile(rb"<(?:rss|(?:\w+:)?RDF|feed)\b")
_PREFIXES = {
    b"atom": b"http://www.w3.org/2005/Atom",
    b"content": b"http://purl.org/rss/1.0/modules/content/",
    b"dc": b"http://purl.org/dc/elements/1.1/",
    b"itunes": b"http://www.itunes.com/dtds/podcast-1.0.dtd",
    b"media": b"http://search.yahoo.com/mrss/",
    b"sy": b"http://purl.org/rss/1.0/modules/syndication/",
}


def read_any(document: bytes) -> Said:
    """Read a feed in UTF-8, as far as it goes; what is none has neither version nor entries."""
    try:
        found = feedparser.parse(
            io.BytesIO(_declared(document)),
            response_headers={"content-type": "application/xml; charset=utf-8"},
            sanitize_html=False,
            resolve_relative_uris=False,
        )
    except (AttributeError, LookupError, TypeError, ValueError, AssertionError):
        # Its guessing parser has faults of its own, which only badly damaged documents find.
        return Said("", {}, [])
    return Said(found.get("version", ""), found.get("feed", {}), found.get("entries", []))


def _declared(document: bytes) -> bytes:
    """Declare the usual prefixes that are used without: that mistake would cost the slow, guessing parser."""
    missing = [
        b' xmlns:%b="%b"' % (prefix, name)
        for prefix, name in _PREFIXES.items()
        if b"<%b:" % prefix in document and b"xmlns:%b" % prefix not in document
    ]
    return _ROOT.sub(lambda root: root.group() + b"".join(missing), document, count=1) if missing else document
