"""Telegram's own list of channels or groups (KeyboardButtonRequestChat), opened by a key below the text field; pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from bot.core.models import Choice, Payload

_NEEDED: Final = {
    "can_manage_chat": True,
    "can_post_messages": True,
    "is_anonymous": False,
    "can_delete_messages": False,
    "can_manage_video_chats": False,
    "can_restrict_members": False,
    "can_promote_members": False,
    "can_change_info": False,
    "can_invite_users": False,
    "can_post_stories": False,
    "can_edit_stories": False,
    "can_delete_stories": False,
    "can_edit_messages": False,
}
"""What a channel has to let the bot do. Telegram offers to give it these rights when the channel is picked."""


def picker(rows: Iterable[Iterable[Choice]], commands: Sequence[str]) -> list[Payload]:
    """Make the message that carries such keys: one of its own, since a message has one kind of keyboard only.

    The number of a request is the place of its command among ``commands``, so that it survives a restart.
    """
    keys = [choice for row in rows for choice in row if choice.picks and choice.command in commands]
    if not keys:
        return []
    keyboard = [[{"text": key.label, "request_chat": _request(key, commands)}] for key in keys]
    markup = {"keyboard": keyboard, "resize_keyboard": True, "one_time_keyboard": True}
    return [{"method": "sendMessage", "text": f"👇 {keys[0].label}", "reply_markup": markup}]


def _request(key: Choice, commands: Sequence[str]) -> Payload:
    channel = key.picks == "channel"
    rights: Payload = {"user_administrator_rights": _NEEDED, "bot_administrator_rights": _NEEDED} if channel else {}
    asked: Payload = {"request_id": commands.index(key.command) + 1, "chat_is_channel": channel, "request_title": True}
    return asked | (rights or {"bot_is_member": True})
