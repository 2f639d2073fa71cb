"""What the commands' tests talk to, and where those of the configuration read."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot import config
from tests.unit.fakes import Talk, blog


@pytest.fixture
def talk() -> Talk:
    """Talk privately with the bot of a blog with four posts."""
    return Talk(blog())


@pytest.fixture
def secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put a folder of this test in the place of /run/secrets."""
    folder = tmp_path / "secrets"
    monkeypatch.setattr(config, "SECRETS", folder)
    return folder


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Name a configuration file that is not there yet."""
    return tmp_path / "config.toml"
