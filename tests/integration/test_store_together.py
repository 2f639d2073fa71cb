"""Transactions that share a commit: each is whole, and none suffers for another."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from bot.core.errors import StoreError
from bot.core.models import Address, Feed
from bot.store import engine, together
from bot.store.sqlite import Store, Work
from tests.clock import START


async def count(work: Work) -> int:
    """Add one to a counter."""
    number = int(await work.meta("count") or 0) + 1
    await work.set_meta("count", str(number))
    return number


@pytest.mark.asyncio
async def test_fifty_at_once_are_done_one_after_the_other(store: Store) -> None:
    """Each sees what the one before it wrote, and gets its own answer."""
    assert await asyncio.gather(*(store.together(count) for _ in range(50))) == list(range(1, 51))


@pytest.mark.asyncio
async def test_one_that_fails_leaves_nothing_behind_and_the_others_stand(store: Store) -> None:
    """It hears its own error; what shared its commit is there."""

    async def fail(work: Work) -> int:
        await count(work)
        raise ZeroDivisionError

    answers = await asyncio.gather(*map(store.together, (count, fail, count)), return_exceptions=True)
    assert [answers[0], type(answers[1]), answers[2]] == [1, ZeroDivisionError, 2]


@pytest.mark.asyncio
async def test_one_that_ruins_the_shared_transaction_ruins_nobody_elses(store: Store) -> None:
    """As a full disk does, which takes the whole transaction back: each gets one of its own then."""

    async def ruin(work: Work) -> int:
        await work._db.execute("ROLLBACK")
        raise sqlite3.OperationalError

    answers = await asyncio.gather(*map(store.together, (count, ruin, count)), return_exceptions=True)
    assert [answers[0], type(answers[1]), answers[2]] == [1, sqlite3.OperationalError, 2]
    async with store.begin() as work:
        assert await work.meta("count") == "2"


@pytest.mark.asyncio
async def test_one_that_does_not_notice_that_its_transaction_is_gone_has_failed(store: Store) -> None:
    """What it took back with it is there, once: the others get transactions of their own."""

    async def lose(work: Work) -> int:
        await work._db.execute("ROLLBACK")
        return 0

    answers = await asyncio.gather(*map(store.together, (count, lose, count)), return_exceptions=True)
    assert [answers[0], type(answers[1]), answers[2]] == [1, sqlite3.OperationalError, 2]
    async with store.begin() as work:
        assert await work.meta("count") == "2"


@pytest.mark.asyncio
async def test_one_that_waits_for_something_else_is_a_fault(store: Store) -> None:
    """The connection's thread has no event loop to wait in."""

    async def wait(work: Work) -> int:
        await count(work)
        await asyncio.sleep(0)
        return 1

    with pytest.raises(RuntimeError, match="waits for something else"):
        await store.together(wait)
    assert await store.together(count) == 1


@pytest.mark.asyncio
async def test_it_takes_turns_with_other_transactions(store: Store) -> None:
    """What another one has under way is neither seen nor committed with it."""
    async with store.begin() as work:
        await work.set_meta("count", "10")
        waiting = asyncio.create_task(store.together(count))
        await asyncio.sleep(0.01)
        assert not waiting.done()
    assert await waiting == 11


@pytest.mark.asyncio
async def test_a_lock_is_said_with_what_helps(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process holds the file: nothing is done, and it is no mystery."""
    monkeypatch.setattr(engine, "DEFAULT_BUSY", 20)
    impatient = Store(tmp_path / "incoming.db")
    await impatient.open()
    other = sqlite3.connect(tmp_path / "incoming.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="another process keeps it locked"):
        await impatient.together(count)
    other.execute("ROLLBACK")
    other.close()
    assert await impatient.together(count) == 1
    await impatient.close()


@pytest.mark.asyncio
async def test_closing_waits_for_what_is_under_way(tmp_path: Path) -> None:
    """What was handed over before the end is committed."""
    path = tmp_path / "incoming.db"
    store = Store(path)
    await store.open()
    tasks = [asyncio.create_task(store.together(count)) for _ in range(5)]
    await asyncio.sleep(0)
    await store.close()
    assert await asyncio.gather(*tasks) == [1, 2, 3, 4, 5]


@pytest.mark.asyncio
async def test_who_is_cancelled_as_the_answer_comes_is_cancelled(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody drains any more then, and the answer is there: a loop that is told to end must not go round again."""
    rounds: list[int] = []

    async def loop() -> None:
        while True:
            rounds.append(await store.together(count))

    task = asyncio.create_task(loop())
    told = together._Job.tell

    def tell(job: together._Job[int]) -> None:
        told(job)
        task.cancel()

    monkeypatch.setattr(together._Job, "tell", tell)
    done, _ = await asyncio.wait([task], timeout=10)
    assert done
    assert task.cancelled()
    assert rounds == []


READS: dict[str, Callable[[Store], Coroutine[Any, Any, Any]]] = {
    "due feeds": lambda store: store.due_feeds(START, 10),
    "next check": lambda store: store.next_check(),
    "chat": lambda store: store.chat(Address("telegram", "1")),
    "next due": lambda store: store.outbox.next_due("telegram", ()),
}


@pytest.mark.asyncio
@pytest.mark.parametrize("read", READS)
async def test_a_read_that_is_given_up_holds_nobody_at_its_view(
    store: Store, read: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever reads after a commit sees it, also while another read has got no further than its first step."""
    async with store.begin() as work:
        await work.put_feed(Feed(id=0, name="blog", url="https://blog.example/feed", next_check=START))
    reading = asyncio.create_task(READS[read](store))
    real, stopped, steps = together.Connection._execute, asyncio.Event(), 0

    async def first_step_only(self: together.Connection, *args: Any) -> Any:
        nonlocal steps
        if asyncio.current_task() is reading:
            steps += 1
            if steps > 1:
                stopped.set()
                await asyncio.Event().wait()
        return await real(self, *args)  # type: ignore[no-untyped-call]  # the library's own

    monkeypatch.setattr(together.Connection, "_execute", first_step_only)
    stop = asyncio.create_task(stopped.wait())
    await asyncio.wait([reading, stop], return_when=asyncio.FIRST_COMPLETED)
    async with store.begin() as work:
        await work.put_feed(Feed(id=0, name="other", url="https://other.example/feed", next_check=START))
    assert [feed.name for feed in await store.facts.feeds()] == ["blog", "other"]
    reading.cancel()
    stop.cancel()
