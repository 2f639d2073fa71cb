"""By what a post is recognised: its guid, its canonical link, its text's fingerprint, its title, its text's gist.

Keys are stored for good, so they are made by rules of their own that never follow another room's changes. All values
are short (at most ``KEY_LIMIT`` characters): what is longer stands as its hash.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, is_dataclass
from hashlib import blake2b
from typing import Any, Literal, TypeAlias
from urllib.parse import unquote, urlsplit

from bot.core.gist import GIST_CELLS, gist_of, likeness
from bot.core.sighting import Sighting
from bot.reading.doc import Block, CodeBlock, CodeSpan, Doc, Math, MathBlock, Text
from bot.reading.patterns import rare

__all__ = [
    "GIST_CELLS",
    "KEY_LIMIT",
    "PRINT_MINIMUM",
    "TEXT_LIMIT",
    "Keys",
    "Kind",
    "canonical",
    "fingerprint",
    "gist_of",
    "guid_key",
    "keys_of",
    "letters",
    "likeness",
    "lookup",
    "short",
    "sketch",
    "sketched",
    "slug",
    "text_of",
    "title_key",
]

KEY_LIMIT = 200
"""Characters. Longer links exist (titles of 60 Chinese characters, percent-encoded), longer keys help nobody."""

PRINT_MINIMUM = 80
"""Bytes of UTF-8: a Chinese character says about as much as three letters. Below, texts repeat honestly: "read on", a
one-line teaser, WordPress's notice on protected posts (74 letters in English, 72 bytes in Chinese)."""

TEXT_LIMIT = 100_000
"""Letters of a text that are looked at: what tells two posts apart stands earlier."""

# Campaign marks that newsletters and feed services append; the page is the same without them.
_TRACKING = rare(r"(?:utm_.*|mc_[ce]id|fbclid|gclid|dclid|yclid|igshid|spm|from|source|ref|_hs(?:enc|mi))", re.ASCII)
_INDEX = re.compile(r"/(?:index|default)\.(?:html?|php|aspx?)$", re.ASCII)
# Most posts' links: a host and a path in which there is nothing that would be left out or written otherwise.
_PLAIN_LINK = re.compile(
    r"https?:(//)(?:www\.)?((?!www\.)[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?:/(?!index\.|default\.)[\w.~-]+)+)/?", re.ASCII
)
_DEFAULT_PORT = re.compile(r"(?::80|:443)$", re.ASCII)
_SKETCH = re.compile(r"(?P<print>[\w-]{20})?:(?P<gist>[\w.-]{64})?", re.ASCII)
_WIDE_MARKS = "，。、：；！？（）“”…—《》「」"
_ASCII_MARKS = bytes(byte for byte in range(128) if not chr(byte).isalnum())
_NO_LETTER = re.compile(r"[\W_]+")

Kind: TypeAlias = Literal["guid", "link", "print", "title"]


@dataclass(frozen=True, slots=True)
class Keys:
    """What a sighting is recognised by. Missing ones are None, or empty for ``title`` and ``gist``."""

    guid: str | None
    link: str | None
    print: str | None
    title: str
    gist: str


def short(value: str) -> str:
    """Give the value, or its hash where it is longer than a key may be."""
    if len(value) <= KEY_LIMIT:
        return value
    return "~" + blake2b(value.encode("utf-8", "replace"), digest_size=16).hexdigest()


def letters(text: str) -> str:
    """Reduce a text to its letters and digits, compatibility forms and case folded.

    Quotation marks, blanks and punctuation change with every theme and template engine; letters change with an edit.
    """
    if not text.isascii():
        # Wide punctuation is no letter in any form, and alone makes most Chinese texts take the long way to NFKC. A
        # blank stays in its place, so that nothing comes together that stood apart.
        for mark in _WIDE_MARKS:
            text = text.replace(mark, " ")
        text = unicodedata.normalize("NFKC", text)
    # The marks of ASCII are nearly all there are, and go three times as fast in bytes.
    bare = text.casefold().encode("utf-8", "surrogatepass").translate(None, _ASCII_MARKS)
    said = bare.decode("utf-8", "surrogatepass")
    return said if said.isalnum() else _NO_LETTER.sub("", said)  # a third of the time, and most have no other marks


def title_key(title: str) -> str:
    """Fold a title. One without any letter ("???", an emoji) is kept as it stands, without its blanks."""
    return short(letters(title) or "".join(title.split()))


def guid_key(guid: str | None) -> str | None:
    """Fold a guid: nothing but its blanks and, where it is an address, its scheme.

    A guid is opaque (RSS 2.0, RFC 4287 section 4.2.6), but an address as guid turns from http to https with its blog.
    """
    if not guid or not (text := guid.strip()):
        return None
    return short(re.sub(r"(?i)^https?://", "//", text))


def canonical(link: str | None) -> str | None:
    """Fold a link to what names the page: host, path and telling query parameters; None where it is no web address.

    Two addresses that differ in scheme, ``www.``, default port, trailing slash, ``index.html``, fragment, tracking
    parameters or the way of percent-encoding show the same page. A fragment that is a route (``#/post``, ``#!post``)
    names a page and stays. The site's front page is no post's: entries without a page of their own point there.
    """
    if link and (plain := _PLAIN_LINK.fullmatch(link)):
        return short("".join(plain.groups()))  # 1 us instead of 8
    return folded(link)


