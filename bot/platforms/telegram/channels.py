"""The channels that somebody connected from a private chat: remembered by their ids, their rights read at each use."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Sequence
from typing import Final

from bot.commands.channels import kept_under
from bot.core.models import Address, Choice
from bot.core.ports import Doors
from bot.platforms.telegram.rights import Place, Rights
from bot.platforms.telegram.updates import PICKS

MOST: Final = 20
"""Channels of one person that are remembered, the latest ones."""


class Channels:
    """Remembers."""

    def __init__(self, rights: Rights, doors: Doors) -> None:
        self._rights = rights
        self._doors = doors

    async def note(self, user: str, place: Place) -> None:
        """Remember a channel that somebody has just shown to be an admin of."""
        known = await self._known(user)
        if place.address.place not in known:
            await self._remember(user, [*known, place.address.place])

    async def rows(self, user: str) -> tuple[tuple[Choice, ...], ...]:
        """Give a button for each channel that somebody connected and is still an admin of; forget the others."""
        known = await self._known(user)
        found = [await self._still(user, place) for place in known]
        places = [place for place in found if place is not None]
        if len(places) < len(known):
            await self._remember(user, [place.address.place for place in places])
        return tuple(
            (Choice(place.title or place.address.place, f"{PICKS} {place.address.place}"),) for place in places
        )

    async def _still(self, user: str, place: str) -> Place | None:
        found = await self._rights.place(place)
        return found if found is not None and await self._rights.admin(place, user) else None

    async def _known(self, user: str) -> list[str]:
        with contextlib.suppress(ValueError):
            kept = json.loads(await self._doors.recall(_key(user)) or "[]")
            return [str(place) for place in kept] if isinstance(kept, list) else []
        return []

    async def _remember(self, user: str, places: Sequence[str]) -> None:
        await self._doors.remember(_key(user), json.dumps(list(places)[-MOST:]))


def _key(user: str) -> str:
    return kept_under(Address("telegram", user))
