"""The long poll: fetches updates, keeps them, and only then asks for the next ones.

Telegram repeats an update until a higher offset confirms it. So an update is stored before its successor is asked for
(promise 6): a crash in between brings it again, and the inbox tells that it is known.
"""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError

from bot.core.ports import Clock, Inbox
from bot.platforms.telegram.api import Api
from bot.platforms.telegram.news import written
from bot.platforms.telegram.updates import KINDS

log = structlog.get_logger()

POLL_SECONDS: Final = 50
"""How long Telegram holds a request when there is nothing new."""
_GRACE: Final = 15.0
_FIRST_DELAY: Final = 1.0
_LONGEST_DELAY: Final = 30.0
_BATCH: Final = 100
_LATELY: Final = timedelta(minutes=1)
"""For so long after a conflict somebody else counts as taking our updates; such conflicts come twice a minute."""
_QUIET: Final = timedelta(minutes=10)
"""After so long without a conflict the next one is news."""

Take = Callable[[int, str], Awaitable[None]]


class Poll:
    """Hands every update to ``take``, once each: first those that an earlier run left behind."""

    def __init__(self, api: Api, inbox: Inbox, clock: Clock, take: Take) -> None:
        self._api = api
        self._inbox = inbox
        self._clock = clock
        self._take = take
        self._offset: int | None = None
        self._failures = 0
        self._told = False
        self._conflict: datetime | None = None
        self._rival = ""

    def rival(self) -> str:
        """Say who else takes the updates, and with them the commands; empty where nobody lately did."""
        known = self._conflict is not None and self._clock.now() - self._conflict < _LATELY
        return self._rival if known else ""

    async def leftovers(self) -> None:
        """Hand on what was kept and not dealt with."""
        kept: Any = await self.insist(lambda: self._inbox.pending("telegram"))
        for number, raw in kept:
            await self._take(number, raw)

    async def forever(self) -> None:
        """Fetch until cancelled. Whatever fails is logged once per run of failures, and tried again."""
        while True:
            await self.insist(lambda: self.once(POLL_SECONDS))

    async def all_waiting(self) -> None:
        """Fetch until nothing waits any more; the last, empty answer confirms what came before. May raise."""
        while await self.once(0):
            pass

    async def once(self, seconds: int) -> int:
        """Fetch once, keep and hand on what came; give how much."""
        params = {"offset": self._offset, "timeout": seconds, "limit": _BATCH, "allowed_updates": list(KINDS)}
        result = await self._api.call("getUpdates", params, patience=seconds + _GRACE)
        updates: list[Any] = result if isinstance(result, list) else []
        for update in updates:
            number, raw = int(update["update_id"]), written(update)
            if await self._inbox.store("telegram", number, raw):
                await self._take(number, raw)
            self._offset = number + 1
        return len(updates)

    async def insist(self, ask: Callable[[], Awaitable[object]]) -> object:
        """Ask until it works, waiting longer each time."""
        while True:
            try:
                result = await ask()
            except Exception as error:  # noqa: BLE001 - nothing may end the poll: no update would come any more
                await self._clock.sleep(self._failed(error))
            else:
                self._worked()
                return result

    def _failed(self, error: Exception) -> float:
        self._failures += 1
        if self._worth_saying(error):
            self._told = True
            log.warning("telegram.poll_failed", error=_name(error))
        if isinstance(error, RetryAfter):
            return _wait(error)
        delay = min(_FIRST_DELAY * 2.0 ** min(self._failures - 1, 10), _LONGEST_DELAY)
        return delay * random.uniform(0.8, 1.2)

    def _worth_saying(self, error: Exception) -> bool:
        """Tell whether a failure is news. Two programs with one token end each other's polls for hours: said once."""
        if not isinstance(error, Conflict):
            return self._failures == 1 or isinstance(error, InvalidToken)
        now = self._clock.now()
        self._rival = _name(error)
        last, self._conflict = self._conflict, now
        return last is None or now - last > _QUIET

    def _worked(self) -> None:
        if self._told:
            log.info("telegram.poll_works_again", failures=self._failures)
        self._failures, self._told = 0, False


def _wait(error: RetryAfter) -> float:
    wait = error.retry_after
    return float(wait) if isinstance(wait, int) else wait.total_seconds()


def _name(error: Exception) -> str:
    if isinstance(error, Conflict) and "webhook" in error.message:
        return "conflict: another program has set a webhook for this token; end it, then restart this one"
    if isinstance(error, Conflict):
        return "conflict: another program polls with this token; end one of the two"
    if isinstance(error, InvalidToken):
        return "bad_token: Telegram does not know telegram.token; @BotFather shows the right one"
    return error.message if isinstance(error, TelegramError) else type(error).__name__
