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


_CHEMICAL = (
    (re.compile(r"<=+>|<-+>"), " ⇌ "),
    (re.compile(r"-+>"), " → "),
    (re.compile(r"<-+"), " ← "),
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


_DERIVATIVE_WORK = 3
"""It makes a fraction of one token."""


def _derivative(sign: str) -> Command:
    def derivative(reader: Reader, _name: str) -> list[Piece]:
        reader.tokens.spend(_DERIVATIVE_WORK)
        reader.tokens.star()
        order = reader.option() or ""
        first = reader.argument()
        d, power = Piece(sign), Piece(sign, high=order)
        if not reader.tokens.braced():
            return [fraction([power], [d, *attached(first, high=order)])]
        return [fraction([power, *first], [d, *attached(reader.argument(), high=order)])]

    return derivative


def _differential(reader: Reader, _name: str) -> list[Piece]:
    return [Piece("d"), *reader.argument()]


PACKAGES: Mapping[str, Command] = {
    "bra": _bra,
    "ket": _ket,
    **dict.fromkeys(("braket", "ev", "expval"), _pair("⟨⟩")),
    "abs": _pair("||"),
    "norm": _pair("‖‖"),
    "ceil": _pair("⌈⌉"),
    "floor": _pair("⌊⌋"),
    **dict.fromkeys(("set", "Set"), _pair("{}")),
    "dv": _derivative("d"),
    "pdv": _derivative("∂"),
    "dd": _differential,
    "ce": _chemistry,
}
"""A command's name to what writes it."""
