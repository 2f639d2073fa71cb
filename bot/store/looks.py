"""What the loop that looks reads and writes, inside its transaction."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final, TypeAlias

import aiosqlite

from bot.core.lack import Lack, lacking
from bot.core.models import Feed, Filter, Known, KnownPost, Post, Remembered, Sighting, Unread
from bot.reading.doc import Doc, to_text
from bot.store.engine import queries
from bot.store.fanout import FanOutWork
from bot.store.rows import (
    dumps,
    feed_of,
    feed_values,
    filter_of,
    maybe_moment,
    maybe_stamp,
    moment,
    numbers,
    post_of,
    stamp,
    written,
)

SQL = queries("feeds.sql")

_EMPTY: Final = to_text(Doc())

Seen: TypeAlias = tuple[int, Sighting, Sequence[tuple[str, str]], str]
"""A known post seen again: its id, the sighting, its keys, its gist."""


class LookWork(FanOutWork):
    """The feeds' and posts' side of a transaction."""

    async def feed(self, feed_id: int) -> Feed | None:
        """Read a feed again, as it is now."""
        rows = await self._db.execute_fetchall(SQL["this_feed"], {"id": feed_id})
        return next(map(feed_of, rows), None)

    async def feeds_again(self, ids: Sequence[int]) -> Sequence[Feed]:
        """Read feeds again, as they are now."""
        rows = await self._db.execute_fetchall(SQL["these_feeds"], {"ids": numbers(ids)})
        return [feed_of(row) for row in rows]

    async def save_feed(self, feed: Feed) -> None:
        """Store what a look changed about its feed."""
        await self.save_feeds([feed])

    async def save_feeds(self, feeds: Iterable[Feed]) -> None:
        """Store what looks changed about their feeds."""
        await self._db.executemany(SQL["save_feed"], [feed_values(feed) for feed in feeds])

    async def known(self, feed_id: int, keys: Iterable[tuple[str, str]], unread: Sequence[Sighting] = ()) -> Known:
        """Give every post that shares a key with a document, and every post of the feed's last good one.

        Only the former come with their keys. Entries that were not read again (``unread``) speak for their posts, which
        are most of them, as far as these still stood in the last document.
        """
        last, entries = await self._last(feed_id), Unread.of(unread)
        others = last.difference(entries.posts)
        values = {"feed": feed_id, "keys": dumps(list(keys)), "others": numbers(others)}
        found = [_known_of(row["keys"], row) for row in await self._db.execute_fetchall(SQL["known"], values)]
        return Known(found, entries.being(last.difference([post.id for post in found])))

    async def _last(self, feed_id: int) -> set[int]:
        """Give the posts of a feed's last good document."""
        ((posts,),) = await self._db.execute_fetchall(SQL["last"], {"feed": feed_id})
        return set(map(int, posts.split(","))) if posts else set()

    async def add_post(
        self,
        feed_id: int,
        sighting: Sighting,
        keys: Iterable[tuple[str, str]],
        gist: str,
        now: datetime,
        *,
        lent: Lack = Lack.NOTHING,
    ) -> int:
        """Store a post that was never seen anywhere; give its id, which is also its place in the order.

        ``lent`` is what its own page says of it and its feed does not: that stays until the feed says it.
        """
        values = _post_values(sighting, gist, now)
        bare = not sighting.title and (values["doc"], values["summary"]) == (_EMPTY, _EMPTY)
        # RETURNING would take half as long again.
        cursor = await self._db.execute(SQL["add_post"], {**values, "bare": bare, "lent": int(lent)})
        post_id = cursor.lastrowid or 0
        await self._see(feed_id, post_id, keys, now)
        return post_id

    async def see_posts(self, feed_id: int, seen: Sequence[Seen], now: datetime) -> Mapping[int, datetime]:
        """Store that known posts were seen again, with their new keys and, from their first feed, their new text.

        Messages about those that changed are edited. Give the posts that had neither title nor text until now, and have
        now, each with when it was first seen.
        """
        if not seen:
            return {}
        await self.add_keys(feed_id, [(post_id, keys) for post_id, _, keys, _ in seen])
        at = stamp(now)
        await self._db.executemany(
            SQL["see_post"], [{"feed": feed_id, "post": post_id, "now": at} for post_id, *_ in seen]
        )
        cursor = await self._db.executemany(
            SQL["update_post"],
            [
                {**_post_values(sighting, gist, now), "id": post_id, "feed": feed_id, "lacks": int(lacking(sighting))}
                for post_id, sighting, _, gist in seen
            ],
        )
        return await self._changed([post_id for post_id, *_ in seen], at) if cursor.rowcount else {}

    async def _changed(self, posts: Sequence[int], at: int) -> Mapping[int, datetime]:
        values = {"posts": numbers(posts), "now": at, "empty": _EMPTY}
        await self._db.execute(SQL["note_changes"], values)
        rows = await self._db.execute_fetchall(SQL["filled"], values)
        return {row["id"]: moment(row["first_seen"]) for row in rows}

    async def add_keys(self, feed_id: int, named: Iterable[tuple[int, Iterable[tuple[str, str]]]]) -> None:
        """Store keys under which a feed shows posts: (post id, keys) pairs."""
        await self._db.executemany(
            SQL["add_key"],
            [
                {"kind": kind, "value": value, "feed": feed_id, "post": post_id}
                for post_id, keys in named
                for kind, value in keys
            ],
        )

    async def _see(self, feed_id: int, post_id: int, keys: Iterable[tuple[str, str]], now: datetime) -> None:
        await self.add_keys(feed_id, [(post_id, keys)])
        await self._db.execute(SQL["see_post"], {"feed": feed_id, "post": post_id, "now": stamp(now)})

    async def begin_document(self, feed_id: int, staying: Collection[int]) -> None:
        """Forget which posts stood in the last good document, but for those that stay."""
        await self.leave(feed_id, await self._last(feed_id) - set(staying))

    async def leave(self, feed_id: int, posts: Iterable[int]) -> None:
        """Forget of posts that they stood in the last good document."""
        await self._db.executemany(SQL["leave_last"], [{"feed": feed_id, "post": number} for number in posts])

    async def mark_old(self, feed_id: int, posts: Sequence[int]) -> None:
        """Remember that posts were no news when this feed showed them first."""
        await self._db.execute(SQL["mark_old"], {"feed": feed_id, "posts": numbers(posts)})

    async def remember(self, feed_id: int, entries: str) -> None:
        """Remember which post each entry of the last good document is, as ``Remembered.renewed`` writes it."""
        await self._db.execute(SQL["remember"], {"feed": feed_id, "entries": entries})

    async def knows(self, feed_id: int, keys: Iterable[tuple[str, str]]) -> bool:
        """Tell whether any of these keys is that of a post that the feed has shown."""
        values = {"feed": feed_id, "keys": dumps(list(keys))}
        return bool(await self._db.execute_fetchall(SQL["knows"], values))

    async def slices(self, feeds: Sequence[int]) -> Mapping[int, Remembered]:
        """Give what ``remember`` wrote."""
        rows = await self._db.execute_fetchall(SQL["slices"], {"feeds": numbers(feeds)})
        texts = {row["feed_id"]: row["entries"] for row in rows}
        return {feed_id: Remembered(texts.get(feed_id, "")) for feed_id in feeds}

    async def add_categories(self, feed_id: int, named: Iterable[tuple[str, str]]) -> None:
        """Count the categories of new posts: (key, name) pairs."""
        await self._db.executemany(
            SQL["add_category"], [{"feed": feed_id, "key": key, "name": name} for key, name in named]
        )

    async def name_category(self, feed_id: int, key: str, name: str) -> None:
        """Remember what somebody calls a category that the feed may have, until it says so itself."""
        await self._db.execute(SQL["name_category"], {"feed": feed_id, "key": key, "name": name})

    async def filters(self, feed_id: int) -> Sequence[Filter]:
        """Give the distinct filters of a feed's subscriptions."""
        return [filter_of(row) for row in await self._db.execute_fetchall(SQL["feed_filters"], {"feed": feed_id})]

    async def posts(self, ids: Sequence[int]) -> Sequence[Post]:
        """Read posts by id, in the order of the ids."""
        rows = await self._db.execute_fetchall(SQL["posts_by_id"], {"ids": numbers(ids)})
        found = [post_of(row) for row in rows]
        return sorted(found, key=lambda post: ids.index(post.id))

    async def add_flood(self, feed_id: int, posts: int, now: datetime) -> int:
        """Remember that so many new posts came at once; give the flood's id."""
        cursor = await self._db.execute(SQL["add_flood"], {"feed": feed_id, "posts": posts, "now": stamp(now)})
        row = await cursor.fetchone()
        return int(row["id"]) if row else 0


def _post_values(sighting: Sighting, gist: str, now: datetime) -> dict[str, object]:
    return {
        "title": sighting.title,
        "link": sighting.link,
        "doc": to_text(sighting.doc),
        "summary": to_text(sighting.summary),
        "published": maybe_stamp(sighting.published),
        "now": stamp(now),
        "tags": written(sighting.tags),
        "authors": written(sighting.authors),
        "image": sighting.image,
        "gist": gist,
    }


def _known_of(keys: str | None, row: aiosqlite.Row) -> KnownPost:
    by_kind: dict[str, set[str]] = {}
    for kind, value in json.loads(keys) if keys else ():
        by_kind.setdefault(kind, set()).add(value)
    return KnownPost(
        id=row["id"],
        guids=frozenset(by_kind.get("guid", ())),
        links=frozenset(by_kind.get("link", ())),
        prints=frozenset(by_kind.get("print", ())),
        title=row["title"],
        gist=row["gist"],
        published=maybe_moment(row["published"]),
        here=bool(row["here"]),
        in_last=bool(row["in_last"]),
        named=keys is not None,
    )
