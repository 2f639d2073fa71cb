"""What a command has in hand: the desk that the app lays out for it, and the room that it is asked in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

from bot.commands.arguments import feed_name
from bot.core.models import BELOW, Chat, Feed, Filter, PlaceKind, Post, Subscription, Verdict
from bot.core.ports import Ask, Judge, Words, Work

LOOKBACK = 20
"""How many of the newest posts a filter is tried on."""

_NAMED = 12
"""Names that one sentence lists."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What the app gives a command for one request: an open transaction, and what does not change between requests.

    Nothing here waits for the network: a look at a feed is left to the caller as the reply's ``errand``.
    """

    work: Work
    judge: Judge
    words: Callable[[str], Words]
    """The words in a language."""
    nearest: Callable[[str], str]
    """The language of ours that is nearest to a client's tag."""
    blog: str = ""
    """What the blog is called; empty takes the feed's own title."""
    language: str = "zh"
    timezone: str = "Asia/Shanghai"
    anyone_may_add_feeds: bool = False
    private_link: str = ""
    """Where a member of a group opens a private chat with the bot; empty where there is no such link."""
    options: tuple[str, ...] = ()
    """Settings that the asking platform alone has, by name."""
    formulas: tuple[str, ...] = ("unicode", "rich", "picture")
    """The ways in which the asking platform can show formulas here and now."""
    images: tuple[str, ...] = (BELOW,)
    """Where the asking platform can put a post's picture."""
    claim: Callable[[Ask, str], Awaitable[bool]] | None = None
    """Makes the asker an operator if the one-time code is right and still valid; None where none is given out."""


@dataclass(frozen=True, slots=True)
class Room:
    """A request with what every command looks up first. ``chat.id`` is 0 while nothing of the chat is stored."""

    ask: Ask
    desk: Desk
    chat: Chat
    words: Words
    feeds: tuple[Feed, ...]
    """Those that are watched and that the asker may know of."""
    subscriptions: tuple[Subscription, ...]
    """Those to feeds that are watched."""
    resting: tuple[Feed, ...] = ()
    """The feeds that this chat is subscribed to and that are not watched now."""

    @property
    def work(self) -> Work:
        """The transaction."""
        return self.desk.work

    @property
    def subscribed(self) -> tuple[Feed, ...]:
        """The feeds that this chat is subscribed to."""
        chosen = {each.feed_id for each in self.subscriptions}
        return tuple(feed for feed in self.feeds if feed.id in chosen)

    @property
    def operator(self) -> bool:
        """Whether the asker runs the bot, and nobody else reads the answer."""
        return self.ask.asker.operator and self.ask.kind is PlaceKind.PRIVATE

    def subscription(self, feed_id: int) -> Subscription | None:
        """Give the subscription to a feed."""
        return next((each for each in self.subscriptions if each.feed_id == feed_id), None)

    def having(self, made: Sequence[Subscription]) -> Room:
        """Give the room with subscriptions that were just made or changed."""
        new = {each.feed_id for each in made}
        return replace(self, subscriptions=(*(s for s in self.subscriptions if s.feed_id not in new), *made))

    def name(self, *feeds: Feed) -> str:
        """Say what feeds are called; the operator's own name for the blog stands for the only one."""
        if self.desk.blog and len(self.feeds) == 1 and not self.resting:
            return self.desk.blog
        return self.listed([feed_name(feed) for feed in feeds]) or self.desk.blog

    def listed(self, names: Sequence[str]) -> str:
        """Write names in a row, a few of many."""
        more = ["…"] if len(names) > _NAMED else []
        return self.words("comma").join([*names[:_NAMED], *more])

    async def stored(self) -> Chat:
        """Give the chat as a row of the store, made at the first setting that must be remembered."""
        ask = self.ask
        return await self.work.open_chat(
            ask.address,
            ask.kind,
            ask.place_title,
            ask.now,
            language=self.chat.language,
            timezone=self.chat.timezone,
        )

    async def connected(self) -> Chat:
        """Likewise for a chat that is about to get posts: who asked for them is told when it takes none any more."""
        chat = await self.stored()
        if self.ask.kind is not PlaceKind.PRIVATE:
            await self.work.connect(chat.place_id, self.ask.asker.id)
        return chat

    async def newest(self, feeds: Sequence[Feed], limit: int = LOOKBACK) -> Sequence[Post]:
        """Give the newest posts of some feeds."""
        return await self.work.latest([feed.id for feed in feeds], limit) if feeds else ()

    def judged(self, post: Post, subscriptions: Sequence[Subscription]) -> Verdict:
        """Decide about a post as a delivery would: the first subscription that lets it through speaks for it."""
        verdicts = [self.desk.judge.judge(post, s.filter) for s in subscriptions if s.feed_id in post.feed_ids]
        passed = (verdict for verdict in verdicts if verdict.passes)
        return next(passed, None) or next(iter(verdicts), Verdict(passes=False))

    async def passing(self, feeds: Sequence[Feed], subscriptions: Sequence[Subscription]) -> Passing:
        """Try subscriptions on the newest posts of their feeds."""
        posts = await self.newest(feeds)
        verdicts = tuple((post, self.judged(post, subscriptions)) for post in posts)
        return Passing(len(posts), tuple((post, verdict) for post, verdict in verdicts if verdict.passes))


