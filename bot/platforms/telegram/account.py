"""The bot's own account, as far as Telegram has told."""

from __future__ import annotations

from bot.platforms.telegram.api import Api


class Account:
    """Who we are. ``name`` has no ``@``; it and the ``number`` are empty until they were learned."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self.name = ""
        self.number = ""

    async def learn(self) -> str:
        """Ask Telegram, and give the name. Raises telegram.error.TelegramError."""
        result = await self._api.call("getMe")
        if isinstance(result, dict):
            self.name, self.number = str(result["username"]), str(result.get("id", ""))
        return self.name
