"""The configuration: ``config.toml``, environment over file, secrets from a directory.

Unknown keys are errors at every depth, with the nearest known key named. What a platform may be told is known to the
platform alone: ``app`` hands its settings model to ``load``.
"""

from __future__ import annotations

import difflib
import ipaddress
import os
import re
import tomllib
import zoneinfo
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, create_model, field_validator
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    InitSettingsSource,
    NestedSecretsSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from bot.core.errors import ConfigError
from bot.core.models import FeedKind
from bot.topics.rules import RuleSpec

SECRETS: Final = Path("/run/secrets")
_SPAN = re.compile(r"(\d+(?:\.\d+)?)\s*(s|min|m|h|d)?")
_UNITS: Final = {"s": 1, "min": 60, "m": 60, "h": 3600, "d": 86400, "": 1}
_WRONG: Final = {
    "tuple_type": "must be a list; for tables, [[double brackets]]",
    "string_type": 'must be text in "quotation marks"',
    "bool_parsing": "must be true or false",
    "model_type": "must be a table",
    "model_attributes_type": "must be a table",
}
"""What pydantic says in Python's words, in the file's."""
SHORTEST_INTERVAL: Final = 60.0
"""Seconds: what a blog's owner may ask of a feed of their own."""


class Section(BaseModel):
    """A table of the file: frozen, and closed to unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class FetchSection(Section):
    """How blogs are fetched. ``allow_addresses`` are networks that the address check lets through."""

    allow_addresses: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...] = ()
    proxy: str = ""
    contact: str = ""


class WatchSection(Section):
    """How new posts are judged, and how the bot says that it is well.

    A loop that stands still for ``stall_after`` seconds ends the program; ``ping_url`` is fetched while all is well;
    ``all_well`` sends the operators a line a week.
    """

    hold_floods: bool = True
    stall_after: float = Field(default=120.0, ge=5.0)
    ping_url: SecretStr | None = None
    all_well: bool = False


class WebSection(Section):
    """Health, metrics and the status page. Port 0 leaves them off; a token is asked for wherever it is set."""

    host: str = "127.0.0.1"
    port: int = Field(default=0, ge=0, le=65535)
    token: SecretStr | None = None


class BackupSection(Section):
    """Daily copies of the database, in ``backups`` beside it; the newest ``keep`` stay."""

    daily: bool = False
    keep: int = Field(default=7, ge=1, le=1000)


class FeedSection(Section):
    """A watched source. ``interval`` is in seconds; None lets the blog's own rhythm decide."""

    url: str
    name: str = ""
    kind: FeedKind = FeedKind.AUTO
    interval: float | None = None

    @field_validator("url")
    @classmethod
    def _web_address(cls, value: str) -> str:
        if not re.match(r"https?://[^\s/]+", value):
            msg = "must begin with http:// or https://"
            raise ValueError(msg)
        return value

    @field_validator("interval", mode="before")
    @classmethod
    def _span(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        match = _SPAN.fullmatch(value.strip())
        if match is None:
            msg = 'must be a number of seconds, or such as "30 min", "2h"'
            raise ValueError(msg)
        return float(match[1]) * _UNITS[match[2] or ""]

    @field_validator("interval")
    @classmethod
    def _not_too_often(cls, value: float | None) -> float | None:
        if value is not None and value < SHORTEST_INTERVAL:
            msg = f"must be at least {SHORTEST_INTERVAL:.0f} seconds"
            raise ValueError(msg)
        return value


class TopicSection(Section):
    """An operator's topic: see docs on ``strong``, ``weak`` and ``tags``."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")
    name: dict[str, str]
    strong: tuple[str, ...] = ()
    weak: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()

    def spec(self) -> RuleSpec:
        """Give it as the topics package takes it."""
        return RuleSpec(self.id, tuple(self.name.items()), self.strong, self.weak, self.tags)


class Config(BaseSettings):
    """All settings. Platforms' tables are added by ``load``."""

    model_config = SettingsConfigDict(
        env_prefix="INCOMING_", env_nested_delimiter="__", extra="forbid", frozen=True, secrets_dir_missing="ok"
    )

    database: Path = Path("data/incoming.db")
    language: Literal["zh", "zh-TW", "en"] = "zh"
    timezone: str = "Asia/Shanghai"
    anyone_may_add_feeds: bool = False
    feeds: tuple[FeedSection, ...] = ()
    topics: tuple[TopicSection, ...] = ()
    fetch: FetchSection = FetchSection()
    watch: WatchSection = WatchSection()
    web: WebSection = WebSection()
    backup: BackupSection = BackupSection()

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        if value not in zoneinfo.available_timezones():
            near = difflib.get_close_matches(value, zoneinfo.available_timezones(), 1)
            msg = "is no IANA time zone" + (f"; did you mean {near[0]}?" if near else " such as Asia/Shanghai")
            raise ValueError(msg)
        return value

    @field_validator("feeds")
    @classmethod
    def _names_differ(cls, value: tuple[FeedSection, ...]) -> tuple[FeedSection, ...]:
        names = [feed.name or feed.url for feed in value]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            msg = f"two feeds are called {twice}: give each a name of its own"
            raise ValueError(msg)
        return value

    def platform(self, name: str) -> Any:
        """Give a platform's settings, of the model that the platform handed over."""
        return getattr(self, name)


class _Environment(EnvSettingsSource):
    """The environment, where ``INCOMING_FEEDS`` is a list of addresses and replaces the file's feeds."""

    def prepare_field_value(self, field_name: str, field: Any, value: Any, value_is_complex: bool) -> Any:  # noqa: FBT001 -- the base class's signature
        if field_name == "feeds" and isinstance(value, str) and not value.lstrip().startswith("["):
            return [{"url": url} for url in value.split()]
        return super().prepare_field_value(field_name, field, value, value_is_complex)


def load(
    path: Path | None, platforms: Mapping[str, type[BaseModel]], *, given: Mapping[str, Any] | None = None
) -> Config:
    """Read the configuration; None reads the environment alone. ``given`` stands in for the file's text.

    Raises ConfigError: one line that names the file, the key, what is wrong and how to mend it.
    """
    file = dict(given) if given is not None else _read(path)
    fields: dict[str, Any] = {name: (model, model()) for name, model in platforms.items()}

    class Sources(Config):
        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,
            file_secret_settings: PydanticBaseSettingsSource,
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            del init_settings, env_settings, dotenv_settings
            secrets = NestedSecretsSettingsSource(
                file_secret_settings, secrets_dir=str(SECRETS), secrets_nested_delimiter="__"
            )
            return _Environment(settings_cls), secrets, InitSettingsSource(settings_cls, file)

    model = create_model("Config", __base__=Sources, **fields)
    try:
        return model()
    except ValidationError as error:
        raise ConfigError(_explain(path, model, error)) from None


def _read(path: Path | None) -> dict[str, Any]:
    if path is None:
        return {}
    try:
        with path.open("rb") as file:
            return tomllib.load(file)
    except FileNotFoundError:
        msg = f"{path}: no such file; make one with `incoming init`, or name it with --config"
    except OSError as error:
        msg = f"{path}: cannot be read by user {os.getuid()}: {error.strerror}; mend it with chmod or chown"
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        msg = f"{path}: is not TOML: {error}"
    raise ConfigError(msg)


def _explain(path: Path | None, model: type[BaseModel], error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    location = first["loc"]
    where = ".".join(str(part) for part in location)
    if first["type"] == "extra_forbidden":
        near = difflib.get_close_matches(str(location[-1]), _keys(model, location[:-1]), 1, 0.5)
        what = "unknown key" + (f"; did you mean {near[0]}?" if near else "; see config.example.toml")
    elif first["type"] == "missing":
        what = "is missing; see config.example.toml"
    else:
        what = _WRONG.get(first["type"]) or first["msg"].removeprefix("Value error, ")
    more = len(error.errors()) - 1
    return f"{path or 'environment'}: {where}: {what}" + (f" (and {more} more)" if more else "")


def _keys(model: type[BaseModel], location: tuple[int | str, ...]) -> list[str]:
    for part in location:
        if isinstance(part, int) or part not in model.model_fields:
            continue
        found = _model_in(model.model_fields[part].annotation)
        if found is None:
            return []
        model = found
    return list(model.model_fields)


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in getattr(annotation, "__args__", ()) if (found := _model_in(part))), None)


def reveal(secret: SecretStr | None) -> str:
    """Give a secret's text, empty if there is none."""
    return secret.get_secret_value() if secret is not None else ""
