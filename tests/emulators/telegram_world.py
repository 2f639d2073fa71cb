"""Telegram's side of things: chats, members, messages, updates waiting to be fetched, faults, and the ledger."""

from __future__ import annotations

import asyncio
import itertools
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.emulators.telegram_people import BOT, GROUP_ANONYMOUS_BOT, membership, person
from tests.emulators.telegram_rules import Json, RefusedError, units

FORBIDDEN = {
    "blocked": "Forbidden: bot was blocked by the user",
    "deactivated": "Forbidden: user is deactivated",
    "kicked": "Forbidden: bot was kicked from the supergroup chat",
    "left": "Forbidden: bot is not a member of the channel chat",
    "no_start": "Forbidden: bot can't initiate conversation with a user",
}
_COMMAND = re.compile(r"/[A-Za-z0-9_]{1,64}(@[A-Za-z0-9_]+)?")


@dataclass
class Chat:
    """A chat as Telegram has it. ``members`` maps user ids to statuses; ``threads`` maps thread ids to open or not.

    ``barred`` is a key of FORBIDDEN while nothing may be sent; ``moved`` is the supergroup's id after an upgrade;
    ``linked`` is a channel's discussion group, or the other way round; what ``hidden`` users are is told to nobody.
    """

    id: int
    type: str = "private"
    title: str = ""
    forum: bool = False
    members: dict[int, str] = field(default_factory=dict)
    threads: dict[int, bool] = field(default_factory=dict)
    barred: str = ""
    moved: int | None = None
    username: str = ""
    linked: int | None = None
    hidden: frozenset[int] = frozenset()

    def shape(self) -> Json:
        """Write it as a Chat object."""
        if self.type == "private":
            return {"id": self.id, "type": "private", "first_name": self.title or f"User {self.id}"}
        more: Json = {"is_forum": True} if self.forum else {}
        more |= {"username": self.username} if self.username else {}
        return {"id": self.id, "type": self.type, "title": self.title or f"Chat {-self.id}"} | more


