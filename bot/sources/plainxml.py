"""The plainest RSS 2.0 and Atom 1.0, read without feedparser: the same values, or none.

feedparser takes 0.03 ms an element, and most feeds write the same few in the same way. Those are read here, and only as
far as it is beyond doubt what feedparser makes of them; at anything else the whole document is left to it
(docs/adr/0019). So this may lack whatever it likes, but it must never say anything else.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final
from xml.parsers import expat

from bot.sources import plainparts as read
from bot.sources.plainparts import BASE, LANGUAGE, Element, OddError, Part, Values

_LONGEST: Final = 1_000_000
"""Bytes of a document that is read here."""
_ROOT = re.compile(rb"\s*<(?:rss|feed)\b")
_BEFORE_ROOT = re.compile(rb"\s*<!--|\s+<\?xml-")
# Before the root feedparser looks for declarations of its own, even in a comment.
_DECLARATIONS = (b"<!D", b"<!E")
# It takes these characters for those of an old code page.
_CONTROLS = re.compile(rb"\xc2[\x80-\x9f]")
_NUMBERED_CONTROLS = re.compile(rb"&#(?:0*1(?:2[89]|[3-5]\d)|x0*[89][\da-f]);", re.IGNORECASE)

_ATOM = "http://www.w3.org/2005/Atom"
_BLOGGER = "http://schemas.google.com/g/2005"
_CONTENT = "http://purl.org/rss/1.0/modules/content/"
_DC = "http://purl.org/dc/elements/1.1/"
_MEDIA = "http://search.yahoo.com/mrss/"
_SEARCH = "http://a9.com/-/spec/opensearchrss/1.0/"
_SLASH = "http://purl.org/rss/1.0/modules/slash/"
_SY = "http://purl.org/rss/1.0/modules/syndication/"
_THREAD = "http://purl.org/syndication/thread/1.0"
_WFW = "http://wellformedweb.org/CommentAPI/"
_WORDPRESS = "com-wordpress:feed-additions:1"
# It goes by prefixes, too, so each namespace must have the one that it has everywhere.
_NAMESPACES: Mapping[str | None, Collection[str]] = {
    None: (_ATOM, _WORDPRESS),
    "atom": (_ATOM,),
    "blogger": ("http://schemas.google.com/blogger/2008",),
    "content": (_CONTENT,),
    "dc": (_DC,),
    "gd": (_BLOGGER,),
    "geo": ("http://www.w3.org/2003/01/geo/wgs84_pos#",),
    "georss": ("http://www.georss.org/georss",),
    "itunes": ("http://www.itunes.com/dtds/podcast-1.0.dtd",),
    "media": (_MEDIA,),
    "openSearch": (_SEARCH,),
    "slash": (_SLASH,),
    "sy": (_SY,),
    "thr": (_THREAD,),
    "webfeeds": ("http://webfeeds.org/rss/1.0",),
    "wfw": (_WFW,),
}

_UNUSED = Part(many=True)
_RELATED = frozenset({"href", "rel", "type", "title", "hreflang", "length"})
_PICTURE = frozenset({"url", "type", "medium", "width", "height"})
_TYPED = frozenset({"type"})
_PICTURES = {
    f"{_MEDIA} thumbnail": Part(read.picture_in("media_thumbnail"), _PICTURE, many=True),
    f"{_MEDIA} content": Part(read.picture_in("media_content"), _PICTURE, many=True),
}
_ITEM = {
    "title": Part(read.title),
    "link": Part(read.link),
    "guid": Part(read.guid, frozenset({"isPermaLink"})),
    "description": Part(read.typed_as("summary", "html")),
    f"{_CONTENT} encoded": Part(read.typed_as("content", "html")),
    "pubDate": Part(read.date_as("published_parsed")),
    f"{_DC} date": Part(read.date_as("updated_parsed")),
    "author": Part(read.creator, many=True),
    f"{_DC} creator": Part(read.creator, many=True),
    "category": Part(read.tag, frozenset({"domain"}), many=True),
    f"{_DC} subject": Part(read.tag, many=True),
    "enclosure": Part(read.enclosure, frozenset({"url", "length", "type"}), many=True),
    **_PICTURES,
    **dict.fromkeys(
        ("comments", f"{_SLASH} comments", f"{_WFW} comment", f"{_WFW} commentRss", f"{_WORDPRESS} post-id"), _UNUSED
    ),
}
_CHANNEL = {
    "title": Part(read.title),
    "link": Part(read.link),
    "language": Part(read.text_as("language")),
    "ttl": Part(read.text_as("ttl")),
    "item": Part(read.entry, parts=_ITEM, many=True),
    f"{_ATOM} link": Part(read.foreign, _RELATED, many=True),
    "image": Part(parts=dict.fromkeys(("url", "title", "link", "width", "height", "description"), _UNUSED)),
    "category": Part(attributes=frozenset({"domain"}), many=True),
    **dict.fromkeys(("description", "generator", "docs", "copyright", "webMaster", "managingEditor"), _UNUSED),
    **dict.fromkeys(("pubDate", "lastBuildDate", f"{_WORDPRESS} site"), _UNUSED),
    **dict.fromkeys((f"{_SY} {each}" for each in ("updatePeriod", "updateFrequency", "updateBase")), _UNUSED),
}
_PERSON = {
    f"{_ATOM} name": Part(read.text_as("name")),
    f"{_ATOM} email": Part(read.text_as("email")),
    f"{_ATOM} uri": _UNUSED,
    f"{_BLOGGER} image": Part(attributes=frozenset({"rel", "width", "height", "src"})),
}
_COMMON = {
    f"{_ATOM} title": Part(read.typed_as("title"), _TYPED),
    f"{_ATOM} link": Part(read.related, _RELATED, many=True),
    f"{_ATOM} id": Part(read.guid),
    f"{_ATOM} rights": Part(attributes=_TYPED),
}
_ENTRY = {
    **_COMMON,
    f"{_ATOM} published": Part(read.date_as("published_parsed")),
    f"{_ATOM} updated": Part(read.date_as("updated_parsed")),
    f"{_ATOM} summary": Part(read.typed_as("summary"), _TYPED),
    f"{_ATOM} content": Part(read.typed_as("content"), frozenset({"type", BASE})),
    f"{_ATOM} category": Part(read.category, frozenset({"term", "scheme", "label"}), many=True),
    f"{_ATOM} author": Part(read.author, parts=_PERSON),
    f"{_THREAD} total": _UNUSED,
    **_PICTURES,
}
_FEED = {
    **_COMMON,
    f"{_ATOM} entry": Part(read.entry, parts=_ENTRY, many=True),
    f"{_ATOM} subtitle": Part(attributes=_TYPED),
    f"{_ATOM} generator": Part(attributes=frozenset({"uri", "version"})),
    f"{_ATOM} category": Part(attributes=frozenset({"term", "scheme", "label"}), many=True),
    f"{_ATOM} author": Part(parts=_PERSON, many=True),
    **dict.fromkeys((f"{_ATOM} {each}" for each in ("updated", "icon", "logo")), _UNUSED),
    **dict.fromkeys((f"{_SEARCH} {each}" for each in ("totalResults", "startIndex", "itemsPerPage")), _UNUSED),
}
_DOCUMENT = Part(
    parts={
        "rss": Part(read.rss, frozenset({"version"}), {"channel": Part(read.channel, parts=_CHANNEL)}),
        f"{_ATOM} feed": Part(read.feed, frozenset({LANGUAGE}), _FEED),
    }
)


@dataclass(frozen=True, slots=True)
class Said:
    """What a feed says, under feedparser's names; dates may be read already. The version is empty where it is none."""

    version: str
    feed: Values
    entries: list[Values]


