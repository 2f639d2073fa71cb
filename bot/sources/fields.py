"""What all kinds of feeds have in common: an entry's pieces, cleaned and bounded."""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Iterable
from urllib.parse import urljoin

from bot.core.sighting import Sighting
from bot.reading.doc import (
    Doc,
    Image,
    Quote,
)
from bot.reading.html import clean_link, to_doc
from bot.reading.said import clean, plain

_TITLE = 500
_GUID = 500
_LINK = 2000
_HTML = 500_000
_TAGS = 50
_NAME = 100
_MARKUP = re.compile(r"<[A-Za-z/!]|&#?\w{1,10};")
_FORMULA = re.compile(r"\$|\\[(\[]")


def line(text: object, limit: int = _TITLE) -> str:
    """Make one line of plain text that can be seen, at most ``limit`` characters; anything but a string is empty."""
    if not isinstance(text, str):
        return ""
    said = " ".join(text[: 8 * limit].split())
    # Without what cannot be seen there may be blanks at the ends, or two that meet.
    return said[:limit] if (seen := clean(said)) == said else " ".join(seen.split())[:limit]


def guid(value: object) -> str | None:
    """Take an identifier, but for what cannot be seen; one of absurd length is stood for by its hash."""
    text = clean(value).strip() if isinstance(value, str) else ""
    if len(text) > _GUID:
        return "sha256:" + hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
    return text or None


def link(href: object, base: str) -> str | None:
    """Make a link absolute and clean; None for what is no http or https link."""
    if not isinstance(href, str) or not 0 < len(href.strip()) <= _LINK:
        return None
    found = clean_link(href.strip(), base)
    return found if found and found.startswith(("http://", "https://")) else None


def join(base: str, href: str) -> str:
    """Resolve an address against another; where that fails, the other."""
    try:
        return urljoin(base, href)
    except ValueError:
        return base


def names(values: Iterable[object], limit: int = _TAGS) -> tuple[str, ...]:
    """Clean a list of tags or people: no blanks, none twice, none beyond ``limit``."""
    cleaned = (line(value, _NAME) for value in values)
    return tuple(dict.fromkeys(name for name in cleaned if name))[:limit]


def document(markup: object, base: str, *, is_html: bool = True) -> Doc:
    """Turn an entry's text into a Doc; plain text keeps its lines."""
    if not isinstance(markup, str) or not markup.strip():
        return Doc()
    if not is_html:
        markup = html.escape(markup[:_HTML], quote=False).replace("\n\n", "<p>").replace("\n", "<br>")
    return to_doc(markup[:_HTML], base=base)


def title(value: object, *, is_html: bool) -> str:
    """Give a title as plain text: markup resolved, formulas in Unicode, as a title takes nothing else."""
    text = value if isinstance(value, str) else ""
    if _FORMULA.search(text) or (is_html and _MARKUP.search(text)):
        text = plain(document(text[: 16 * _TITLE], "", is_html=is_html))
    return line(text)


def first_image(doc: Doc) -> str | None:
    """Find the first picture that stands on its own in a text."""
    for block in doc.blocks:
        if isinstance(block, Image):
            return block.src
        if isinstance(block, Quote) and (inner := first_image(Doc(block.children))):
            return inner
    return None


def fullest(docs: list[tuple[int, Doc]]) -> tuple[Doc, Doc]:
    """Choose an entry's text and its excerpt among what it brings, each with the length of its source.

    The longest is the text; the excerpt is the shortest of the others, if it is really another one.
    """
    ranked = sorted((item for item in docs if item[1]), key=lambda item: -item[0])
    if not ranked:
        return Doc(), Doc()
    full, short = ranked[0][1], ranked[-1][1]
    return full, Doc() if short == full else short


def is_blank(sighting: Sighting) -> bool:
    """Tell whether an entry says nothing at all."""
    return sighting == Sighting(position=sighting.position, language=sighting.language)
