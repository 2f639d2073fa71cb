"""Buttons and menus that go on working after a restart: what they do stands in their ``custom_id``."""

from __future__ import annotations

import re
from typing import Any, Protocol, Self, cast

from discord import ui

from bot.platforms.discord.talk import Talk
from bot.platforms.discord.target import Interaction

_RUN = r"run:(?P<mark>@|[0-9]*)\|(?P<command>[\s\S]+)"
_TICK = r"tick:(?P<mark>@|[0-9]*)\|[0-9]+"
_PICK = r"pick:(?P<mark>@|[0-9]*)\|[0-9]+"


class Host(Protocol):
    """The client that items find what they talk to in."""

    talk: Talk


def _talk(interaction: Interaction) -> Talk:
    return cast("Host", interaction.client).talk


class Pressed(ui.DynamicItem[ui.Button[Any]], template=_RUN):
    """A button that runs a command."""

    def __init__(self, item: ui.Button[Any], mark: str, command: str) -> None:
        super().__init__(item)
        self._mark = mark
        self._command = command

    @classmethod
    async def from_custom_id(cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str], /) -> Self:
        """Make it of a press."""
        del interaction
        return cls(cast("ui.Button[Any]", item), match["mark"], match["command"])

    async def callback(self, interaction: Interaction) -> None:
        """Run the command."""
        await _talk(interaction).press(interaction, self._mark, [self._command])


class Picked(ui.DynamicItem[ui.Select[Any]], template=_PICK):
    """A menu of which one is chosen."""

    def __init__(self, item: ui.Select[Any], mark: str) -> None:
        super().__init__(item)
        self._mark = mark

    @classmethod
    async def from_custom_id(cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str], /) -> Self:
        """Make it of a choice."""
        del interaction
        return cls(cast("ui.Select[Any]", item), match["mark"])

    async def callback(self, interaction: Interaction) -> None:
        """Do what was chosen; what it replaces needs nothing."""
        await _talk(interaction).press(interaction, self._mark, self.item.values)


class Ticked(ui.DynamicItem[ui.Select[Any]], template=_TICK):
    """A menu of boxes."""

    def __init__(self, item: ui.Select[Any], mark: str) -> None:
        super().__init__(item)
        self._mark = mark

    @classmethod
    async def from_custom_id(cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str], /) -> Self:
        """Make it of a choice."""
        del interaction
        return cls(cast("ui.Select[Any]", item), match["mark"])

    async def callback(self, interaction: Interaction) -> None:
        """Do what differs from what the menu shows."""
        options = [(option.value, option.default) for option in self.item.options]
        await _talk(interaction).tick(interaction, self._mark, options, self.item.values)


ITEMS: tuple[type[ui.DynamicItem[Any]], ...] = (Pressed, Picked, Ticked)
