"""What a reading process loads at its start: each module that it need not have costs a millisecond or more."""

from __future__ import annotations

import subprocess
import sys

import pytest

from bot.sources.worker import _environment

NOT_NEEDED = ("bot.core.models", "bot.reading.tex.written", "opencc", "statistics")
"""What an ordinary feed can be read without."""


@pytest.fixture(scope="module")
def loaded() -> frozenset[str]:
    """Name the modules that a process has when it begins to read."""
    asked = "import bot.sources.child, sys; print(*sys.modules)"
    said = subprocess.run(
        (sys.executable, "-S", "-P", "-c", asked), env=_environment(), check=True, capture_output=True, text=True
    )
    return frozenset(said.stdout.split())


@pytest.mark.parametrize("module", NOT_NEEDED)
def test_a_process_starts_without_what_an_ordinary_feed_does_not_need(loaded: frozenset[str], module: str) -> None:
    """It comes when a document needs it, if ever."""
    assert "bot.sources.feed" in loaded
    assert module not in loaded
