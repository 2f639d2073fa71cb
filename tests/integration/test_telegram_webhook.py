"""The webhook: who may bring updates, what is kept, and what happens over restarts; and two programs with one token."""

from __future__ import annotations

import asyncio
import contextlib
import io
import socket
from collections.abc import AsyncIterator
from typing import NoReturn

import aiohttp
import pytest
import pytest_asyncio
from pydantic import SecretStr, ValidationError
from structlog.testing import capture_logs

from bot.core.errors import ConfigError
from bot.platforms.telegram.platform import Telegram as Platform
from bot.platforms.telegram.settings import WebhookSettings
from bot.platforms.telegram.webhook import BODY, Webhook
from tests.emulators.telegram import Telegram
from tests.emulators.telegram_bot import Bot
from tests.emulators.telegram_doors import House, MemoryInbox, settings

SECRET = "a-secret-that-nobody-guesses"
HEADER = "X-Telegram-Bot-Api-Secret-Token"


def hook(port: int = 0) -> WebhookSettings:
    """Make settings."""
    return WebhookSettings(url="https://bot.example/telegram", secret=SecretStr(SECRET), port=port)


def free_port() -> int:
    """Find a port that nobody uses."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@pytest_asyncio.fixture
async def telegram() -> AsyncIterator[Telegram]:
    """Give an emulator."""
    async with Telegram() as server:
        yield server


def webhook_bot(telegram: Telegram, house: House | None = None) -> Bot:
    """Make a bot that is brought its updates."""
    bot = Bot(telegram)
    bot.house = house or bot.house
    port = free_port()
    bot.platform = Platform(settings(telegram, webhook=hook(port)), bot.house.doors())
    telegram.courier.proxy = lambda: f"http://127.0.0.1:{port}"
    return bot


@pytest.mark.asyncio
async def test_updates_are_brought_kept_and_answered(telegram: Telegram) -> None:
    """Telegram is told the address, the secret and the kinds; nothing is asked for, nothing comes twice."""
    bot = webhook_bot(telegram)
    asked = await bot.hears(lambda: bot.world.say(5, 5, "/one"), lambda: bot.world.say(5, 5, "/two"))
    assert [ask.name for ask in asked] == ["one", "two"]
    methods = [one.method for one in bot.world.requests]
    assert "getUpdates" not in methods
    assert "deleteWebhook" not in methods
    assert telegram.world.webhook is not None
    assert telegram.world.webhook["secret_token"] == SECRET
    assert telegram.courier.answers == [200, 200]


@pytest.mark.asyncio
async def test_a_port_that_is_taken_keeps_the_bot_from_starting(telegram: Telegram) -> None:
    """It would be deaf without a word; the error says which port, and what to change. So it does if taken later."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        platform = Platform(settings(telegram, webhook=hook(port)), Bot(telegram).house.doors())
        with pytest.raises(ConfigError, match=rf"127.0.0.1 port {port} cannot be had: .*; choose another"):
            async with platform.listen(nobody):
                pytest.fail("it listens")
        with pytest.raises(ConfigError, match=rf"127.0.0.1 port {port} cannot be had: .*; choose another"):
            await Webhook(hook(port), MemoryInbox(), nobody).__aenter__()
    await platform.close()


async def nobody(*_: object) -> NoReturn:
    """Be asked nothing."""
    pytest.fail("somebody asks")


@pytest.mark.asyncio
async def test_what_cannot_be_kept_is_brought_again(telegram: Telegram) -> None:
    """A database that fails answers 500; the update comes again and is dealt with once."""
    bot = webhook_bot(telegram)
    bot.house.inbox.failures = 2
    asked = await bot.hears(lambda: bot.world.say(5, 5, "/one"))
    assert len(asked) == 1
    assert telegram.courier.answers == [500, 500, 200]


@pytest.mark.asyncio
async def test_no_update_is_lost_over_a_restart(telegram: Telegram) -> None:
    """What comes while the program is down waits at Telegram, and what is brought twice is done once."""
    first = webhook_bot(telegram)
    await first.hears(lambda: first.world.say(5, 5, "/one"))
    second = webhook_bot(telegram, first.house)
    while_down = telegram.world.say(5, 5, "/two")
    telegram.world.updates.insert(0, {**telegram.world.updates[0], "update_id": 1000})
    async with second.listening():
        await second.settled(while_down)
    assert [ask.name for ask in first.desk.asked] == ["one"]
    assert [ask.name for ask in second.desk.asked] == ["two"]


