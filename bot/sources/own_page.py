"""A post's own page: its title, text and image. Runs in the reading process (``child``)."""

from __future__ import annotations

from collections import Counter

from selectolax.lexbor import LexborHTMLParser, LexborNode

from bot.core.sighting import Sighting
from bot.core.trouble import TroubleName
from bot.reading.doc import Doc
from bot.reading.html.scan import defused
from bot.sources import fields
from bot.sources.cards import words
from bot.sources.charset import UndecodableError, decode
from bot.sources.document import Parsed, Unreadable
from bot.sources.pages import is_page

_PAGE = 3_000_000
_ARTICLES = 50
_PARAGRAPHS = 3000
_LENGTH = 20_000
"""Characters by which a piece's length is told."""
_AROUND = "script, style, noscript, template, nav, header, footer, aside, form, button, svg, iframe, select"


def read_own_page(body: bytes, content_type: str, url: str) -> Parsed | Unreadable:
    """Read what a page says of its one post: a single sighting with title, text and image, as far as it has them.

    Anything but HTML is Unreadable.
    """
    try:
        text = decode(body, content_type)
    except UndecodableError:
        return Unreadable(TroubleName.BAD_ENCODING, "it is text in no known encoding, or no text at all")
    if not is_page(text):
        return Unreadable(TroubleName.NOT_A_FEED, "it is no web page")
    tree = LexborHTMLParser(defused(text[:_PAGE]))
    title = fields.title(_meta(tree, "og:title") or words(tree.css_first("head title, title")), is_html=False)
    image = fields.link(_meta(tree, "og:image"), url)
    return Parsed((Sighting(title=title, doc=_text(tree, url, title), image=image),))


def _meta(tree: LexborHTMLParser, name: str) -> str:
    """Give what a page says of itself by the Open Graph protocol; some write ``name`` for ``property``."""
    node = tree.css_first(f'meta[property="{name}"][content], meta[name="{name}"][content]')
    return ((node.attributes or {}).get("content") or "").strip() if node is not None else ""


def _text(tree: LexborHTMLParser, url: str, title: str) -> Doc:
    """Give the post's text, or else the description that the page gives of it."""
    described = _meta(tree, "og:description")
    for node in tree.css(_AROUND):
        node.decompose()
    top = _article(tree)
    if top is None:
        return fields.document(described, url, is_html=False)
    for heading in top.css("h1")[:3]:
        if words(heading) in title:
            heading.decompose()
    return fields.document(top.inner_html, url) or fields.document(described, url, is_html=False)


def _article(tree: LexborHTMLParser) -> LexborNode | None:
    """Find the element that holds the text: the longest article, the page's main part, or most paragraphs."""
    for selector in ("article", "main, [role=main]"):
        if found := tree.css(selector)[:_ARTICLES]:
            return max(found, key=lambda node: len(words(node, _LENGTH)))
    lengths: Counter[int] = Counter()
    parents: dict[int, LexborNode] = {}
    for node in tree.css("p")[:_PARAGRAPHS]:
        if (parent := node.parent) is not None:
            lengths[parent.mem_id] += len(words(node, _LENGTH))
            parents[parent.mem_id] = parent
    return parents[lengths.most_common(1)[0][0]] if lengths else None
