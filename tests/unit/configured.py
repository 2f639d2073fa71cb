"""Configurations read, from files and from the environment."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr

from bot import config
from bot.config import Config
from bot.core.errors import ConfigError
from bot.sections import Section

FEED = "https://blog.example/feed"


class Settings(Section):
    """What a platform may be told, in these tests."""

    token: SecretStr | None = None
    api_base: str = "https://api.example/bot"
    operators: tuple[int, ...] = ()


def load(file: Path | None = None, text: str = "") -> Config:
    """Read a configuration, from a file with this text or from the environment alone."""
    if file is not None:
        file.write_text(text, encoding="utf-8")
    return config.load(file, {"telegram": Settings})


def refused(file: Path | None = None, text: str = "") -> str:
    """Read a configuration that is wrong; give the one line."""
    with pytest.raises(ConfigError) as caught:
        load(file, text)
    line = str(caught.value)
    assert "\n" not in line
    assert "hunter2" not in line
    return line if file is None else line.removeprefix(f"{file}: ")
