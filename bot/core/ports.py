"""The seams: what each room needs of the others, as Protocols. ``app`` puts the concrete parts in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from bot.core.edits import Stale
from bot.core.incidents import Incident
from bot.core.models import (
    Address,
    Chat,
    DeliveryState,
    Feed,
    Filter,
    Look,
    MessageKind,
    Notice,
    Outcome,
    Part,
    Payload,
    Phrase,
    PlaceKind,
    Post,
    Reply,
    Rewrite,
    Sighting,
    Subscription,
    Topic,
    Trouble,
    Verdict,
)
from bot.core.outgoing import Waiting
from bot.core.plan import Step
from bot.reading.doc import Inline


class Event(Protocol):
    """What one task sets and another waits for: ``asyncio.Event``."""

    async def wait(self) -> object:
        """Wait until it is set."""
        ...


class Clock(Protocol):
    """The only source of time. Tests put a simulated one in its place."""

    def now(self) -> datetime:
        """Give the time, UTC-aware."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        ...

    async def wait(self, event: Event, seconds: float) -> bool:
        """Wait for an event, at most so long; tell whether it came."""
        ...


class Memory(Protocol):
    """What a source may ask about the feed that it looks at."""

    async def slices(self) -> Mapping[str, Sighting]:
        """Give what stood in the last good document, by ``Sighting.slice``: ``known_as`` a post, without its text."""
        ...

    async def knows(self, sightings: Sequence[Sighting]) -> bool:
        """Tell whether any of these entries shares a key, other than its title, with a stored post."""
        ...


class Source(Protocol):
    """Looks at one feed."""

    async def look(self, feed: Feed, memory: Memory | None = None) -> Look:
        """Fetch and read it; what ``memory`` holds is not read again. Every failure is a ``Failed``."""
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

    async def post(self, post_id: int) -> Post | None:
        """Read a post."""
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
    options: tuple[str, ...]
    """Settings that this platform alone has, by their names in ``Chat.options``."""

    def render(self, notice: Notice, chat: Chat) -> tuple[Payload, ...]:
        """Write a notice as the requests that it takes; pure."""
        ...

    def plainly(self, payload: Payload) -> Payload:
        """Give a request without anything that a platform could refuse but its text; pure."""
        ...

    async def send(self, part: Part) -> Outcome:
        """Make one request. Every failure is an Outcome; only cancellation raises."""
        ...

    async def edit(self, ref: str, part: Part) -> Outcome:
        """Replace what was sent as ``ref``, in the kind in which it was sent, without ringing.

        Sent where it says so now, or said so before; Rejected where it is not there any more, or may not be edited.
        """
        ...

    def listen(self, answer: Answer) -> AbstractAsyncContextManager[None]:
        """Take commands while the context is open."""
        ...

    async def catch_up(self, answer: Answer) -> None:
        """Answer the commands that wait, and return (``incoming once``)."""
        ...

    async def invitation(self, code: str) -> str | None:
        """Say how somebody sends the bot ``/start CODE``: a link, or the line to type; None where nobody can."""
        ...

    async def entrances(self) -> Sequence[tuple[str, str]]:
        """Give the links by which the bot is added, each with a word for what it is added to; empty if unknown."""
        ...

    @property
    def private_link(self) -> str:
        """Give where a private chat with the bot is opened; empty where there is no such link."""
        ...

    async def close(self) -> None:
        """Close the connections; a later request opens new ones."""
        ...

    def person(self, user: str) -> Address:
        """Give the private chat with a user; pure."""
        ...

    async def reach(self, user: str) -> None:
        """Make sure that a user can be written to; raises ConfigError, with the remedy, where that is not so."""
        ...

    async def lacks(self, address: Address) -> Sequence[str]:
        """Name the permissions that are missing in a place, by the platform's own names; raises ConfigError."""
        ...

    async def probe(self) -> str:
        """Ask the platform who we are (``@name``); raises ConfigError, with the remedy, where it refuses."""
        ...


class Artist(Protocol):
    """Draws formulas."""

    async def draw(self, formulas: Sequence[str]) -> bytes | None:
        """Draw formulas, TeX that ``reading.tex.drawable`` gave, one below the other as a PNG.

        The same formulas give the same picture without being drawn again, for as long as it is kept. None where none
        of them can be drawn. Only cancellation raises.
        """
        ...


class Inbox(Protocol):
    """Where a platform's updates are kept until they are dealt with (promise 6)."""

    async def store(self, platform: str, update_id: int, raw: str) -> bool:
        """Keep an update; tell whether it was new."""
        ...

    async def pending(self, platform: str) -> Sequence[tuple[int, str]]:
        """Give the updates that were kept and not dealt with, oldest first."""
        ...

    async def done(self, platform: str, update_id: int) -> None:
        """Mark an update as dealt with."""
        ...


