"""What one commit of a lane does: outcomes stored, chats put off, parts taken in hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from bot.core.models import Address, Chat, DeliveryState, Part, Rewrite
from bot.core.ports import Bid, Head, ListBid, OutboxWork, Record, Wanted

REFUSED: Final = timedelta(seconds=1)
"""After so long a chat is read again that had changed its mind by the time of a claim: never at once, in a circle."""


@dataclass(frozen=True, slots=True)
class Drop:
    """A delivery that comes to nothing, and why."""

    chat_id: int
    wanted: Wanted
    reason: str
    state: DeliveryState = DeliveryState.DROPPED


@dataclass(slots=True)
class Turn:
    """The work of one commit. ``replies`` are requests that were made beside the outbox: (where, when).

    ``followed`` are messages that follow their posts already, or no longer, with how often those had changed;
    ``rests`` are messages to be edited later.
    """

    records: list[Record] = field(default_factory=list)
    replies: list[tuple[Address, datetime]] = field(default_factory=list)
    claims: list[Head] = field(default_factory=list)
    bids: list[Bid] = field(default_factory=list)
    lists: list[ListBid] = field(default_factory=list)
    drops: list[Drop] = field(default_factory=list)
    waits: list[tuple[int, datetime]] = field(default_factory=list)
    edits: list[tuple[Rewrite, Chat]] = field(default_factory=list)
    followed: list[tuple[int, int]] = field(default_factory=list)
    rests: list[tuple[int, datetime]] = field(default_factory=list)

    def empty(self) -> bool:
        """Tell whether there is nothing to commit."""
        posts = (self.records, self.replies, self.claims, self.bids, self.lists, self.drops, self.waits)
        return not any((*posts, self.edits, self.followed, self.rests))

    async def settle(self, work: OutboxWork, now: datetime) -> None:
        """Store what is over."""
        if self.records:
            await self._record(work, now)
        for drop in self.drops:
            await work.drop(drop.wanted.delivery_id, drop.chat_id, drop.reason, now, state=drop.state)
        if self.waits:
            await work.postpone(self.waits)
        if self.replies:
            await work.note_attempts(self.replies)
        if self.followed:
            await work.end_edits(self.followed)
        if self.rests:
            await work.postpone_edits(self.rests)

    async def _record(self, work: OutboxWork, now: datetime) -> None:
        if posts := [record for record in self.records if not isinstance(record.part, Rewrite)]:
            await work.record(posts, now)
        edits = [(each.part, each.step, each.due) for each in self.records if isinstance(each.part, Rewrite)]
        if edits:
            await work.record_edits(edits)
        for record in self.records:
            await _tell(work, record, now)

    async def claim(self, work: OutboxWork, now: datetime) -> Sequence[tuple[Part, Chat]]:
        """Take parts in hand; give those whose requests may start once this is committed."""
        parts = [(await work.claim(head, now), head.chat) for head in self.claims]
        if self.bids:
            parts += zip(await work.claim_new(self.bids, now), (bid.chat for bid in self.bids), strict=True)
        parts += [(await work.claim_list(bid, now), bid.chat) for bid in self.lists]
        if refused := [(chat.id, now + REFUSED) for part, chat in parts if part is None]:
            await work.postpone(refused)
        started = [(part, chat) for part, chat in parts if part is not None]
        if self.edits:
            chats = {rewrite.message_id: chat for rewrite, chat in self.edits}
            claimed = await work.claim_edits([rewrite for rewrite, _ in self.edits], now)
            started += [(rewrite, chats[rewrite.message_id]) for rewrite in claimed]
        return started


async def _tell(work: OutboxWork, record: Record, now: datetime) -> None:
    """Store what an outcome says of its place, or of the platform."""
    step, address = record.step, record.part.address
    if step.closed:
        await work.close_place(address, step.closed, now)
    if step.moved:
        await work.move_place(address.platform, address.place, step.moved, now)
    if step.hold is not None:
        await work.hold(address.platform, step.hold)
