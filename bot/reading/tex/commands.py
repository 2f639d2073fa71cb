r"""The commands of TeX that take arguments, and what becomes of them on a line of text."""

from __future__ import annotations

import re
from collections.abc import Mapping

from bot.reading.tex.diagrams import ARROWS
from bot.reading.tex.layout import Piece, attached, binomial, fraction, join, root, solid
from bot.reading.tex.letters import ACCENTS, STYLES, SWITCHES, accented, negated, styled
from bot.reading.tex.packages import PACKAGES
from bot.reading.tex.reader import Command, Reader
from bot.reading.tex.rows import environment, on_lines, plain_lines, plain_matrix
from bot.reading.tex.symbols import Kind
from bot.reading.tex.units import UNITS

_VECTORS = frozenset(("vb", "va", "vu"))
_LINES = frozenset("\u0305\u0332\u0336\u0331")


_LONGEST_WORD = 60
_LONGEST_MARKED = 400
"""Characters that one accent may mark: several around each other would mark all of them again and again."""


def _fraction(reader: Reader, _name: str) -> list[Piece]:
    reader.tokens.option()
    return [fraction(reader.argument(), reader.argument())]


def _binomial(reader: Reader, _name: str) -> list[Piece]:
    return [binomial(reader.argument(), reader.argument())]


def _general_fraction(reader: Reader, _name: str) -> list[Piece]:
    """Read a fraction with its delimiters, the thickness of its line and its size."""
    delimiter = reader.tokens.text()
    for _ in range(3):
        reader.tokens.group()
    make = binomial if delimiter == "(" else fraction
    return [make(reader.argument(), reader.argument())]


def _root(reader: Reader, _name: str) -> list[Piece]:
    index = reader.option()
    return [root(index or "", reader.argument())]


def _styled(reader: Reader, name: str) -> list[Piece]:
    if name in _VECTORS:
        reader.tokens.star()
    pieces = reader.in_style(STYLES[name])
    if STYLES[name] != "plain" or len(pieces) > _LONGEST_WORD or any(piece.low or piece.high for piece in pieces):
        return pieces
    text = join(pieces, inner=True)
    return [Piece(text, Kind.WORD)] if len(text) > 1 and text.replace(" ", "").isalpha() else pieces


def _switch(reader: Reader, name: str) -> list[Piece]:
    reader.switch(SWITCHES[name])
    return []


def _accent(reader: Reader, name: str) -> list[Piece]:
    mark = ACCENTS[name]
    pieces = solid(reader.argument())
    if sum(len(piece.text) for piece in pieces) > _LONGEST_MARKED:
        return pieces
    if len(pieces) == 1:
        return [pieces[0]._replace(text=accented(pieces[0].text, mark))]
    return [
        piece._replace(text=accented(piece.text, mark)) if mark in _LINES or piece.text.isalnum() else piece
        for piece in pieces
    ]


def _text_pieces(text: str) -> list[Piece]:
    """Blanks at the edges of a text merge with those around it."""
    edge = Piece(" ", Kind.SPACE)
    found = [Piece(text.strip(), Kind.TEXT)]
    return [edge] * text[:1].isspace() + found + [edge] * text[-1:].isspace()


def _text(reader: Reader, name: str) -> list[Piece]:
    text = reader.text()
    return _text_pieces(styled(text, STYLES[name]) if name in STYLES else text)


def _operator(reader: Reader, _name: str) -> list[Piece]:
    reader.tokens.star()
    return [Piece(join(reader.in_style("plain"), inner=True), Kind.OP)]


def _math_operator(reader: Reader, _name: str) -> list[Piece]:
    pieces = reader.argument()
    text = join(pieces, inner=True)
    named = Kind.OP if len(text) > 1 else Kind.ORD
    return [Piece(text, named if text[:1].isalpha() else Kind.BIG)]


