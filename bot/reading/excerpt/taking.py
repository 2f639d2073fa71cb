"""The beginning of a text, cut where a reader would stop, and never inside something that is whole.

A budget is counted in columns (a Chinese character 2, a Latin letter 1), since that is what fills a phone's screen.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bot.reading.doc import (
    Block,
    CodeBlock,
    Doc,
    Heading,
    Image,
    Inline,
    Listing,
    Paragraph,
    Quote,
    Table,
    Text,
)
from bot.reading.excerpt.cut import cut_inlines, first_sentence, shortened
from bot.reading.excerpt.fillers import without_fillers
from bot.reading.render import Dialect, flatten
from bot.reading.text import columns, inline_text, lines

ELLIPSIS = "…"
_CODE_LINES = 6
_TABLE_ROWS = 6
_BORDER = 2
"""Columns that a block's border counts: a line end, or the empty line between two paragraphs."""

_STUB = 20
"""Columns up to which the beginning of a paragraph is not worth its line, when there is enough before it."""

_CLAUSE = 60
"""Columns of a title that is made from a text."""

_GAP = Paragraph((Text(ELLIPSIS),))
"""What stands for an item of a numbered list that is passed over."""

_MEASURE = Dialect("measure", unit="columns", styles=frozenset(("pre",)))


def _width(block: Block) -> int:
    return columns(flatten(Doc((block,)), _MEASURE).text) + _edges(block)


def _edges(block: Block) -> int:
    """Count the blanks at a line's edges: they go where it stands alone, and stay among others."""
    said = inline_text(block.children) if isinstance(block, (Paragraph, Heading)) else ""
    return len(said) - len(said.strip())


@dataclass(slots=True)
class _Excerpt:
    """What is left of the budget while blocks are taken; ``ended`` when one did not fit.

    ``passed`` as long as what was passed over is the last that there was.
    """

    budget: int
    left: int
    ended: bool = False
    passed: bool = False
    indent: int = 0

    def take_all(self, blocks: Iterable[Block]) -> tuple[Block, ...]:
        """Take blocks as long as they fit; the first that does not is cut, and ends the excerpt."""
        taken = []
        for block in blocks:
            if self.ended:
                break
            if (kept := self._take(block)) is not None:
                taken.append(kept)
        return tuple(taken)

    def _take(self, block: Block) -> Block | None:
        kept: Block | None
        match block:
            case Image():
                kept = None
            case CodeBlock():
                kept = self._code(block)
            case Listing(start, items):
                kept = self._listing(start, items)
            case Quote(children):
                quoted = self.take_all(children)
                kept = Quote(quoted) if quoted else None
            case Paragraph():
                kept = self._paragraph(block)
            case Table(rows) if len(rows) > _TABLE_ROWS:
                kept = self._fit(Table(rows[:_TABLE_ROWS], block.header))
                self.ended = self.ended or kept is not None
            case _:
                kept = self._fit(block)
        return kept

    def _end(self) -> Block | None:
        """Stop at a block that does not fit; the very first such one is passed over, or nothing would be left."""
        self.ended, self.passed = self.left < self.budget, True
        return None

    def _fit(self, block: Block) -> Block | None:
        return block if self._spend(block) else self._end()

    def _spend(self, block: Block) -> bool:
        text = flatten(Doc((block,)), _MEASURE).text
        cost = columns(text) + _edges(block) + self.indent * (text.count("\n") + 1) + _BORDER
        if cost > self.left:
            return False
        self.left -= cost
        self.passed = False
        return True

    def _paragraph(self, block: Paragraph) -> Block | None:
        if self._spend(block):
            return block
        self.ended = True
        space = room = self.left - self.indent - len(ELLIPSIS)
        wanted = self.left - self.budget // 2  # a sentence must bring the excerpt to half of its budget
        while room > 0:
            kept = Paragraph(cut_inlines(block.children, room, wanted))
            width = _width(kept)
            if width <= space:
                return kept if width > (_STUB if wanted <= 0 else 0) else None
            room -= width - space  # raised and lowered text is longer than what it says
        return None

    def _code(self, block: CodeBlock) -> Block | None:
        """Take up to six lines of code; longer code is passed over at the beginning and ends the excerpt later on."""
        rows = block.text.split("\n")
        if len(rows) <= _CODE_LINES:
            return self._fit(block)
        if self.left > self.budget * 3 // 4:
            self.passed = True
            return None
        self.ended = True
        kept = CodeBlock("\n".join(rows[:_CODE_LINES]).rstrip(), block.language)
        return kept if self._spend(kept) else None

    def _listing(self, start: int | None, items: tuple[tuple[Block, ...], ...]) -> Block | None:
        taken: list[tuple[Block, ...]] = []
        first = start
        for index, item in enumerate(items):
            if self.ended:
                break
            mark = 2 if start is None else len(str(start + index)) + 2
            self.indent += mark
            blocks = self.take_all(item)
            if not blocks and start is not None and not self.ended:  # the next one keeps its number
                first = start + index + 1 if not taken else first
                blocks = (_GAP,) if taken and self._fit(_GAP) else ()
            self.indent -= mark
            if blocks:
                taken.append(blocks)
        return Listing(first, tuple(taken)) if taken else None


