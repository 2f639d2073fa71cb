"""Plain text: how long it is in each unit, where its characters end, what it says and how it is compared."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal, TypeAlias

from bot.reading.patterns import rich
from bot.reading.said import SURROGATE, clean, formula, inline_formula, inline_text, lines, plain

if TYPE_CHECKING:
    from opencc import OpenCC

__all__ = [
    "MEASURES",
    "Unit",
    "clean",
    "columns",
    "fold",
    "formula",
    "graphemes",
    "inline_formula",
    "inline_text",
    "lines",
    "plain",
    "utf16",
]

Unit: TypeAlias = Literal["utf16", "columns", "codepoint"]

_WIDE = rich(r"[\p{East_Asian_Width=W}\p{East_Asian_Width=F}]")
_ZERO = rich(r"[\p{Mn}\p{Me}\p{Cf}]")
_GRAPHEME = rich(r"\X")
_NOT_SO_SIMPLE = re.compile("[乾吒哩坏夥後徵拚捱摺於榘沈菸薹藉袷覆醣麴麽]")
"""What OpenCC changes, alone or in some words, of GB 2312: else that character set has simplified Chinese only."""
_ASTRAL = re.compile(r"[\U00010000-\U0010FFFF]")


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


@functools.cache
def _simplifier() -> OpenCC:
    # Reading its dictionaries takes milliseconds, so it is made at the first use and kept.
    from opencc import OpenCC  # noqa: PLC0415 -- see above; the library has 3 MB

    return OpenCC("t2s")


def fold(text: str) -> str:
    """Bring a text into the form in which it is compared: NFKC, casefold, traditional to simplified Chinese."""
    same = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", SURROGATE.sub("\ufffd", text)).casefold())
    return same if same.isascii() or _is_simple(same) else str(_simplifier().convert(same))


def _is_simple(text: str) -> bool:
    """Tell whether a text has nothing to simplify, as far as its characters show it.

    Most processes of a blog in simplified Chinese never need the dictionaries: 7 ms and 3 MB.
    """
    try:
        text.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return not _NOT_SO_SIMPLE.search(text)
