"""The elements of RSS 2.0 and Atom 1.0 as nearly every generator writes them, and what feedparser makes of each.

Whatever is not certainly the same raises ``OddError``; what has no place here is odd as well (docs/adr/0019).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias
from urllib.parse import urljoin

from bot.sources.dates import usual_date

Values: TypeAlias = dict[str, Any]

BASE = "http://www.w3.org/XML/1998/namespace base"
LANGUAGE = "http://www.w3.org/XML/1998/namespace lang"
_MANY: Final = 90
"""Tags, people or links of an entry: from a hundred on not all are looked at."""
# What may be HTML where plain text should stand: feedparser guesses.
_MARKUP = re.compile(r"</\w+>|&#?\w+;")
# An address of mail with a name behind it, where feedparser finds both.
_MAIL_AND_NAME = re.compile(r"[A-Za-z0-9_.+-]+@(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,4} \(([^()<>@&?]+)\)")
_TYPES: Mapping[str, str] = {"text": "text/plain", "html": "text/html"}
_PAGES = frozenset({"text/html", "application/xhtml+xml", "html", "xhtml"})


class OddError(Exception):
    """Better left to feedparser."""


@dataclass(frozen=True, slots=True)
class Part:
    """An element that may stand in another. ``read`` puts what it says into what was read of that one."""

    read: Callable[[Values, Element], None] = lambda *_: None
    attributes: AbstractSet[str] = frozenset()
    parts: Mapping[str, Part] = field(default_factory=dict)
    many: bool = False
    """Whether it may stand there more than once: about most, feedparser has rules of its own."""


class Element:
    """An element that has begun: what stands on it and in it, and what was read of that."""

    __slots__ = ("attributes", "part", "seen", "text", "values")
    part: Part
    attributes: dict[str, str]
    text: str
    """Without blanks around it; nothing certain where other elements stand in it."""
    values: Values
    seen: set[str]
    """The elements that may stand in it only once, and did."""

    def __init__(self, part: Part, attributes: dict[str, str]) -> None:
        self.part = part
        self.attributes = attributes
        if part.parts:
            self.values, self.seen = {}, set()


def _text(element: Element) -> str:
    """Give an element's text; one that was encoded twice feedparser decodes twice."""
    text = element.text
    if not text.isascii():
        try:
            text.encode("iso-8859-1").decode()
        except UnicodeError:
            return text
        raise OddError
    return text


def _address(text: str) -> str:
    """Give an address, unless it is one that feedparser mends."""
    if ":///" in text or ("&" in text and ";" in text):
        raise OddError
    return text


def _add(values: Values, name: str, value: Values) -> None:
    added = values.setdefault(name, [])
    if len(added) >= _MANY:
        raise OddError
    added.append(value)


def text_as(name: str) -> Callable[[Values, Element], None]:
    """Read a text, to stand under a name."""

    def read(values: Values, element: Element) -> None:
        values[name] = _text(element)

    return read


def date_as(name: str) -> Callable[[Values, Element], None]:
    """Read a date, unless somebody could read it as another one."""

    def read(values: Values, element: Element) -> None:
        values[name] = usual_date(element.text)
        if values[name] is None:
            raise OddError

    return read


def typed_as(name: str, usual: str = "text") -> Callable[[Values, Element], None]:
    """Read a text that may be HTML, or is it by custom."""
    detail = f"{name}_detail"

    def read(values: Values, element: Element) -> None:
        kind = element.attributes.get("type", usual)
        if kind not in _TYPES:
            raise OddError
        values[name] = _text(element)
        if base := element.attributes.get(BASE):
            _set_base(values, base)
        values[detail] = {"type": _TYPES[kind], "value": values[name], "base": values.get("base", "")}

    return read


def _set_base(values: Values, base: str) -> None:
    """Note what relative addresses stand on: to feedparser, that holds for all that follows."""
    if not base.startswith(("http://", "https://")) or urljoin(base, _address(base)) != base:
        raise OddError
    values["base"] = base


