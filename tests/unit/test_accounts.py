from __future__ import annotations

import pytest
from pydantic import SecretStr

from bot import platforms
from bot.core.ports import Platform
from bot.platforms.discord.platform import Discord
from bot.platforms.discord.settings import DiscordSettings
from bot.platforms.telegram.platform import Telegram
from bot.platforms.telegram.settings import TelegramSettings


def of(platform: str, token: str) -> Platform:
    """Make a platform with a token."""
    if platform == "telegram":
        return Telegram(TelegramSettings(token=SecretStr(token)))
    return Discord(DiscordSettings(token=SecretStr(token)))


@pytest.mark.parametrize(
    ("platform", "token", "account"),
    [
        ("telegram", "123456:no-token-that-works", "123456"),
        ("telegram", "no token at all", ""),
        ("telegram", "\u0662:digits of another script", ""),
        ("discord", "OTk5MDAwMTExMjIyMzMzNDQ0.first.second", "999000111222333444"),
        ("discord", "Nzc3.first.second", "777"),
        ("discord", "bm9uZQ.first.second", ""),
        ("discord", "/w8.first.second", ""),
        ("discord", "no token at all", ""),
    ],
)
def test_a_token_says_whose_it_is(platform: str, token: str, account: str) -> None:
    """Telegram writes the bot's number before the colon, Discord in base64 before the first dot; else nobody knows."""
    assert of(platform, token).account == account


@pytest.mark.parametrize("name", [*platforms.NAMES, platforms.CONSOLE])
def test_without_a_token_there_is_no_account(name: str) -> None:
    """Neither for a sketch nor on the terminal."""
    assert platforms.load(name).sketch().account == ""
