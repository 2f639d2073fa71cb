"""Answers in groups that only their asker sees: Telegram's ephemeral messages (Bot API 10.3); pure.

They reach who is there now and are kept nowhere. A client or server that does not know them refuses, and the answer is
given as usual.
"""

from __future__ import annotations

from typing import Final

from bot.core.models import Payload, PlaceKind
from bot.platforms.telegram.news import Heard

PARAMETERS: Final = "ephemeral_message_parameters"
_SHARED: Final = frozenset({"latest"})
"""Commands whose answer is meant for everybody."""


def fits(heard: Heard) -> bool:
    """Tell whether an answer can be for its asker alone: a person in a group whose name Telegram shows us."""
    return heard.kind is PlaceKind.GROUP and heard.user.isdecimal() and heard.user != "0" and not heard.trusted


def unseen(payload: Payload, heard: Heard) -> Payload:
    """Make a message one that only the asker sees, where that is possible and wanted."""
    asks = isinstance(markup := payload.get("reply_markup"), dict) and "force_reply" in markup
    if not fits(heard) or heard.name in _SHARED or asks or payload["method"] != "sendMessage":
        return payload
    press = {"callback_query_id": heard.query} if heard.query else {}
    return payload | {PARAMETERS: {"receiver_user_id": int(heard.user)} | press}


def seen(payload: Payload) -> Payload:
    """Make it an ordinary message again."""
    return {name: value for name, value in payload.items() if name != PARAMETERS}


def edit(payload: Payload, heard: Heard) -> Payload:
    """Give the parameters that replace the message whose button was pressed, which only the asker sees."""
    names = ("text", "entities", "link_preview_options", "reply_markup")
    kept = {name: payload[name] for name in names if name in payload}
    where = {"chat_id": int(heard.address.place), "receiver_user_id": int(heard.user)}
    return where | {"ephemeral_message_id": heard.unseen} | kept
