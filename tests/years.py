"""A blog's years, written straight into the database: posts, and what was sent of them."""

from __future__ import annotations

import json
import sqlite3
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from bot.core.models import EPOCH
from bot.reading.doc import Doc, paragraph, to_json

SHOWN: Final = 20
"""Posts that the blog's feed shows."""
_TEXT: Final = json.dumps(to_json(Doc((paragraph("一步加噪，就这么简单。" * 60),))), ensure_ascii=False)
_POST: Final = """
INSERT INTO post (title, link, doc, summary, first_seen, changed, tags, authors, gist)
VALUES (:title, :link, :doc, :doc, :now, :now, '[]', '[]', 'gist') RETURNING id;
INSERT INTO post_key (kind, value, feed_id, post_id) VALUES ('guid', :link, 1, :post), ('link', :link, 0, :post);
INSERT INTO feed_post (feed_id, post_id, first_seen, in_last) VALUES (1, :post, :now, 1);
UPDATE feed_post SET in_last = 0 WHERE feed_id = 1 AND in_last AND post_id <= :post - :shown;
INSERT INTO verdict (post_id, filter_id, hits) SELECT :post, id, '[]' FROM filter;
INSERT INTO delivery (post_id, chat_id, filter_id, state, created, changed)
SELECT :post, s.chat_id, s.filter_id, 'sent', :now, :now FROM subscription s;
INSERT INTO message (id, chat_id, kind, done, created)
SELECT id, chat_id, 'post', 1, :now FROM delivery WHERE post_id = :post;
INSERT INTO message_delivery (message_id, delivery_id) SELECT id, id FROM delivery WHERE post_id = :post;
INSERT INTO part (message_id, number, nonce, state, attempts, changed, ref)
SELECT id, 0, 'nonce-of-24-characters--', 'sent', 1, :now, id FROM delivery WHERE post_id = :post
"""


class Years:
    """Writes what happened. ``path`` is a database in which feed 1 has its subscriptions."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None, timeout=30)
        self._db.execute("PRAGMA synchronous=OFF")
        self._posts = 0

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def subscribe(self, chats: int, now: datetime) -> None:
        """Subscribe so many chats to everything."""
        at = _stamp(now)
        self._db.execute("BEGIN")
        self._db.execute("INSERT OR IGNORE INTO filter (id, topics, query) VALUES (1, '[]', '')")
        for number in range(1, chats + 1):
            place = (number, "telegram" if number % 2 else "discord", f"{number}", "group" if number % 5 else "private")
            self._db.execute("INSERT INTO place (id, platform, ref, kind) VALUES (?, ?, ?, ?)", place)
            chat = (number, number, "zh", "Asia/Shanghai", at)
            self._db.execute(
                "INSERT INTO chat (id, place_id, language, timezone, created) VALUES (?, ?, ?, ?, ?)", chat
            )
            self._db.execute(
                "INSERT INTO subscription (chat_id, feed_id, filter_id, created) VALUES (?, 1, 1, ?)", (number, at)
            )
        self._db.execute("COMMIT")

    def publish(self, now: datetime, posts: int = 1) -> None:
        """Publish posts, and send each to every chat."""
        self._db.execute("BEGIN")
        for _ in range(posts):
            self._posts += 1
            values: dict[str, object] = {
                "title": f"第 {self._posts} 篇",
                "link": f"https://blog.example/archives/{self._posts}",
                "doc": _TEXT,
                "now": _stamp(now),
                "shown": SHOWN,
            }
            for statement in _POST.split(";"):
                row = self._db.execute(statement, values).fetchone()
                if row:
                    values["post"] = row[0]
        self._db.execute("COMMIT")

    def forget_sending(self) -> None:
        """Let nothing have been sent: every delivery waits."""
        self._db.execute("UPDATE delivery SET state = 'wanted'")

    def count(self, table: str, where: str = "1") -> int:
        """Count rows."""
        return int(self._db.execute(f"SELECT count(*) FROM {table} WHERE {where}").fetchone()[0])  # noqa: S608 -- ours

    def used(self) -> int:
        """Give the bytes that the database uses, free pages left out."""
        pages, free, size = (
            int(self._db.execute(f"PRAGMA {name}").fetchone()[0])
            for name in ("page_count", "freelist_count", "page_size")
        )
        return (pages - free) * size


def _stamp(now: datetime) -> int:
    return (now - EPOCH) // timedelta(milliseconds=1)
