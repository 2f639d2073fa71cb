"""The seams: what each room needs of the others, as Protocols. ``app`` puts the concrete parts in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.core.models import (
    Address,
    Chat,
    DeliveryState,
    Feed,
    Filter,
    Look,
    Notice,
    Outcome,
    Part,
    Payload,
    Phrase,
    PlaceKind,
    Post,
    Reply,
    Subscription,
    Topic,
    Trouble,
    Verdict,
)
from bot.reading.doc import Inline


class Clock(Protocol):
    """The only source of time. Tests put a simulated one in its place."""

    def now(self) -> datetime:
        """Give the time, UTC-aware."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


class Source(Protocol):
    """Looks at one feed."""

    async def look(self, feed: Feed) -> Look:
        """Fetch and read it. Every failure is a ``Failed``; only cancellation raises."""
        ...


class Words(Protocol):
    """The catalogue in one language. ``values`` fill the text's ``{names}``; ``n`` chooses the plural."""

    language: str

    def __call__(self, key: str, /, **values: str | int) -> str:
        """Say it as a plain string."""
        ...

    def phrase(self, key: str, /, **values: str | int | Inline) -> Phrase:
        """Say it as inlines, where a value may be a link, code or a formula."""
        ...


# -- commands ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks. ``admin`` was read from the platform for this very request, and is False if that failed.

    ``language`` is the client's own (``zh-hans``, ``en``), empty if unknown.
    """

    id: str
    admin: bool
    operator: bool = False
    language: str = ""


@dataclass(frozen=True, slots=True)
class Ask:
    """One command: typed, or a button's. ``name`` has no slash; ``args`` is the rest of the line."""

    address: Address
    kind: PlaceKind
    place_title: str
    asker: Asker
    name: str
    args: str
    now: datetime
    pressed: bool = False
    called: bool = False
    """Whether the bot was named (``/help@bot``): in a group an unknown command without that gets no answer."""


@dataclass(frozen=True, slots=True)
class DeliveryView:
    """A delivery as ``/why``, ``/status`` and ``incoming deliveries`` show it."""

    id: int
    post_id: int
    title: str
    link: str | None
    state: DeliveryState
    reason: str
    verdict: Verdict | None
    created: datetime
    changed: datetime


