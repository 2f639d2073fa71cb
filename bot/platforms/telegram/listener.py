"""Takes what people write and press, asks the house for an answer, and gives it."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass, field, replace
from math import ceil
from typing import Final

import structlog
from telegram.error import TelegramError

from bot.core.ports import Answer, Ask, Asker, Doors
from bot.platforms.telegram.account import Account
from bot.platforms.telegram.api import Api
from bot.platforms.telegram.flood import Turnstile
from bot.platforms.telegram.menu import register
from bot.platforms.telegram.polling import Poll
from bot.platforms.telegram.replies import Replies
from bot.platforms.telegram.sender import Sender
from bot.platforms.telegram.updates import Heard, Moved, Shut, read

log = structlog.get_logger()

AT_ONCE: Final = 100
"""Updates under way; beyond these no more are fetched."""
FAREWELL: Final = 3.0
"""Seconds that answers under way get to finish when the bot stops. What is cut off stays in the inbox."""
_ADMINS: Final = frozenset({"creator", "administrator"})


@dataclass(slots=True)
class _Line:
    """The updates of one place, dealt with one after the other."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    waiting: int = 0


class Listener:
    """Listens for one bot account."""

    def __init__(self, api: Api, sender: Sender, account: Account, doors: Doors, answer: Answer) -> None:
        self._api = api
        self._doors = doors
        self._answer = answer
        self._account = account
        self._replies = Replies(api, sender, doors.clock, doors.pace)
        self._poll = Poll(api, doors.inbox, doors.clock, self._take)
        self._turnstile = Turnstile()
        self._room = asyncio.Semaphore(AT_ONCE)
        self._lines: dict[str, _Line] = defaultdict(_Line)
        self._tasks: set[asyncio.Task[None]] = set()

    async def listen(self) -> None:
        """Take commands until cancelled."""
        try:
            await self._poll.insist(self._account.learn)
            await self._poll.insist(lambda: self._api.call("deleteWebhook"))
            await register(self._api, self._doors.menu)
            await self._poll.leftovers()
            await self._poll.forever()
        finally:
            await self._finish(FAREWELL)

    async def catch_up(self) -> None:
        """Answer what waits, and return."""
        try:
            await self._account.learn()
            await self._poll.leftovers()
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
            await self._doors.inbox.done("telegram", number)
            return
        await self._room.acquire()
        task = asyncio.create_task(self._in_line(number, what))
        self._tasks.add(task)
        task.add_done_callback(self._over)

    def _over(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._room.release()

    def _read(self, number: int, raw: str) -> Heard | Shut | Moved | None:
        """Read an update; one that cannot be read, or comes in a flood, is passed over."""
        try:
            what = read(json.loads(raw), self._account.name)
        except Exception as error:  # noqa: BLE001 - a new kind of update must not stop the others
            log.warning("telegram.update_unread", update=number, error=type(error).__name__)
            return None
        return self._unless_flood(what) if isinstance(what, Heard) else what

    def _unless_flood(self, heard: Heard) -> Heard | None:
        place = heard.address.place
        seconds = self._turnstile.wait(place, self._doors.clock.now())
        if not seconds:
            return heard
        if not self._turnstile.tell(place):
            return None
        log.info("telegram.flood", seconds=seconds)
        return _slowed(heard, seconds)

    async def _in_line(self, number: int, what: Heard | Shut | Moved) -> None:
        place = what.old if isinstance(what, Moved) else what.address.place
        async with self._turn(place):
            await _logged(self._act(number, what), number)
            await _logged(self._doors.inbox.done("telegram", number), number)

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

    async def _act(self, number: int, what: Heard | Shut | Moved) -> None:
        match what:
            case Shut(address, reason):
                await self._doors.closed(address, reason)
            case Moved(old, new):
                await self._doors.moved("telegram", old, new)
            case Heard():
                ask = await self._asked(number, what)
                await self._replies.give(what, await self._answer(ask))

    async def _asked(self, number: int, heard: Heard) -> Ask:
        """Make the request; the asker's rights are read now, where they matter."""
        ask = Ask(
            address=heard.address,
            kind=heard.kind,
            place_title=heard.title,
            asker=Asker(heard.user, admin=heard.trusted, language=heard.language),
            name=heard.name,
            args=heard.args,
            now=self._doors.clock.now(),
            pressed=bool(heard.query),
            called=heard.called,
            update=number,
        )
        if heard.trusted or not self._doors.needs_admin(ask):
            return ask
        return _as_admin(ask) if await self._is_admin(heard) else ask

    async def _is_admin(self, heard: Heard) -> bool:
        params = {"chat_id": int(heard.address.place), "user_id": int(heard.user)}
        try:
            member = await self._api.call("getChatMember", params)
        except TelegramError as error:
            log.info("telegram.rights_unread", error=error.message)
            return False
        return isinstance(member, dict) and member.get("status") in _ADMINS


async def _logged(work: Awaitable[None], number: int) -> None:
    """Let a failure end in the log: an update that fails once would fail for ever."""
    try:
        await work
    except Exception:
        log.exception("telegram.update_failed", update=number)


def _as_admin(ask: Ask) -> Ask:
    return replace(ask, asker=replace(ask.asker, admin=True))


def _slowed(heard: Heard, seconds: float) -> Heard:
    """Make of a request that came too fast the one for the polite answer; nobody can type its name."""
    return replace(heard, name="rate-limited", args=str(ceil(seconds)), called=True)
