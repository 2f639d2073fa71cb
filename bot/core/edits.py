"""When a message that was sent is edited, because its post has changed since. Pure.

An edit rings nothing and may be made twice without harm. So it is not guarded as a message is: what is uncertain is
simply tried again, and what was under way in a crash is found again by what stands in the chat.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.core.models import Chat, Gone, Moved, Outcome, PartState, Payload, Rejected, Retry, Sent, Uncertain
from bot.core.plan import Step, asked, delay, outage

EDITS_FOR: Final = timedelta(hours=48)
"""How long after it was sent a message follows its post."""
MOST: Final = 3
"""How often one part is edited: a blog that changes its posts at every look would use a chat's whole budget up."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A part that stands in its chat. ``mark`` names what it shows, ``edits`` counts how often it was edited.

    Without ``ref``, the platform's id of it, it cannot be edited.
    """

    id: int
    number: int
    ref: str
    mark: str
    plain: bool = False
    edits: int = 0


@dataclass(frozen=True, slots=True)
class Stale:
    """A message that was sent at ``sent``, and whose post has changed; ``asked`` counts the changes.

    ``attempts`` are the requests in a row that came to nothing; ``size`` is how many parts the message has, those
    included that never arrived.
    """

    chat: Chat
    message_id: int
    delivery_id: int
    sent: datetime
    asked: int
    attempts: int
    size: int
    parts: tuple[Shown, ...]


def mark(payload: Payload) -> str:
    """Name what a request shows: two that show the same have the same name."""
    text = json.dumps(payload, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.blake2b(text.encode(errors="replace"), digest_size=8).hexdigest()


def follows(stale: Stale, now: datetime, edits_for: timedelta) -> bool:
    """Tell whether a message still follows its post. A pause stops no edit: it rings nothing."""
    return not stale.chat.closed and now - stale.sent < edits_for


def differing(parts: Sequence[Shown], marks: Sequence[str]) -> Sequence[Shown]:
    """Give the parts that show something else than they would now, and may be edited; ``marks`` are by number."""
    return [part for part in parts if part.ref and part.edits < MOST and part.mark != marks[part.number]]


def after(outcome: Outcome, attempts: int, now: datetime, *, jitter: float) -> Step:
    """Decide what becomes of an edit; ``attempts`` are those before it.

    Only the platform's own limits hold up the place, that is its posts too. What refuses an edit says nothing about
    posts: it ends the edit, and closes nothing.
    """
    later = now + timedelta(seconds=delay(attempts, jitter=jitter))
    match outcome:
        case Sent(ref):
            return Step(PartState.SENT, ref=ref)
        case Retry(reason, seconds, scope):
            everybody = scope == "platform"
            own = (outage if everybody else delay)(attempts, jitter=jitter)
            at = now + timedelta(seconds=own if seconds is None else asked(seconds, jitter=jitter))
            state = PartState.RETRY if reason == "flood" else PartState.PENDING
            return Step(state, reason, at=at, hold=at if everybody else None)
        case Uncertain(reason):
            return Step(PartState.PENDING, reason, at=later)
        case Gone(reason) | Rejected(reason):
            return Step(PartState.DEAD, reason)
        case Moved(place):
            return Step(PartState.DEAD, "moved", moved=place)
