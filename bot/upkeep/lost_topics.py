"""What becomes of a chat whose last ticked topic the operator took out of the configuration: one notice, all posts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Final, Protocol

import structlog

from bot import i18n
from bot.core.models import Chat, Choice, Feed, Notice, Payload, Subscription, Topic
from bot.core.ports import Clock, Platform
from bot.reading.doc import Doc, paragraph
from bot.topics.rules import is_nameless

log = structlog.get_logger()

EVERY: Final = 600.0
"""Seconds between two times; after a blog's first look its categories are known."""


class TopicWork(Protocol):
    """What is read and written, inside a transaction."""

    async def lost(self, rules: Sequence[str]) -> Sequence[tuple[Chat, Subscription, Feed]]:
        """Give the subscriptions that have topics of which none is left; ``rules`` are the operator's."""
        ...

    async def subscriptions(self, chat_id: int) -> Sequence[Subscription]:
        """Give a chat's subscriptions."""
        ...

    async def called(self, keys: Sequence[str], feeds: Sequence[int]) -> Sequence[Topic]:
        """Give the categories of some keys, as some feeds call them or somebody did for them."""
        ...

    async def subscribe(
        self, chat_id: int, feed_id: int, now: datetime, *, topics: tuple[str, ...] = (), query: str = ""
    ) -> Subscription:
        """Give a subscription its new topics and query."""
        ...

    async def add_notice(self, chat_id: int, payloads: Sequence[Payload], now: datetime) -> None:
        """Put a notice into the outbox."""
        ...


class TopicStore(Protocol):
    """The store, as this sees it."""

    def begin(self) -> AbstractAsyncContextManager[TopicWork]:
        """Open a transaction."""
        ...


async def keep_widening(
    store: TopicStore, platforms: Mapping[str, Platform], rules: Sequence[str], clock: Clock, wake: Callable[[], None]
) -> None:
    """Widen now and then until cancelled: what a blog lacks that was ticked before its first look is known after it."""
    while True:
        await clock.sleep(EVERY)
        try:
            if await widen(store, platforms, rules, clock.now()):
                wake()
        except Exception as error:  # noqa: BLE001 -- the loop's edge: whatever the disk does, there is a next time
            log.warning("topics.not_widened", error=f"{type(error).__name__}: {error}")


async def widen(store: TopicStore, platforms: Mapping[str, Platform], rules: Sequence[str], now: datetime) -> int:
    """Let such chats have all posts, as unticking the last topic would, and say so, once; count them.

    A silence that nobody chose would look broken. Chats of a platform that is switched off are left as they are.
    """
    async with store.begin() as work:
        found = [each for each in await work.lost(rules) if each[0].address.platform in platforms]
        for chat, subscription, feed in found:
            await work.subscribe(chat.id, feed.id, now, query=subscription.filter.query)
            feeds = [each.feed_id for each in await work.subscriptions(chat.id)]
            names = {topic.key: topic for topic in await work.called(subscription.filter.topics, feeds)}
            notice = _notice(chat, subscription, feed, names)
            await work.add_notice(chat.id, platforms[chat.address.platform].render(notice, chat), now)
    if found:
        log.info("topics.lost", subscriptions=len(found))
    return len(found)


def _notice(chat: Chat, subscription: Subscription, feed: Feed, names: Mapping[str, Topic]) -> Notice:
    words = i18n.load(chat.language)
    keys = [key for key in subscription.filter.topics if key in names or not is_nameless(key)]
    lost = words("comma").join(names[key].name(chat.language) if key in names else key for key in keys)
    said = words("topics_lost" if lost else "topics_lost_unnamed", topics=lost, blog=feed.called)
    return Notice(Doc((paragraph(said),)), choices=((Choice(words("choose_topics"), "topics"),),))
