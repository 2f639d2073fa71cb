"""What most of these tests stand on: a store over a new file, empty, with a blog, or with a whole world around it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bot.store.sqlite import Store
from tests.talks import fill
from tests.world import World, open_world


@pytest_asyncio.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    """Open a store over a new file."""
    made = Store(tmp_path / "incoming.db")
    await made.open()
    yield made
    await made.close()


@pytest_asyncio.fixture
async def filled(store: Store) -> Store:
    """Put one blog with three posts into the store."""
    await fill(store)
    return store


@pytest_asyncio.fixture
async def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    """Open a world."""
    async with open_world(tmp_path / "incoming.db", monkeypatch) as opened:
        yield opened
