from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from bot.core.models import Address, Trouble, Verdict
from bot.core.ports import Asker
from bot.store.sqlite import Store
from tests.talks import Chat, fill
from tests.unit.fakes import HOME, NOW, buttons, text


@pytest_asyncio.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    """Open a store with one blog and three posts."""
    store = Store(tmp_path / "incoming.db")
    await store.open()
    await fill(store)
    yield store
    await store.close()


@pytest.mark.asyncio
async def test_a_conversation(store: Store) -> None:
    """Welcome, topics, filter, latest, status, language and leaving work over the real store, and are kept."""
    chat = Chat(store)
    welcome = await chat.say("/start")
    assert [choice.label for choice in buttons(welcome)] == ["All posts", "Choose topics"]
    grid = await chat.press(welcome, "Choose topics")
    assert [choice.label for choice in buttons(grid)][:4] == ["Diffusion", "Flow matching", "信息时代", "数学研究"]
    grid = await chat.press(grid, "Diffusion")
    assert "Latest: 扩散模型漫谈." in text(grid)
    assert "2 would pass this filter, 1 of those also your topics." in text(await chat.say("/filter -python"))
    (latest,) = [await chat.say("/latest")]
    assert (latest.notice.title, latest.notice.topics[0]) == ("扩散模型漫谈", "Diffusion")
    assert "Gets: Diffusion; filter: -python" in text(await chat.say("/status"))
    assert "以后这里用" in text(await chat.say("/language zh"))
    gone = await chat.say("/unsubscribe")
    assert await chat.subscriptions() == []
    assert text(await chat.press(gone, "撤销")).startswith("好了")
    (back,) = await chat.subscriptions()
    assert (back.filter.topics, back.filter.query) == (("diffusion",), "-python")


@pytest.mark.asyncio
async def test_changing_topics_keeps_the_subscription(store: Store) -> None:
    """A chat keeps its entitlement: ticking changes the filter, not since when it is subscribed."""
    chat = Chat(store)
    await chat.say("/subscribe")
    (before,) = await chat.subscriptions()
    chat.now += timedelta(days=1)
    await chat.say("/topics diffusion")
    await chat.say("/filter -python")
    (after,) = await chat.subscriptions()
    assert (after.id, after.created) == (before.id, before.created)
    assert after.filter.id != before.filter.id


@pytest.mark.asyncio
async def test_showing_is_no_delivery(store: Store) -> None:
    """[Show me] and /latest store nothing about the post."""
    chat = Chat(store)
    await chat.press(await chat.say("/subscribe"), "Show me")
    async with store.begin() as work:
        counts = await work.counts()
        assert (counts["wanted"], counts["sent"], counts["posts"]) == (0, 0, 3)


@pytest.mark.asyncio
async def test_undo_wants_again_what_leaving_dropped(store: Store) -> None:
    """A post that waited when the chat left is wanted again after [Undo]."""
    chat = Chat(store)
    await chat.say("/subscribe")
    (subscription,) = await chat.subscriptions()
    async with store.begin() as work:
        verdict = {subscription.filter.id: Verdict(passes=True)}
        await work.want(3, subscription.feed_id, verdict, NOW)
        assert (await work.counts())["wanted"] == 1
    gone = await chat.say("/unsubscribe")
    async with store.begin() as work:
        assert (await work.counts())["wanted"] == 0
    await chat.press(gone, "Undo")
    async with store.begin() as work:
        assert (await work.counts())["wanted"] == 1


@pytest.mark.asyncio
async def test_operators_add_check_and_remove_feeds(store: Store) -> None:
    """A look runs between two transactions, and its result is in the answer."""
    chat = Chat(store, asker=Asker("1", admin=True, operator=True, language="en"))
    reply = await chat.say("/feeds add https://other.example/feed")
    assert text(reply).splitlines()[:2] == ["New", "https://other.example/feed"]
    chat.trouble = Trouble("not_found", "404 Not Found", NOW)
    assert "there is nothing at its address (404)" in text(await chat.say("/feeds check New"))
    await chat.say("/feeds remove New")
    assert "other.example" not in text(await chat.say("/feeds"))
    assert "configuration file" in text(await chat.say("/feeds remove A Blog"))


@pytest.mark.asyncio
async def test_readers_add_feeds_where_they_may(store: Store) -> None:
    """A good address becomes a subscription, a bad one is taken back."""
    chat = Chat(store, anyone=True)
    assert "New posts from New" in text(await chat.say("/subscribe https://good.example/feed"))
    assert len(await chat.subscriptions()) == 1
    chat.trouble = Trouble("web_page", "text/html", NOW)
    assert "there is a web page" in text(await chat.say("/subscribe https://bad.example/"))
    assert len(await chat.subscriptions()) == 1
    other = Chat(store, address=Address("telegram", "2"), anyone=True)
    assert "New" not in text(await other.say("/subscribe feed:nothing"))


@pytest.mark.asyncio
async def test_a_closed_chat_that_writes_is_open_again(store: Store) -> None:
    """Who unblocks the bot and writes to it gets what was held."""
    chat = Chat(store)
    await chat.say("/subscribe")
    async with store.begin() as work:
        await work.close_place(HOME, "blocked", NOW)
    await chat.say("/help")
    async with store.begin() as work:
        found = await work.chat(HOME)
    assert found is not None
    assert found.closed == ""


@pytest.mark.asyncio
async def test_a_paused_feed_goes_on_when_its_address_is_added_again(store: Store) -> None:
    """It is the same feed under its own name, with its readers, and not a second one beside it."""
    chat = Chat(store, asker=Asker("7", admin=True, operator=True, language="en"))
    await chat.say("/subscribe")
    async with store.begin() as work:
        (feed,) = await work.all_feeds()
        await work.remove_feed(feed.id)
    assert "paused" in text(await chat.say("/status")).casefold()
    assert "already" not in text(await chat.say(f"/feeds add {feed.url}"))
    async with store.begin() as work:
        (again,) = await work.all_feeds()
    assert (again.id, again.name, again.active) == (feed.id, "blog", True)
    assert len(await chat.subscriptions()) == 1
    assert "already" in text(await chat.say(f"/feeds add {feed.url}"))
