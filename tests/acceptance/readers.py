"""Chats with settings of their own, as `incoming import` takes them, and what arrives in them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from tests.acceptance.harness import Program
from tests.emulators.documents import Entry as Post
from tests.emulators.documents import rss
from tests.emulators.telegram_rules import Json
from tests.emulators.telegram_world import Entry, World

_SETTINGS: Json = {"language": "zh", "timezone": "Asia/Shanghai", "length": 480, "formulas": "unicode"}


def reader(chat: int, *, thread: int = 0, topics: Sequence[str] = (), **settings: object) -> Json:
    """Describe a chat that is subscribed to the blog; groups have negative ids."""
    kind = "private" if chat > 0 else "group"
    subscribed = {"subscriptions": [{"feed": "blog", "topics": list(topics)}]}
    where = f"telegram:{chat}:{thread}" if thread else f"telegram:{chat}"
    return {"chat": where, "kind": kind} | _SETTINGS | subscribed | settings


async def bring(program: Program, *chats: Json) -> None:
    """Let the program have seen the blog as it is, and subscribe chats to what comes."""
    await program.inline("once", "--all")
    path = program.folder / "chats.json"
    path.write_text(json.dumps({"format": "incoming", "version": 1, "chats": chats}), encoding="utf-8")
    await program.inline("import", str(path))


async def once(program: Program, *words: str) -> str:
    """Let the program look and deliver in a process of its own; give its log."""
    ended = await program.run("once", "--all", *words)
    assert (ended.code, "Traceback" in ended.err) == (0, False), ended.err
    return ended.err


def show(program: Program, *posts: Post) -> None:
    """Publish the blog with these posts, the newest first."""
    program.blog.publish("/feed.xml", rss(posts))


def sent(world: World, chat: int, title: str = "") -> list[Entry]:
    """Give what was sent to a chat, be it text, photo or rich; only what begins with a title, where one is given."""
    shown = [each for each in world.ledger if each.chat == chat and each.method.startswith("send")]
    return [each for each in shown if each.text.startswith(title)]


def refusals(world: World) -> list[tuple[str, int]]:
    """Give the requests that were not taken: method and status."""
    return [(each.method, each.status) for each in world.requests if each.status != 200]


def labels(entry: Entry) -> list[str]:
    """Give what a message's buttons say."""
    return [button["text"] for row in entry.keyboard for button in row]


def kinds(entities: Iterable[Json]) -> list[str]:
    """Give the kinds of entities, in their order."""
    return [str(each["type"]) for each in entities]
