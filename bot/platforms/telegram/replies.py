"""Answers of commands on their way back: drawn, paced with everything else, and put where they were asked for."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Final

import structlog
from telegram.error import TelegramError

from bot.core.models import Address, Chat, Moved, Outcome, Payload, PlaceKind, Rejected, Reply, Retry, Sent
from bot.core.ports import Clock
from bot.i18n import nearest
from bot.platforms.telegram.api import Api
from bot.platforms.telegram.draw import draw, plainly
from bot.platforms.telegram.sender import Sender
from bot.platforms.telegram.updates import Heard

log = structlog.get_logger()

TRIES: Final = 3
LONGEST_WAIT: Final = 60.0
"""Seconds: an answer that comes later than that answers nothing."""
_TOAST: Final = 200

Pace = Callable[[Address, PlaceKind], Awaitable[None]]


class Replies:
    """Sends replies. Unlike a post, an answer may be lost: the asker is there and asks again."""

    def __init__(self, api: Api, sender: Sender, clock: Clock, pace: Pace) -> None:
        self._api = api
        self._sender = sender
        self._clock = clock
        self._pace = pace

    async def give(self, heard: Heard, reply: Reply | None) -> None:
        """Give a reply to whom it belongs; a pressed button stops waiting in any case."""
        if heard.query:
            await self._release(heard.query, reply.toast if reply is not None else "")
        if reply is None or (heard.query and _only_toast(reply)):
            return
        first, *rest = draw(reply.notice, _chat(heard))
        if not (heard.query and reply.edits and await self._edit(heard, first)):
            rest = [first, *rest]
        for payload in rest:
            await self._post(heard.address, heard.kind, payload)

    async def _release(self, query: str, toast: str) -> None:
        params = {"callback_query_id": query} | ({"text": toast[:_TOAST]} if toast else {})
        with contextlib.suppress(TelegramError):  # too old a press: nobody waits any more
            await self._api.call("answerCallbackQuery", params)

    async def _edit(self, heard: Heard, payload: Payload) -> bool:
        """Replace the message under the button; tell whether that was it, or the reply needs one of its own."""
        edit = payload | {"method": "editMessageText", "message_id": heard.message_id}
        result = await self._post(heard.address, heard.kind, edit)
        return not isinstance(result, Rejected) or "not modified" in result.reason

    async def _post(self, address: Address, kind: PlaceKind, payload: Payload) -> Outcome:
        result: Outcome = Retry("")
        for left in reversed(range(TRIES)):
            await self._pace(address, kind)
            result = await self._sender.post(address, payload)
            match result:
                case Retry(_, seconds) if left and (seconds or 1.0) <= LONGEST_WAIT:
                    await self._clock.sleep(seconds or 1.0)
                case Moved(place):
                    address = replace(address, place=place)
                case Rejected() if payload["method"] == "sendMessage" and "entities" in payload:
                    payload = plainly(payload)
                case _:
                    break
        if not isinstance(result, Sent):
            log.info("telegram.reply_failed", outcome=type(result).__name__, reason=getattr(result, "reason", ""))
        return result


def _only_toast(reply: Reply) -> bool:
    notice = reply.notice
    return bool(reply.toast) and not (notice.title or notice.body or notice.choices)


def _chat(heard: Heard) -> Chat:
    """Make the settings that an answer is drawn by: the defaults, in the asker's language."""
    language = nearest(heard.language) if heard.language else "zh"
    return Chat(0, heard.address, heard.kind, 0, language=language)
