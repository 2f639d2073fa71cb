"""What a Doc says, as plain text. Needs nothing but the standard library: every worker that reads feeds loads it."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterable, Iterator

from bot.reading.doc import (
    Block,
    Break,
    CodeBlock,
    CodeSpan,
    Doc,
    Image,
    Inline,
    InlineImage,
    Link,
    Listing,
    Math,
    MathBlock,
    Quote,
    Styled,
    Table,
    Text,
)
from bot.reading.patterns import rare

# Nothing of these can be seen, and they hide words from a search or turn a whole message round. Joiners stay: emoji
# and several scripts need them.
_UNSEEN = rare(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u200b\u202a-\u202e\u2060\u2066-\u2069\ufeff\ufff9-\ufffb]+")
SURROGATE = rare(r"[\ud800-\udfff]")
_ORDINARY = frozenset(map(chr, range(0x20, 0x7F))) | frozenset("\n\t\xa0\u3000，。、：；（）“”")
# Most texts have nothing else: 4 microseconds for 1,400 characters, where a look at the different ones takes 37.
_HARMLESS = re.compile(
    r"[\w\n\t -~\xa0-\xac\xae-\xbf\u2010-\u2027\u2030-\u205e\u2190-\u22ff\u3000-\u303f\uff00-\uff20]*+"
)
_MARKS = frozenset(("Mn", "Me", "Cf"))
_STACK = 8
"""Marks on one character, above which no script goes: a thousand take no column, so no budget would ever stop them."""


def clean(text: str) -> str:
    """Take out what cannot be seen or stored: control characters, direction overrides, surrogates, heaps of marks."""
    if (text.isascii() and text.isprintable()) or _HARMLESS.fullmatch(text):
        return text
    # There are few different characters in a text, however long: looking at them is far cheaper than a search.
    different = set(text) - _ORDINARY
    if not "".join(different).isprintable():
        text = SURROGATE.sub("\ufffd", _UNSEEN.sub("", text))
    marks = {char for char in different if not "\u2e80" <= char <= "\ud7ff" and unicodedata.category(char) in _MARKS}
    return _without_heaps(text, marks) if marks else text


def _without_heaps(text: str, marks: set[str]) -> str:
    heap = re.compile(f"([{re.escape(''.join(marks))}]{{{_STACK}}})[{re.escape(''.join(marks))}]+")
    return heap.sub(r"\1", text)


@functools.lru_cache(maxsize=4096)
def formula(tex: str) -> str:
    """Write a formula in Unicode, its rows on lines; remembered, since every chat asks for the same ones."""
    from bot.reading.tex.written import to_unicode  # noqa: PLC0415 -- 5 ms that most processes never need

    return to_unicode(tex)


def inline_formula(tex: str) -> str:
    """Write a formula in Unicode on one line."""
    return " ".join(formula(tex).split())


# -- what a Doc says --------------------------------------------------------------------------------------------------


def inline_text(children: Iterable[Inline]) -> str:
    """Give what a run of inlines says: formulas in Unicode, pictures by their alternative text, breaks as line ends."""
    return "".join(map(_said, children))


def _said(node: Inline) -> str:
    match node:
        case Text(text) | CodeSpan(text):
            return text
        case Styled(_, children) | Link(_, children):
            return inline_text(children)
        case Math(tex):
            return inline_formula(tex)
        case InlineImage(_, alt):
            return alt
        case Break():
            return "\n"


def plain(doc: Doc) -> str:
    """Give what a Doc says: every paragraph, item and row on a line, formulas in Unicode, no styles and no links."""
    return "\n".join(lines(doc.blocks))


def lines(blocks: Iterable[Block]) -> Iterator[str]:
    """Give what blocks say, line by line, without empty lines."""
    for block in blocks:
        yield from (line for line in _block_text(block).split("\n") if line.strip())


def _block_text(block: Block) -> str:
    match block:
        case Listing(_, items):
            said = "\n".join(line for item in items for line in lines(item))
        case Quote(children):
            said = "\n".join(lines(children))
        case CodeBlock(text):
            said = text
        case MathBlock(tex):
            said = formula(tex)
        case Image(_, alt):
            said = alt
        case Table(rows):
            said = "\n".join(" | ".join(" ".join(inline_text(cell).split()) for cell in row) for row in rows)
        case _:
            said = inline_text(block.children)
    return said
