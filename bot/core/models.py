"""The nouns. Frozen values; times are UTC-aware; nothing here reads a clock or a file."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import TypeAlias

from bot.reading.doc import Doc, Inline

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# -- a feed and what one look at it found -----------------------------------------------------------------------------


class FeedKind(StrEnum):
    """How a source is read; AUTO decides by what comes back."""

    AUTO = "auto"
    FEED = "feed"
    PAGE = "page"


@dataclass(frozen=True, slots=True)
class Validators:
    """What a server said of its document, byte for byte, to be echoed (RFC 9110, section 13)."""

    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why something failed: a stable ``name``, the ``cause`` in words, and the remedy's catalogue key is the name.

    ``since`` is the first failure of this run of failures, ``count`` how many there were in a row.
    """

    name: str
    cause: str
    since: datetime
    count: int = 1


@dataclass(frozen=True, slots=True)
class Selectors:
    """Where a listing page has what, as CSS selectors inside a card; ``next`` is on the page. Empty: recognised."""

    card: str = ""
    title: str = ""
    link: str = ""
    excerpt: str = ""
    date: str = ""
    tags: str = ""
    next: str = ""


RECOGNISED = Selectors()
"""No selectors: cards are recognised by how they repeat."""


@dataclass(frozen=True, slots=True)
class Feed:
    """A watched source. Its key is ``name``: a new URL under an old name keeps what was seen."""

    id: int
    name: str
    url: str
    title: str = ""
    kind: FeedKind = FeedKind.AUTO
    from_config: bool = True
    active: bool = True
    baseline: bool = False
    """Whether a well-formed document was ever seen: the first one pushes nothing."""
    validators: Validators = Validators()
    body_hash: str | None = None
    next_check: datetime = EPOCH
    last_check: datetime | None = None
    last_ok: datetime | None = None
    last_new: datetime | None = None
    interval: float | None = None
    """Seconds between looks that the operator asked for; None lets the blog's rhythm decide."""
    trouble: Trouble | None = None
    home: str = ""
    """The blog's own address, as its feed gives it."""
    language: str = ""
    pace: str = ""
    """What ``core.schedule`` remembers between looks; JSON, opaque to everybody else."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """One entry as one look at one feed saw it: plain title, HTML already turned into a Doc."""

    guid: str | None = None
    link: str | None = None
    """Absolute, cleaned of tracking parameters."""
    title: str = ""
    doc: Doc = field(default_factory=Doc)
    """The entry's fullest text."""
    summary: Doc = field(default_factory=Doc)
    """The feed's own excerpt, where it gives one beside the full text."""
    published: datetime | None = None
    updated: datetime | None = None
    tags: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    image: str | None = None
    language: str = ""
    position: int = 0
    """Place in the document, from 0 at the top."""
    sketch: str = ""
    """What ``core.keys.sketch`` makes of the text, where the source made it already, off the event loop."""
    slice: str = ""
    """Names the entry's raw text, so that it need not be read again; empty where the source cannot tell."""
    known_as: int | None = None
    """The post that this very slice was at the last look. Then it was not read again: it has no ``doc``, ``summary``,
    ``tags``, ``authors`` or ``image``."""


@dataclass(frozen=True, slots=True)
class FetchInfo:
    """What a response said besides its body: what the schedule and the next request need.

    ``max_age`` and ``retry_after`` are seconds. ``url`` is where a permanent redirect leads, else None.
    """

    status: int = 0
    validators: Validators = Validators()
    max_age: float | None = None
    retry_after: float | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Fetched:
    """A well-formed document. ``ttl``, ``skip_hours`` and ``skip_days`` are the feed's own wishes (RSS 2.0)."""

    info: FetchInfo
    sightings: tuple[Sighting, ...]
    body_hash: str = ""
    title: str = ""
    home: str = ""
    language: str = ""
    ttl: float | None = None
    skip_hours: frozenset[int] = frozenset()
    skip_days: frozenset[int] = frozenset()
    window: int | None = None
    """So many entries from the top are what the address shows; the others stand on a listing's further pages."""
    found_at: str = ""
    """The feed that a page for people named: the address to use from now on."""


@dataclass(frozen=True, slots=True)
class NotModified:
    """The document is the one that was seen last: by a 304, by its bytes, or because all its entries were known."""

    info: FetchInfo


@dataclass(frozen=True, slots=True)
class Failed:
    """A look that came to nothing. ``name`` is a stable word for the failure; ``cause`` is one line, no secrets."""

    name: str
    cause: str
    info: FetchInfo = FetchInfo()
    gone: bool = False
    """The server says that there is nothing any more (410): stop asking."""


Look: TypeAlias = Fetched | NotModified | Failed

