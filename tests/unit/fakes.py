"""Doubles for what commands are given: a store in memory, and a desk laid out with it."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from bot import i18n
from bot.commands import Desk, answer
from bot.core.incidents import Incident
from bot.core.models import Address, Chat, Choice, Feed, Filter, PlaceKind, Post, Reply, Subscription, Topic
from bot.core.ports import Ask, Asker, DeliveryView, Judge
from bot.reading.doc import Doc, paragraph
from bot.reading.text import plain
from bot.topics.match import Matcher
from bot.topics.rules import RuleSpec, category_topic

NOW = datetime(2026, 1, 20, 12, 0, tzinfo=UTC)
HOME = Address("telegram", "1001")
GROUP = Address("telegram", "-1002")

RULES = (
    RuleSpec("diffusion", (("zh", "扩散模型"), ("en", "Diffusion")), strong=("扩散", "diffusion")),
    RuleSpec("flow-matching", (("zh", "流匹配"), ("en", "Flow matching")), strong=("flow matching",), tags=("流",)),
)
FLOWS = RuleSpec(
    "flows",
    (("zh", "标准化流"), ("en", "Normalizing flows")),
    strong=("RealNVP", "normalizing flow*"),
    weak=("flow模型", "flow", "=NICE", "可逆"),
    tags=("流模型",),
)
PYTHON = RuleSpec("python", (("", "Python"),), strong=("asyncio",), weak=("python*",))


def post(number: int, title: str, *, feed: int = 1, tags: tuple[str, ...] = (), text: str = "正文。") -> Post:
    """Make a post; a higher number is newer by a day."""
    return Post(
        id=number,
        seq=number,
        title=title,
        link=f"https://blog.example/{number}",
        doc=Doc((paragraph(text),)),
        published=NOW - timedelta(days=100 - number),
        first_seen=NOW - timedelta(days=100 - number),
        tags=tags,
        feed_ids=(feed,),
    )


@dataclass
class MemoryWork:
    """The store's side of commands (``core.ports.Work``), in memory."""

    all: dict[int, Feed] = field(default_factory=dict)
    posts: list[Post] = field(default_factory=list)
    chats: dict[Address, Chat] = field(default_factory=dict)
    held: dict[tuple[int, int], Subscription] = field(default_factory=dict)
    ended: dict[tuple[int, int], Subscription] = field(default_factory=dict)
    ended_at: dict[tuple[int, int], datetime] = field(default_factory=dict)
    numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    opened: int = 0
    operators: set[str] = field(default_factory=set)
    incidents: tuple[Incident, ...] = ()
    questions: dict[tuple[Address, str], tuple[str, datetime]] = field(default_factory=dict)

    async def chat(self, address: Address) -> Chat | None:
        """Find a chat."""
        return self.chats.get(address)

    async def open_chat(
        self, address: Address, kind: PlaceKind, title: str, now: datetime, *, language: str, timezone: str
    ) -> Chat:
        """Find a chat or make it."""
        self.opened += 1
        number = next(self.numbers)
        fresh = Chat(number, address, kind, number, title, language, timezone, created=now)
        self.chats[address] = replace(self.chats.get(address, fresh), closed="")
        return self.chats[address]

    async def save_chat(self, chat: Chat) -> None:
        """Store a chat's settings."""
        self.chats[chat.address] = chat

    async def forget_chat(self, chat_id: int) -> None:
        """Delete a chat."""
        self.chats = {address: chat for address, chat in self.chats.items() if chat.id != chat_id}

    async def connect(self, place_id: int, user: str) -> None:
        """Remember nothing."""

    async def forget_user(self, platform: str, user: str) -> None:
        """Forget nothing."""

    async def feeds(self) -> Sequence[Feed]:
        """Give the active feeds."""
        return [feed for feed in self.all.values() if feed.active]

    async def all_feeds(self) -> Sequence[Feed]:
        """Give every feed."""
        return list(self.all.values())

    async def topics(self, *feeds: int) -> Sequence[Topic]:
        """Give feeds' categories."""
        found = [
            dict.fromkeys(tag for each in self.posts if feed in each.feed_ids for tag in each.tags) for feed in feeds
        ]
        return [category_topic(tag) for tags in found for tag in tags]

    async def called(self, keys: Sequence[str], feeds: Sequence[int]) -> Sequence[Topic]:
        """Give feeds' categories of these keys."""
        names = {topic.key: topic for topic in reversed(await self.topics(*feeds))}
        return [names[key] for key in keys if key in names]

    async def subscriptions(self, chat_id: int) -> Sequence[Subscription]:
        """Give a chat's subscriptions."""
        return [each for (chat, _), each in self.held.items() if chat == chat_id]

    async def subscribe(
        self, chat_id: int, feed_id: int, now: datetime, *, topics: tuple[str, ...] = (), query: str = ""
    ) -> Subscription:
        """Make or change a subscription."""
        old = self.held.get((chat_id, feed_id))
        filter_ = Filter(next(self.numbers), tuple(sorted(set(topics))), query)
        made = Subscription(
            old.id if old else next(self.numbers), chat_id, feed_id, filter_, old.created if old else now
        )
        self.held[chat_id, feed_id] = made
        return made

    async def unsubscribe(self, chat_id: int, feed_id: int, now: datetime) -> bool:
        """End a subscription."""
        old = self.held.pop((chat_id, feed_id), None)
        if old:
            self.ended[chat_id, feed_id] = old
            self.ended_at[chat_id, feed_id] = now
        return old is not None

    async def resubscribe(self, chat_id: int, feed_id: int, now: datetime) -> Subscription | None:
        """Bring an ended subscription back."""
        old = self.ended.pop((chat_id, feed_id), None)
        if old:
            self.held[chat_id, feed_id] = old
        return old

    async def just_ended(self, chat_id: int) -> Sequence[int]:
        """Give what was ended last."""
        times = {feed: at for (chat, feed), at in self.ended_at.items() if (chat, feed) in self.ended}
        return [feed for feed, at in times.items() if at == max(times.values())]

    async def add_feed(self, url: str, now: datetime) -> Feed:
        """Make a chat's own feed, or give the one that is there."""
        if known := next((feed for feed in self.all.values() if feed.url == url), None):
            self.all[known.id] = replace(known, active=True)
            return self.all[known.id]
        feed = Feed(max(self.all, default=0) + 1, url, url, from_config=False, next_check=now)
        self.all[feed.id] = feed
        return feed

    async def remove_feed(self, feed_id: int) -> None:
        """Pause a feed."""
        self.all[feed_id] = replace(self.all[feed_id], active=False)

    async def latest(self, feed_ids: Sequence[int], limit: int) -> Sequence[Post]:
        """Give the newest posts."""
        mine = [each for each in self.posts if set(each.feed_ids) & set(feed_ids)]
        return sorted(mine, key=lambda each: -each.id)[:limit]

    async def post(self, post_id: int) -> Post | None:
        """Read a post."""
        return next((each for each in self.posts if each.id == post_id), None)

    async def search(
        self, feed_ids: Sequence[int], words: Sequence[Sequence[str]], limit: int, skip: int = 0
    ) -> Sequence[Post]:
        """Sieve nothing: what is found is read anyway."""
        return (await self.latest(feed_ids, skip + limit))[skip:]

    async def pause(self, chat_id: int, until: datetime, now: datetime) -> None:
        """Pause."""
        self._set_pause(chat_id, until)

    async def resume(self, chat_id: int, now: datetime) -> Sequence[Post]:
        """Nothing is held here."""
        self._set_pause(chat_id, None)
        return ()

    def _set_pause(self, chat_id: int, until: datetime | None) -> None:
        self.chats = {
            address: replace(chat, paused_until=until) if chat.id == chat_id else chat
            for address, chat in self.chats.items()
        }

    async def send_whole(self, chat_id: int, first: int, last: int, now: datetime) -> int:
        """Nothing is held here."""
        return 0

    async def hurry(self, chat_id: int, now: datetime) -> int:
        """Nothing waits here."""
        return 0

    async def ask(self, address: Address, asker: str, command: str, expires: datetime, now: datetime) -> None:
        """Remember a question."""
        self.questions[address, asker] = (command, expires)

    async def asked(self, address: Address, asker: str, now: datetime) -> str | None:
        """Take a question back."""
        command, expires = self.questions.pop((address, asker), ("", now))
        return command if expires > now else None

    async def forget_asked(self, address: Address) -> None:
        """Forget what was asked in a chat."""
        self.questions = {key: value for key, value in self.questions.items() if key[0] != address}

    async def old(self, posts: Sequence[int], feeds: Sequence[int]) -> Mapping[int, bool]:
        """All was news here."""
        return {}

    async def find_post(self, link: str) -> Post | None:
        """Find a post by its link."""
        return next((each for each in self.posts if each.link == link), None)

    async def delivery(self, chat_id: int, post_id: int) -> DeliveryView | None:
        """Nothing is delivered here."""
        return None

    async def deliveries(self, chat_id: int, limit: int) -> Sequence[DeliveryView]:
        """Nothing is delivered here."""
        return ()

    async def add_operator(self, platform: str, user: str, now: datetime) -> None:
        """Make somebody an operator."""
        self.operators.add(user)

    async def meta(self, key: str) -> str | None:
        """Nothing is remembered here."""
        return None

    async def set_meta(self, key: str, value: str | None) -> None:
        """Nothing is remembered here."""

    async def open_incidents(self) -> Sequence[Incident]:
        """Give what is wrong."""
        return self.incidents

    async def counts(self) -> Mapping[str, int]:
        """Count."""
        return {"chats": len(self.chats), "subscriptions": len(self.held), "posts": len(self.posts), "wanted": 2}


