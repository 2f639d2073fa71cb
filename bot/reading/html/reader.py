"""A post's HTML becomes a Doc: what a reader would read, in its order, without what surrounds it."""

from __future__ import annotations

import re

from selectolax.lexbor import LexborHTMLParser

from bot.reading.doc import Doc
from bot.reading.html.blocks import BLOCKS
from bot.reading.html.builder import renumbered
from bot.reading.html.codeblock import without_gutters
from bot.reading.html.inlines import INLINES
from bot.reading.html.mask import mask
from bot.reading.html.mended import mended
from bot.reading.html.scan import MARKUP, defused
from bot.reading.html.tails import without_tails
from bot.reading.html.walk import Walk
from bot.reading.said import clean

MAX_HTML = 500_000
"""Characters of HTML that are read; what comes after is left out."""

_HANDLERS = {**INLINES, **BLOCKS}
_EMPTY_LINES = re.compile(r"\n[ \t]*\n\s*")


def _as_html(text: str) -> str:
    """Write plain text as HTML: an empty line ends a paragraph, a line end is one."""
    paragraphs = _EMPTY_LINES.split(text.strip().replace("\r\n", "\n"))
    return "".join(f"<p>{paragraph.replace(chr(10), '<br>')}</p>" for paragraph in paragraphs)


def to_doc(html: str, *, base: str = "") -> Doc:
    """Turn HTML, or plain text, into a Doc. Links are resolved against ``base`` and cleaned.

    Formulas become nodes before any parser can harm them. At most 500,000 characters are read and 200,000 kept;
    what is nested deeper than 80 levels becomes text. No input raises.
    """
    source = mended(clean(html[:MAX_HTML]))
    masked, formulas = mask(source)
    tree = LexborHTMLParser(defused(masked) if MARKUP.search(source) else _as_html(masked))
    if tree.body is None:
        return Doc()
    without_gutters(tree, masked)
    walk = Walk(formulas, base, _HANDLERS)
    walk.children(tree.body)
    walk.builder.flush()
    return Doc(without_tails(renumbered(walk.builder.lists[0])))
