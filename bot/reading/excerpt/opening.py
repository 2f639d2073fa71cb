"""A text's first sentence, for a line in a list."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bot.reading.doc import (
    Block,
    Break,
    Doc,
    Inline,
    InlineImage,
    Link,
    Math,
    MathBlock,
    Paragraph,
    Quote,
    Styled,
    Text,
)
from bot.reading.excerpt.cut import cut_inlines, first_sentence, shortened, taken
from bot.reading.excerpt.fillers import without_fillers
from bot.reading.excerpt.taking import ELLIPSIS
from bot.reading.text import columns, inline_text


def opening(doc: Doc, budget: int) -> tuple[Inline, ...]:
    """Give the first sentence on one line of at most ``budget`` columns; empty where there is none.

    Formulas stay whole, code, lists and pictures are left out, links are plain text. What is cut ends with ``…``.
    """
    line: list[Inline] = []
    for said in _lines(without_fillers(doc.blocks)):
        line += [Text(" "), *said] if line else said
        text = inline_text(line)
        if _sentence(text) or columns(text) > budget:
            break
    return _cut(tuple(line), budget)


def _sentence(text: str) -> str:
    # A full stop at the very end counts only before a blank.
    return first_sentence(f"{text}\n").rstrip("\n")


def _cut(line: tuple[Inline, ...], budget: int) -> tuple[Inline, ...]:
    text = inline_text(line)
    sentence = _sentence(text) or text
    kept = taken(line, len(sentence))
    if inline_text(kept) == sentence and columns(sentence) <= budget:
        return kept
    kept, _ = shortened(cut_inlines(kept, budget - len(ELLIPSIS), budget // 2))
    return (*kept, Text(ELLIPSIS)) if kept else ()


def _lines(blocks: Iterable[Block]) -> Iterator[list[Inline]]:
    for block in blocks:
        match block:
            case Paragraph(children):
                yield list(_flat(children))
            case MathBlock(tex):
                yield [Math(tex)]
            case Quote(children):
                yield from _lines(children)


def _flat(children: Iterable[Inline]) -> Iterator[Inline]:
    for child in children:
        match child:
            case Link(_, inner):
                yield from _flat(inner)
            case Styled(style, inner):
                yield Styled(style, tuple(_flat(inner)))
            case Break():
                yield Text(" ")
            case InlineImage():
                pass
            case _:
                yield child
