"""What most scenes need: a Telegram with one reader."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.acceptance.harness import READER
from tests.emulators.telegram import Telegram


@pytest_asyncio.fixture
async def telegram() -> AsyncIterator[Telegram]:
    """Run a Telegram with one private chat."""
    async with Telegram() as server:
        server.world.add_chat(READER)
        yield server
