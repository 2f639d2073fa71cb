"""Sends parts to Telegram, and reads from failures what they say of the platform as a whole."""

from __future__ import annotations

from dataclasses import replace

from telegram.error import InvalidToken, TelegramError

from bot.core.models import Address, Outcome, Part, Payload, Retry, Sent, Uncertain
from bot.platforms.telegram.api import Api
from bot.platforms.telegram.outcomes import outcome


def target(address: Address) -> Payload:
    """Write where a chat is as the parameters of a request."""
    thread: Payload = {"message_thread_id": int(address.thread)} if address.thread else {}
    return {"chat_id": int(address.place)} | thread


class Sender:
    """Makes one request per part.

    Two things are learned between requests. A 429 does not say whether it is the chat's or the bot's: when two places
    in a row get one, with nothing accepted between them, it is everybody's. And after a failure that may have
    delivered, a harmless question (getMe) has to be answered before the next part goes out, so that an outage makes at
    most those parts doubtful that were under way when it began.
    """

    def __init__(self, api: Api, *, paid: bool = False) -> None:
        self._api = api
        self._paid: Payload = {"allow_paid_broadcast": True} if paid else {}
        self._flooded: set[str] = set()
        self._doubtful = False

    async def send(self, part: Part) -> Outcome:
        """Make a part's request."""
        return await self.post(part.address, part.payload)

    async def post(self, address: Address, payload: Payload) -> Outcome:
        """Make one request to a chat."""
        if self._doubtful and (trouble := await self._ask()) is not None:
            return trouble
        return self._learn(address.place, await self._request(address, payload))

    async def _request(self, address: Address, payload: Payload) -> Outcome:
        params = {name: value for name, value in payload.items() if name != "method"}
        try:
            result = await self._api.call(str(payload["method"]), params | target(address) | self._paid)
        except TelegramError as error:
            return outcome(error)
        number = result.get("message_id") if isinstance(result, dict) else None
        return Sent(str(number)) if isinstance(number, int) else Uncertain("garbage")

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
