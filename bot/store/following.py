"""Messages that follow their posts: which of them are to be edited, and what became of that."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime

import aiosqlite

from bot.core.edits import Shown, Stale
from bot.core.models import PartState, Rewrite
from bot.core.plan import Step
from bot.store.engine import queries
from bot.store.rows import chat_of, dumps, moment, stamp, stamp_up
from bot.store.sending import OutboxWork

SQL = queries("edits.sql")


class FollowReads:
    """What is read outside a transaction."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._db = connection

    async def stale(self, platform: str, now: datetime, limit: int, busy: Sequence[int]) -> Sequence[Stale]:
        """Give up to ``limit`` messages whose posts have changed, of chats not ``busy``, the longest due first.

        Those that are still under way wait until they are there.
        """
        values = {"platform": platform, "now": stamp(now), "limit": limit, "busy": dumps(list(busy))}
        return [_stale_of(row) for row in await self._db.execute_fetchall(SQL["stale"], values)]

    async def next_edit(self, platform: str) -> datetime | None:
        """Tell when the next message whose post has changed may be edited; None if there is none."""
        rows = list(await self._db.execute_fetchall(SQL["next_edit"], {"platform": platform}))
        return moment(rows[0]["due"]) if rows else None


class FollowWork(OutboxWork):
    """What is done inside a transaction."""

    async def claim_edits(self, rewrites: Sequence[Rewrite], now: datetime) -> Sequence[Rewrite]:
        """Give the edits that may go now: their chats still open and subscribed, their posts as they were read."""
        asked = dumps([[each.message_id, each.asked] for each in rewrites])
        won = {row["message_id"] for row in await self._db.execute_fetchall(SQL["claim_edits"], {"edits": asked})}
        claimed = [each for each in rewrites if each.message_id in won]
        await self.note_attempts([(each.address, now) for each in claimed])
        return claimed

    async def record_edits(self, done: Sequence[tuple[Rewrite, Step, datetime]]) -> None:
        """Store what became of edits, each with the time of its next attempt."""
        await self.postpone_edits([(each.message_id, due) for each, _, due in done])
        for state, name in ((PartState.SENT, "edited"), (PartState.DEAD, "lost")):
            over = [each for each, step, _ in done if step.state is state]
            values = [{"part": each.id, "mark": each.mark, "message": each.message_id} for each in over]
            await self._db.executemany(SQL[name], values)
            await self._db.executemany(SQL["go_on"], values)
            await self.end_edits([(each.message_id, each.asked) for each in over if each.last])

    async def end_edits(self, messages: Iterable[tuple[int, int]]) -> None:
        """Forget that messages' posts have changed, unless they changed again: (message id, ``asked``) pairs."""
        values = [{"message": message, "asked": asked} for message, asked in messages]
        await self._db.executemany(SQL["end_edit"], values)

    async def postpone_edits(self, waits: Iterable[tuple[int, datetime]]) -> None:
        """Look at messages again later: (message id, when) pairs."""
        values = [{"message": message, "due": stamp_up(due)} for message, due in waits]
        await self._db.executemany(SQL["postpone_edit"], values)


def _stale_of(row: aiosqlite.Row) -> Stale:
    parts = [
        Shown(number, place, ref, mark, bool(plain), edits)
        for number, place, ref, mark, plain, edits in json.loads(row["parts"])
    ]
    return Stale(
        chat=chat_of(row),
        message_id=row["message_id"],
        delivery_id=row["delivery_id"] or 0,
        sent=moment(row["sent"]),
        asked=row["asked"],
        attempts=row["attempts"],
        size=row["size"],
        parts=tuple(sorted(parts, key=lambda part: part.number)),
    )
