"""What an export takes along: every setting of every chat and feed, whatever is added to them later."""

from __future__ import annotations

import contextlib
import json
import stat
from collections.abc import AsyncIterator
from dataclasses import fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot import platforms, transfer
from bot.config import Config, load
from bot.core.errors import SourceError, UsageError
from bot.core.models import Address, Chat, Feed, FeedKind, Hours, PlaceKind, Rhythm
from bot.exported import ChatItem
from bot.store.sqlite import Store, Work
from tests.unit.test_monitorss import BACKUP, FIRST, NEWS, SECOND, THIRD

NOW = datetime(2026, 1, 20, 12, tzinfo=UTC)
CHAT = Chat(
    0,
    Address("telegram", "-1001", "7"),
    PlaceKind.GROUP,
    0,
    title="Lab",
    language="en",
    timezone="Europe/Berlin",
    length=-1,
    formulas="rich",
    silent=True,
    paused_until=datetime(2027, 2, 3, 4, 5, tzinfo=UTC),
    images="off",
    hashtags=False,
    cap=3,
    quiet=Hours(23 * 60, 7 * 60),
    digest=Rhythm(480, 0),
    options=(("publish", "yes"),),
)
"""No setting as it is by default."""
LEFT = {"id", "place_id", "closed", "created", "digest_asked"}
"""What another database gives anew, or finds out by itself."""
FEED = Feed(0, "mine", "https://a.example/f", kind=FeedKind.PAGE, interval=7200.0, from_config=False)


def configured(folder: Path) -> Config:
    """Give a configuration with a database in a folder."""
    settings = {name: platforms.load(name).Settings for name in platforms.NAMES}
    return load(None, settings, given={"database": str(folder / "incoming.db")})


@contextlib.asynccontextmanager
async def work_in(folder: Path) -> AsyncIterator[Work]:
    """Open a transaction on a folder's database."""
    store = Store(folder / "incoming.db")
    await store.open()
    try:
        async with store.begin() as work:
            yield work
    finally:
        await store.close()


def settings(chat: Chat) -> dict[str, Any]:
    """Give what a chat has chosen."""
    return {each.name: getattr(chat, each.name) for each in fields(chat) if each.name not in LEFT}


@pytest.mark.asyncio
async def test_every_setting_comes_along(tmp_path: Path) -> None:
    """Of a chat, its subscription and a feed, each other than the default: the same in another database."""
    default = Chat(0, Address("console", "x"), PlaceKind.PRIVATE, 0)
    assert [name for name, value in settings(CHAT).items() if value == getattr(default, name)] == []
    old, new = tmp_path / "old", tmp_path / "new"
    async with work_in(old) as work:
        feed = await work.put_feed(replace(FEED, next_check=NOW))
        given = {"language": CHAT.language, "timezone": CHAT.timezone}
        chat = await work.open_chat(CHAT.address, CHAT.kind, CHAT.title, NOW, **given)
        await work.save_chat(replace(CHAT, id=chat.id, place_id=chat.place_id))
        await work.subscribe(chat.id, feed, NOW, topics=("diffusion",), query="-loss")
    file = tmp_path / "all.json"
    file.write_text("")
    file.chmod(0o644)
    assert (await transfer.export(configured(old), file)).endswith("1 feed, 1 chat")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    await transfer.import_(configured(new), file, None, contextlib.nullcontext)
    async with work_in(new) as work:
        (feed_found,) = await work.feeds()
        (chat_found,) = await work.chats()
        (subscribed,) = await work.subscriptions(chat_found.id)
    assert settings(chat_found) == settings(CHAT)
    assert (subscribed.filter.topics, subscribed.filter.query) == (("diffusion",), "-loss")
    kept = ("name", "url", "kind", "interval", "from_config")
    assert [getattr(feed_found, name) for name in kept] == [getattr(FEED, name) for name in kept]


def test_the_file_knows_every_setting_there_is() -> None:
    """A setting that a chat gets one day is missing here until the export has it."""
    known = set(ChatItem.model_fields) - {"chat", "subscriptions"}
    assert known == {each.name for each in fields(Chat)} - LEFT - {"address"}


@pytest.mark.asyncio
async def test_all_of_a_file_comes_in_or_nothing(tmp_path: Path) -> None:
    """A chat whose feed the file does not have: one line, and the chats before it are not there either."""
    chats = [
        {"chat": f"telegram:{number}", "kind": "private", "language": "en", "timezone": "UTC", "length": 480}
        | {"formulas": "unicode", "subscriptions": [{"feed": feed}]}
        for number, feed in ((1, "mine"), (2, "lost"))
    ]
    file = tmp_path / "all.json"
    file.write_text(json.dumps({"feeds": [{"name": "mine", "url": "https://a.example/f"}], "chats": chats}))
    with pytest.raises(UsageError, match=r"telegram:2: its feed lost is not in the file"):
        await transfer.import_(configured(tmp_path), file, None, contextlib.nullcontext)
    async with work_in(tmp_path) as work:
        assert (await work.chats(), await work.feeds()) == ([], [])


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("kind", "key", "value"),
    [
        *(("feeds", "interval", each) for each in (1, -5, float("nan"), float("inf"), 1e9)),
        *(("feeds", "url", each) for each in ("https://", "http://[::1", "ftp://a.example/")),
        ("feeds", "name", ""),
        ("chats", "language", "de"),
        ("chats", "formulas", "crayon"),
        *(("chats", "length", each) for each in (-2, 10**30)),
        *(("chats", "cap", each) for each in (-1, 10**30)),
        ("chats", "paused_until", "2026-01-01T00:00:00"),
        ("chats", "quiet", "all night"),
        ("chats", "digest", "hourly"),
        ("chats", "timezone", "Mars/Base"),
        *(("chats", "subscriptions", [{"feed": "mine", "query": each}]) for each in ("(", '"a', "a" * 501)),
    ],
)
async def test_what_a_chat_or_a_configuration_could_not_say_is_refused(
    tmp_path: Path, kind: str, key: str, value: object
) -> None:
    """By the place in the file where it stands: it would come to grief, or be dropped in silence, much later."""
    chat = {"chat": "telegram:1", "kind": "private", "language": "en", "timezone": "UTC", "length": 480}
    whole: dict[str, list[dict[str, object]]] = {
        "feeds": [{"name": "mine", "url": "https://a.example/f"}],
        "chats": [chat | {"formulas": "unicode"}],
    }
    whole[kind][0][key] = value
    file = tmp_path / "all.json"
    file.write_text(json.dumps(whole))
    with pytest.raises(UsageError, match=rf"{kind}\.0\.{key}"):
        await transfer.import_(configured(tmp_path), file, None, contextlib.nullcontext)


