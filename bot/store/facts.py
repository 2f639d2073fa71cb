"""What an operator sees, read from the database outside a transaction; nothing but incidents names a chat."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import aiosqlite

from bot.core.incidents import Incident
from bot.core.models import Feed
from bot.core.overview import Arrival, Overview, PostLine, Queue
from bot.store.engine import queries
from bot.store.incidents import IncidentWork
from bot.store.looks import SQL as FEEDS
from bot.store.rows import dumps, feed_of, maybe_moment, moment, stamp

SQL = queries("facts.sql")

DAYS = 30
"""Days of deliveries that the overview counts."""
POSTS = 20
"""Posts that the overview lists."""
_ARRIVALS = 10_000


class Facts:
    """Reads."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._db = connection

    async def queue(self, now: datetime) -> Queue:
        """Tell what waits to be sent."""
        (row,) = await self._rows("queue", now=stamp(now))
        return Queue(row["wanted"], row["held"], row["due"], maybe_moment(row["oldest"]))

    async def post_count(self) -> int:
        """Count the posts that were ever seen."""
        (row,) = await self._rows("post_count")
        return int(row[0])

    async def feeds(self) -> Sequence[Feed]:
        """Give the watched feeds."""
        return [feed_of(row) for row in await self._db.execute_fetchall(FEEDS["active_feeds"])]

    async def incidents(self) -> Sequence[Incident]:
        """Give what is wrong now, the oldest first."""
        return await IncidentWork(self._db).open_incidents()

    async def active_chats(self) -> Mapping[str, int]:
        """Count the open chats with a subscription, by platform."""
        return {row["platform"]: row["chats"] for row in await self._rows("active_chats")}

    async def arrivals(self, since: datetime) -> Sequence[Arrival]:
        """Give the posts that arrived after a time, each on its own and not in a list; the oldest first, so many."""
        return [
            Arrival(row["platform"], moment(row["changed"]), moment(row["first_seen"]), maybe_moment(row["published"]))
            for row in await self._rows("arrivals", since=stamp(since), limit=_ARRIVALS)
        ]

    async def overview(self, now: datetime, shift: timedelta = timedelta()) -> Overview:
        """Give everything at one look; ``shift`` is how far the operator's days are ahead of UTC's."""
        topics = await self._topics()
        keys = [key for key in topics if key]
        return Overview(
            feeds=tuple(await self.feeds()),
            queue=await self.queue(now),
            chats={(row["platform"], bool(row["open"])): row["chats"] for row in await self._rows("chats")},
            topics=topics,
            names={row["key"]: row["name"] for row in await self._rows("category_names", keys=dumps(keys))},
            days=await self._days(now, shift),
            posts=await self._posts(),
            incidents=tuple(await self.incidents()),
        )

    async def _topics(self) -> Mapping[str, int]:
        return {row["topic"]: row["chats"] for row in await self._rows("topics")}

    async def _days(self, now: datetime, shift: timedelta) -> Mapping[tuple[int, str], int]:
        milliseconds = shift // timedelta(milliseconds=1)
        rows = await self._rows("days", since=stamp(now - timedelta(days=DAYS)), now=stamp(now), shift=milliseconds)
        return {(row["day"], row["state"]): row["deliveries"] for row in rows}

    async def _posts(self) -> tuple[PostLine, ...]:
        rows = await self._rows("newest_posts", limit=POSTS)
        subscribed = {feeds: await self._subscribed(feeds) for feeds in {row["feeds"] for row in rows}}
        outcomes: dict[int, dict[tuple[str, str], int]] = {row["id"]: {} for row in rows}
        for row in await self._rows("outcomes", ids=dumps(list(outcomes))):
            outcomes[row["post_id"]][row["state"], row["reason"]] = row["deliveries"]
        return tuple(
            PostLine(
                title=row["title"],
                link=row["link"],
                seen=moment(row["first_seen"]),
                feed=row["feed"] or "",
                outcomes=outcomes[row["id"]],
                subscribed=subscribed[row["feeds"]],
            )
            for row in rows
        )

    async def _subscribed(self, feeds: str) -> int:
        (row,) = await self._rows("subscribed", feeds=feeds)
        return int(row["chats"])

    async def _rows(self, name: str, **values: object) -> list[Any]:
        return list(await self._db.execute_fetchall(SQL[name], values))
