"""A message to Discord, as its client shows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from bot.preview.html import closed_up, element, link, text
from bot.preview.markdown import Pieces, read

_TAGS: Final = {
    "bold": "strong",
    "italic": "em",
    "underline": "u",
    "strike": "s",
    "quote": "blockquote",
    "code": "code",
    "pre": "pre",
    "item": "span",
}
_CLASSES: Final = {"spoiler": "spoiler", "heading": "heading", "small": "small", "mention": "mention"}


def shown(message: Mapping[str, object]) -> str:
    """Write a "create message" body as HTML."""
    content = marked(str(message.get("content") or ""))
    embeds = "".join(_embed(embed) for embed in _maps(message.get("embeds")))
    rows = (row.get("components") for row in _maps(message.get("components")))
    buttons = "".join(element("div", "".join(map(_button, _maps(row))), "row") for row in rows)
    return (element("div", content, "content") if content else "") + embeds + buttons


def marked(markdown: str) -> str:
    """Write Markdown as HTML."""
    return closed_up(_html(read(markdown)))


def _html(pieces: Pieces) -> str:
    out = []
    for kind, value, inside in pieces:
        if kind == "text":
            out.append(text(value))
        elif kind in {"url", "link"}:
            out.append(link(value, _html(inside) or text(value)))
        elif kind in _TAGS:
            out.append(element(_TAGS[kind], _html(inside)))
        else:
            out.append(element("span", _html(inside), _CLASSES.get(kind, "")))
    return "".join(out)


def _maps(values: object) -> Sequence[Mapping[str, object]]:
    return [value for value in values if isinstance(value, Mapping)] if isinstance(values, (list, tuple)) else []


def _embed(embed: Mapping[str, object]) -> str:
    author, footer, image = (_inner(embed, name, key) for name, key in _PARTS)
    title = marked(str(embed.get("title") or ""))
    when = str(embed.get("timestamp") or "")[:10].replace("-", "/")
    parts = (
        ("author", text(author)),
        ("title", link(str(embed.get("url") or ""), title)),
        ("description", marked(str(embed.get("description") or ""))),
        ("image", text(f"🖼 {image.rsplit('/', 1)[-1][:80]}") if image else ""),
        ("footer", text(" • ".join(filter(None, (footer, when))))),
    )
    colour = embed.get("color")
    bar = f"{colour:06x}" if isinstance(colour, int) and 0 <= colour <= _WHITE else "8a8f98"
    inside = "".join(element("div", inner, name) for name, inner in parts if inner)
    return f'<div class="embed" style="border-color:#{bar}">{inside}</div>'


_PARTS: Final = (("author", "name"), ("footer", "text"), ("image", "url"))
_WHITE: Final = 0xFFFFFF


def _inner(embed: Mapping[str, object], name: str, key: str) -> str:
    value = embed.get(name)
    return str(value.get(key) or "") if isinstance(value, Mapping) else ""


def _button(component: Mapping[str, object]) -> str:
    label = text(str(component.get("label") or ""))
    emoji = component.get("emoji")
    if isinstance(emoji, Mapping):
        label = f"{text(str(emoji.get('name') or ''))} {label}".strip()
    return element("span", label + (" ↗" if component.get("url") else ""), "button")
