"""Text with styled ranges: what a Doc becomes on its way to a platform, and how it is joined and split."""

from __future__ import annotations

import itertools
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, TypeAlias

from bot.reading.patterns import rich
from bot.reading.text import MEASURES, Unit

if TYPE_CHECKING:
    import regex

Style: TypeAlias = Literal["bold", "italic", "underline", "strike", "spoiler", "code", "pre", "quote", "link"]


@dataclass(frozen=True, slots=True)
class Span:
    """A styled range, in code points. ``value`` is a link's address or the language of ``pre``."""

    start: int
    end: int
    style: Style
    value: str = ""


@dataclass(frozen=True, slots=True)
class Flat:
    """A text and its styled ranges, the outer ones first; ranges nest, and nothing nests inside ``code`` or ``pre``.

    ``atoms`` are the ranges that no cut may divide although they look like text: formulas.
    """

    text: str
    spans: tuple[Span, ...] = ()
    atoms: tuple[tuple[int, int], ...] = ()

    def __bool__(self) -> bool:
        """Tell whether there is anything in it."""
        return bool(self.text)


def join(*flats: Flat, sep: str = "\n\n") -> Flat:
    """Put flats one after the other; empty ones vanish together with their separator."""
    texts: list[str] = []
    spans: list[Span] = []
    atoms: list[tuple[int, int]] = []
    at = 0
    for flat in filter(None, flats):
        spans += (replace(span, start=span.start + at, end=span.end + at) for span in flat.spans)
        atoms += ((start + at, end + at) for start, end in flat.atoms)
        texts.append(flat.text)
        at += len(flat.text) + len(sep)
    return Flat(sep.join(texts), tuple(spans), tuple(atoms))


def part(flat: Flat, start: int, end: int) -> Flat:
    """Take the range from ``start`` to ``end`` out, without the white space at its edges."""
    text = flat.text[start:end]
    end -= len(text) - len(text.rstrip())
    start += _leading(flat, start, end)
    spans = (
        replace(span, start=max(span.start, start) - start, end=min(span.end, end) - start)
        for span in flat.spans
        if span.start < end and span.end > start
    )
    atoms = ((max(s, start) - start, min(e, end) - start) for s, e in flat.atoms if s < end and e > start)
    return Flat(flat.text[start:end], tuple(spans), tuple(atoms))


def _leading(flat: Flat, start: int, end: int) -> int:
    text = flat.text[start:end]
    if any(span.style == "pre" and span.start <= start < span.end for span in flat.spans):
        return len(text) - len(text.lstrip("\n"))  # the first line's indentation belongs to the code
    return len(text) - len(text.lstrip())


# -- splitting --------------------------------------------------------------------------------------------------------

# Where a text may be cut, the best place first, each with the least share of the window that the cut must leave
# filled: a paragraph's end is not worth an almost empty message, a word's end always is better than the word's middle.
_PLACES: tuple[tuple[regex.Pattern[str], float], ...] = (
    (rich(r"\n(?=\n)"), 0.5),
    (rich(r"(?=\n)"), 0.34),
    (rich(r"[。！？；…]+[”’」』）》】]*|[.!?;…]+[\"'”’)\]]*(?=\s)"), 0.25),
    (rich(r"[，、：）》」』】]|(?=\s)"), 0.0),
)
_ANYWHERE: tuple[tuple[regex.Pattern[str], float], ...] = ((rich(r"\X"), 0.0),)


@dataclass(frozen=True, slots=True)
class _Window:
    """The stretch of text that fits, and the ranges that must stay whole, by how much they would suffer."""

    text: str
    start: int
    end: int

    def cut(self, places: Sequence[tuple[regex.Pattern[str], float]], whole: Sequence[tuple[int, int]]) -> int | None:
        for place, share in places:
            least = self.start + (self.end - self.start) * share
            ends: list[int] = [
                m.end() for m in place.finditer(self.text, self.start, min(self.end + 1, len(self.text)))
            ]
            for end in reversed(ends):
                if least < end <= self.end and end > self.start and not any(s < end < e for s, e in whole):
                    return end
        return None


def _best_cut(flat: Flat, window: _Window) -> int:
    """Find where to cut: outside code if that can be, then outside links and formulas, then anywhere but a grapheme."""
    near = [span for span in flat.spans if span.start < window.end and span.end > window.start]
    blocks = [(span.start, span.end) for span in near if span.style == "pre"]
    lines = [(span.start, span.end) for span in near if span.style in ("link", "code")]
    whole = [*flat.atoms, *lines]
    return (
        window.cut(_PLACES, [*whole, *blocks])
        or window.cut(_PLACES, whole)
        or window.cut(_ANYWHERE, whole)
        or window.cut(_ANYWHERE, flat.atoms)
        or window.cut(_ANYWHERE, ())
        or max(window.end, window.start + 1)
    )


def _cuts(flat: Flat, limit: int, unit: Unit) -> Iterator[tuple[int, int]]:
    measure = MEASURES[unit]
    sums = [0, *itertools.accumulate(map(measure, flat.text))]
    start = 0
    while start < len(flat.text):
        end = bisect_right(sums, sums[start] + limit) - 1
        if end < len(flat.text):
            end = _best_cut(flat, _Window(flat.text, start, end))
        yield start, end
        start = end
        while start < len(flat.text) and flat.text[start] == "\n":
            start += 1


def split(flat: Flat, limit: int, unit: Unit) -> tuple[Flat, ...]:
    """Split into parts of at most ``limit`` units, at paragraphs, lines, sentences or words, in this order.

    Never inside a grapheme, formula, link or code span, unless that alone is longer than ``limit``; a code block that
    must be divided is divided at its lines. A part is never empty.
    """
    if MEASURES[unit](flat.text) <= limit:
        return (flat,) if flat else ()
    return tuple(filter(None, (part(flat, start, end) for start, end in _cuts(flat, limit, unit))))
