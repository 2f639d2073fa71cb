"""News of places: the bot's own membership, threads that open again, groups that move; pure."""

from __future__ import annotations

from bot.core.models import Address, PlaceKind
from bot.platforms.telegram.news import PLACES, Json, Moved, Opened, Shut, address, part, word

_OUT = frozenset({"left", "kicked"})
_RIGHTS = {"can_send_messages": "Send Messages", "can_post_messages": "Post Messages"}
"""In groups only restrictions name the first one, in channels only admins have the second."""


def membership(change: Json) -> Shut | Opened | None:
    """Read what became of the bot's own membership."""
    member, chat = part(change, "new_chat_member"), part(change, "chat")
    kind, place = PLACES.get(word(chat, "type")), Address("telegram", word(chat, "id"))
    if kind is None or not place.place:
        return None
    if out(member):
        return Shut(place, "blocked" if kind is PlaceKind.PRIVATE else "kicked")
    if False in (member.get(right) for right in _RIGHTS):
        return Shut(place, "no_rights")
    was_out = out(part(change, "old_chat_member"))
    if kind is not PlaceKind.GROUP or not was_out:
        return Opened(place)
    adder = part(change, "from")
    return Opened(place, word(adder, "id"), word(adder, "language_code"))


def out(member: Json) -> bool:
    """Tell whether the bot is no member any more; one that was restricted stays so when it goes."""
    return word(member, "status") in _OUT or member.get("is_member") is False


def lacking(member: Json) -> tuple[str, ...]:
    """Name what the bot lacks as a member, as Telegram's settings call it."""
    return tuple(name for right, name in _RIGHTS.items() if member.get(right) is False)


def service(message: Json) -> Opened | Moved | None:
    """Read a message that tells of its chat; None for others.

    A thread that is closed is no news: where the bot is an admin it may go on, and elsewhere its next message is
    refused.
    """
    if "migrate_to_chat_id" in message:
        return Moved(word(part(message, "chat"), "id"), word(message, "migrate_to_chat_id"))
    if "forum_topic_reopened" in message or "general_forum_topic_unhidden" in message:
        return Opened(address(message))
    return None
