"""The webhook: Telegram brings the updates, and each is kept before it is confirmed.

Telegram repeats an update until it is answered with 200. So one is stored first: a crash in between brings it again,
and the inbox tells that it is known.
"""

from __future__ import annotations

import asyncio
import hmac
import json
from collections.abc import Awaitable, Callable
from typing import Any, Final, Self
from urllib.parse import urlsplit

import structlog
from aiohttp import web

from bot.core.errors import ConfigError
from bot.core.ports import Inbox
from bot.log import clean
from bot.platforms.telegram.api import Api
from bot.platforms.telegram.news import word, written
from bot.platforms.telegram.settings import WebhookSettings
from bot.platforms.telegram.updates import KINDS

log = structlog.get_logger()

BODY: Final = 1024 * 1024
"""Bytes of one update; the largest that Telegram makes are a small part of that."""
_HEADER: Final = "X-Telegram-Bot-Api-Secret-Token"

Take = Callable[[int, str], Awaitable[None]]


class Webhook:
    """Listens on a port while its context is open. ``take`` gets every update once, as with polling."""

    def __init__(self, settings: WebhookSettings, inbox: Inbox, take: Take) -> None:
        self._settings = settings
        self._inbox = inbox
        self._take = take
        self._secret = settings.secret.get_secret_value().encode()
        app = web.Application(client_max_size=BODY)
        app.router.add_post(urlsplit(settings.url).path or "/", self._receive)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=2.0)
        self.port = settings.port

    async def __aenter__(self) -> Self:
        """Listen. Raises ConfigError, with the remedy, where the port cannot be had."""
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self._settings.host, self._settings.port).start()
        except OSError as error:
            # It could be had when the program started: Telegram may not have answered for hours since.
            await self._runner.cleanup()
            raise _taken(self._settings, error) from None
        self.port = int(self._runner.addresses[0][1])
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop listening. Telegram keeps what comes meanwhile, for a day, and brings it to the next run."""
        await self._runner.cleanup()

    async def register(self, api: Api) -> None:
        """Tell Telegram where to bring updates; those that wait are kept. Raises telegram.error.TelegramError."""
        await api.call(
            "setWebhook",
            {
                "url": self._settings.url,
                "secret_token": self._settings.secret.get_secret_value(),
                "allowed_updates": list(KINDS),
            },
        )

    async def _receive(self, request: web.Request) -> web.Response:
        # Compared as bytes and in constant time: how long it takes tells nobody how much of a guess was right.
        if not hmac.compare_digest(request.headers.get(_HEADER, "").encode("utf-8", "surrogateescape"), self._secret):
            log.warning("telegram.webhook_refused", reason="secret")
            return web.Response(status=403)
        update = _update(await request.read())
        if update is None:
            return web.Response(status=400)
        number = int(update["update_id"])
        raw = written(update)
        if await self._inbox.store("telegram", number, raw):
            await self._take(number, raw)
        return web.Response()


async def reserve(settings: WebhookSettings) -> None:
    """Make sure that the port can be listened at; raises ConfigError, with the remedy, where it cannot."""
    try:
        server = await asyncio.get_running_loop().create_server(asyncio.Protocol, settings.host, settings.port)
    except OSError as error:
        raise _taken(settings, error) from None
    server.close()
    await server.wait_closed()


def _taken(settings: WebhookSettings, error: OSError) -> ConfigError:
    where = f"{settings.host} port {settings.port}"
    return ConfigError(
        f"telegram.webhook: {where} cannot be had: {error.strerror}; choose another [telegram.webhook] port"
    )


def misled(found: object, own: WebhookSettings | None, *, running: bool) -> str:
    """Say what is wrong with the webhook that Telegram names (getWebhookInfo), with the remedy; empty if nothing is.

    What could not be brought counts only while the bot is ``running``: before that nobody was there to take it.
    """
    if not isinstance(found, dict):
        return ""
    url, error = word(found, "url"), word(found, "last_error_message")
    if url and (own is None or url != own.url):
        return (
            f"a webhook at {urlsplit(url).hostname} takes this bot's commands: another program has the token; end it, "
            "or ask @BotFather for a new token. If it is an old setting of this bot, `incoming run` takes it away"
        )
    if own is not None and url and error and found.get("pending_update_count") and running:
        return (
            f"commands cannot be brought to telegram.webhook.url: {clean(error)}; see whether HTTPS leads from there "
            f"to {own.host} port {own.port}"
        )
    return ""


def _update(body: bytes) -> dict[str, Any] | None:
    try:
        update = json.loads(body)
    except (ValueError, RecursionError):
        return None
    known = isinstance(update, dict) and isinstance(update.get("update_id"), int)
    return update if known else None
