"""The outbox: what waits to be sent, and the transactions by which it is claimed and recorded."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar

from bot.core.edits import Stale
from bot.core.models import (
    Address,
    Chat,
    DeliveryState,
    Filter,
    MessageKind,
    Part,
    Payload,
    Post,
    Rewrite,
    Verdict,
)
from bot.core.outgoing import Waiting
from bot.core.plan import Step

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A delivery whose message is not written yet. ``filters`` are those that its chat has now for this post."""

    delivery_id: int
    post_id: int
    filter_id: int
    verdict: Verdict | None
    changed: datetime
    """When the post's text last changed."""
    filters: tuple[Filter, ...]
    source: str = ""
    """The feed's name, where the chat has several."""


@dataclass(frozen=True, slots=True)
class Head:
    """A chat that is due, with the next thing to do there: an open message's part, else a wanted delivery.

    Beside a part, ``wanted`` is its delivery where nothing of the message is there yet: it is judged again.
    """

    chat: Chat
    part: Part | None
    wanted: Wanted | None
    waiting: tuple[Waiting, ...] = ()
    """What waits for the chat, oldest first, where there is no part."""
    pushed: tuple[datetime, ...] = ()
    """When posts were pushed to the chat today and yesterday, where it has a bound for the day."""


@dataclass(frozen=True, slots=True)
class Bid:
    """A delivery written out, to be claimed if its chat still wants it."""

    chat: Chat
    delivery_id: int
    post_id: int
    filter_id: int
    verdict: Verdict
    payloads: tuple[Payload, ...]
    nonces: tuple[str, ...]
    changed: datetime
    """When the text that was written out was new: not to be claimed where the post has changed since."""


@dataclass(frozen=True, slots=True)
class Carried:
    """A delivery in a list: the filter that lets it through, why, and the number of the part that names it."""

    delivery_id: int
    filter_id: int
    verdict: Verdict
    part: int


@dataclass(frozen=True, slots=True)
class ListBid:
    """A list written out, to be claimed if its chat still wants everything that it names."""

    chat: Chat
    kind: MessageKind
    carried: tuple[Carried, ...]
    payloads: tuple[Payload, ...]
    nonces: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Record:
    """What became of an attempt. ``due`` is when its chat may be looked at again.

    ``rewritten`` is the part's payload as plain text, where the step asks for that.
    """

    part: Part
    chat_id: int
    step: Step
    due: datetime
    rewritten: Payload | None = None


class OutboxView(Protocol):
    """What the loop that sends reads, outside a transaction."""

    async def heads(self, platform: str, now: datetime, limit: int, busy: Sequence[int]) -> Sequence[Head]:
        """Give up to ``limit`` chats that are due and not ``busy``, the longest due first, each with its next thing."""
        ...

    async def wanted(self, ids: Sequence[int]) -> Mapping[int, Wanted]:
        """Give what deliveries need to be written, by their ids."""
        ...

    async def flood_size(self, delivery_id: int) -> int:
        """Tell how many posts came at once in the flood that a delivery belongs to."""
        ...

    async def next_due(self, platform: str, busy: Sequence[int]) -> datetime | None:
        """Tell when the next chat that is not ``busy`` is due; None if nothing waits."""
        ...

    async def stale(self, platform: str, now: datetime, limit: int, busy: Sequence[int]) -> Sequence[Stale]:
        """Give up to ``limit`` messages whose posts have changed, of chats that are not ``busy`` and get no post now.

        Those come first that have waited longest.
        """
        ...

    async def next_edit(self, platform: str) -> datetime | None:
        """Tell when the next message whose post has changed may be edited; None if there is none."""
        ...

    async def put_off(self, platform: str) -> int:
        """Count the chats whose next message was tried and is to be tried again."""
        ...

    async def attempts(self, platform: str, since: datetime) -> Sequence[tuple[str, datetime]]:
        """Give the requests made since a time, oldest first: (place, when)."""
        ...

    async def held(self, platform: str) -> datetime | None:
        """Tell until when a platform wants nothing at all, if it ever asked for that."""
        ...


class OutboxWork(Protocol):
    """What the loop that sends does inside a transaction."""

    async def claim(self, head: Head, now: datetime) -> Part | None:
        """Take an open message's next part in hand; None if it is no longer there to take."""
        ...

    async def claim_new(self, bids: Sequence[Bid], now: datetime) -> Sequence[Part | None]:
        """Make deliveries' messages and take their first parts in hand, one for each bid, of different chats.

        None stands for a delivery that is not to be had any more.
        """
        ...

    async def claim_list(self, bid: ListBid, now: datetime) -> Part | None:
        """Make a list's message and take its first part in hand; None unless all that it names is to be had."""
        ...

    async def record(self, records: Sequence[Record], now: datetime) -> None:
        """Store what became of attempts."""
        ...

    async def claim_edits(self, rewrites: Sequence[Rewrite], now: datetime) -> Sequence[Rewrite]:
        """Give the edits that may go now: their chats still open and subscribed, their posts as they were read."""
        ...

    async def record_edits(self, done: Sequence[tuple[Rewrite, Step, datetime]]) -> None:
        """Store what became of edits, each with the time of its next attempt."""
        ...

    async def end_edits(self, messages: Iterable[tuple[int, int]]) -> None:
        """Forget that messages' posts have changed, unless they changed again: (message id, ``asked``) pairs."""
        ...

    async def postpone_edits(self, waits: Iterable[tuple[int, datetime]]) -> None:
        """Look at messages again later: (message id, when) pairs."""
        ...

    async def postpone(self, waits: Sequence[tuple[int, datetime]]) -> None:
        """Look at chats again later, or not at all where nothing waits."""
        ...

    async def drop(
        self,
        delivery_id: int,
        chat_id: int,
        reason: str,
        now: datetime,
        *,
        state: DeliveryState = DeliveryState.DROPPED,
    ) -> None:
        """End a delivery before it is sent, with its message if it has one."""
        ...

    async def hold(self, platform: str, until: datetime) -> None:
        """Remember until when a platform wants nothing at all."""
        ...

    async def close_place(self, address: Address, reason: str, now: datetime) -> None:
        """Close a place, or for a reason that begins with ``thread_`` one chat of it: what waits there is held."""
        ...

    async def move_place(self, platform: str, old: str, new: str, now: datetime) -> None:
        """Give a place its new id."""
        ...

    async def note_attempts(self, made: Iterable[tuple[Address, datetime]]) -> None:
        """Remember requests, for the budgets after a restart."""
        ...

    async def forget_attempts(self, before: datetime) -> None:
        """Forget requests that no budget counts any more."""
        ...

    async def set_back(self, platform: str, by: timedelta, now: datetime) -> None:
        """Keep waits as long as they were, though the clock was set back by so much."""
        ...

    async def recover(self, platform: str, most: int, now: datetime) -> int:
        """After a crash: settle the parts that were under way; give how many there were."""
        ...


class Outbox(Protocol):
    """The store, as the loop that sends sees it."""

    @property
    def outbox(self) -> OutboxView:
        """What is read."""
        ...

    def begin(self) -> AbstractAsyncContextManager[OutboxWork]:
        """Open a transaction."""
        ...

    async def together(self, work: Callable[[OutboxWork], Coroutine[Any, Any, Result]]) -> Result:
        """Run a whole transaction in one go, where nothing but the database is waited for; perhaps more than once."""
        ...

    async def posts(self, ids: Sequence[int]) -> Sequence[Post]:
        """Read posts by id."""
        ...
