"""Conversations with commands over a real store."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot import i18n
from bot.commands import Desk, serve
from bot.core.models import Address, Feed, PlaceKind, Reply, Sighting, Subscription, Trouble
from bot.core.ports import Ask, Asker
from bot.reading.doc import Doc, paragraph
from bot.store.sqlite import Store
from bot.topics.match import Matcher
from bot.topics.rules import category_key
from tests.unit.fakes import HOME, NOW, RULES, button

READER = Asker("7", admin=True, language="en")
POSTS = (
    ("扩散模型漫谈", ("信息时代",)),
    ("Flow matching by hand", ("数学研究",)),
    ("Python tips", ("信息时代",)),
)


@dataclass
class Chat:
    """A private chat with commands over a real store; a look finds nothing new, or trouble."""

    store: Store
    address: Address = HOME
    asker: Asker = READER
    anyone: bool = False
    trouble: Trouble | None = None
    now: datetime = NOW

    @contextlib.asynccontextmanager
    async def desk(self) -> AsyncIterator[Desk]:
        """Lay out a desk in a transaction of its own."""
        async with self.store.begin() as work:
            yield Desk(
                work=work,
                judge=Matcher(RULES),
                words=i18n.load,
                nearest=i18n.nearest,
                anyone_may_add_feeds=self.anyone,
            )

    async def look_now(self, feed_id: int) -> Trouble | None:
        """Store what a look would: this fails with a deadlock if a command's transaction were still open."""
        async with self.store.begin() as work:
            feed = await work.feed(feed_id)
            assert feed is not None
            good = self.trouble is None
            await work.save_feed(replace(feed, trouble=self.trouble, baseline=good, last_check=self.now, title="New"))
        return self.trouble

    async def say(self, line: str, *, pressed: bool = False) -> Reply:
        """Say something that has an answer; what begins with a blank is no command."""
        reply = await self.maybe(line, pressed=pressed)
        assert reply is not None
        return reply

    async def maybe(self, line: str, *, pressed: bool = False) -> Reply | None:
        """Say something."""
        name, _, args = line.removeprefix("/").partition(" ")
        kind = PlaceKind.GROUP if self.address.place.startswith("-") else PlaceKind.PRIVATE
        ask = Ask(self.address, kind, "", self.asker, name, args, self.now, pressed=pressed)
        return await serve(ask, self.desk, self)

    async def press(self, reply: Reply, label: str) -> Reply:
        """Press a button."""
        return await self.say(button(reply, label).command, pressed=True)

    async def subscriptions(self) -> list[Subscription]:
        """Read the chat's subscriptions."""
        async with self.store.begin() as work:
            chat = await work.chat(self.address)
            return list(await work.subscriptions(chat.id)) if chat else []


async def fill(store: Store) -> None:
    """Put one blog with three posts into a store."""
    async with store.begin() as work:
        feed_id = await work.put_feed(Feed(0, "blog", "https://blog.example/rss.xml", title="A Blog"), in_config=True)
        for number, (title, tags) in enumerate(POSTS, 1):
            published = NOW - timedelta(days=10 - number)
            sighting = Sighting(
                guid=str(number),
                link=f"https://blog.example/{number}",
                title=title,
                doc=Doc((paragraph(f"{title}。正文。"),)),
                published=published,
                tags=tags,
            )
            await work.add_post(feed_id, sighting, [("guid", str(number))], title, published)
            await work.add_categories(feed_id, [(category_key(tag), tag) for tag in tags])
