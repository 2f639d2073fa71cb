"""What people do in Telegram beside writing and pressing: they answer, pick a chat, close threads and open them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.emulators.telegram_people import person
from tests.emulators.telegram_rules import Json

if TYPE_CHECKING:
    from tests.emulators.telegram_world import World


def answer(world: World, chat: int, user: int, text: str, message_id: int, *, thread: int | None = None) -> int:
    """Let a user reply to a stored message."""
    return world.say(chat, user, text, thread=thread, extra={"reply_to_message": world.messages[chat, message_id]})


def share(world: World, chat: int, user: int, key: str, shared: int) -> int:
    """Let a user pick a chat by a key of the last keyboard in a chat, named by its label."""
    keyboards = [entry for entry in world.ledger if entry.chat == chat and "keyboard" in _markup(entry.payload)]
    rows = _markup(keyboards[-1].payload)["keyboard"]
    request = next(one["request_chat"] for row in rows for one in row if one["text"] == key)
    place = world.chat(shared)
    if request["chat_is_channel"] != (place.type == "channel"):
        msg = "the picker does not show this kind of chat"
        raise LookupError(msg)
    body = world.message(world.chat(chat)) | {"from": person(user)}
    about = {"request_id": request["request_id"], "chat_id": shared, "title": place.title}
    return world.push("message", body | {"chat_shared": about})


def reopen(world: World, chat: int, thread: int, user: int) -> int:
    """Let a user open a closed thread again."""
    world.thread(chat, thread)
    body = world.message(world.chat(chat), thread) | {"from": person(user)}
    return world.push("message", body | {"forum_topic_reopened": {}})


def _markup(payload: Json) -> Json:
    return payload.get("reply_markup") or {}
