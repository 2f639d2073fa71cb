"""A listing page, for blogs without a feed: its cards become entries. Runs in the reading process."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from bot.core.sighting import Selectors, Sighting
from bot.core.trouble import TroubleName
from bot.reading.html.scan import defused
from bot.reading.patterns import rare
from bot.sources import fields
from bot.sources.cards import Card, find_cards, words
from bot.sources.dates import parse_date
from bot.sources.document import Parsed, Unreadable
from bot.sources.slices import name_of

_PAGE = 3_000_000
_TAG_PATH = rare(r"/(?:tags?|categor(?:y|ies)|topics?)/", re.IGNORECASE)
_TAG_NAMES = rare(r"\b(?:p-category|[\w-]*(?:tag|categor)[\w-]*)\b", re.IGNORECASE)
_DATE_NAMES = rare(r"date|time|publish|created|posted", re.IGNORECASE)
_META = rare(
    r"\b(?:[\w-]*(?:meta|info|byline|author|read-?more|more-link|permalink|tags?|categor|comments?|share|stat|views|count)"
    r"[\w-]*|more|date|time)\b",
    re.IGNORECASE,
)
_IN_PATH = rare(r"/((?:19|20)\d\d)/(\d{1,2})/(\d{1,2})(?:/|$)")
_ANY_DATE = rare(
    r"(?:19|20)\d\d\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}(?:[日T\s]+\d{1,2}:\d{2}(?::\d{2})?)?"
    r"|(?:\d{1,2}(?:st|nd|rd|th)?\s+)?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?\s+"
    r"(?:\d{1,2}(?:st|nd|rd|th)?,?\s+)?(?:19|20)\d\d",
    re.IGNORECASE,
)
_BUTTON = 40
_NOTE = 300
_LINE = 120
"""Characters of a line that says who and when; what is longer is text."""
_MORE = rare(r"\b(?:read|more|continue|view|full)\b|阅读|閱讀|全文|详情|続きを|더 ?보기|[>»→]", re.IGNORECASE)
_NUMBERED = rare(r"(?:\bpage[/=_-]?|\bindex[_-]?|\bp=|\bpaged=)(\d{1,4})(?=\D|$)", re.IGNORECASE)
_NEXT = rare(
    r"^\W*(?:next(?: page| posts?)?|older(?: posts?| entries)?|下一?[页頁]|后一?页|次(?:へ|のページ)?|다음|続き|"
    r"(?:older|next).{0,12}|[›»→>])\W*$",
    re.IGNORECASE,
)
_NEXT_NAMES = rare(r"\b(?:[\w-]*next[\w-]*|[\w-]*older[\w-]*)\b", re.IGNORECASE)


def parse_page(text: str, url: str, selectors: Selectors, known: Collection[str] = frozenset()) -> Parsed | Unreadable:
    """Read a listing page: its cards, but for ``known`` ones, and where its next page is.

    A page without any card is Unreadable: its layout changed, or it is no listing page.
    """
    tree = LexborHTMLParser(defused(text[:_PAGE]))
    base = _base(tree, url)
    cards = [card for card in find_cards(tree, base, selectors) if card.title]
    if not cards:
        what = f"nothing matches {selectors.card}" if selectors.card else "no repeated cards with links"
        return Unreadable(TroubleName.NO_ENTRIES, f"no posts are recognised on the page: {what}")
    root = tree.root
    language = fields.line((root.attributes or {}).get("lang") if root is not None else None, 20)
    names = [name_of(card.html, f"{base}\n{selectors}") for card in cards]
    read = [
        replace(_entry(card, place, base, selectors, language), slice=name)
        for place, (card, name) in enumerate(zip(cards, names, strict=True))
        if name not in known
    ]
    return Parsed(
        sightings=tuple(read),
        known=tuple((place, name) for place, name in enumerate(names) if name in known),
        title=fields.line(words(tree.css_first("title"), 200)),
        home=url,
        language=language,
        next_page=_next_page(tree, url, base, selectors),
    )


def _base(tree: LexborHTMLParser, url: str) -> str:
    node = tree.css_first("base[href]")
    return fields.join(url, (node.attributes or {}).get("href") or "") if node is not None else url


def _entry(card: Card, place: int, base: str, selectors: Selectors, language: str) -> Sighting:
    tree = LexborHTMLParser(card.html)
    body = tree.body
    if body is None:
        return Sighting(
            link=card.href, title=fields.title(card.title, is_html=False), position=place, language=language
        )
    tags = _tags(body, selectors)
    published = _date(body, card.href, selectors)
    image = next((href for each in body.css("img")[:5] if (href := _source(each, base))), None)
    excerpt = _excerpt(body, card, base, selectors)
    return Sighting(
        link=card.href,
        title=fields.title(card.title, is_html=False),
        doc=fields.document(excerpt, card.href),
        published=published,
        tags=tags,
        image=image,
        language=language,
        position=place,
    )


def _source(node: LexborNode, base: str) -> str | None:
    attributes = node.attributes or {}
    return fields.link(attributes.get("data-src") or attributes.get("data-original") or attributes.get("src"), base)


def _attribute(node: LexborNode, *names: str) -> str:
    attributes = node.attributes or {}
    return next((value for name in names if (value := attributes.get(name))), "")


# -- what a card says -------------------------------------------------------------------------------------------------


def _tags(body: LexborNode, selectors: Selectors) -> tuple[str, ...]:
    if selectors.tags:
        return fields.names(words(node, 100) for node in body.css(selectors.tags)[:50])
    named = (node for node in body.css("a")[:100] if _is_tag(node))
    return fields.names(words(node, 100).lstrip("#＃ ") for node in named)


def _is_tag(node: LexborNode) -> bool:
    rel, class_, href = (_attribute(node, name) for name in ("rel", "class", "href"))
    return "tag" in rel.split() or bool(_TAG_NAMES.search(class_)) or bool(_TAG_PATH.search(urlsplit_path(href)))


def urlsplit_path(href: str) -> str:
    """Give an address's path; nothing for what is none."""
    try:
        return urlsplit(href).path
    except ValueError:
        return ""


