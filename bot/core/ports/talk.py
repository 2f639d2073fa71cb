"""Commands: who asks, what is asked, and what answering needs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.core.incidents import Incident
from bot.core.models import (
    Address,
    Chat,
    DeliveryState,
    Feed,
    Filter,
    PlaceKind,
    Post,
    Reply,
    Subscription,
    Topic,
    Trouble,
    Verdict,
)


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
    speaks: str = ""
    """The language of an answer that only the asker sees; empty for the chat's own."""
    update: int | None = None
    """The platform's number for the request, where its inbox keeps it: marked done in the effect's own commit."""


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

    async def connect(self, place_id: int, user: str) -> None:
        """Remember who connected a group or channel."""
        ...

    async def forget_user(self, platform: str, user: str) -> None:
        """Forget what somebody connected."""
        ...

    async def feeds(self) -> Sequence[Feed]:
        """Give the active feeds, in the order in which they were added."""
        ...

    async def topics(self, *feeds: int) -> Sequence[Topic]:
        """Give the categories that feeds have shown, one feed after the other, the most frequent first.

        Rules are not among them.
        """
        ...

    async def called(self, keys: Sequence[str], feeds: Sequence[int]) -> Sequence[Topic]:
        """Give the categories of some keys, each as the first of the feeds that has it calls it, if one does."""
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

    async def just_ended(self, chat_id: int) -> Sequence[int]:
        """Give the feeds whose subscriptions the chat ended last, those of one command."""
        ...

    async def add_feed(self, url: str, now: datetime) -> Feed:
        """Make a feed of a chat's own (``from_config`` is False, its name the URL), or wake the one of this address.

        It is due at once.
        """
        ...

    async def remove_feed(self, feed_id: int) -> None:
        """Stop looking at a feed: it becomes inactive. Nothing is deleted, its subscriptions wait."""
        ...

    async def latest(self, feed_ids: Sequence[int], limit: int) -> Sequence[Post]:
        """Give the newest posts of some feeds, the newest first."""
        ...

    async def post(self, post_id: int) -> Post | None:
        """Read a post."""
        ...

    async def old(self, posts: Sequence[int], feeds: Sequence[int]) -> Mapping[int, bool]:
        """Tell which posts were no news when one of these feeds showed them first, and whether at its first look."""
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

    async def pause(self, chat_id: int, until: datetime, now: datetime) -> None:
        """Hold what waits for a chat, and what comes, until a time."""
        ...

    async def resume(self, chat_id: int, now: datetime) -> Sequence[Post]:
        """End a chat's pause; give the posts that are held because of it, oldest first. They stay held."""
        ...

    async def send_whole(self, chat_id: int, first: int, last: int, now: datetime) -> int:
        """Want the posts themselves that a pause holds, or that stood in lists (ids ``first`` to ``last``); count them.

        They come one by one, whatever the chat's digest and bounds say.
        """
        ...

    async def hurry(self, chat_id: int, now: datetime) -> int:
        """Look at a chat at once; count the posts that wait for it."""
        ...

    async def search(
        self, feed_ids: Sequence[int], words: Sequence[Sequence[str]], limit: int, skip: int = 0
    ) -> Sequence[Post]:
        """Give posts in which each of the words may stand, in one of its spellings; the newest first.

        A first sieve: it also finds what stands in a link's address.
        """
        ...

    async def ask(self, address: Address, asker: str, command: str, expires: datetime, now: datetime) -> None:
        """Remember that somebody was asked for a command's argument; the last question counts."""
        ...

    async def asked(self, address: Address, asker: str, now: datetime) -> str | None:
        """Take back what somebody was asked for, if that is still awaited."""
        ...

    async def forget_asked(self, address: Address) -> None:
        """Forget what was asked in a chat."""
        ...

    async def all_feeds(self) -> Sequence[Feed]:
        """Give every feed, paused ones too."""
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

    async def open_incidents(self) -> Sequence[Incident]:
        """Give what stops posts from flowing now, the oldest first."""
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

    def reasons(self, post: Post, query: str) -> tuple[str, ...]:
        """Give the pieces of a query that were asked for and found in a post."""
        ...

    def check(self, query: str) -> str | None:
        """Tell what is wrong with a query: a catalogue key and the column (``query_unclosed:7``), or None."""
        ...


class Watcher(Protocol):
    """What commands may ask of the loop that looks."""

    async def look_now(self, feed_id: int) -> Trouble | None:
        """Look at a feed at once, and give its trouble, if any."""
        ...


Answer = Callable[[Ask], Awaitable[Reply | None]]
"""What a listener calls with a command; None means that there is nothing to say."""
