"""What ``incoming export`` writes and ``import`` reads back: the shape of the file, and what may stand in it."""

from __future__ import annotations

import functools
import zoneinfo
from typing import Annotated, Final

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

from bot.commands.setting_values import LONGEST, MOST_A_DAY
from bot.core import timing
from bot.core.models import ABOVE, BELOW, NOWHERE, FeedKind, PlaceKind
from bot.i18n import LANGUAGES
from bot.sections import LONGEST_INTERVAL, SHORTEST_INTERVAL, is_web
from bot.topics.query import QueryError, parse

FORMAT: Final = "incoming"
VERSION: Final = 1


class Strict(BaseModel):
    """A part of the file: unknown keys are errors, so that nothing is dropped in silence."""

    model_config = ConfigDict(extra="forbid")


def _web(value: str) -> str:
    if not is_web(value):
        msg = "must begin with http:// or https://, and a host comes after it"
        raise ValueError(msg)
    return value


class FeedItem(Strict):
    """A feed."""

    name: str = Field(min_length=1)
    url: Annotated[str, AfterValidator(_web)]
    kind: FeedKind = FeedKind.AUTO
    interval: Annotated[float, Field(ge=SHORTEST_INTERVAL, le=LONGEST_INTERVAL, allow_inf_nan=False)] | None = None
    from_config: bool = True


def _query(value: str) -> str:
    """Refuse what cannot be understood: such a filter lets everything through."""
    try:
        parse(value)
    except QueryError as error:
        key, _, column = str(error).partition(":")
        msg = f"{key.replace('_', ' ')} at column {column}"
        raise ValueError(msg) from None
    return value


class SubscriptionItem(Strict):
    """A chat's wish for a feed, by the feed's name."""

    feed: str
    topics: tuple[str, ...] = ()
    query: Annotated[str, AfterValidator(_query)] = ""


def _once_a_switch(value: object) -> object:
    """Read where a picture stands from exports made when that was a switch: an export is what people keep."""
    return (BELOW if value else NOWHERE) if isinstance(value, bool) else value


def _hours(value: str) -> str:
    if value and timing.read_hours(value) is None:
        msg = "must be such as 23:00-08:00"
        raise ValueError(msg)
    return value


def _rhythm(value: str) -> str:
    if value and timing.read_rhythm(value) is None:
        msg = "must be such as daily 08:00, or weekly mon 08:00"
        raise ValueError(msg)
    return value


@functools.cache
def _zones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())  # it looks through folders each time it is asked


def _zone(value: str) -> str:
    if value not in _zones():
        msg = "is no IANA time zone, such as Asia/Shanghai"
        raise ValueError(msg)
    return value


class ChatItem(Strict):
    """A chat with its settings. ``chat`` is its address: ``telegram:1001:7``."""

    chat: str
    kind: PlaceKind
    title: str = ""
    language: str = Field(pattern=f"^({'|'.join(LANGUAGES)})$")
    timezone: Annotated[str, AfterValidator(_zone)]
    length: int = Field(ge=-1, le=LONGEST)
    formulas: str = Field(pattern="^(unicode|rich|picture)$")
    silent: bool = False
    images: Annotated[str, Field(pattern=f"^({BELOW}|{ABOVE}|{NOWHERE})$"), BeforeValidator(_once_a_switch)] = BELOW
    hashtags: bool = True
    cap: int = Field(default=0, ge=0, le=MOST_A_DAY)
    quiet: Annotated[str, AfterValidator(_hours)] = ""
    digest: Annotated[str, AfterValidator(_rhythm)] = ""
    paused_until: AwareDatetime | None = None
    options: dict[str, str] = Field(default_factory=dict)
    subscriptions: tuple[SubscriptionItem, ...] = ()


class Export(Strict):
    """The whole file."""

    format: str = Field(default=FORMAT, pattern=f"^{FORMAT}$")
    version: int = Field(default=VERSION, ge=1, le=VERSION)
    feeds: tuple[FeedItem, ...] = ()
    chats: tuple[ChatItem, ...] = ()