@dataclass
class Talk:
    """A conversation with the bot: what is said, as the reader sees it."""

    work: MemoryWork
    judge: Judge = field(default_factory=lambda: Matcher(RULES))
    address: Address = HOME
    kind: PlaceKind = PlaceKind.PRIVATE
    asker: Asker = field(default_factory=lambda: Asker("7", admin=True, language="en"))
    anyone: bool = False
    codes: frozenset[str] = frozenset()

    def desk(self) -> Desk:
        """Lay out a desk."""

        async def claim(ask: Ask, code: str) -> bool:
            return code in self.codes

        return Desk(
            work=self.work,
            judge=self.judge,
            words=i18n.load,
            nearest=i18n.nearest,
            anyone_may_add_feeds=self.anyone,
            private_link="https://t.me/example_bot?start=hello" if self.kind is not PlaceKind.PRIVATE else "",
            claim=claim,
        )

    def ask(self, line: str, *, pressed: bool = False, called: bool = False) -> Ask:
        """Make a request of a line."""
        name, _, args = line.removeprefix("/").partition(" ")
        return Ask(self.address, self.kind, "", self.asker, name, args, NOW, pressed=pressed, called=called)

    async def maybe(self, line: str, *, called: bool = False) -> Reply | None:
        """Say something that may get no answer."""
        return await answer(self.ask(line, called=called), self.desk())

    async def say(self, line: str) -> Reply:
        """Type a command."""
        reply = await answer(self.ask(line), self.desk())
        assert reply is not None
        return reply

    async def press(self, reply: Reply, label: str) -> Reply:
        """Press the button of this label, or whose label begins so."""
        choice = button(reply, label)
        assert len(choice.command.encode()) <= 60
        pressed = await answer(self.ask(choice.command, pressed=True), self.desk())
        assert pressed is not None
        return pressed

    @property
    def filters(self) -> list[Filter]:
        """What the chat's subscriptions want."""
        chat = self.work.chats.get(self.address)
        return [each.filter for (owner, _), each in self.work.held.items() if chat and owner == chat.id]

    def ticked(self) -> tuple[str, ...]:
        """Give the topics of the chat's only subscription."""
        (only,) = self.filters
        return only.topics


