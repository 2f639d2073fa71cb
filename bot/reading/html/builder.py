"""Builds a Doc from a stream of texts and borders, as a browser lays it out: white space, paragraphs, nesting."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from bot.reading.doc import (
    Block,
    Break,
    CodeBlock,
    CodeSpan,
    Heading,
    Inline,
    InlineImage,
    Listing,
    Math,
    MathBlock,
    Paragraph,
    Styled,
    Text,
)
from bot.reading.patterns import rare

MAX_TEXT = 200_000
"""Characters that one Doc keeps; what comes after is left out."""

MAX_NODES = 20_000

Wrap = Callable[[tuple[Inline, ...]], Inline]

_WIDE_BREAK = rare(r"(?<=[\u2e80-\u9fff\u3000-\u303f\uff00-\uffef])[ \t]*\r?\n\s*(?=[\u2e80-\u9fff\uff00-\uffef])")
# Before a mark that Chinese follows, a blank is what a formula or a link left behind.
_LOOSE_MARK = re.compile(r" +(?=[,，、。；：？！][\u3400-\u9fff])")
_WIDE = rare(r"[\u2e80-\u9fff\u3000-\u303f\uff00-\uffef]")
_WIDE_MARK = rare(r"[，。、；：？！（）【】《》「」『』]")
_BLANK = Text(" ")
_STOPS = frozenset("，。；：！？、）】》」』”,.;:!?)]")
_PUNCTUATION = rare(r"\s*([,.;:，。；：、．])\s*")


@dataclass(slots=True)
class _Frame:
    """An inline element that is open: what it makes of its content, and the content so far."""

    wrap: Wrap
    children: list[Inline] = field(default_factory=list)


class Builder:
    """Takes a document in reading order. White space is collapsed; a block's border ends the paragraph."""

    def __init__(self) -> None:
        self.lists: list[list[Block]] = [[]]
        self.inline_only = 0
        """Above zero, no block but text is made: in headings and the like."""
        self._frames: list[_Frame] = [_Frame(lambda children: Styled("", children))]
        self._level = 0
        self._fresh = True
        self._blank = False
        self._line = False
        """Whether the white space that waits is but the end of a line of source."""
        self._spaced = False
        self._just_displayed = False
        self._left_text = MAX_TEXT
        self._left_nodes = MAX_NODES

    @property
    def full(self) -> bool:
        """Tell whether nothing more is taken."""
        return self._left_text <= 0 or self._left_nodes <= 0

    def last(self) -> Block | None:
        """Give the block before what comes next, None at the beginning and within a paragraph."""
        blocks = self.lists[-1]
        return blocks[-1] if blocks and self._fresh else None

    # -- inlines ------------------------------------------------------------------------------------------------------

    def text(self, raw: str) -> None:
        """Add text; its runs of white space become one blank, and none between Chinese lines."""
        if "\n" in raw:
            raw = _WIDE_BREAK.sub("", raw)
        text = " ".join(raw.split())
        if not text:
            self._note_blank(raw)
            return
        starts, ends = raw[0].isspace(), raw[-1].isspace()
        if " " in text and _LOOSE_MARK.search(text):
            text = _LOOSE_MARK.sub("", text)
        if self._just_displayed and (stop := _PUNCTUATION.match(text)):
            self._close_formula(stop[1])
            text = text[stop.end() :]
            starts = False
        if starts:
            self._note_blank(raw[: len(raw) - len(raw.lstrip())])
        if text:
            self._add(Text(text[: self._left_text]))
            self._left_text -= len(text)
            self._blank = ends
            self._line = ends and "\n" in raw[len(raw.rstrip()) :]

    def _note_blank(self, blanks: str) -> None:
        """Remember white space for when something follows it, and whether it is but the end of a line of source."""
        if blanks and not self._spaced:
            self._line = "\n" in blanks and (self._line or not self._blank)
            self._blank = True

    def _close_formula(self, stop: str) -> None:
        """Give a displayed formula the full stop or comma that follows it, which would stand on a line alone."""
        blocks = self.lists[-1]
        if blocks and isinstance(blocks[-1], MathBlock):
            blocks[-1] = MathBlock(blocks[-1].tex + stop)

    def inline(self, node: CodeSpan | Math | InlineImage) -> None:
        """Add something inside the line that is no text."""
        self._left_text -= len(node.tex if isinstance(node, Math) else _source(node))
        self._add(node)

    def _add(self, node: Inline) -> None:
        if self._left_text <= 0 or self._left_nodes <= 0:
            return
        self._left_nodes -= 1
        children = self._frames[-1].children
        if self._blank and not self._fresh and not _hugs(node, children) and not (self._line and _wide(node, children)):
            self._place_blank()
        if isinstance(node, Text) and children and isinstance(children[-1], Text):
            children[-1] = Text(children[-1].text + node.text)
        else:
            children.append(node)
        self._fresh = self._blank = self._spaced = self._just_displayed = False

    def _place_blank(self) -> None:
        children = self._frames[-1].children
        if children and isinstance(children[-1], Text):
            children[-1] = Text(children[-1].text + " ")
        else:
            children.append(Text(" "))
        self._blank, self._spaced = False, True

    def line_end(self) -> None:
        """End a line; two ends in a row end the paragraph."""
        last = self._frames[-1].children[-1:]
        if self._fresh or (not self._level and last == [Break()]):
            self.flush()
            return
        self._blank = False
        self._add(Break())
        self._fresh = True

    @contextmanager
    def wrapped(self, wrap: Wrap) -> Iterator[None]:
        """Wrap what is added inside; where paragraphs end inside, each part is wrapped by itself."""
        if self._blank and not self._fresh:
            if self._line and _wide(None, self._frames[-1].children):
                self._blank = False
            else:
                self._place_blank()
        self._frames.append(_Frame(wrap))
        yield
        frame = self._frames.pop()
        if frame.children:
            self._frames[-1].children.append(wrap(tuple(frame.children)))

    # -- blocks -------------------------------------------------------------------------------------------------------

    def flush(self) -> None:
        """End the paragraph or heading, if there is one."""
        if self._fresh and len(self._frames) == 1 and not self._frames[0].children:
            self._blank, self._spaced, self._just_displayed = False, False, False
            return
        if len(self._frames) > 1:
            self._fold()
        children = _without_end(self._frames[0].children)
        self._frames[0].children = []
        self._fresh, self._blank, self._spaced, self._just_displayed = True, False, False, False
        if len(children) == 1 and isinstance(children[0], Math) and not self.inline_only:
            self.lists[-1].append(MathBlock(children[0].tex))
        elif children:
            self.lists[-1].append(Heading(self._level, children) if self._level else Paragraph(children))

    def _fold(self) -> None:
        """Wrap what the open elements have so far; they go on empty."""
        for inner, outer in zip(self._frames[:0:-1], self._frames[-2::-1], strict=True):
            if inner.children:
                outer.children.append(inner.wrap(tuple(inner.children)))
                inner.children = []

    def block(self, block: Block) -> None:
        """Add a block, ending the paragraph before it."""
        self.flush()
        if not self.full:
            self._left_nodes -= 1
            self.lists[-1].append(block)

    def display(self, tex: str) -> None:
        """Add a formula that stands on a line of its own."""
        self._left_text -= len(tex)
        self.block(MathBlock(tex))
        self._just_displayed = True

    def code(self, block: CodeBlock) -> None:
        """Add code."""
        self._left_text -= len(block.text)
        self.block(block)

    @contextmanager
    def heading(self, level: int) -> Iterator[None]:
        """Make headings of the lines inside."""
        self.flush()
        self._level = level
        self.inline_only += 1
        yield
        self.inline_only -= 1
        self.flush()
        self._level = 0

    @contextmanager
    def nested(self) -> Iterator[list[Block]]:
        """Collect the blocks inside into a list of their own."""
        self.flush()
        level, self._level = self._level, 0
        blocks: list[Block] = []
        self.lists.append(blocks)
        yield blocks
        self.flush()
        self.lists.pop()
        self._level = level


