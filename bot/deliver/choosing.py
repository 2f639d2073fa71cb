"""From the chats that are due to the work of one turn: what each gets next, read and written out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from bot import times
from bot.core.models import DeliveryState, Post
from bot.core.notice import Item
from bot.core.outgoing import Cause, Listed, Moment, Step, Wait, Whole, next_step
from bot.core.ports import Bid, Head, Outbox, Wanted
from bot.deliver.lists import Chapter, ListWriter
from bot.deliver.turn import Drop, Turn
from bot.deliver.writer import Writer

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Candidate:
    """A chat that is due, what it gets next (None where a part is already written), and what that needs."""

    head: Head
    step: Step
    wanted: Mapping[int, Wanted]
    posts: Mapping[int, Post]
    size: int = 0
    """Of the flood that the step lists."""


class Chooser:
    """Decides for one platform. ``patience`` is how long posts may wait and still come one by one."""

    def __init__(self, store: Outbox, writer: Writer, lists: ListWriter, patience: timedelta) -> None:
        self._store = store
        self._writer = writer
        self._lists = lists
        self._patience = patience

    async def look(self, heads: Sequence[Head], now: datetime) -> Sequence[Candidate]:
        """Decide what each chat gets next, and read what that needs, all together."""
        steps = [self._step(head, now) for head in heads]
        wanted = {head.wanted.delivery_id: head.wanted for head in heads if head.wanted is not None}
        needed = {number for step in steps for number in _deliveries(step)}
        if missing := sorted(needed - wanted.keys()):
            wanted |= await self._store.outbox.wanted(missing)
        parts = {head.wanted.post_id for head in heads if head.part is not None and head.wanted is not None}
        ids = sorted(parts | {wanted[number].post_id for number in needed if number in wanted})
        posts = {post.id: post for post in await self._store.posts(ids)} if ids else {}
        sizes = [await self._size(step) for step in steps]
        return [
            Candidate(head, step, wanted, posts, size) for head, step, size in zip(heads, steps, sizes, strict=True)
        ]

    def _step(self, head: Head, now: datetime) -> Step:
        if head.part is not None:
            return None
        moment = Moment(now, times.zone(head.chat.timezone), self._patience)
        return next_step(head.chat, head.waiting, moment, head.pushed)

    async def _size(self, step: Step) -> int:
        if not isinstance(step, Listed) or step.cause is not Cause.FLOOD:
            return 0
        return await self._store.outbox.flood_size(step.deliveries[0])

    def add(self, candidate: Candidate, turn: Turn, now: datetime) -> bool:
        """Add a chat's next thing to a turn; tell whether that is a request."""
        head, step = candidate.head, candidate.step
        match step:
            case Wait(until):
                turn.waits.append((head.chat.id, until))
                return False
            case Listed():
                return self._add_list(candidate, step, turn, now)
            case Whole(number) if number in candidate.wanted:
                return self._add_post(head, candidate.wanted[number], candidate.posts, turn, now)
        if head.part is None or (head.chat.paused_until is not None and head.chat.paused_until > now):
            turn.waits.append((head.chat.id, now))
            return False
        if head.wanted is not None:
            return self._add_post(head, head.wanted, candidate.posts, turn, now)
        turn.claims.append(head)
        return True

    def _add_post(self, head: Head, wanted: Wanted, posts: Mapping[int, Post], turn: Turn, now: datetime) -> bool:
        try:
            found = self._written(head, wanted, posts[wanted.post_id], now)
        except Exception as error:  # noqa: BLE001 -- one post that cannot be written must not hold up everybody
            turn.drops.append(_unwritable(head, wanted, error))
            return False
        if isinstance(found, str):
            turn.drops.append(Drop(head.chat.id, wanted, found))
            return False
        if isinstance(found, Bid):
            turn.bids.append(found)
        else:
            turn.claims.append(replace(head, wanted=found))
        return True

    def _written(self, head: Head, wanted: Wanted, post: Post, now: datetime) -> Bid | Wanted | str:
        if head.part is not None:
            return self._writer.again(wanted, post)
        return self._writer.bid(head.chat, wanted, post, now)

    # -- lists --------------------------------------------------------------------------------------------------------

    def _add_list(self, candidate: Candidate, step: Listed, turn: Turn, now: datetime) -> bool:
        """Write a list of what is still wanted; what no longer is, is dropped, and the rest comes with a later turn."""
        head, entries = candidate.head, []
        drops: list[Drop] = []
        for number in step.deliveries:
            if (wanted := candidate.wanted.get(number)) is None:
                continue
            found = self._again(head, wanted, candidate.posts[wanted.post_id])
            if isinstance(found, Drop):
                drops.append(found)
            else:
                entries.append((found, Item(candidate.posts[found.post_id], found.verdict)))
        turn.drops += drops
        if drops or not entries:
            turn.waits.append((head.chat.id, now))
            return False
        return self._bid_list(head, Chapter(step.cause, tuple(entries), candidate.size), turn, now)

    def _again(self, head: Head, wanted: Wanted, post: Post) -> Wanted | Drop:
        try:
            found = self._writer.again(wanted, post)
        except Exception as error:  # noqa: BLE001 -- as for a post
            return _unwritable(head, wanted, error)
        return Drop(head.chat.id, wanted, found) if isinstance(found, str) else found

    def _bid_list(self, head: Head, chapter: Chapter, turn: Turn, now: datetime) -> bool:
        try:
            turn.lists.append(self._lists.bid(head.chat, chapter, now))
        except Exception as error:  # noqa: BLE001 -- as for a post
            turn.drops += [_unwritable(head, wanted, error) for wanted, _ in chapter.entries]
            return False
        return True


def _deliveries(step: Step) -> Sequence[int]:
    match step:
        case Whole(number):
            return (number,)
        case Listed(_, numbers):
            return numbers
        case _:
            return ()


def _unwritable(head: Head, wanted: Wanted, error: Exception) -> Drop:
    log.warning("deliver.unwritable", delivery=wanted.delivery_id, error=f"{type(error).__name__}: {error}")
    return Drop(head.chat.id, wanted, f"fault: {type(error).__name__}", DeliveryState.DEAD)
