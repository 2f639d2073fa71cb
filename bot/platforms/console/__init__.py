"""The console: a chat in the terminal from which the program runs, for trying things without a token.

The platform itself is in ``platform``.
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from bot.clock import SystemClock
from bot.core.models import PlaceKind
from bot.core.ports import Doors
from bot.platforms.console.platform import HERE, Console

__all__ = ["Settings", "build", "kind_of", "sketch"]


class Settings(BaseModel):
    """The console has nothing to set."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def build(settings: Settings, doors: Doors) -> Console:  # noqa: ARG001 -- every platform is built so
    """Make the console of standard input and output."""
    return Console(doors.clock)


def sketch() -> Console:
    """Make one that renders and does nothing else."""
    return Console(SystemClock())


def kind_of(place: str) -> PlaceKind:
    """Tell what sort of place it is; raises ValueError where it is not this console."""
    if place != HERE.place:
        msg = f"the console has one place, {HERE.place}"
        raise ValueError(msg)
    return PlaceKind.PRIVATE
