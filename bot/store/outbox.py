"""The outbox: what the loop that sends claims and records.

A part is ``sending`` from a commit just before its request starts until the commit that records its outcome. Claims
and records share commits, so that ``synchronous=FULL`` costs one fsync for many of them.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

import aiosqlite

from bot.core.models import Address, DeliveryState, Filter, Part, PartState, Verdict
from bot.core.outgoing import Waiting
from bot.core.ports import Bid, Head, ListBid, Record, Wanted
from bot.store.engine import queries
from bot.store.rows import chat_of, dumps, hits_text, maybe_moment, moment, passed, stamp, stamp_up

SQL = queries("outbox.sql")

MOST_WAITING: Final = 200
"""Deliveries of one chat that are looked at together: a longer list comes as several."""
_TWO_DAYS: Final = timedelta(days=2, hours=2)
"""Reaches back to the beginning of yesterday, wherever on earth, and over a change of the clocks."""


class OutboxReads:
    """What is read outside a transaction."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._db = connection

    async def heads(self, platform: str, now: datetime, limit: int, busy: Sequence[int]) -> Sequence[Head]:
        """Give up to ``limit`` chats that are due and not ``busy``, the longest due first, each with its next thing."""
        values = {"platform": platform, "now": stamp(now), "limit": limit, "busy": dumps(list(busy))}
        rows = list(await self._db.execute_fetchall(SQL["due_heads"], values))
        parts = await self._parts([row["part_id"] for row in rows if row["part_id"]])
        wanted = await self.wanted([row["delivery_id"] for row in rows if row["delivery_id"]])
        waiting = await self._waiting([row["chat_id"] for row in rows if not row["part_id"]])
        pushed = await self._pushed([row["chat_id"] for row in rows if row["cap"] and not row["part_id"]], now)
        return [
            Head(
                chat_of(row),
                parts.get(row["part_id"] or 0),
                wanted.get(row["delivery_id"] or 0),
                tuple(waiting.get(row["chat_id"], ())),
                tuple(pushed.get(row["chat_id"], ())),
            )
            for row in rows
        ]

    async def _waiting(self, chats: Sequence[int]) -> Mapping[int, Sequence[Waiting]]:
        found: dict[int, list[Waiting]] = defaultdict(list)
        if chats:
            values = {"chats": dumps(list(chats)), "most": MOST_WAITING}
            for row in await self._db.execute_fetchall(SQL["waiting"], values):
                found[row["chat_id"]].append(_waiting_of(row))
        return found

    async def _pushed(self, chats: Sequence[int], now: datetime) -> Mapping[int, Sequence[datetime]]:
        found: dict[int, list[datetime]] = defaultdict(list)
        if chats:
            values = {"chats": dumps(list(chats)), "since": stamp(now - _TWO_DAYS)}
            for row in await self._db.execute_fetchall(SQL["pushed"], values):
                found[row["chat_id"]].append(moment(row["created"]))
        return found

    async def flood_size(self, delivery_id: int) -> int:
        """Tell how many posts came at once in the flood that a delivery belongs to."""
        cursor = await self._db.execute(SQL["flood_size"], {"delivery": delivery_id})
        row = await cursor.fetchone()
        return int(row[0]) if row else 0

    async def _parts(self, ids: Sequence[int]) -> dict[int, Part]:
        if not ids:
            return {}
        rows = await self._db.execute_fetchall(SQL["parts"], {"ids": dumps(list(ids))})
        return {row["id"]: _part_of(row) for row in rows}

    async def wanted(self, ids: Sequence[int]) -> Mapping[int, Wanted]:
        """Give what deliveries need to be written, by their ids."""
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

    async def held(self, platform: str) -> datetime | None:
        """Tell until when a platform wants nothing at all, if it ever asked for that."""
        cursor = await self._db.execute(SQL["held"], {"platform": platform})
        row = await cursor.fetchone()
        return moment(int(row[0])) if row else None


