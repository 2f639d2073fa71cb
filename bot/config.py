"""The configuration: ``config.toml``, environment over file, secrets from a directory.

Unknown keys are errors at every depth, with the nearest known key named: see ``explain``. What a platform may be told
is known to the platform alone: ``app`` hands its settings model to ``load``.
"""

from __future__ import annotations

import difflib
import ipaddress
import os
import re
import tomllib
import zoneinfo
from collections.abc import Mapping, Sequence
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    SecretStr,
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
from bot.core.models import FeedKind, Selectors
from bot.explain import PREFIX, explain, unknown_variable
from bot.topics.keyword import keyword
from bot.topics.rules import RuleSpec

SECRETS: Final = Path("/run/secrets")
_SPAN = re.compile(r"(\d+(?:\.\d+)?)\s*(s|min|m|h|d)?")
_WEB = re.compile(r"https?://[^\s/]+")
_UNITS: Final = {"s": 1, "min": 60, "m": 60, "h": 3600, "d": 86400, "": 1}
SHORTEST_INTERVAL: Final = 60.0
"""Seconds: what a blog's owner may ask of a feed of their own."""
LONGEST_INTERVAL: Final = 31 * 86_400.0
"""Seconds: beyond, a feed is as good as not watched."""


def _network(value: object) -> IPv4Network | IPv6Network:
    try:
        return ipaddress.ip_network(str(value))
    except ValueError as error:
        msg = f"must be a network such as 127.0.0.0/8: {error}"
        raise ValueError(msg) from None


Network = Annotated[IPv4Network | IPv6Network, PlainValidator(_network)]


def _seconds(value: object) -> object:
    """Read a span as people write it; what is no text is left to the field's own type."""
    if not isinstance(value, str):
        return value
    match = _SPAN.fullmatch(value.strip())
    if match is None:
        msg = 'must be a number of seconds, or such as "30 min", "2h"'
        raise ValueError(msg)
    return float(match[1]) * _UNITS[match[2] or ""]