def _date(body: LexborNode, href: str, selectors: Selectors) -> datetime | None:
    for written in _dates(body, selectors):
        if (found := parse_date(written)) is not None:
            return found
    in_path = _IN_PATH.search(urlsplit_path(href))
    return parse_date("-".join(part.zfill(2) for part in in_path.groups())) if in_path else None


def _dates(body: LexborNode, selectors: Selectors) -> Iterable[str]:
    if selectors.date:
        named = body.css(selectors.date)[:3]
    else:
        named = body.css("time")[:3]
        named += [node for node in body.css("[class], [itemprop]")[:200] if _DATE_NAMES.search(_names(node))][:5]
    for node in named:
        yield _attribute(node, "datetime", "content", "data-date")
        yield from _ANY_DATE.findall(words(node, 100))[:1]
        yield _attribute(node, "title")
    if not selectors.date:
        said = (words(node, _LINE + 1) for node in body.css("span, div, p, small, li, i, em, td, footer, header")[:200])
        yield from (match.group() for text in said if len(text) <= _LINE and (match := _ANY_DATE.search(text)))


def _names(node: LexborNode) -> str:
    return f"{_attribute(node, 'class')} {_attribute(node, 'itemprop')}"


def _excerpt(body: LexborNode, card: Card, base: str, selectors: Selectors) -> str:
    """Give the HTML of what is left of a card without title, date, tags and buttons."""
    if selectors.excerpt:
        return "".join(node.html or "" for node in body.css(selectors.excerpt)[:20])
    for node in body.css("script, style, noscript, button, svg, iframe, time, nav, footer, form"):
        node.decompose()
    for node in body.css("h1, h2, h3, h4, h5, h6")[:20]:
        if words(node, 500) == card.title:
            node.decompose()
    for node in body.css("a")[:200]:
        if fields.link(_attribute(node, "href"), base) in {card.href, None} and _is_button(node, card):
            node.decompose()
    for node in body.css("[class]")[:300]:
        if (
            _META.search(_attribute(node, "class"))
            and len(words(node, _NOTE)) < _NOTE
            and node.tag not in {"article", "body"}
        ):
            node.decompose()
    return body.inner_html or ""


def _is_button(node: LexborNode, card: Card) -> bool:
    """Tell whether a link to the post is its title, its picture or a way to read on, and not its excerpt."""
    said = words(node, 200)
    return said in {"", card.title} or (len(said) < _BUTTON and bool(_MORE.search(said)))


# -- the next page ----------------------------------------------------------------------------------------------------


def _next_page(tree: LexborHTMLParser, url: str, base: str, selectors: Selectors) -> str:
    if selectors.next:
        candidates = tree.css(selectors.next)[:5]
    else:
        anchors = tree.css("a[href]")[:3000]
        candidates = tree.css("link[rel~=next], a[rel~=next]")[:5]
        candidates += [
            node for node in anchors if _NEXT.match(words(node, 40) or _attribute(node, "aria-label", "title"))
        ]
        candidates += [node for node in anchors if _NEXT_NAMES.search(_attribute(node, "class"))]
        candidates += _following_number(anchors, url, base)
    here = url.partition("#")[0].rstrip("/")
    for node in candidates:
        href = (fields.link(_attribute(node, "href"), base) or "").partition("#")[0]
        if href and href.rstrip("/") != here and urlsplit(href).netloc == urlsplit(url).netloc:
            return href
    return ""


def _following_number(anchors: list[LexborNode], url: str, base: str) -> list[LexborNode]:
    """Find the link to the page whose number is one more than this one's; a first page has none."""
    here = _NUMBERED.search(url)
    wanted = int(here[1]) + 1 if here else 2
    found = ((node, _NUMBERED.search(fields.link(_attribute(node, "href"), base) or "")) for node in anchors)
    return [node for node, number in found if number and int(number[1]) == wanted][:1]