def folded(link: str | None) -> str | None:
    """Do what ``canonical`` says, of whatever form a link is."""
    parts = _split(link)
    if parts is None:
        return None
    host, path, query, fragment = parts
    tail = "#" + fragment if fragment.startswith(("/", "!")) else ""
    if not (path or query or tail):
        return None
    return short(f"//{host}{path}{'?' + query if query else ''}{tail}")


def _split(link: str | None) -> tuple[str, str, str, str] | None:
    try:
        parts = urlsplit((link or "").strip())
    except ValueError:
        return None
    if parts.scheme.lower() not in {"http", "https", ""} or not parts.netloc:
        return None
    host = _DEFAULT_PORT.sub("", parts.netloc.rpartition("@")[2].lower()).removeprefix("www.").rstrip(".")
    path = _INDEX.sub("/", unicodedata.normalize("NFC", unquote(parts.path))).rstrip("/")
    query = "&".join(item for item in parts.query.split("&") if not _TRACKING.fullmatch(item.partition("=")[0].lower()))
    return host, path, query, parts.fragment


def slug(link: str) -> str:
    """Give the last piece of a canonical link's path: it survives a move to another host or permalink scheme."""
    path = link.removeprefix("//").partition("?")[0].partition("/")[2]
    return path.rpartition("/")[2].removesuffix(".html").casefold()


def text_of(doc: Doc) -> str:
    """Give the letters of a text, its code and its formulas, at most ``TEXT_LIMIT``."""
    return letters("".join(_clip(_strings(doc.blocks))))[:TEXT_LIMIT]


def _strings(blocks: tuple[Block, ...]) -> Iterator[str]:
    stack: list[Any] = [blocks]
    while stack:
        top = stack.pop()
        kind = type(top)
        if kind is tuple:
            stack += top[::-1]
        elif kind in _TEXTS:
            yield top.text
        elif kind in _FORMULAS:
            yield top.tex
        else:
            stack += [getattr(top, name) for name in _names(kind)]


_TEXTS = frozenset((Text, CodeSpan, CodeBlock))
_FORMULAS = frozenset((Math, MathBlock))
_NAMES: dict[type[Any], tuple[str, ...]] = {}


def _names(kind: type[Any]) -> tuple[str, ...]:
    """Give the fields of a kind of node, the last one first."""
    if kind not in _NAMES:
        _NAMES[kind] = tuple(item.name for item in reversed(fields(kind))) if is_dataclass(kind) else ()
    return _NAMES[kind]


def _clip(strings: Iterable[str]) -> Iterator[str]:
    left = 2 * TEXT_LIMIT
    for string in strings:
        yield string[:left]
        left -= len(string)
        if left <= 0:
            return


def sketch(doc: Doc, summary: Doc) -> str:
    """Write fingerprint and gist of an entry's text, or of the feed's excerpt where there is no text, as one string.

    The only costly part of the keys (about 0.13 ms for 3,000 letters), so sources make it where they parse.
    """
    text = text_of(doc) or text_of(summary)
    return f"{fingerprint(text) or ''}:{gist_of(text)}"


def sketched(sighting: Sighting) -> tuple[str | None, str]:
    """Give the fingerprint and the gist of an entry's text."""
    return _pieces(sighting.sketch) or _pieces(sketch(sighting.doc, sighting.summary)) or (None, "")


@functools.lru_cache
def _pieces(written: str) -> tuple[str | None, str] | None:
    """Part a sketch; None where it is none."""
    pieces = _SKETCH.fullmatch(written)
    return pieces and (pieces["print"], pieces["gist"] or "")


def fingerprint(text: str) -> str | None:
    """Hash a text's letters; None below ``PRINT_MINIMUM``."""
    data = text.encode("utf-8", "replace")
    if len(data) < PRINT_MINIMUM:
        return None
    return urlsafe_b64encode(blake2b(data, digest_size=15).digest()).decode()


def keys_of(sighting: Sighting) -> Keys:
    """Make all keys of a sighting, as they are stored with its post."""
    return _keys(sighting.guid, sighting.link, *sketched(sighting), sighting.title)


@functools.lru_cache
def _keys(guid: str | None, link: str | None, print_: str | None, gist: str, title: str) -> Keys:
    """Make keys once: a look asks for those of an entry to look for its post, to decide, and to store it."""
    return Keys(guid_key(guid), canonical(link), print_, title_key(title), gist)


def lookup(sightings: Iterable[Sighting]) -> tuple[tuple[Kind, str], ...]:
    """Name the keys that the store has to look for before ``decide``: guids within the feed, the others everywhere.

    Entries that were not read again need none: they are posts of the last document.
    """
    found: dict[tuple[Kind, str], None] = {}
    for keys in (keys_of(item) for item in sightings if item.known_as is None):
        pairs: tuple[tuple[Kind, str | None], ...] = (
            ("guid", keys.guid),
            ("link", keys.link),
            ("print", keys.print),
            ("title", keys.title),
        )
        found.update(((kind, value), None) for kind, value in pairs if value)
    return tuple(found)