def excerpt(doc: Doc, budget: int) -> Doc:
    """Give the beginning of a Doc in at most ``budget`` columns; -1 gives all of it, 0 nothing.

    Ends at a sentence, else a clause, else a word; never inside a formula, link or code. What is left out, and what
    the text itself leaves out, is shown by a single ``…``. Images and headings that say nothing do not eat the budget,
    nor does more than six lines of code or rows of a table.
    """
    if budget < 0:
        return doc
    state = _Excerpt(budget, budget)
    blocks = list(state.take_all(without_fillers(doc.blocks)))
    cut = state.ended or state.passed
    while len(blocks) > 1 and isinstance(blocks[-1], Heading):  # what it announces is not there
        blocks.pop()
        cut = True
    return Doc(_ended(tuple(blocks), cut=cut))


# -- the end ----------------------------------------------------------------------------------------------------------


def _ended(blocks: tuple[Block, ...], *, cut: bool) -> tuple[Block, ...]:
    """End with one ellipsis where something was left out, here or in the source."""
    if not blocks:
        return ()
    closed = _closed(blocks[-1], cut=cut)
    if closed is None:
        return (*blocks, Paragraph((Text(ELLIPSIS),))) if cut else blocks
    if closed == Paragraph((Text(ELLIPSIS),)) and len(blocks) > 1 and (before := _closed(blocks[-2], cut=True)):
        return (*blocks[:-2], before)
    return (*blocks[:-1], closed)


def _closed(block: Block, *, cut: bool) -> Block | None:
    """End a block's last paragraph, or give None where it ends in something that takes no ellipsis."""
    match block:
        case Paragraph(children):
            return Paragraph(_with_ellipsis(children, cut=cut))
        case Quote(quoted):
            last = _closed(quoted[-1], cut=cut)
            return last and Quote((*quoted[:-1], last))
        case Listing(start, items):
            last = _closed(items[-1][-1], cut=cut)
            return last and Listing(start, (*items[:-1], (*items[-1][:-1], last)))
        case _:
            return None


def _with_ellipsis(children: tuple[Inline, ...], *, cut: bool) -> tuple[Inline, ...]:
    bare, had = shortened(children)
    if not (cut or had):
        return children
    last = bare[-1] if bare else None
    if isinstance(last, Text):
        return (*bare[:-1], Text(last.text + ELLIPSIS))
    return (*bare, Text(ELLIPSIS))


def first_clause(doc: Doc) -> str:
    """Give a title for a text that has none: its first clause, on one line of at most 60 columns; empty if it is."""
    for block in without_fillers(doc.blocks):
        said = " ".join(" ".join(lines((block,))).split()) if not isinstance(block, (Image, CodeBlock)) else ""
        if said:
            return _clause(said)
    return ""


def _clause(said: str) -> str:
    if sentence := first_sentence(said):
        said = sentence
    kept, had = shortened((Text(said),))
    whole = inline_text(kept)
    if columns(whole) <= _CLAUSE - had:
        return whole + ELLIPSIS * had
    short, _ = shortened(cut_inlines((Text(whole),), _CLAUSE - len(ELLIPSIS), 0))
    return inline_text(short) + ELLIPSIS
