"""What an update says, in the house's nouns; pure. An update that says nothing to us is None.

Updates are read as they come, field by field: PTB's classes refuse a whole update for one field that a newer or older
Bot API server has or lacks, and a command must not be lost because of what it was written beside.
"""

from __future__ import annotations

import re
from typing import Final

from bot.commands.why import NO_POST
from bot.core.models import Address, PlaceKind
from bot.platforms.telegram.news import PLACES, Heard, Json, News, Stale, address, number, part, word
from bot.platforms.telegram.places import membership, service

KINDS: Final = ("message", "channel_post", "callback_query", "my_chat_member")
"""The updates that are asked for."""
MARK: Final = "@"
"""What a button's data begins with where it is about the place that its message names."""
PICKS: Final = "channels"
"""The command whose buttons name the place that they are about."""
HELLO: Final = "hello"
"""What a client says to us in a group when our link adds us there: the group is greeted for having us already."""
EXPLAINS: Final = "why"
"""The command that may reply to a post instead of naming it."""
_TEXT: Final = 4096
_COMMAND: Final = re.compile(r"/([A-Za-z0-9_]{1,32})(@[A-Za-z0-9_]+)?(?:\s+(.*))?", re.DOTALL)
_PRESSED: Final = re.compile(r"(@?)([a-z0-9_]{1,32})(?: (.*))?", re.DOTALL)
_TARGET: Final = re.compile(r"(@[A-Za-z0-9_]{4,32}|-100[0-9]{7,16})(?:\s+(.*))?", re.DOTALL)
_NAMED: Final = re.compile(r"https://t\.me/c/[0-9]+#(-[0-9]{1,20})")


def named(place: str) -> str:
    """Write the address by which a message says which place its buttons are about; clients open that place."""
    return f"https://t.me/c/{place.removeprefix('-100').lstrip('-')}#{place}"


def read(update: Json, me: str, choices: tuple[str, ...] = ()) -> News | None:
    """Read an update; ``me`` is the bot's own name without ``@``, ``choices`` the commands that a picker may run."""
    if query := part(update, "callback_query"):
        return _pressed(query)
    if change := part(update, "my_chat_member"):
        return membership(change)
    message = part(update, "message") or part(update, "channel_post")
    shared = part(message, "chat_shared")
    return service(message) or (_shared(message, shared, choices) if shared else _typed(message, me))


def _typed(message: Json, me: str) -> Heard | None:
    text = word(message, "text")[:_TEXT].strip()
    command = _COMMAND.fullmatch(text)
    if not text or "forward_origin" in message:
        return None  # what somebody else said once is no wish of the one who shows it
    if command is None:
        return _said(message, "", text) if _answers(message, me) else None
    if command[2] and command[2][1:].casefold() != me.casefold():
        return None
    name, args = command[1].lower(), (command[3] or "").strip()
    if (name, args) == ("start", HELLO) and word(part(message, "chat"), "type") != "private":
        return None
    if name == EXPLAINS and not args:
        args = _replied(part(message, "reply_to_message"))
    return _said(message, name, args, called=command[2] is not None)


def _answers(message: Json, me: str) -> bool:
    """Tell whether a text may answer a question of ours: all that is said privately, elsewhere replies to us."""
    asked = word(part(part(message, "reply_to_message"), "from"), "username")
    return word(part(message, "chat"), "type") == "private" or (bool(me) and asked.casefold() == me.casefold())


def _said(message: Json, name: str, args: str, *, called: bool = False) -> Heard | None:
    chat, user, mask = part(message, "chat"), part(message, "from"), part(message, "sender_chat")
    kind = PLACES.get(word(chat, "type"))
    if kind is None or not word(chat, "id"):
        return None
    target = _TARGET.fullmatch(args) if name and kind is PlaceKind.PRIVATE else None
    asked = "" if name else _target(part(message, "reply_to_message"))
    return Heard(
        address=address(message),
        kind=kind,
        title=word(chat, "title"),
        user=str(number(mask or user, "id")),
        language="" if mask else word(user, "language_code"),
        trusted=kind is not PlaceKind.GROUP or (bool(mask) and mask.get("id") == chat.get("id")),
        name=name,
        args=(target[2] or "").strip() if target else args,
        called=called,
        message_id=number(message, "message_id"),
        target=target[1] if target else asked,
    )


def _shared(message: Json, shared: Json, choices: tuple[str, ...]) -> Heard | None:
    """Read which place was picked; the number of the request is the place of its command among ``choices``."""
    at, place = number(shared, "request_id") - 1, word(shared, "chat_id")
    if not place or not 0 <= at < len(choices):
        return None
    said = _said(message, choices[at], place)
    return said if said is not None and said.target else None


def _pressed(query: Json) -> Heard | Stale | None:
    message, user = part(query, "message"), part(query, "from")
    chat = part(message, "chat")
    kind, place, press = PLACES.get(word(chat, "type")), address(message), word(query, "id")
    if kind is None or not place.place:
        return None
    line, language = _PRESSED.fullmatch(word(query, "data")), word(user, "language_code")
    target = _target(message) if line is not None and line[1] else ""
    picked = _TARGET.fullmatch((line[3] or "").strip()) if line is not None and line[2] == PICKS else None
    if line is None or (line[1] and not target) or _out_of_reach(message, chat):
        return Stale(Address("telegram", place.place), kind, language, press)
    return Heard(
        address=place,
        kind=kind,
        title=word(chat, "title"),
        user=str(number(user, "id")),
        language=language,
        trusted=kind is PlaceKind.PRIVATE,
        name=line[2],
        args="" if picked else (line[3] or "").strip(),
        called=True,
        query=press,
        message_id=number(message, "message_id"),
        target=picked[1] if picked else target,
        unseen=number(message, "ephemeral_message_id"),
    )


def _out_of_reach(message: Json, chat: Json) -> bool:
    """Tell whether a message is too old for Telegram to say which thread it is in."""
    return message.get("date") == 0 and bool(chat.get("is_forum"))


def _target(message: Json) -> str:
    """Find the place that a message's buttons are about, in its first line."""
    hits = (_NAMED.fullmatch(link) for link in _links(message.get("entities")))
    return next((hit[1] for hit in hits if hit), "")


def _replied(message: Json) -> str:
    """Give what a reply points to. Whatever is said in a forum's thread replies to that thread's beginning."""
    if not message or "forum_topic_created" in message:
        return ""
    return _leads_to(message) or NO_POST


def _leads_to(message: Json) -> str:
    """Find the link of the post that a message shows: its button's, else that of its first words which are a link."""
    rows = part(message, "reply_markup").get("inline_keyboard")
    buttons = [link for row in rows for link in _links(row)] if isinstance(rows, list) else []
    links = (*buttons, *_links(message.get("entities")), *_links(message.get("caption_entities")))
    return next((link for link in links if not _NAMED.fullmatch(link)), "")


def _links(things: object) -> list[str]:
    """Give where buttons or ranges of a text lead."""
    found = (word(one, "url") for one in things if isinstance(one, dict)) if isinstance(things, list) else ()
    return [link for link in found if link]
