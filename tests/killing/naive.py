"""Bots as they are usually written, for the harness to catch: each breaks one rule of promise 1.

``sends_first`` records a post when all chats have it; ``records_first`` before any has; ``guid_only`` remembers posts,
not posts in chats, once the first chat has it; ``no_nonce`` keeps an outbox as it should, and repeats what was under
way without telling Discord that it does.
"""

from __future__ import annotations

import json
import os
import sqlite3
import sys
from collections.abc import Callable
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import feedparser

from bot import failpoint

Post = tuple[str, str]


def main() -> None:
    """Look once and send what is new. The argument is the kind of bot; the rest is in ``naive.json``."""
    settings = json.loads(Path("naive.json").read_text(encoding="utf-8"))
    entries = feedparser.parse(_exchange("GET", settings["feed"])).entries
    posts = [(entry.id, entry.title) for entry in entries]
    failpoint.reach("fetched")
    database = sqlite3.connect("naive.db", isolation_level=None)
    database.execute("CREATE TABLE IF NOT EXISTS seen (guid, chat, state, PRIMARY KEY (guid, chat))")
    KINDS[sys.argv[1]](Bot(database, settings, list(reversed(posts))))
    os._exit(0)


def _exchange(method: str, url: str, body: bytes = b"", headers: dict[str, str] | None = None) -> bytes:
    where = urlsplit(url)
    link = HTTPConnection(where.hostname or "", where.port)
    link.request(method, where.path, body, headers or {})
    return link.getresponse().read()


class Bot:
    """What all of them share."""

    def __init__(self, database: sqlite3.Connection, settings: dict[str, list[str]], posts: list[Post]) -> None:
        self._database = database
        self._settings = settings
        self.chats = settings["chats"]
        self.posts = posts

    def state(self, guid: str, chat: str = "") -> str | None:
        """Tell what is remembered."""
        row = self._database.execute("SELECT state FROM seen WHERE guid = ? AND chat = ?", (guid, chat)).fetchone()
        return row[0] if row else None

    def remember(self, guid: str, chat: str = "", state: str = "sent") -> None:
        """Remember."""
        self._database.execute("INSERT OR REPLACE INTO seen VALUES (?, ?, ?)", (guid, chat, state))
        failpoint.reach("recorded")

    def send(self, chat: str, title: str) -> None:
        """Send."""
        platform, place, *thread = chat.split(":")
        failpoint.reach("requesting")
        if platform == "telegram":
            body = {"chat_id": int(place), "text": title}
            body |= {"message_thread_id": int(thread[0])} if thread else {}
            self._post(f"{self._settings['telegram']}/sendMessage", body)
        else:
            self._post(f"{self._settings['discord']}/channels/{place}/messages", {"content": title})
        failpoint.reach("answered")

    def _post(self, url: str, body: dict[str, object]) -> None:
        headers = {"Content-Type": "application/json", "Authorization": f"Bot {self._settings['token']}"}
        _exchange("POST", url, json.dumps(body).encode(), headers)


def sends_first(bot: Bot) -> None:
    """Send, then record."""
    for guid, title in bot.posts:
        if bot.state(guid) is None:
            for chat in bot.chats:
                bot.send(chat, title)
            bot.remember(guid)


def records_first(bot: Bot) -> None:
    """Record, then send."""
    for guid, title in bot.posts:
        if bot.state(guid) is None:
            bot.remember(guid)
            for chat in bot.chats:
                bot.send(chat, title)


def guid_only(bot: Bot) -> None:
    """Record the post once it is anywhere."""
    for guid, title in bot.posts:
        if bot.state(guid) is None:
            for chat in bot.chats:
                bot.send(chat, title)
                bot.remember(guid)


def no_nonce(bot: Bot) -> None:
    """Keep an outbox, and send again what was under way."""
    for guid, title in bot.posts:
        for chat in bot.chats:
            if bot.state(guid, chat) != "sent":
                bot.remember(guid, chat, "sending")
                bot.send(chat, title)
                bot.remember(guid, chat)


KINDS: dict[str, Callable[[Bot], None]] = {
    each.__name__: each for each in (sends_first, records_first, guid_only, no_nonce)
}
