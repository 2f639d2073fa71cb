"""From a post to the chats that want it: at once, or piece by piece where they are many (promise 1).

A hundred thousand deliveries take a second to write, and nobody else can write meanwhile. So beyond ``AT_ONCE`` the
commit of the look stores what is to be done, with the youngest subscription that there is, and ``expand`` does it in
pieces of which each is a commit of its own: a crash in between is taken up where it was.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

import aiosqlite

from bot.core.models import Verdict
from bot.store.engine import queries
from bot.store.rows import hits_text, numbers, stamp

SQL = queries("fanout.sql")

AT_ONCE: Final = 20_000
"""Chats that get their deliveries in the commit of the look itself."""


class FanOutWork:
    """Deliveries to be, inside a transaction."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._db = connection

    async def want(
        self,
        post_id: int,
        feed_id: int,
        verdicts: Mapping[int, Verdict],
        now: datetime,
        *,
        held: str = "",
        flood: int | None = None,
    ) -> None:
        """Decide a post's deliveries: one for each chat whose filter passed and that has none yet.

        ``held`` is why they wait for the operator; empty sends them. ``flood`` is the one that the post came in.
        """
        if not verdicts:
            return
        await self._db.executemany(
            SQL["add_verdict"],
            [
                {"post": post_id, "filter": filter_id, "hits": hits_text(verdict.hits)}
                for filter_id, verdict in verdicts.items()
            ],
        )
        values = {
            "post": post_id,
            "feed": feed_id,
            "filters": numbers(sorted(verdicts)),
            "held": held,
            "flood": flood,
            "now": stamp(now),
            "most": AT_ONCE,
        }
        for name in ["begin"] if await self._first(SQL["many"], values) else ["fan_out", "enqueue"]:
            await self._db.execute(SQL[name], values)

    async def expand(self, size: int, now: datetime) -> bool:
        """Make the deliveries of the next ``size`` subscriptions, or mark as many messages whose post has changed.

        Tell whether there was anything to do.
        """
        rows = list(await self._db.execute_fetchall(SQL["pending"]))
        if not rows:
            return await self._mark(size, now)
        first = rows[0]
        upto = await self._first(SQL["upto"], {"reached": first["reached"], "last": first["last"], "size": size})
        for row in rows:
            values = {
                **{name: row[name] for name in ("id", "passed", "judged", "held", "flood", "reached")},
                "post": row["post_id"],
                "feed": row["feed_id"],
                "upto": upto,
                "newest": await self._first(SQL["newest"], {}),
                "now": stamp(now),
            }
            for name in ["ended"] if upto is None else ["expand", "enqueue_some", "reached"]:
                await self._db.execute(SQL[name], values)
        return True

    async def _mark(self, size: int, now: datetime) -> bool:
        """Mark the next messages of the first post that has changed."""
        rows = list(await self._db.execute_fetchall(SQL["changed"]))
        if not rows:
            return False
        values = {"post": rows[0]["post_id"], "reached": rows[0]["reached"], "size": size, "now": stamp(now)}
        values["upto"] = await self._first(SQL["changed_upto"], values)
        for name in ["changed_ended"] if values["upto"] is None else ["mark_messages", "changed_reached"]:
            await self._db.execute(SQL[name], values)
        return True

    async def _first(self, sql: str, values: Mapping[str, object]) -> int | None:
        cursor = await self._db.execute(sql, values)
        row = await cursor.fetchone()
        return row[0] if row else None