def buttons(reply: Reply) -> list[Choice]:
    """Give all buttons."""
    return [choice for row in reply.notice.choices for choice in row]


def button(reply: Reply, label: str) -> Choice:
    """Find a button by the beginning of its label."""
    return next(choice for choice in buttons(reply) if choice.label.startswith(label))


def text(reply: Reply) -> str:
    """Give what a reply says."""
    return plain(reply.notice.body)


def blog(**feeds: str) -> MemoryWork:
    """Make a store with one feed and a few posts, or with the feeds that are named."""
    if feeds:
        names = list(feeds.items())
        rows = {
            at: Feed(at, name, f"https://{name}.example/feed", title, home=f"https://{name}.example/")
            for at, (name, title) in enumerate(names, 1)
        }
        return MemoryWork(rows, [post(at, f"{title} 1", feed=at) for at, (_, title) in enumerate(names, 1)])
    feed = Feed(1, "blog", "https://blog.example/rss.xml", "A Blog", home="https://blog.example/", baseline=True)
    posts = [
        post(1, "扩散模型漫谈", tags=("信息时代",)),
        post(2, "Flow matching by hand", tags=("数学研究",)),
        post(3, "缓存与效果的极限拉扯", tags=("信息时代", "流")),
        post(4, "Python tips", tags=("Machine Learning",)),
    ]
    return MemoryWork({1: feed}, posts)
