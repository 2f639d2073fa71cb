"""Sends parts to Telegram, and reads from failures what they say of the platform as a whole."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Final

import structlog
from telegram.error import InvalidToken, TelegramError

from bot.core.models import Address, Gone, Outcome, Part, Payload, Rejected, Retry, Sent, Uncertain
from bot.core.ports import Artist, Clock
from bot.platforms.telegram import photo
from bot.platforms.telegram.api import Api
from bot.platforms.telegram.draw import enriched, lesser
from bot.platforms.telegram.form import Forms, form
from bot.platforms.telegram.outage import SERVER_ERROR, Outage
from bot.platforms.telegram.outcomes import outcome
from bot.platforms.telegram.photo import FILE, FORMULAS, replacing, worded
from bot.platforms.telegram.upload import Upload

log = structlog.get_logger()

_OURS: Final = ("method", "fallback", FORMULAS)
"""What stands in a payload for the sender alone."""
RICH: Final = "sendRichMessage"
_RICH_REF: Final = "r"
_PHOTO_REF: Final = "p"
"""What the refs of rich messages and photos end with, so that they are edited as such."""
_MARKS: Final = {RICH: _RICH_REF, photo.METHOD: _PHOTO_REF}
_SAME: Final = "not modified"
"""The answer to an edit that says what stands there already."""

Refused = Callable[[Address], Awaitable[None]]


def target(address: Address) -> Payload:
    """Write where a chat is as the parameters of a request."""
    thread: Payload = {"message_thread_id": int(address.thread)} if address.thread else {}
    return {"chat_id": int(address.place)} | thread


async def _nobody(_: Address) -> None:
    """Tell nobody."""


class Sender:
    """Makes one request per part; a second one where the first was refused for its looks.

    Two things are learned between requests. A 429 does not say whether it is the chat's or the bot's: when two places
    in a row get one, with nothing accepted between them, it is everybody's. And after a failure that may have
    delivered, a harmless question (getMe) has to be answered before the next part goes out, so that an outage makes at
    most those parts doubtful that were under way when it began; and where errors are all that comes, parts wait
    (``outage``).

    ``refused`` is told of chats that rich messages were refused in; without an ``artist`` formulas are text.
    """

    def __init__(
        self, api: Api, clock: Clock, *, paid: bool = False, refused: Refused = _nobody, artist: Artist | None = None
    ) -> None:
        self._api = api
        self._clock = clock
        self._outage = Outage()
        self._paid: Payload = {"allow_paid_broadcast": True} if paid else {}
        self._refused = refused
        self._artist = artist
        self._forms = Forms()
        self._flooded: set[str] = set()
        self._doubtful = False

    async def send(self, part: Part) -> Outcome:
        """Make a part's request, unless it has to wait for an outage's end."""
        last = part.uncertain > 0
        if rest := self._outage.rest(self._clock.now(), last=last):
            return Retry(SERVER_ERROR, rest, scope="message" if last else "platform")
        probe, result = self._outage.begin(), None
        try:
            result = await self.post(part.address, part.payload)
        finally:
            self._outage.end(result, self._clock.now(), probe=probe)
        return result

    async def edit(self, address: Address, ref: str, payload: Payload) -> Outcome:
        """Replace a message that was sent as ``ref``, in the kind in which it was sent.

        One that says so already counts as done; one that is not there any more is refused.
        """
        if ref.endswith(_PHOTO_REF):
            return await self._edit(address, ref, replacing(payload, int(ref.removesuffix(_PHOTO_REF))))
        payload = worded(payload)
        rich, number = ref.endswith(_RICH_REF), ref.removesuffix(_RICH_REF)
        fallback = payload.get("fallback")
        if not rich and isinstance(fallback, dict):
            payload = fallback
        elif rich and "rich_message" not in payload:
            payload = enriched(payload)
        kept = {name: value for name, value in payload.items() if name not in ("fallback", "disable_notification")}
        kept["method"] = "editMessageText"
        return await self._edit(address, ref, kept | {"message_id": int(number)})

    async def _edit(self, address: Address, ref: str, payload: Payload) -> Outcome:
        result = await self.post(replace(address, thread=""), payload)
        if isinstance(result, Rejected) and _SAME in result.reason.lower():
            return Sent(ref)
        return Sent(ref) if isinstance(result, Sent) else result

    async def post(self, address: Address, payload: Payload) -> Outcome:
        """Make one request to a chat; where it is refused and there is a plainer form with the same words, that one."""
        if self._doubtful and (trouble := await self._ask()) is not None:
            return trouble
        result = await self._request(address, payload)
        while isinstance(result, Rejected) and (second := lesser(payload)) is not None:
            log.info("telegram.stepped_down", method=payload["method"], reason=getattr(result, "reason", ""))
            result = await self._request(address, second)
            if payload["method"] == RICH:
                await self._refused(address)
            payload = second
        return self._learn(address.place, result)

    async def _request(self, address: Address, payload: Payload) -> Outcome:
        method = str(payload["method"])
        picture = await self._picture(payload)
        if picture is None:
            return Rejected("no picture")
        try:
            result = await self._made(method, payload, target(address) | self._paid, picture)
        except InvalidToken as error:
            return await self._unknown(method) or outcome(error)
        except TelegramError as error:
            found = outcome(error)
            # A group may forbid photos alone: the words then tell whether it takes anything.
            return Rejected("no_rights") if picture and found == Gone("no_rights") else found
        number = result.get("message_id") if isinstance(result, dict) else None
        mark = _MARKS.get(method, "")
        return Sent(f"{number}{mark}") if isinstance(number, int) else Uncertain("garbage")

    async def _picture(self, payload: Payload) -> bytes | None:
        """Draw a request's picture; no bytes where it has none, None where it cannot be drawn."""
        formulas = payload.get(FORMULAS)
        if not isinstance(formulas, list):
            return b""
        return await self._artist.draw(formulas) if self._artist is not None else None

    async def _made(self, method: str, payload: Payload, where: Payload, picture: bytes) -> object:
        """Make a request. Raises TelegramError."""
        if not picture:
            return await self._api.post(method, f"{self._forms.of(payload, _OURS)}&{form(where)}")
        params = {name: value for name, value in payload.items() if name not in _OURS}
        return await self._api.upload(method, Upload(params | where, FILE, picture))

    async def _unknown(self, method: str) -> Rejected | None:
        """Tell a Bot API server that does not know the method yet from one that does not know us: both say 404."""
        if method == RICH and await self._ask() is None:
            return Rejected("method not found")
        return None

    async def _ask(self) -> Retry | None:
        try:
            await self._api.call("getMe")
        except InvalidToken:
            return Retry("bad_token", scope="platform")
        except TelegramError:
            return Retry("unreachable", scope="platform")
        self._doubtful = False
        return None

    def _learn(self, place: str, result: Outcome) -> Outcome:
        if isinstance(result, Retry) and result.reason == "flood":
            self._flooded.add(place)
            return replace(result, scope="platform") if len(self._flooded) > 1 else result
        if isinstance(result, Sent):
            self._flooded.clear()
        self._doubtful = self._doubtful or isinstance(result, Uncertain)
        return result
