"""Where a run of inlines may be cut, and the cutting."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from bot.reading.doc import Break, CodeSpan, Inline, InlineImage, Link, Math, Styled, Text
from bot.reading.patterns import rich
from bot.reading.text import columns, graphemes, inline_text

_CJK = r"\u3000-\u30ff\u3400-\u9fff\uac00-\ud7af\uff00-\uffef"
_CLOSERS = r"[\"'”’»」』）》】)\]]*"
_SENTENCE = rich(
    rf"[。！？；｡]+{_CLOSERS}"
    rf"|(?<=[{_CJK}])[.!?;~～]+{_CLOSERS}"
    rf"|(?<!\b(?:e\.g|i\.e|etc|cf|vs|resp|figs?|eqs?|dr|mrs?|ms|prof|al|no|vol|pp?|[a-z]|\d))\.{_CLOSERS}(?=\s)"
    rf"|(?<=\d)\.(?=\s+\p{{Lu}})|[!?؟।]+{_CLOSERS}(?=\s|$)|…+{_CLOSERS}(?!\w)",
    re.IGNORECASE,
)
_CLAUSE = rich(rf"[，、：؛،]|[,;:](?=\s)|(?<=[{_CJK}])[,:]|[—–](?=\s)|[）」』》】]|\n")
_LETTER = rich(rf"[^\W{_CJK}]")
_MARK = rich(r"[\p{M}\p{Cf}]")
_END = rich(r"(?:\s|\[\s*(?:…|\.{3}|⋯)\s*\]|\.{2,}|…|⋯|[，、,：:；;—–。．｡.·(（「『《【\[“‘]|(?<=\s)-)+$")
_PAIRS = (("(", ")"), ("（", "）"), ("《", "》"), ("「", "」"), ("『", "』"), ("【", "】"), ("“", "”"))
_HAD = rich(r"…|⋯|\.{3}|。{3}")
_UNBROKEN = rich(r"https?://[^\s\u2e80-\uffef]+|(?<!\d)\d++(?:[.,]\d++)*+%|(?<!\d)\d++(?:[.,]\d++)+")
"""An address that leads elsewhere, and a number that says something else, once their end is gone."""
_BEYOND = 3
"""Characters behind the room that tell whether a number goes on: ``.5``, and the sign of a percentage."""
_PER_COLUMN = 8
"""Characters that are looked at for each column of room: more than that carry marks that nobody can read."""


def shortened(children: tuple[Inline, ...]) -> tuple[tuple[Inline, ...], bool]:
    """Take an ellipsis and what must not stand before one off the end; tell whether there was an ellipsis."""
    while children and isinstance(children[-1], Break):
        children = children[:-1]
    last = children[-1] if children else None
    if isinstance(last, Text):
        end = _END.search(last.text)
        if end is None:
            return children, False
        had = _HAD.search(end[0]) is not None
        if end.start():
            return (*children[:-1], Text(last.text[: end.start()])), had
        return children[:-1], had
    if isinstance(last, Styled):
        inner, had = shortened(last.children)
        return (*children[:-1], *([Styled(last.style, inner)] if inner else ())), had
    return children, False


def first_sentence(text: str) -> str:
    """Give a text's first sentence, empty where it has no end."""
    end = _SENTENCE.search(text)
    return text[: end.end()] if end else ""


def cut_inlines(children: tuple[Inline, ...], room: int, wanted: int) -> tuple[Inline, ...]:
    """Give the beginning of a line in at most ``room`` columns.

    Ends at the last sentence, else at the last clause, that leaves at least ``wanted`` columns; else at a word; at a
    grapheme only where a word alone is longer. Formulas, code and links stay whole: a link that alone is longer
    becomes text.
    """
    kept = _cut(children, room, wanted)
    if not kept and any(isinstance(child, (Link, Styled)) for child in children[:1]):
        kept = _cut((Text(inline_text(children)),), room, wanted)
    return kept


def _cut(children: tuple[Inline, ...], room: int, wanted: int) -> tuple[Inline, ...]:
    text = inline_text(children)
    far = _reach(text, room)
    if far >= len(text):
        return children
    unbroken = (place.span() for place in _UNBROKEN.finditer(text, 0, far + _BEYOND) if place.start())
    whole = [*_whole(children, 0), *unbroken]
    for places in (_SENTENCE, _CLAUSE):
        ends = [end for place in places.finditer(text, 0, far + 1) if (end := place.end()) <= far]
        for end in reversed(ends):
            if columns(text[:end]) < max(wanted, 1):
                break
            if not any(start < end < stop for start, stop in whole) and _is_balanced(text, end):
                return taken(children, end)
    return taken(children, _word_end(text, far, whole))


def _is_balanced(text: str, end: int) -> bool:
    """Tell whether no bracket or quotation is open: a clause inside one does not end the line.

    One that is never closed is a slip of the pen.
    """
    return all(
        text.count(opening, 0, end) <= text.count(closing, 0, end) or text.find(closing, end) < 0
        for opening, closing in _PAIRS
    )


def _reach(text: str, room: int) -> int:
    """Give how many characters from the beginning fit into the room, whole graphemes only."""
    near = text[: max(room, 0) * _PER_COLUMN]
    if len(near) == len(text) and columns(text) <= room:
        return len(text)
    used = at = 0
    for cluster in graphemes(near):
        used += columns(cluster)
        if used > room:
            break
        at += len(cluster)
    return at


def _whole(children: Iterable[Inline], start: int) -> Iterable[tuple[int, int]]:
    """Give the ranges of the text that no cut may divide."""
    for child in children:
        end = start + len(inline_text((child,)))
        if isinstance(child, (Math, CodeSpan, Link, InlineImage)):
            yield start, end
        elif isinstance(child, Styled):
            yield from _whole(child.children, start)
        start = end


def _belongs(before: str, char: str) -> bool:
    """Tell whether a character goes on with what stands before it: a word, or a letter under its mark."""
    return bool(_MARK.match(char) or (_LETTER.match(char) and _LETTER.match(before)))


def _word_end(text: str, far: int, whole: Sequence[tuple[int, int]]) -> int:
    end = far
    while 0 < end < len(text) and _belongs(text[end - 1], text[end]):
        end -= 1
    end = end or far
    return next((start for start, stop in whole if start < end < stop), end)


def taken(children: Iterable[Inline], length: int) -> tuple[Inline, ...]:
    """Take what the first ``length`` characters of the text say."""
    out: list[Inline] = []
    for child in children:
        if length <= 0:
            break
        size = len(inline_text((child,)))
        if size <= length:
            out.append(child)
        elif isinstance(child, Text):
            out.append(Text(child.text[:length]))
        elif isinstance(child, Styled):
            out.append(Styled(child.style, taken(child.children, length)))
        length -= size
    return tuple(out)
