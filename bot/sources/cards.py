"""Find a listing page's cards: the repeated pieces that each lead to one post.

Without selectors the titles are found first: links that stand alike in the page's tree, preferably in headings, and
lead to different pages. A card is then the largest element around a title that holds no other one.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from bot.core.sighting import Selectors
from bot.reading.patterns import rare
from bot.sources import fields

CARDS = 1000
"""Cards that are read of one page."""
_LINKS = 5000
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_CLIMB = 30
_NEAR = 3
_AROUND = 300
_SIBLINGS = 12
# Places of a page that lead elsewhere than to its posts.
_ASIDE_TAGS = frozenset({"nav", "footer", "aside", "form", "select", "noscript"})
_ASIDE = rare(
    r"(?:^|\s)(?:[\w-]*[-_])?(?:nav|navbar|menu|sidebar|side-bar|widget|footer|pagination|pager|breadcrumbs?|comments?|"
    r"share|related|toc|tagcloud|tag-cloud|friends?|social)(?=\s|$)",
    re.IGNORECASE,
)
_TITLE = rare(r"title|headline|heading|post-?name|entry-?name", re.IGNORECASE)
_NO_POST = rare(
    r"/(?:tags?|categor(?:y|ies)|topics?|series|page|authors?|search|feed|rss|login|about|links?|archives?)/?"
    r"(?:$|(?<=/)(?<!archives/)(?<!topics/)(?<!series/)[^/]+/?$|index\.html?$)",
    re.IGNORECASE,
)
_DATE = rare(
    r"(?:19|20)\d\d\s*[-/.年]\s*\d{1,2}|\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.? ",
    re.IGNORECASE,
)
_SPACE = rare(r"\s+")


@dataclass(frozen=True, slots=True)
class Card:
    """One card: its title's link, its HTML, and what leads to the post."""

    title: str
    href: str
    html: str


@dataclass(frozen=True, slots=True)
class _Link:
    """A link that may be a card's title: what it leads to, and the words by which."""

    node: LexborNode
    href: str
    title: str
    heading: bool
    """Whether a heading says so."""


Key: TypeAlias = tuple[str, ...]


def find_cards(tree: LexborHTMLParser, base: str, selectors: Selectors) -> list[Card]:
    """Give a page's cards from the top. ``base`` is where relative links begin."""
    if selectors.card:
        return list(_selected(tree, base, selectors))
    if tree.body is None:
        return []
    titles = _titles(list(_links(tree.body, base)), base)
    holders = Counter(each.mem_id for link in titles for each in (link.node, *_above(link.node)))
    return [_card(link, holders) for link in titles]


def words(node: LexborNode | None, limit: int = 500) -> str:
    """Give a node's text on one line."""
    return _SPACE.sub(" ", node.text(deep=True, separator=" ")).strip()[:limit] if node is not None else ""


def _selected(tree: LexborHTMLParser, base: str, selectors: Selectors) -> Iterator[Card]:
    for card in tree.css(selectors.card)[:CARDS]:
        anchor = card.css_first(selectors.link or "a[href]") if card.tag != "a" or selectors.link else card
        href = fields.link((anchor.attributes or {}).get("href"), base) if anchor is not None else None
        if href:
            title = words(card.css_first(selectors.title)) if selectors.title else ""
            yield Card(title or words(anchor), href, card.html or "")


# -- titles -----------------------------------------------------------------------------------------------------------


def _links(body: LexborNode, base: str) -> Iterator[_Link]:
    """Give the links that may lead to posts."""
    home = urlsplit(base)
    for node in body.css("a[href]")[:_LINKS]:
        href = fields.link((node.attributes or {}).get("href"), base)
        if not href or href.partition("#")[0].rstrip("/") == base.partition("#")[0].rstrip("/"):
            continue
        parts = urlsplit(href)
        inside = parts.netloc.removeprefix("www.") == home.netloc.removeprefix("www.")
        if inside and (parts.path in {"", "/"} or _NO_POST.search(parts.path)):
            continue
        if title := _heading_of(node):
            yield _Link(node, href, title, heading=True)
        elif said := _said(node):
            yield _Link(node, href, said, heading=_in_heading(node))


def _heading_of(node: LexborNode) -> str:
    """Give the heading in a link, or the one beside a link that has no words, as when it is laid over its card."""
    inside = node.css_first("h1, h2, h3, h4, h5, h6")
    if inside is not None or words(node):
        return words(inside)
    at = node.parent
    for _ in range(_NEAR):
        if at is None or at.tag in {"body", "main"}:
            break
        found = at.css("h1, h2, h3, h4, h5, h6")[:2]
        if found:
            return words(found[0]) if len(found) == 1 else ""
        at = at.parent
    return ""