@dataclass(frozen=True, slots=True)
class Doors:
    """What the app gives a platform.

    ``pace`` waits until a reply may go to a place; ``closed`` says that a place will take nothing any more, and why (a
    reason that begins with ``thread_`` is about the address's thread alone); ``opened`` that it takes messages again;
    ``moved`` that it has a new id (platform, old, new); ``needs_admin`` tells whether a request needs the asker's
    rights; ``menu`` are the commands to register: names with descriptions by language.

    ``chat`` gives a chat's settings, those that it would begin with (``id`` 0) where nothing is stored, by the client's
    language in a private one; ``subscribed`` tells whether it gets anything; ``formulas`` stores how formulas are
    written for a chat from now on, where the platform refused the way that it had chosen.

    ``places`` gives where a platform's chats are, and why each is closed (empty while it is open); ``suggest`` offers
    feeds or topics for what is being typed: what is shown, and what it stands for in a command line; ``recall`` and
    ``remember`` keep a platform's own words by their keys; ``artist`` draws formulas, and is None where nothing can.
    """

    inbox: Inbox
    clock: Clock
    pace: Callable[[Address, PlaceKind], Awaitable[None]]
    closed: Callable[[Address, str], Awaitable[None]]
    moved: Callable[[str, str, str], Awaitable[None]]
    needs_admin: Callable[[Ask], bool]
    menu: Sequence[tuple[str, Mapping[str, str]]]
    opened: Callable[[Address], Awaitable[None]]
    chat: Callable[[Address, PlaceKind, str], Awaitable[Chat]]
    subscribed: Callable[[Address], Awaitable[bool]]
    formulas: Callable[[Address, str], Awaitable[None]]
    places: Callable[[str], Awaitable[Sequence[tuple[Address, str]]]]
    suggest: Callable[[Ask, str], Awaitable[Sequence[tuple[str, str]]]]
    recall: Callable[[str], Awaitable[str | None]]
    remember: Callable[[str, str], Awaitable[None]]
    artist: Artist | None = None


# -- the outbox -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Wanted:
    """A delivery whose message is not written yet. ``filters`` are those that its chat has now for this post."""

    delivery_id: int
    post_id: int
    filter_id: int
    verdict: Verdict | None
    changed: datetime
    """When the post's text last changed."""
    filters: tuple[Filter, ...]
    source: str = ""
    """The feed's name, where the chat has several."""


@dataclass(frozen=True, slots=True)
class Head:
    """A chat that is due, with the next thing to do there: an open message's part, else a wanted delivery.

    Beside a part, ``wanted`` is its delivery where nothing of the message is there yet: it is judged again.
    """

    chat: Chat
    part: Part | None
    wanted: Wanted | None
    waiting: tuple[Waiting, ...] = ()
    """What waits for the chat, oldest first, where there is no part."""
    pushed: tuple[datetime, ...] = ()
    """When posts were pushed to the chat today and yesterday, where it has a bound for the day."""


@dataclass(frozen=True, slots=True)
class Bid:
    """A delivery written out, to be claimed if its chat still wants it."""

    chat: Chat
    delivery_id: int
    post_id: int
    filter_id: int
    verdict: Verdict
    payloads: tuple[Payload, ...]
    nonces: tuple[str, ...]
    changed: datetime
    """When the text that was written out was new: not to be claimed where the post has changed since."""


@dataclass(frozen=True, slots=True)
class Carried:
    """A delivery in a list: the filter that lets it through, why, and the number of the part that names it."""

    delivery_id: int
    filter_id: int
    verdict: Verdict
    part: int


@dataclass(frozen=True, slots=True)
class ListBid:
    """A list written out, to be claimed if its chat still wants everything that it names."""

    chat: Chat
    kind: MessageKind
    carried: tuple[Carried, ...]
    payloads: tuple[Payload, ...]
    nonces: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Record:
    """What became of an attempt. ``due`` is when its chat may be looked at again.

    ``rewritten`` is the part's payload as plain text, where the step asks for that.
    """

    part: Part
    chat_id: int
    step: Step
    due: datetime
    rewritten: Payload | None = None


