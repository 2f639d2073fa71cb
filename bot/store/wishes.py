"""What a reader wishes about posts that wait: pauses, lists, the posts themselves; and what a chat was asked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import aiosqlite

from bot.core.models import Address, Chat, Feed, Post, Subscription
from bot.store.engine import queries
from bot.store.looks import SQL as FEEDS
from bot.store.looks import LookWork
from bot.store.rows import chat_of, dumps, filter_of, moment, post_of, stamp

SQL = queries("wishes.sql")


class WishWork:
    """Wishes, inside a transaction."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._db = connection

    async def connect(self, place_id: int, user: str) -> None:
        """Remember who connected a group or channel; a person's own chat has no other."""
        await self._db.execute(SQL["set_host"], {"place": place_id, "user": user})

    async def forget_user(self, platform: str, user: str) -> None:
        """Forget what somebody connected."""
        await self._db.execute(SQL["forget_host"], {"platform": platform, "user": user})

    async def pause(self, chat_id: int, until: datetime, now: datetime) -> None:
        """Hold what waits for a chat, and what comes, until a time; what is partly there is finished after it."""
        values = {"chat": chat_id, "until": stamp(until), "now": stamp(now)}
        for name in ("resume_queue", "set_pause", "pause_deliveries", "enqueue_pause"):
            await self._db.execute(SQL[name], values)

    async def resume(self, chat_id: int, now: datetime) -> Sequence[Post]:
        """End a chat's pause; give the posts that came meanwhile, oldest first: they stay held. Others wait on."""
        values = {"chat": chat_id, "until": None, "now": stamp(now)}
        for name in ("resume_queue", "set_pause", "want_again"):
            await self._db.execute(SQL[name], values)
        ids = [int(row["post_id"]) for row in await self._db.execute_fetchall(SQL["paused_posts"], values)]
        return await LookWork(self._db).posts(ids)

    async def send_whole(self, chat_id: int, first: int, last: int, now: datetime) -> int:
        """Want the posts themselves that a pause holds, or that stood in lists (ids ``first`` to ``last``); count them.

        They come one by one, whatever the chat's digest and bounds say.
        """
        values = {"chat": chat_id, "first": first, "last": last, "now": stamp(now)}
        await self._db.execute(SQL["unlink_listed"], values)
        cursor = await self._db.execute(SQL["want_whole"], values)
        await self._db.execute(SQL["hurry_chat"], values)
        return cursor.rowcount

    async def hurry(self, chat_id: int, now: datetime) -> int:
        """Look at a chat at once; count the posts that wait for it."""
        values = {"chat": chat_id, "now": stamp(now)}
        await self._db.execute(SQL["hurry_chat"], values)
        cursor = await self._db.execute(SQL["waiting_count"], values)
        row = await cursor.fetchone()
        return int(row[0]) if row else 0

    async def post(self, post_id: int) -> Post | None:
        """Read a post."""
        return next(iter(await LookWork(self._db).posts([post_id])), None)

    async def search(
        self, feed_ids: Sequence[int], words: Sequence[Sequence[str]], limit: int, skip: int = 0
    ) -> Sequence[Post]:
        """Give posts in which each of the words stands, in one of its spellings, somewhere; the newest first.

        ASCII letters match in either case; nothing else is folded, and a word may stand in a link's address.
        """
        patterns = [[_like(spelling) for spelling in word] for word in words]
        values = {"feeds": dumps(list(feed_ids)), "words": dumps(patterns), "limit": limit, "skip": skip}
        return [post_of(row) async for row in await self._db.execute(FEEDS["search"], values)]

    async def lost(self, rules: Sequence[str]) -> Sequence[tuple[Chat, Subscription, Feed]]:
        """Give the subscriptions that have topics of which none is left; ``rules`` are the operator's."""
        rows = await self._db.execute_fetchall(SQL["lost"], {"rules": dumps(list(rules))})
        found = [
            Subscription(row["id"], row["chat_id"], row["feed_id"], filter_of(row), moment(row["created"]))
            for row in rows
        ]
        if not found:
            return []
        feeds = {feed.id: feed for feed in await LookWork(self._db).feeds_again([each.feed_id for each in found])}
        rows = await self._db.execute_fetchall(SQL["these_chats"], {"ids": dumps([each.chat_id for each in found])})
        chats = {row["chat_id"]: chat_of(row) for row in rows}
        return [(chats[each.chat_id], each, feeds[each.feed_id]) for each in found]

    async def ask(self, address: Address, asker: str, command: str, expires: datetime, now: datetime) -> None:
        """Remember that somebody was asked for a command's argument; the last question counts."""
        await self._db.execute(SQL["forget_questions"], {"now": stamp(now)})
        await self._db.execute(SQL["ask"], {**_who(address, asker), "command": command, "expires": stamp(expires)})

    async def asked(self, address: Address, asker: str, now: datetime) -> str | None:
        """Take back what somebody was asked for, if that is still awaited."""
        cursor = await self._db.execute(SQL["asked"], _who(address, asker))
        row = await cursor.fetchone()
        return str(row["command"]) if row and moment(row["expires"]) > now else None

    async def forget_asked(self, address: Address) -> None:
        """Forget what was asked in a chat."""
        await self._db.execute(SQL["forget_asked"], _who(address, ""))


def _who(address: Address, asker: str) -> dict[str, object]:
    return {"platform": address.platform, "ref": address.place, "thread": address.thread, "asker": asker}


def _like(word: str) -> str:
    """Make a pattern; what stands in JSON has its quotes and backslashes escaped."""
    inside = dumps(word)[1:-1]
    for special in "!%_":
        inside = inside.replace(special, f"!{special}")
    return f"%{inside}%"
