"""How SQLite goes about what every look asks, whatever has come together by then."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.store.looks import SQL
from bot.store.sqlite import Store


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("name", "index"),
    [("last", "feed_post_last"), ("feed_filters", "subscription_feed"), ("due_feeds", "feed_due")],
)
async def test_a_look_reads_no_more_than_it_needs(name: str, index: str, tmp_path: Path) -> None:
    """Of the posts that a feed ever showed those of its last document; of subscriptions an index; of feeds the due."""
    store = Store(tmp_path / "incoming.db")
    await store.open()
    await store.close()
    with closing(sqlite3.connect(tmp_path / "incoming.db")) as database:
        plan = database.execute(f"EXPLAIN QUERY PLAN {SQL[name]}", {"feed": 1, "now": 0, "limit": 1}).fetchall()
    assert any(index in row[3] for row in plan)
