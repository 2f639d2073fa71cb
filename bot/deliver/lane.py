"""One platform's lane.

It claims what is due in one commit, just before the requests start, and stores the outcomes with the next commit. What
an outcome means is decided in ``core.plan``, when the next may go in ``core.pace``.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import structlog

from bot import failpoint
from bot.core import plan
from bot.core.models import Address, Chat, Part, PartState, PlaceKind
from bot.core.ports import Bid, Clock, Head, Outbox, OutboxWork, Platform, Record
from bot.deliver.budget import Budget
from bot.deliver.writer import Writer

log = structlog.get_logger()

IN_FLIGHT: Final = 200
"""Requests under way at once on one platform."""
LONGEST_REST: Final = 30.0
"""Seconds after which a lane looks at the database again even if nobody called: another process may have written."""
SHORTEST_REST: Final = 0.02
"""Seconds between two looks that found nothing to start."""
GRACE: Final = 8.0
"""Seconds that requests under way get when the program stops."""


@dataclass(slots=True)
class _Turn:
    """What one commit does."""

    claims: list[Head] = field(default_factory=list)
    bids: list[Bid] = field(default_factory=list)
    drops: list[tuple[int, int, str]] = field(default_factory=list)
    waits: list[tuple[int, datetime]] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    replies: list[tuple[Address, datetime]] = field(default_factory=list)

    def empty(self) -> bool:
        return not any((self.claims, self.bids, self.drops, self.waits, self.records, self.replies))


class Lane:
    """Everything that goes out through one platform."""

    def __init__(self, platform: Platform, store: Outbox, writer: Writer, clock: Clock) -> None:
        self._platform = platform
        self._store = store
        self._writer = writer
        self._clock = clock
        self._budget = Budget(platform.limits)
        self._busy: dict[int, asyncio.Task[None]] = {}
        self._records: list[Record] = []
        self._replies: list[tuple[Address, datetime]] = []
        self._asking: dict[str, int] = {}
        self._wake = asyncio.Event()
        self._stopping = False
        self._turned = clock.now()

    def alive(self, now: datetime) -> bool:
        """Tell whether the loop has turned lately, with the database taking what it wrote."""
        return now - self._turned < timedelta(seconds=5 * LONGEST_REST)

    def wake(self) -> None:
        """Say that there may be something to send."""
        self._wake.set()

    async def prepare(self) -> None:
        """Settle what a crash left under way, and take the budgets up where they were."""
        now = self._clock.now()
        most = plan.REPEATS if self._platform.can_repeat else 1
        async with self._store.begin() as work:
            found = await work.recover(self._platform.name, most, now)
        if found:
            log.warning("deliver.recovered", platform=self._platform.name, parts=found)
        for place, at in await self._store.outbox.attempts(self._platform.name, now - self._budget.span):
            self._budget.spend(place, at)

    async def run(self) -> None:
        """Send until ``stop``. A database that cannot be written stops the sending, not the loop."""
        pause = 1.0
        while not self._stopping:
            try:
                await self._rest(idle=not await self._turn())
                pause = 1.0
            except Exception as error:  # noqa: BLE001 -- the loop's edge: whatever the disk does, it is tried again
                # What cannot be recorded is not sent; the outcomes stay in hand until the disk takes them.
                log.warning("deliver.failed", platform=self._platform.name, error=f"{type(error).__name__}: {error}")
                await self._clock.sleep(pause)
                pause = min(pause * 2, LONGEST_REST)

    async def stop(self) -> None:
        """Finish what is under way, record it, and stop."""
        self._stopping = True
        self.wake()
        sending = list(self._busy.values())
        if sending:
            await asyncio.wait(sending, timeout=GRACE)
        for task in sending:
            task.cancel()
        await self._commit(_Turn(), self._clock.now())

    async def drain(self, until: datetime) -> bool:
        """Send what is due, waiting out pacing but no later retries; tell whether everything due went before a time."""
        while True:
            idle = not await self._turn()
            now = self._clock.now()
            if not self._busy and not self._records:
                due = await self._store.outbox.next_due(self._platform.name, [])
                if due is None or due > now + self._budget.span:
                    return True
            if now >= until:
                return False
            await self._rest(idle=idle)

    async def pace(self, address: Address, kind: PlaceKind) -> None:
        """Wait until a reply may go to a place, and count it. Posts for that place let it go first."""
        place = address.place
        self._asking[place] = self._asking.get(place, 0) + 1
        try:
            while (wait := self._reply_wait(place, kind)) > 0:
                await self._clock.sleep(wait)
            now = self._clock.now()
            self._budget.spend(place, now)
            self._replies.append((address, now))
        finally:
            self._asking[place] -= 1
            if not self._asking[place]:
                del self._asking[place]

    def _reply_wait(self, place: str, kind: PlaceKind) -> float:
        now = self._clock.now()
        opens = max(self._budget.opens(place, kind, now), self._budget.free(now))
        return (opens - now).total_seconds()

    # -- a turn -----------------------------------------------------------------------------------------------------

    async def _turn(self) -> bool:
        """Record what came back, claim what may go now, and start it; tell whether anything was started."""
        self._wake.clear()
        now = self._clock.now()
        turn = _Turn(records=list(self._records), replies=list(self._replies))
        room = min(self._budget.room(now) - len(self._asking), IN_FLIGHT - len(self._busy))
        if room > 0 and not self._stopping:
            busy = [*self._busy, *(record.chat_id for record in turn.records)]
            await self._choose(await self._store.outbox.heads(self._platform.name, now, room, busy), turn, now)
        started = await self._commit(turn, now)
        self._turned = now
        for part, chat in started:
            self._budget.spend(chat.address.place, self._clock.now())
            self._busy[chat.id] = asyncio.create_task(self._send(part, chat), name=f"send-{part.id}")
        return bool(started)

    async def _choose(self, heads: Sequence[Head], turn: _Turn, now: datetime) -> None:
        wanted = [head.wanted.post_id for head in heads if head.part is None and head.wanted is not None]
        posts = {post.id: post for post in await self._store.posts(wanted)} if wanted else {}
        taken: dict[str, int] = {}
        for head in heads:
            place, chat = head.chat.address.place, head.chat
            opens = self._opens(chat, taken.get(place, 0), now)
            if opens > now:
                turn.waits.append((chat.id, opens))
            elif head.part is not None:
                turn.claims.append(head)
                taken[place] = taken.get(place, 0) + 1
            elif head.wanted is None:
                turn.waits.append((chat.id, now))
            else:
                bid = self._writer.bid(chat, head.wanted, posts[head.wanted.post_id], now)
                if isinstance(bid, str):
                    turn.drops.append((head.wanted.delivery_id, chat.id, bid))
                else:
                    turn.bids.append(bid)
                    taken[place] = taken.get(place, 0) + 1
        if heads:
            failpoint.reach("chosen")

    def _opens(self, chat: Chat, taken: int, now: datetime) -> datetime:
        if chat.paused_until is not None and chat.paused_until > now:
            return chat.paused_until
        place = chat.address.place
        return self._budget.opens(place, chat.kind, now, taken + self._asking.get(place, 0))

    async def _commit(self, turn: _Turn, now: datetime) -> Sequence[tuple[Part, Chat]]:
        """Do a turn in one transaction; give the parts whose requests may start."""
        if turn.empty():
            turn.records, turn.replies = list(self._records), list(self._replies)
        if turn.empty():
            return []
        started: list[tuple[Part, Chat]] = []
        async with self._store.begin() as work:
            await self._settle(work, turn, now)
            for head in turn.claims:
                part = await work.claim(head, now)
                started += [(part, head.chat)] if part else []
            for bid in turn.bids:
                part = await work.claim_new(bid, now)
                started += [(part, bid.chat)] if part else []
        del self._records[: len(turn.records)], self._replies[: len(turn.replies)]
        if turn.records:
            failpoint.reach("recorded")
        if started:
            failpoint.reach("claimed")
        return started

    async def _settle(self, work: OutboxWork, turn: _Turn, now: datetime) -> None:
        for record in turn.records:
            await work.record(record, now)
            if record.step.closed:
                await work.close_place(record.part.address, record.step.closed, now)
            if record.step.moved:
                address = record.part.address
                await work.move_place(address.platform, address.place, record.step.moved, now)
        for delivery_id, chat_id, reason in turn.drops:
            await work.drop(delivery_id, chat_id, reason, now)
        for chat_id, due in turn.waits:
            await work.postpone(chat_id, due)
        for address, at in turn.replies:
            await work.note_attempt(address, at)
        await work.forget_attempts(now - 2 * self._budget.span)

    # -- a request --------------------------------------------------------------------------------------------------

    async def _send(self, part: Part, chat: Chat) -> None:
        outcome = await self._platform.send(part)
        failpoint.reach("answered")
        now = self._clock.now()
        step = plan.after(outcome, part, now, can_repeat=self._platform.can_repeat, jitter=random.random())
        if step.hold is not None:
            self._budget.hold(step.hold)
        due = max(step.at or now, self._budget.opens(chat.address.place, chat.kind, now))
        rewritten = self._platform.plainly(part.payload) if step.plain else None
        self._records.append(Record(part, chat.id, step, due, rewritten))
        self._busy.pop(chat.id, None)
        if step.state is not PartState.SENT:
            log.warning("deliver.not_sent", part=part.id, chat=str(chat.address), state=step.state, reason=step.reason)
        self.wake()

    async def _rest(self, *, idle: bool) -> None:
        """Wait until something may be done: a call, or the time at which the next thing is due or may go."""
        now = self._clock.now()
        if self._records or self._replies:
            return
        due = await self._store.outbox.next_due(self._platform.name, list(self._busy))
        wait = LONGEST_REST
        if due is not None and len(self._busy) < IN_FLIGHT:
            wait = min(wait, (max(due, self._budget.free(now)) - now) / timedelta(seconds=1))
        if idle:
            # What is due may still have to wait for a reply that goes first: never spin on it.
            wait = max(wait, SHORTEST_REST)
        if wait > 0:
            await self._clock.wait(self._wake, wait)
