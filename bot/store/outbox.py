"""The outbox: what the loop that sends claims and records.

A part is ``sending`` from a commit just before its request starts until the commit that records its outcome. Claims
and records share commits (``exchange``), so that ``synchronous=FULL`` costs one fsync for many of them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

import aiosqlite

from bot.core.models import Address, Filter, Part, PartState
from bot.core.ports import Bid, Head, Record, Wanted
from bot.store.engine import queries
from bot.store.rows import chat_of, dumps, hits_text, maybe_moment, moment, passed, stamp

SQL = queries("outbox.sql")


class OutboxReads:
    """What is read outside a transaction."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._db = connection

    async def heads(self, platform: str, now: datetime, limit: int, busy: Sequence[int]) -> Sequence[Head]:
        """Give up to ``limit`` chats that are due and not ``busy``, the longest due first, each with its next thing."""
        values = {"platform": platform, "now": stamp(now), "limit": limit, "busy": dumps(list(busy))}
        rows = list(await self._db.execute_fetchall(SQL["due_heads"], values))
        parts = await self._parts([row["part_id"] for row in rows if row["part_id"]])
        wanted = await self._wanted([row["delivery_id"] for row in rows if not row["part_id"] and row["delivery_id"]])
        return [Head(chat_of(row), parts.get(row["part_id"] or 0), wanted.get(row["delivery_id"] or 0)) for row in rows]

    async def _parts(self, ids: Sequence[int]) -> dict[int, Part]:
        if not ids:
            return {}
        rows = await self._db.execute_fetchall(SQL["parts"], {"ids": dumps(list(ids))})
        return {row["id"]: _part_of(row) for row in rows}

    async def _wanted(self, ids: Sequence[int]) -> dict[int, Wanted]:
        if not ids:
            return {}
        rows = await self._db.execute_fetchall(SQL["wanted"], {"ids": dumps(list(ids))})
        return {row["id"]: _wanted_of(row) for row in rows}

    async def next_due(self, platform: str, busy: Sequence[int]) -> datetime | None:
        """Tell when the next chat that is not ``busy`` is due; None if nothing waits."""
        cursor = await self._db.execute(SQL["next_due"], {"platform": platform, "busy": dumps(list(busy))})
        row = await cursor.fetchone()
        return moment(row[0]) if row and row[0] is not None else None

    async def attempts(self, platform: str, since: datetime) -> Sequence[tuple[str, datetime]]:
        """Give the requests made since a time, oldest first: (place, when)."""
        rows = await self._db.execute_fetchall(SQL["attempts"], {"platform": platform, "since": stamp(since)})
        return [(row["ref"], moment(row["at"])) for row in rows]


