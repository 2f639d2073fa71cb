"""What is shown: a notice as lines of text, its buttons numbered; pure.

Notifications stand between two lines, so that one can tell where each begins and ends.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Final

from bot.core.models import Chat, Choice, Notice, Payload
from bot.core.notice import GEAR
from bot.reading.doc import Doc, bold, paragraph
from bot.reading.render import Dialect, Style, flatten, markup
from bot.times import day, zone

WIDTH: Final = 64
"""Columns of the lines around a notification."""

_STYLES: Final[frozenset[Style]] = frozenset(("bold", "italic", "underline", "strike", "code", "pre", "quote", "link"))
PLAIN: Final = Dialect(
    name="console", unit="columns", styles=_STYLES, table=WIDTH, wrappers={"link": ("", " <{value}>")}, quote="> "
)
"""What a file or a pipe gets."""
TERMINAL: Final = replace(
    PLAIN,
    wrappers={
        **PLAIN.wrappers,
        "bold": ("\x1b[1m", "\x1b[22m"),
        "italic": ("\x1b[3m", "\x1b[23m"),
        "underline": ("\x1b[4m", "\x1b[24m"),
        "strike": ("\x1b[9m", "\x1b[29m"),
    },
)
"""What a terminal gets: the same, with ANSI's bold, italic, underline and strike."""

# A blog's text must not steer the terminal: what is no character becomes a mark that can be seen. Tabs indent code.
_CONTROLS: Final = dict.fromkeys(
    (*range(9), *range(11, 32), *range(127, 160), *range(0x202A, 0x202F), *range(0x2066, 0x206A)), "\ufffd"
)


def draw(notice: Notice, chat: Chat, dialect: Dialect) -> Payload:
    """Write a notice as one text, and list the commands of its numbered buttons; pure."""
    shown = [_marked(notice.body, dialect), *_buttons(notice)]
    if notice.title:
        shown = list(_framed(notice, chat, dialect, shown))
    return {"method": "print", "text": "\n".join(filter(None, shown)), "commands": _commands(notice)}


def _framed(notice: Notice, chat: Chat, dialect: Dialect, shown: list[str]) -> Iterator[str]:
    """Put a notification between lines: title, where it is from, topics; then the text, the buttons and the link."""
    yield "━" * WIDTH
    yield _marked(Doc((paragraph(bold(" ".join(notice.title.split()))),)), dialect)
    when = notice.date.astimezone(zone(chat.timezone)).date() if notice.date else None
    said = day(chat.language, when, today=date.min) if when else ""
    yield safe(" · ".join(filter(None, (notice.source, said))))
    yield safe(" ".join(f"#{name}" for name in notice.topics))
    yield "─" * WIDTH
    yield from shown
    if notice.link and all(choice.url != notice.link for row in notice.choices for choice in row):
        yield safe(notice.link)
    yield "━" * WIDTH


def _marked(doc: Doc, dialect: Dialect) -> str:
    flat = flatten(doc, dialect)
    spans = tuple(replace(span, value=safe(span.value)) for span in flat.spans)
    return markup(replace(flat, text=safe(flat.text), spans=spans), dialect)


def safe(text: str) -> str:
    """Make what is no character visible, so that a blog's text cannot steer the terminal."""
    return text.translate(_CONTROLS)


def _choices(notice: Notice) -> Iterator[Choice]:
    """Give the buttons; the gear would take the numbers of the last answer's with every post that comes."""
    return (choice for row in notice.choices for choice in row if choice.label != GEAR)


def _commands(notice: Notice) -> list[str]:
    return [choice.command for choice in _choices(notice) if not choice.url]


def _buttons(notice: Notice) -> Iterator[str]:
    numbers = itertools.count(1)
    for choice in _choices(notice):
        if choice.url:
            yield safe(f"{choice.label}: {choice.url}")
        else:
            tick = {True: "✓ ", False: "· ", None: ""}[choice.on]
            yield safe(f"[{next(numbers)}] {tick}{choice.label}")
