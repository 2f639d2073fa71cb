"""Pieces of HTML, with everything that comes from outside escaped."""

from __future__ import annotations

import re
from html import escape

_WEB = re.compile(r"https?://[^\s\"'<>]{1,2000}|mailto:[^\s\"'<>]{1,200}")

_BEHIND_BLOCK = re.compile(r"(</(?:pre|blockquote)>)\n")


def text(said: str) -> str:
    """Write text; its line ends stay."""
    return escape(said, quote=True)


def element(tag: str, inside: str, kind: str = "") -> str:
    """Write an element around HTML, with a class where one is given."""
    attribute = f' class="{escape(kind)}"' if kind else ""
    return f"<{tag}{attribute}>{inside}</{tag}>"


def link(href: str, inside: str, kind: str = "") -> str:
    """Write a link around HTML; what is no address on the web is left out, the words stay."""
    if not _WEB.fullmatch(href):
        return inside
    attribute = f' class="{escape(kind)}"' if kind else ""
    return f'<a{attribute} href="{escape(href)}" rel="noreferrer">{inside}</a>'


def closed_up(inside: str) -> str:
    """Take off the line end behind code and quotations, which stand on lines of their own anyway."""
    return _BEHIND_BLOCK.sub(r"\1", inside)
