"""The outbox: what the loop that sends claims and records.

A part is ``sending`` from a commit just before its request starts until the commit that records its outcome. Claims
and records share commits, so that ``synchronous=FULL`` costs one fsync for many of them; and they are made together,
one statement for all, whose rows come and go as JSON: each step of a statement lets go of the interpreter's lock, and
waits for a busy event loop to get it back.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import aiosqlite

from bot.core.edits import mark
from bot.core.models import Address, DeliveryState, Part, PartState, Payload, Verdict
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
        newest = await self._one(SQL["newest_message"], {})
        await self._db.execute(SQL["claim_messages"], {"bids": wanted, "now": stamp(now)})
        messages = dict(json.loads(await self._one(SQL["claimed_messages"], {"newest": newest})))
        won = [(messages[bid.chat.id], bid) for bid in bids if bid.chat.id in messages]
        if not won:
            return [None] * len(bids)
        links = dumps([[message, bid.delivery_id] for message, bid in won])
        await self._db.execute(SQL["link_deliveries"], {"links": links})
        await self._explain([(bid.delivery_id, bid.filter_id, bid.verdict) for _, bid in won])
        parts = await self._begin(won, now)
        return [parts.get(bid.chat.id) for bid in bids]

    async def _one(self, sql: str, values: Values) -> Any:
        """Run a statement that gives one value."""
        (row,) = await self._db.execute_fetchall(sql, values)
        return row[0]

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
        values = {
            "why": dumps([[delivery, filter_id, hits_text(verdict.hits)] for delivery, filter_id, verdict in why])
        }
        await self._db.execute(SQL["set_filters"], values)
        await self._db.execute(SQL["add_verdicts"], values)

    async def _begin(self, won: Sequence[tuple[int, Bid | ListBid]], now: datetime) -> Mapping[int, Part]:
        """Store messages' parts, the first of each in hand; give those by their chats."""
        texts = _Texts()
        parts = [
            [message, number, bid.nonces[number], texts.number(payload)]
            for message, bid in won
            for number, payload in enumerate(bid.payloads)
        ]
        values = {"texts": dumps(texts.rows), "parts": dumps(parts), "now": stamp(now)}
        await self._db.execute(SQL["add_parts"], values)
        found = await self._one(SQL["first_parts"], {"messages": dumps([message for message, _ in won])})
        ids = json.loads(found)
        await self.note_attempts([(bid.chat.address, now) for _, bid in won])
        return {
            bid.chat.id: Part(
                ids[str(message)], message, 0, bid.nonces[0], bid.payloads[0], bid.chat.address, first_try=now
            )
            for message, bid in won
        }

    async def note_attempts(self, made: Iterable[tuple[Address, datetime]]) -> None:
        """Remember requests, so that a restart knows how much of the budgets is used up."""
        rows = dumps([[each.platform, each.place, stamp_up(at)] for each, at in made])
        await self._db.execute(SQL["note_attempts"], {"made": rows})

    async def forget_attempts(self, before: datetime) -> None:
        """Forget requests that no budget counts any more."""
        await self._db.execute(SQL["forget_attempts"], {"before": stamp(before)})

    # -- outcomes -----------------------------------------------------------------------------------------------------

    async def record(self, records: Sequence[Record], now: datetime) -> None:
        """Store what became of attempts, and finish the messages and deliveries of which those were the last."""
        at = stamp(now)
        rows = dumps([_record_row(record) for record in records])
        await self._db.execute(SQL["record_parts"], {"records": rows, "now": at})
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
        rows = dumps([[chat_id, stamp_up(due)] for chat_id, due in waits])
        await self._db.execute(SQL["postpone"], {"waits": rows})

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


class _Texts:
    """Payloads as they are stored, with what names each; what many chats get is written once."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, str]] = []
        self._known: dict[int, int] = {}

    def number(self, payload: Payload) -> int:
        """Give a payload's row; it must not change meanwhile."""
        known = self._known.get(id(payload))
        if known is None:
            known = self._known[id(payload)] = len(self.rows)
            self.rows.append((dumps(payload), mark(payload)))
        return known


def _record_row(record: Record) -> list[object]:
    step = record.step
    return [record.part.id, step.state.value, step.reason, step.ref, step.uncertain]