@dataclass(frozen=True, slots=True)
class Passing:
    """Which of the newest ``total`` posts get through, the newest first."""

    total: int
    posts: tuple[tuple[Post, Verdict], ...]


async def enter(ask: Ask, desk: Desk) -> Room:
    """Look up what every command needs. Nothing is stored for a chat that only asks."""
    chat = await desk.work.chat(ask.address) or _guest(ask, desk)
    subscriptions = await desk.work.subscriptions(chat.id) if chat.id else ()
    mine = {each.feed_id for each in subscriptions}
    feeds = tuple(feed for feed in await desk.work.feeds() if feed.id in mine or _public(feed, ask, desk))
    watched = {feed.id for feed in feeds}
    words = desk.words(ask.speaks or chat.language)
    awake = tuple(each for each in subscriptions if each.feed_id in watched)
    room = Room(ask, desk, chat, words, feeds, awake, await _resting(desk, frozenset(mine - watched)))
    if chat.closed and ask.kind is PlaceKind.PRIVATE:
        # Who writes to us privately has unblocked us: what was held may go out again.
        return replace(room, chat=await room.stored())
    return room


async def _resting(desk: Desk, ids: frozenset[int]) -> tuple[Feed, ...]:
    return tuple(feed for feed in await desk.work.all_feeds() if feed.id in ids) if ids else ()


def _public(feed: Feed, ask: Ask, desk: Desk) -> bool:
    """Tell whether a feed is everybody's business.

    Where anyone may add feeds, those are their chats' own; and one that was added in a chat and never read is offered
    to nobody, lest a typing error greets every reader.
    """
    return feed.from_config or (feed.baseline and not desk.anyone_may_add_feeds) or ask.asker.operator


def _guest(ask: Ask, desk: Desk) -> Chat:
    """Make the chat that this one would become. In a private one the reader's own client tells the language."""
    private = ask.kind is PlaceKind.PRIVATE and ask.asker.language
    return Chat(
        id=0,
        address=ask.address,
        kind=ask.kind,
        place_id=0,
        title=ask.place_title,
        language=desk.nearest(ask.asker.language) if private else desk.language,
        timezone=desk.timezone,
        created=ask.now,
    )


def filters(subscriptions: Sequence[Subscription]) -> Filter:
    """Say what several subscriptions want together, for showing: topics of any, the first query."""
    topics = sorted({topic for each in subscriptions for topic in each.filter.topics})
    query = next((each.filter.query for each in subscriptions if each.filter.query), "")
    return Filter(0, tuple(topics), query)
