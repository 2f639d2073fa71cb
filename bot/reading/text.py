"""Plain text: how long it is in each unit, where its characters end, what it says and how it is compared."""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from typing import Literal, TypeAlias

import regex
from opencc import OpenCC

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
from bot.reading.tex import to_unicode

Unit: TypeAlias = Literal["utf16", "columns", "codepoint"]

_WIDE = regex.compile(r"[\p{East_Asian_Width=W}\p{East_Asian_Width=F}]")
_ZERO = regex.compile(r"[\p{Mn}\p{Me}\p{Cf}]")
_ASTRAL = regex.compile(r"[\U00010000-\U0010FFFF]")
_GRAPHEME = regex.compile(r"\X")

# Nothing of these can be seen, and they hide words from a search or turn a whole message round. Joiners stay: emoji
# and several scripts need them.
_UNSEEN = regex.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u200b\u202a-\u202e\u2060\ufeff\ufff9-\ufffb]")
# A grapheme of a thousand marks takes no column, so no budget would ever stop it; no script stacks more than a few.
_STACK = regex.compile(r"([\p{Mn}\p{Me}\p{Cf}]{8})[\p{Mn}\p{Me}\p{Cf}]+")
_SURROGATE = regex.compile(r"[\ud800-\udfff]")


def utf16(text: str) -> int:
    """Give its length in UTF-16 code units, in which Telegram and Discord count."""
    return len(text) if text.isascii() else len(text) + len(_ASTRAL.findall(text))


def columns(text: str) -> int:
    """Give its width in terminal columns: wide characters (汉字, emoji) 2, combining and unseen ones 0, others 1."""
    if text.isascii():
        return len(text)
    return len(text) + len(_WIDE.findall(text)) - len(_ZERO.findall(text))


MEASURES: dict[Unit, Callable[[str], int]] = {"utf16": utf16, "columns": columns, "codepoint": len}
"""How long a text is, by the unit's name."""


def graphemes(text: str) -> list[str]:
    """Take a text apart into what a reader calls characters (extended grapheme clusters, UAX 29)."""
    return list(text if text.isascii() and "\r" not in text else _GRAPHEME.findall(text))


def clean(text: str) -> str:
    """Take out what cannot be seen or stored: control characters, direction overrides, surrogates, heaps of marks."""
    if text.isascii() and text.isprintable():
        return text
    return str(_STACK.sub(r"\1", _SURROGATE.sub("\ufffd", _UNSEEN.sub("", text))))


@functools.cache
def _simplifier() -> OpenCC:
    # Reading its dictionaries takes milliseconds, so it is made at the first use and kept.
    return OpenCC("t2s")


def fold(text: str) -> str:
    """Bring a text into the form in which it is compared: NFKC, casefold, traditional to simplified Chinese."""
    same = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", _SURROGATE.sub("\ufffd", text)).casefold())
    return same if same.isascii() else str(_simplifier().convert(same))


@functools.lru_cache(maxsize=4096)
def formula(tex: str) -> str:
    """Write a formula in Unicode, its rows on lines; remembered, since every chat asks for the same ones."""
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
            said = "\n".join(" | ".join(map(inline_text, row)) for row in rows)
        case _:
            said = inline_text(block.children)
    return said
