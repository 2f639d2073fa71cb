"""Feeds in XML that break off, because their generator is still writing them or never came to the end."""

from __future__ import annotations

import re
from typing import Final

_MARK = re.compile(
    rb"<!\[CDATA\[.*?(?:\]\]>|\Z)|<!--.*?(?:-->|\Z)"
    rb"|<(?P<sign>/?+)(?P<name>(?:\w++:)?+(?:item|entry|rss|RDF|channel|feed))(?=[\s/>])(?P<rest>[^<>]*+>?+)",
    re.DOTALL,
)
_CLOSED = re.compile(rb"</(?:rss|(?:\w+:)?RDF|(?:\w+:)?feed)\s*>\s*\Z")
_TAIL: Final = 300
_ENTRY = (b"item", b"entry")
_DEPTH: Final = 8
"""Elements around the entries: a feed has two."""


def finished(document: bytes) -> bytes | None:
    """Give a feed without the entry that it ends in, and closed; None for one that is closed, or that is no feed."""
    if _CLOSED.search(document[-_TAIL:]):
        return None
    opened: list[bytes] = []
    begun = None
    for mark in _MARK.finditer(document):
        name, ends = mark["name"], mark["sign"] == b"/" and mark["rest"].endswith(b">")
        if name is None or mark["rest"].endswith(b"/>"):
            continue
        if name.endswith(_ENTRY):
            begun = None if ends else mark.start() if begun is None and not mark["sign"] else begun
        elif begun is None and not mark["sign"]:
            opened += [name] if len(opened) < _DEPTH else []
        elif begun is None and ends and name in opened:
            del opened[opened.index(name) :]
            if not opened:
                return None
    if not opened:
        return None
    kept = document[: document.rfind(b">") + 1 if begun is None else begun]
    return kept + b"".join(b"</%b>" % name for name in reversed(opened))
