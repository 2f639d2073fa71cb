"""From a wanted delivery to what would be sent: still wanted? then written, once for all chats of equal settings."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import datetime
from operator import attrgetter
from typing import Final

from bot.core.models import Chat, Filter, Notice, Payload, Post, Verdict
from bot.core.ports import Bid, Judge, Platform, Wanted

KEPT: Final = 512
"""Posts kept written out."""

_UNWRITTEN: Final = frozenset(["id", "place_id", "title", "address", "created", "paused_until"])
"""What a chat is called, where and since when it is there changes nothing in a message; everything else may."""
_ALIKE: Final = attrgetter(*(each.name for each in fields(Chat) if each.name not in _UNWRITTEN))

Write = Callable[[Post, Chat, Verdict, str, datetime], Notice]
"""``core.notice.of_post`` with the catalogues put in: (post, chat, verdict, source, now)."""


class Writer:
    """Writes one platform's deliveries."""

    def __init__(self, platform: Platform, judge: Judge, write: Write) -> None:
        self._platform = platform
        self.judge = judge
        self._write = write
        self._kept: OrderedDict[tuple[object, ...], tuple[Payload, ...]] = OrderedDict()

    def bid(self, chat: Chat, wanted: Wanted, post: Post, now: datetime) -> Bid | str:
        """Write a delivery out, or say why it is to be dropped: its chat changed its mind since the post was found."""
        filter_, verdict = self._judged(wanted, post)
        if filter_ is None:
            return "filter" if wanted.filters else "unsubscribed"
        payloads = self._payloads(post, chat, wanted, self._united(post, wanted, filter_.id, verdict), now)
        if not payloads:
            msg = "nothing to send"
            raise ValueError(msg)
        nonces = tuple(nonce(self._platform.name, wanted.delivery_id, number) for number in range(len(payloads)))
        return Bid(chat, wanted.delivery_id, wanted.post_id, filter_.id, verdict, payloads, nonces, wanted.changed)

    def again(self, wanted: Wanted, post: Post) -> Wanted | str:
        """Judge a delivery again that was written out before: give it with the filter that lets it through."""
        filter_, verdict = self._judged(wanted, post)
        if filter_ is None:
            return "filter" if wanted.filters else "unsubscribed"
        return replace(wanted, filter_id=filter_.id, verdict=verdict)

    def edited(self, chat: Chat, wanted: Wanted, post: Post, sent: datetime) -> tuple[Payload, ...]:
        """Write a delivery out again that was sent at a time, as it would be written then: its age changes nothing."""
        verdict = self._united(post, wanted, wanted.filter_id, wanted.verdict or Verdict(passes=True))
        return self._payloads(post, chat, wanted, verdict, sent, again=True)

    def _judged(self, wanted: Wanted, post: Post) -> tuple[Filter | None, Verdict]:
        verdict = wanted.verdict or Verdict(passes=True)
        for filter_ in wanted.filters:
            if filter_.id == wanted.filter_id:
                return filter_, verdict
        for filter_ in wanted.filters:
            verdict = self.judge.judge(post, filter_)
            if verdict.passes:
                return filter_, verdict
        return None, verdict

    def _united(self, post: Post, wanted: Wanted, chosen: int, verdict: Verdict) -> Verdict:
        """Add the topics by which other subscriptions of the chat want the post: it comes once, and stands for all."""
        others = [self.judge.judge(post, filter_) for filter_ in wanted.filters if filter_.id != chosen]
        hits = dict.fromkeys([*verdict.hits, *(hit for each in others if each.passes for hit in each.hits)])
        return replace(verdict, hits=tuple(hits)) if others else verdict

    def _payloads(
        self, post: Post, chat: Chat, wanted: Wanted, verdict: Verdict, now: datetime, *, again: bool = False
    ) -> tuple[Payload, ...]:
        key = (post.id, wanted.changed, _ALIKE(chat), verdict.hits, wanted.source, again)
        found = self._kept.get(key)
        if found is None:
            found = self._platform.render(self._write(post, chat, verdict, wanted.source, now), chat)
            self._kept[key] = found
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return found


def nonce(platform: str, delivery_id: int, number: int) -> str:
    """Name a delivery's part, the same at every attempt: 24 ASCII characters (Discord takes 25)."""
    return hashlib.blake2b(f"{platform}:{delivery_id}:{number}".encode(), digest_size=12).hexdigest()