class OutboxView(Protocol):
    """What the loop that sends reads, outside a transaction."""

    async def heads(self, platform: str, now: datetime, limit: int, busy: Sequence[int]) -> Sequence[Head]:
        """Give up to ``limit`` chats that are due and not ``busy``, the longest due first, each with its next thing."""
        ...

    async def wanted(self, ids: Sequence[int]) -> Mapping[int, Wanted]:
        """Give what deliveries need to be written, by their ids."""
        ...

    async def flood_size(self, delivery_id: int) -> int:
        """Tell how many posts came at once in the flood that a delivery belongs to."""
        ...

    async def next_due(self, platform: str, busy: Sequence[int]) -> datetime | None:
        """Tell when the next chat that is not ``busy`` is due; None if nothing waits."""
        ...

    async def stale(self, platform: str, now: datetime, limit: int, busy: Sequence[int]) -> Sequence[Stale]:
        """Give up to ``limit`` messages whose posts have changed, of chats that are not ``busy`` and get no post now.

        Those come first that have waited longest.
        """
        ...

    async def next_edit(self, platform: str) -> datetime | None:
        """Tell when the next message whose post has changed may be edited; None if there is none."""
        ...

    async def attempts(self, platform: str, since: datetime) -> Sequence[tuple[str, datetime]]:
        """Give the requests made since a time, oldest first: (place, when)."""
        ...

    async def held(self, platform: str) -> datetime | None:
        """Tell until when a platform wants nothing at all, if it ever asked for that."""
        ...


class OutboxWork(Protocol):
    """What the loop that sends does inside a transaction."""

    async def claim(self, head: Head, now: datetime) -> Part | None:
        """Take an open message's next part in hand; None if it is no longer there to take."""
        ...

    async def claim_new(self, bids: Sequence[Bid], now: datetime) -> Sequence[Part | None]:
        """Make deliveries' messages and take their first parts in hand, one for each bid, of different chats.

        None stands for a delivery that is not to be had any more.
        """
        ...

    async def claim_list(self, bid: ListBid, now: datetime) -> Part | None:
        """Make a list's message and take its first part in hand; None unless all that it names is to be had."""
        ...

    async def record(self, records: Sequence[Record], now: datetime) -> None:
        """Store what became of attempts."""
        ...

    async def claim_edits(self, rewrites: Sequence[Rewrite], now: datetime) -> Sequence[Rewrite]:
        """Give the edits that may go now: their chats still open and subscribed, their posts as they were read."""
        ...

    async def record_edits(self, done: Sequence[tuple[Rewrite, Step, datetime]]) -> None:
        """Store what became of edits, each with the time of its next attempt."""
        ...

    async def end_edits(self, messages: Iterable[tuple[int, int]]) -> None:
        """Forget that messages' posts have changed, unless they changed again: (message id, ``asked``) pairs."""
        ...

    async def postpone_edits(self, waits: Iterable[tuple[int, datetime]]) -> None:
        """Look at messages again later: (message id, when) pairs."""
        ...

    async def postpone(self, waits: Sequence[tuple[int, datetime]]) -> None:
        """Look at chats again later, or not at all where nothing waits."""
        ...

    async def drop(
        self,
        delivery_id: int,
        chat_id: int,
        reason: str,
        now: datetime,
        *,
        state: DeliveryState = DeliveryState.DROPPED,
    ) -> None:
        """End a delivery before it is sent, with its message if it has one."""
        ...

    async def hold(self, platform: str, until: datetime) -> None:
        """Remember until when a platform wants nothing at all."""
        ...

    async def close_place(self, address: Address, reason: str, now: datetime) -> None:
        """Close a place, or for a reason that begins with ``thread_`` one chat of it: what waits there is held."""
        ...

    async def move_place(self, platform: str, old: str, new: str, now: datetime) -> None:
        """Give a place its new id."""
        ...

    async def note_attempts(self, made: Iterable[tuple[Address, datetime]]) -> None:
        """Remember requests, for the budgets after a restart."""
        ...

    async def forget_attempts(self, before: datetime) -> None:
        """Forget requests that no budget counts any more."""
        ...

    async def set_back(self, platform: str, by: timedelta, now: datetime) -> None:
        """Keep waits as long as they were, though the clock was set back by so much."""
        ...

    async def recover(self, platform: str, most: int, now: datetime) -> int:
        """After a crash: settle the parts that were under way; give how many there were."""
        ...


class Outbox(Protocol):
    """The store, as the loop that sends sees it."""

    @property
    def outbox(self) -> OutboxView:
        """What is read."""
        ...

    def begin(self) -> AbstractAsyncContextManager[OutboxWork]:
        """Open a transaction."""
        ...

    async def posts(self, ids: Sequence[int]) -> Sequence[Post]:
        """Read posts by id."""
        ...
