"""The formulas of a text that stand on lines of their own, as far as they may be drawn; pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import Final

from bot.reading.doc import Block, Doc, Listing, MathBlock, Quote
from bot.reading.tex.drawable import drawable

MOST: Final = 6
"""Formulas of one picture."""


def displayed(doc: Doc, most: int = MOST) -> tuple[str, ...]:
    """Give the TeX of a Doc's display formulas that may be drawn, in their order, each once, at most ``most``."""
    found = (sound for tex in _formulas(doc.blocks) if (sound := drawable(tex)) is not None)
    return tuple(islice(dict.fromkeys(found), most))


def _formulas(blocks: Iterable[Block]) -> Iterator[str]:
    """Walk without recursion: how deep a Doc goes is its own."""
    rest = iter(blocks)
    while (block := next(rest, None)) is not None:
        if isinstance(block, MathBlock):
            yield block.tex
        elif isinstance(block, Quote):
            rest = chain(block.children, rest)
        elif isinstance(block, Listing):
            rest = chain(chain.from_iterable(block.items), rest)
