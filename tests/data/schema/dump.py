"""Writes a database of this version as SQL text, to be kept with the tests when it is released.

python -m tests.data.schema.dump > tests/data/schema/0.1.0.sql
"""

from __future__ import annotations

import asyncio
import sqlite3
import sys
import tempfile
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from bot.core.models import Address, Feed, PlaceKind, Sighting, Verdict
from bot.reading.doc import Doc, paragraph
from bot.store.sqlite import Store

NOW = datetime(2026, 1, 20, 12, tzinfo=UTC)


async def fill(path: Path) -> None:
    """Store a little of what a bot that runs has: two chats, a post for each, a digest's time and a pause."""
    store = Store(path)
    await store.open()
    async with store.begin() as work:
        feed = await work.put_feed(Feed(0, "blog", "https://blog.example/feed", next_check=NOW))
        for address in (Address("telegram", "1001"), Address("telegram", "-1001", "7")):
            kind = PlaceKind.PRIVATE if not address.thread else PlaceKind.GROUP
            chat = await work.open_chat(address, kind, "", NOW, language="zh", timezone="Asia/Shanghai")
            chosen = await work.subscribe(chat.id, feed, NOW, query="-公告")
        seen = Sighting("guid", "https://blog.example/post", "扩散模型", Doc((paragraph("正文。"),)), tags=("扩散",))
        post = await work.add_post(feed, seen, [("guid", "guid")], "gist", NOW)
        await work.want(post, feed, {chosen.filter.id: Verdict(passes=True)}, NOW)
    await store.close()


def dumped(path: Path) -> str:
    """Give a database as SQL text, with its schema's number."""
    with closing(sqlite3.connect(path)) as database:
        (version,) = database.execute("PRAGMA user_version").fetchone()
        return "\n".join([*database.iterdump(), f"PRAGMA user_version={version};", ""])


def main() -> None:
    """Print the database."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "incoming.db"
        asyncio.run(fill(path))
        sys.stdout.write(dumped(path))


if __name__ == "__main__":
    main()
