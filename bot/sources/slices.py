"""A feed's raw document cut into its entries, so that only new and changed ones need to be read.

Reading an entry costs a hundred times what it takes to find where it begins and ends. Each entry is known by a hash
of its own bytes and of everything around the entries (the head: names, language, base address), since the same bytes
may mean something else there. What cannot be cut (no well-formed XML, a document type of its own) is read whole.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from hashlib import blake2b, sha256
from typing import Any, TypeAlias
from xml.parsers import expat

from bot import __version__
from bot.sources.excess import ENTRIES, Spans, without_excess
from bot.sources.leaps import CONTEXT, UncutError, found, names

_ENTRIES = frozenset({"item", "entry"})
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

    def without(self, known: Collection[str]) -> tuple[bytes, tuple[int, ...]]:
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


Short: TypeAlias = tuple[Sliced, bytes, tuple[int, ...]]
"""A document, what is left of it without its known entries, and the places of the others."""


def cut(document: bytes, url: str) -> Sliced | None:
    """Cut a feed in UTF-8 into its newest thousand entries; None where that is not safely possible.

    ``url`` is where it was found: links in it may be relative.
    """
    spans = _spans(document)
    return _sliced(document, spans, url) if spans else None


def shorten(document: bytes, url: str, known: Collection[str]) -> Short | None:
    """Do ``cut`` and ``without`` at once, for less, where some entries are known and the others are well-formed.

    Entries are found by their names and tags alone; what is left without the known ones must still be proved to be
    well-formed (``is_well_cut``): those were proved when they were read first, each on its own. None where anything
    else is in doubt. It is quickest where ``known`` are in the order of the last document.
    """
    sliced = _leapt(document, url, known) if known else None
    if sliced is None:
        return None
    short, places = sliced.without(known)
    return (sliced, short, places) if len(places) < len(sliced.spans) else None


def is_well_cut(sliced: Sliced, short: bytes, places: tuple[int, ...]) -> bool:
    """Tell whether what ``shorten`` left is well-formed, and its entries are where it found them.

    Whoever reads what is left knows the one, and nearly always the other: in what is well-formed, ``<`` begins nothing
    but tags and what ``leaps`` looks for.
    """
    return _lengths(_spans(short)) == _lengths(sliced.spans[place] for place in places)


def _leapt(document: bytes, url: str, known: Collection[str]) -> Sliced | None:
    entries = found(document, known)
    if entries is None or not entries.spans:
        return None
    if len(entries.spans) > ENTRIES:
        return _sliced(document, entries.spans, url)
    context = _context(document, entries.spans, url)
    # Where something else stands around the entries now, none is known.
    if not all(name.startswith(context) for name in entries.names):
        return None
    return Sliced(document, tuple(entries.spans), tuple(entries.names))


def _lengths(spans: Iterable[tuple[int, int]] | None) -> list[int] | None:
    return None if spans is None else [end - start for start, end in spans]


def _sliced(document: bytes, spans: Spans, url: str) -> Sliced:
    context = _context(document, spans, url)
    document, spans = without_excess(document, spans)
    return Sliced(document, tuple(spans), tuple(names(document, spans, context)))


def name_of(text: str, context: str) -> str:
    """Name an entry that is no XML: a hash of its text and of what it is read with."""
    key = blake2b(f"{__version__}\n{context}".encode("utf-8", "replace"), digest_size=32).digest()
    return blake2b(text.encode("utf-8", "replace"), digest_size=_DIGEST, key=key).hexdigest()


def _context(document: bytes, spans: Spans, url: str) -> str:
    ends = [0, *(end for _, end in spans)]
    starts = [*(start for start, _ in spans), len(document)]
    around = b" ".join([document[end:start] for end, start in zip(ends, starts, strict=True)])
    outside = _BLANKS.sub(b" ", _VOLATILE.sub(b"", around))
    return sha256(f"{__version__}\n{url}\n".encode("utf-8", "replace") + outside).hexdigest()[:CONTEXT]


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
                raise UncutError
            spans.append((start, document.index(b">", at) + 1))

    parser.StartElementHandler = begin
    parser.EndElementHandler = end
    try:
        parser.Parse(document, True)  # noqa: FBT003 -- the parser takes it by place only
    except (expat.ExpatError, UncutError, ValueError):
        return None
    return spans


def _refuse(*_: Any) -> None:
    raise UncutError
