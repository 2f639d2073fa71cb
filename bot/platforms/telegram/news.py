"""What people and Telegram tell us, in the house's nouns; and how its JSON is read, whatever it holds."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from bot.core.models import Address, PlaceKind

Json: TypeAlias = dict[str, Any]

PLACES: Final = {
    "private": PlaceKind.PRIVATE,
    "group": PlaceKind.GROUP,
    "supergroup": PlaceKind.GROUP,
    "channel": PlaceKind.CHANNEL,
}


@dataclass(frozen=True, slots=True)
class Heard:
    """A command, typed or pressed, or what somebody answered to a question (then ``name`` is empty).

    ``trusted`` tells that the place itself vouches for the asker's rights: it does in a private chat, for a channel's
    own posts and for an admin who writes as the group. ``target`` is another place that it is about, as it was named
    (``@name`` or a number). ``query`` is the button's press; ``message_id`` the message that it hangs under, or the
    one that was typed; ``unseen`` is its number where only the asker sees it.
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
    target: str = ""
    unseen: int = 0


@dataclass(frozen=True, slots=True)
class Stale:
    """A press on a button that means nothing any more."""

    address: Address
    kind: PlaceKind
    language: str
    query: str


@dataclass(frozen=True, slots=True)
class Shut:
    """A place takes nothing any more: a stable word says why."""

    address: Address
    reason: str


@dataclass(frozen=True, slots=True)
class Opened:
    """A place, or a thread of it, takes messages again.

    Where the bot has just been added to a group, ``user`` is who did it and ``language`` what that client speaks.
    """

    address: Address
    user: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Moved:
    """A group became a supergroup."""

    old: str
    new: str


News: TypeAlias = Heard | Stale | Shut | Opened | Moved


def written(update: Json) -> str:
    """Write an update so that it can be kept: half a character, which JSON can have and UTF-8 cannot, is a ``?``."""
    return json.dumps(update, ensure_ascii=False).encode("utf-8", "replace").decode("utf-8")


def part(value: Json, name: str) -> Json:
    """Give an object inside an object; an empty one where there is none."""
    inner = value.get(name)
    return inner if isinstance(inner, dict) else {}


def number(value: Json, name: str) -> int:
    """Give a number, 0 where there is none."""
    inner = value.get(name)
    return inner if isinstance(inner, int) else 0


def word(value: Json, name: str) -> str:
    """Give a string or number as a string, empty where there is none."""
    inner = value.get(name)
    return str(inner) if isinstance(inner, (str, int)) else ""


def address(message: Json) -> Address:
    """Give the chat and its thread: a thread's number also stands on plain replies, so only topics count."""
    thread = word(message, "message_thread_id") if message.get("is_topic_message") else ""
    return Address("telegram", word(part(message, "chat"), "id"), thread)
