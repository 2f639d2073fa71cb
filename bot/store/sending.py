"""The outbox: what the loop that sends claims and records.

A part is ``sending`` from a commit just before its request starts until the commit that records its outcome. Claims
and records share commits, so that ``synchronous=FULL`` costs one fsync for many of them; and they are made together,
a statement for all, since every statement is a trip to the connection's thread.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import aiosqlite

from bot.core.edits import mark
from bot.core.models import Address, DeliveryState, Part, PartState, Verdict
from bot.core.ports import Bid, Head, ListBid, Record, Wanted
from bot.store.outbox import SQL
from bot.store.rows import dumps, hits_text, stamp, stamp_up

Values = dict[str, object]


class OutboxWork:
    """What is done inside a transaction."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._db = connection

    # -- claims -------------------------------------------------------------------------------------------------------

    async def claim(self, head: Head, now: datetime) -> Part | None:
        """Take an open message's next part in hand; None if it is not to be had any more."""
        part, wanted = head.part, head.wanted
        if part is None or not await self._claim_part(part.id, wanted, now):
            return None
        if wanted is not None and wanted.verdict is not None:
            await self._explain([(wanted.delivery_id, wanted.filter_id, wanted.verdict)])
        await self.note_attempts([(head.chat.address, now)])
        return part

    async def _claim_part(self, part_id: int, wanted: Wanted | None, now: datetime) -> bool:
        values = {
            "part": part_id,
            "delivery": wanted and wanted.delivery_id,
            "filter": wanted and wanted.filter_id,
            "now": stamp(now),
        }
        cursor = await self._db.execute(SQL["claim_part"], values)
        return cursor.rowcount == 1

    async def claim_new(self, bids: Sequence[Bid], now: datetime) -> Sequence[Part | None]:
        """Make deliveries' messages and take their first parts in hand, one for each bid, of different chats.

        None stands for a delivery that is not to be had any more.
        """
        wanted = dumps([[bid.delivery_id, bid.filter_id, stamp(bid.changed)] for bid in bids])
        rows = await self._db.execute_fetchall(SQL["claim_messages"], {"bids": wanted, "now": stamp(now)})
        messages = {row["chat_id"]: row["id"] for row in rows}
        won = [(messages[bid.chat.id], bid) for bid in bids if bid.chat.id in messages]
        if not won:
            return [None] * len(bids)
        links = [{"message": message, "delivery": bid.delivery_id} for message, bid in won]
        await self._db.executemany(SQL["link_delivery"], links)
        await self._explain([(bid.delivery_id, bid.filter_id, bid.verdict) for _, bid in won])
        parts = await self._begin(won, now)
        return [parts.get(bid.chat.id) for bid in bids]

    async def claim_list(self, bid: ListBid, now: datetime) -> Part | None:
        """Make a list's message and take its first part in hand; None unless all that it names is to be had."""
        carried = dumps([[each.delivery_id, each.filter_id, each.part] for each in bid.carried])
        values = {"chat": bid.chat.id, "kind": bid.kind.value, "carried": carried, "now": stamp(now)}
        cursor = await self._db.execute(SQL["claim_list"], values)
        row = await cursor.fetchone()
        if row is None:
            return None
        for name in ("link_list", "want_list"):
            await self._db.execute(SQL[name], {**values, "message": row["id"]})
        await self._explain([(each.delivery_id, each.filter_id, each.verdict) for each in bid.carried])
        return (await self._begin([(int(row["id"]), bid)], now))[bid.chat.id]

    async def _explain(self, why: Iterable[tuple[int, int, Verdict]]) -> None:
        """Store which filter lets deliveries through, and why."""
        values = [
            {"delivery": delivery, "filter": filter_id, "hits": hits_text(verdict.hits)}
            for delivery, filter_id, verdict in why
        ]
        await self._db.executemany(SQL["set_filter"], values)
        await self._db.executemany(SQL["add_verdict"], values)

    async def _begin(self, won: Sequence[tuple[int, Bid | ListBid]], now: datetime) -> Mapping[int, Part]:
        """Store messages' parts, the first of each in hand; give those by their chats."""
        written: dict[int, tuple[str, str]] = {}
        rows = [
            _part_values(message, number, bid, written, stamp(now))
            for message, bid in won
            for number in range(len(bid.payloads))
        ]
        await self._db.executemany(SQL["add_part"], rows)
        found = await self._db.execute_fetchall(
            SQL["first_parts"], {"messages": dumps([message for message, _ in won])}
        )
        ids = {row["message_id"]: row["id"] for row in found}
        await self.note_attempts([(bid.chat.address, now) for _, bid in won])
        return {
            bid.chat.id: Part(ids[message], message, 0, bid.nonces[0], bid.payloads[0], bid.chat.address, first_try=now)
            for message, bid in won
        }

    async def note_attempts(self, made: Iterable[tuple[Address, datetime]]) -> None:
        """Remember requests, so that a restart knows how much of the budgets is used up."""
        await self._db.executemany(
            SQL["note_attempt"],
            [{"platform": each.platform, "ref": each.place, "at": stamp_up(at)} for each, at in made],
        )

    async def forget_attempts(self, before: datetime) -> None:
        """Forget requests that no budget counts any more."""
        await self._db.execute(SQL["forget_attempts"], {"before": stamp(before)})

    # -- outcomes -----------------------------------------------------------------------------------------------------

    async def record(self, records: Sequence[Record], now: datetime) -> None:
        """Store what became of attempts, and finish the messages and deliveries of which those were the last."""
        at = stamp(now)
        await self._db.executemany(SQL["record_part"], [_record_values(record, at) for record in records])
        if dead := [record.part.message_id for record in records if record.step.state is PartState.DEAD]:
            await self._db.executemany(SQL["drop_rest"], [{"message": message, "now": at} for message in dead])
        if plain := [record for record in records if record.rewritten is not None]:
            values = [
                {"part": each.part.id, "payload": dumps(each.rewritten), "mark": mark(each.rewritten or {})}
                for each in plain
            ]
            await self._db.executemany(SQL["step_down"], values)
        await self._finish([record.part.message_id for record in records], now)
        await self.postpone([(record.chat_id, record.due) for record in records])

    async def _finish(self, messages: Sequence[int], now: datetime) -> None:
        values = {"messages": dumps(list(messages)), "now": stamp(now)}
        await self._db.execute(SQL["finish_messages"], values)
        await self._db.execute(SQL["finish_deliveries"], values)

    async def postpone(self, waits: Sequence[tuple[int, datetime]]) -> None:
        """Look at chats again later (not before their pauses end), or not at all where nothing waits."""
        await self._db.execute(SQL["leave_queue"], {"chats": dumps([chat_id for chat_id, _ in waits])})
        await self._db.executemany(SQL["postpone"], [{"chat": chat_id, "due": stamp_up(due)} for chat_id, due in waits])

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
        values = {"delivery": delivery_id, "state": state.value, "reason": reason, "now": stamp(now)}
        cursor = await self._db.execute(SQL["drop_delivery"], values)
        if cursor.rowcount == 1:
            await self._db.execute(SQL["drop_parts"], values)
            await self._db.execute(SQL["drop_message"], values)
        await self.postpone([(chat_id, now)])

    async def hold(self, platform: str, until: datetime) -> None:
        """Remember until when a platform wants nothing at all: a restart must not ask again."""
        await self._db.execute(SQL["hold"], {"platform": platform, "until": str(stamp_up(until))})

    async def set_back(self, platform: str, by: timedelta, now: datetime) -> None:
        """Keep waits as long as they were, though the clock was set back by so much."""
        values = {"platform": platform, "by": by // timedelta(milliseconds=1), "now": stamp(now)}
        for name in ("set_queue_back", "set_attempts_back", "set_hold_back", "set_edits_back"):
            await self._db.execute(SQL[name], values)

    async def recover(self, platform: str, most: int, now: datetime) -> int:
        """After a crash: settle the parts that were under way; give how many there were.

        ``most`` is how often a part may have been uncertain before and still be repeated.
        """
        values = {"platform": platform, "most": most, "now": stamp(now)}
        rows = list(await self._db.execute_fetchall(SQL["recover"], values))
        for row in rows:
            if row["state"] == PartState.DEAD:
                await self._db.execute(SQL["drop_rest"], {"message": row["message_id"], "now": stamp(now)})
        await self._finish([row["message_id"] for row in rows], now)
        await self._db.execute(SQL["requeue_all"], {"now": stamp(now)})
        return len(rows)


def _part_values(
    message: int, number: int, bid: Bid | ListBid, written: dict[int, tuple[str, str]], now: int
) -> Values:
    """Write a part as its row; ``written`` keeps the texts and marks of payloads, which many chats share."""
    payload = bid.payloads[number]
    if id(payload) not in written:
        written[id(payload)] = (dumps(payload), mark(payload))
    text, shown = written[id(payload)]
    first = number == 0
    return {
        "message": message,
        "number": number,
        "nonce": bid.nonces[number],
        "state": (PartState.SENDING if first else PartState.PENDING).value,
        "payload": text,
        "mark": shown,
        "attempts": int(first),
        "first_try": now if first else None,
        "now": now,
    }


def _record_values(record: Record, now: int) -> Values:
    step = record.step
    return {
        "part": record.part.id,
        "state": step.state.value,
        "reason": step.reason,
        "ref": step.ref,
        "uncertain": step.uncertain,
        "now": now,
    }
