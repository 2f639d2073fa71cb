"""The walk over a parsed document, from element to element; what each does is in ``inlines`` and ``blocks``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TypeAlias

from selectolax.lexbor import LexborNode

from bot.reading.doc import Block, Math
from bot.reading.html.around import DROPPED, Attributes, is_around
from bot.reading.html.builder import Builder
from bot.reading.html.mask import MARK, OPEN, Formula
from bot.reading.patterns import rare
from bot.reading.said import formula

_DEEPEST = 80
"""Levels of elements below which only the text is taken."""

# Players and scripts that somebody's converter escaped; what is written about HTML stands in code.
_EMBED = rare(
    r"<(iframe|embed|object|video|audio|script)\b(?=[^<>]*+>)[^<>]*\b(?:src|data)=[\"']?(?:https?:)?//[^<>]*>(?:[^<>]*</\1>)?|"
    r"<(?:object|param|source)\b(?=[^<>]*+>)[^<>]*\b(?:name|width|src)=[^<>]*>|</(?:object|video|audio)>"
)

Handler: TypeAlias = Callable[["Walk", LexborNode, Attributes], None]


class Walk:
    """Reads a document into a Builder. ``handlers`` say by tag what to do; other elements are looked through."""

    def __init__(self, formulas: list[Formula], base: str, handlers: Mapping[str, Handler]) -> None:
        self.base = base
        self.builder = Builder()
        self._formulas = formulas
        self._handlers = handlers
        self._depth = 0
        self._displayed = 0

    def children(self, node: LexborNode) -> None:
        """Read what is in an element."""
        if self._depth >= _DEEPEST:
            self._text(node.text())
            return
        self._depth += 1
        for child in node.iter(include_text=True):
            if self.builder.full:
                break
            self.node(child)
        self._depth -= 1

    def node(self, node: LexborNode) -> None:
        """Read one node."""
        tag = node.tag or ""
        if tag == "-text":
            self._text(node.text_content or "")
        elif tag == "br":
            self.builder.line_end()
        elif tag not in DROPPED:
            attributes = node.attributes
            if not attributes or not is_around(attributes):
                self._handlers.get(tag, _look_through)(self, node, attributes)

    def blocks(self, node: LexborNode) -> list[Block]:
        """Read what is in an element as blocks of their own."""
        with self.builder.nested() as blocks:
            self.children(node)
        return blocks

    @contextmanager
    def displayed(self) -> Iterator[None]:
        """Put the formulas inside on lines of their own."""
        self._displayed += 1
        yield
        self._displayed -= 1

    def _text(self, text: str) -> None:
        if "<" in text:
            text = _EMBED.sub("", text)
        if OPEN not in text:
            self.builder.text(text)
            return
        for index, piece in enumerate(MARK.split(text)):
            if index % 2:
                self.formula(self._formulas[int(piece)])
            elif piece:
                self.builder.text(piece)

    def formula(self, found: Formula) -> None:
        """Add a formula, unless it says nothing, as one that only defines macros."""
        if OPEN in found.tex:  # text between somebody's dollar signs, drawn once more
            found = Formula(self.unmasked(found.tex), found.display)
        defines = "\\newcommand" in found.tex or "\\def" in found.tex or "\\Declare" in found.tex
        if not found.tex.strip() or (defines and not formula(found.tex)):
            return
        if (found.display or self._displayed) and not self.builder.inline_only:
            self.builder.display(found.tex)
        else:
            self.builder.inline(Math(found.tex))

    def unmasked(self, text: str) -> str:
        """Put the TeX of formulas back into code, in which they are none, and resolve what was escaped twice."""
        if "&lt;" in text and "<" not in text and ">" not in text:
            text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"').replace("&amp;", "&")
        return MARK.sub(lambda mark: self._formulas[int(mark[1])].tex, text) if OPEN in text else text


def _look_through(walk: Walk, node: LexborNode, attributes: Attributes) -> None:
    del attributes
    walk.children(node)
