"""A message to Telegram, as its clients show it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from bot.preview.html import closed_up, element, link, text

_TAGS: Final = {
    "bold": "strong",
    "italic": "em",
    "underline": "u",
    "strikethrough": "s",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "expandable_blockquote": "blockquote",
}
_TAG: Final = re.compile(r"(?<!\S)#\w+")
_UNIT: Final = 2
"""Bytes of a UTF-16 code unit, in which Telegram counts."""


def shown(message: Mapping[str, object]) -> str:
    """Write a ``sendMessage`` request as HTML."""
    body = closed_up(_styled(str(message.get("text") or ""), _maps(message.get("entities"))))
    return element("div", body + _card(message), "bubble") + _keyboard(message)


def _maps(values: object) -> Sequence[Mapping[str, object]]:
    return [value for value in values if isinstance(value, Mapping)] if isinstance(values, (list, tuple)) else []


def _styled(said: str, entities: Sequence[Mapping[str, object]]) -> str:
    units = said.encode("utf-16-le", "replace")
    whole = _Range(0, len(units) // _UNIT, {})
    ranges = sorted((_Range.of(each) for each in entities), key=lambda each: (each.start, -each.end))
    return _inside(units, whole, ranges)


class _Range:
    """A stretch of the text, in UTF-16 code units, and the entity that styles it."""

    def __init__(self, start: int, end: int, entity: Mapping[str, object]) -> None:
        self.start, self.end, self.entity = start, end, entity

    @classmethod
    def of(cls, entity: Mapping[str, object]) -> _Range:
        """Read an entity's place."""
        start, length = entity.get("offset"), entity.get("length")
        start = start if isinstance(start, int) else 0
        return cls(start, start + (length if isinstance(length, int) else 0), entity)


def _inside(units: bytes, around: _Range, ranges: list[_Range]) -> str:
    """Write what is in a range; ``ranges`` are those that begin in it, which are taken off the list."""
    out, at = [], around.start
    while ranges and ranges[0].start < around.end:
        inner = ranges.pop(0)
        out.append(_words(units, at, inner.start, around))
        inside = [each for each in ranges if each.end <= inner.end and each.start < inner.end]
        del ranges[: len(inside)]
        out.append(_wrapped(inner.entity, _inside(units, inner, inside)))
        at = max(at, inner.end)
    out.append(_words(units, at, around.end, around))
    return "".join(out)


def _words(units: bytes, start: int, end: int, around: _Range) -> str:
    said = text(units[start * _UNIT : end * _UNIT].decode("utf-16-le", "replace"))
    return said if around.entity else _TAG.sub(lambda tag: element("span", tag[0], "tag"), said)


def _wrapped(entity: Mapping[str, object], inside: str) -> str:
    kind = str(entity.get("type"))
    if kind == "text_link":
        return link(str(entity.get("url") or ""), inside)
    return element(_TAGS.get(kind, "span"), inside, "spoiler" if kind == "spoiler" else "")


def _card(message: Mapping[str, object]) -> str:
    options = message.get("link_preview_options")
    url = str(options.get("url") or "") if isinstance(options, Mapping) else ""
    return element("div", text(f"🖼 {url.rsplit('/', 1)[-1][:80]}"), "card") if url else ""


def _keyboard(message: Mapping[str, object]) -> str:
    markup = message.get("reply_markup")
    rows = markup.get("inline_keyboard") if isinstance(markup, Mapping) else None
    drawn = [[_button(button) for button in _maps(row)] for row in rows] if isinstance(rows, (list, tuple)) else []
    return "".join(element("div", "".join(row), "row") for row in drawn)


def _button(button: Mapping[str, object]) -> str:
    return element("span", text(str(button.get("text") or "")) + (" ↗" if button.get("url") else ""), "button")
