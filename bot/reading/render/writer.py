"""A Doc flattened into text with styled ranges that a dialect can show: lists, tables and formulas written out."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable
from itertools import pairwise

from bot.reading.doc import (
    Block,
    Break,
    CodeBlock,
    CodeSpan,
    Doc,
    Heading,
    Image,
    Inline,
    InlineImage,
    Link,
    Listing,
    Math,
    MathBlock,
    Paragraph,
    Quote,
    Styled,
    Table,
    Text,
)
from bot.reading.render.flat import Flat, Span, Style, part
from bot.reading.render.markup import Dialect
from bot.reading.tex.letters import scripts
from bot.reading.text import columns, formula, inline_formula, inline_text

_STYLES: dict[str, Style] = {
    "bold": "bold",
    "italic": "italic",
    "underline": "underline",
    "strike": "strike",
    "mark": "bold",
    "spoiler": "spoiler",
}
_BULLETS = ("•", "◦", "▪")
_INDENT = "  "
_INDEX = re.compile(r"[\w+\-−=(),.*†‡/∞\u0370-\u03ff]{1,12}", re.ASCII)
"""What is an index when it is raised or lowered; a footnote's ``[1]`` or a sentence in small print is not."""

_PROSE = 40
"""Characters from which a paragraph counts as prose that wants air around it."""


