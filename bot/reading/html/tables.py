"""Tables in HTML: those that hold data, and those that only place things on a page."""

from __future__ import annotations

from collections.abc import Callable

from selectolax.lexbor import LexborNode

from bot.reading.doc import Block, Break, Heading, Image, Inline, InlineImage, Math, MathBlock, Paragraph, Table, Text
from bot.reading.said import lines

_ROWS = 200
_CELLS = 20
_LAYOUT = "pre, table table, ul, ol, blockquote, figure, h1, h2, h3, h4, p + p, div + div"

Cell = tuple[Inline, ...]


def is_layout(table: LexborNode) -> bool:
    """Tell whether a table is there to place what is in it, not to compare it."""
    if table.css_first(_LAYOUT) is not None:
        return True
    return all(len(_cells(row)) <= 1 for row in table.css("tr")[:_ROWS])


def _cells(row: LexborNode) -> list[LexborNode]:
    return [cell for cell in row.iter() if cell.tag in ("td", "th")]


def table_of(node: LexborNode, read: Callable[[LexborNode], list[Block]]) -> Table | None:
    """Read a table's rows, at most 200 of 20 cells; ``read`` reads a cell. None where nothing is in it."""
    rows: list[tuple[Cell, ...]] = []
    header = False
    for row in node.css("tr")[:_ROWS]:
        nodes = _cells(row)[:_CELLS]
        cells = tuple(_inlines(read(cell)) for cell in nodes)
        if any(cells):
            header = header or (not rows and all(cell.tag == "th" for cell in nodes))
            rows.append(cells)
    return Table(tuple(rows), header) if rows else None


def _inlines(blocks: list[Block]) -> Cell:
    """Write what is in a cell as one run of inlines."""
    out: list[Inline] = []
    for block in blocks:
        if out:
            out.append(Break())
        out += _inline(block)
    return tuple(out)


def _inline(block: Block) -> Cell:
    match block:
        case Paragraph(children) | Heading(_, children):
            return children
        case MathBlock(tex):
            return (Math(tex),)
        case Image(src, alt):
            return (InlineImage(src, alt),)
        case _:
            return (Text(" ".join(lines((block,)))),)