class OutboxWork:
    """What is done inside a transaction."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._db = connection

    async def claim(self, head: Head, now: datetime) -> Part | None:
        """Take an open message's next part in hand; None if it is no longer there to take."""
        part = head.part
        if part is None:
            return None
        cursor = await self._db.execute(SQL["claim_part"], {"part": part.id, "now": stamp(now)})
        if cursor.rowcount != 1:
            return None
        await self.note_attempt(head.chat.address, now)
        return part

    async def claim_new(self, bid: Bid, now: datetime) -> Part | None:
        """Make a delivery's message and take its first part in hand; None if the delivery is not to be had any more."""
        chat, values = bid.chat, {"delivery": bid.delivery_id, "filter": bid.filter_id, "now": stamp(now)}
        cursor = await self._db.execute(SQL["claim_messages"], values)
        row = await cursor.fetchone()
        if row is None:
            return None
        message = int(row["id"])
        await self._db.execute(SQL["link_delivery"], {"message": message, "delivery": bid.delivery_id})
        await self._db.execute(SQL["set_filter"], values)
        await self._db.execute(SQL["add_verdict"], {**values, "hits": hits_text(bid.verdict.hits)})
        ids = [await self._add_part(message, number, bid, now) for number in range(len(bid.payloads))]
        await self._db.execute(SQL["claim_part"], {"part": ids[0], "now": stamp(now)})
        await self.note_attempt(chat.address, now)
        return Part(ids[0], message, 0, bid.nonces[0], bid.payloads[0], chat.address, first_try=now)

    async def _add_part(self, message: int, number: int, bid: Bid, now: datetime) -> int:
        values = {
            "message": message,
            "number": number,
            "nonce": bid.nonces[number],
            "state": PartState.PENDING.value,
            "payload": dumps(bid.payloads[number]),
            "now": stamp(now),
        }
        cursor = await self._db.execute(SQL["add_part"], values)
        row = await cursor.fetchone()
        return int(row["id"]) if row else 0

    async def note_attempt(self, address: Address, at: datetime) -> None:
        """Remember a request, so that a restart knows how much of the budgets is used up."""
        values = {"platform": address.platform, "ref": address.place, "at": stamp(at)}
        await self._db.execute(SQL["note_attempt"], values)

    async def forget_attempts(self, before: datetime) -> None:
        """Forget requests that no budget counts any more."""
        await self._db.execute(SQL["forget_attempts"], {"before": stamp(before)})

    async def record(self, record: Record, now: datetime) -> None:
        """Store what became of an attempt, and finish its message and deliveries where that was the last of it."""
        step, part = record.step, record.part
        values = {
            "part": part.id,
            "message": part.message_id,
            "state": step.state.value,
            "reason": step.reason,
            "ref": step.ref,
            "uncertain": step.uncertain,
            "now": stamp(now),
        }
        await self._db.execute(SQL["record_part"], values)
        if step.state is PartState.DEAD:
            await self._db.execute(SQL["drop_rest"], values)
        if step.plain:
            await self._step_down(record)
        await self._finish([part.message_id], now)
        await self._requeue(record.chat_id, record.due)

    async def _step_down(self, record: Record) -> None:
        part = record.part
        await self._db.execute(SQL["step_down"], {"message": part.message_id})
        if record.rewritten is not None:
            values = {"part": part.id, "payload": dumps(record.rewritten)}
            await self._db.execute(SQL["rewrite_part"], values)

    async def _finish(self, messages: Sequence[int], now: datetime) -> None:
        values = {"messages": dumps(list(messages)), "now": stamp(now)}
        await self._db.execute(SQL["finish_messages"], values)
        await self._db.execute(SQL["finish_deliveries"], values)

    async def _requeue(self, chat_id: int, due: datetime) -> None:
        await self._db.execute(SQL["postpone"], {"chat": chat_id, "due": stamp(due)})
        await self._db.execute(SQL["leave_queue"], {"chat": chat_id})

    async def postpone(self, chat_id: int, due: datetime) -> None:
        """Look at a chat again later, or not at all if nothing waits for it."""
        await self._requeue(chat_id, due)

    async def drop(self, delivery_id: int, chat_id: int, reason: str, now: datetime) -> None:
        """Drop a delivery that its chat does not want any more."""
        await self._db.execute(SQL["drop_delivery"], {"delivery": delivery_id, "reason": reason, "now": stamp(now)})
        await self._requeue(chat_id, now)

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


def _part_of(row: aiosqlite.Row) -> Part:
    return Part(
        id=row["id"],
        message_id=row["message_id"],
        number=row["number"],
        nonce=row["nonce"],
        payload=json.loads(row["payload"]),
        address=Address(row["platform"], row["ref"], row["thread"]),
        attempts=row["attempts"],
        uncertain=row["uncertain"],
        first_try=maybe_moment(row["first_try"]),
        plain=bool(row["plain"]),
    )


def _wanted_of(row: aiosqlite.Row) -> Wanted:
    return Wanted(
        delivery_id=row["id"],
        post_id=row["post_id"],
        filter_id=row["filter_id"],
        verdict=passed(row["hits"]),
        changed=moment(row["changed"]),
        filters=tuple(Filter(number, tuple(topics), query) for number, topics, query in json.loads(row["filters"])),
        source=row["source"] or "",
    )
