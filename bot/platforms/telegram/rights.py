"""Who may do what, and where: asked of Telegram at every effect, never remembered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import structlog
from telegram.error import TelegramError

from bot.core.models import Address, PlaceKind
from bot.platforms.telegram.api import Api
from bot.platforms.telegram.news import PLACES, word

log = structlog.get_logger()

_ADMINS: Final = frozenset({"creator", "administrator"})
_MEMBERS: Final = frozenset({"member", "restricted"})


@dataclass(frozen=True, slots=True)
class Place:
    """A place as Telegram describes it. ``linked`` is a group's channel, or a channel's group; empty without one."""

    address: Address
    kind: PlaceKind
    title: str
    linked: str
    forum: bool = False


class Rights:
    """Asks Telegram."""

    def __init__(self, api: Api) -> None:
        self._api = api

    async def admin(self, place: str, user: str) -> bool | None:
        """Tell whether a user is an admin of a place; None where Telegram does not tell.

        An admin who is anonymous presses buttons as the person that the list of members may not show
        (telegram-bot-api, issue 667): who is neither an admin nor a member is not known to be none.
        """
        try:
            member: Any = await self._api.call("getChatMember", {"chat_id": int(place), "user_id": int(user)})
        except TelegramError as error:
            log.info("telegram.rights_unread", error=error.message)
            return None
        status = word(member, "status") if isinstance(member, dict) else ""
        return True if status in _ADMINS else False if status in _MEMBERS else None

    async def place(self, name: str) -> Place | None:
        """Find a place by its number or ``@name``; None where there is none, or the bot is not in it."""
        try:
            chat: Any = await self._api.call("getChat", {"chat_id": name})
        except TelegramError as error:
            log.info("telegram.place_unread", error=error.message)
            return None
        kind = PLACES.get(word(chat, "type")) if isinstance(chat, dict) else None
        if kind is None or kind is PlaceKind.PRIVATE:
            return None
        return Place(
            Address("telegram", word(chat, "id")),
            kind,
            word(chat, "title"),
            word(chat, "linked_chat_id"),
            forum=bool(chat.get("is_forum")),
        )
