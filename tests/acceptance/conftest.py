"""What most scenes need: a blog, a Telegram with one reader, and the program between them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.acceptance.harness import READER, Program
from tests.emulators.blog import Blog
from tests.emulators.telegram import Telegram


@pytest_asyncio.fixture
async def telegram() -> AsyncIterator[Telegram]:
    """Run a Telegram with one private chat."""
    async with Telegram() as server:
        server.world.add_chat(READER)
        yield server


@pytest_asyncio.fixture
async def blog() -> AsyncIterator[Blog]:
    """Run a blog."""
    async with Blog() as server:
        yield server


@pytest.fixture
def program(tmp_path: Path, blog: Blog, telegram: Telegram) -> Program:
    """Give the program, configured for the two."""
    return Program(tmp_path, blog, telegram)
