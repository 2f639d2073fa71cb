"""A scene with everything it needs: a blog, a Telegram, the program; and what the program keeps of it all."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator, Coroutine, Iterable
from pathlib import Path
from typing import Any

from tests.acceptance.harness import Program
from tests.acceptance.telegram_scene import OPERATOR, Scene
from tests.emulators.blog import Blog
from tests.emulators.documents import Entry as Post
from tests.emulators.telegram import Telegram
from tests.emulators.telegram_world import Entry

OLD = Post("旧文章", "一年以前写的。", ("扩散模型",), "/old")
NEW = Post("一步加噪", "加噪只要一步。", ("扩散模型",), "/new", 1)
OTHER = Post("装饰器入门", "用 functools.wraps 保留名字。", ("Python",), "/other", 2)

Row = tuple[Any, ...]


@contextlib.asynccontextmanager
async def playing(folder: Path, *posts: Post, **given: Any) -> AsyncIterator[Scene]:
    """Give a scene whose blog has ``posts``, not running yet; what ran must end well."""
    async with Blog() as blog, Telegram() as telegram:
        scene = Scene(Program(folder, blog, telegram, **{"operators": str(OPERATOR)} | given))
        scene.show(*posts)
        try:
            yield scene
        finally:
            ended = await scene.program.stop() if scene.running else None
        assert ended is None or (ended.code, "Traceback" in ended.err) == (0, False), ended


def labels(entry: Entry) -> list[str]:
    """Give what a message's buttons say."""
    return [button["text"] for row in entry.keyboard for button in row]


def plain(entry: Entry) -> str:
    """Give a message's text as it is seen, without what keeps clients from making links of it."""
    return entry.text.replace("\u2060", "")


def rows(scene: Scene, sql: str, *values: object) -> list[Row]:
    """Read what the program has stored, while it runs or afterwards."""
    with contextlib.closing(sqlite3.connect(f"file:{scene.program.folder}/incoming.db?mode=ro", uri=True)) as db:
        return list(db.execute(sql, values))


def kept(scene: Scene, place: int) -> tuple[list[Row], list[Row]]:
    """Give all that is stored of a place's settings, and of what it is subscribed to."""
    chats = rows(scene, "SELECT chat.* FROM chat JOIN place ON place.id = place_id WHERE ref = ?", str(place))
    wishes = rows(
        scene,
        "SELECT feed_id, filter.* FROM subscription JOIN filter ON filter.id = filter_id"
        " JOIN chat ON chat.id = chat_id JOIN place ON place.id = place_id WHERE ref = ?",
        str(place),
    )
    return chats, wishes


async def together(doings: Iterable[Coroutine[Any, Any, object]]) -> None:
    """Let several people do things at the same time: a chat gets a message a second, each its own."""
    await asyncio.gather(*doings)
