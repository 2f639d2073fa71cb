"""Telegram: what ``platforms.load`` expects of a room. The platform itself is in ``platform``, loaded when needed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from bot.core.errors import ConfigError
from bot.core.models import PlaceKind
from bot.core.ports import Doors
from bot.platforms.telegram.settings import TelegramSettings as Settings

if TYPE_CHECKING:
    from bot.platforms.telegram.platform import Telegram

__all__ = ["Settings", "build", "kind_of", "sketch"]

_ID: Final = re.compile(r"-?[1-9][0-9]{0,15}")
"""An id has at most 52 bits."""


def build(settings: Settings, doors: Doors) -> Telegram | None:
    """Make the platform; None without a token. Raises ConfigError where there are operators, or an empty token."""
    if not settings.token:
        if settings.operators or settings.token is not None:
            said = "@BotFather gives one after /newbot, and without it [telegram] does nothing"
            msg = f"telegram.token is missing; {said}"
            raise ConfigError(msg)
        return None
    from bot.platforms.telegram.platform import Telegram  # noqa: PLC0415 -- its library takes a quarter of a second

    return Telegram(settings, doors)


def sketch() -> Telegram:
    """Make one that renders and does nothing else."""
    from bot.platforms.telegram.platform import Telegram  # noqa: PLC0415 -- see above

    return Telegram(Settings())


def kind_of(place: str) -> PlaceKind:
    """Tell people (positive ids) from groups; raises ValueError for what is no id.

    Channels share the groups' numbers: what one really is shows in its first update.
    """
    if not _ID.fullmatch(place):
        msg = "a Telegram chat is a number, such as telegram:1001 or telegram:-1001234567890"
        raise ValueError(msg)
    return PlaceKind.GROUP if place.startswith("-") else PlaceKind.PRIVATE