def _hugs(node: Inline, children: list[Inline]) -> bool:
    """Tell whether punctuation follows a formula, which many write with blanks around it."""
    return bool(children) and isinstance(children[-1], Math) and isinstance(node, Text) and node.text[0] in _STOPS


def _wide(node: Inline | None, children: list[Inline]) -> bool:
    """Tell whether Chinese goes on across the end of a line of source, where no blank belongs."""
    before = children[-1].text[-1:] if children and isinstance(children[-1], Text) else ""
    after = node.text[:1] if isinstance(node, Text) else ""
    return bool(_WIDE_MARK.match(before) or (_WIDE.match(before) and _WIDE.match(after)))


def _source(node: CodeSpan | InlineImage) -> str:
    return node.text if isinstance(node, CodeSpan) else node.alt


def _without_end(children: list[Inline]) -> tuple[Inline, ...]:
    """Take line ends and blanks off the end; give nothing where only such are left."""
    kept = list(children)
    while kept and (isinstance(kept[-1], Break) or kept[-1] == _BLANK):
        kept.pop()
    if kept and isinstance(last := kept[-1], Text) and last.text[-1:].isspace():
        kept[-1] = Text(last.text.rstrip())
    return tuple(kept)


_ONE = re.compile(r"(?:(?<=\s)|^)1(?=\. \S)")
_TWO = re.compile(r"(?:(?<=\s)|^)2\. \S")


def renumbered(blocks: list[Block]) -> tuple[Block, ...]:
    """Mend the numbers where a list was torn into lists of one item each, or folded into a line, which all say 1.

    A heading, a list of another kind or a longer one begins anew.
    """
    out: list[Block] = []
    count = 0
    for block in blocks:
        if isinstance(block, Listing):
            torn = block.start == 1 and len(block.items) == 1
            count = count + 1 if torn else 0
            out.append(Listing(count, block.items) if torn else block)
        else:
            count = 0 if isinstance(block, Heading) else count
            out.append(_counted(block) if isinstance(block, Paragraph) else block)
    return tuple(out)


def _counted(block: Paragraph) -> Paragraph:
    """Give each item of a folded list its number: ``1. … 1. …``."""
    texts = [child.text for child in block.children if isinstance(child, Text) and "1. " in child.text]
    if not texts or sum(len(_ONE.findall(text)) for text in texts) <= 1 or any(map(_TWO.search, texts)):
        return block
    numbers = itertools.count(1)
    return Paragraph(
        tuple(
            Text(_ONE.sub(lambda _: str(next(numbers)), child.text)) if isinstance(child, Text) else child
            for child in block.children
        )
    )
