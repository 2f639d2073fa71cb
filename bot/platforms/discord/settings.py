"""The ``[discord]`` part of the configuration."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

PROXIES: Final = ("http", "https", "socks5", "socks4")


class DiscordSettings(BaseModel):
    """What the operator says of Discord. Without a token the platform is off."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    token: SecretStr | None = Field(
        default=None,
        description="discord.com/developers",
        json_schema_extra={"form": r"[\w-]+\.[\w-]+\.[\w-]+", "example": "MTE3.ABC.DEF-ghi"},
    )
    api_base: str = "https://discord.com/api/v10"
    """Where the REST API is, with its version."""
    gateway: str = "wss://gateway.discord.gg/"
    """Where the gateway is."""
    operators: tuple[int, ...] = ()
    """User ids that may see and change everything."""
    proxy: SecretStr | None = None
    """``http://`` or ``socks5://``, for REST and gateway; secret, since it may carry a password."""

    @field_validator("api_base")
    @classmethod
    def _is_web_address(cls, value: str) -> str:
        return _address(value, ("http", "https"), "https://discord.com/api/v10").rstrip("/")

    @field_validator("gateway")
    @classmethod
    def _is_gateway(cls, value: str) -> str:
        return _address(value, ("ws", "wss"), "wss://gateway.discord.gg/")

    @field_validator("proxy")
    @classmethod
    def _is_proxy(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            _address(value.get_secret_value(), PROXIES, "socks5://127.0.0.1:1080")
        return value


def _address(value: str, schemes: tuple[str, ...], example: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in schemes or not parts.hostname:
        msg = f"must be an address with one of the schemes {', '.join(schemes)}, such as {example}"
        raise ValueError(msg)
    return value
