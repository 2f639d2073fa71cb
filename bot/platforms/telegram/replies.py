"""Answers of commands on their way back: drawn, paced with everything else, and put where they were asked for."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import structlog
from telegram.error import TelegramError

from bot.core.models import Address, Moved, Outcome, Payload, PlaceKind, Rejected, Reply, Retry, Sent
from bot.core.ports import Doors
from bot.platforms.telegram.api import Api
from bot.platforms.telegram.draw import answer, plainly
from bot.platforms.telegram.menu import menu_of
from bot.platforms.telegram.news import Heard
from bot.platforms.telegram.photo import worded
from bot.platforms.telegram.pickers import picker
from bot.platforms.telegram.sender import Sender
from bot.platforms.telegram.unseen import PARAMETERS, edit, seen, unseen
from bot.reading.doc import Doc, paragraph

log = structlog.get_logger()

TRIES: Final = 3
LONGEST_WAIT: Final = 60.0
"""Seconds: an answer that comes later than that answers nothing."""
_TOAST: Final = 200


class Replies:
    """Sends replies. Unlike a post, an answer may be lost: the asker is there and asks again."""

    def __init__(self, api: Api, sender: Sender, doors: Doors, *, quietly: bool = False) -> None:
        self._api = api
        self._quietly = quietly
        self._sender = sender
        self._doors = doors
        self._commands = tuple(name for name, _ in menu_of(doors))

    async def give(self, heard: Heard, reply: Reply | None, *, released: bool = False) -> bool:
        """Give a reply to whom it belongs; a pressed button stops waiting in any case, if it did not before.

        Tell whether all of it arrived.
        """
        if heard.query and not released:
            await self.release(heard.query, reply.toast if reply is not None else "")
        if reply is None or (heard.query and not released and _only_toast(reply)):
            return True
        first, *rest = await self._drawn(heard, reply)
        if not (heard.query and reply.edits and not reply.asks and await self._edit(heard, first)):
            rest = [first, *rest]
        if self._quietly:
            rest = [unseen(payload, heard) for payload in rest]
        return all([isinstance(await self._post(heard.address, heard.kind, payload), Sent) for payload in rest])

    async def release(self, query: str, toast: str = "", *, alert: bool = False) -> None:
        """Let a pressed button stop waiting, with a short text; an ``alert`` stays until it is read."""
        params: Payload = {"callback_query_id": query}
        params |= {"text": toast[:_TOAST], "show_alert": alert} if toast else {}
        with contextlib.suppress(TelegramError):  # too old a press: nobody waits any more
            await self._api.call("answerCallbackQuery", params)

    async def take_away(self, heard: Heard) -> None:
        """Delete a command where all readers see it, if we may."""
        params = {"chat_id": int(heard.address.place), "message_id": heard.message_id}
        with contextlib.suppress(TelegramError):
            await self._api.call("deleteMessage", params)

    async def _drawn(self, heard: Heard, reply: Reply) -> Sequence[Payload]:
        chat = reply.chat or await self._doors.chat(heard.address, heard.kind, heard.language)
        notice = reply.notice
        if not (notice.title or notice.body):
            notice = replace(notice, body=Doc((paragraph(reply.toast),)))
        payloads = list(answer(notice, chat, self._commands))
        if reply.asks:
            payloads[-1] = _question(payloads[-1], heard)
        return [*payloads, *picker(notice.choices, self._commands)]

    async def _edit(self, heard: Heard, payload: Payload) -> bool:
        """Replace the message under the button; tell whether that was it, or the reply needs one of its own."""
        if heard.unseen:
            return await self._edit_unseen(heard, worded(payload))
        whole = worded(payload) | {"method": "editMessageText", "message_id": heard.message_id}
        result = await self._post(heard.address, heard.kind, whole)
        return not isinstance(result, Rejected) or "not modified" in result.reason

    async def _edit_unseen(self, heard: Heard, payload: Payload) -> bool:
        await self._doors.pace(heard.address, heard.kind)
        try:
            await self._api.call("editEphemeralMessageText", edit(payload, heard))
        except TelegramError as error:
            return "not modified" in error.message
        return True

    async def _post(self, address: Address, kind: PlaceKind, payload: Payload) -> Outcome:
        result: Outcome = Retry("")
        for left in reversed(range(TRIES)):
            await self._doors.pace(address, kind)
            result = await self._sender.post(address, payload)
            match result:
                case Retry(_, seconds) if left and (seconds or 1.0) <= LONGEST_WAIT:
                    await self._doors.clock.sleep(seconds or 1.0)
                case Moved(place):
                    address = replace(address, place=place)
                case Rejected() if PARAMETERS in payload:
                    payload = seen(payload)
                case Rejected() if payload["method"] == "sendMessage" and "entities" in payload:
                    payload = plainly(payload)
                case _:
                    break
        if not isinstance(result, Sent):
            log.info("telegram.reply_failed", outcome=type(result).__name__, reason=getattr(result, "reason", ""))
        return result


def _question(payload: Payload, heard: Heard) -> Payload:
    """Open the asker's reply field. Privately anything that is written counts, so buttons may stay there instead."""
    if heard.kind is PlaceKind.PRIVATE and "reply_markup" in payload:
        return payload
    to: Payload = {"message_id": heard.message_id, "allow_sending_without_reply": True}
    asked: Payload = {} if heard.query else {"reply_parameters": to}
    return payload | asked | {"reply_markup": {"force_reply": True, "selective": True}}


def _only_toast(reply: Reply) -> bool:
    notice = reply.notice
    return bool(reply.toast) and not (notice.title or notice.body or notice.choices)
