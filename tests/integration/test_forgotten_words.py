"""A reader's own words, in filters: kept while somebody filters by them, and no longer."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.core.models import Address
from bot.core.ports import Asker
from bot.store.retention import UNDO
from bot.store.sqlite import Store
from tests.talks import Chat


async def words(store: Store) -> str:
    """Give all that stands in filters."""
    rows = await store._engine.reader.execute_fetchall("SELECT query FROM filter ORDER BY id")
    return " ".join(row["query"] for row in rows)


async def forget(chat: Chat) -> dict[str, int]:
    """Take a step of retention."""
    async with chat.store.begin() as work:
        return dict(await work.prune(chat.now))


@pytest.mark.asyncio
async def test_who_deletes_everything_deletes_the_words_of_the_filter(filled: Store) -> None:
    """At once, as the answer says; what another chat filters by stays."""
    chat, other = Chat(filled), Chat(filled, address=Address("telegram", "8"), asker=Asker("8", admin=True))
    for each, line in ((chat, "/filter salary"), (other, "/filter python")):
        await each.say("/subscribe")
        await each.say(line)
    await chat.say("/stop delete")
    assert "salary" not in await words(filled)
    assert "python" in await words(filled)
    assert [each.filter.query for each in await other.subscriptions()] == ["python"]


@pytest.mark.asyncio
async def test_the_words_of_an_earlier_filter_are_forgotten(filled: Store) -> None:
    """They are nobody's setting any more; to choose them again is to say them again."""
    chat = Chat(filled)
    for line in ("/subscribe", "/filter salary", "/filter -tax"):
        await chat.say(line)
    assert await forget(chat) == {"filters": 1}
    assert await forget(chat) == {}
    assert "salary" not in await words(filled)
    await chat.say("/filter salary")
    assert [each.filter.query for each in await chat.subscriptions()] == ["salary"]


@pytest.mark.asyncio
async def test_words_that_undo_brings_back_are_kept_for_as_long(filled: Store) -> None:
    """A subscription that has ended is brought back with its filter, for thirty days."""
    chat = Chat(filled)
    for line in ("/subscribe", "/filter salary", "/unsubscribe"):
        await chat.say(line)
    assert await forget(chat) == {}
    assert "salary" in await words(filled)
    chat.now += UNDO + timedelta(days=1)
    assert await forget(chat) == {"ended": 1}
    assert await forget(chat) == {"filters": 1}
    assert "salary" not in await words(filled)


@pytest.mark.asyncio
async def test_no_words_keep_others_from_being_forgotten(filled: Store) -> None:
    """An import may bring a filter that looks as one does that was forgotten; who deletes everything meets no fault."""
    chat, other = Chat(filled), Chat(filled, address=Address("telegram", "8"), asker=Asker("8", admin=True))
    for each, line in ((chat, "/filter salary"), (other, "/filter python")):
        await each.say("/subscribe")
        await each.say(line)
    (gone,) = await chat.subscriptions()
    (kept,) = await other.subscriptions()
    async with filled.begin() as work:
        await work.subscribe(kept.chat_id, kept.feed_id, other.now, query=f"\x1f{gone.filter.id}")
    await chat.say("/stop delete")
    assert "salary" not in await words(filled)
    assert [each.filter.query for each in await other.subscriptions()] == [f"\x1f{gone.filter.id}"]
