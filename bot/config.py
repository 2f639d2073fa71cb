"""The configuration: ``config.toml``, environment over file, secrets from a directory.

Unknown keys are errors at every depth, with the nearest known key named: see ``explain``. What a platform may be told
is known to the platform alone: ``app`` hands its settings model to ``load``.
"""

from __future__ import annotations

import difflib
import os
import tomllib
import zoneinfo
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import (
    BaseModel,
    ValidationError,
    create_model,
    field_validator,
)
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    InitSettingsSource,
    NestedSecretsSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from bot.core.errors import ConfigError
from bot.explain import PREFIX, explain, unknown_variable
from bot.sections import (
    BackupSection,
    DeliverSection,
    FeedSection,
    FetchSection,
    TopicSection,
    WatchSection,
    WebSection,
    address_key,
)

SECRETS: Final = Path("/run/secrets")


class Config(BaseSettings):
    """All settings. Platforms' tables are added by ``load``."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="__", env_ignore_empty=True, extra="forbid", frozen=True
    )

    database: Path = Path("data/incoming.db")
    language: Literal["zh", "zh-TW", "en"] = "zh"
    timezone: str = "Asia/Shanghai"
    anyone_may_add_feeds: bool = False
    feeds: tuple[FeedSection, ...] = ()
    topics: tuple[TopicSection, ...] = ()
    fetch: FetchSection = FetchSection()
    watch: WatchSection = WatchSection()
    deliver: DeliverSection = DeliverSection()
    web: WebSection = WebSection()
    backup: BackupSection = BackupSection()

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        if value not in zoneinfo.available_timezones():
            near = nearest_zone(value)
            msg = "is no IANA time zone" + (f"; did you mean {near}?" if near else " such as Asia/Shanghai")
            raise ValueError(msg)
        return value

    @field_validator("database")
    @classmethod
    def _is_file(cls, value: Path) -> Path:
        if not value.name:
            msg = "must name a file, such as data/incoming.db"
            raise ValueError(msg)
        return value

    @field_validator("feeds")
    @classmethod
    def _feeds_differ(cls, value: tuple[FeedSection, ...]) -> tuple[FeedSection, ...]:
        _all_differ([address_key(feed.url) for feed in value], "address", "take one of them out")
        _all_differ([feed.name or feed.url for feed in value], "name", "give each one its own")
        return value

    @field_validator("topics")
    @classmethod
    def _ids_differ(cls, value: tuple[TopicSection, ...]) -> tuple[TopicSection, ...]:
        _all_differ([topic.id for topic in value], "id", "give each one its own")
        return value

    def platform(self, name: str) -> Any:
        """Give a platform's settings, of the model that the platform handed over."""
        return getattr(self, name)


def nearest_zone(name: str) -> str:
    """Give the time zone whose name looks most like this, the same where it is one; empty if none does."""
    return next(iter(difflib.get_close_matches(name, zoneinfo.available_timezones(), 1)), "")


def _all_differ(names: Sequence[str], what: str, remedy: str) -> None:
    for number, name in enumerate(names):
        first = names.index(name)
        if first < number:
            msg = f"numbers {first + 1} and {number + 1} have the same {what}; {remedy}"
            raise ValueError(msg)


class _Environment(EnvSettingsSource):
    """The environment: lists are words with blanks between them, or JSON; an empty variable is none.

    ``INCOMING_FEEDS`` is a list of addresses and replaces the file's feeds.
    """

    def prepare_field_value(self, field_name: str, field: Any, value: Any, value_is_complex: bool) -> Any:  # noqa: FBT001 -- the base class's signature
        if field_name == "feeds" and isinstance(value, str) and not value.lstrip().startswith("["):
            return [{"url": url} for url in value.split()]
        return super().prepare_field_value(field_name, field, value, value_is_complex)

    def decode_complex_value(self, field_name: str, field: Any, value: Any) -> Any:
        try:
            found = super().decode_complex_value(field_name, field, value)
        except ValueError:
            found = None
        return found if isinstance(found, list | dict) else str(value).split()


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
                file_secret_settings,
                secrets_dir=str(SECRETS),
                secrets_dir_missing="ok",
                secrets_nested_delimiter="__",
            )
            return _Environment(settings_cls), secrets, InitSettingsSource(settings_cls, file)

    model = create_model("Config", __base__=Sources, **fields)
    if unknown := unknown_variable(model, os.environ):
        raise ConfigError(unknown)
    try:
        config = model()
    except ValidationError as error:
        raise ConfigError(explain(error, model, path, os.environ)) from None
    except (OSError, SettingsError) as error:
        msg = f"{SECRETS}: cannot be read by user {os.getuid()}: {error}; mend it with chmod or chown"
        raise ConfigError(msg) from None
    _in_sight(config.database)
    return config


def _in_sight(database: Path) -> None:
    """See that the container's health check, which knows the environment alone, looks where the database is."""
    variable = f"{PREFIX}DATABASE"
    if os.environ.get(variable) == "" and database != Config.model_fields["database"].default:
        msg = f"{variable} is empty, and the container's health check looks where it says; set it to {database}"
        raise ConfigError(msg)


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
        msg = f"{path} is not TOML: {error}"
    raise ConfigError(msg)
