"""What is forgotten, and when: in steps of one short transaction each, so that commands go on being answered.

A post's keys stay for good, and with them its title and link: so it is never taken for new. Once its deliveries are
forgotten it is retired, and nobody gets it any more: nobody could tell who had it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import aiosqlite

from bot.reading.doc import Doc, to_text
from bot.store.engine import queries
from bot.store.rows import dumps, stamp

SQL = queries("retention.sql")

DELIVERIES: Final = timedelta(days=90)
"""Deliveries, the messages that carried them, and closed incidents."""
REFS: Final = timedelta(days=7)
"""The platforms' ids of what was sent, by which it is edited."""
TEXTS: Final = timedelta(days=180)
"""The texts of posts that no feed shows any more."""
UNDO: Final = timedelta(days=30)
"""What [Undo] brings back."""
MOST: Final = 200
"""Rows of one step."""


class RetentionWork:
    """Retention's side of a transaction."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._db = connection

    async def prune(self, now: datetime) -> Mapping[str, int]:
        """Take one step; give what was forgotten, by what it was. Empty where nothing is left to forget."""
        steps = {
            "refs": self._refs,
            "deliveries": self._deliveries,
            "messages": self._messages,
            "posts": self._posts,
            "texts": self._texts,
            "incidents": self._incidents,
            "ended": self._ended,
            "filters": self._filters,
        }
        for name, step in steps.items():
            if found := await step(now):
                return {name: found}
        return {}

    async def _refs(self, now: datetime) -> int:
        return await self._count("forget_refs", before=stamp(now - REFS))

    async def _deliveries(self, now: datetime) -> int:
        rows: Any = await self._db.execute_fetchall(
            SQL["old_deliveries"], {"before": stamp(now - DELIVERIES), "most": MOST}
        )
        ids = [row["id"] for row in rows]
        for name in ("forget_messages", "forget_deliveries") if ids else ():
            await self._db.execute(SQL[name], {"ids": dumps(ids)})
        return len(ids)

    async def _messages(self, now: datetime) -> int:
        return await self._count("loose_messages", before=stamp(now - DELIVERIES))

    async def _posts(self, now: datetime) -> int:
        rows: Any = await self._db.execute_fetchall(SQL["retiring"], {"before": stamp(now - DELIVERIES), "most": MOST})
        ids = [row["id"] for row in rows]
        for name in ("retire", "forget_verdicts") if ids else ():
            await self._db.execute(SQL[name], {"ids": dumps(ids)})
        return len(ids)

    async def _texts(self, now: datetime) -> int:
        return await self._count("forget_texts", before=stamp(now - TEXTS), empty=to_text(Doc()))

    async def _incidents(self, now: datetime) -> int:
        return await self._count("forget_incidents", before=stamp(now - DELIVERIES))

    async def _ended(self, now: datetime) -> int:
        return await self._count("forget_ended", before=stamp(now - UNDO))

    async def _filters(self, _now: datetime) -> int:
        return await self._count("forget_filters")

    async def _count(self, name: str, **values: object) -> int:
        cursor = await self._db.execute(SQL[name], {"most": MOST, **values})
        return cursor.rowcount
