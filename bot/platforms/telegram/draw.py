"""A Notice as the requests that show it on Telegram; pure.

Layout (UX.md, section 3): the title first, bold and linked; the source and the date where they are given; the body;
hashtags; buttons under the last part. Ranges go as entities, never as markup in the text; lengths are UTF-16 units.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container, Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, tzinfo
from html import escape
from typing import Final
from zoneinfo import ZoneInfo

from bot.core.models import ABOVE, NOWHERE, Chat, Notice, Payload
from bot.platforms.telegram.guard import guarded
from bot.platforms.telegram.keyboard import WEB, keyboard
from bot.platforms.telegram.photo import pictured
from bot.platforms.telegram.rich import rich
from bot.reading.displayed import displayed
from bot.reading.render import Dialect, Flat, Span, Style, flatten, join, split
from bot.reading.text import utf16
from bot.times import day

DIALECT: Final = Dialect(
    name="telegram",
    unit="utf16",
    limit=4096,
    styles=frozenset(("bold", "italic", "underline", "strike", "spoiler", "code", "pre", "quote", "link")),
)
PARTS: Final = 8
"""The most messages that one text becomes: 32,768 units, the length of Telegram's own long posts."""
ENTITIES: Final = 100
"""Telegram ignores entities beyond these."""
_WORTH: Final[dict[Style, int]] = {"pre": 0, "code": 0, "link": 1}
"""Which styles to keep where there are too many: the first ones carry more than looks."""
_TAGS: Final = 4
_TYPES: Final[dict[Style, str]] = {"strike": "strikethrough", "quote": "blockquote", "link": "text_link"}
_VALUES: Final[dict[Style, str]] = {"link": "url", "pre": "language"}
_SPOKEN: Final = str.maketrans({"+": "plus", "#": "sharp"})


def draw(notice: Notice, chat: Chat) -> tuple[Payload, ...]:
    """Write a notice as requests, without the chat's id; only the first one rings, the last has the buttons.

    Where the chat wants it and there are formulas, that is one sendRichMessage, or a sendPhoto of those on lines of
    their own, with what replaces it as ``fallback``.
    """
    return _drawn(notice, chat, ())


def answer(notice: Notice, chat: Chat, commands: Container[str]) -> tuple[Payload, ...]:
    """Likewise for an answer of our own: in its lists ``commands`` may be tapped."""
    return _drawn(notice, chat, () if notice.title else commands)


def _drawn(notice: Notice, chat: Chat, own: Container[str]) -> tuple[Payload, ...]:
    parts = _bounded(tuple(_parts(_written(notice, chat), own)))
    silent = notice.silent or chat.silent
    payloads = [_message(part, silent=silent or index > 0) for index, part in enumerate(parts)]
    payloads[-1] |= _preview(notice.image, chat.images) | keyboard(notice.choices)
    if len(payloads) > 1 or chat.formulas not in {"rich", "picture"}:
        return tuple(payloads)
    if chat.formulas == "picture":
        return (pictured(payloads[0], displayed(notice.body)) if notice.title else payloads[0],)
    html = rich(notice, _line(notice, chat), hashtags(notice.topics))
    return ({**_as_rich(payloads[0], html), "fallback": payloads[0]} if html else payloads[0],)


def _as_rich(payload: Payload, html: str) -> Payload:
    kept = {name: payload[name] for name in ("disable_notification", "reply_markup") if name in payload}
    return {"method": "sendRichMessage", "rich_message": {"html": html}} | kept


def enriched(payload: Payload) -> Payload:
    """Give a text as a rich message: what was sent as one stays one, though its formulas are gone."""
    html = "".join(f"<p>{escape(line)}</p>" for line in str(payload["text"]).split("\n") if line)
    return _as_rich(payload, html)


def lesser(payload: Payload) -> Payload | None:
    """Give what to try at once where a request is refused (Unicode instead of rich, no preview), or None."""
    fallback, preview = payload.get("fallback"), payload.get("link_preview_options")
    if isinstance(fallback, dict):
        return fallback
    if isinstance(preview, dict) and "url" in preview:
        return payload | {"link_preview_options": {"is_disabled": True}}
    return None


def plainly(payload: Payload) -> Payload:
    """Give a request's text alone: no entities, buttons or preview; the first link goes below the text instead."""
    fallback = payload.get("fallback")
    payload = fallback if isinstance(fallback, dict) else payload
    text, entities = str(payload["text"]), payload.get("entities")
    links = [str(one["url"]) for one in entities if "url" in one] if isinstance(entities, list) else []
    below = links[0] if links and links[0] not in text else ""
    room = DIALECT.limit - utf16(below) - 1
    whole = guarded(Flat(text))
    first = whole if utf16(whole.text) <= room else _begun(whole, room)
    kept = {name: payload[name] for name in ("method", "disable_notification") if name in payload}
    return kept | {"text": join(first, Flat(below), sep="\n").text, "link_preview_options": {"is_disabled": True}}