def _said(node: LexborNode) -> str:
    """Give a link's words; where it holds a whole card, those of the piece that is no date."""
    pieces = [piece for child in node.iter() if (piece := words(child)) and child.tag not in {"time", "small"}]
    titled = [words(child) for child in node.css("[class]")[:20] if _TITLE.search(_names(child))]
    if titled:
        return titled[0]
    loose = words(node)
    told = [piece for piece in pieces if not _DATE.match(piece)]
    return told[0] if len(pieces) < len(list(node.iter())) and told else loose


def _in_heading(node: LexborNode) -> bool:
    at: LexborNode | None = node
    for _ in range(_NEAR):
        if at is None:
            break
        if at.tag in _HEADINGS or _TITLE.search(_names(at)):
            return True
        at = at.parent
    return False


def _titles(links: Sequence[_Link], base: str) -> list[_Link]:
    groups: dict[Key, list[_Link]] = defaultdict(list)
    for link in links:
        path = _way(link.node)
        if path is not None:
            groups[link.heading * "heading", *path].append(link)
    ranked = sorted(map(_distinct, groups.values()), key=lambda group: _worth(group, base), reverse=True)
    return ranked[0][:CARDS] if ranked and _worth(ranked[0], base) else []


def _distinct(links: Sequence[_Link]) -> list[_Link]:
    found: dict[str, _Link] = {}
    for link in links:
        found.setdefault(link.href.partition("#")[0], link)
    return list(found.values())


def _way(node: LexborNode) -> Key | None:
    """Give a link's way down the tree; None where it stands beside the posts."""
    path: list[str] = []
    at: LexborNode | None = node
    settled = False
    for _ in range(60):
        if at is None or at.tag == "body":
            break
        tag = at.tag or ""
        path.append(tag)
        settled |= tag in {"article", "main"}
        if not settled and (tag in _ASIDE_TAGS or _ASIDE.search(_names(at))):
            return None
        at = at.parent
    return ((node.attributes or {}).get("class") or "", *path)


def _names(node: LexborNode) -> str:
    attributes = node.attributes or {}
    return f"{attributes.get('class') or ''} {attributes.get('id') or ''}"


def _worth(links: Sequence[_Link], base: str) -> float:
    """Weigh a group: many different links with different words, in headings, on the blog itself, with dates by them."""
    texts = Counter(link.title for link in links)
    heading = links[0].heading
    if (len(links) == 1 and not heading) or 2 * len(texts) <= len(links) or max(texts.values()) > len(links) / 2 + 1:
        return 0.0
    host = urlsplit(base).netloc
    own = sum(urlsplit(link.href).netloc == host for link in links) / len(links)
    length = sum(min(len(text.encode()), 30) for text in texts) / len(texts) / 30
    dated = sum(bool(_DATE.search(_around(link.node))) for link in links[:20]) / min(len(links), 20)
    return min(len(links), 40) * length * (4.0 if heading else 1.0) * (0.2 + own) * (1.0 + 2.0 * dated)


def _around(node: LexborNode) -> str:
    at: LexborNode = node
    for _ in range(_NEAR):
        if at.parent is None or at.parent.tag in {"body", "main", "ul", "ol", "table", "tbody"}:
            break
        at = at.parent
        if len(words(at, _AROUND + 1)) > _AROUND:
            break
    return words(at, _AROUND)


# -- cards ------------------------------------------------------------------------------------------------------------


def _above(node: LexborNode) -> Iterator[LexborNode]:
    at = node
    for _ in range(_CLIMB):
        parent = at.parent
        if parent is None or parent.tag in {"body", "html", "main"}:
            return
        yield parent
        at = parent


def _card(link: _Link, holders: Counter[int]) -> Card:
    top = link.node
    alone = max(holders.values(), default=1) == 1
    for above in _above(link.node):
        if holders[above.mem_id] > 1:
            break
        top = above
        if alone and above.tag in {"article", "section", "li"}:
            break  # the only card of its page: nothing else tells where it ends
    return Card(link.title, link.href, (top.html or "") + _following(top, holders))


def _following(top: LexborNode, holders: Counter[int]) -> str:
    """Give what follows a bare title, up to the next one: some pages have no elements around their cards."""
    if top.tag not in _HEADINGS | {"a", "dt"}:
        return ""
    pieces: list[str] = []
    at = top.next
    while at is not None and len(pieces) < _SIBLINGS and not holders[at.mem_id] and at.tag not in {*_HEADINGS, "dt"}:
        pieces.append(at.html or "")
        at = at.next
    return "".join(pieces)
