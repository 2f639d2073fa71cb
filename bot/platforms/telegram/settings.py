"""The ``[telegram]`` part of the configuration."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

PROXIES = ("http", "https", "socks5", "socks4")


class WebhookSettings(BaseModel):
    """Where Telegram brings updates, instead of being asked for them. HTTPS is the business of a proxy in front."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str
    """The public address, ``https://…``; its path is the one that is served."""
    secret: SecretStr
    """What Telegram proves itself by: 16 to 256 letters, digits, ``_`` and ``-``."""
    host: str = "127.0.0.1"
    port: int = Field(default=8443, ge=0, le=65535)

    @field_validator("url")
    @classmethod
    def _is_https(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme != "https" or not parts.hostname:
            msg = "must be an https address that leads to this port"
            raise ValueError(msg)
        return value

    @field_validator("secret")
    @classmethod
    def _is_token(cls, value: SecretStr) -> SecretStr:
        if not re.fullmatch(r"[A-Za-z0-9_-]{16,256}", value.get_secret_value()):
            msg = "must be 16 to 256 letters, digits, _ and -"
            raise ValueError(msg)
        return value


class TelegramSettings(BaseModel):
    """What the operator says of Telegram. Without a token the platform is off."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    token: SecretStr | None = Field(
        default=None,
        description="@BotFather",
        json_schema_extra={"form": r"[0-9]+:[A-Za-z0-9_-]+", "example": "123456:ABC-DEF1234ghIkl"},
    )
    api_base: str = "https://api.telegram.org/bot"
    """Where the Bot API is; the token is appended."""
    operators: tuple[int, ...] = ()
    """User ids that may see and change everything."""
    allow_paid_broadcast: bool = False
    """Pay for up to 1,000 messages a second (Telegram Stars; the account must be eligible)."""
    ephemeral_answers: bool = False
    """Answer in groups so that only the asker sees it (Bot API 10.3); off until more clients show such messages."""
    proxy: SecretStr | None = Field(default=None)
    """``http://`` or ``socks5://``; secret, since it may carry a password."""
    webhook: WebhookSettings | None = None
    """Instead of long polling."""

    @field_validator("api_base")
    @classmethod
    def _is_web_address(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            msg = "must be a web address such as https://api.telegram.org/bot"
            raise ValueError(msg)
        return value

    @field_validator("proxy")
    @classmethod
    def _is_proxy(cls, value: SecretStr | None) -> SecretStr | None:
        if value is None:
            return None
        parts = urlsplit(value.get_secret_value())
        if parts.scheme not in PROXIES or not parts.hostname:
            msg = f"must be an address with one of the schemes {', '.join(PROXIES)}"
            raise ValueError(msg)
        return value