# -- the text ---------------------------------------------------------------------------------------------------------


def _written(notice: Notice, chat: Chat) -> Flat:
    head = join(_title(notice), Flat(_line(notice, chat)), sep="\n")
    whole = join(head, _body(notice), Flat(" ".join(hashtags(notice.topics))))
    return whole or Flat(notice.link or "…")


def _body(notice: Notice) -> Flat:
    """Flatten the body, at most as much of it as the parts could ever hold."""
    body = flatten(notice.body, DIALECT)
    pieces = split(body, PARTS * DIALECT.limit, DIALECT.unit)
    return join(pieces[0], Flat("…"), sep="\n") if len(pieces) > 1 else body


def _title(notice: Notice) -> Flat:
    text = " ".join(notice.title.split())
    styles: list[tuple[Style, str]] = [("bold", ""), ("link", notice.link or "")]
    return Flat(text, tuple(Span(0, len(text), style, value) for style, value in styles if text))


def _line(notice: Notice, chat: Chat) -> str:
    source = " ".join(notice.source.split())
    when = _day(notice.date, chat) if notice.date is not None else ""
    return " · ".join(filter(None, (source, when)))


def _day(when: datetime, chat: Chat) -> str:
    """Say the day in the chat's zone, always with its year: drawing knows no today."""
    return day(chat.language, when.astimezone(_zone(chat.timezone)).date(), today=date.min)


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return UTC


def hashtags(names: Iterable[str]) -> list[str]:
    """Make hashtags that Telegram recognises: letters, digits and underscores, at least one letter; doubles go."""
    tags = {tag.casefold(): f"#{tag}" for tag in map(_tag, names) if tag}
    return list(tags.values())[:_TAGS]


def _tag(name: str) -> str:
    spoken = unicodedata.normalize("NFKC", name).translate(_SPOKEN)
    words = re.findall(r"[^\W_]+(?:_+[^\W_]+)*", spoken)
    joined = "".join(word[:1].upper() + word[1:] for word in words) if len(words) > 1 else "".join(words)
    return joined if any(char.isalpha() for char in joined) else ""


def _parts(whole: Flat, own: Container[str]) -> Iterable[Flat]:
    """Split a text into messages. Code whose entity Telegram would ignore is guarded like other words."""
    for part in split(guarded(whole, own), DIALECT.limit, DIALECT.unit):
        yield from split(guarded(_capped(part), own), DIALECT.limit, DIALECT.unit)


def _capped(flat: Flat) -> Flat:
    if len(flat.spans) <= ENTITIES:
        return flat
    worth = sorted(flat.spans, key=lambda span: _WORTH.get(span.style, 2))
    kept = set(worth[:ENTITIES])
    return replace(flat, spans=tuple(span for span in flat.spans if span in kept))


def _bounded(parts: tuple[Flat, ...]) -> tuple[Flat, ...]:
    """Leave out what would be a flood of messages; the title's link leads to the rest."""
    if len(parts) <= PARTS:
        return parts
    return (*parts[: PARTS - 1], _begun(parts[PARTS - 1], DIALECT.limit))


def _begun(flat: Flat, room: int) -> Flat:
    """Give the beginning of a text, with a sign that it goes on."""
    return join(split(flat, room - 2, DIALECT.unit)[0], Flat("…"), sep="\n")


# -- the request ------------------------------------------------------------------------------------------------------


def _message(flat: Flat, *, silent: bool) -> Payload:
    payload: Payload = {"method": "sendMessage", "text": flat.text, "link_preview_options": {"is_disabled": True}}
    entities = list(_entities(flat))
    return payload | ({"entities": entities} if entities else {}) | ({"disable_notification": True} if silent else {})


def _entities(flat: Flat) -> Iterable[Payload]:
    at, done = 0, 0
    for span in sorted(flat.spans, key=lambda span: span.start):
        at, done = at + utf16(flat.text[done : span.start]), span.start
        if span.style == "link" and not WEB.fullmatch(span.value):
            continue  # tg:// links would mention people or start bots; Telegram drops others
        value = {_VALUES[span.style]: span.value} if span.value and span.style in _VALUES else {}
        length = utf16(flat.text[span.start : span.end])
        yield {"type": _TYPES.get(span.style, span.style), "offset": at, "length": length} | value


def _preview(image: str | None, where: str) -> Payload:
    """Show a card only for the post's own picture: otherwise it would repeat the title."""
    if image is None or where == NOWHERE or not WEB.fullmatch(image):
        return {}
    return {"link_preview_options": {"url": image, "prefer_large_media": True, "show_above_text": where == ABOVE}}
