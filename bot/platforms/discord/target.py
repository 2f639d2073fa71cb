"""Which chat a request is about, and what its asker may do there; read anew at every request (promise 6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import discord
from discord import app_commands

from bot.core.models import Address, PlaceKind
from bot.platforms.discord import rights
from bot.platforms.discord.buttons import MINE
from bot.platforms.discord.channels import PERSON

Interaction = discord.Interaction[Any]
Elsewhere = app_commands.AppCommandChannel | app_commands.AppCommandThread
"""A channel that was chosen as an option: Discord tells with it what the asker may do there."""
USABLE: Final = rights.TEXT | rights.FORUMS


@dataclass(frozen=True, slots=True)
class Target:
    """A chat. ``mark`` is how a button names it; ``missing`` are the permissions that the bot lacks there."""

    address: Address
    kind: PlaceKind
    title: str
    admin: bool
    mark: str = ""
    missing: tuple[str, ...] = ()

    @property
    def private(self) -> bool:
        """Tell whether it is the asker's own."""
        return self.kind is PlaceKind.PRIVATE


def mine(interaction: Interaction) -> Target:
    """Give the asker's direct messages."""
    mark = "" if in_direct_messages(interaction) else MINE
    return Target(Address("discord", f"{PERSON}{interaction.user.id}"), PlaceKind.PRIVATE, "", admin=True, mark=mark)


def in_direct_messages(interaction: Interaction) -> bool:
    """Tell whether it was asked where nobody but the asker and the bot are."""
    return interaction.context.dm_channel


def here(interaction: Interaction) -> Target:
    """Give the channel that was asked in; where the bot is no member, the asker's direct messages."""
    if interaction.guild_id is None or interaction.channel is None or not interaction.is_guild_integration():
        return mine(interaction)
    channel = interaction.channel
    kind = int(channel.type.value)
    name = str(getattr(channel, "name", ""))
    return Target(
        address=Address("discord", str(interaction.channel_id)),
        kind=_kind(kind),
        title=_title(interaction, name),
        admin=interaction.permissions.manage_channels,
        missing=rights.missing(interaction.app_permissions.value, kind),
    )


def elsewhere(interaction: Interaction, channel: Elsewhere) -> Target | None:
    """Give a channel that was chosen; None where nothing can be written in such a one."""
    kind = int(channel.type.value)
    if kind not in USABLE or not interaction.is_guild_integration():
        return None
    spot = interaction.client.get_channel(channel.id)
    return Target(
        address=Address("discord", str(channel.id)),
        kind=_kind(kind),
        title=_title(interaction, channel.name),
        admin=channel.permissions.manage_channels,
        mark=str(channel.id),
        missing=_lacking(spot, kind),
    )


def marked(interaction: Interaction, mark: str) -> Target | None:
    """Give the chat that a button names. What the asker may do there is worked out now; None where that fails."""
    if mark == MINE:
        return mine(interaction)
    if not mark or mark == str(interaction.channel_id):
        return here(interaction)
    spot = interaction.client.get_channel(int(mark))
    asker = interaction.user
    if not isinstance(spot, discord.abc.GuildChannel | discord.Thread) or not isinstance(asker, discord.Member):
        return None
    if spot.guild.id != interaction.guild_id:
        return None
    kind = int(spot.type.value)
    return Target(
        address=Address("discord", mark),
        kind=_kind(kind),
        title=_title(interaction, spot.name),
        admin=spot.permissions_for(asker).manage_channels,
        mark=mark,
        missing=_lacking(spot, kind),
    )


def _lacking(spot: object, kind: int) -> tuple[str, ...]:
    if isinstance(spot, discord.abc.GuildChannel | discord.Thread):
        return rights.missing(spot.permissions_for(spot.guild.me).value, kind)
    return (rights.NAMES[rights.VIEW],)


def _kind(kind: int) -> PlaceKind:
    return PlaceKind.CHANNEL if kind == rights.ANNOUNCEMENTS else PlaceKind.GROUP


def _title(interaction: Interaction, name: str) -> str:
    server = interaction.guild.name if interaction.guild is not None else ""
    return f"{server} #{name}".strip() if name else server
