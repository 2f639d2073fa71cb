"""Buttons under a message; pure."""

from __future__ import annotations

import re
from typing import Final

from bot.core.models import Choice, Payload

WEB: Final = re.compile(r"https?://[^\s]{1,2000}")
"""What Telegram takes as an address behind words and buttons."""
_ROW: Final = 8
_BUTTONS: Final = 100
_DATA: Final = 64


def keyboard(rows: tuple[tuple[Choice, ...], ...]) -> Payload:
    """Draw rows of choices as an inline keyboard, as far as Telegram takes them; nothing where there are none."""
    drawn = [[button for choice in row[:_ROW] if (button := _button(choice))] for row in rows]
    kept, count = [], 0
    for row in filter(None, drawn):
        count += len(row)
        kept += [row] if count <= _BUTTONS else []
    return {"reply_markup": {"inline_keyboard": kept}} if kept else {}


def _button(choice: Choice) -> dict[str, str] | None:
    """Draw a button; one that Telegram would refuse is left out, since it would take the whole message with it."""
    if choice.picks:
        return None  # keys of another kind of keyboard
    label = {None: "", True: "✅ ", False: "☐ "}[choice.on] + choice.label.strip()
    if label and WEB.fullmatch(choice.url):
        return {"text": label, "url": choice.url}
    if label and 1 <= len(choice.command.encode()) <= _DATA:
        return {"text": label, "callback_data": choice.command}
    return None