# -- a post -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Post:
    """One blog post, however many feeds or pages show it. ``seq`` orders deliveries, in the order of commits."""

    id: int
    seq: int
    title: str
    link: str | None
    doc: Doc
    summary: Doc = field(default_factory=Doc)
    published: datetime | None = None
    first_seen: datetime = EPOCH
    tags: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    image: str | None = None
    feed_ids: tuple[int, ...] = ()
    """The feeds that showed it, the first one first."""


@dataclass(frozen=True, slots=True)
class KnownPost:
    """What identity needs of a stored post. ``guids`` are those of the feed in question only.

    ``guids``, ``links`` and ``prints`` hold every key that it was ever seen under, as ``core.keys.keys_of`` makes them;
    ``gist`` is that of its newest text; ``title`` is its newest one, as it stands or as a key.
    """

    id: int
    guids: frozenset[str]
    links: frozenset[str]
    prints: frozenset[str]
    title: str
    gist: str
    published: datetime | None
    here: bool
    """Whether this feed has shown it before."""
    in_last: bool
    """Whether it stood in this feed's last good document."""


# -- topics -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Topic:
    """A named interest. ``key`` is stable ASCII of at most 40 characters; links and buttons carry it.

    ``category`` is the feed's own name for it, for topics learned from the feed; rules have none.
    """

    key: str
    names: tuple[tuple[str, str], ...]
    """(language, name) pairs; a topic learned from a feed has one, with the language ``""``."""
    category: str | None = None

    def name(self, language: str) -> str:
        """Give its name in a language such as ``zh`` or ``zh-TW``, else the nearest it has."""
        names = dict(self.names)
        base = language.partition("-")[0]
        return names.get(language) or names.get(base) or names.get("") or next(iter(names.values()), self.key)


@dataclass(frozen=True, slots=True)
class Filter:
    """What a subscription lets through: any of ``topics`` (none: all), and the query. Equal filters share a row."""

    id: int
    topics: tuple[str, ...] = ()
    query: str = ""


@dataclass(frozen=True, slots=True)
class Hit:
    """A topic that a post has, and the word, tag or rule by which it has it."""

    topic: str
    word: str
    by: str
    """``tag`` or ``text``."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a filter lets a post through, and why (not). ``blocked_by`` is the piece of the query that said no."""

    passes: bool
    hits: tuple[Hit, ...] = ()
    """The ticked topics that matched."""
    blocked_by: str = ""
    """Empty where the query is not the reason."""


# -- places, chats, subscriptions -------------------------------------------------------------------------------------


class PlaceKind(StrEnum):
    """What sort of place, for rights and pacing."""

    PRIVATE = "private"
    GROUP = "group"
    CHANNEL = "channel"


@dataclass(frozen=True, slots=True)
class Address:
    """Where a chat is, in its platform's terms: ``telegram:1001:7``. ``thread`` is empty outside threads."""

    platform: str
    place: str
    thread: str = ""

    def __str__(self) -> str:
        """Write it as the command line does: ``platform:place[:thread]``."""
        return ":".join(part for part in (self.platform, self.place, self.thread) if part)


@dataclass(frozen=True, slots=True)
class Rhythm:
    """When a chat's digest goes out: each day at ``minute`` of the local day, or only on ``weekday`` (0 is Monday)."""

    minute: int
    weekday: int | None = None


@dataclass(frozen=True, slots=True)
class Hours:
    """A stretch of every local day, in minutes after midnight; where it ends before it begins it spans midnight."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Chat:
    """A place's thread with its settings. ``closed`` says why nothing can be sent there; empty while open."""

    id: int
    address: Address
    kind: PlaceKind
    place_id: int
    title: str = ""
    language: str = "zh"
    timezone: str = "Asia/Shanghai"
    length: int = 480
    """Excerpt budget in columns: 0 shows titles only, -1 the full text."""
    formulas: str = "unicode"
    silent: bool = False
    closed: str = ""
    paused_until: datetime | None = None
    created: datetime = EPOCH
    images: bool = True
    hashtags: bool = True
    """Whether a notification names the post's topics."""
    cap: int = 0
    """Posts a local day that are pushed whole; the others come as a list the next morning. 0 is no bound."""
    quiet: Hours | None = None
    """When nothing may ring; what comes then waits."""
    digest: Rhythm | None = None
    digest_asked: datetime | None = None
    """When a digest was last asked for out of turn."""
    options: tuple[tuple[str, str], ...] = ()
    """Settings that one platform alone has, by name."""


@dataclass(frozen=True, slots=True)
class Subscription:
    """One chat's wish for one feed."""

    id: int
    chat_id: int
    feed_id: int
    filter: Filter
    created: datetime


# -- deliveries -------------------------------------------------------------------------------------------------------


