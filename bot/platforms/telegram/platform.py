"""Telegram behind ``core.ports.Platform``."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from typing import Final
from urllib.parse import urlsplit

from telegram.error import BadRequest, Forbidden, InvalidToken, TelegramError

from bot.clock import SystemClock
from bot.core.errors import ConfigError, RivalError, SilentError
from bot.core.models import ABOVE, BELOW, Address, Chat, Notice, Outcome, Part, Payload, PlaceKind
from bot.core.ports import Answer, Doors, Limits, Window
from bot.platforms.telegram.account import Account
from bot.platforms.telegram.api import Api
from bot.platforms.telegram.draw import draw, plainly
from bot.platforms.telegram.listener import FAREWELL, Listener
from bot.platforms.telegram.places import lacking, out
from bot.platforms.telegram.sender import Sender
from bot.platforms.telegram.settings import TelegramSettings
from bot.platforms.telegram.updates import HELLO
from bot.platforms.telegram.webhook import misled, reserve

GOODBYE: Final = FAREWELL + 2
"""Seconds after which listening that goes on is told again to end."""
FREE: Final = Window(30, 1.02)
PAID: Final = Window(1000, 1.02)
PLACES: Final = {
    PlaceKind.PRIVATE: (Window(1, 1.02),),
    PlaceKind.GROUP: (Window(20, 60.5),),
    PlaceKind.CHANNEL: (Window(20, 60.5),),
}
"""The limits of Telegram's FAQ ("My bot is hitting limits, how do I avoid this?"): 30 messages a second, paid 1,000;
one a second to a chat; 20 a minute to a group. Each window is a little longer than there: arrivals count, not starts.
With 1.005 s for the paid one the first second of a broadcast ended in refusals, and a pause: docs/benchmarks.md.
"""


class Telegram:
    """The platform. Without ``doors`` it can draw and probe, but not listen."""

    name = "telegram"
    can_repeat = False
    options: tuple[str, ...] = ()
    images: tuple[str, ...] = (BELOW, ABOVE)

    def __init__(self, settings: TelegramSettings, doors: Doors | None = None) -> None:
        self.limits = Limits((PAID if settings.allow_paid_broadcast else FREE,), PLACES)
        self._settings = settings
        self._doors = doors
        self._api = Api(settings)
        self._account = Account(self._api)
        self._ears: Listener | None = None
        artist = doors.artist if doors is not None else None
        self.formulas: tuple[str, ...] = ("unicode", "rich", *(("picture",) if artist is not None else ()))
        clock = doors.clock if doors is not None else SystemClock()
        self._sender = Sender(
            self._api, clock, paid=settings.allow_paid_broadcast, refused=self._no_rich, artist=artist
        )

    def render(self, notice: Notice, chat: Chat) -> tuple[Payload, ...]:
        """Write a notice as sendMessage requests; pure."""
        return draw(notice, chat)

    def plainly(self, payload: Payload) -> Payload:
        """Give a request's text alone; pure."""
        return plainly(payload)

    async def send(self, part: Part) -> Outcome:
        """Make one request."""
        return await self._sender.send(part)

    async def edit(self, ref: str, part: Part) -> Outcome:
        """Replace what was sent as ``ref``; one that says so already counts as done, one that is gone is refused."""
        return await self._sender.edit(part.address, ref, part.payload)

    async def _no_rich(self, address: Address) -> None:
        if self._doors is not None:
            await self._doors.formulas(address, "unicode")

    @contextlib.asynccontextmanager
    async def listen(self, answer: Answer) -> AsyncIterator[None]:
        """Take commands while the context is open; the connections are closed after it.

        Raises ConfigError where updates are to be brought to a port that cannot be had. A fault that ends the listening
        ends whoever opened the context: a bot that goes on deaf is found out by its readers.
        """
        if self._settings.webhook is not None:
            await reserve(self._settings.webhook)
        self._ears = self._listener(answer)
        try:
            async with asyncio.TaskGroup() as group:
                task = group.create_task(self._ears.listen(), name="telegram-listen")
                try:
                    yield
                finally:
                    while not task.done():
                        # A request whose time is up just then may swallow the cancellation.
                        task.cancel()
                        await asyncio.wait({task}, timeout=GOODBYE)
        finally:
            await self.close()

    async def catch_up(self, answer: Answer) -> None:
        """Answer the commands that wait, and return."""
        await self._listener(answer).catch_up()

    def _listener(self, answer: Answer) -> Listener:
        if self._doors is None:
            msg = "a sketch of a platform does not listen"
            raise TypeError(msg)
        return Listener(self._api, self._sender, self._account, self._doors, answer, self._settings)

    async def invitation(self, code: str) -> str | None:
        """Give the link by which somebody starts the bot with a code; None while Telegram does not answer."""
        try:
            name = self._account.name or await self._account.learn()
        except TelegramError:
            return None
        return f"https://t.me/{name}?start={code}"

    async def entrances(self) -> Sequence[tuple[str, str]]:
        """Give the links that add the bot to a group and a channel; empty while Telegram does not answer."""
        try:
            name = self._account.name or await self._account.learn()
        except TelegramError:
            return ()
        link = f"https://t.me/{name}"
        rights = "post_messages+edit_messages"
        return (
            ("private", link),
            ("group", f"{link}?startgroup={HELLO}"),
            ("channel", f"{link}?startchannel={HELLO}&admin={rights}"),
        )

    @property
    def account(self) -> str:
        """Give what stands before a token's colon (core.telegram.org/bots/api, "Authorizing your bot"): its id."""
        token = self._settings.token.get_secret_value() if self._settings.token else ""
        number, _, _ = token.partition(":")
        return number if number.isascii() and number.isdecimal() else ""

    @property
    def private_link(self) -> str:
        """Give where a private chat is opened; empty until Telegram has told the bot's name."""
        return f"https://t.me/{self._account.name}" if self._account.name else ""

    def person(self, user: str) -> Address:
        """Give the private chat with a user: its id is theirs; pure."""
        return Address(self.name, user)

    async def reach(self, user: str) -> None:
        """Make sure that a user can be written to: a sign of typing is refused as a message would be."""
        try:
            await self._api.call("sendChatAction", {"chat_id": int(user), "action": "typing"})
        except (Forbidden, BadRequest):
            msg = f"user {user} has not started this bot, or has blocked it; let them open {self.private_link or 'it'}"
        except TelegramError as error:
            msg = f"user {user}: {self._silent(error)}"
        else:
            return
        raise ConfigError(msg)

    async def lacks(self, address: Address) -> Sequence[str]:
        """Name what the bot lacks in a group or channel, as Telegram calls it; raises ConfigError."""
        if not address.place.startswith("-") or not self._account.number:
            return ()
        params = {"chat_id": int(address.place), "user_id": int(self._account.number)}
        try:
            found = await self._api.call("getChatMember", params)
        except (Forbidden, BadRequest):
            found = {"status": "left"}
        except TelegramError:
            found = None
        member = found if isinstance(found, dict) else {}
        if out(member):
            msg = f"the bot is not in this chat; add it there again, or `incoming chats remove {address}`"
            raise ConfigError(msg)
        return lacking(member)

    async def probe(self) -> str:
        """Ask Telegram who we are (``@name``); raises ConfigError, with the remedy, where it refuses.

        Another program that takes this bot's commands is such a trouble too.
        """
        try:
            name = await self._account.learn()
        except InvalidToken:
            msg = "telegram.token: Telegram does not know this token; ask @BotFather (/mybots, API Token) for it"
            raise ConfigError(msg) from None
        except TelegramError as error:
            raise SilentError(self._silent(error)) from None
        if self._ears is not None and (rival := self._ears.rival()):
            raise RivalError(rival)
        return f"@{name}"

    @property
    def told(self) -> str:
        """Give the ``Date`` of Telegram's newest answer; empty before the first."""
        return self._api.told

    async def astray(self, *, running: bool) -> str:
        """Say that Telegram brings the updates elsewhere, or that it cannot bring them here."""
        try:
            if self._settings.webhook is not None and not running:
                await reserve(self._settings.webhook)
            found = await self._api.call("getWebhookInfo")
        except ConfigError as error:
            return str(error)
        except TelegramError:
            return ""
        return misled(found, self._settings.webhook, running=running)

    def _silent(self, error: TelegramError) -> str:
        """Say that Telegram does not answer, and where to look."""
        if error.message == "proxy":
            return "telegram.proxy does not answer; see whether it runs at that address"
        host = urlsplit(self._settings.api_base).hostname
        if error.message == "tls":
            return f"{host} cannot prove who it is (tls); check this machine's clock, then what stands in between"
        way = "check the network, or set telegram.proxy (INCOMING_TELEGRAM__PROXY)"
        return f"{host} does not answer ({error.message}); {way}"

    async def close(self) -> None:
        """Close the connections; a later request opens new ones."""
        await self._api.close()
