"""What a command is: one row of the table from which /help, the platforms' menus and the documentation are made."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum

from bot.commands.desk import Room
from bot.core.models import Reply
from bot.core.ports import Ask


class Right(StrEnum):
    """Who may."""

    EVERYONE = "everyone"
    ADMIN = "admin"
    """Everyone may look; changing takes the owner of a private chat, or an admin."""
    OPERATOR = "operator"
    """Who runs the bot, and privately only."""


def _always(_ask: Ask) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Command:
    """One command. ``usage`` is what may follow it; the catalogues say the rest: ``short_NAME``, ``example_NAME``."""

    name: str
    run: Callable[[Room], Awaitable[Reply]]
    usage: str = ""
    aliases: tuple[str, ...] = ()
    right: Right = Right.EVERYONE
    changes: Callable[[Ask], bool] = _always
    """Whether a request changes anything; asked only where ``right`` is ADMIN."""
    filters: bool = False
    """Whether it decides which posts come, so that its help says how."""
    syntax: str = ""
    """The catalogue key of what can be written behind it, where ``usage`` is too short for that."""
    minor: bool = False
    """Whether the overview only names it: ten lines are what one reads."""
    hidden: bool = False
    """Whether no list shows it: platforms ask it, or add it to their own menu where they have a use for it."""

    @property
    def short(self) -> str:
        """The catalogue key of the line in menus and in /help."""
        return f"short_{self.name}"

    @property
    def example(self) -> str:
        """The catalogue key of a line that can be typed."""
        return f"example_{self.name}"
