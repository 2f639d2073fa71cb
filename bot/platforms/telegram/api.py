"""The Bot API by its methods' names: one account's calls, answered with plain JSON values."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, cast

from telegram.request import RequestData

from bot.platforms.telegram.form import Form, form
from bot.platforms.telegram.request import READ_SECONDS, AioRequest
from bot.platforms.telegram.settings import TelegramSettings
from bot.platforms.telegram.upload import Upload

NOTHING: Final[Mapping[str, object]] = MappingProxyType({})


class Api:
    """Calls the Bot API as the configured bot. The address with the token stays inside."""

    def __init__(self, settings: TelegramSettings) -> None:
        token = settings.token.get_secret_value() if settings.token is not None else ""
        proxy = settings.proxy.get_secret_value() if settings.proxy is not None else None
        self._base: Final = settings.api_base + token
        self._request: Final = AioRequest(proxy)

    def __repr__(self) -> str:
        """Say nothing of the address."""
        return "Api()"

    async def call(
        self, method: str, params: Mapping[str, object] = NOTHING, *, patience: float = READ_SECONDS
    ) -> object:
        """Call a method and give its result; ``patience`` is how many seconds an answer may take.

        Parameters that are None are left out. Raises telegram.error.TelegramError; see ``request`` for what broke.
        """
        return await self.post(method, form(params), patience=patience)

    async def post(self, method: str, body: str, *, patience: float = READ_SECONDS) -> object:
        """Likewise with parameters that are written as a form already."""
        data = cast("RequestData", Form(body.encode("ascii")))
        return await self._request.post(f"{self._base}/{method}", data, read_timeout=patience)

    async def upload(self, method: str, body: Upload) -> object:
        """Likewise with a file."""
        return await self._request.post(f"{self._base}/{method}", cast("RequestData", body))

    @property
    def told(self) -> str:
        """Give the ``Date`` of the newest answer; empty before the first."""
        return self._request.told

    async def close(self) -> None:
        """Close the connections. A later call opens new ones."""
        await self._request.shutdown()
