"""The tables of the configuration, each with what it may hold."""

from __future__ import annotations

import ipaddress
import re
from ipaddress import IPv4Network, IPv6Network
from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    SecretStr,
    ValidationInfo,
    field_validator,
)
from yarl import URL

from bot.core.models import FeedKind, Selectors
from bot.core.schedule import DAY, HOUR, Bounds
from bot.topics.keyword import keyword
from bot.topics.rules import RuleSpec

_SPAN = re.compile(r"(\d+(?:\.\d+)?)\s*(s|min|m|h|d)?")
_WEB = re.compile(r"https?://[^\s/]+", re.IGNORECASE)
_UNITS: Final = {"s": 1, "min": 60, "m": 60, "h": 3600, "d": 86400, "": 1}
_PORTS: Final = {"http": 80, "https": 443}
SHORTEST_INTERVAL: Final = 60.0
"""Seconds: what a blog's owner may ask of a feed of their own."""
LONGEST_INTERVAL: Final = 31 * 86_400.0
"""Seconds: beyond, a feed is as good as not watched."""


def is_web(url: str) -> bool:
    """Tell whether this is a web address."""
    try:
        return bool(_WEB.match(url) and urlsplit(url).hostname and urlsplit(url).port != 0)
    except ValueError:  # a bracket without its other half, or a port that is no number below 65,536
        return False


def address_key(url: str) -> str:
    """Give by what a web address counts as the same feed's.

    Scheme, a slash at its end, the host's case and script, and a port that goes without saying are set aside.
    """
    try:
        parts = urlsplit(url.strip())
        port = "" if parts.port in {None, _PORTS.get(parts.scheme)} else f":{parts.port}"
    except ValueError:  # it cannot be watched either; see ``is_web``
        return url
    user, at, _ = parts.netloc.rpartition("@")
    netloc = f"{user}{at}{_ascii(parts.hostname or '')}{port}"
    return parts._replace(scheme="", netloc=netloc, fragment="").geturl().lstrip("/").rstrip("/")


def _ascii(host: str) -> str:
    """Write a host as it is looked up."""
    try:
        return URL.build(scheme="https", host=host).host_subcomponent or host
    except ValueError:
        return host


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
    """How often feeds are looked at, how new posts are judged, and how the bot says that it is well.

    Looks at a feed without an interval of its own are at least ``shortest`` seconds apart and, where neither its server
    nor the feed asks for more, at most ``longest``.

    A loop that stands still for ``stall_after`` seconds ends the program; ``ping_url`` is fetched while all is well;
    ``all_well`` sends the operators a line a week.
    """

    shortest: Annotated[float, BeforeValidator(_seconds)] = Field(default=HOUR, ge=HOUR, le=LONGEST_INTERVAL)
    longest: Annotated[float, BeforeValidator(_seconds)] = Field(default=6 * HOUR, ge=HOUR, le=LONGEST_INTERVAL)
    hold_floods: bool = True
    stall_after: float = Field(default=120.0, ge=5.0, le=86_400.0)
    ping_url: SecretStr | None = None
    all_well: bool = False

    @field_validator("ping_url")
    @classmethod
    def _web_address(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not is_web(value.get_secret_value()):
            msg = "must begin with http:// or https://, and a host comes after it"
            raise ValueError(msg)
        return value

    @field_validator("longest")
    @classmethod
    def _ordered(cls, value: float, given: ValidationInfo) -> float:
        if value < given.data.get("shortest", 0):
            msg = "must be at least as much as shortest"
            raise ValueError(msg)
        return value

    def bounds(self) -> Bounds:
        """Give the bounds of the time between looks."""
        return Bounds(floor=self.shortest, bare_floor=max(DAY, self.shortest), ceiling=self.longest)


class DeliverSection(Section):
    """How posts are sent. Those that have waited longer than ``list_after`` seconds come together, as a list.

    For ``edits_for`` seconds after it was sent a message is edited when its post changes; with 0 it stays as it is.
    """

    list_after: Annotated[float, BeforeValidator(_seconds)] = Field(default=6 * 3600.0, gt=0, le=LONGEST_INTERVAL)
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

    With ``pages``, new posts that lack title, text or image are completed from their own pages.

    The keys after it are CSS selectors for a listing page; without them its cards are recognised.
    """

    url: str
    name: str = ""
    kind: FeedKind = FeedKind.AUTO
    interval: float | None = Field(default=None, allow_inf_nan=False)
    pages: bool = False
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
        if not is_web(value):
            msg = "must begin with http:// or https://, and a host comes after it"
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


def reveal(secret: SecretStr | None) -> str:
    """Give a secret's text, empty if there is none."""
    return secret.get_secret_value() if secret is not None else ""
