"""Messages that follow their posts: which of those that stand in their chats are edited next, and what they then say.

Edits come after posts: they are looked for only where a turn has room left, and not in a chat that gets a post now.
What is written out is compared with what stands there, so a change that nobody would see makes no request.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

import structlog

from bot import failpoint
from bot.core import edits
from bot.core.edits import Stale
from bot.core.models import EPOCH, Chat, Notice, Payload, Post, Rewrite
from bot.core.ports import Outbox, Platform, Wanted
from bot.deliver.turn import Turn
from bot.deliver.writer import Writer
from bot.reading.doc import Doc, paragraph
from bot.reading.text import columns, plain

log = structlog.get_logger()

PAUSE: Final = timedelta(seconds=0.5)
"""Between two looks of which the first found nothing more to do: what waits for its chat's posts waits a little."""
LONGEST_REST: Final = timedelta(seconds=30)
"""After so long the database is asked even if nobody called: another process may have looked at a feed."""
_TRIES: Final = 8
"""How often a text is halved until it fits."""
_NOTHING_LEFT: Final = Notice(Doc((paragraph("…"),)))
"""What a part says for which the newer text is too short: nothing can be taken back, and it must not contradict."""


@dataclass(frozen=True, slots=True)
class Work:
    """A message whose post has changed, and what writing it anew needs (None where that is gone)."""

    stale: Stale
    wanted: Wanted | None
    post: Post | None

    @property
    def chat(self) -> Chat:
        """The chat that it stands in."""
        return self.stale.chat


class Editor:
    """Edits one platform's messages, for ``edits_for`` after they were sent."""

    def __init__(self, platform: Platform, store: Outbox, writer: Writer, edits_for: timedelta) -> None:
        self._platform = platform
        self._store = store
        self._writer = writer
        self._edits_for = edits_for
        self._looked = EPOCH
        self._called = False
        self.due: datetime | None = EPOCH
        """When it is to be looked again; None where the last look found that nothing waits."""

    def wake(self) -> None:
        """Say that posts may have changed."""
        self._called, self.due = True, EPOCH

    async def look(self, room: int, busy: Sequence[int], now: datetime) -> Sequence[Work]:
        """Give the messages to be looked at in a turn with so much room, one a chat, where it is time for that."""
        if room <= 0 or (now < self._looked + LONGEST_REST if self.due is None else now < self.due):
            return ()
        self._looked, self._called = now, False
        stale = await self._store.outbox.stale(self._platform.name, now, room, busy)
        due = now if len(stale) == room else await self._next(now)
        # A call that came meanwhile is about what may have been read too early.
        self.due = EPOCH if self._called else due
        if not stale:
            return ()
        failpoint.reach("editing")
        first = {each.chat.id: each for each in reversed(stale)}
        return await self._read(list(first.values()))

    async def _next(self, now: datetime) -> datetime | None:
        due = await self._store.outbox.next_edit(self._platform.name)
        return None if due is None else max(due, now + PAUSE)

    async def _read(self, stale: Sequence[Stale]) -> Sequence[Work]:
        wanted = await self._store.outbox.wanted([each.delivery_id for each in stale])
        posts = {post.id: post for post in await self._store.posts(sorted({each.post_id for each in wanted.values()}))}
        found = [(each, wanted.get(each.delivery_id)) for each in stale]
        return [Work(each, want, posts.get(want.post_id) if want else None) for each, want in found]

    def add(self, work: Work, turn: Turn, now: datetime) -> bool:
        """Add a message's next edit to a turn; tell whether that is a request."""
        try:
            rewrite = self._rewrite(work, now)
        except Exception as error:  # noqa: BLE001 -- one post that cannot be written must not hold up everybody
            log.warning("deliver.unwritable", message=work.stale.message_id, error=f"{type(error).__name__}: {error}")
            rewrite = None
        if rewrite is None:
            turn.followed.append((work.stale.message_id, work.stale.asked))
            return False
        turn.edits.append((rewrite, work.chat))
        return True

    def _rewrite(self, work: Work, now: datetime) -> Rewrite | None:
        """Write what replaces the first part that differs; None where none does, or the message is left as it is."""
        stale, wanted, post = work.stale, work.wanted, work.post
        if wanted is None or post is None or not wanted.filters or not edits.follows(stale, now, self._edits_for):
            return None
        payloads = self._payloads(stale, wanted, post)
        marks = [edits.mark(payload) for payload in payloads]
        parts = edits.differing(stale.parts, marks)
        if not parts:
            return None
        first = parts[0]
        return Rewrite(
            id=first.id,
            message_id=stale.message_id,
            number=first.number,
            nonce="",
            payload=payloads[first.number],
            address=stale.chat.address,
            attempts=stale.attempts,
            plain=first.plain,
            ref=first.ref,
            mark=marks[first.number],
            asked=stale.asked,
            last=len(parts) == 1,
        )

    def _payloads(self, stale: Stale, wanted: Wanted, post: Post) -> Sequence[Payload]:
        """Write a message's parts, neither more nor fewer than there are; plain ones stay plain."""
        payloads = list(self._fitting(stale, wanted, post))[: stale.size]
        if missing := stale.size - len(payloads):
            payloads += [self._platform.render(_NOTHING_LEFT, stale.chat)[0]] * missing
        for part in stale.parts:
            if part.plain:
                payloads[part.number] = self._platform.plainly(payloads[part.number])
        return payloads

    def _fitting(self, stale: Stale, wanted: Wanted, post: Post) -> Sequence[Payload]:
        """Write as much of a post as fits into the parts that there are: the last one has the buttons."""
        whole = self._writer.edited(stale.chat, wanted, post, stale.sent)
        if len(whole) <= stale.size:
            return whole
        best, low, high = whole, 0, columns(plain(post.doc or post.summary))
        for _ in range(_TRIES):
            middle = (low + high) // 2
            tried = self._writer.edited(replace(stale.chat, length=middle), wanted, post, stale.sent)
            if len(tried) <= stale.size:
                best, low = tried, middle
            else:
                high = middle
        return best