def read_plain(document: bytes) -> Said | None:
    """Read a feed in UTF-8 that has no XML declaration (any more); None for whatever is not certainly plain."""
    if len(document) > _LONGEST or _is_odd(document):
        return None
    texts: list[str] = []
    whole = Element(_DOCUMENT, {})
    opened = [whole]

    def start(name: str, attributes: dict[str, str]) -> None:
        around = opened[-1]
        part = around.part.parts.get(name)
        if part is None or (attributes and not attributes.keys() <= part.attributes):
            raise OddError
        if not part.many:
            if name in around.seen:
                raise OddError
            around.seen.add(name)
        opened.append(Element(part, attributes))
        texts.clear()

    def end(_: str) -> None:
        element = opened.pop()
        element.text = "".join(texts).strip()
        texts.clear()
        element.part.read(opened[-1].values, element)

    parser = expat.ParserCreate("utf-8", " ")
    parser.buffer_text = True
    parser.StartNamespaceDeclHandler = _declared
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = texts.append
    try:
        parser.Parse(document, True)  # noqa: FBT003 -- the parser takes it by place only
    except (expat.ExpatError, OddError, ValueError):  # an address may be one that cannot even be taken apart
        return None
    return Said(whole.values.pop("version"), whole.values, whole.values.pop("entries", []))


def _is_odd(document: bytes) -> bool:
    if not _ROOT.match(document) and (
        not _BEFORE_ROOT.match(document) or any(each in document for each in _DECLARATIONS)
    ):
        return True
    # One byte is found in no time, two are not.
    return (b"\xc2" in document and _CONTROLS.search(document) is not None) or (
        b"&" in document and b"&#" in document and _NUMBERED_CONTROLS.search(document) is not None
    )


def _declared(prefix: str | None, uri: str) -> None:
    if uri not in _NAMESPACES.get(prefix, ()):
        raise OddError
