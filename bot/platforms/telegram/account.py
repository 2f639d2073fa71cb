"""The bot's own account, as far as Telegram has told."""

from __future__ import annotations

from bot.platforms.telegram.api import Api


class Account:
    """Who we are. ``name`` has no ``@`` and is empty until it was learned."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self.name = ""

    async def learn(self) -> str:
        """Ask Telegram, and give the name. Raises telegram.error.TelegramError."""
        result = await self._api.call("getMe")
        self.name = str(result["username"]) if isinstance(result, dict) else ""
        return self.name
