"""Discord's Markdown: how styled text is written so that a post's own characters mean nothing; pure.

The rules are those of the client's parser: emphasis, spoilers, code and masked links anywhere; headings, small print,
lists and quotations at the beginning of a line; mentions, emoji and timestamps in angle brackets.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Final
from urllib.parse import quote

from bot.reading.render import Dialect, Flat, Span, markup, split
from bot.reading.text import utf16

DIALECT: Final = Dialect(
    name="discord",
    unit="utf16",
    limit=4096,
    styles=frozenset(("bold", "italic", "underline", "strike", "spoiler", "code", "pre", "quote", "link")),
    wrappers={
        "bold": ("**", "**"),
        "italic": ("*", "*"),
        "underline": ("__", "__"),
        "strike": ("~~", "~~"),
        "spoiler": ("||", "||"),
        "code": ("`", "`"),
        "pre": ("```{value}\n", "\n```"),
        "link": ("[", "](<{value}>)"),
    },
    quote="> ",
    escapes="\\*_~`|[]<@",
    starts=r"(?=[#>-])|\d+(?=\. )",
    fence="`",
)
WEB: Final = re.compile(r"https?://[^\s]{1,2000}")
"""What Discord takes as a link; anything else would have the whole message refused."""
_LANGUAGE: Final = re.compile(r"[A-Za-z0-9_+\-.#]{1,30}")
_SHORTEST: Final = 16
_STARS: Final = frozenset(("bold", "italic"))


def written(flat: Flat) -> str:
    """Write a styled text in Discord's Markdown."""
    return markup(replace(flat, spans=tuple(_sound(flat.spans))), DIALECT)


def _sound(spans: tuple[Span, ...]) -> Iterable[Span]:
    """Keep the ranges that can be written: an asterisk beside asterisks is read as something else."""
    edges = {(span.style, edge) for span in spans if span.style in _STARS for edge in (span.start, span.end)}
    for span in map(_valued, spans):
        if span.style == "link" and not WEB.fullmatch(span.value):
            continue
        if span.style == "italic" and (("bold", span.start) in edges or ("bold", span.end) in edges):
            continue
        yield span


def _valued(span: Span) -> Span:
    if span.style == "link":
        return replace(span, value=quote(span.value, safe="!#$%&'*+,/:;=?@[]~-._"))
    if span.style == "pre":
        return replace(span, value=span.value if _LANGUAGE.fullmatch(span.value) else "")
    return span


def pieces(flat: Flat, limit: int, room: int = 0) -> Iterable[str]:
    """Write a text as pieces of at most ``limit`` UTF-16 units each, marks and backslashes included.

    ``room`` is how much of the text itself is tried for one piece; where its marks take too much, half of that.
    """
    room = room or limit
    for part in split(flat, room, DIALECT.unit):
        text = written(part)
        if utf16(text) <= limit:
            yield text
        elif room >= _SHORTEST:
            yield from pieces(part, limit, room // 2)
        else:
            yield escaped(part.text, limit)


def cut(text: str, limit: int) -> str:
    """Shorten a plain text to so many UTF-16 units, with an ellipsis where something is missing."""
    if utf16(text) <= limit:
        return text
    (first, *_) = split(Flat(text), limit - 1, "utf16")
    return first.text + "…"


def escaped(text: str, limit: int) -> str:
    """Write one plain line so that nothing in it is Markdown, in at most ``limit`` UTF-16 units."""
    line = " ".join(text.split())
    for room in (limit, limit * 3 // 4, limit // 2):
        shown = markup(Flat(cut(line, room)), DIALECT)
        if utf16(shown) <= limit:
            return shown
    return markup(Flat(cut(line, limit // 4)), DIALECT)
