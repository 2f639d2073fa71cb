"""A feed's raw document cut into its entries, so that only new and changed ones need to be read.

Reading an entry costs a hundred times what it takes to find where it begins and ends. Each entry is known by a hash
of its own bytes and of everything around the entries (the head: names, language, base address), since the same bytes
may mean something else there. What cannot be cut (no well-formed XML, a document type of its own) is read whole.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b, sha256
from itertools import chain, repeat
from typing import Any
from xml.parsers import expat

from bot import __version__
from bot.sources.checksum import adler32, crc32
from bot.sources.excess import Spans, without_excess

_ENTRIES = frozenset({"item", "entry"})
_ANY_MARK = re.compile(rb"<(?:[!?]|/?+(?:[\w.-]++:)?+(?:item|entry)(?=[\s/>]))")
# Where entries have no prefix, nothing that has one is looked at, which is half the time; an end comes together with
# the beginning that follows it.
_MARK = re.compile(rb"</?[!?ie](?:(?<=[!?])|(?:(?<=i)tem|(?<=e)ntry)(?:>\s*+(<(?:item|entry))(?=[\s/>])|(?=[\s/>])))")
_SLASH = ord("/")
_LONGEST_END = 1000
"""Bytes of an end tag: whoever never closes his has them not looked for over and over to the document's end."""
_BRACKETS = ((b"<![CDATA[", b"]]>"), (b"<!--", b"-->"), (b"<?", b"?>"))
_DIGEST = 12
# What says only when the document was built, and RDF's list of its own items, mean nothing for any entry.
_VOLATILE = re.compile(
    rb"<!--.*?-->|<(?P<tag>(?:\w+:)?(?:lastBuildDate|pubDate|updated|modified|date|Seq))\b[^<>]*>.*?</(?P=tag)\s*>",
    re.DOTALL,
)
_BLANKS = re.compile(rb"\s+")


@dataclass(frozen=True, slots=True)
class Sliced:
    """A document whose entries are known by their places and their hashes."""

    document: bytes
    spans: tuple[tuple[int, int], ...]
    hashes: tuple[str, ...]

    def without(self, known: frozenset[str]) -> tuple[bytes, tuple[int, ...]]:
        """Give the document with its unknown entries only, and the places of those in the whole."""
        places = tuple(place for place, name in enumerate(self.hashes) if name not in known)
        if len(places) == len(self.spans):
            return self.document, places
        view = memoryview(self.document)
        wanted = set(places)
        pieces: list[memoryview] = []
        at = 0
        for place, (start, end) in enumerate(self.spans):
            if place not in wanted:
                pieces.append(view[at:start])
                at = end
        return b"".join([*pieces, view[at:]]), places


def cut(document: bytes, url: str) -> Sliced | None:
    """Cut a feed in UTF-8 into its newest thousand entries; None where that is not safely possible.

    ``url`` is where it was found: links in it may be relative.
    """
    spans = _spans(document)
    return _sliced(document, spans, url) if spans else None


def shorten(document: bytes, url: str, known: frozenset[str]) -> tuple[Sliced, bytes, tuple[int, ...]] | None:
    """Do ``cut`` and ``without`` at once, for less, where some entries are known and the others are well-formed.

    Entries are found by their tags alone, and only what is left without the known ones is proved to be well-formed:
    those were proved when they were read first, each on its own. None where anything about that is in doubt.
    """
    spans = _marked(document) if known else []
    if not spans:
        return None
    sliced = _sliced(document, spans, url)
    short, places = sliced.without(known)
    if len(places) == len(sliced.spans) or _lengths(_spans(short)) != _lengths(sliced.spans[place] for place in places):
        return None
    return sliced, short, places


def _lengths(spans: Iterable[tuple[int, int]] | None) -> list[int] | None:
    return None if spans is None else [end - start for start, end in spans]


