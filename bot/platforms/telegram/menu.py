"""The menu of commands that clients show, by language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import structlog
from telegram.error import TelegramError

from bot.core.models import Payload
from bot.platforms.telegram.api import Api

log = structlog.get_logger()

FALLBACK: Final = "en"
"""What those see whose language we do not speak."""

Menu = Sequence[tuple[str, Mapping[str, str]]]


async def register(api: Api, menu: Menu) -> None:
    """Register the menu in every language that Telegram can name (two letters), and one for all others."""
    languages = {language for _, texts in menu for language in texts if len(language) == len(FALLBACK)}
    try:
        for language in sorted(languages):
            commands = _commands(menu, language)
            await api.call("setMyCommands", {"commands": commands, "language_code": language})
            if language == FALLBACK:
                await api.call("setMyCommands", {"commands": commands})
    except TelegramError as error:
        log.warning("telegram.menu_failed", error=error.message)


def _commands(menu: Menu, language: str) -> list[Payload]:
    return [{"command": name, "description": texts[language]} for name, texts in menu if language in texts]
