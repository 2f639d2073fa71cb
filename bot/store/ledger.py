"""Deliveries as the operator sees them: of all chats, to be listed, tried again, or dropped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import aiosqlite

from bot.core.models import Address, DeliveryState
from bot.store.engine import queries
from bot.store.rows import dumps, moment, stamp

SQL = queries("ledger.sql")


@dataclass(frozen=True, slots=True)
class Entry:
    """A delivery with its chat and post."""

    id: int
    chat: Address
    title: str
    link: str | None
    state: DeliveryState
    reason: str
    created: datetime
    changed: datetime


class LedgerWork:
    """The operator's side of a transaction."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._db = connection

    async def ledger(self, states: Sequence[DeliveryState], limit: int, chat: Address | None = None) -> Sequence[Entry]:
        """Give the newest deliveries in some states, of one chat or of all."""
        where = chat or Address("", "")
        values = {
            "states": dumps([state.value for state in states]),
            "platform": where.platform,
            "ref": where.place,
            "thread": where.thread,
            "limit": limit,
        }
        return [_entry(row) for row in await self._db.execute_fetchall(SQL["ledger"], values)]

    async def retry(self, ids: Sequence[int], now: datetime) -> int:
        """Want deliveries again that are held, dropped or dead; count them. Each is sent as the post itself."""
        free = await self._free(ids)
        values = {"ids": dumps(free), "now": stamp(now)}
        rows = list(await self._db.execute_fetchall(SQL["retry"], values))
        if rows:
            await self._db.execute(SQL["unlink"], values)
            chats = dumps(sorted({row["chat_id"] for row in rows}))
            await self._db.execute(SQL["hurry"], {"chats": chats, "now": stamp(now)})
        return len(rows)

    async def drop_all(self, ids: Sequence[int], now: datetime) -> int:
        """Drop deliveries that wait or are held, and are not under way; count them."""
        values = {"ids": dumps(await self._free(ids)), "now": stamp(now)}
        return len(list(await self._db.execute_fetchall(SQL["drop"], values)))

    async def _free(self, ids: Sequence[int]) -> list[int]:
        rows = await self._db.execute_fetchall(SQL["under_way"], {"ids": dumps(list(ids))})
        busy = {row["delivery_id"] for row in rows}
        return [number for number in ids if number not in busy]


def _entry(row: aiosqlite.Row) -> Entry:
    return Entry(
        id=row["id"],
        chat=Address(row["platform"], row["ref"], row["thread"]),
        title=row["title"],
        link=row["link"],
        state=DeliveryState(row["state"]),
        reason=row["reason"],
        created=moment(row["created"]),
        changed=moment(row["changed"]),
    )
