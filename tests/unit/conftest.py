"""What the commands' tests talk to."""

from __future__ import annotations

import pytest

from tests.unit.fakes import Talk, blog


@pytest.fixture
def talk() -> Talk:
    """Talk privately with the bot of a blog with four posts."""
    return Talk(blog())
