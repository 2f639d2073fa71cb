"""Buttons and menus that go on working after a restart: what they do stands in their ``custom_id``."""

from __future__ import annotations

import re
from typing import Any, Protocol, Self, cast

from discord import ui

from bot.platforms.discord.talk import Talk
from bot.platforms.discord.target import Interaction

_RUN = r"run:(?P<mark>@|[0-9]*)\|(?P<command>[\s\S]+)"
_MENU = r"(?P<kind>tick|pick):(?P<mark>@|[0-9]*)\|[0-9]+"


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


class Chosen(ui.DynamicItem[ui.Select[Any]], template=_MENU):
    """A menu: of boxes to tick, or one of which a single thing is chosen."""

    def __init__(self, item: ui.Select[Any], mark: str, *, sole: bool) -> None:
        super().__init__(item)
        self._mark = mark
        self._sole = sole

    @classmethod
    async def from_custom_id(cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str], /) -> Self:
        """Make it of a choice."""
        del interaction
        return cls(cast("ui.Select[Any]", item), match["mark"], sole=match["kind"] == "pick")

    async def callback(self, interaction: Interaction) -> None:
        """Do what was chosen, which replaces what was before; of boxes what differs from what the menu shows."""
        if self._sole:
            await _talk(interaction).press(interaction, self._mark, self.item.values)
            return
        options = [(option.value, option.default) for option in self.item.options]
        await _talk(interaction).tick(interaction, self._mark, options, self.item.values)


ITEMS: tuple[type[ui.DynamicItem[Any]], ...] = (Pressed, Chosen)