class DeliveryState(StrEnum):
    """The decision about one post in one chat."""

    WANTED = "wanted"
    HELD = "held"
    SENT = "sent"
    DROPPED = "dropped"
    DEAD = "dead"


class PartState(StrEnum):
    """One request's way."""

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    RETRY = "retry"
    UNCERTAIN = "uncertain"
    DEAD = "dead"


class MessageKind(StrEnum):
    """Why a message is sent."""

    POST = "post"
    DIGEST = "digest"
    SUMMARY = "summary"
    NOTICE = "notice"


Payload: TypeAlias = dict[str, object]
"""One request in a platform's own terms, JSON values only."""


@dataclass(frozen=True, slots=True)
class Part:
    """What goes out in one request. ``nonce`` is the same at every attempt, at most 25 ASCII characters."""

    id: int
    message_id: int
    number: int
    nonce: str
    payload: Payload
    address: Address
    attempts: int = 0
    """Requests started before this one."""
    uncertain: int = 0
    """How many of them may have arrived."""
    first_try: datetime | None = None
    plain: bool = False
    """Already stepped down to plain text."""


@dataclass(frozen=True, slots=True)
class Rewrite(Part):
    """What replaces a part that stands in its chat already, since its post has changed.

    ``ref`` is the platform's id of what is replaced, ``mark`` names what will stand there (``core.edits``). ``asked``
    is how often the post had changed when this was written; ``last`` says that nothing of the message is left to edit.
    """

    ref: str = ""
    mark: str = ""
    asked: int = 0
    last: bool = True


# -- what a platform answers to a send --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Sent:
    """It is there; ``ref`` is the platform's id of the message."""

    ref: str


@dataclass(frozen=True, slots=True)
class Retry:
    """It is certainly not there; ``seconds`` is how long the platform asked to wait, None if it did not say.

    ``scope`` is what has to wait: ``chat`` (the place) or ``platform`` (everything on it).
    """

    reason: str
    seconds: float | None = None
    scope: str = "chat"


@dataclass(frozen=True, slots=True)
class Uncertain:
    """It may be there: the link broke after the request went out."""

    reason: str


@dataclass(frozen=True, slots=True)
class Gone:
    """The place will take nothing any more (blocked, removed, deleted). ``reason`` is a stable word."""

    reason: str


@dataclass(frozen=True, slots=True)
class Moved:
    """The place has a new id; nothing was sent."""

    place: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """The platform refuses this content; nothing was sent."""

    reason: str


Outcome: TypeAlias = Sent | Retry | Uncertain | Gone | Moved | Rejected

# -- what is said -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Choice:
    """A button. Pressing it runs ``command`` (a command line without its slash, at most 60 bytes) or opens ``url``.

    With ``picks`` (``channel``, ``group``) it opens the platform's own list of such places, where that has one; the one
    that is picked becomes the address of ``command``.

    A command carries the wanted state (``topics 1 +diffusion``), never a toggle: pressing twice changes nothing.
    ``on`` draws it as ticked (True) or not (False); None is a plain button.
    """

    label: str
    command: str = ""
    url: str = ""
    on: bool | None = None
    picks: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """What a notification says, before a platform lays it out. An empty ``title`` makes it a plain text."""

    body: Doc
    title: str = ""
    link: str | None = None
    source: str = ""
    """The feed's name; empty where the chat has only one."""
    date: datetime | None = None
    """Shown only where it is worth it."""
    topics: tuple[str, ...] = ()
    """Names, the ticked ones first, at most four."""
    keys: tuple[str, ...] = ()
    """The keys of all the topics, for what a chat hangs on them."""
    image: str | None = None
    choices: tuple[tuple[Choice, ...], ...] = ()
    """Rows of buttons."""
    silent: bool = False


@dataclass(frozen=True, slots=True)
class Errand:
    """What a command leaves to its caller, because it takes long and must not hold a transaction.

    Look at a feed once the reply's transaction is committed, then answer ``then``, a command line without its slash.
    """

    feed_id: int
    then: str


@dataclass(frozen=True, slots=True)
class Reply:
    """A command's answer. ``private`` is for the asker's eyes only where the platform can do that.

    ``edits`` says that it replaces the message whose button was pressed; ``toast`` is a short line shown beside it.
    """

    notice: Notice
    private: bool = True
    edits: bool = False
    toast: str = ""
    errand: Errand | None = None
    asks: bool = False
    """Whether it is a question: what the asker answers next, within ten minutes, is the command's argument. A platform
    hands it over as an ``Ask`` with an empty name."""
    chat: Chat | None = None
    """The settings that it is drawn by; None leaves them to the platform."""


Phrase: TypeAlias = tuple[Inline, ...]
