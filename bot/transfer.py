"""``incoming export`` and ``import``: what an operator takes along, or brings from another bot."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from bot.admin import parse_address, working
from bot.advice import counted
from bot.clock import SystemClock
from bot.config import Config
from bot.core import timing
from bot.core.errors import SourceError, UsageError
from bot.core.models import Chat, Feed
from bot.exported import ChatItem, Export, FeedItem, SubscriptionItem
from bot.log import clean
from bot.sections import address_key
from bot.sources import monitorss, opml
from bot.store.sqlite import Work

MAX_BYTES: Final = 256 * 1024 * 1024

Progress = Callable[[Iterable[Any]], contextlib.AbstractContextManager[Iterable[Any]]]
"""Shows on a terminal how far a long row of things has come."""


# -- out --------------------------------------------------------------------------------------------------------------


async def export(config: Config, path: Path) -> str:
    """Write chats, subscriptions and filters as JSON, or feeds as OPML where the name ends so; give what was done."""
    async with working(config) as work:
        feeds = await work.feeds()
        if path.suffix == ".opml":
            text = opml.write(opml.Outline(feed.url, feed.title or feed.name) for feed in feeds)
            _write(path, text)
            return f"{path}: {counted(len(feeds), 'feed')}"
        found, paused = await _everything(work, feeds), await work.left_behind()
    _write(path, found.model_dump_json(indent=1) + "\n")
    return f"{path}: {_counts(found)}{_left_out(paused)}"


def _counts(found: Export) -> str:
    return f"{counted(len(found.feeds), 'feed')}, {counted(len(found.chats), 'chat')}"


def _left_out(paused: Mapping[str, int]) -> str:
    """Say whose subscriptions an export does not have: those that were taken out, or that a shell knows nothing of."""
    names = ", ".join(
        f"{clean(name)}, which {counted(n, 'chat')} {'read' if n > 1 else 'reads'}" for name, n in paused.items()
    )
    return f"; left out, since {'they are' if len(paused) > 1 else 'it is'} paused: {names}" if paused else ""


async def _everything(work: Work, feeds: Iterable[Feed]) -> Export:
    names = {feed.id: feed.name for feed in feeds}
    items = [
        FeedItem(name=each.name, url=each.url, kind=each.kind, interval=each.interval, from_config=each.from_config)
        for each in feeds
    ]
    chats = [await _chat_item(work, chat, names) for chat in await work.chats()]
    return Export(feeds=tuple(items), chats=tuple(chats))


async def _chat_item(work: Work, chat: Chat, names: dict[int, str]) -> ChatItem:
    return ChatItem(
        chat=str(chat.address),
        kind=chat.kind,
        title=chat.title,
        language=chat.language,
        timezone=chat.timezone,
        length=chat.length,
        formulas=chat.formulas,
        silent=chat.silent,
        images=chat.images,
        hashtags=chat.hashtags,
        cap=chat.cap,
        quiet=timing.write_hours(chat.quiet),
        digest=timing.write_rhythm(chat.digest),
        paused_until=chat.paused_until,
        options=dict(chat.options),
        subscriptions=tuple(
            SubscriptionItem(feed=names[each.feed_id], topics=each.filter.topics, query=each.filter.query)
            for each in await work.subscriptions(chat.id)
            if each.feed_id in names
        ),
    )


def _write(path: Path, text: str) -> None:
    """Write a file that its owner alone can read: it says who reads what."""
    try:
        path.touch(mode=0o600, exist_ok=True)
        path.chmod(0o600)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        msg = f"{path}: cannot be written: {error.strerror}; name another file"
        raise UsageError(msg) from error


# -- in ---------------------------------------------------------------------------------------------------------------


async def import_(config: Config, path: Path, chat: str | None, progress: Progress) -> str:
    """Read what ``export`` wrote, a list of feeds in OPML, or a backup of MonitoRSS; give what was done.

    All of it comes in, or nothing. What is there already stays as it is, but for settings and subscriptions of the
    file's chats. ``chat`` subscribes a chat to each feed of a list, as other bots' exports are lists of one chat; a
    backup of MonitoRSS is of a server, so a channel that it names gets its own feeds.
    """
    body = _read(path)
    if body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return await _import_list(config, path, lambda _: opml.read(body), chat, progress)
    found = _parsed(path, body)
    if monitorss.is_backup(found):
        return await _import_list(config, path, lambda channel: monitorss.read(found, channel), chat, progress)
    if chat is not None:
        msg = "--chat: goes with a list of feeds; this file names its chats itself"
        raise UsageError(msg)
    return await _import_json(config, path, found, progress)


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_BYTES:
            msg = f"{path} is larger than {MAX_BYTES // 1024 // 1024} MB; that is no export of this program"
            raise UsageError(msg)
        return path.read_bytes()
    except OSError as error:
        msg = f"{path}: cannot be read: {error.strerror}; name a file that `export` wrote, or another bot's"
        raise UsageError(msg) from error


def _parsed(path: Path, body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise _neither(path, "no JSON") from None


def _neither(path: Path, why: str) -> UsageError:
    return UsageError(f"{path} is no export of this program, no OPML list and no backup of MonitoRSS: {clean(why)}")


async def _import_list(
    config: Config, path: Path, read: Callable[[str], Sequence[opml.Outline]], chat: str | None, progress: Progress
) -> str:
    """Bring in what ``read`` finds for a channel, empty for everything."""
    target = parse_address(chat) if chat else None
    try:
        outlines = read(target[0].thread or target[0].place if target else "")
    except SourceError as error:
        msg = f"{path}: {error}"
        raise SourceError(msg) from error
    if not outlines:
        msg = f"{path}: lists no feed with a web address"
        raise SourceError(msg)
    now = SystemClock().now()
    async with working(config) as work:
        ids = _by_address(await work.feeds())
        before = len(ids)
        with progress(outlines) as rows:
            for each in rows:
                if address_key(each.url) not in ids:
                    feed = Feed(id=0, name=each.url, url=each.url, title=each.title, next_check=now)
                    ids[address_key(each.url)] = await work.put_feed(feed)
        if target is not None:
            address, kind = target
            opened = await work.open_chat(address, kind, "", now, language=config.language, timezone=config.timezone)
            have = {each.feed_id for each in await work.subscriptions(opened.id)}
            for feed_id in dict.fromkeys(ids[address_key(each.url)] for each in outlines):
                if feed_id not in have:
                    await work.subscribe(opened.id, feed_id, now)
    added = len(ids) - before
    subscribed = f"; {chat} is subscribed to them" if chat else ""
    had = len(outlines) - added
    return f"{path}: {counted(added, 'feed')} added, {had} {'was' if had == 1 else 'were'} there already{subscribed}"


def _by_address(feeds: Sequence[Feed]) -> dict[str, int]:
    """Give feeds' ids by their addresses: where they are, and where they were asked for unless another one is there."""
    asked = {address_key(feed.asked): feed.id for feed in feeds}
    return asked | {address_key(feed.url): feed.id for feed in feeds}


