"""The platforms, one room each, loaded by name.

A platform's room offers three names: ``Settings``, its table in the configuration; ``build``, which makes a
``core.ports.Platform`` of its settings and its doors, or None where the settings leave it off; ``sketch``, which makes
one that can only ``render``. Nothing else in the house knows what a platform is called.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any, Final, Protocol, cast

from pydantic import BaseModel

from bot.core.models import PlaceKind
from bot.core.ports import Doors, Platform

NAMES: Final = ("telegram", "discord")
"""The platforms that a token switches on."""
CONSOLE: Final = "console"
"""The one that is on where no other is."""


class Room(Protocol):
    """What a platform's room offers."""

    Settings: type[BaseModel]

    def build(self, settings: Any, doors: Doors) -> Platform | None:
        """Make the platform; None where the settings leave it off."""
        ...

    def sketch(self) -> Platform:
        """Make one that renders and does nothing else."""
        ...

    def kind_of(self, place: str) -> PlaceKind:
        """Tell what sort of place an id of this platform is; raises ValueError where it is none."""
        ...


def load(name: str) -> Room:
    """Load a platform's room."""
    return cast("Room", import_module(f"bot.platforms.{name}"))


def seat(platform: str, way: str) -> str:
    """Say how somebody becomes an operator on a platform, by the link or the line that its ``invitation`` gives."""
    if way.startswith("https://"):
        return f"on {platform.capitalize()}, open {way}"
    return f"here, type {way}" if platform == CONSOLE else f"on {platform.capitalize()}, send the bot in private: {way}"