@pytest.mark.asyncio
@pytest.mark.parametrize("name", ["all.json", "list.opml"])
async def test_an_address_that_is_watched_comes_in_under_the_name_that_it_has(tmp_path: Path, name: str) -> None:
    """Under another name, scheme or ending, or where it was first, it is no second feed: it would be asked twice."""
    async with work_in(tmp_path) as work:
        moved = await work.feed(await work.put_feed(replace(FEED, next_check=NOW)))
        assert moved is not None
        await work.save_feed(replace(moved, url="https://now.example/f"))
    urls = ("http://A.example/f/", "https://now.example/f", "https://b.example/f", "https://b.example/f/")
    outlines = "".join(f'<outline xmlUrl="{url}"/>' for url in urls)
    chat = {"chat": "telegram:1", "kind": "private", "language": "en", "timezone": "UTC", "length": 480}
    wanted = [{"feed": url} for url in urls]
    feeds = [{"name": url, "url": url} for url in urls]
    whole = {"feeds": feeds, "chats": [chat | {"formulas": "unicode", "subscriptions": wanted}]}
    file, opml = tmp_path / name, name.endswith(".opml")
    file.write_text(f"<opml><body>{outlines}</body></opml>" if opml else json.dumps(whole))
    await transfer.import_(configured(tmp_path), file, "telegram:1" if opml else None, contextlib.nullcontext)
    async with work_in(tmp_path) as work:
        assert [each.name for each in await work.feeds()] == ["mine", "https://b.example/f"]
        (found,) = await work.chats()
        assert len(await work.subscriptions(found.id)) == 2


@pytest.mark.asyncio
async def test_an_export_of_old_comes_in(tmp_path: Path) -> None:
    """Pictures were a switch once: on is below the text, off is off; what is neither that nor a place is refused."""
    chats = [
        {"chat": f"telegram:{number}", "kind": "private", "language": "en", "timezone": "UTC", "length": 480}
        | {"formulas": "unicode", "images": images}
        for number, images in ((1, True), (2, False), (3, "above"))
    ]
    file = tmp_path / "all.json"
    file.write_text(json.dumps({"chats": chats}))
    await transfer.import_(configured(tmp_path), file, None, contextlib.nullcontext)
    async with work_in(tmp_path) as work:
        assert {each.address.place: each.images for each in await work.chats()} == {
            "1": "below",
            "2": "off",
            "3": "above",
        }
    for wrong in ("beside", 1):
        file.write_text(json.dumps({"chats": [chats[0] | {"images": wrong}]}))
        with pytest.raises(UsageError, match=r"chats\.0\.images"):
            await transfer.import_(configured(tmp_path), file, None, contextlib.nullcontext)


@pytest.mark.asyncio
async def test_a_backup_of_monitorss_comes_in(tmp_path: Path) -> None:
    """Its feeds with their titles; a channel that it names is subscribed to its own, any other chat to all."""
    file = tmp_path / "600000000000000001.json"
    file.write_text(BACKUP)
    for chat, added in ((f"discord:{NEWS}", 2), (None, 1), ("telegram:1001", 0)):
        said = await transfer.import_(configured(tmp_path), file, chat, contextlib.nullcontext)
        assert f": {added} feed{'' if added == 1 else 's'} added" in said
    async with work_in(tmp_path) as work:
        feeds = {each.id: each for each in await work.feeds()}
        chats = await work.chats()
        read_by = {
            str(each.address): {feeds[row.feed_id].url for row in await work.subscriptions(each.id)} for each in chats
        }
    titles = {each.url: each.title for each in feeds.values()}
    assert titles == {FIRST: "First blog", SECOND: "二号博客", THIRD: "Of another channel"}
    assert read_by == {f"discord:{NEWS}": {FIRST, SECOND}, "telegram:1001": {FIRST, SECOND, THIRD}}
    file.write_text('{"feeds": [], "filteredFormats": [], "subscribers": []}')
    with pytest.raises(SourceError, match="lists no feed with a web address"):
        await transfer.import_(configured(tmp_path), file, None, contextlib.nullcontext)


@pytest.mark.asyncio
async def test_an_export_says_what_it_leaves_out(tmp_path: Path) -> None:
    """Of a feed that is paused no subscription comes along: a shell without the service's variables pauses them all."""
    async with work_in(tmp_path) as work:
        feed = await work.put_feed(replace(FEED, next_check=NOW), in_config=True)
        chat = await work.open_chat(CHAT.address, CHAT.kind, "", NOW, language="en", timezone="UTC")
        await work.subscribe(chat.id, feed, NOW)
    said = await transfer.export(configured(tmp_path), tmp_path / "all.json")
    assert said.endswith("0 feeds, 1 chat; left out, since it is paused: mine, which 1 chat reads")