async def _import_json(config: Config, path: Path, document: object, progress: Progress) -> str:
    if not isinstance(document, dict):
        raise _neither(path, "it is no JSON object")
    try:
        found = Export.model_validate(document)
    except (ValidationError, RecursionError) as error:
        first = error.errors(include_url=False, include_input=False)[0] if isinstance(error, ValidationError) else None
        raise _neither(path, f"{'.'.join(map(str, first['loc']))}: {first['msg']}" if first else "no JSON") from None
    if not found.model_fields_set & {"feeds", "chats"}:
        raise _neither(path, "there are neither feeds nor chats in it")
    now = SystemClock().now()
    async with working(config) as work:
        watched = await work.feeds()
        names = {feed.name: feed.id for feed in watched}
        ids = _by_address(watched)
        for item in found.feeds:
            if item.name in names:
                continue
            if (key := address_key(item.url)) not in ids:
                ids[key] = await work.put_feed(Feed(id=0, next_check=now, **item.model_dump()))
            names[item.name] = ids[key]
        with progress(found.chats) as rows:
            for each in rows:
                await _import_chat(work, each, names, now)
    return f"{path}: {_counts(found)}"


async def _import_chat(work: Work, item: ChatItem, names: dict[str, int], now: datetime) -> None:
    address, _ = parse_address(item.chat)
    chat = await work.open_chat(address, item.kind, item.title, now, language=item.language, timezone=item.timezone)
    settings = item.model_dump(include=_PLAIN)
    hours, rhythm = timing.read_hours(item.quiet), timing.read_rhythm(item.digest)
    await work.save_chat(replace(chat, quiet=hours, digest=rhythm, options=tuple(item.options.items()), **settings))
    for each in item.subscriptions:
        if each.feed not in names:
            msg = f"{item.chat}: its feed {clean(each.feed)} is not in the file; add it under feeds"
            raise UsageError(msg)
        await work.subscribe(chat.id, names[each.feed], now, topics=each.topics, query=each.query)


_PLAIN: Final = {
    "language",
    "timezone",
    "length",
    "formulas",
    "silent",
    "images",
    "hashtags",
    "cap",
    "paused_until",
}
"""Settings that stand in the file as they stand in a chat."""
