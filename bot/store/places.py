"""What becomes of places: closed, opened, moved, merged with another, forgotten with their chats."""

from __future__ import annotations

from datetime import datetime

import aiosqlite

from bot.core.models import THREAD_ONLY, Address
from bot.store.engine import queries
from bot.store.retention import SQL as RETENTION
from bot.store.rows import stamp

SQL = queries("chats.sql")


class PlaceWork:
    """The places' side of a transaction."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._db = connection

    async def forget_chat(self, chat_id: int) -> None:
        """Delete a chat's rows, the words of its filters, and its place's row if that was its last chat."""
        cursor = await self._db.execute(SQL["forget_chat"], {"id": chat_id})
        row = await cursor.fetchone()
        await self._db.execute(SQL["forget_place"], {"place": row and row["place_id"]})
        await self._db.execute(RETENTION["forget_filters"], {"most": -1})

    async def close_place(self, address: Address, reason: str, now: datetime) -> None:
        """Close a place: what waits for it is held, and comes back when the place is opened again.

        A reason that begins with ``THREAD_ONLY`` closes this one chat; the other threads of its place stay open.
        """
        alone = reason.startswith(THREAD_ONLY)
        values = {
            "platform": address.platform,
            "ref": address.place,
            "thread": address.thread if alone else None,
            "reason": reason,
            "now": stamp(now),
        }
        for name in ("close_chat" if alone else "close_place", "hold_place", "rest_parts", "unqueue_place"):
            await self._db.execute(SQL[name], values)

    async def open_place(self, address: Address, now: datetime) -> None:
        """Open a place that is known, with what was held for it; nothing for one that is not."""
        place = await self._place(address.platform, address.place)
        values = {"place": place, "thread": address.thread, "now": stamp(now)}
        for name in ("reopen_place", "reopen_chats", "want_place", "enqueue_place"):
            await self._db.execute(SQL[name], values)

    async def move_place(self, platform: str, old: str, new: str, now: datetime) -> None:
        """Give a place its new id; where the new one exists already, merge into it (``sent`` wins)."""
        source = await self._place(platform, old)
        target = await self._place(platform, new)
        if source is None or source == target:
            return
        await self._db.execute(SQL["forget_refs"], {"place": source})
        if target is None:
            target = source
            await self._db.execute(SQL["rename_place"], {"place": source, "new": new})
        else:
            await self._merge(source, target, now)
        for name in ("reopen_place", "want_place", "enqueue_place"):
            await self._db.execute(SQL[name], {"place": target, "now": stamp(now)})

    async def _merge(self, source: int, target: int, now: datetime) -> None:
        places = {"from": source, "into": target}
        await self._db.execute(SQL["move_chats"], places)
        steps = (
            "want_paused",
            "merge_deliveries",
            "adopt_messages",
            "want_adopted",
            "cancel_merged",
            "move_messages",
            "move_deliveries",
        )
        for row in await self._db.execute_fetchall(SQL["chats_left"], places):
            values = {"from": row["old_id"], "into": row["new_id"], "now": stamp(now)}
            for chat in (row["old_id"], row["new_id"]):
                await self._db.execute(SQL["take_back_lists"], {"chat": chat})
            for name in (*steps, "move_subscriptions"):
                await self._db.execute(SQL[name], values)
            await self.forget_chat(row["old_id"])
        await self._db.execute(SQL["forget_place"], {"place": source})

    async def _place(self, platform: str, ref: str) -> int | None:
        cursor = await self._db.execute(SQL["place"], {"platform": platform, "ref": ref})
        row = await cursor.fetchone()
        return int(row["id"]) if row else None
