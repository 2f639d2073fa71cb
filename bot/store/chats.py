"""What commands read and write, inside their transaction: ``core.ports.Work``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import aiosqlite

from bot.core.keys import canonical
from bot.core.models import (
    Address,
    Chat,
    DeliveryState,
    Feed,
    Filter,
    PlaceKind,
    Post,
    Subscription,
    Topic,
)
from bot.core.ports import DeliveryView
from bot.store.engine import queries
from bot.store.looks import SQL as FEEDS
from bot.store.looks import LookWork
from bot.store.places import PlaceWork
from bot.store.rows import chat_of, chat_values, dumps, feed_of, filter_of, moment, passed, post_of, stamp, strings

SQL = queries("chats.sql")


class ChatWork(LookWork, PlaceWork):
    """One transaction, as commands see it (and, inherited, as the loop that looks does)."""

    async def chat(self, address: Address) -> Chat | None:
        """Find a chat."""
        values = {"platform": address.platform, "ref": address.place, "thread": address.thread}
        cursor = await self._db.execute(SQL["chat"], values)
        row = await cursor.fetchone()
        return chat_of(row) if row else None

    async def open_chat(
        self, address: Address, kind: PlaceKind, title: str, now: datetime, *, language: str, timezone: str
    ) -> Chat:
        """Find a chat or make it; open its place if it was closed, with what was held for it."""
        place = {"platform": address.platform, "ref": address.place, "kind": kind.value, "title": title}
        cursor = await self._db.execute(SQL["open_place"], place)
        row = await cursor.fetchone()
        values = {
            "place": row["id"] if row else 0,
            "thread": address.thread,
            "language": language,
            "timezone": timezone,
            "now": stamp(now),
        }
        for name in ("add_chat", "reopen_chats", "want_place", "enqueue_place"):
            await self._db.execute(SQL[name], values)
        chat = await self.chat(address)
        if chat is None:
            msg = f"a chat that was just stored is not there: {address}"
            raise LookupError(msg)
        return chat

    async def chats(self) -> Sequence[Chat]:
        """Give all chats."""
        return [chat_of(row) async for row in await self._db.execute(SQL["chats"])]

    async def save_chat(self, chat: Chat) -> None:
        """Store a chat's settings."""
        values = chat_values(chat)
        await self._db.execute(SQL["end_pause"], values)
        await self._db.execute(SQL["save_chat"], values)
        await self._db.execute(SQL["wake_chat"], values)

    async def feeds(self) -> Sequence[Feed]:
        """Give the active feeds, in the order in which they were added."""
        return [feed_of(row) for row in await self._db.execute_fetchall(FEEDS["active_feeds"])]

    async def all_feeds(self) -> Sequence[Feed]:
        """Give every feed, paused ones too."""
        return [feed_of(row) for row in await self._db.execute_fetchall(FEEDS["all_feeds"])]

    async def put_feed(self, feed: Feed, *, in_config: bool = False) -> int:
        """Add a feed (its ``id`` does not count), or wake the one of that name with the new address; give its id.

        One that is ``in_config`` is paused when the file no longer has it.
        """
        values = {
            "name": feed.name,
            "url": feed.url,
            "kind": feed.kind.value,
            "title": feed.title,
            "interval": feed.interval,
            "from_config": feed.from_config,
            "in_config": in_config,
            "next_check": stamp(feed.next_check),
        }
        cursor = await self._db.execute(FEEDS["add_feed"], values)
        row = await cursor.fetchone()
        return int(row["id"]) if row else 0

    async def rename_feed(self, feed_id: int, name: str) -> None:
        """Give a feed another name, which no feed has; what it showed, who reads it and what is wrong with it stays."""
        for statement in ("rename_incidents", "rename_feed"):
            await self._db.execute(FEEDS[statement], {"id": feed_id, "name": name})

    async def add_feed(self, url: str, now: datetime) -> Feed:
        """Make a feed of a chat's own (``from_config`` is False, its name the URL), or wake the one of this address."""
        cursor = await self._db.execute(FEEDS["asleep_at"], {"url": url})
        row = await cursor.fetchone()
        feed = Feed(id=0, name=row["name"] if row else url, url=url, from_config=False, next_check=now)
        return replace(feed, id=await self.put_feed(feed))

    async def remove_feed(self, feed_id: int) -> None:
        """Stop looking at a feed: it becomes inactive. Nothing is deleted, its subscriptions wait."""
        await self._db.execute(FEEDS["pause_feed"], {"id": feed_id})

    async def pause_missing(self, names: Sequence[str]) -> None:
        """Pause the feeds that came from the configuration and are no longer in it."""
        await self._db.execute(FEEDS["pause_missing"], {"names": dumps(list(names))})

    async def left_behind(self) -> Mapping[str, int]:
        """Count the chats that are subscribed to feeds that are paused, by the feeds' names."""
        rows = await self._db.execute_fetchall(FEEDS["left_behind"])
        return {row["name"]: row["chats"] for row in rows}

    async def topics(self, *feeds: int) -> Sequence[Topic]:
        """Give the categories that feeds have shown, one feed after the other, the most frequent first."""
        rows = await self._db.execute_fetchall(FEEDS["categories"], {"feeds": dumps(feeds)})
        return [_category(row) for row in rows]

    async def called(self, keys: Sequence[str], feeds: Sequence[int]) -> Sequence[Topic]:
        """Give the categories of some keys, each as the first of the feeds that has it calls it, if one does."""
        values = {"keys": dumps(list(keys)), "feeds": dumps(list(feeds))}
        rows = await self._db.execute_fetchall(FEEDS["called"], values)
        return [_category(row) for row in rows if row["name"] is not None]

    async def subscriptions(self, chat_id: int) -> Sequence[Subscription]:
        """Give a chat's subscriptions, in the order in which they were made."""
        return [
            Subscription(row["id"], row["chat_id"], row["feed_id"], filter_of(row), moment(row["created"]))
            async for row in await self._db.execute(SQL["subscriptions"], {"chat": chat_id})
        ]

    async def subscribe(
        self, chat_id: int, feed_id: int, now: datetime, *, topics: tuple[str, ...] = (), query: str = ""
    ) -> Subscription:
        """Make a subscription, or give the one that exists its new topics and query."""
        chosen = tuple(sorted(set(topics)))
        cursor = await self._db.execute(SQL["add_filter"], {"topics": dumps(chosen), "query": query})
        row = await cursor.fetchone()
        filter_ = Filter(row["id"] if row else 0, chosen, query)
        values = {"chat": chat_id, "feed": feed_id, "filter": filter_.id, "now": stamp(now)}
        cursor = await self._db.execute(SQL["subscribe"], values)
        made = await cursor.fetchone()
        await self._db.execute(SQL["take_back_lists"], values)
        return Subscription(
            made["id"] if made else 0, chat_id, feed_id, filter_, moment(made["created"] if made else 0)
        )

    async def unsubscribe(self, chat_id: int, feed_id: int, now: datetime) -> bool:
        """End a subscription; tell whether there was one. Deliveries still waiting become dropped."""
        values = {"chat": chat_id, "feed": feed_id, "now": stamp(now)}
        await self._db.execute(SQL["remember_subscription"], values)
        cursor = await self._db.execute(SQL["unsubscribe"], values)
        for name in ("take_back_lists", "take_back_messages", "cancel_messages", "cancel_parts", "drop_unsubscribed"):
            await self._db.execute(SQL[name], values)
        return cursor.rowcount > 0

    async def resubscribe(self, chat_id: int, feed_id: int, now: datetime) -> Subscription | None:
        """Bring back the subscription that was ended last, and what its end dropped; None if there is none."""
        values = {"chat": chat_id, "feed": feed_id, "now": stamp(now)}
        cursor = await self._db.execute(SQL["ended_subscription"], values)
        row = await cursor.fetchone()
        if row is None:
            return None
        again = await self.subscribe(chat_id, feed_id, now, topics=strings(row["topics"]), query=row["query"])
        await self._db.execute(SQL["want_again"], {**values, "ended": row["ended"]})
        await self._db.execute(SQL["enqueue_chat"], values)
        await self._db.execute(SQL["forget_ended"], values)
        return again

    async def just_ended(self, chat_id: int) -> Sequence[int]:
        """Give the feeds whose subscriptions the chat ended last, those of one command."""
        return [row[0] for row in await self._db.execute_fetchall(SQL["just_ended"], {"chat": chat_id})]

    async def latest(self, feed_ids: Sequence[int], limit: int) -> Sequence[Post]:
        """Give the newest posts of some feeds, the newest first."""
        values = {"feeds": dumps(list(feed_ids)), "limit": limit}
        return [post_of(row) async for row in await self._db.execute(FEEDS["latest"], values)]

    async def old(self, posts: Sequence[int], feeds: Sequence[int]) -> Mapping[int, bool]:
        """Tell which posts were no news when one of these feeds showed them first, and whether at its first look."""
        values = {"posts": dumps(list(posts)), "feeds": dumps(list(feeds))}
        return {row["post_id"]: bool(row["first"]) for row in await self._db.execute_fetchall(FEEDS["old"], values)}

    async def find_post(self, link: str) -> Post | None:
        """Find a post by its link."""
        for name, values in (("post_by_exact_link", {"link": link}), ("post_by_link", {"value": canonical(link)})):
            cursor = await self._db.execute(FEEDS[name], values)
            row = await cursor.fetchone()
            if row:
                return post_of(row)
        return None

    async def delivery(self, chat_id: int, post_id: int) -> DeliveryView | None:
        """Tell what became of a post in a chat."""
        cursor = await self._db.execute(SQL["delivery"], {"chat": chat_id, "post": post_id})
        row = await cursor.fetchone()
        return _view_of(row) if row else None

    async def deliveries(self, chat_id: int, limit: int) -> Sequence[DeliveryView]:
        """Give a chat's newest deliveries, the newest first."""
        values = {"chat": chat_id, "limit": limit}
        return [_view_of(row) async for row in await self._db.execute(SQL["deliveries"], values)]

    async def counts(self) -> Mapping[str, int]:
        """Count ``chats subscriptions posts wanted held dead sent``."""
        cursor = await self._db.execute(SQL["counts"])
        row = await cursor.fetchone()
        return dict(row) if row else {}

    async def operators(self) -> frozenset[tuple[str, str]]:
        """Give the operators that were made in chat: (platform, user id) pairs."""
        return frozenset([(row["platform"], row["user_ref"]) async for row in await self._db.execute(SQL["operators"])])

    async def add_operator(self, platform: str, user: str, now: datetime) -> None:
        """Make somebody an operator."""
        await self._db.execute(SQL["add_operator"], {"platform": platform, "user": user, "now": stamp(now)})

    async def meta(self, key: str) -> str | None:
        """Read a remembered word."""
        cursor = await self._db.execute(SQL["get_meta"], {"key": key})
        row = await cursor.fetchone()
        return str(row["value"]) if row else None

    async def set_meta(self, key: str, value: str | None) -> None:
        """Remember a word, or forget it."""
        if value is None:
            await self._db.execute(SQL["drop_meta"], {"key": key})
        else:
            await self._db.execute(SQL["set_meta"], {"key": key, "value": value})

    async def update_done(self, platform: str, update: int) -> None:
        """Mark a platform's update as dealt with, in the commit of its effect."""
        await self._db.execute(SQL["update_done"], {"platform": platform, "update": update})


def _view_of(row: aiosqlite.Row) -> DeliveryView:
    return DeliveryView(
        id=row["id"],
        post_id=row["post_id"],
        title=row["title"],
        link=row["link"],
        state=DeliveryState(row["state"]),
        reason=row["reason"],
        verdict=passed(row["hits"]),
        created=moment(row["created"]),
        changed=moment(row["changed"]),
    )


def _category(row: aiosqlite.Row) -> Topic:
    return Topic(row["key"], (("", row["name"]),), row["name"])
