"""The menus of commands that clients show: by language, and by who may use them where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

import structlog
from telegram.error import TelegramError

from bot.core.models import Address, Payload, PlaceKind
from bot.core.ports import Ask, Asker, Doors
from bot.i18n import LANGUAGES, load
from bot.platforms.telegram.api import Api
from bot.platforms.telegram.updates import PICKS

log = structlog.get_logger()

FALLBACK: Final = "en"
"""What those see whose language we do not speak."""
_PRIVATE: Final = frozenset({PICKS, "privacy", "start"})
"""Commands for which a group is no place."""

Menu = Sequence[tuple[str, Mapping[str, str]]]


async def register(api: Api, doors: Doors) -> None:
    """Register the menus in every language that Telegram can name (two letters), and one for all others."""
    try:
        for scope, menu in _scopes(doors).items():
            spoken = {language for _, texts in menu for language in texts}
            for language in sorted(name for name in spoken if "-" not in name):
                commands = _commands(menu, language)
                await api.call("setMyCommands", {"commands": commands, "language_code": language} | _scope(scope))
                if language == FALLBACK:
                    await api.call("setMyCommands", {"commands": commands} | _scope(scope))
    except TelegramError as error:
        log.warning("telegram.menu_failed", error=error.message)


def menu_of(doors: Doors) -> Menu:
    """Give the house's commands, and the one that Telegram alone has a use for."""
    return [*doors.menu, (PICKS, {language: load(language)("short_channels") for language in LANGUAGES})]


def _scopes(doors: Doors) -> Mapping[str, Menu]:
    """Say who is shown what: privately everything, in groups what members may do, to their admins what admins may."""
    private = menu_of(doors)
    admins = [line for line in private if line[0] not in _PRIVATE]
    members = [line for line in admins if not doors.needs_admin(_asked(line[0]))]
    return {
        "default": private,
        "all_private_chats": private,
        "all_group_chats": members,
        "all_chat_administrators": admins,
    }


def _scope(name: str) -> Payload:
    return {} if name == "default" else {"scope": {"type": name}}


def _asked(name: str) -> Ask:
    """Make the request of a member who types the command alone."""
    nobody = Asker("0", admin=False)
    return Ask(Address("telegram", "0"), PlaceKind.GROUP, "", nobody, name, "", datetime.min.replace(tzinfo=UTC))


def _commands(menu: Menu, language: str) -> list[Payload]:
    return [{"command": name, "description": texts[language]} for name, texts in menu if language in texts]
