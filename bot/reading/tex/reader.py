"""The walk over TeX's tokens that makes the pieces of a formula."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TypeAlias

from bot.reading.tex.layout import Piece, binomial, bracketed, fraction, join
from bot.reading.tex.letters import blend, styled
from bot.reading.tex.symbols import CHARACTERS, DROPPED, IGNORED, SPACES, SYMBOLS, Kind
from bot.reading.tex.tokens import Tokens

Command: TypeAlias = Callable[["Reader", str], list[Piece]]

_MAX_DEPTH = 16
_COMMAND_WORK = 2
# Chinese, Japanese and Korean: one character can be a word.
_IDEOGRAPHS = ("\u2e80", "\ud7af")
_CLOSERS = frozenset(("}", "\\right", "\\end", "$"))
_INFIX = frozenset(("\\over", "\\atop", "\\choose"))
_ROWS = frozenset(("\\", "cr", "tabularnewline"))
_LENGTH = re.compile(r"\s*-?[\d.]*\s*(?:[a-z]{2}|\\[a-z]+)\s*")
_PRIMES = ("", "′", "″", "‴", "⁗")
_ELLIPSIS = Piece("…")
_SIGNS = {char: Piece(*found) for char, found in CHARACTERS.items()}
_CELL, _ROW, _GLUE, _BLANK = (Piece("", Kind.CELL), Piece("", Kind.ROW), Piece("", Kind.GLUE), Piece(" ", Kind.SPACE))


class Reader:
    """Reads tokens into pieces; ``commands`` write those commands that take arguments."""

    def __init__(self, tokens: Tokens, commands: Mapping[str, Command]) -> None:
        self.tokens = tokens
        self.closed = False
        """Whether the last run of pieces ended with its own closing token."""
        self._commands = commands
        self._stops: list[str] = []
        self._boxes = 0
        self._style = ""
        self._plain = ""

    @property
    def top(self) -> bool:
        """Whether nothing is open but environments that set rows on lines."""
        return not self._boxes and all(stop in {"", "\\end"} for stop in self._stops)

    @property
    def full(self) -> bool:
        """Whether groups are nested as deep as they may be."""
        return len(self._stops) >= _MAX_DEPTH

    def pieces(self, stop: str = "") -> list[Piece]:
        """Read up to a closing token, which is taken, or to where an outer one closes, which is left."""
        if self.full:
            return self._skipped(stop)
        style, out = self._style, list[Piece]()
        above: list[Piece] | None = None
        infix = ""
        self._stops.append(stop)
        while (item := self.tokens.next()) is not None and item != stop:
            if item in _CLOSERS and item in self._stops:
                self.tokens.back(item)
                break
            if item in _INFIX and above is None:
                above, out, infix = out, [], item
            else:
                self._take(item, out)
        self.closed = item is not None and item == stop
        self._stops.pop()
        self._style = style
        if above is None:
            return out
        return [fraction(above, out) if infix == "\\over" else binomial(above, out)]

    def boxed(self, stop: str) -> list[Piece]:
        """Read like ``pieces``, where rows inside cannot stand on lines of their own."""
        self._boxes += 1
        out = self.pieces(stop)
        self._boxes -= 1
        return out

    def argument(self) -> list[Piece]:
        """Read the next argument: a group, a command with its own arguments, or a character."""
        item = self.tokens.next() if self.tokens.peek() is not None else None
        if item == "{":
            return self.pieces("}")
        if item is None:
            return []
        if item in _CLOSERS or item in {"&", "\\\\"} or self.full:
            self.tokens.back(item)
            return []
        out: list[Piece] = []
        self._stops.append("argument")
        if item not in {"_", "^"}:
            self._take(item, out)
        self._stops.pop()
        return out

    def inline(self) -> str:
        """Read the next argument and write it closed up."""
        return join(self.argument(), inner=True)

    def option(self) -> str | None:
        """Read the next argument in square brackets and write it closed up, None where there is none."""
        found = self.tokens.option()
        if found is None:
            return None
        self.tokens.back(*found, "}")
        return join(self.pieces("}"), inner=True)

    def in_style(self, style: str) -> list[Piece]:
        """Read the next argument in another alphabet."""
        before, self._style = self._style, blend(self._style, style)
        out = self.argument()
        self._style = before
        return out

    def switch(self, style: str) -> None:
        """Change the alphabet for the rest of the group."""
        self._style = blend(self._style, style)

    def delimiter(self) -> tuple[str, Kind]:
        r"""Read a delimiter of ``\left``, ``\right`` or ``\big``; the invisible one is empty."""
        item = self.tokens.peek()
        if item is None or item in _CLOSERS or item == "{":
            return "", Kind.ORD
        self.tokens.raw()
        if item == ".":
            return "", Kind.ORD
        if item[0] == "\\":
            return SYMBOLS.get(item[1:], ("", Kind.ORD))
        return CHARACTERS.get(item, (item, Kind.ORD))

    def text(self) -> str:
        """Read the next argument as text, with formulas between dollar signs in it."""
        if self.tokens.peek() != "{" or self.full:
            return self.tokens.text()
        self.tokens.raw()
        self._stops.append("}")
        out: list[str] = []
        depth = 0
        while (item := self.tokens.next()) is not None and (depth or item != "}"):
            depth += (item == "{") - (item == "}")
            out.append(self._text_of(item))
        self._stops.pop()
        return "".join(out)

    def _text_of(self, item: str) -> str:
        if item == "$":
            return join(self.pieces("$"))
        if item[0] == "\\":
            return join(self._command(item[1:]))
        if item.isspace() or item == "~":
            return " "
        return "" if item in {"{", "}"} else item

    def _skipped(self, stop: str) -> list[Piece]:
        """Too deep: give up the group, and say so by an ellipsis."""
        if stop == "}":
            self.tokens.back("{")
            self.tokens.group()
        self.closed = stop == "}"
        return [_ELLIPSIS]

    def _take(self, item: str, out: list[Piece]) -> None:
        """Add to the pieces what a token stands for."""
        first = item[0]
        self._plain, before = "", self._plain
        if first == "\\":
            out.extend(self._command(item[1:]))
        elif first == "{":
            out.extend(_group(self.pieces("}")))
        elif first in "_^":
            self._script(first, out)
        elif first == "'":
            _prime(_PRIMES[min(len(item), 4)], out)
        elif first.isspace():
            out.append(self._white(before))
        elif first == "&":
            out.append(_CELL)
        elif first == "$":
            out.append(_BLANK)
        elif first != "}":
            out.append(self._character(item))
            self._plain = before[-1:] + item

    def _character(self, item: str) -> Piece:
        return _SIGNS.get(item) or Piece(styled(item, self._style) if self._style else item)

    def _white(self, before: str) -> Piece:
        """Tell whether white space, which is nothing to TeX, divides words for a reader.

        A word has two letters or more; in Chinese, one. ``before`` are the characters right before, two at most.
        """
        after = self.tokens.ahead(2)
        left, right = before[-1:], after[:1]
        words = _word(before, left) and (right.isalnum() or right == "(")
        return _BLANK if words or (_word(after, right) and (left.isalnum() or left in {"%", ")"})) else _GLUE

    def _script(self, mark: str, out: list[Piece]) -> None:
        while out and out[-1].kind is Kind.GLUE:
            out.pop()
        base = out.pop() if out and out[-1].kind not in _NO_BASE else Piece("")
        taken = base.low if mark == "_" else base.high.strip("".join(_PRIMES))
        if taken:
            base = Piece(base.written())
        if taken or base.kind is Kind.FRAC or base.text[:1] == "√":
            base = bracketed(base)
        text = join(self.argument(), script=True)
        out.append(base._replace(low=base.low + text) if mark == "_" else base._replace(high=base.high + text))

    def _command(self, name: str) -> list[Piece]:
        command = self._commands.get(name)
        if command is not None:
            self.tokens.spend(_COMMAND_WORK)
            return command(self, name)
        symbol = SYMBOLS.get(name)
        if symbol is not None:
            return [Piece(styled(symbol[0], self._style) if self._style else symbol[0], symbol[1])]
        if name in SPACES:
            return [Piece(SPACES[name], Kind.SPACE)]
        if name in _ROWS:
            return self._row()
        if not name or name in IGNORED:
            return []
        return self._dropped(DROPPED[name]) if name in DROPPED else self._unknown(name)

    def _dropped(self, arguments: int) -> list[Piece]:
        self.tokens.option()
        for _ in range(arguments):
            self.tokens.group()
        return []

    def _row(self) -> list[Piece]:
        self.tokens.star()
        found = self.tokens.option()
        if found is not None and not _LENGTH.fullmatch("".join(found)):
            self.tokens.back("[", *found, "]")
        return [_ROW]

    def _unknown(self, name: str) -> list[Piece]:
        """Keep the name, and what stands in braces right behind it as its arguments."""
        given: list[str] = []
        while self.tokens.braced():
            given.append(self.inline())
        return [Piece(f"{name}({', '.join(given)})", Kind.WORD) if given else Piece(name, Kind.OP)]


_NO_BASE = frozenset((Kind.SPACE, Kind.ROW, Kind.CELL, Kind.OPEN))


def _word(text: str, nearest: str) -> bool:
    return nearest.isalpha() and (_IDEOGRAPHS[0] <= nearest <= _IDEOGRAPHS[1] or (len(text) > 1 and text.isalpha()))


def _group(pieces: list[Piece]) -> list[Piece]:
    """Make an ordinary sign of one that stands alone in braces: ``{,}`` and ``{=}``."""
    return [pieces[0]._replace(kind=Kind.ORD)] if len(pieces) == 1 and pieces[0].kind in _OPERATIONS else pieces


_OPERATIONS = frozenset((Kind.BIN, Kind.REL, Kind.PUNCT))


def _prime(primes: str, out: list[Piece]) -> None:
    while out and out[-1].kind is Kind.GLUE:
        out.pop()
    base = out.pop() if out and out[-1].kind not in _NO_BASE else Piece("")
    scripted = base.low or base.high
    out.append(base._replace(high=base.high + primes) if scripted else base._replace(text=base.text + primes))
