r"""A Notice as the HTML of sendRichMessage (Bot API 10.1 and later), its formulas as TeX; pure.

Only what was checked is sent as TeX; any other formula is Unicode here as well. There is no ``<details>``, in which
formulas brought Telegram Desktop down (tdesktop, issue 30808), and none is near the 4,096 characters that did so too
(issue 31047).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Final

from bot.core.models import Notice
from bot.platforms.telegram.guard import guarded
from bot.platforms.telegram.keyboard import WEB
from bot.reading.doc import (
    Block,
    Break,
    CodeBlock,
    CodeSpan,
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
from bot.reading.render import Flat
from bot.reading.tex.check import checked
from bot.reading.text import formula, inline_formula

LIMIT: Final = 30_000
"""Characters, tags included; Telegram takes 32,768 without them."""
BLOCKS: Final = 300
DEPTH: Final = 8
COLUMNS: Final = 20
_TAGS: Final = {
    "bold": "b",
    "italic": "i",
    "underline": "u",
    "strike": "s",
    "sub": "sub",
    "sup": "sup",
    "mark": "mark",
    "spoiler": "tg-spoiler",
}


def rich(notice: Notice, line: str, tags: Sequence[str]) -> str:
    """Write a notice as HTML; empty where it has no formula that may be sent as TeX, or is too much for a message."""
    writer = _Writer()
    body = writer.blocks(notice.body.blocks)
    if not writer.formulas or writer.count > BLOCKS or writer.deepest > DEPTH:
        return ""
    head = [_paragraph(_title(notice)), _paragraph(_text(line))]
    html = "".join([*head, body, _paragraph(_text(" ".join(tags)))])
    return html if len(html) <= LIMIT else ""


def _title(notice: Notice) -> str:
    title = _text(" ".join(notice.title.split()))
    return f"<b>{_link(notice.link or '', title)}</b>" if title else ""


def _paragraph(inner: str) -> str:
    return f"<p>{inner}</p>" if inner.strip() else ""


def _text(text: str) -> str:
    """Write words; none of them may become a mention or a command, whose name may be in the style that follows."""
    return escape(guarded(Flat(text + "a")).text[:-1])


def _link(href: str, inner: str) -> str:
    return f'<a href="{escape(href)}">{inner}</a>' if WEB.fullmatch(href) else inner


class _Writer:
    """Writes nodes, and counts what Telegram bounds."""

    def __init__(self) -> None:
        self.formulas = 0
        self.count = 0
        self.deepest = 0
        self._depth = 0
        self._linked = False

    def blocks(self, blocks: Iterable[Block]) -> str:
        self._depth += 1
        self.deepest = max(self.deepest, self._depth)
        written = "".join(map(self._block, blocks)) if self._depth <= DEPTH else ""
        self._depth -= 1
        return written

    def _block(self, block: Block) -> str:  # noqa: PLR0911 -- one return a kind of block
        self.count += 1
        match block:
            case Paragraph(children):
                return _paragraph(self._inlines(children))
            case Heading(_, children):
                return f"<h4>{self._inlines(children)}</h4>"
            case MathBlock(tex):
                return self._display(tex)
            case CodeBlock(text, language):
                kind = f' class="language-{escape(language)}"' if language else ""
                return f"<pre><code{kind}>{escape(text)}</code></pre>"
            case Image(src, alt):
                return _paragraph(_link(src, _text(f"🖼 {alt}".rstrip())))
            case Quote(quoted):
                return f"<blockquote>{self.blocks(quoted)}</blockquote>"
            case Listing(start, items):
                return self._listing(start, items)
            case Table():
                return self._table(block)

    def _display(self, tex: str) -> str:
        sound = checked(tex)
        if sound is None:
            return _paragraph("<br>".join(map(_text, formula(tex).split("\n"))))
        self.formulas += 1
        return f"<tg-math-block>{escape(sound)}</tg-math-block>"

    def _listing(self, start: int | None, items: Sequence[tuple[Block, ...]]) -> str:
        inner = "".join(f"<li>{self._item(item)}</li>" for item in items)
        if start is None:
            return f"<ul>{inner}</ul>"
        return f'<ol start="{start}">{inner}</ol>' if start > 1 else f"<ol>{inner}</ol>"

    def _item(self, item: tuple[Block, ...]) -> str:
        self.count += 1
        match item:
            case (Paragraph(children),):
                return self._inlines(children)
        return self.blocks(item)

    def _table(self, table: Table) -> str:
        if max(map(len, table.rows), default=0) > COLUMNS:
            return "".join(_paragraph(" | ".join(map(self._inlines, row))) for row in table.rows)
        self.count += len(table.rows)
        rows = [
            "".join(f"<{cell}>{self._inlines(inlines)}</{cell}>" for inlines in row)
            for index, row in enumerate(table.rows)
            for cell in ["th" if table.header and not index else "td"]
        ]
        return f"<table>{''.join(f'<tr>{row}</tr>' for row in rows)}</table>"

    # -- inlines ------------------------------------------------------------------------------------------------------

    def _inlines(self, children: Iterable[Inline]) -> str:
        return "".join(map(self._inline, children))

    def _inline(self, node: Inline) -> str:  # noqa: PLR0911 -- one return a kind of inline
        match node:
            case Text(text):
                return _text(text)
            case Break():
                return "<br>"
            case Math(tex):
                return self._formula(tex)
            case CodeSpan(text):
                return f"<code>{escape(text)}</code>"
            case InlineImage(_, alt):
                return _text(alt)
            case Link(href, children):
                return self._anchor(href, children)
            case Styled(style, children):
                tag, inner = _TAGS.get(style), self._inlines(children)
                return f"<{tag}>{inner}</{tag}>" if tag else inner

    def _anchor(self, href: str, children: tuple[Inline, ...]) -> str:
        if self._linked:
            return self._inlines(children)
        self._linked = True
        inner = self._inlines(children)
        self._linked = False
        return _link(href, inner)

    def _formula(self, tex: str) -> str:
        sound = None if self._linked else checked(tex)
        if sound is None:
            return _text(inline_formula(tex))
        self.formulas += 1
        return f"<tg-math>{escape(sound)}</tg-math>"