class _Writer:
    """Collects text and ranges while it walks over a Doc."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._out: list[str] = []
        self._length = 0
        self._at_line_start = True
        self._spans: list[Span] = []
        self._atoms: list[tuple[int, int]] = []
        self._open: set[Style] = set()
        self._in_row = False
        self._depth = 0
        """How many styles were open around the last range."""

    def flat(self) -> Flat:
        text = "".join(self._out)
        spans = sorted(_tidy(self._spans, text), key=lambda span: (span.start, -span.end))
        flat = Flat(text, tuple(spans), tuple(self._atoms))
        return flat if text == text.strip() else part(flat, 0, len(text))

    def put(self, text: str) -> None:
        if text:
            self._out.append(text)
            self._length += len(text)
            self._at_line_start = text.endswith("\n")

    def _mark(self, style: Style, write: Callable[[], None], value: str = "") -> None:
        if style in self._open or style not in self._dialect.styles:
            write()
            return
        before = self._spans[-1] if self._spans else None
        place, depth, start = len(self._spans) - 1, len(self._open), self._length
        self._open.add(style)
        write()
        self._open.remove(style)
        if self._length == start:
            return
        if before and (before.style, before.value, before.end) == (style, value, start) and self._depth == depth:
            # Two runs side by side are one: Markdown reads ``a````b`` and ``**a****b**`` as something else.
            self._spans[place] = Span(before.start, self._length, style, value)
        else:
            self._spans.append(Span(start, self._length, style, value))
        self._depth = depth

    # -- inlines ------------------------------------------------------------------------------------------------------

    def inlines(self, children: Iterable[Inline]) -> None:
        for node in children:
            self._inline(node)

    def _inline(self, node: Inline) -> None:
        match node:
            case Text(text):
                self.put(text)
            case Break():
                self.put(" " if self._in_row else "\n")
            case Math(tex):
                self._formula(inline_formula(tex))
            case CodeSpan(text):
                self._code(text)
            case InlineImage(_, alt):
                self.put(alt)
            case Link(href, children):
                self._mark("link", lambda: self.inlines(children), href)
            case Styled(style, children):
                self._styled(style, children)

    def _formula(self, text: str) -> None:
        start = self._length
        self.put(text)
        if text:
            self._atoms.append((start, self._length))

    def _code(self, text: str) -> None:
        if "link" in self._open:  # no platform can show both, and the link is worth more
            self.put(text)
        else:
            self._mark("code", lambda: self.put(text))

    def _styled(self, style: str, children: tuple[Inline, ...]) -> None:
        if style in ("sub", "sup"):
            self._script(style, children)
        elif style in _STYLES:
            self._mark(_STYLES[style], lambda: self.inlines(children))
        else:
            self.inlines(children)

    def _script(self, style: str, children: tuple[Inline, ...]) -> None:
        text = inline_text(children)
        if _INDEX.fullmatch(text) and _lettered(children):
            self.put(scripts("", text) if style == "sup" else scripts(text, ""))
        else:
            self.inlines(children)

    # -- blocks -------------------------------------------------------------------------------------------------------

    def blocks(self, blocks: tuple[Block, ...], pad: str = "", *, airy: bool = False) -> None:
        for before, block in pairwise((None, *blocks)):
            if block is None:
                continue
            if before is not None:
                self.put(_gap(before, block) if airy else "\n")
                self.put("" if isinstance(block, (CodeBlock, Table, Listing)) else pad)
            self._block(block, pad)

    def _block(self, block: Block, pad: str) -> None:
        match block:
            case Paragraph(children):
                self.inlines(children)
            case Heading(_, children):
                self._mark("bold", lambda: self.inlines(children))
            case MathBlock(tex):
                self._formula(formula(tex).replace("\n", "\n" + pad))
            case CodeBlock(text, language):
                self._mark("pre", lambda: self.put(text), language)
            case Image(src, alt):
                self._mark("link", lambda: self.put(f"🖼 {alt}".rstrip()), src)
            case Quote(quoted):
                self._mark("quote", lambda: self.blocks(quoted, pad))
            case Listing(start, items):
                self._listing(start, items, pad)
            case Table():
                self._table(block)

    def _listing(self, start: int | None, items: tuple[tuple[Block, ...], ...], pad: str) -> None:
        bullet = _BULLETS[min(len(pad) // len(_INDENT), len(_BULLETS) - 1)]
        for index, item in enumerate(items):
            mark = bullet if start is None else f"{start + index}."
            self.put("\n" if index else "")
            self.put(pad if self._at_line_start else "")
            self.put(f"{mark} ")
            self.blocks(item, pad + _INDENT)

    def _table(self, table: Table) -> None:
        drawn = _drawn(table, self._dialect.table) if "pre" in self._dialect.styles else None
        if drawn is not None:
            self._mark("pre", lambda: self.put(drawn))
            return
        for index, row in enumerate(table.rows):
            self.put("\n" if index else "")
            if table.header and not index:
                self._mark("bold", lambda: self._row(table.rows[0]))
            else:
                self._row(row)

    def _row(self, row: tuple[tuple[Inline, ...], ...]) -> None:
        self._in_row = True
        for index, cell in enumerate(row):
            self.put(" | " if index else "")
            self.inlines(cell)
        self._in_row = False


def _lettered(children: Iterable[Inline]) -> bool:
    """Tell whether there are but characters, which may be slanted or bold as a variable is."""
    return all(
        isinstance(child, Text)
        or (isinstance(child, Styled) and child.style in ("italic", "bold") and _lettered(child.children))
        for child in children
    )


def _drawn(table: Table, limit: int) -> str | None:
    """Draw a table with aligned columns, or give None where that takes more than ``limit`` columns."""
    count = max(map(len, table.rows), default=0)
    cells = [[" ".join(inline_text(cell).split()) for cell in row] + [""] * (count - len(row)) for row in table.rows]
    widths = [max(columns(row[index]) for row in cells) for index in range(count)]
    if sum(widths) + 2 * (count - 1) > limit:
        return None
    drawn = ["  ".join(map(_padded, row, widths)).rstrip() for row in cells]
    if table.header:
        drawn.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(drawn)


def _padded(cell: str, width: int) -> str:
    return cell + " " * (width - columns(cell))


def _gap(before: Block, after: Block) -> str:
    """Separate two blocks: paragraphs of prose and sections get an empty line, formulas, code and lists keep close."""
    if isinstance(after, Heading):
        return "\n" if isinstance(before, (Heading, Listing)) else "\n\n"
    return "\n\n" if _is_prose(before) and _is_prose(after) else "\n"


def _is_prose(block: Block) -> bool:
    if not isinstance(block, Paragraph):
        return False
    return sum(len(child.text) for child in block.children if isinstance(child, Text)) >= _PROSE


def _tidy(spans: Iterable[Span], text: str) -> Iterable[Span]:
    """Take white space off the ranges' edges, and cut code out of the ranges around it: no platform nests in it."""
    raw = sorted((span.start, span.end) for span in spans if span.style in ("code", "pre"))
    for span in spans:
        if span.style in ("code", "pre", "quote"):
            yield from _trimmed(span, text)
        else:
            for piece in _without(span, raw):
                yield from _trimmed(piece, text)


def _without(span: Span, holes: list[tuple[int, int]]) -> Iterable[Span]:
    start = span.start
    for hole_start, hole_end in holes[bisect_left(holes, (span.start, 0)) :]:
        if hole_start >= span.end:
            break
        yield Span(start, hole_start, span.style, span.value)
        start = hole_end
    yield Span(start, span.end, span.style, span.value)


def _trimmed(span: Span, text: str) -> Iterable[Span]:
    inner = text[span.start : span.end]
    end = span.end - (len(inner) - len(inner.rstrip()))
    blanks = "\n" if span.style in ("pre", "quote") else None  # code may begin with its indentation
    start = span.start + len(inner) - len(inner.lstrip(blanks))
    if start < end:
        yield Span(start, end, span.style, span.value)


def flatten(doc: Doc, dialect: Dialect) -> Flat:
    """Write a Doc as text with styled ranges that the dialect can show; formulas in Unicode, lists and tables drawn."""
    writer = _Writer(dialect)
    writer.blocks(doc.blocks, airy=True)
    return writer.flat()