def _marked(document: bytes) -> list[tuple[int, int]]:
    """Find where the outermost entries begin and end by their tags; nothing where these do not fit together."""
    spans: list[tuple[int, int]] = []
    at = inside = first = 0
    find = _ANY_MARK.search
    while (mark := find(document, at)) is not None:
        start, at = mark.span()
        sign = document[start + 1]
        if sign in b"!?":
            at = _behind(document, start)
            if not at:
                return []
        elif sign == _SLASH:
            inside -= 1
            if inside < 0:
                return []
            if not inside:
                end = document.find(b">", start, start + _LONGEST_END)
                if end < 0:
                    return []
                spans.append((first, end + 1))
        else:
            if not inside:
                first, find = start, _MARK.search if sign in b"ie" else find
            inside += 1
        if mark.lastindex:
            first = first if inside else mark.start(1)
            inside += 1
    return spans if not inside else []


def _behind(document: bytes, start: int) -> int:
    """Give a place behind the first byte of what ends a section of CDATA, a comment, an instruction; 0 for no end."""
    for begin, end in _BRACKETS:
        if document.startswith(begin, start):
            # Finding one byte is ten times as fast as finding three, and brackets are rare in what stands in brackets.
            return document.find(end, document.find(end[:1], start + len(begin))) + 1
    return start + 1


def _sliced(document: bytes, spans: Spans, url: str) -> Sliced:
    ends = [0, *(end for _, end in spans)]
    starts = [*(start for start, _ in spans), len(document)]
    context = _context(b" ".join(document[end:start] for end, start in zip(ends, starts, strict=True)), url)
    document, spans = without_excess(document, spans)
    return Sliced(document, tuple(spans), _names(document, spans, context))


def _names(document: bytes, spans: Spans, context: bytes) -> tuple[str, ...]:
    crc, adler = crc32(context), adler32(context)
    view = memoryview(document)
    pieces = [view[start:end] for start, end in spans]
    sums = zip(map(crc32, pieces, repeat(crc)), map(adler32, pieces, repeat(adler)), strict=True)
    written = struct.pack(f">{2 * len(pieces)}I", *chain.from_iterable(sums)).hex(" ", 8)
    return tuple(written.split())


def name_of(text: str, context: str) -> str:
    """Name an entry that is no XML: a hash of its text and of what it is read with."""
    key = blake2b(f"{__version__}\n{context}".encode("utf-8", "replace"), digest_size=32).digest()
    return blake2b(text.encode("utf-8", "replace"), digest_size=_DIGEST, key=key).hexdigest()


def _context(around: bytes, url: str) -> bytes:
    outside = _BLANKS.sub(b" ", _VOLATILE.sub(b"", around))
    return sha256(f"{__version__}\n{url}\n".encode("utf-8", "replace") + outside).digest()


def _spans(document: bytes) -> list[tuple[int, int]] | None:
    """Find where the outermost entries begin and end; None where the document is not well-formed."""
    spans: list[tuple[int, int]] = []
    parser = expat.ParserCreate("utf-8")
    # Declared entities may stand in any entry, and be changed from outside it.
    parser.StartDoctypeDeclHandler = _refuse
    inside = start = 0

    def begin(name: str, _: dict[str, str]) -> None:
        nonlocal inside, start
        if inside:
            inside += 1
        elif name.rpartition(":")[2] in _ENTRIES:
            inside, start = 1, parser.CurrentByteIndex

    def end(_: str) -> None:
        nonlocal inside
        if not inside:
            return
        inside -= 1
        if not inside:
            # Where the end tag begins; of an empty element there is none.
            at = parser.CurrentByteIndex
            if document[at : at + 2] != b"</":
                raise _UncutError
            spans.append((start, document.index(b">", at) + 1))

    parser.StartElementHandler = begin
    parser.EndElementHandler = end
    try:
        parser.Parse(document, True)  # noqa: FBT003 -- the parser takes it by place only
    except (expat.ExpatError, _UncutError, ValueError):
        return None
    return spans


class _UncutError(Exception):
    """The document is better read whole."""


def _refuse(*_: Any) -> None:
    raise _UncutError
