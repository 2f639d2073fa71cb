"""Deliveries as the operator sees them: of all chats, to be listed, tried again, or dropped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import aiosqlite

from bot.core.models import Address, DeliveryState
from bot.store.engine import queries
from bot.store.rows import dumps, maybe_moment, moment, stamp

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
    due: datetime | None
    """When it is looked at next, if it waits; what waits longest in a chat goes first."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What a delivery's fate hangs on."""

    chat: Address
    state: DeliveryState
    reason: str
    closed: str
    """Why its place or thread takes nothing; empty while it is open."""
    paused_until: datetime | None
    waits: bool
    """Whether it is written out and waits to be sent, or to be sent again."""
    begun: bool
    """Whether something of it is under way, or may have arrived."""


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

    async def standings(self, ids: Sequence[int]) -> Mapping[int, Standing]:
        """Tell how deliveries stand, by their ids; unknown ones are left out."""
        rows = await self._db.execute_fetchall(SQL["standings"], {"ids": dumps(list(ids))})
        return {row["id"]: _standing(row) for row in rows}

    async def want_again(self, ids: Sequence[int], now: datetime) -> None:
        """Want deliveries again. Each is sent as the post itself."""
        values = {"ids": dumps(list(ids)), "now": stamp(now)}
        for name in ("unlink", "want_again", "hurry"):
            await self._db.execute(SQL[name], values)

    async def drop_all(self, ids: Sequence[int], now: datetime) -> None:
        """Drop deliveries, with what is written out of them: a list that names one is written anew without it."""
        values = {"ids": dumps(list(ids)), "now": stamp(now)}
        for name in ("unwrite", "drop"):
            await self._db.execute(SQL[name], values)


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
        due=maybe_moment(row["due"]),
    )


def _standing(row: aiosqlite.Row) -> Standing:
    return Standing(
        chat=Address(row["platform"], row["ref"], row["thread"]),
        state=DeliveryState(row["state"]),
        reason=row["reason"],
        closed=row["closed"],
        paused_until=maybe_moment(row["paused_until"]),
        waits=row["begun"] is not None,
        begun=bool(row["begun"]),
    )
