"""The Bot API's methods: each checks a request as Telegram does and changes the world by it."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import time
from typing import Any

from tests.emulators import telegram_photo
from tests.emulators import telegram_rules as rules
from tests.emulators.telegram_people import BOT, BOT_ID, membership, person
from tests.emulators.telegram_rich import check_rich
from tests.emulators.telegram_rules import Json, RefusedError, refuse
from tests.emulators.telegram_world import FORBIDDEN, Chat, World

PACED = frozenset(
    {"sendMessage", "sendRichMessage", "sendPhoto", "editMessageText", "editMessageCaption", "editMessageMedia"}
)
"""Methods that count against the limits: whatever shows something new in a chat."""


class Api:
    """Runs methods against a world. ``gate`` counts what is sent; None lets everything through."""

    def __init__(self, world: World, gate: rules.Gate | None) -> None:
        self.world = world
        self.gate = gate
        self._poll = 0

    async def run(self, method: str, payload: Json) -> Any:
        """Run a method and give its result, or raise RefusedError."""
        handler = getattr(self, f"do_{method.lower()}", None)
        if handler is None:
            raise RefusedError(404, "Not Found: method not found")
        if method in PACED:
            self._admit(self.place(payload), paid=bool(payload.get("allow_paid_broadcast")))
        try:
            result = handler(payload)
            return await result if inspect.isawaitable(result) else result
        except KeyError as missing:
            refuse(f"parameter {missing} is required")

    def _admit(self, chat: Chat, *, paid: bool) -> None:
        if self.gate is not None:
            self.gate.admit(str(chat.id), private=chat.type == "private", paid=paid, now=self.world.clock())

    def place(self, payload: Json) -> Chat:
        """Find the chat of a request, or refuse as Telegram does for one that moved or shut the bot out."""
        chat = self.world.chat(int(payload["chat_id"]))
        if chat.moved is not None:
            raise RefusedError(
                400,
                "Bad Request: group chat was upgraded to a supergroup chat",
                migrate_to_chat_id=chat.moved,
            )
        if chat.barred:
            raise RefusedError(403, FORBIDDEN[chat.barred])
        thread = payload.get("message_thread_id")
        if thread is not None and thread not in chat.threads:
            refuse("message thread not found")
        if thread is not None and not chat.threads[thread]:
            refuse("TOPIC_CLOSED")
        return chat

    def do_getme(self, _: Json) -> Json:
        """Answer getMe."""
        return BOT

    async def do_getupdates(self, payload: Json) -> list[Json]:
        """Hold the request until there is an update or ``timeout`` is over; an offset confirms all before it.

        A later request ends an earlier one that still waits, with 409, as for two programs with one token.
        """
        if self.world.webhook is not None:
            raise RefusedError(
                409,
                "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the"
                " webhook first",
            )
        self._poll += 1
        mine = self._poll
        world, offset = self.world, int(payload.get("offset", 0))
        world.arrived.set()
        world.updates = [one for one in world.updates if one["update_id"] >= offset]
        allowed = payload.get("allowed_updates") or None
        ends = time.monotonic() + float(payload.get("timeout", 0))
        while True:
            waiting = [one for one in world.updates if allowed is None or any(kind in one for kind in allowed)]
            left = ends - time.monotonic()
            if waiting or left <= 0:
                return waiting[: int(payload.get("limit", 100))]
            world.arrived = event = asyncio.Event()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(event.wait(), left)
            if mine != self._poll:
                raise RefusedError(
                    409,
                    "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
                )

    def do_deletewebhook(self, payload: Json) -> bool:
        """Answer deleteWebhook."""
        self.world.webhook = None
        if payload.get("drop_pending_updates"):
            self.world.updates.clear()
        return True

    def do_getwebhookinfo(self, _: Json) -> Json:
        """Tell where updates are brought to, and what came in the way."""
        webhook = self.world.webhook or {}
        told: Json = {name: webhook[name] for name in ("last_error_message", "last_error_date") if name in webhook}
        waiting = len(self.world.updates)
        return {"url": str(webhook.get("url", "")), "pending_update_count": waiting, **told}

    def do_setwebhook(self, payload: Json) -> bool:
        """Take an address to bring updates to."""
        if not str(payload["url"]).startswith("https://"):
            refuse("bad webhook: An HTTPS URL must be provided for webhook")
        self.world.webhook = payload
        return True

    def do_sendrichmessage(self, payload: Json) -> Json:
        """Check and keep a rich message."""
        chat = self.place(payload)
        text, formulas, links = check_rich(payload["rich_message"], self.world.bad_images)
        message = self.world.message(chat, payload.get("message_thread_id"))
        message |= {"from": BOT, "rich": text, "formulas": formulas, "links": links} | _markup(payload)
        self.world.record("sendRichMessage", message | {"text": text}, payload)
        return message

    def do_sendmessage(self, payload: Json) -> Json:
        """Check and keep a text message."""
        chat = self.place(payload)
        content = _text(payload)
        if (payload.get("link_preview_options") or {}).get("url") in self.world.bad_images:
            refuse("WEBPAGE_CURL_FAILED")
        message = self.world.message(chat, payload.get("message_thread_id"))
        message |= {"from": BOT} | content | self._unseen(chat, payload)
        self.world.record("sendMessage", message, payload)
        return message

    def _unseen(self, chat: Chat, payload: Json) -> Json:
        """Mark a message that only one member sees."""
        wanted = payload.get("ephemeral_message_parameters")
        if wanted is None:
            return {}
        if chat.type not in {"group", "supergroup"} or int(wanted["receiver_user_id"]) <= 0:
            refuse("ephemeral messages can be sent to members of groups only")
        return {"ephemeral_message_id": len(self.world.messages), "receiver_user": {"id": wanted["receiver_user_id"]}}

    def do_editephemeralmessagetext(self, payload: Json) -> bool:
        """Replace a message that only one member sees."""
        number, user = int(payload["ephemeral_message_id"]), int(payload["receiver_user_id"])
        chat = self.place(payload)
        mine = [each for (place, _), each in self.world.messages.items() if place == chat.id]
        message = next((each for each in mine if each.get("ephemeral_message_id") == number), None)
        if message is None or message["receiver_user"]["id"] != user:
            refuse("message to edit not found")
        message |= _text(payload)
        self.world.record("editEphemeralMessageText", message, payload)
        return True

    def do_sendphoto(self, payload: Json) -> Json:
        """Check and keep a photo, given by its URL or uploaded."""
        return telegram_photo.send(self, payload, _markup(payload))

    def do_editmessagecaption(self, payload: Json) -> Json:
        """Replace the words under a photo."""
        return telegram_photo.edit_caption(self, payload, _markup(payload))

    def do_editmessagemedia(self, payload: Json) -> Json:
        """Replace a photo and its words."""
        return telegram_photo.edit_media(self, payload, _markup(payload))

    def own(self, payload: Json, verb: str) -> Json:
        """Find the message of a request, which has to be the bot's own to be edited."""
        chat = self.place(payload)
        message = self.world.messages.get((chat.id, int(payload["message_id"])))
        if message is None:
            refuse(f"message to {verb} not found")
        if verb == "edit" and message.get("from") != BOT:
            refuse("message can't be edited")
        return message

    def do_editmessagetext(self, payload: Json) -> Json:
        """Replace a message's text and keyboard."""
        message = self.own(payload, "edit")
        if "photo" in message:
            refuse("there is no text in the message to edit")
        if ("rich" in message) != ("rich_message" in payload):
            refuse("the emulator edits messages in the kind that they were sent as")
        if "rich_message" in payload:
            return self._edit_rich(message, payload)
        content = _text(payload)
        kept = {name: message[name] for name in ("text", "entities", "reply_markup") if name in message}
        if kept == content:
            refuse(
                "message is not modified: specified new message content and reply markup are exactly the same"
                " as a current content and reply markup of the message"
            )
        for name in kept:
            del message[name]
        message |= content | {"edit_date": int(self.world.clock())}
        self.world.record("editMessageText", message, payload)
        return message

    def _edit_rich(self, message: Json, payload: Json) -> Json:
        text, formulas, links = check_rich(payload["rich_message"], self.world.bad_images)
        content = {"rich": text, "formulas": formulas, "links": links} | _markup(payload)
        if {name: message.get(name) for name in content} == content:
            refuse("message is not modified")
        message |= content | {"edit_date": int(self.world.clock())}
        self.world.record("editMessageText", message | {"text": text}, payload)
        return message

    def do_editmessagereplymarkup(self, payload: Json) -> Json:
        """Replace a message's keyboard."""
        message = self.own(payload, "edit")
        message.pop("reply_markup", None)
        message |= _markup(payload)
        self.world.record("editMessageReplyMarkup", message, payload)
        return message

    def do_deletemessage(self, payload: Json) -> bool:
        """Take a message away."""
        message = self.own(payload, "delete")
        del self.world.messages[message["chat"]["id"], message["message_id"]]
        self.world.record("deleteMessage", message, payload)
        return True

    def do_sendchataction(self, payload: Json) -> bool:
        """Show that the bot is typing, where it may."""
        self.place(payload)
        return True

    def do_answercallbackquery(self, payload: Json) -> bool:
        """End a button's waiting circle."""
        if rules.units(payload.get("text", "")) > 200:
            refuse("MESSAGE_TOO_LONG")
        self.world.answers.append({"time": self.world.clock()} | payload)
        return True

    def do_setmycommands(self, payload: Json) -> bool:
        """Keep the menu for a language and scope."""
        for command in payload["commands"]:
            if not 1 <= len(command["command"]) <= 32 or not 1 <= len(command["description"]) <= 256:
                refuse("BOT_COMMAND_INVALID")
        self.world.commands[_menu(payload)] = payload["commands"]
        return True

    def do_getmycommands(self, payload: Json) -> list[Json]:
        """Give the menu for a language and scope."""
        return self.world.commands.get(_menu(payload), [])

    def do_setmydescription(self, _: Json) -> bool:
        """Answer setMyDescription."""
        return True

    def do_setmyshortdescription(self, _: Json) -> bool:
        """Answer setMyShortDescription."""
        return True

    def do_getchat(self, payload: Json) -> Json:
        """Describe a chat."""
        name = str(payload["chat_id"])
        named = [chat.id for chat in self.world.chats.values() if name.casefold() == f"@{chat.username}".casefold()]
        chat = self.place({"chat_id": named[0] if named else _id(name)})
        linked = {"linked_chat_id": chat.linked} if chat.linked is not None else {}
        return chat.shape() | {"accent_color_id": 0, "max_reaction_count": 11} | linked

    def do_getchatmember(self, payload: Json) -> Json:
        """Tell a user's status in a chat."""
        user, chat = int(payload["user_id"]), self.place(payload)
        if user in chat.hidden:
            refuse("member list is inaccessible")
        status = chat.members.get(user, "member")
        return membership(BOT if user == BOT_ID else person(user), status)

    def do_getchatadministrators(self, payload: Json) -> list[Json]:
        """List a chat's admins."""
        members = self.place(payload).members.items()
        return [membership(person(user), status) for user, status in members if status in {"administrator", "creator"}]


def _id(name: str) -> int:
    try:
        return int(name)
    except ValueError:
        refuse("chat not found")


def _menu(payload: Json) -> tuple[str, str]:
    return str((payload.get("scope") or {"type": "default"})["type"]), str(payload.get("language_code") or "")


def _markup(payload: Json) -> Json:
    markup = payload.get("reply_markup") or {}
    rules.check_keyboard(markup)
    if len({"inline_keyboard", "keyboard", "force_reply", "remove_keyboard"}.intersection(markup)) > 1:
        refuse("object expected as reply markup")
    return {"reply_markup": markup} if markup.get("inline_keyboard") else {}


def _text(payload: Json) -> Json:
    text, entities = str(payload.get("text", "")), payload.get("entities") or []
    if payload.get("parse_mode"):
        refuse("the emulator takes entities only")
    rules.check_text(text)
    rules.check_entities(text, entities)
    return {"text": text} | ({"entities": entities} if entities else {}) | _markup(payload)