def _refuse_base(values: Values) -> None:
    """Refuse what would stand on a base that belongs to something before it."""
    if "base" in values:
        raise OddError


def title(values: Values, element: Element) -> None:
    """Read a title of RSS, unless feedparser has to guess whether it is HTML."""
    if _MARKUP.search(element.text):
        raise OddError
    values["title"] = _text(element)
    values["title_detail"] = {"type": "text/plain"}


def link(values: Values, element: Element) -> None:
    """Read a link as RSS has it."""
    values["link"] = _address(_text(element))


def guid(values: Values, element: Element) -> None:
    """Read an identifier, which stands for the link where there is none."""
    _refuse_base(values)
    values["id"] = _text(element)
    if element.attributes.get("isPermaLink", "true") == "true":
        values.setdefault("link", _address(values["id"]))


def related(values: Values, element: Element) -> None:
    """Read a link as Atom has it."""
    said = element.attributes
    relation = said.get("rel", "alternate").lower()
    kind = said.get("type", "text/html").lower()
    _refuse_base(values)
    if "href" not in said:
        raise OddError
    _add(values, "links", {"rel": relation, "type": kind, "href": _address(said["href"])})
    if relation == "alternate" and kind in _PAGES:
        values["link"] = said["href"]


def enclosure(values: Values, element: Element) -> None:
    """Read a file of RSS, which is a link of Atom."""
    said = element.attributes
    _add(values, "links", {"rel": "enclosure", "type": said.get("type", "").lower(), "href": said.get("url")})


def foreign(values: Values, element: Element) -> None:
    """Read a link of Atom's in RSS, which has one of its own."""
    related(values, element)
    if values["links"][-1]["rel"] == "alternate":
        raise OddError


def tag(values: Values, element: Element) -> None:
    """Read a tag of RSS."""
    _add(values, "tags", {"term": _text(element)})


def category(values: Values, element: Element) -> None:
    """Read a tag of Atom."""
    if element.text:
        raise OddError
    _add(values, "tags", element.attributes)


def creator(values: Values, element: Element) -> None:
    """Read a name, if need be from behind an address of mail."""
    values["author"] = name = _text(element)
    if "@" in name:
        found = _MAIL_AND_NAME.fullmatch(name)
        if found is None or not (name := found[1].strip()):
            raise OddError
    _add(values, "authors", {"name": name})


def author(values: Values, element: Element) -> None:
    """Read a person of Atom."""
    name, mail = (element.values.get(each) for each in ("name", "email"))
    if not name:
        raise OddError
    values["authors"] = [{"name": name}]
    values["author"] = f"{name} ({mail})" if mail else name


def picture_in(name: str) -> Callable[[Values, Element], None]:
    """Read a picture, to stand in a list of that name."""

    def read(values: Values, element: Element) -> None:
        if not element.attributes.get("url"):
            raise OddError
        _add(values, name, {**element.attributes, "type": element.attributes.get("type", "").lower()})

    return read


def entry(values: Values, element: Element) -> None:
    """Read an entry."""
    _refuse_base(values)
    if "base" in element.values:
        values["base"] = element.values["base"]
    if written := element.values.pop("content_detail", None):
        element.values["content"] = [written]
    values.setdefault("entries", []).append(element.values)


def rss(values: Values, element: Element) -> None:
    """Read the whole of RSS."""
    if element.attributes.get("version") != "2.0":
        raise OddError
    values.update(element.values, version="rss20")


def channel(values: Values, element: Element) -> None:
    """Read the feed in RSS."""
    values.update(element.values)


def feed(values: Values, element: Element) -> None:
    """Read the whole of Atom."""
    values.update(element.values, version="atom10")
    if language := element.attributes.get(LANGUAGE):
        values["language"] = language.replace("_", "-")
