"""What an answer asks of the database about topics, and calls them, where there are many blogs with many categories."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from unittest.mock import patch

import pytest
import pytest_asyncio

from bot.core.models import Feed
from bot.store.sqlite import Store, Work
from bot.topics.rules import category_key
from tests.talks import Chat, fill
from tests.unit.fakes import NOW, button, text

BLOGS = 12


@pytest_asyncio.fixture
async def chat(tmp_path: Path) -> AsyncIterator[Chat]:
    """Subscribe a chat to blogs of which the last alone has the category that is ticked for all; others watch more."""
    store = Store(tmp_path / "incoming.db")
    await store.open()
    await fill(store)
    chat = Chat(store)
    async with store.begin() as work:
        for number in range(2 * BLOGS):
            feed = Feed(0, f"b{number}", f"https://b{number}.example/", from_config=True, baseline=True)
            feed_id = await work.put_feed(feed)
            await work.add_categories(feed_id, [(f"c{number}", f"C {number}")])
    for number in range(BLOGS):
        await chat.say(f"/subscribe b{number}")
    async with store.begin() as work:
        for each in await chat_subscriptions(work, chat):
            await work.subscribe(*each, NOW, topics=(f"c{BLOGS - 1}", "diffusion", "long-gone"))
    yield chat
    await store.close()


async def chat_subscriptions(work: Work, chat: Chat) -> list[tuple[int, int]]:
    """Give the chat's subscriptions, as the chat and the feed of each."""
    stored = await work.chat(chat.address)
    assert stored is not None
    return [(each.chat_id, each.feed_id) for each in await work.subscriptions(stored.id)]


@pytest.mark.asyncio
@pytest.mark.parametrize(("line", "listed"), [("/status", 0), ("/topics feed:b3", 1)])
async def test_names_of_ticked_topics_are_asked_for_once(chat: Chat, line: str, listed: int) -> None:
    """By their keys, for all blogs together: no blog's categories are read to find out what one of them is called."""
    read, asked = Work.topics, Work.called
    lists: list[int] = []
    names: list[list[str]] = []

    async def topics(work: Work, *feeds: int) -> object:
        lists.append(len(feeds))
        return await read(work, *feeds)

    async def called(work: Work, keys: list[str], feeds: list[int]) -> object:
        names.append(list(keys))
        return await asked(work, keys, feeds)

    with patch.object(Work, "topics", topics), patch.object(Work, "called", called):
        said = text(await chat.say(line))
    assert sum(lists) == listed
    assert names == [[f"c{BLOGS - 1}", "long-gone"]]
    assert said.count(f"C {BLOGS - 1}, Diffusion, long-gone") == (1 if listed else BLOGS)


@pytest.mark.asyncio
async def test_nobody_reads_a_hash(chat: Chat) -> None:
    """A category that no blog has shown yet is called as its chooser did, and "unknown" where nobody knows."""
    key = category_key("数学")
    async with chat.store.begin() as work:
        (_, first), *_ = found = await chat_subscriptions(work, chat)
        for each in found:
            await work.subscribe(*each, NOW, topics=(key,))
    for line in ("/status", "/topics", "/topics feed:b3"):
        assert "unknown category" in text(await chat.say(line))
    assert button(await chat.say("/topics"), "unknown category").on
    async with chat.store.begin() as work:
        await work.name_category(first, key, "数学")
    for line in ("/status", "/topics", "/topics feed:b3"):
        assert "数学" in text(await chat.say(line))
