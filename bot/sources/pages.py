"""Recognise a page for people, and the feeds that it names in its head."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import urljoin

from bot.reading.patterns import rare

_LOOK = 65_536
_ROOT = re.compile(r"<\s*([A-Za-z][\w:.-]*)")
_SKIP = re.compile(r"<!--.*?-->|<\?.*?\?>", re.DOTALL)
_HTML_ROOTS = frozenset(
    {"html", "head", "body", "title", "meta", "link", "script", "style", "div", "p", "h1", "h2", "table", "center"}
)
_LINK = re.compile(r"<link\b([^<>]{0,2000})>", re.IGNORECASE)
_ATTRIBUTE = rare(r"""([A-Za-z-]{1,20})\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
_FEED_TYPES = frozenset({"application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml"})


def is_page(text: str) -> bool:
    """Tell whether a document is HTML: by its doctype, or by its first element."""
    start = _SKIP.sub("", text[:_LOOK]).lstrip()
    if start[:14].lower() == "<!doctype html":
        return True
    root = _ROOT.search(start[:2000])
    return root is not None and root.group(1).lower() in _HTML_ROOTS


def advertised_feeds(text: str, url: str) -> tuple[str, ...]:
    """Give the feeds that ``<link rel="alternate">`` names, absolute, in the page's order, at most ten."""
    found: list[str] = []
    for match in _LINK.finditer(text[: 4 * _LOOK]):
        values = {
            name.lower(): unescape(double or single or bare)
            for name, double, single, bare in _ATTRIBUTE.findall(match.group(1))
        }
        alternate = "alternate" in values.get("rel", "").lower().split()
        if alternate and values.get("type", "").lower().strip() in _FEED_TYPES and values.get("href"):
            found.append(_join(url, values["href"].strip()))
    return tuple(dict.fromkeys(found))[:10]


def _join(base: str, href: str) -> str:
    try:
        return urljoin(base, href)[:2000]
    except ValueError:
        return href[:2000]