class Work(Protocol):
    """One transaction: everything done through it is committed together, or not at all."""

    async def chat(self, address: Address) -> Chat | None:
        """Find a chat."""
        ...

    async def open_chat(
        self, address: Address, kind: PlaceKind, title: str, now: datetime, *, language: str, timezone: str
    ) -> Chat:
        """Find a chat or make it; open its place if it was closed, with what was held for it."""
        ...

    async def save_chat(self, chat: Chat) -> None:
        """Store a chat's settings."""
        ...

    async def forget_chat(self, chat_id: int) -> None:
        """Delete a chat's rows."""
        ...

    async def feeds(self) -> Sequence[Feed]:
        """Give the active feeds, in the order in which they were added."""
        ...

    async def topics(self, feed_id: int) -> Sequence[Topic]:
        """Give the categories that a feed has shown, the most frequent first. Rules are not among them."""
        ...

    async def subscriptions(self, chat_id: int) -> Sequence[Subscription]:
        """Give a chat's subscriptions, in the order in which they were made."""
        ...

    async def subscribe(
        self, chat_id: int, feed_id: int, now: datetime, *, topics: tuple[str, ...] = (), query: str = ""
    ) -> Subscription:
        """Make a subscription, or give the one that exists its new topics and query.

        It becomes entitled to posts committed from now on.
        """
        ...

    async def unsubscribe(self, chat_id: int, feed_id: int, now: datetime) -> bool:
        """End a subscription; tell whether there was one. Deliveries still waiting become dropped."""
        ...

    async def resubscribe(self, chat_id: int, feed_id: int, now: datetime) -> Subscription | None:
        """Bring back the subscription that was ended last, with its topics and query; None if there is none."""
        ...

    async def add_feed(self, url: str, now: datetime) -> Feed:
        """Make a feed of a chat's own (``from_config`` is False, its name the URL), or wake the one of this name.

        It is due at once.
        """
        ...

    async def remove_feed(self, feed_id: int) -> None:
        """Stop looking at a feed: it becomes inactive. Nothing is deleted, its subscriptions wait."""
        ...

    async def latest(self, feed_ids: Sequence[int], limit: int) -> Sequence[Post]:
        """Give the newest posts of some feeds, the newest first."""
        ...

    async def find_post(self, link: str) -> Post | None:
        """Find a post by its link."""
        ...

    async def delivery(self, chat_id: int, post_id: int) -> DeliveryView | None:
        """Tell what became of a post in a chat."""
        ...

    async def deliveries(self, chat_id: int, limit: int) -> Sequence[DeliveryView]:
        """Give a chat's newest deliveries, the newest first."""
        ...

    async def all_feeds(self) -> Sequence[Feed]:
        """Give every feed, paused ones too."""
        ...

    async def add_feed(self, feed: Feed) -> int:
        """Add a feed (its ``id`` does not count), or wake the one of that name with the new address; give its id."""
        ...

    async def remove_feed(self, name: str) -> bool:
        """Pause a feed: what was seen stays seen. Tell whether there was an active one."""
        ...

    async def add_operator(self, platform: str, user: str, now: datetime) -> None:
        """Make somebody an operator."""
        ...

    async def meta(self, key: str) -> str | None:
        """Read a remembered word."""
        ...

    async def set_meta(self, key: str, value: str | None) -> None:
        """Remember a word, or forget it."""
        ...

    async def counts(self) -> Mapping[str, int]:
        """Count what the operator sees: ``chats subscriptions posts wanted held dead sent``."""
        ...


class Judge(Protocol):
    """Decides about posts: the topics package, with the operator's rules built in."""

    @property
    def rules(self) -> Sequence[Topic]:
        """The operator's topics, in the order of the configuration."""
        ...

    def judge(self, post: Post, filter_: Filter) -> Verdict:
        """Decide about one post for one filter, and say why."""
        ...

    def topics(self, post: Post) -> Sequence[Topic]:
        """Give the topics that a post has: rules first, then its own categories that no rule stands for."""
        ...

    def check(self, query: str) -> str | None:
        """Tell what is wrong with a query: a catalogue key and the column (``query_unclosed:7``), or None."""
        ...


class Watcher(Protocol):
    """What commands may ask of the loop that looks."""

    async def look_now(self, feed_id: int) -> Trouble | None:
        """Look at a feed at once, and give its trouble, if any."""
        ...


# -- platforms --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Window:
    """At most ``count`` requests in any ``seconds``."""

    count: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Limits:
    """How fast a platform may be talked to: all of it together, and one place by its kind."""

    overall: tuple[Window, ...]
    place: Mapping[PlaceKind, tuple[Window, ...]]


Answer = Callable[[Ask], Awaitable[Reply | None]]
"""What a listener calls with a command; None means that there is nothing to say."""


class Platform(Protocol):
    """A way to reach chats. Everything that tells one platform from another stands behind this."""

    name: str
    limits: Limits
    can_repeat: bool
    """Whether the platform itself recognises a repeated nonce, so that an uncertain part may be sent again safely."""

    def render(self, notice: Notice, chat: Chat, *, plain: bool = False) -> tuple[Payload, ...]:
        """Write a notice as the requests that it takes; pure. ``plain`` leaves all formatting out."""
        ...

    async def send(self, part: Part) -> Outcome:
        """Make one request. Every failure is an Outcome; only cancellation raises."""
        ...

    def listen(self, answer: Answer) -> AbstractAsyncContextManager[None]:
        """Take commands while the context is open."""
        ...

    async def probe(self) -> str:
        """Ask the platform who we are (``@name``); raises ConfigError, with the remedy, where it refuses."""
        ...
