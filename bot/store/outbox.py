"""The outbox as the loop that sends reads it, outside a transaction. What it writes is in ``sending``."""

from __future__ import annotations

import functools
import json
import sqlite3
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from operator import itemgetter
from typing import Any, Final, cast

import aiosqlite

from bot.core.called import called
from bot.core.models import Address, Filter, Part
from bot.core.outgoing import Waiting
from bot.core.ports import Head, Wanted
from bot.store.engine import queries
from bot.store.rows import chat_of, dumps, maybe_moment, moment, passed, stamp

SQL = queries("outbox.sql")

MOST_WAITING: Final = 200
"""Deliveries of one chat that are looked at together: a longer list comes as several."""
_TWO_DAYS: Final = timedelta(days=2, hours=2)
"""Reaches back to the beginning of yesterday, wherever on earth, and over a change of the clocks."""


HEAD: Final = (
    "chat_id", "place_id", "thread", "language", "timezone", "length", "formulas", "silent", "paused_until", "images",
    "hashtags", "cap", "quiet", "digest", "digest_asked", "options", "chat_created", "platform", "ref", "place_kind",
    "place_title", "closed", "due", "part_id", "delivery_id",
)  # fmt: skip
"""The columns of ``due_heads``."""
_moment = functools.lru_cache(maxsize=1024)(moment)
"""Many deliveries are of one post, and of one moment."""


class OutboxReads:
    """What is read outside a transaction."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._db = connection

    async def heads(self, platform: str, now: datetime, limit: int, busy: Sequence[int]) -> Sequence[Head]:
        """Give up to ``limit`` chats that are due and not ``busy``, the longest due first, each with its next thing."""
        values = {"platform": platform, "now": stamp(now), "limit": limit, "busy": dumps(list(busy))}
        rows = [dict(zip(HEAD, row, strict=True)) for row in await self._list("due_heads", values)]
        rows.sort(key=itemgetter("due"))
        parts = await self._parts([row["part_id"] for row in rows if row["part_id"]])
        wanted = await self.wanted([row["delivery_id"] for row in rows if row["delivery_id"]])
        waiting = await self._waiting([row["chat_id"] for row in rows if not row["part_id"]])
        pushed = await self._pushed([row["chat_id"] for row in rows if row["cap"] and not row["part_id"]], now)
        return [
            Head(
                chat_of(cast("sqlite3.Row", row)),
                parts.get(row["part_id"] or 0),
                wanted.get(row["delivery_id"] or 0),
                tuple(waiting.get(row["chat_id"], ())),
                tuple(pushed.get(row["chat_id"], ())),
            )
            for row in rows
        ]

    async def _list(self, name: str, values: Mapping[str, object]) -> list[Any]:
        """Read what a statement gives as one row of JSON."""
        (row,) = await self._db.execute_fetchall(SQL[name], values)
        found: list[Any] = json.loads(row[0])
        return found

    async def _waiting(self, chats: Sequence[int]) -> Mapping[int, Sequence[Waiting]]:
        found: dict[int, list[Waiting]] = defaultdict(list)
        if chats:
            values = {"chats": dumps(list(chats)), "most": MOST_WAITING}
            for chat, _, *rest in sorted(await self._list("waiting", values), key=itemgetter(0, 1)):
                found[chat].append(_waiting_of(*rest))
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
        return {row[0]: _wanted_of(*row) for row in await self._list("wanted", {"ids": dumps(list(ids))})}

    async def next_due(self, platform: str, busy: Sequence[int]) -> datetime | None:
        """Tell when the next chat that is not ``busy`` is due; None if nothing waits."""
        cursor = await self._db.execute(SQL["next_due"], {"platform": platform, "busy": dumps(list(busy))})
        row = await cursor.fetchone()
        return moment(row[0]) if row and row[0] is not None else None

    async def put_off(self, platform: str) -> int:
        """Count the chats whose next message was tried and is to be tried again."""
        (row,) = await self._db.execute_fetchall(SQL["put_off"], {"platform": platform})
        return int(row[0])

    async def attempts(self, platform: str, since: datetime) -> Sequence[tuple[str, datetime]]:
        """Give the requests made since a time, oldest first: (place, when)."""
        rows = await self._db.execute_fetchall(SQL["attempts"], {"platform": platform, "since": stamp(since)})
        return [(row["ref"], moment(row["at"])) for row in rows]

    async def held(self, platform: str) -> datetime | None:
        """Tell until when a platform wants nothing at all, if it ever asked for that."""
        cursor = await self._db.execute(SQL["held"], {"platform": platform})
        row = await cursor.fetchone()
        return moment(int(row[0])) if row else None


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


def _waiting_of(
    number: int, first_seen: int, created: int, paused: int, whole: int, flood: int, lead: int | None
) -> Waiting:
    return Waiting(number, _moment(first_seen), _moment(created), bool(paused), bool(whole), flood, lead or 0)


def _wanted_of(
    number: int, post: int, filter_id: int, hits: str | None, changed: int, filters: str, source: str | None
) -> Wanted:
    return Wanted(number, post, filter_id, passed(hits), _moment(changed), _filters_of(filters), called(source or ""))


@functools.lru_cache(maxsize=4096)
def _filters_of(text: str) -> tuple[Filter, ...]:
    return tuple(Filter(number, tuple(topics), query) for number, topics, query in json.loads(text))
