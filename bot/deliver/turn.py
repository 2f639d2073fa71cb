"""What one commit of a lane does: outcomes stored, chats put off, parts taken in hand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import structlog

from bot.core.models import Address, Chat, DeliveryState, Part, PartState, Rewrite
from bot.core.ports import Bid, Head, ListBid, OutboxWork, Record, Wanted

log = structlog.get_logger()

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
    ``rests`` are messages to be edited later, ``begun`` and ``listed`` the first parts of what was claimed.
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
    begun: list[tuple[Part, Bid]] = field(default_factory=list)
    listed: list[tuple[Part, ListBid]] = field(default_factory=list)

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
            made = list(zip(await work.claim_new(self.bids, now), self.bids, strict=True))
            parts += [(part, bid.chat) for part, bid in made]
            self.begun = [(part, bid) for part, bid in made if part is not None]
        listed = [(await work.claim_list(bid, now), bid) for bid in self.lists]
        parts += [(part, bid.chat) for part, bid in listed]
        self.listed = [(part, bid) for part, bid in listed if part is not None]
        if refused := [(chat.id, now + REFUSED) for part, chat in parts if part is None]:
            await work.postpone(refused)
        started = [(part, chat) for part, chat in parts if part is not None]
        if self.edits:
            chats = {rewrite.message_id: chat for rewrite, chat in self.edits}
            claimed = await work.claim_edits([rewrite for rewrite, _ in self.edits], now)
            started += [(rewrite, chats[rewrite.message_id]) for rewrite in claimed]
        return started

    def say(self, platform: str) -> None:
        """Write what was committed into the log: all that was begun, all that arrived, and each that did not."""
        if self.begun:
            log.info(
                "deliver.began",
                platform=platform,
                posts=sorted({bid.post_id for _, bid in self.begun}),
                deliveries=ranges(bid.delivery_id for _, bid in self.begun),
                messages=ranges(part.message_id for part, _ in self.begun),
            )
        for part, bid in self.listed:
            carried = ranges(each.delivery_id for each in bid.carried)
            log.info("deliver.began", platform=platform, kind=bid.kind, deliveries=carried, messages=[part.message_id])
        if sent := [record.part for record in self.records if record.step.state is PartState.SENT]:
            messages, parts = ranges(part.message_id for part in sent), ranges(part.id for part in sent)
            log.info("deliver.sent", platform=platform, messages=messages, parts=parts)
        for part, step in ((each.part, each.step) for each in self.records):
            if step.state is not PartState.SENT:
                ids = {"part": part.id, "message": part.message_id, "chat": str(part.address)}
                log.warning("deliver.not_sent", **ids, state=step.state, reason=step.reason)


async def _tell(work: OutboxWork, record: Record, now: datetime) -> None:
    """Store what an outcome says of its place, or of the platform."""
    step, address = record.step, record.part.address
    if step.closed:
        await work.close_place(address, step.closed, now)
    if step.moved:
        await work.move_place(address.platform, address.place, step.moved, now)
    if step.hold is not None:
        await work.hold(address.platform, step.hold)


def ranges(ids: Iterable[int]) -> list[int | str]:
    """Write ids for the log, in order: those that follow one another as one range, ``17-212``."""
    runs: list[list[int]] = []
    for number in sorted(ids):
        if runs and number <= runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return [first if first == last else f"{first}-{last}" for first, last in runs]
