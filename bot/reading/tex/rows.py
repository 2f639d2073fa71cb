r"""Environments: rows on lines, or in one line where they stand inside something else.

``aligned`` and its kin give a line for each row, at the top of a formula; inside brackets, cells and fractions the rows
follow one another behind ``; ``. A matrix is written in one line, ``[a b; c d]``, its cells divided by commas where one
of them holds a blank. Cases are ``{x, x≥0; −x, x<0}``.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.reading.tex.diagrams import DIAGRAMS, with_arrows
from bot.reading.tex.layout import Piece, join, solid
from bot.reading.tex.reader import Reader
from bot.reading.tex.symbols import Kind

_BRACKETS = {
    "pmatrix": "()",
    "psmallmatrix": "()",
    "bmatrix": "[]",
    "bsmallmatrix": "[]",
    "Bmatrix": "{}",
    "Bsmallmatrix": "{}",
    "vmatrix": "||",
    "vsmallmatrix": "||",
    "Vmatrix": "‖‖",
    "Vsmallmatrix": "‖‖",
}
_ARRAYS = frozenset(("array", "darray", "matrix", "tabular", "subarray")) | DIAGRAMS
_CASES = frozenset(("cases", "dcases", "numcases", "subnumcases"))
_CLOSING = frozenset(("rcases", "drcases"))
_WITH_ARGUMENT = frozenset(("array", "darray", "tabular", "subarray", "alignat", "alignedat", "xalignat", "minipage"))
_BLANK, _WIDE = Piece(" ", Kind.SPACE), Piece("  ", Kind.SPACE)

Rows = list[list[list[Piece]]]


def _table(pieces: Sequence[Piece]) -> Rows:
    """Divide pieces into rows and these into cells; empty rows are left out."""
    rows: Rows = [[[]]]
    for piece in pieces:
        if piece.kind is Kind.ROW:
            rows.append([[]])
        elif piece.kind is Kind.CELL:
            rows[-1].append([])
        else:
            rows[-1][-1].append(piece)
    return [row for row in rows if any(map(solid, row))]


def on_lines(pieces: Sequence[Piece], *, separator: str = "\n", inner: bool = False, table: bool = False) -> str:
    """Write rows on lines; an ``&`` shows where it divides the cells of a table or two equations of an alignment."""
    return separator.join(join(_row(row, table=table), inner=inner) for row in _table(pieces))


def _row(cells: list[list[Piece]], *, table: bool) -> list[Piece]:
    line: list[Piece] = []
    for place, cell in enumerate(cells):
        if table and place:
            line.append(_BLANK)
        elif place and not place % 2 and not _relation(cells[place - 1]):
            line.append(_WIDE)
        line += cell
    return line


def _relation(cell: list[Piece]) -> bool:
    """Tell whether a cell holds a relation alone: three columns around ``=`` are one equation."""
    pieces = solid(cell)
    return len(pieces) == 1 and pieces[0].kind is Kind.REL


def grid(pieces: Sequence[Piece]) -> str:
    """Write a matrix's rows in one line."""
    rows = [[join(cell, inner=True).strip() for cell in row] for row in _table(pieces)]
    if not any(" " in cell or "," in cell for row in rows for cell in row):
        return "; ".join(" ".join(row).strip() for row in rows)
    return "; ".join(", ".join(filter(None, (cell.rstrip(",，") for cell in row))) for row in rows)


def cases(pieces: Sequence[Piece]) -> str:
    """Write cases in one line, value and condition divided by a comma."""
    rows = ([join(cell, inner=True).strip().rstrip(",，") for cell in row] for row in _table(pieces))
    return "; ".join(", ".join(filter(None, row)).rstrip(";；,.") for row in rows)


def environment(reader: Reader, _name: str) -> list[Piece]:
    r"""Read from ``\begin`` to its ``\end``."""
    name = reader.tokens.text().strip().rstrip("*")
    reader.tokens.option()
    if name in _WITH_ARGUMENT:
        reader.tokens.group()
    if name == "CD":
        with_arrows(reader)
    brackets = _BRACKETS.get(name)
    if name in _CLOSING:
        out = [Piece(cases(reader.boxed("\\end")), Kind.TEXT), Piece("}", Kind.CLOSE)]
    elif name == "smallmatrix":
        out = [Piece(grid(reader.boxed("\\end")), Kind.TEXT)]
    elif brackets or name in _CASES:
        inside = reader.boxed("\\end")
        out = _enclosed(brackets, grid(inside)) if brackets else _enclosed("{}", cases(inside))
    else:
        top = reader.top
        inside = reader.pieces("\\end") if top else reader.boxed("\\end")
        out = _in_rows(inside, top=top, table=name in _ARRAYS)
    if reader.closed:
        reader.tokens.group()
    return out


def _enclosed(brackets: str, text: str) -> list[Piece]:
    return [Piece(brackets[0], Kind.OPEN), Piece(text, Kind.TEXT), Piece(brackets[1], Kind.CLOSE)]


def _in_rows(pieces: list[Piece], *, top: bool, table: bool) -> list[Piece]:
    """Write rows on lines at the ``top`` of a formula, in one line elsewhere."""
    found = _table(pieces)
    if len(found) == 1 and not table:
        return _row(found[0], table=False)
    if top:
        return [Piece(on_lines(pieces, table=table), Kind.TEXT)]
    return [Piece(grid(pieces) if table else on_lines(pieces, separator="; ", inner=True), Kind.TEXT)]


def plain_matrix(reader: Reader, name: str) -> list[Piece]:
    r"""Read plain TeX's ``\matrix{…}`` and its kin, in one line."""
    pieces = reader.argument()
    if name == "cases":
        return [Piece("{", Kind.OPEN), Piece(cases(pieces), Kind.TEXT), Piece("}", Kind.CLOSE)]
    brackets = [Piece("(", Kind.OPEN), Piece(")", Kind.CLOSE)] if name == "pmatrix" else [Piece(""), Piece("")]
    return [brackets[0], Piece(grid(pieces), Kind.TEXT), brackets[1]]


def plain_lines(reader: Reader, _name: str) -> list[Piece]:
    r"""Read plain TeX's ``\eqalign{…}``: rows on lines."""
    return _in_rows(reader.argument(), top=reader.top, table=False)