_KINDS = {
    "mathrel": Kind.REL,
    "mathbin": Kind.BIN,
    "mathord": Kind.ORD,
    "mathopen": Kind.OPEN,
    "mathclose": Kind.CLOSE,
    "mathpunct": Kind.PUNCT,
}


def _of_kind(reader: Reader, name: str) -> list[Piece]:
    return [Piece(reader.inline(), _KINDS[name])]


def _negation(reader: Reader, _name: str) -> list[Piece]:
    pieces = solid(reader.argument())
    return [pieces[0]._replace(text=negated(pieces[0].text)), *pieces[1:]] if pieces else []


def _delimited(reader: Reader, _name: str) -> list[Piece]:
    opening = reader.delimiter()[0]
    inside = reader.boxed("\\right")
    closing = reader.delimiter()[0] if reader.closed else ""
    parts = solid(inside)
    if opening == "{" and not closing and reader.closed and len(parts) == 1 and parts[0].kind is Kind.TEXT:
        closing = "}"
    if not opening:
        return [*inside, Piece(closing, Kind.ORD)]
    return [Piece(opening, Kind.OPEN), *inside, Piece(closing, Kind.CLOSE)]


def _right(reader: Reader, _name: str) -> list[Piece]:
    return [Piece(reader.delimiter()[0], Kind.CLOSE)]


def _middle(reader: Reader, _name: str) -> list[Piece]:
    return [Piece(reader.delimiter()[0])]


_SIDES = {"l": Kind.OPEN, "r": Kind.CLOSE, "m": Kind.REL}


def _big(reader: Reader, name: str) -> list[Piece]:
    text, kind = reader.delimiter()
    return [Piece(text, _SIDES.get(name[-1], kind))]


def _above(reader: Reader, _name: str) -> list[Piece]:
    text = reader.inline()
    return attached(reader.argument(), high=text)


def _below(reader: Reader, _name: str) -> list[Piece]:
    text = reader.inline()
    return attached(reader.argument(), low=text)


def _sides(reader: Reader, _name: str) -> list[Piece]:
    """Read what stands at the corners of a big operator, before and behind it."""
    before, behind = reader.argument(), reader.argument()
    return [*before, *reader.argument(), *behind]


def _brace(reader: Reader, _name: str) -> list[Piece]:
    """Show a brace only where something is written at it: then it holds its formula together."""
    pieces = reader.argument()
    return attached(pieces) if reader.tokens.peek() in {"_", "^"} else pieces


_XARROWS = {
    "xrightarrow": "→",
    "xleftarrow": "←",
    "xleftrightarrow": "↔",
    "xRightarrow": "⇒",
    "xLeftarrow": "⇐",
    "xLeftrightarrow": "⇔",
    "xmapsto": "↦",
    "xhookrightarrow": "↪",
    "xhookleftarrow": "↩",
    "xlongequal": "=",
    "xtwoheadrightarrow": "↠",
    "xrightleftharpoons": "⇌",
    "xtofrom": "⇄",
}


def _arrow(reader: Reader, name: str) -> list[Piece]:
    low = reader.option()
    return [Piece(_XARROWS[name], Kind.REL, low or "", reader.inline())]


def _substack(reader: Reader, _name: str) -> list[Piece]:
    return [Piece(on_lines(reader.argument(), separator=", ", inner=True))]


def _cancelled(reader: Reader, _name: str) -> list[Piece]:
    """Strike something through and say what becomes of it."""
    value = reader.inline()
    return attached(_accent(reader, "cancel"), high="→" + value)


def _tag(reader: Reader, _name: str) -> list[Piece]:
    star = reader.tokens.star()
    text = reader.text()
    return [Piece("  ", Kind.SPACE), Piece(text if star else f"({text})", Kind.TEXT)]


def _eqref(reader: Reader, _name: str) -> list[Piece]:
    return [Piece(f"({reader.tokens.text()})", Kind.TEXT)]


