"""What becomes of a chat whose last ticked topic the operator took out of the configuration: one notice, all posts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol

from bot import i18n
from bot.core.models import Chat, Choice, Feed, Notice, Payload, Subscription
from bot.core.ports import Platform
from bot.reading.doc import Doc, paragraph


class TopicWork(Protocol):
    """What is read and written, inside a transaction."""

    async def lost(self, rules: Sequence[str]) -> Sequence[tuple[Chat, Subscription, Feed]]:
        """Give the subscriptions that have topics of which none is left; ``rules`` are the operator's."""
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


async def widen(store: TopicStore, platforms: Mapping[str, Platform], rules: Sequence[str], now: datetime) -> int:
    """Let such chats have all posts, as unticking the last topic would, and say so, once; count them.

    A silence that nobody chose would look broken. Chats of a platform that is switched off are left as they are.
    """
    async with store.begin() as work:
        found = [each for each in await work.lost(rules) if each[0].address.platform in platforms]
        for chat, subscription, feed in found:
            await work.subscribe(chat.id, feed.id, now, query=subscription.filter.query)
            notice = _notice(chat, subscription, feed)
            await work.add_notice(chat.id, platforms[chat.address.platform].render(notice, chat), now)
    return len(found)


def _notice(chat: Chat, subscription: Subscription, feed: Feed) -> Notice:
    words = i18n.load(chat.language)
    names = words("comma").join(subscription.filter.topics)
    said = words("topics_lost", topics=names, blog=feed.called)
    return Notice(Doc((paragraph(said),)), choices=((Choice(words("choose_topics"), "topics"),),))