class OutboxWork:
    """What is done inside a transaction."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._db = connection

    async def claim(self, head: Head, now: datetime) -> Part | None:
        """Take an open message's next part in hand; None if it is not to be had any more."""
        part, wanted = head.part, head.wanted
        if part is None or not await self._claim_part(part.id, wanted, now):
            return None
        if wanted is not None and wanted.verdict is not None:
            await self._explain(wanted.delivery_id, wanted.filter_id, wanted.verdict)
        await self.note_attempt(head.chat.address, now)
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

    async def _explain(self, delivery_id: int, filter_id: int, verdict: Verdict) -> None:
        values = {"delivery": delivery_id, "filter": filter_id, "hits": hits_text(verdict.hits)}
        await self._db.execute(SQL["set_filter"], values)
        await self._db.execute(SQL["add_verdict"], values)

    async def claim_new(self, bid: Bid, now: datetime) -> Part | None:
        """Make a delivery's message and take its first part in hand; None if the delivery is not to be had any more."""
        values = {"delivery": bid.delivery_id, "filter": bid.filter_id, "now": stamp(now)}
        cursor = await self._db.execute(SQL["claim_messages"], values)
        row = await cursor.fetchone()
        if row is None:
            return None
        message = int(row["id"])
        await self._db.execute(SQL["link_delivery"], {"message": message, "delivery": bid.delivery_id})
        await self._explain(bid.delivery_id, bid.filter_id, bid.verdict)
        return await self._begin(message, bid, now)

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
        for each in bid.carried:
            await self._explain(each.delivery_id, each.filter_id, each.verdict)
        return await self._begin(int(row["id"]), bid, now)

    async def _begin(self, message: int, bid: Bid | ListBid, now: datetime) -> Part:
        """Store a message's parts, and take the first one in hand."""
        ids = [await self._add_part(message, number, bid, now) for number in range(len(bid.payloads))]
        await self._claim_part(ids[0], None, now)
        await self.note_attempt(bid.chat.address, now)
        return Part(ids[0], message, 0, bid.nonces[0], bid.payloads[0], bid.chat.address, first_try=now)

    async def _add_part(self, message: int, number: int, bid: Bid | ListBid, now: datetime) -> int:
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
        values = {"platform": address.platform, "ref": address.place, "at": stamp_up(at)}
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
        if record.rewritten is not None:
            await self._db.execute(SQL["step_down"], {"part": part.id, "payload": dumps(record.rewritten)})
        await self._finish([part.message_id], now)
        await self._requeue(record.chat_id, record.due)

    async def _finish(self, messages: Sequence[int], now: datetime) -> None:
        values = {"messages": dumps(list(messages)), "now": stamp(now)}
        await self._db.execute(SQL["finish_messages"], values)
        await self._db.execute(SQL["finish_deliveries"], values)

    async def _requeue(self, chat_id: int, due: datetime) -> None:
        await self._db.execute(SQL["postpone"], {"chat": chat_id, "due": stamp_up(due)})
        await self._db.execute(SQL["leave_queue"], {"chat": chat_id})

    async def postpone(self, chat_id: int, due: datetime) -> None:
        """Look at a chat again later (not before its pause ends), or not at all if nothing waits for it."""
        await self._requeue(chat_id, due)

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
        await self._requeue(chat_id, now)

    async def hold(self, platform: str, until: datetime) -> None:
        """Remember until when a platform wants nothing at all: a restart must not ask again."""
        await self._db.execute(SQL["hold"], {"platform": platform, "until": str(stamp_up(until))})

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


def _waiting_of(row: aiosqlite.Row) -> Waiting:
    return Waiting(
        delivery_id=row["id"],
        first_seen=moment(row["first_seen"]),
        created=moment(row["created"]),
        paused=bool(row["paused"]),
        whole=bool(row["whole"]),
        flood=row["flood"],
        lead=row["lead"] or 0,
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