class Section(BaseModel):
    """A table of the file: frozen, and closed to unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class FetchSection(Section):
    """How blogs are fetched. ``allow_addresses`` are networks that the address check lets through.

    ``proxy`` is a secret, since it may carry a password.
    """

    allow_addresses: tuple[Network, ...] = ()
    contact: str = ""
    proxy: SecretStr | None = None

    @field_validator("proxy")
    @classmethod
    def _is_proxy(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not re.match(r"(http|socks[45])://[^\s/]*[^\s/:]:\d{1,5}/?$", reveal(value)):
            msg = "must be such as http://127.0.0.1:3128 or socks5://127.0.0.1:1080"
            raise ValueError(msg)
        return value


class WatchSection(Section):
    """How new posts are judged, and how the bot says that it is well.

    A loop that stands still for ``stall_after`` seconds ends the program; ``ping_url`` is fetched while all is well;
    ``all_well`` sends the operators a line a week.
    """

    hold_floods: bool = True
    stall_after: float = Field(default=120.0, ge=5.0)
    ping_url: SecretStr | None = None
    all_well: bool = False

    @field_validator("ping_url")
    @classmethod
    def _web_address(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not _WEB.match(value.get_secret_value()):
            msg = "must begin with http:// or https://"
            raise ValueError(msg)
        return value


class DeliverSection(Section):
    """How posts are sent. Those that have waited longer than ``list_after`` seconds come together, as a list.

    For ``edits_for`` seconds after it was sent a message is edited when its post changes; with 0 it stays as it is.
    """

    list_after: Annotated[float, BeforeValidator(_seconds)] = Field(default=6 * 3600.0, gt=0)
    edits_for: Annotated[float, BeforeValidator(_seconds)] = Field(default=48 * 3600.0, ge=0, le=7 * 86_400.0)


class WebSection(Section):
    """Health, metrics and the status page. Port 0 leaves them off; a token is asked for wherever it is set."""

    host: str = "127.0.0.1"
    port: int = Field(default=0, ge=0, le=65535)
    token: SecretStr | None = None


class BackupSection(Section):
    """Daily copies of the database, in ``backups`` beside it; the newest ``keep`` stay."""

    daily: bool = True
    keep: int = Field(default=7, ge=1, le=1000)


class FeedSection(Section):
    """A watched source. ``interval`` is in seconds; None lets the blog's own rhythm decide.

    The keys after it are CSS selectors for a listing page; without them its cards are recognised.
    """

    url: str
    name: str = ""
    kind: FeedKind = FeedKind.AUTO
    interval: float | None = Field(default=None, allow_inf_nan=False)
    card: str = ""
    title: str = ""
    link: str = ""
    excerpt: str = ""
    date: str = ""
    tags: str = ""
    next: str = ""

    @property
    def selectors(self) -> Selectors:
        """Give the CSS selectors of a listing page."""
        return Selectors(self.card, self.title, self.link, self.excerpt, self.date, self.tags, self.next)

    @field_validator("card", "title", "link", "excerpt", "date", "tags", "next")
    @classmethod
    def _selector(cls, value: str) -> str:
        from selectolax.lexbor import (  # noqa: PLC0415 -- 3 MB that most bots never need in this process
            LexborHTMLParser,
            SelectolaxError,
        )

        try:
            LexborHTMLParser("<p>").css(value or "p")
        except SelectolaxError as error:
            msg = 'is no CSS selector, such as "article.post h2 a"'
            raise ValueError(msg) from error
        return value

    @field_validator("url")
    @classmethod
    def _web_address(cls, value: str) -> str:
        if not _WEB.match(value):
            msg = "must begin with http:// or https://"
            raise ValueError(msg)
        return value

    @field_validator("interval", mode="before")
    @classmethod
    def _span(cls, value: object) -> object:
        return _seconds(value)

    @field_validator("interval")
    @classmethod
    def _in_bounds(cls, value: float | None) -> float | None:
        if value is not None and value < SHORTEST_INTERVAL:
            msg = f"must be at least {SHORTEST_INTERVAL:.0f} seconds"
            raise ValueError(msg)
        if value is not None and value > LONGEST_INTERVAL:
            msg = "must be at most 31 days"
            raise ValueError(msg)
        return value


class TopicSection(Section):
    """An operator's topic: see docs on ``strong``, ``weak`` and ``tags``."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")
    name: dict[str, str]
    strong: tuple[str, ...] = ()
    weak: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()

    @field_validator("strong", "weak")
    @classmethod
    def _words(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for word in value:
            if keyword(word) is None:
                msg = f"has {word!r}, in which nothing is left to look for; take it out"
                raise ValueError(msg)
        return value

    def spec(self) -> RuleSpec:
        """Give it as the topics package takes it."""
        return RuleSpec(self.id, tuple(self.name.items()), self.strong, self.weak, self.tags)


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
            near = difflib.get_close_matches(value, zoneinfo.available_timezones(), 1)
            msg = "is no IANA time zone" + (f"; did you mean {near[0]}?" if near else " such as Asia/Shanghai")
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
    def _names_differ(cls, value: tuple[FeedSection, ...]) -> tuple[FeedSection, ...]:
        _all_differ([feed.name or feed.url for feed in value], "name")
        return value

    @field_validator("topics")
    @classmethod
    def _ids_differ(cls, value: tuple[TopicSection, ...]) -> tuple[TopicSection, ...]:
        _all_differ([topic.id for topic in value], "id")
        return value

    def platform(self, name: str) -> Any:
        """Give a platform's settings, of the model that the platform handed over."""
        return getattr(self, name)


def _all_differ(names: Sequence[str], what: str) -> None:
    for number, name in enumerate(names):
        first = names.index(name)
        if first < number:
            msg = f"numbers {first + 1} and {number + 1} have the same {what}; give each one its own"
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
        return model()
    except ValidationError as error:
        raise ConfigError(explain(error, model, path, os.environ)) from None
    except (OSError, SettingsError) as error:
        msg = f"{SECRETS}: cannot be read by user {os.getuid()}: {error}; mend it with chmod or chown"
        raise ConfigError(msg) from None


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


def reveal(secret: SecretStr | None) -> str:
    """Give a secret's text, empty if there is none."""
    return secret.get_secret_value() if secret is not None else ""
