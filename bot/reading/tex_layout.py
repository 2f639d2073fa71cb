"""Pieces of a formula set on one line: spaces, parentheses, scripts, fractions.

One rule for spaces: relations and binary operations stand between blanks at the top of a formula, and close up inside
parentheses and scripts, as in ``𝐱ₜ = (1−t)𝐱₀ + tε``. A comma is followed by a blank at the top, elsewhere only where
its author left one. Names of functions are set apart from letters everywhere: ``log p(x)``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from bot.reading.tex_letters import RAISED_SIGNS, scripts
from bot.reading.tex_symbols import Kind


class Piece(NamedTuple):
    """A part of a formula that is not divided further, with what is written below and above it."""

    text: str
    kind: Kind = Kind.ORD
    low: str = ""
    high: str = ""

    def written(self) -> str:
        """Give the piece with its scripts."""
        return self.text + scripts(self.low, self.high) if self.low or self.high else self.text


_NOTHING = Piece("")
_SOFT = frozenset((Kind.GLUE, Kind.SPACE))
_SPREAD = frozenset((Kind.REL, Kind.BIN))
# Behind these a plus or a minus is a sign, not an operation.
_BEFORE_SIGN = frozenset(
    (Kind.REL, Kind.BIN, Kind.OPEN, Kind.PUNCT, Kind.OP, Kind.BIG, Kind.ROW, Kind.CELL, Kind.SPACE)
)
_AFTER_SIGN = frozenset((Kind.REL, Kind.CLOSE, Kind.PUNCT, Kind.ROW, Kind.CELL))
_FACTORS = frozenset((Kind.ORD, Kind.WORD, Kind.FRAC))
_STARTS = frozenset((Kind.OPEN, Kind.OP, Kind.BIG))
_LIMITS = ("lim", "max", "min", "sup", "inf", "arg")
_MARKS = frozenset("_^")
_BARS = frozenset("|‖")
_CLOSED = frozenset("!,.;?…⋯")
_APART = frozenset("!,.;?…⋯+−±∓/:，。；、") | {""}
_EDGE = Piece("", Kind.ROW)


def solid(pieces: Iterable[Piece]) -> list[Piece]:
    """Leave out the white space of the source and the spaces."""
    return [piece for piece in pieces if piece.kind not in _SOFT]


def join(pieces: Sequence[Piece], *, tight: bool = False) -> str:
    """Write pieces on one line; ``tight`` where they stand in a script, in parentheses or in a fraction."""
    return _Line(tight=tight).write(_resolved(pieces))


def _resolved(pieces: Sequence[Piece]) -> list[Piece]:
    """Tell signs from operations, and put fractions beside a factor into parentheses."""
    found = list(pieces)
    places = [place for place, piece in enumerate(found) if piece.kind not in _SOFT or len(piece.text) > 1]
    before, bars = _EDGE, 0
    for index, place in enumerate(places):
        piece = found[place]
        after = found[places[index + 1]] if index + 1 < len(places) else _EDGE
        if piece.kind is Kind.BIN and (before.kind in _BEFORE_SIGN or after.kind in _AFTER_SIGN):
            found[place] = piece._replace(kind=Kind.ORD)
        elif piece.kind is Kind.FRAC and (_ends_factor(before, bars) or _starts_factor(after, bars)):
            found[place] = bracketed(piece)
        bars += piece.text in _BARS and piece.kind is Kind.ORD
        before = found[place]
    return found


def _ends_factor(piece: Piece, bars: int) -> bool:
    """Tell whether a fraction behind this piece needs parentheses to be read as one factor."""
    if piece.text in _BARS:
        return not bars % 2 and piece.kind is not Kind.OPEN
    if piece.kind is Kind.OP:
        return not piece.text.startswith(_LIMITS)
    return piece.kind is Kind.CLOSE or (piece.kind in _FACTORS and piece.text[:1] not in _APART)


def _starts_factor(piece: Piece, bars: int) -> bool:
    """Tell whether a fraction before this piece needs parentheses to be read as one factor."""
    if piece.text in _BARS:
        return not bars % 2 and piece.kind is not Kind.CLOSE
    return piece.kind in _STARTS or (piece.kind in _FACTORS and piece.text[:1] not in _APART)


def bracketed(piece: Piece) -> Piece:
    """Put a piece into parentheses."""
    return piece._replace(text=f"({piece.text})", kind=Kind.ORD)


class _Line:
    """One line being written."""

    def __init__(self, *, tight: bool) -> None:
        self._tight = tight
        self._depth = 0
        self._parts: list[str] = []
        self._last = _NOTHING
        self._end = ""
        self._gap = ""
        self._glue = False

    def write(self, pieces: Iterable[Piece]) -> str:
        for piece in pieces:
            if piece.kind is Kind.GLUE:
                self._glue = True
            elif piece.kind is Kind.SPACE:
                self._gap = max(self._gap, piece.text)
            elif piece.text or piece.low or piece.high or piece.kind is Kind.CLOSE:
                self._add(piece)
        return "".join(self._parts)

    def _add(self, piece: Piece) -> None:
        text = piece.written()
        if piece.kind is Kind.CLOSE:
            self._depth = max(0, self._depth - 1)
        if self._parts:
            self._parts.append(self._between(piece, text))
        self._parts.append(text)
        if piece.kind is Kind.OPEN:
            self._depth += 1
        self._last, self._end, self._gap, self._glue = piece, text, "", False

    def _between(self, piece: Piece, text: str) -> str:
        last, kind = self._last.kind, piece.kind
        loose = not self._tight and not self._depth
        if last is Kind.OPEN or kind in {Kind.CLOSE, Kind.PUNCT}:
            return ""
        if last is Kind.PUNCT:
            return self._gap or self._behind_mark(text, loose=loose)
        if last in _SPREAD or kind in _SPREAD:
            both = last is Kind.REL and kind is Kind.REL and not self._gap
            return self._gap or (" " if loose and not both else "")
        return self._gap or (" " if self._divided(piece, text) else "")

    def _behind_mark(self, text: str, *, loose: bool) -> str:
        """A comma between digits may be part of a number."""
        number = len(self._parts) > 1 and self._parts[-2][-1:].isdigit() and text[:1].isdigit()
        return " " if (self._glue and not self._tight) or (loose and not number) else ""

    def _divided(self, piece: Piece, text: str) -> bool:
        """Tell whether two pieces would be misread side by side."""
        last, kind = self._last.kind, piece.kind
        if kind is Kind.OP:
            return last is not Kind.OPEN and self._end not in _BARS
        if last is Kind.OP:
            return kind is not Kind.OPEN and text[:1] not in _CLOSED
        if last is Kind.BIG:
            return bool(self._last.low or self._last.high) or kind is Kind.FRAC
        start = text[:1]
        if start in RAISED_SIGNS and len(text) > 1 and start != "*":
            return self._end[-1:].isalnum()
        if not start.isalnum():
            return False
        if "√" in self._last.text and self._end[-1:].isalnum():
            return True
        return self._open_script() or self._words(piece)

    def _open_script(self) -> bool:
        """A letter behind ``_θ`` or behind a raised star would be taken for a part of it."""
        return not _MARKS.isdisjoint(self._end[-3:-1]) or self._last.high == "*"

    def _words(self, piece: Piece) -> bool:
        if not self._end[-1:].isalnum():
            return False
        kinds = {self._last.kind, piece.kind}
        if Kind.TEXT in kinds:
            return self._glue
        return Kind.WORD in kinds


# -- fractions and roots ----------------------------------------------------------------------------------------------

_DIFFERENTIALS = frozenset("d∂Dδ∇Δ")


def _spread(pieces: Sequence[Piece]) -> bool:
    """Tell whether something outside brackets would come apart beside a slash."""
    depth = 0
    for piece in pieces:
        depth += (piece.kind is Kind.OPEN) - (piece.kind is Kind.CLOSE)
        if not depth and (piece.kind in _LOOSE or " " in piece.text):
            return True
    return False


_LOOSE = frozenset((Kind.REL, Kind.BIN, Kind.PUNCT, Kind.OP, Kind.BIG, Kind.FRAC))


def _single(pieces: Sequence[Piece]) -> bool:
    """Tell whether pieces are one thing: a letter with its scripts, a number, a word."""
    if len(pieces) == 1:
        return pieces[0].kind is not Kind.FRAC and " " not in pieces[0].text
    texts = [piece.text for piece in pieces]
    bare = not any(piece.low or piece.high for piece in pieces[:-1])
    return bare and ("".join(texts).replace(".", "").isdigit() or (len(texts) > 2 and all(map(_latin, texts))))


def _latin(text: str) -> bool:
    return text.isascii() and text.isalpha()


def _bracket(pieces: Sequence[Piece]) -> bool:
    """Tell whether one pair of brackets holds all the pieces."""
    depth = 0
    for place, piece in enumerate(pieces):
        depth += (piece.kind is Kind.OPEN) - (piece.kind is Kind.CLOSE)
        if depth <= 0:
            return bool(place) and place == len(pieces) - 1
    return False


def _parted(text: str, *, whole: bool) -> str:
    return text if whole else f"({text})"


def fraction(above: Sequence[Piece], below: Sequence[Piece]) -> Piece:
    """Write a fraction on one line, with the parentheses that it needs."""
    over, under = _resolved(solid(above)), _resolved(solid(below))
    differential = len(under) == 2 and under[0].text in _DIFFERENTIALS and under[1].kind is Kind.ORD
    applied = len(under) > 2 and under[0].kind in {Kind.ORD, Kind.WORD} and _bracket(under[1:])
    top = _parted(join(above, tight=True), whole=not _spread(over))
    bottom = join(below, tight=True)
    if not bottom:
        return Piece(top)
    return Piece(
        f"{top}/{_parted(bottom, whole=_single(under) or differential or applied or _bracket(under))}", Kind.FRAC
    )


def binomial(above: Sequence[Piece], below: Sequence[Piece]) -> Piece:
    """Write a binomial coefficient as ``C(n,k)``."""
    return Piece(f"C({join(above, tight=True)},{join(below, tight=True)})")


def root(index: str, inside: Sequence[Piece]) -> Piece:
    """Write a root, its index before it."""
    pieces = solid(inside)
    text = join(inside, tight=True)
    return Piece(scripts("", index) + "√" + _parted(text, whole=_single(pieces) or _bracket(pieces) or not text))
