"""OPML, the format in which feed readers and feed bots hand over lists of feeds.

Read with expat and no tree: any outline with an ``xmlUrl`` counts, at any depth, which covers what RSS-to-Telegram-Bot
and the common readers write. A document type is refused, and with it every entity that could grow.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit
from xml.parsers import expat
from xml.sax.saxutils import quoteattr

from bot.core.errors import SourceError
from bot.reading.said import clean

MAX_BYTES: Final = 10 * 1024 * 1024
MAX_FEEDS: Final = 20_000
_MAX_DEPTH: Final = 64
_MAX_URL: Final = 2_000
_MAX_TITLE: Final = 300


@dataclass(frozen=True, slots=True)
class Outline:
    """One feed of a list."""

    url: str
    title: str = ""


class _Reader:
    def __init__(self) -> None:
        self.found: dict[str, Outline] = {}
        self._depth = 0
        self._root = ""

    def parse(self, body: bytes) -> None:
        parser = expat.ParserCreate()
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.StartDoctypeDeclHandler = self._doctype
        parser.Parse(body, True)  # noqa: FBT003 -- expat's own signature: this is all of it

    def _doctype(self, *_: object) -> None:
        msg = "it has a document type, which lists of feeds need not have"
        raise SourceError(msg)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        self._root = self._root or name.lower()
        if self._root != "opml" or self._depth > _MAX_DEPTH or len(self.found) >= MAX_FEEDS:
            msg = "it is no OPML, or an unreasonable one"
            raise SourceError(msg)
        given = {key.lower(): value.strip() for key, value in attributes.items()}
        url = given.get("xmlurl", "")
        found = outline(url, given.get("title") or given.get("text") or "") if name.lower() == "outline" else None
        if found is not None:
            self.found.setdefault(url, found)

    def _end(self, _name: str) -> None:
        self._depth -= 1


def _is_web(url: str) -> bool:
    try:
        return (
            len(url) <= _MAX_URL
            and url.isprintable()
            and urlsplit(url).scheme in {"http", "https"}
            and bool(urlsplit(url).hostname)
        )
    except ValueError:
        return False


def outline(url: str, title: str) -> Outline | None:
    """Give a list's feed, its title on one line and bounded; None where the address is none of the web's."""
    return Outline(url, " ".join(clean(" ".join(title.split())).split())[:_MAX_TITLE]) if _is_web(url) else None


def read(body: bytes) -> tuple[Outline, ...]:
    """Read a list of feeds, each address once, in its order. Raises SourceError that says what is wrong."""
    if len(body) > MAX_BYTES:
        msg = f"it is larger than {MAX_BYTES // 1024 // 1024} MB"
        raise SourceError(msg)
    reader = _Reader()
    try:
        reader.parse(body)
    except expat.ExpatError as error:
        msg = f"it is damaged: {error}"
        raise SourceError(msg) from error
    return tuple(reader.found.values())


def write(outlines: Iterable[Outline]) -> str:
    """Write a list of feeds."""
    lines = [
        f'    <outline type="rss" text={_quoted(each.title or each.url)} title={_quoted(each.title or each.url)}'
        f" xmlUrl={_quoted(each.url)}/>"
        for each in outlines
    ]
    head = ['<?xml version="1.0" encoding="UTF-8"?>', '<opml version="2.0">', "  <head><title>Incoming</title></head>"]
    return "\n".join([*head, "  <body>", *lines, "  </body>", "</opml>", ""])


def _quoted(text: str) -> str:
    # XML has no way to write control characters; a title that has one is as well without it.
    return quoteattr("".join(" " if ord(each) < ord(" ") else each for each in text))
