"""One platform's lane.

It claims what is due in one commit, just before the requests start, and stores the outcomes with the next commit. What
an outcome means is decided in ``core.plan``, when the next may go in ``core.pace``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import structlog

from bot import failpoint, metrics
from bot.core import plan
from bot.core.edits import EDITS_FOR
from bot.core.models import Address, Chat, Part, PlaceKind
from bot.core.ports import Clock, Outbox, OutboxWork, Platform, Record
from bot.core.pulse import SET_BACK, Pulse
from bot.deliver.choosing import Chooser
from bot.deliver.editing import Editor
from bot.deliver.lists import ListWriter
from bot.deliver.pacing import Pacing
from bot.deliver.request import judge, make, said
from bot.deliver.turn import Turn
from bot.deliver.writer import Writer

log = structlog.get_logger()

IN_FLIGHT: Final = 200
"""Requests under way at once on one platform."""
LONGEST_REST: Final = 30.0
"""Seconds after which a lane looks at the database again even if nobody called: another process may have written."""
FIRST_PAUSE: Final = 1.0
"""Seconds before a turn that failed is made again; doubled each time, up to ``LONGEST_REST``."""
SHORTEST_REST: Final = 0.02
"""Seconds between two looks that found nothing to start."""
LINGER: Final = 0.05
"""Seconds that outcomes wait for others of the same commit, while more than a ``FEW`` requests are under way."""
FEW: Final = 3
ENOUGH: Final = IN_FLIGHT // 2
"""Outcomes that wait for no others: as many requests are under way still as there are connections for."""
PATIENCE: Final = timedelta(hours=6)
"""How long posts may have waited since they were first seen and still come one by one."""
GRACE: Final = 8.0
"""Seconds that requests under way get when the program stops."""


class Lane:
    """Everything that goes out through one platform."""

    def __init__(
        self,
        platform: Platform,
        store: Outbox,
        writer: Writer,
        clock: Clock,
        patience: timedelta = PATIENCE,
        edits_for: timedelta = EDITS_FOR,
    ) -> None:
        self._platform = platform
        self._store = store
        self._chooser = Chooser(store, writer, ListWriter(platform, writer.judge), patience)
        self._editor = Editor(platform, store, writer, edits_for)
        self._clock = clock
        self._wake = asyncio.Event()
        self._pacing = Pacing(platform.limits, clock, self._wake.set)
        self._budget = self._pacing.budget
        self._busy: dict[int, asyncio.Task[None]] = {}
        self._records: list[Record] = []
        self._turning = asyncio.Lock()
        self._stopping = False
        self._pause = FIRST_PAUSE
        self.pulse = Pulse.first(clock.now(), timedelta(seconds=5 * LONGEST_REST))

    def wake(self) -> None:
        """Say that there may be something to send."""
        self._editor.wake()
        self._wake.set()

    async def prepare(self) -> None:
        """Settle what a crash left under way, and take the budgets up where they were."""
        now = self._clock.now()
        most = plan.REPEATS if self._platform.can_repeat else 1
        async with self._store.begin() as work:
            found = await work.recover(self._platform.name, most, now)
        if found:
            log.warning("deliver.recovered", platform=self._platform.name, parts=found)
        made = await self._store.outbox.attempts(self._platform.name, now - self._budget.span)
        if made and made[-1][1] - now > SET_BACK:
            # The last request was later than now: the clock was set back while nobody looked at it.
            await self._set_back(made[-1][1] - now, now)
            made = await self._store.outbox.attempts(self._platform.name, now - self._budget.span)
        for place, at in made:
            self._budget.spend(place, at)
        if (held := await self._store.outbox.held(self._platform.name)) is not None:
            self._budget.hold(held)

    async def run(self) -> None:
        """Send until ``stop``. A database that cannot be written stops the sending, not the loop."""
        while not self._stopping:
            self.pulse = self.pulse.tries(self._clock.now())
            try:
                await self._rest(LONGEST_REST, idle=not await self._turn())
            except Exception as error:  # noqa: BLE001 -- the loop's edge: whatever the disk does, it is tried again
                await self._failed(error)

    async def _failed(self, error: Exception) -> None:
        """Wait after a turn that failed. What cannot be recorded is not sent; outcomes stay in hand until it can."""
        log.warning("deliver.failed", platform=self._platform.name, error=said(error))
        pause, self._pause = self._pause, min(self._pause * 2, LONGEST_REST)
        await self._clock.wait(self._wake, pause)

    async def stop(self) -> None:
        """Finish what is under way, record it, and stop. What takes longer than ``GRACE`` is left to the next start."""
        self._stopping = True
        self.wake()
        async with self._turning:
            # A turn that had begun may still start requests; after it none does.
            end = self._clock.now() + timedelta(seconds=GRACE)
        while self._busy and (left := (end - self._clock.now()) / timedelta(seconds=1)) > 0:
            self._wake.clear()
            await self._clock.wait(self._wake, left)
        late = list(self._busy.values())
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        try:
            await self._turn()
        except Exception as error:  # noqa: BLE001 -- the next start finds these parts under way, and asks or says so
            log.warning("deliver.unrecorded", platform=self._platform.name, error=said(error))
        # That turn has taken the call back that ``run`` may be about to wait for.
        self.wake()

    async def drain(self, until: datetime) -> bool:
        """Send what is due, waiting out pacing but no later retries; tell whether everything due went before a time."""
        while True:
            try:
                idle = not await self._turn()
                if await self._drained():
                    return True
                await self._rest((until - self._clock.now()) / timedelta(seconds=1), idle=idle)
            except Exception as error:  # noqa: BLE001 -- as in ``run``
                await self._failed(error)
            if self._clock.now() >= until:
                return False

    async def _drained(self) -> bool:
        if self._busy or self._records or self._pacing.replies:
            return False
        now = self._clock.now()
        due = await self._due([])
        return due is None or max(due, self._budget.next(now)) > now + self._budget.span

    async def pace(self, address: Address, kind: PlaceKind) -> None:
        """Wait until a reply may go to a place, and count it. Posts for that place let it go first."""
        await self._pacing.reply(address, kind)

    # -- a turn -----------------------------------------------------------------------------------------------------

    async def _turn(self) -> bool:
        """Record what came back, claim what may go now, and start it; tell whether anything was started."""
        async with self._turning:
            self._wake.clear()
            now = self._clock.now()
            if by := self.pulse.set_back(now):
                await self._set_back(by, now)
            turn = Turn(records=list(self._records), replies=list(self._pacing.replies))
            try:
                await self._choose(turn, now)
                started = await self._commit(turn, now)
            finally:
                self._budget.settle()
            for part, chat in started:
                began = self._clock.now()
                self._budget.spend(chat.address.place, began)
                self._busy[chat.id] = asyncio.create_task(self._send(part, chat, began), name=f"send-{part.id}")
            self.pulse, self._pause = self.pulse.turns(now), FIRST_PAUSE
            return bool(started)

    async def _set_back(self, by: timedelta, now: datetime) -> None:
        """Keep waits as long as they were asked to be: a minute is a minute, not a minute and the jump."""
        log.warning("deliver.clock_set_back", platform=self._platform.name, seconds=by / timedelta(seconds=1))
        async with self._store.begin() as work:
            await work.set_back(self._platform.name, by, now)
        self._budget.set_back(by)
        self._editor.wake()
        self._records[:] = [replace(record, due=record.due - by) for record in self._records]
        self.pulse = self.pulse.turns(now)

    async def _choose(self, turn: Turn, now: datetime) -> None:
        """Choose what may go now, within what the platform and each place allow."""
        room = min(self._pacing.room(now), IN_FLIGHT - len(self._busy))
        if room <= 0 or self._stopping:
            return
        busy = [*self._busy, *(record.chat_id for record in turn.records)]
        heads = await self._store.outbox.heads(self._platform.name, now, room, busy)
        for candidate in await self._chooser.look(heads, now):
            chat = candidate.head.chat
            opens = self._pacing.opens(chat, now)
            if opens > now:
                turn.waits.append((chat.id, opens))
            elif self._chooser.add(candidate, turn, now):
                self._budget.take(chat.address.place)
        if heads:
            failpoint.reach("chosen")
        await self._choose_edits(turn, room - len(heads), [*busy, *(head.chat.id for head in heads)], now)

    async def _choose_edits(self, turn: Turn, room: int, busy: Sequence[int], now: datetime) -> None:
        for work in await self._editor.look(room, busy, now):
            if (opens := self._pacing.opens(work.chat, now)) > now:
                turn.rests.append((work.stale.message_id, opens))
            elif self._editor.add(work, turn, now):
                self._budget.take(work.chat.address.place)

    async def _commit(self, turn: Turn, now: datetime) -> Sequence[tuple[Part, Chat]]:
        """Do a turn in one transaction; give the parts whose requests may start."""
        if turn.empty():
            return []

        async def job(work: OutboxWork) -> Sequence[tuple[Part, Chat]]:
            await turn.settle(work, now)
            await work.forget_attempts(now - 2 * self._budget.span)
            return await turn.claim(work, now)

        # In one go: between two statements the database's thread would wait for a busy event loop, with everybody else.
        started = await self._store.together(job)
        turn.say(self._platform.name)
        del self._records[: len(turn.records)], self._pacing.replies[: len(turn.replies)]
        if turn.records:
            failpoint.reach("recorded")
        if started:
            failpoint.reach("claimed")
        return started

    # -- a request --------------------------------------------------------------------------------------------------

    async def _send(self, part: Part, chat: Chat, began: datetime) -> None:
        outcome = await make(self._platform, part)
        metrics.sent(self._platform.name, outcome)
        failpoint.reach("answered")
        now = self._clock.now()
        self._budget.answered(chat.address.place, began, now)
        step, rewritten = judge(self._platform, outcome, part, now)
        due = self._pacing.learn(chat, step, now)
        self._records.append(Record(part, chat.id, step, due, rewritten))
        self._busy.pop(chat.id, None)
        if len(self._busy) <= FEW or len(self._records) >= ENOUGH:
            self._wake.set()

    async def _due(self, busy: Sequence[int]) -> datetime | None:
        """Tell when the next thing is due, be it an edit."""
        due = await self._store.outbox.next_due(self._platform.name, busy)
        return min(filter(None, (due, self._editor.due)), default=None)

    async def _rest(self, longest: float, *, idle: bool) -> None:
        """Wait until something may be done: a call, or the time at which the next thing is due or may go."""
        now = self._clock.now()
        if self._pacing.replies:
            return
        if self._records:
            await self._clock.wait(self._wake, LINGER)
            return
        due = await self._due(list(self._busy))
        wait = min(longest, LONGEST_REST)
        if due is not None and len(self._busy) < IN_FLIGHT:
            wait = min(wait, self._pacing.wait(due, now))
        if idle:
            # What is due may still have to wait for a reply that goes first: never spin on it.
            wait = max(wait, SHORTEST_REST)
        if wait > 0 and not self._stopping:
            await self._clock.wait(self._wake, wait)
