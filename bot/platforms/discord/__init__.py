"""Discord: what ``platforms.load`` expects of a room. The platform itself is in ``platform``, loaded when needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.core.errors import ConfigError
from bot.core.models import PlaceKind
from bot.core.ports import Doors
from bot.platforms.discord.settings import DiscordSettings as Settings

if TYPE_CHECKING:
    from bot.platforms.discord.platform import Discord

__all__ = ["Settings", "build", "kind_of", "sketch"]


def build(settings: Settings, doors: Doors) -> Discord | None:
    """Make the platform; None without a token. Raises ConfigError where there are operators, or an empty token."""
    if not settings.token:
        if settings.operators or settings.token is not None:
            msg = "discord.token is missing; discord.com/developers gives one, and without it [discord] does nothing"
            raise ConfigError(msg)
        return None
    from bot.platforms.discord.platform import Discord  # noqa: PLC0415 -- its library takes a second to load

    return Discord(settings, doors)


def sketch() -> Discord:
    """Make one that renders and does nothing else."""
    from bot.platforms.discord.platform import Discord  # noqa: PLC0415 -- see above

    return Discord(Settings())


def kind_of(place: str) -> PlaceKind:
    """Tell people (``@`` and a user id) from channels and threads (an id); raises ValueError for what is neither."""
    person = place.startswith("@")
    if not (place.isascii() and place.removeprefix("@").isdecimal()):
        msg = "a place on Discord is a channel's id, or @ and a user's id (Developer Mode, Copy ID)"
        raise ValueError(msg)
    return PlaceKind.PRIVATE if person else PlaceKind.GROUP
