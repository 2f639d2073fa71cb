"""Pieces of a formula set on one line: spaces, parentheses, scripts, fractions.

One rule for spaces: relations and binary operations stand between blanks at the top of a formula, and close up inside
parentheses and scripts, as in ``𝐱ₜ = (1−t)𝐱₀ + tε``. A comma is followed by a blank at the top, elsewhere only where
its author left one. Names of functions are set apart from letters everywhere: ``log p(x)``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from bot.reading.tex.letters import RAISED_SIGNS, scripts
from bot.reading.tex.symbols import Kind


class Piece(NamedTuple):
    """A part of a formula that is not divided further, with what is written below and above it."""

    text: str
    kind: Kind = Kind.ORD
    low: str = ""
    high: str = ""

    @property
    def scripted(self) -> bool:
        """Whether something is written below or above it."""
        return bool(self.low or self.high)

    def written(self) -> str:
        """Give the piece with its scripts."""
        return self.text + scripts(self.low, self.high) if self.scripted else self.text


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
_CLOSED = frozenset("(!,.;?…⋯")
_SIGNS = frozenset("+−±∓")
_APART = _SIGNS | frozenset("!,.;?…⋯:，。；、") | {""}
_EDGE = Piece("", Kind.ROW)


def solid(pieces: Iterable[Piece]) -> list[Piece]:
    """Leave out the white space of the source and the spaces."""
    return [piece for piece in pieces if piece.kind not in _SOFT]


def join(pieces: Sequence[Piece], *, script: bool = False, inner: bool = False) -> str:
    """Write pieces on one line; ``inner`` where they stand in brackets or in a fraction, ``script`` in a script."""
    if len(pieces) == 1:
        return pieces[0].written() if pieces[0].kind not in _SOFT else ""
    found = _resolved(pieces)
    return _Line([False] * len(found) if script else _airy(found, inner=inner), script=script).write(found)


def _airy(pieces: Sequence[Piece], *, inner: bool) -> list[bool]:
    """Tell for each piece whether operations around it stand between blanks.

    They do at the top, and in brackets which hold blanks anyway: ``(n log n + m)``, but ``(n+m)``.
    """
    regions, airy, stack = [], [not inner], [0]
    for piece in pieces:
        if piece.kind is Kind.CLOSE and len(stack) > 1:
            stack.pop()
        regions.append(stack[-1])
        if piece.kind is Kind.OP or (piece.kind is Kind.BIG and piece.scripted):
            airy[stack[-1]] = True
        elif piece.kind is Kind.OPEN:
            stack.append(len(airy))
            airy.append(False)
    return [airy[region] for region in regions]


def _resolved(pieces: Sequence[Piece]) -> list[Piece]:
    """Tell signs from operations and norms from two bars, and put fractions beside a factor into parentheses."""
    found = list(pieces)
    places = [place for place, piece in enumerate(found) if piece.kind not in _SOFT or len(piece.text) > 1]
    before, bars = _EDGE, [0]
    for index, place in enumerate(places):
        piece = found[place]
        after = found[places[index + 1]] if index + 1 < len(places) else _EDGE
        if piece.kind is Kind.BIN and (before.kind in _BEFORE_SIGN or after.kind in _AFTER_SIGN):
            found[place] = piece._replace(kind=Kind.ORD)
        elif piece.kind is Kind.FRAC and (_ends_factor(before, bars[-1]) or _starts_factor(after, bars[-1])):
            found[place] = bracketed(piece)
        elif piece.text == "||" and not bars[-1] % 2:
            found[place] = piece._replace(text="‖")
        _count_bars(bars, piece)
        before = found[place]
    return found


def _count_bars(bars: list[int], piece: Piece) -> None:
    """Count the bars in each pair of brackets: behind an odd number, ``||`` ends one thing and starts another."""
    if piece.kind is Kind.OPEN:
        bars.append(0)
    elif piece.kind is Kind.CLOSE and len(bars) > 1:
        bars.pop()
    elif piece.text in _BARS and piece.kind is Kind.ORD:
        bars[-1] += 1


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

    def __init__(self, airy: Sequence[bool], *, script: bool) -> None:
        self._airy = airy
        self._script = script
        self._parts: list[str] = []
        self._last = _NOTHING
        self._before = self._end = ""
        self._gap = ""
        self._glue = False

    def write(self, pieces: Iterable[Piece]) -> str:
        for place, piece in enumerate(pieces):
            if piece.kind is Kind.GLUE:
                self._glue = True
            elif piece.kind is Kind.SPACE:
                self._gap = max(self._gap, piece.text)
            elif piece.text or piece.scripted:
                text = piece.written()
                if self._parts:
                    self._parts.append(self._between(piece, text, loose=self._airy[place]))
                self._parts.append(text)
                self._last, self._before, self._end, self._gap, self._glue = piece, self._end, text, "", False
        return "".join(self._parts)

    def _between(self, piece: Piece, text: str, *, loose: bool) -> str:
        last, kind = self._last.kind, piece.kind
        if last is Kind.OPEN or kind is Kind.CLOSE or kind is Kind.PUNCT:
            return ""
        if last is Kind.PUNCT:
            blank = self._behind_mark(text, loose=loose)
        elif last in _SPREAD or kind in _SPREAD:
            named = (self._last.text if last in _SPREAD else piece.text).isalpha()  # ``mod`` would run into letters
            blank = (loose or named) and not (last is Kind.REL and kind is Kind.REL)
        else:
            blank = self._divided(piece, text)
        return self._gap or " " * blank

    def _behind_mark(self, text: str, *, loose: bool) -> bool:
        """Tell whether a blank follows a comma; between digits it may be part of a number."""
        number = self._before[-1:].isdigit() and text[:1].isdigit()
        return (self._glue and not self._script) or (loose and not number)

    def _divided(self, piece: Piece, text: str) -> bool:
        """Tell whether two pieces would be misread side by side."""
        last, kind = self._last.kind, piece.kind
        if self._last.text in _SIGNS:
            return False
        if kind is Kind.OP or (kind is Kind.BIG and piece.scripted):
            return self._end not in _BARS
        if last is Kind.OP:
            return kind is Kind.FRAC or (kind is not Kind.OPEN and text[:1] not in _CLOSED)
        if last is Kind.BIG:
            return self._last.scripted or kind is Kind.FRAC
        return self._merges(piece, text)

    def _merges(self, piece: Piece, text: str) -> bool:
        """Tell whether a piece would run into the letter, number or script before it."""
        start, ended = text[:1], self._end[-1:].isalnum()
        if start in RAISED_SIGNS and len(text) > 1 and start != "*":
            return ended
        if not start.isalnum():
            return False
        root = ended and "√" in self._last.text
        return root or self._open_script() or (ended and self._words(piece))

    def _open_script(self) -> bool:
        """Tell whether ``_θ`` or a raised star stands before, to which a letter would seem to belong."""
        return not _MARKS.isdisjoint(self._end[-3:-1]) or self._last.high == "*"

    def _words(self, piece: Piece) -> bool:
        kinds = {self._last.kind, piece.kind}
        return self._glue if Kind.TEXT in kinds else Kind.WORD in kinds


# -- fractions and roots ----------------------------------------------------------------------------------------------

_WORD = 3
"""So many letters in a row are read as a word, not as a product."""
_DIFFERENTIALS = frozenset("d∂Dδ∇Δ")


def _spread(pieces: Sequence[Piece]) -> bool:
    """Tell whether something outside brackets would come apart beside a slash."""
    depth = 0
    for place, piece in enumerate(pieces):
        depth += (piece.kind is Kind.OPEN) - (piece.kind is Kind.CLOSE)
        applied = piece.kind is Kind.OP and pieces[place + 1 : place + 2] and pieces[place + 1].kind is Kind.OPEN
        if not depth and not applied and (piece.kind in _LOOSE or " " in piece.text):
            return True
    return False


_LOOSE = frozenset((Kind.REL, Kind.BIN, Kind.PUNCT, Kind.OP, Kind.BIG, Kind.FRAC))


def _single(pieces: Sequence[Piece]) -> bool:
    """Tell whether pieces are one thing: a letter with its scripts, a number, a word, a norm."""
    if len(pieces) <= 1:
        return not pieces or (pieces[0].kind is not Kind.FRAC and " " not in pieces[0].text)
    texts = [piece.text for piece in pieces]
    if texts[0] in _BARS and texts[-1] == texts[0]:
        return not any(text[:1] in _BARS for text in texts[1:-1])
    bare = not any(piece.scripted for piece in pieces[:-1])
    return bare and ("".join(texts).replace(".", "").isdigit() or (len(texts) >= _WORD and all(map(_latin, texts))))


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


def _closed(pieces: Sequence[Piece]) -> bool:
    """Tell whether pieces need no parentheses behind a slash: ``p(x)`` and ``∂x`` need none, ``2x`` does."""
    found = list(pieces)
    while len(found) > 1 and found[-1].text == "!":
        found.pop()
    if _single(found) or _bracket(found):
        return True
    first, rest = found[0], found[1:]
    if first.kind not in {Kind.ORD, Kind.WORD, Kind.OP} or first.text[:1].isdigit():
        return False
    differential = first.text in _DIFFERENTIALS and len(rest) == 1 and rest[0].kind is Kind.ORD
    return differential or (_bracket(rest) and all(piece.kind is not Kind.BIN for piece in rest))


def _parted(text: str, *, whole: bool) -> str:
    return text if whole else f"({text})"


def fraction(above: Sequence[Piece], below: Sequence[Piece]) -> Piece:
    """Write a fraction on one line, with the parentheses that it needs."""
    over, under = _resolved(solid(above)), _resolved(solid(below))
    top = _parted(join(above, inner=True), whole=not _spread(over))
    bottom = join(below, inner=True)
    return Piece(f"{top}/{_parted(bottom, whole=_closed(under))}", Kind.FRAC) if bottom else Piece(top)


def binomial(above: Sequence[Piece], below: Sequence[Piece]) -> Piece:
    """Write a binomial coefficient as ``C(n,k)``."""
    return Piece(f"C({join(above, inner=True)},{join(below, inner=True)})")


def root(index: str, inside: Sequence[Piece]) -> Piece:
    """Write a root, its index before it."""
    pieces = solid(inside)
    text = join(inside, inner=True)
    return Piece(scripts("", index) + "√" + _parted(text, whole=_single(pieces) or _bracket(pieces) or not text))


def attached(pieces: Sequence[Piece], *, low: str = "", high: str = "") -> list[Piece]:
    """Set something above or below a base, which is put into parentheses where it has several parts."""
    parts = solid(pieces)
    base = parts[0] if len(parts) == 1 else Piece(f"({join(pieces, inner=True)})" if parts else "")
    return [base._replace(low=base.low + low, high=base.high + high)]