@dataclass(frozen=True, slots=True)
class Entry:
    """One accepted effect: what stands, or no longer stands, in a chat by a request. ``time`` is the clock's."""

    time: float
    method: str
    chat: int
    thread: int | None
    message_id: int
    text: str
    entities: tuple[Json, ...]
    keyboard: tuple[tuple[Json, ...], ...]
    silent: bool
    payload: Json


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it arrived, and the status that it got (0: none was sent). ``time`` is its arrival."""

    time: float
    method: str
    chat: int | None
    status: int
    payload: Json


@dataclass
class Fault:
    """What to do to the next ``times`` requests that fit.

    ``kind``: ``answer`` (refuse with ``code``, ``description``, ``parameters``), ``reset`` (nothing happens, the link
    breaks), ``drop`` (it happens, no reply), ``half`` (it happens, half a reply), ``delay`` (``seconds``, then all is
    well), ``garbage`` (it happens, 200 with a body that is no JSON).
    """

    kind: str
    method: str = "sendMessage"
    chat: int | None = None
    thread: int | None = None
    times: int = 1
    code: int = 500
    description: str = "Internal Server Error"
    parameters: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0

    def fits(self, method: str, chat: int | None, thread: int | None) -> bool:
        """Tell whether a request is meant."""
        return (
            self.times > 0
            and self.method in {method, "*"}
            and self.chat in {None, chat}
            and self.thread in {None, thread}
        )


class World:
    """The state, and what people do in it. ``clock`` gives seconds; messages' dates come from it too."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.chats: dict[int, Chat] = {}
        self.messages: dict[tuple[int, int], Json] = {}
        self.updates: list[Json] = []
        self.allowed: list[str] | None = None
        self.arrived = asyncio.Event()
        self.ledger: list[Entry] = []
        self.requests: list[Request] = []
        self.answers: list[Json] = []
        self.faults: list[Fault] = []
        self.commands: dict[tuple[str, str], list[Json]] = {}
        self.webhook: Json | None = None
        self.bad_images: frozenset[str] = frozenset()
        self._message_ids = itertools.count(1)
        self._update_ids = itertools.count(1000)
        self._callback_ids = itertools.count(1)

    # -- chats --------------------------------------------------------------------------------------------------------

    def add_chat(self, chat: int, type: str = "private", **given: Any) -> Chat:  # noqa: A002 - the Bot API's word
        """Make a chat: ``type``, ``title``, ``forum``, ``members``, ``threads`` as in Chat."""
        given["members"] = {int(user): status for user, status in given.get("members", {}).items()}
        given["threads"] = {int(thread): bool(is_open) for thread, is_open in given.get("threads", {}).items()}
        self.chats[chat] = Chat(chat, type, **given)
        return self.chats[chat]

    def chat(self, chat: int) -> Chat:
        """Find a chat; people (positive ids) are always there."""
        if chat > 0 and chat not in self.chats:
            self.add_chat(chat)
        if chat not in self.chats:
            raise RefusedError(400, "Bad Request: chat not found")
        return self.chats[chat]

    def thread(self, chat: int, thread: int, *, is_open: bool = True) -> None:
        """Open a forum thread, close it, or open it again."""
        self.chat(chat).threads[thread] = is_open

    def delete_thread(self, chat: int, thread: int) -> None:
        """Delete a forum thread."""
        del self.chat(chat).threads[thread]

    # -- what people do -----------------------------------------------------------------------------------------------

    def push(self, kind: str, body: Json) -> int:
        """Put an update in the bot's queue and give its id."""
        number = next(self._update_ids)
        self.updates.append({"update_id": number, kind: body})
        self.arrived.set()
        return number

    def say(
        self,
        chat: int,
        user: int | None,
        text: str,
        *,
        thread: int | None = None,
        language: str = "zh-hans",
        anonymous: bool = False,
        extra: Json | None = None,
    ) -> int:
        """Let a user write a text (``user`` None: a channel post); ``extra`` is added to the message.

        ``anonymous`` is an admin who writes as the group itself.
        """
        place = self.chat(chat)
        body = self.message(place, thread) | {"text": text} | (extra or {})
        commands = [
            {"type": "bot_command", "offset": units(text[: hit.start()]), "length": units(hit.group())}
            for hit in _COMMAND.finditer(text)
        ]
        body |= {"entities": commands} if commands else {}
        if user is None:
            return self.push("channel_post", body | {"sender_chat": place.shape()})
        if anonymous:
            return self.push("message", body | {"from": GROUP_ANONYMOUS_BOT, "sender_chat": place.shape()})
        return self.push("message", body | {"from": person(user, language)})

    def press(self, chat: int, message_id: int, button: str, user: int, *, language: str = "zh-hans") -> int:
        """Let a user press a button of a stored message, named by its label or its data."""
        message = self.messages[chat, message_id]
        rows = message.get("reply_markup", {}).get("inline_keyboard", [])
        hits = [b for row in rows for b in row if button in {b["text"], b.get("callback_data")}]
        if not hits:
            msg = f"no such button: {button!r}"
            raise LookupError(msg)
        return self.callback(chat, message_id, hits[0]["callback_data"], user, language=language)

    def callback(self, chat: int, message_id: int, data: str, user: int, *, language: str = "zh-hans") -> int:
        """Let a client send any callback data for a message."""
        query = {
            "id": str(next(self._callback_ids)),
            "from": person(user, language),
            "message": self.messages[chat, message_id],
            "chat_instance": "1",
            "data": data,
        }
        return self.push("callback_query", query)

    def member(self, chat: int, user: int, old: str, new: str) -> int:
        """Change the bot's own membership, as ``user`` did it; sends the my_chat_member update."""
        place = self.chat(chat)
        barred = {"kicked": "blocked" if place.type == "private" else "kicked", "left": "left"}
        place.barred = barred.get(new, "")
        return self.push(
            "my_chat_member",
            {
                "chat": place.shape(),
                "from": person(user),
                "date": int(self.clock()),
                "old_chat_member": membership(BOT, old),
                "new_chat_member": membership(BOT, new),
            },
        )

    def join(self, chat: int, user: int, status: str = "member") -> int:
        """Let a user add the bot."""
        return self.member(chat, user, "left", status)

    def kick(self, chat: int, user: int) -> int:
        """Let a user remove the bot from a group or channel, or block it in private."""
        return self.member(chat, user, "member", "kicked")

    def migrate(self, old: int, new: int) -> int:
        """Upgrade a group to a supergroup: sends to the old id are refused, service messages go out."""
        place = self.chat(old)
        self.add_chat(new, "supergroup", title=place.title, members=place.members)
        place.moved = new
        number = self.push("message", self.message(place) | {"from": person(1), "migrate_to_chat_id": new})
        self.push("message", self.message(self.chat(new)) | {"from": person(1), "migrate_from_chat_id": old})
        return number

    # -- messages -----------------------------------------------------------------------------------------------------

    def message(self, chat: Chat, thread: int | None = None) -> Json:
        """Make and keep a message without content."""
        number = next(self._message_ids)
        topic = {"message_thread_id": thread, "is_topic_message": True} if thread else {}
        body = {"message_id": number, "date": int(self.clock()), "chat": chat.shape()} | topic
        self.messages[chat.id, number] = body
        return body

    def record(self, method: str, message: Json, payload: Json) -> None:
        """Write an accepted effect into the ledger."""
        keyboard = message.get("reply_markup", {}).get("inline_keyboard", [])
        entry = Entry(
            time=self.clock(),
            method=method,
            chat=message["chat"]["id"],
            thread=message.get("message_thread_id"),
            message_id=message["message_id"],
            text=str(message.get("text") or message.get("caption") or ""),
            entities=tuple(message.get("entities") or message.get("caption_entities") or ()),
            keyboard=tuple(tuple(row) for row in keyboard),
            silent=bool(payload.get("disable_notification")),
            payload=payload,
        )
        self.ledger.append(entry)

    # -- faults -------------------------------------------------------------------------------------------------------

    def fault(self, kind: str, **given: Any) -> Fault:
        """Script a fault: a kind of Fault's, or one of FORBIDDEN's reasons."""
        if kind in FORBIDDEN:
            given |= {"code": 403, "description": FORBIDDEN[kind]}
            kind = "answer"
        self.faults.append(Fault(kind, **given))
        return self.faults[-1]

    def take_fault(self, method: str, chat: int | None, thread: int | None) -> Fault | None:
        """Find the fault for a request and count it down."""
        for fault in self.faults:
            if fault.fits(method, chat, thread):
                fault.times -= 1
                return fault
        return None
