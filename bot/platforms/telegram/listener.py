"""Takes what people write and press: every update is dealt with once, those of one place one after the other."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass, field
from math import ceil
from typing import Final

import structlog
from telegram.error import TelegramError

from bot.core.ports import Answer, Doors
from bot.platforms.telegram.account import Account
from bot.platforms.telegram.api import Api
from bot.platforms.telegram.clerk import Clerk
from bot.platforms.telegram.flood import Turnstile
from bot.platforms.telegram.menu import menu_of, register
from bot.platforms.telegram.news import Heard, Moved, News
from bot.platforms.telegram.polling import Poll
from bot.platforms.telegram.replies import Replies
from bot.platforms.telegram.rights import Rights
from bot.platforms.telegram.sender import Sender
from bot.platforms.telegram.settings import TelegramSettings
from bot.platforms.telegram.updates import read
from bot.platforms.telegram.webhook import Webhook

log = structlog.get_logger()

AT_ONCE: Final = 100
"""Updates under way; beyond these no more are fetched."""
FAREWELL: Final = 3.0
"""Seconds that answers under way get to finish when the bot stops. What is cut off stays in the inbox."""


@dataclass(slots=True)
class _Line:
    """The updates of one place, dealt with one after the other."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    waiting: int = 0


@dataclass(frozen=True, slots=True)
class _TooFast:
    """A command of a flood: the first one of it is answered."""

    heard: Heard
    seconds: int


class Listener:
    """Listens for one bot account: at a webhook where there is one, else by polling."""

    def __init__(
        self,
        api: Api,
        sender: Sender,
        account: Account,
        doors: Doors,
        answer: Answer,
        settings: TelegramSettings,
    ) -> None:
        self._api = api
        self._doors = doors
        self._account = account
        self._hook = settings.webhook
        replies = Replies(api, sender, doors, quietly=settings.ephemeral_answers)
        self._clerk = Clerk(account, Rights(api), replies, doors, answer)
        self._choices = tuple(name for name, _ in menu_of(doors))
        self._poll = Poll(api, doors.inbox, doors.clock, self._take)
        self._turnstile = Turnstile()
        self._room = asyncio.Semaphore(AT_ONCE)
        self._lines: dict[str, _Line] = defaultdict(_Line)
        self._tasks: set[asyncio.Task[None]] = set()

    def rival(self) -> str:
        """Say which other program takes this bot's commands; empty where none does."""
        return self._poll.rival()

    async def listen(self) -> None:
        """Take commands until cancelled."""
        try:
            await self._poll.insist(self._account.learn)
            if self._hook is None:
                await self._poll.insist(lambda: self._api.call("deleteWebhook"))
            await register(self._api, self._doors)
            await self._poll.leftovers()
            await self._fetch()
        finally:
            await self._finish(FAREWELL)

    async def _fetch(self) -> None:
        if self._hook is None:
            await self._poll.forever()
            return
        async with Webhook(self._hook, self._doors.inbox, self._take) as webhook:
            await self._poll.insist(lambda: webhook.register(self._api))
            await asyncio.Event().wait()

    async def catch_up(self) -> None:
        """Answer what waits, and return."""
        try:
            await self._account.learn()
            await self._poll.leftovers()
            if self._hook is not None:
                await self._api.call("deleteWebhook")  # or getUpdates would be refused; the next run sets it again
            await self._poll.all_waiting()
        except TelegramError as error:
            log.warning("telegram.poll_failed", error=error.message)
        finally:
            await self._finish(None)

    async def _finish(self, seconds: float | None) -> None:
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    # -- one update ---------------------------------------------------------------------------------------------------

    async def _take(self, number: int, raw: str) -> None:
        """Read an update and put it in its place's line."""
        what = self._read(number, raw)
        if what is None:
            # What cannot be written down now is passed over again at the next start.
            await _logged(self._doors.inbox.done("telegram", number), number)
            return
        await self._room.acquire()
        task = asyncio.create_task(self._in_line(number, what))
        self._tasks.add(task)
        task.add_done_callback(self._over)

    def _over(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._room.release()

    def _read(self, number: int, raw: str) -> News | _TooFast | None:
        """Read an update; one that cannot be read, or comes in a flood, is passed over."""
        try:
            what = read(json.loads(raw), self._account.name, self._choices)
        except Exception as error:  # noqa: BLE001 - a new kind of update must not stop the others
            log.warning("telegram.update_unread", update=number, error=type(error).__name__)
            return None
        return self._unless_flood(what) if isinstance(what, Heard) else what

    def _unless_flood(self, heard: Heard) -> Heard | _TooFast | None:
        place = heard.address.place
        seconds = self._turnstile.wait(place, self._doors.clock.now())
        if not seconds:
            return heard
        if not self._turnstile.tell(place):
            return None
        log.info("telegram.flood", seconds=seconds)
        return _TooFast(heard, ceil(seconds))

    async def _in_line(self, number: int, what: News | _TooFast) -> None:
        async with self._turn(_place(what)):
            await _logged(self._act(number, what), number)
            await _logged(self._doors.inbox.done("telegram", number), number)

    async def _act(self, number: int, what: News | _TooFast) -> None:
        if isinstance(what, _TooFast):
            await self._clerk.slow_down(number, what.heard, what.seconds)
        else:
            await self._clerk.deal(number, what)

    @contextlib.asynccontextmanager
    async def _turn(self, place: str) -> AsyncIterator[None]:
        line = self._lines[place]
        line.waiting += 1
        try:
            async with line.lock:
                yield
        finally:
            line.waiting -= 1
            if not line.waiting:
                del self._lines[place]


def _place(what: News | _TooFast) -> str:
    """Name the place in whose line something waits."""
    if isinstance(what, Moved):
        return what.old
    return what.heard.address.place if isinstance(what, _TooFast) else what.address.place


async def _logged(work: Awaitable[None], number: int) -> None:
    """Let a failure end in the log: an update that fails once would fail for ever."""
    try:
        await work
    except Exception:
        log.exception("telegram.update_failed", update=number)
