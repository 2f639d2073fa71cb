"""Brings updates to the bot's webhook, as Telegram does: again and again until it is answered with 200."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from tests.emulators.telegram_world import World

AGAIN = 0.05
"""Seconds before an update is brought again."""


class Courier:
    """Carries the updates of a world. ``proxy`` stands for what ends TLS in front of the bot: ``http://127.0.0.1:1``."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._task: asyncio.Task[None] | None = None
        self.proxy: Callable[[], str] = str
        self.answers: list[int] = []

    def start(self) -> None:
        """Begin to carry."""
        self._task = self._task or asyncio.create_task(self._carry())

    async def stop(self) -> None:
        """Carry no more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def _carry(self) -> None:
        async with aiohttp.ClientSession() as session:
            while True:
                hook = self._world.webhook
                if hook is None or not self._world.updates or not self.proxy():
                    await asyncio.sleep(0.005)
                elif not await self._bring(session, hook, self._world.updates[0]):
                    await asyncio.sleep(AGAIN)

    async def _bring(self, session: aiohttp.ClientSession, hook: dict[str, Any], update: dict[str, Any]) -> bool:
        url = self.proxy() + urlsplit(hook["url"]).path
        headers = {"X-Telegram-Bot-Api-Secret-Token": hook["secret_token"]}
        status = 0
        with contextlib.suppress(aiohttp.ClientError):
            async with session.post(url, json=update, headers=headers) as response:
                status = response.status
        self.answers.append(status)
        if status == 200 and update in self._world.updates:
            self._world.updates.remove(update)
        return status == 200