def _ref(reader: Reader, _name: str) -> list[Piece]:
    return [Piece(reader.tokens.text(), Kind.TEXT)]


def _row_of_text(reader: Reader, _name: str) -> list[Piece]:
    row = Piece("", Kind.ROW)
    return [row, *_text_pieces(reader.text()), row]


def _mod(reader: Reader, name: str) -> list[Piece]:
    text = reader.inline()
    inside = text if name == "pod" else "mod " + text
    return [Piece(" ", Kind.SPACE), Piece(inside if name == "mod" else f"({inside})", Kind.TEXT)]


def _length(reader: Reader, _name: str) -> list[Piece]:
    """Skip a length: in braces, or a number and a unit of two letters."""
    reader.tokens.star()
    while (item := reader.tokens.peek()) is not None and item in "-+.0123456789":
        reader.tokens.raw()
    if re.fullmatch("pt|em|ex|mu|cm|mm|in|bp|pc|sp", reader.tokens.ahead(2)):
        reader.tokens.raw()
        reader.tokens.raw()
    elif item == "{":
        reader.tokens.group()
    return [Piece(" ", Kind.SPACE)]


_TEXTS = (
    *("text", "textrm", "textit", "textnormal", "textup", "textmd", "textsl", "textsc", "textbf", "texttt", "textsf"),
    *("mbox", "hbox", "emph", "fbox", "verb", "makebox", "framebox"),
)


def _transparent(reader: Reader, _name: str) -> list[Piece]:
    reader.tokens.option()
    return reader.argument()


_OVERLAPS = (
    *("boxed", "smash", "mathinner", "mathclap", "mathllap", "mathrlap", "clap", "llap", "rlap"),
    *("mathsmaller", "mathlarger", "bbox"),
)

COMMANDS: Mapping[str, Command] = {
    **PACKAGES,
    **UNITS,
    **ARROWS,
    **dict.fromkeys(STYLES, _styled),
    **dict.fromkeys(SWITCHES, _switch),
    **dict.fromkeys(ACCENTS, _accent),
    **dict.fromkeys(_TEXTS, _text),
    **dict.fromkeys(("frac", "dfrac", "tfrac", "cfrac", "sfrac", "nicefrac", "flatfrac"), _fraction),
    **dict.fromkeys(("binom", "dbinom", "tbinom"), _binomial),
    **dict.fromkeys(_KINDS, _of_kind),
    **dict.fromkeys(_XARROWS, _arrow),
    **dict.fromkeys((size + side for size in ("big", "Big", "bigg", "Bigg") for side in ("", "l", "r", "m")), _big),
    **dict.fromkeys(("overset", "stackrel", "overunderset"), _above),
    **dict.fromkeys(("underbrace", "overbrace", "underbracket", "overbracket"), _brace),
    **dict.fromkeys(("matrix", "pmatrix", "cases", "xymatrix"), plain_matrix),
    **dict.fromkeys(("ref", "autoref", "cref", "Cref", "cite", "url"), _ref),
    **dict.fromkeys(("intertext", "shortintertext"), _row_of_text),
    **dict.fromkeys(("mod", "pmod", "pod"), _mod),
    **dict.fromkeys(("kern", "mkern", "hskip", "mskip", "hspace", "mspace", "raise", "lower"), _length),
    **dict.fromkeys(_OVERLAPS, _transparent),
    **dict.fromkeys(("eqalign", "eqalignno", "displaylines"), plain_lines),
    "genfrac": _general_fraction,
    "sideset": _sides,
    "sqrt": _root,
    "operatorname": _operator,
    "operatornamewithlimits": _operator,
    "mathop": _math_operator,
    **dict.fromkeys(("not", "slashed"), _negation),
    "cancelto": _cancelled,
    "left": _delimited,
    "right": _right,
    "middle": _middle,
    "underset": _below,
    "substack": _substack,
    "begin": environment,
    "tag": _tag,
    "eqref": _eqref,
}
"""A command's name to what writes it."""
