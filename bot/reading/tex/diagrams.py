r"""Diagrams of objects and arrows, ``tikzcd``, ``CD`` and ``\xymatrix``: each arrow stands behind what it leaves."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from bot.reading.patterns import rare
from bot.reading.tex.layout import Piece, join
from bot.reading.tex.reader import Command, Reader
from bot.reading.tex.symbols import Kind
from bot.reading.tex.tokens import tokenize

DIAGRAMS: Final = frozenset(("tikzcd", "CD"))
"""Environments whose rows are read as those of a table."""

_SIGNS = {
    "r": "→", "l": "←", "d": "↓", "u": "↑", "dr": "↘", "ru": "↗", "dl": "↙", "lu": "↖",
}  # fmt: skip
_DIRECTION = re.compile(r"\s*([rlud]{1,8})\s*(?:,|$)")
_LABEL = re.compile(r'"\{?([^"]{0,80}?)\}?"')
_SIDES = rare(r"@(?:>([^>]*)>([^>]*)>|<([^<]*)<([^<]*)<|V([^V]*)V([^V]*)V|A([^A]*)A([^A]*)A|(=)|(\\\||\|)|\.)")
_SIDEWAYS = ("\\rightarrow", "\\leftarrow", "\\downarrow", "\\uparrow")


def _arrow(reader: Reader, _name: str) -> list[Piece]:
    """Read an arrow with its direction and label."""
    option = "".join(reader.tokens.option() or ())
    direction = _DIRECTION.match(option)
    sign = _SIGNS.get("".join(sorted(set(direction[1]))) if direction else "r", "→")
    label = _LABEL.search(option)
    if label is None:
        return [Piece(sign, Kind.REL)]
    tokens = tokenize(label[1])
    reader.tokens.back(*tokens, "}")
    return [Piece(sign, Kind.REL, "", join(reader.pieces("}"), script=True))]


def with_arrows(reader: Reader) -> None:
    r"""Rewrite the arrows of a ``CD`` that opens right here: ``@>f>>`` points right, ``@VVgV`` down."""
    inside: list[str] = []
    while (item := reader.tokens.raw()) is not None and item != "\\end":
        inside.append(item)
    reader.tokens.spend(len(inside))
    reader.tokens.back(*tokenize(_SIDES.sub(_pointed, "".join(inside))), *(("\\end",) if item else ()))


def _pointed(arrow: re.Match[str]) -> str:
    for side, command in enumerate(_SIDEWAYS):
        above, below = arrow[2 * side + 1], arrow[2 * side + 2]
        if above is not None:
            return f" {command} " + (f"^{{{above}}}" if above else "") + (f"_{{{below}}}" if below else "")
    return "=" if arrow[9] else "\\|" if arrow[10] else ""


ARROWS: Mapping[str, Command] = dict.fromkeys(("arrow", "ar"), _arrow)
"""A command's name to what writes it."""
