"""What an update says, in the house's nouns; pure. An update that says nothing to us is None.

Updates are read as they come, field by field: PTB's classes refuse a whole update for one field that a newer or older
Bot API server has or lacks, and a command must not be lost because of what it was written beside.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from bot.core.models import Address, PlaceKind

KINDS: Final = ("message", "channel_post", "callback_query", "my_chat_member")
"""The updates that are asked for."""
_PLACES: Final = {
    "private": PlaceKind.PRIVATE,
    "group": PlaceKind.GROUP,
    "supergroup": PlaceKind.GROUP,
    "channel": PlaceKind.CHANNEL,
}
_TEXT: Final = 4096
_COMMAND: Final = re.compile(r"/([A-Za-z0-9_]{1,32})(@[A-Za-z0-9_]+)?(?:\s+(.*))?", re.DOTALL)
_PRESSED: Final = re.compile(r"([a-z0-9_]{1,32})(?: (.*))?", re.DOTALL)


Json: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Heard:
    """A command, typed or pressed. ``trusted`` tells that the place itself vouches for the asker's rights.

    It does in a private chat, for a channel's own posts and for an admin who writes as the group. ``query`` and
    ``message_id`` are the button's press and the message that it hangs under.
    """

    address: Address
    kind: PlaceKind
    title: str
    user: str
    language: str
    trusted: bool
    name: str
    args: str
    called: bool = False
    query: str = ""
    message_id: int = 0


@dataclass(frozen=True, slots=True)
class Shut:
    """A place or thread takes nothing any more: a stable word says why."""

    address: Address
    reason: str


@dataclass(frozen=True, slots=True)
class Moved:
    """A group became a supergroup."""

    old: str
    new: str


def read(update: Json, me: str) -> Heard | Shut | Moved | None:
    """Read an update; ``me`` is the bot's own name without ``@``."""
    if query := _map(update, "callback_query"):
        return _pressed(query)
    if change := _map(update, "my_chat_member"):
        return _membership(change)
    message = _map(update, "message") or _map(update, "channel_post")
    if "migrate_to_chat_id" in message:
        return Moved(_word(_map(message, "chat"), "id"), _word(message, "migrate_to_chat_id"))
    return _typed(message, me)


def _typed(message: Json, me: str) -> Heard | None:
    command = _COMMAND.fullmatch(_word(message, "text")[:_TEXT].strip())
    if command is None or "forward_origin" in message:
        return None  # what somebody else said once is no wish of the one who shows it
    if command[2] and command[2][1:].casefold() != me.casefold():
        return None
    chat, user, mask = _map(message, "chat"), _map(message, "from"), _map(message, "sender_chat")
    kind = _PLACES.get(_word(chat, "type"))
    if kind is None or not _word(chat, "id"):
        return None
    return Heard(
        address=_address(message),
        kind=kind,
        title=_word(chat, "title"),
        user=str(_number(mask or user, "id")),
        language="" if mask else _word(user, "language_code"),
        trusted=kind is not PlaceKind.GROUP or (bool(mask) and mask.get("id") == chat.get("id")),
        name=command[1].lower(),
        args=(command[3] or "").strip(),
        called=command[2] is not None,
    )


def _pressed(query: Json) -> Heard | None:
    line, message, user = _PRESSED.fullmatch(_word(query, "data")), _map(query, "message"), _map(query, "from")
    chat = _map(message, "chat")
    kind = _PLACES.get(_word(chat, "type"))
    out_of_reach = message.get("date") == 0
    if line is None or kind is None or not _word(chat, "id") or (out_of_reach and chat.get("is_forum")):
        return None  # a message out of reach does not say which thread it is in
    return Heard(
        address=_address(message),
        kind=kind,
        title=_word(chat, "title"),
        user=str(_number(user, "id")),
        language=_word(user, "language_code"),
        trusted=kind is PlaceKind.PRIVATE,
        name=line[1],
        args=(line[2] or "").strip(),
        called=True,
        query=_word(query, "id"),
        message_id=_number(message, "message_id"),
    )


def _membership(change: Json) -> Shut | None:
    member, chat = _map(change, "new_chat_member"), _map(change, "chat")
    if _word(member, "status") in {"left", "kicked"}:
        reason = "blocked" if _word(chat, "type") == "private" else "kicked"
    else:
        # In groups only restrictions name the first right, in channels only admins have the second.
        reason = "no_rights" if False in (member.get("can_send_messages"), member.get("can_post_messages")) else ""
    return Shut(Address("telegram", _word(chat, "id")), reason) if reason else None


def _address(message: Json) -> Address:
    """Give the chat and its thread: a thread's number also stands on plain replies, so only topics count."""
    thread = _word(message, "message_thread_id") if message.get("is_topic_message") else ""
    return Address("telegram", _word(_map(message, "chat"), "id"), thread)


def _map(value: Json, name: str) -> Json:
    inner = value.get(name)
    return inner if isinstance(inner, dict) else {}


def _number(value: Json, name: str) -> int:
    inner = value.get(name)
    return inner if isinstance(inner, int) else 0


def _word(value: Json, name: str) -> str:
    inner = value.get(name)
    return str(inner) if isinstance(inner, (str, int)) else ""
