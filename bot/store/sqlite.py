"""The store: one SQLite file, seen from the rooms that use it."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar, cast

import aiosqlite

from bot.core.models import Address, Chat, Feed, Post, Remembered
from bot.store.chats import SQL as CHATS
from bot.store.chats import ChatWork
from bot.store.engine import Engine
from bot.store.facts import Facts
from bot.store.following import FollowReads, FollowWork
from bot.store.incidents import IncidentWork
from bot.store.ledger import LedgerWork
from bot.store.looks import SQL as FEEDS
from bot.store.looks import LookWork
from bot.store.outbox import OutboxReads
from bot.store.retention import RetentionWork
from bot.store.rows import feed_of, moment, stamp
from bot.store.together import Inline
from bot.store.wishes import WishWork

Result = TypeVar("Result")


class Work(ChatWork, WishWork, LedgerWork, FollowWork, IncidentWork, RetentionWork):
    """One transaction with everything that may be done in it."""


class Reads(OutboxReads, FollowReads):
    """What the loop that sends reads."""


class Store:
    """The one thing that knows SQL. All times are UTC-aware, and ``now`` is always passed in."""

    def __init__(self, path: Path) -> None:
        self._engine = Engine(path)

    async def open(self) -> None:
        """Open the file, making and migrating it as needed. Raises StoreError with the remedy."""
        await self._engine.open()

    async def close(self) -> None:
        """Close it."""
        await self._engine.close()

    @contextlib.asynccontextmanager
    async def begin(self) -> AsyncIterator[Work]:
        """Open a transaction: committed at the end, rolled back on any error."""
        async with self._engine.transaction() as connection:
            yield Work(connection)

    async def together(self, work: Callable[[Work], Coroutine[Any, Any, Result]]) -> Result:
        """Run a whole transaction, which shares its commit with others that come at the same time.

        ``work`` may await nothing but what it is given. It runs on the connection's thread, more than once where a
        commit or a neighbour failed; its effects are its last run's alone. Raises what ``begin`` raises.
        """

        def job(inline: Inline) -> Coroutine[Any, Any, Result]:
            # It has what transactions use of a connection, and answers at once.
            return work(Work(cast("aiosqlite.Connection", inline)))

        return await self._engine.together(job)

    @property
    def outbox(self) -> Reads:
        """What the loop that sends reads."""
        return Reads(self._engine.reader)

    @property
    def facts(self) -> Facts:
        """What an operator sees."""
        return Facts(self._engine.reader)

    async def due_feeds(self, now: datetime, limit: int) -> Sequence[Feed]:
        """Give the active feeds whose next check has come, the longest due first."""
        values = {"now": stamp(now), "limit": limit}
        return [feed_of(row) async for row in await self._engine.reader.execute(FEEDS["due_feeds"], values)]

    async def set_feeds_back(self, now: datetime, by: timedelta) -> None:
        """Keep feeds' waits as long as they were, where the clock was set back by more than so much."""
        async with self._engine.transaction() as connection:
            await connection.execute(FEEDS["set_feeds_back"], {"now": stamp(now), "latest": stamp(now + by)})

    async def next_check(self) -> datetime | None:
        """Tell when the next feed is due; None without feeds."""
        cursor = await self._engine.reader.execute(FEEDS["next_check"])
        row = await cursor.fetchone()
        return moment(row[0]) if row and row[0] is not None else None

    async def knows(self, feed_id: int, keys: Iterable[tuple[str, str]]) -> bool:
        """Tell whether any of these keys is that of a post that the feed has shown."""
        return await LookWork(self._engine.reader).knows(feed_id, keys)

    async def slices(self, feeds: Sequence[int]) -> Mapping[int, Remembered]:
        """Give what is remembered of the entries of feeds' last good documents."""
        return await LookWork(self._engine.reader).slices(feeds)

    async def chat(self, address: Address) -> Chat | None:
        """Find a chat."""
        return await ChatWork(self._engine.reader).chat(address)

    async def subscribed(self, address: Address) -> bool:
        """Tell whether a chat is subscribed to anything."""
        work = ChatWork(self._engine.reader)
        chat = await work.chat(address)
        return chat is not None and bool(await work.subscriptions(chat.id))

    async def posts(self, ids: Sequence[int]) -> Sequence[Post]:
        """Read posts by id."""
        return await LookWork(self._engine.reader).posts(ids)

    # -- a platform's updates (promise 6: stored before the next offset is sent) --------------------------------------

    async def store(self, platform: str, update_id: int, raw: str) -> bool:
        """Keep an update; tell whether it was new."""
        async with self._engine.transaction() as connection:
            values = {"platform": platform, "update": update_id, "body": raw}
            cursor = await connection.execute(CHATS["store_update"], values)
            await connection.execute(CHATS["prune_inbox"], values)
            return cursor.rowcount == 1

    async def pending(self, platform: str) -> Sequence[tuple[int, str]]:
        """Give the updates that were kept and not dealt with, oldest first."""
        rows = await self._engine.reader.execute_fetchall(CHATS["open_updates"], {"platform": platform})
        return [(row["update_id"], row["body"]) for row in rows]

    async def done(self, platform: str, update_id: int) -> None:
        """Mark an update as dealt with."""
        async with self.begin() as work:
            await work.update_done(platform, update_id)
