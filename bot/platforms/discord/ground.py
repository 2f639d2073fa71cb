"""Keeps an eye on where the bot may write: what it lost is closed, and opened again when access returns."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Final

import discord
import structlog

from bot.core.models import Address
from bot.core.ports import Doors
from bot.platforms.discord import rights
from bot.platforms.discord.channels import PERSON

log = structlog.get_logger()

Spot = discord.abc.GuildChannel | discord.Thread
SETTLE: Final = 2.0
"""Seconds between two surveys: servers are changed in bursts."""
ENOUGH: Final = ~rights.HISTORY
"""What must be there for sending; the history is only read after doubt."""


class Ground:
    """Compares what is stored of places with what the gateway shows of them."""

    def __init__(self, client: discord.Client, doors: Doors) -> None:
        self._client = client
        self._doors = doors
        self._changed = False
        self._surveys: asyncio.Task[None] | None = None

    def look_again(self) -> None:
        """Say that rights may have changed somewhere: a survey begins, or follows the one that is under way."""
        self._changed = True
        if self._surveys is None or self._surveys.done():
            self._surveys = asyncio.create_task(self._survey_all(), name="discord-ground")

    async def stop(self) -> None:
        """Survey no more."""
        if self._surveys is not None:
            self._surveys.cancel()
            await asyncio.wait({self._surveys})

    async def _survey_all(self) -> None:
        while self._changed:
            self._changed = False
            await self._survey()
            await self._doors.clock.sleep(SETTLE)

    async def _survey(self) -> None:
        for address, closed in await self._doors.places("discord"):
            spot = self._spot(address)
            if spot is None:
                continue
            reason = lost(spot)
            if closed and not reason:
                log.info("discord.opened", place=str(address))
                await self._doors.opened(address)
            elif reason and not closed:
                await self._doors.closed(address, reason)

    def _spot(self, address: Address) -> Spot | None:
        """Find a channel or thread among those that the gateway has told of: no other has rights that are known."""
        if address.place.startswith(PERSON) or not address.place.isdecimal():
            return None
        found = self._client.get_channel(int(address.place))
        if isinstance(found, discord.Thread) and found.parent is None:
            return None  # its parent's rights are its own
        return found if isinstance(found, Spot) else None

    async def gone(self, spots: Iterable[Spot], reason: str) -> None:
        """Close those of some channels that are stored."""
        ids = {str(spot.id) for spot in spots}
        for address, closed in await self._doors.places("discord"):
            if address.place in ids and not closed:
                await self._doors.closed(address, reason)


def lost(spot: Spot) -> str:
    """Say why nothing can be sent to a channel or thread; empty where it can."""
    if isinstance(spot, discord.Thread) and spot.locked and spot.archived:
        return "locked_thread"
    has = spot.permissions_for(spot.guild.me).value
    if not has & rights.VIEW:
        return "no_access"
    return "no_rights" if rights.needed_in(spot.type.value) & ENOUGH & ~has else ""
