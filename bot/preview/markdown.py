"""Discord's Markdown, read as its client reads it, into pieces that can be shown or read out.

The order of the rules is the client's: what is escaped first, then code, addresses, links, emphasis. Only what a bot
writes is read: headings, small print and lists at the beginning of a line, quotations, code, masked links, styles.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple, TypeAlias

_DEEPEST = 12


class Piece(NamedTuple):
    """A part of a message: ``kind`` is ``text`` with words in ``value``, or a style around ``inside``.

    ``value`` of a link is its address, of ``pre`` its language.
    """

    kind: str
    value: str = ""
    inside: Pieces = ()


Pieces: TypeAlias = tuple[Piece, ...]

_FENCE = re.compile(r"```(?:([A-Za-z0-9_+\-.#]+)\n)?\n*([\s\S]*?)\n*```")
_QUOTE = re.compile(r"(?:^|(?<=\n))(?:> [^\n]*(?:\n|$))+")
_START = re.compile(r"(?:^|(?<=\n))(?:(#{1,3}) +(?=\S)|(-#) +(?=\S)|[ \t]*[-*] +(?=\S)|[ \t]*\d+\. +(?=\S))")
_RULES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("escape", re.compile(r"\\([^0-9A-Za-z\s])")),
    ("code", re.compile(r"(`+)([\s\S]*?[^`])\1(?!`)")),
    ("url", re.compile(r"(https?://[^\s<]+[^<.,:;\"'\]\s])")),
    ("url", re.compile(r"<(https?://[^\s<>]+)>")),
    ("mention", re.compile(r"<(@[!&]?|#|a?:\w+:|t:)\d+(?::\w)?>")),
    ("link", re.compile(r"\[((?:\\.|[^\[\]\\])+)\]\(<?(https?://[^\s<>]+?)>?\)")),
    ("bold", re.compile(r"\*\*((?:\\[\s\S]|[^\\])+?)\*\*(?!\*)")),
    ("underline", re.compile(r"__((?:\\[\s\S]|[^\\])+?)__(?!_)")),
    ("italic", re.compile(r"\*(?=\S)((?:\*\*|\\[\s\S]|\s+(?:\\[\s\S]|[^\s*\\]|\*\*)|[^\s*\\])+?)\*(?!\*)")),
    ("italic", re.compile(r"\b_((?:__|\\[\s\S]|[^\\_])+?)_\b")),
    ("strike", re.compile(r"~~(?=\S)((?:\\[\s\S]|[^\\])*?\S)~~(?!~)")),
    ("spoiler", re.compile(r"\|\|((?:\\[\s\S]|[^\\])+?)\|\|")),
)
_PLAIN = re.compile(r"[^\\`<\[*_~|h]+|h(?!ttps?://)")


def read(markdown: str) -> Pieces:
    """Read a message. No input raises; what no rule takes is text."""
    return _merged(_blocks(markdown, 0))


def said(pieces: Pieces) -> str:
    """Give the words, without anything that styles them."""
    return "".join(piece.value if piece.kind in {"text", "url"} else said(piece.inside) for piece in pieces)


def _blocks(markdown: str, depth: int) -> Iterator[Piece]:
    at = 0
    while at < len(markdown):
        quote, fence = _QUOTE.search(markdown, at), _FENCE.search(markdown, at)
        found = min(filter(None, (quote, fence)), key=lambda each: each.start(), default=None)
        yield from _lines(markdown[at : found.start() if found else None], depth)
        if found is None:
            return
        if found is fence and fence is not None:
            yield Piece("pre", fence[1] or "", (Piece("text", fence[2]),))
        else:
            inner = re.sub(r"(?:^|(?<=\n))> ", "", found[0])
            body = inner.removesuffix("\n")
            yield Piece("quote", "", _merged(_blocks(body, depth + 1)) if depth < _DEEPEST else (Piece("text", body),))
            if body != inner:
                yield Piece("text", "\n")
        at = found.end()


def _lines(text: str, depth: int) -> Iterator[Piece]:
    at = 0
    for start in _START.finditer(text):
        yield from _inline(text[at : start.start()], depth)
        if start[1] or start[2]:
            end = text.find("\n", start.end())
            end = len(text) if end < 0 else end
            yield Piece("heading" if start[1] else "small", "", _merged(_inline(text[start.end() : end], depth)))
        else:
            yield Piece("item", "", (Piece("text", "• "),))
            end = start.end()
        at = max(at, end)
    yield from _inline(text[at:], depth)


def _inline(text: str, depth: int) -> Iterator[Piece]:
    at = 0
    while at < len(text):
        if plain := _PLAIN.match(text, at):
            yield Piece("text", plain[0])
            at = plain.end()
            continue
        found = next(((kind, match) for kind, rule in _RULES if (match := rule.match(text, at))), None)
        if found is None or depth > _DEEPEST:
            yield Piece("text", text[at])
            at += 1
        else:
            yield _piece(*found, depth)
            at = found[1].end()


def _piece(kind: str, match: re.Match[str], depth: int) -> Piece:
    if kind == "escape":
        return Piece("text", match[1])
    if kind == "url":
        return Piece("url", match[1])
    if kind == "mention":
        return Piece("mention", match[0], (Piece("text", match[0]),))
    if kind == "code":
        return Piece("code", "", (Piece("text", match[2].strip() or match[2]),))
    value = match[2] if kind == "link" else ""
    return Piece(kind, value, _merged(_inline(match[1], depth + 1)))


def _merged(pieces: Iterator[Piece]) -> Pieces:
    """Put neighbouring words together."""
    out: list[Piece] = []
    for piece in pieces:
        if piece.kind == "text" and out and out[-1].kind == "text":
            out[-1] = Piece("text", out[-1].value + piece.value)
        else:
            out.append(piece)
    return tuple(out)
