"""What an update says, in the house's nouns; pure. An update that says nothing to us is None."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from telegram import CallbackQuery, Chat, ChatMember, ChatMemberUpdated, Message, Update, User

from bot.core.models import Address, PlaceKind

KINDS: Final = ("message", "channel_post", "callback_query", "my_chat_member")
"""The updates that are asked for."""
_PLACES: Final = {
    Chat.PRIVATE: PlaceKind.PRIVATE,
    Chat.GROUP: PlaceKind.GROUP,
    Chat.SUPERGROUP: PlaceKind.GROUP,
    Chat.CHANNEL: PlaceKind.CHANNEL,
}
_COMMAND: Final = re.compile(r"/([A-Za-z0-9_]{1,32})(@[A-Za-z0-9_]+)?(?:\s+(.*))?", re.DOTALL)
_PRESSED: Final = re.compile(r"([a-z0-9_]{1,32})(?: (.*))?", re.DOTALL)


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


def read(update: Update, me: str) -> Heard | Shut | Moved | None:
    """Read an update; ``me`` is the bot's own name without ``@``."""
    if update.callback_query is not None:
        return _pressed(update.callback_query)
    if update.my_chat_member is not None:
        return _membership(update.my_chat_member)
    message = update.message or update.channel_post
    return _said(message, me) if message is not None else None


def _said(message: Message, me: str) -> Heard | Shut | Moved | None:
    if message.migrate_to_chat_id is not None:
        return Moved(str(message.chat.id), str(message.migrate_to_chat_id))
    if message.forum_topic_closed is not None:
        return Shut(_address(message), "thread_closed")
    return _typed(message, me)


def _typed(message: Message, me: str) -> Heard | None:
    command = _COMMAND.fullmatch((message.text or "").strip())
    if command is None or message.forward_origin is not None:
        return None  # what somebody else said once is no wish of the one who shows it
    if command[2] and command[2][1:].casefold() != me.casefold():
        return None
    chat, sender = message.chat, message.sender_chat
    kind = _PLACES.get(chat.type)
    if kind is None:
        return None
    as_itself = sender is not None and sender.id == chat.id
    return Heard(
        address=_address(message),
        kind=kind,
        title=_title(chat),
        user=str(sender.id if sender is not None else _id(message.from_user)),
        language=_language(message.from_user) if sender is None else "",
        trusted=as_itself or kind is not PlaceKind.GROUP,
        name=command[1].lower(),
        args=(command[3] or "").strip(),
        called=command[2] is not None,
    )


def _pressed(query: CallbackQuery) -> Heard | None:
    line, message = _PRESSED.fullmatch(query.data or ""), query.message
    kind = _PLACES.get(message.chat.type) if message is not None else None
    if line is None or message is None or kind is None:
        return None
    if not isinstance(message, Message) and message.chat.is_forum:
        return None  # a message out of reach does not say which thread it is in
    return Heard(
        address=_address(message) if isinstance(message, Message) else Address("telegram", str(message.chat.id)),
        kind=kind,
        title=_title(message.chat),
        user=str(query.from_user.id),
        language=_language(query.from_user),
        trusted=kind is PlaceKind.PRIVATE,
        name=line[1],
        args=(line[2] or "").strip(),
        called=True,
        query=query.id,
        message_id=message.message_id,
    )


def _membership(change: ChatMemberUpdated) -> Shut | None:
    member = change.new_chat_member
    reason = "blocked" if change.chat.type == Chat.PRIVATE else "kicked"
    if member.status not in {ChatMember.LEFT, ChatMember.BANNED}:
        reason = "" if _may_send(member) else "no_rights"
    return Shut(Address("telegram", str(change.chat.id)), reason) if reason else None


def _may_send(member: ChatMember) -> bool:
    if member.status == ChatMember.RESTRICTED:
        return bool(getattr(member, "can_send_messages", True))
    # Only in channels is the right to post a right of its own; elsewhere it is None.
    return getattr(member, "can_post_messages", None) is not False


def _address(message: Message) -> Address:
    """Give the chat and its thread: a thread's number also stands on plain replies, so only topics count."""
    thread = str(message.message_thread_id or "") if message.is_topic_message else ""
    return Address("telegram", str(message.chat.id), thread)


def _title(chat: Chat) -> str:
    """Give a group's or channel's title; of people no name is kept."""
    return chat.title or ""


def _id(user: User | None) -> int:
    return user.id if user is not None else 0


def _language(user: User | None) -> str:
    return (user.language_code or "") if user is not None else ""