@pytest.mark.asyncio
async def test_one_pass_takes_the_webhook_away_for_its_time(telegram: Telegram) -> None:
    """``once`` has no time to wait for somebody who brings updates."""
    bot = webhook_bot(telegram)
    telegram.courier.proxy = str
    async with bot.listening():
        await bot.until(lambda: telegram.world.webhook is not None)
    number = telegram.world.say(5, 5, "/one")
    await bot.platform.catch_up(bot.desk)
    await bot.platform.close()
    assert number in bot.house.inbox.finished
    assert telegram.world.webhook is None


@contextlib.asynccontextmanager
async def posting(inbox: MemoryInbox, taken: list[int]) -> AsyncIterator[tuple[aiohttp.ClientSession, str]]:
    """Open a webhook alone, and a client for it."""

    async def take(number: int, _: str) -> None:
        taken.append(number)

    async with Webhook(hook(), inbox, take) as webhook, aiohttp.ClientSession() as session:
        yield session, f"http://127.0.0.1:{webhook.port}"


@pytest.mark.asyncio
async def test_only_who_knows_the_secret_may_bring_updates() -> None:
    """Another secret, none, another path, another method, garbage and too much are all refused without being kept."""
    inbox, taken = MemoryInbox(), list[int]()
    good = {HEADER: SECRET}
    async with posting(inbox, taken) as (session, base):
        statuses = []
        for path, headers, body in (
            ("/telegram", {HEADER: SECRET[:-1]}, b'{"update_id": 1}'),
            ("/telegram", {HEADER: "密".encode().decode("latin-1")}, b'{"update_id": 1}'),
            ("/telegram", {}, b'{"update_id": 1}'),
            ("/", good, b'{"update_id": 1}'),
            ("/telegram", good, b"{"),
            ("/telegram", good, b"[" * 100_000),
            ("/telegram", good, b'{"update_id": "x"}'),
            ("/telegram", good, b"[1]"),
            ("/telegram", good, b'{"update_id": 1, "x": "' + b"y" * BODY + b'"}'),
        ):
            async with session.post(base + path, data=io.BytesIO(body), headers=headers) as response:
                statuses.append(response.status)
        async with session.get(base + "/telegram", headers=good) as response:
            statuses.append(response.status)
        assert statuses == [403, 403, 403, 404, 400, 400, 400, 400, 413, 405]
        assert taken == []
        async with session.post(base + "/telegram", data=b'{"update_id": 7}', headers=good) as response:
            assert response.status == 200
    assert taken == [7]
    assert set(inbox.raw) == {7}


@pytest.mark.parametrize(
    "given",
    [
        {"url": "http://bot.example/", "secret": SECRET},
        {"url": "https:///x", "secret": SECRET},
        {"url": "https://bot.example/", "secret": "short"},
        {"url": "https://bot.example/", "secret": "has blanks and is long enough"},
        {"url": "https://bot.example/", "secret": SECRET, "port": 70000},
        {"url": "https://bot.example/", "secret": SECRET, "path": "/x"},
    ],
)
def test_settings_that_cannot_work_are_refused(given: dict[str, object]) -> None:
    """Telegram brings updates over HTTPS only, and a secret that can be guessed is none."""
    with pytest.raises(ValidationError) as refused:
        WebhookSettings.model_validate(given)
    assert SECRET not in str(refused.value)


@pytest.mark.asyncio
async def test_two_programs_with_one_token_are_told_apart_clearly_and_once(telegram: Telegram) -> None:
    """Each ends the other's poll: each log says so, in one line, with what to do."""
    one, two = Bot(telegram), Bot(telegram)
    with capture_logs() as logs:
        async with one.listening(), two.listening():
            await one.until(lambda: sum(each.status == 409 for each in telegram.world.requests) > 6)
            telegram.world.say(5, 5, "/one")
            await one.until(lambda: bool(one.desk.asked or two.desk.asked))
            await asyncio.sleep(0.05)
    said = [each for each in logs if each["event"] == "telegram.poll_failed"]
    assert len(said) == 2
    assert all("another program polls with this token" in each["error"] for each in said)


@pytest.mark.asyncio
async def test_a_webhook_of_somebody_else_is_said_as_that(telegram: Telegram) -> None:
    """A webhook that was set after the start stops the poll; the log says what to do."""
    bot = Bot(telegram)
    with capture_logs() as logs:
        async with bot.listening():
            await bot.settled(bot.world.say(5, 5, "/one"))
            telegram.world.webhook = {"url": "https://elsewhere.example/"}
            bot.world.say(5, 5, "/two")
            await bot.until(lambda: len(logs) > 0)
            telegram.world.webhook = None
            await bot.until(lambda: len(bot.desk.asked) == 2)
    assert "webhook" in logs[0]["error"]
