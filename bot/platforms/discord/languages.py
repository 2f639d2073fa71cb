"""Our catalogues in the languages of Discord's clients."""

from __future__ import annotations

from typing import Final

from bot import i18n
from bot.reading.text import utf16

CLIENTS: Final = {"zh-CN": "zh", "zh-TW": "zh-TW"}
"""Discord's locales that have words of their own; all others see English."""
DEFAULT: Final = "en"
DESCRIPTION: Final = 100
"""UTF-16 units of a description."""
NAME: Final = 32


def said(key: str, locale: str = "") -> str:
    """Say a line of the menu in a client's language."""
    text = i18n.load(CLIENTS.get(locale, DEFAULT))(key)
    while utf16(text) > DESCRIPTION:
        text = text[:-2].rstrip() + "…"
    return text


def named(key: str, fallback: str, locale: str) -> str | None:
    """Give a command's or an option's name in a client's language; None where it is what it is everywhere.

    Names have no blanks and no capitals.
    """
    language = CLIENTS.get(locale)
    if language is None:
        return None
    name = i18n.load(language)(key).lower().replace(" ", "-")[:NAME]
    return name if name and name not in {key, fallback} else None
