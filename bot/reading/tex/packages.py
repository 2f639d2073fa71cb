r"""Commands of widely used packages beyond TeX's own maths: physics, braket, mathtools' delimiters, mhchem."""

from __future__ import annotations

import re
from collections.abc import Mapping

from bot.reading.tex.layout import Piece, attached, fraction, join
from bot.reading.tex.reader import Command, Reader
from bot.reading.tex.symbols import Kind
from bot.reading.tex.tokens import tokenize


def _pair(brackets: str) -> Command:
    def enclosed(reader: Reader, _name: str) -> list[Piece]:
        reader.tokens.star()
        return [Piece(brackets[0], Kind.OPEN), *reader.argument(), Piece(brackets[-1], Kind.CLOSE)]

    return enclosed


def _bra(reader: Reader, _name: str) -> list[Piece]:
    return [Piece("⟨", Kind.OPEN), *reader.argument(), Piece("|", Kind.CLOSE)]


def _ket(reader: Reader, _name: str) -> list[Piece]:
    return [Piece("|", Kind.OPEN), *reader.argument(), Piece("⟩", Kind.CLOSE)]


def _others(reader: Reader, most: int) -> list[list[Piece]]:
    """Read the arguments in braces that follow at once."""
    found: list[list[Piece]] = []
    while len(found) < most and reader.tokens.braced():
        found.append(reader.argument())
    return found


def _enclosed(*parts: list[Piece], by: str = "⟨⟩", between: str = "|") -> list[Piece]:
    inside = between.join(join(part, inner=True) for part in parts)
    return [Piece(by[0], Kind.OPEN), Piece(inside), Piece(by[-1], Kind.CLOSE)]


_LONGEST_AGAIN = 60
_OUTER_WORK = 4
"""It makes six pieces of one token."""


def _again(pieces: list[Piece]) -> list[Piece]:
    """Write a state once more; a long one is not, since states inside states would double at every level."""
    return [Piece("…")] if sum(len(piece.text) for piece in pieces) > _LONGEST_AGAIN else pieces


def _product(reader: Reader, _name: str) -> list[Piece]:
    reader.tokens.star()
    return _enclosed(reader.argument(), *_others(reader, 1))


def _expectation(reader: Reader, _name: str) -> list[Piece]:
    reader.tokens.star()
    operator, state = reader.argument(), _others(reader, 1)
    return _enclosed(*map(_again, state), operator, *state)


def _element(reader: Reader, _name: str) -> list[Piece]:
    reader.tokens.star()
    return _enclosed(reader.argument(), *_others(reader, 2))


def _outer(reader: Reader, _name: str) -> list[Piece]:
    reader.tokens.spend(_OUTER_WORK)
    reader.tokens.star()
    first = reader.argument()
    second = [*_others(reader, 1), _again(first)][0]
    return [*_enclosed(first, by="|⟩"), *_enclosed(second, by="⟨|")]


def _bracketed(brackets: str) -> Command:
    """Write a commutator or a bracket of two."""

    def bracketed(reader: Reader, _name: str) -> list[Piece]:
        reader.tokens.star()
        return _enclosed(reader.argument(), *_others(reader, 1), by=brackets, between=", ")

    return bracketed


def _order(reader: Reader, _name: str) -> list[Piece]:
    reader.tokens.star()
    return [Piece("𝒪"), Piece("(", Kind.OPEN), *reader.argument(), Piece(")", Kind.CLOSE)]


def _evaluated(reader: Reader, _name: str) -> list[Piece]:
    reader.tokens.star()
    return [*reader.argument(), Piece("|")]


def _before(reader: Reader, _name: str) -> list[Piece]:
    """Write the numbers before an element's sign."""
    high, low = reader.inline(), reader.inline()
    return [Piece("", low=low, high=high), Piece(reader.inline())]


_CHEMICAL = (
    (re.compile(r"<=+>|<-+>"), " ⇌ "),
    (re.compile(r"-+>"), " → "),
    (re.compile(r"<-+"), " ← "),
    (re.compile(r"(?<=[\w)\]])([-=])(?=[A-Z(])"), r"{\1}"),
    (re.compile(r"(?<=[A-Za-z)\]])(\d+)"), r"_{\1}"),
    (re.compile(r"(?<=[A-Za-z)\]}])([+-])(?=\s|$)"), r"^{\1}"),
    (re.compile(r"\^(\d*[+-])"), r"^{\1}"),
    (re.compile(r"\s+"), "~"),
)


def _chemistry(reader: Reader, _name: str) -> list[Piece]:
    r"""Formulas of chemistry, as mhchem's ``\ce`` takes them: a number behind a letter or a bracket counts atoms."""
    # One inside another would read its text once a level.
    text = "".join(item for item in reader.tokens.group() if item != "\\ce")
    for pattern, sign in _CHEMICAL:
        text = pattern.sub(sign, text)
    reader.tokens.back(*tokenize(text), "}")
    return [Piece(join(reader.pieces("}")), Kind.TEXT)]


_DERIVATIVE_WORK = 8
"""It makes a fraction of one token."""


def _derivative(sign: str) -> Command:
    def derivative(reader: Reader, _name: str) -> list[Piece]:
        reader.tokens.spend(_DERIVATIVE_WORK)
        reader.tokens.star()
        order = reader.option() or ""
        first = reader.argument()
        d, power = Piece(sign), Piece(sign, high=order)
        variables = _others(reader, 2)
        if not variables:
            return [fraction([power], [d, *attached(first, high=order)])]
        if len(variables) > 1:
            power = Piece(sign, high="2")
            return [fraction([power, *first], [piece for each in variables for piece in (d, *attached(each))])]
        return [fraction([power, *first], [d, *attached(variables[0], high=order)])]

    return derivative


def _differential(reader: Reader, _name: str) -> list[Piece]:
    return [Piece("d", high=reader.option() or ""), *reader.argument()]


PACKAGES: Mapping[str, Command] = {
    "bra": _bra,
    "ket": _ket,
    **dict.fromkeys(("braket", "ip", "innerproduct"), _product),
    **dict.fromkeys(("ev", "expval", "expectationvalue"), _expectation),
    **dict.fromkeys(("mel", "matrixel", "matrixelement"), _element),
    **dict.fromkeys(("ketbra", "dyad", "outerproduct"), _outer),
    **dict.fromkeys(("comm", "commutator"), _bracketed("[]")),
    **dict.fromkeys(("acomm", "anticommutator", "pb", "poissonbracket"), _bracketed("{}")),
    "order": _order,
    "eval": _evaluated,
    "prescript": _before,
    "abs": _pair("||"),
    "norm": _pair("‖‖"),
    "ceil": _pair("⌈⌉"),
    "floor": _pair("⌊⌋"),
    **dict.fromkeys(("set", "Set"), _pair("{}")),
    "dv": _derivative("d"),
    "pdv": _derivative("∂"),
    "fdv": _derivative("δ"),
    "dd": _differential,
    "ce": _chemistry,
}
"""A command's name to what writes it."""
