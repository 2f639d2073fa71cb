"""What goes to a chat next: a post, a list of posts, or nothing before a time. Pure.

A list stands for many posts where one after the other would be a storm: the digest that a chat asked for, what came
during a pause, in quiet hours, over the day's bound, in a flood, or while nothing could be sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from enum import StrEnum
from typing import Final, TypeAlias

from bot.core import timing
from bot.core.models import Chat, MessageKind

QUIET_MOST: Final = 3
"""Posts of a night that come one by one in the morning; more come as one list."""


class Cause(StrEnum):
    """Why posts come as a list."""

    DIGEST = "digest"
    PAUSE = "pause"
    QUIET = "quiet"
    CAP = "cap"
    FLOOD = "flood"
    BACKLOG = "backlog"

    @property
    def kind(self) -> MessageKind:
        """The kind of message that this makes."""
        return MessageKind.DIGEST if self in {Cause.DIGEST, Cause.QUIET} else MessageKind.SUMMARY


@dataclass(frozen=True, slots=True)
class Waiting:
    """A delivery that waits. ``first_seen`` is when the bot first saw the post, ``created`` when it became owed."""

    delivery_id: int
    first_seen: datetime
    created: datetime
    paused: bool = False
    """Whether a pause has held it."""
    whole: bool = False
    """Whether a reader asked for the post itself. A pause that held it after that has taken the wish back."""
    flood: int = 0
    """The flood that it came in; 0 for none."""
    lead: int = 0
    """The delivery of the flood's newest post, while nothing of the flood has come yet; else 0."""


@dataclass(frozen=True, slots=True)
class Whole:
    """Push one post."""

    delivery_id: int


@dataclass(frozen=True, slots=True)
class Listed:
    """Push a list."""

    cause: Cause
    deliveries: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Wait:
    """Push nothing before a time."""

    until: datetime


Step: TypeAlias = Whole | Listed | Wait | None


@dataclass(frozen=True, slots=True)
class Moment:
    """When and where a decision is made: ``here`` is the chat's time zone.

    ``patience`` is how long posts may have waited since they were first seen and still come one by one.
    """

    now: datetime
    here: tzinfo
    patience: timedelta


def next_step(chat: Chat, waiting: Sequence[Waiting], at: Moment, pushed: Sequence[datetime] = ()) -> Step:
    """Decide about a chat's waiting deliveries, given oldest first; None where there are none.

    ``pushed`` are the times of the posts that were pushed to the chat today and yesterday, needed where it has a bound.
    """
    if not waiting:
        return None
    if chat.paused_until is not None and chat.paused_until > at.now:
        return Wait(chat.paused_until)
    if asked := next((each for each in waiting if each.whole and not each.paused), None):
        return Whole(asked.delivery_id)
    if _asked_digest(chat, waiting):
        return _listed(Cause.DIGEST, waiting)
    if (end := timing.quiet_end(chat.quiet, at.here, at.now)) is not None:
        return Wait(end)
    return _digest(chat, waiting, at) if chat.digest is not None else _pushed(chat, waiting, at, pushed)


def _pushed(chat: Chat, waiting: Sequence[Waiting], at: Moment, pushed: Sequence[datetime]) -> Step:
    """Push the next post, unless one after the other would be a storm."""
    storm = _kept(chat, waiting, at) or _bounded(chat, waiting, at, pushed) or _backlog(chat, waiting, at)
    return storm or _next(waiting)


def _asked_digest(chat: Chat, waiting: Sequence[Waiting]) -> bool:
    """Tell whether a digest was asked for out of turn, since the oldest post came: not even quiet hours stop that."""
    asked = chat.digest_asked
    return chat.digest is not None and asked is not None and any(each.created <= asked for each in waiting)


def _digest(chat: Chat, waiting: Sequence[Waiting], at: Moment) -> Step:
    """List everything, once the time has come for the oldest."""
    due = min(digest_due(chat, each.created, at.here) or at.now for each in waiting)
    return Wait(due) if due > at.now else _listed(Cause.DIGEST, waiting)


def digest_due(chat: Chat, since: datetime, here: tzinfo) -> datetime | None:
    """Give the digest in which what has waited since a time goes out; None where the chat has none."""
    return timing.next_digest(chat.digest, here, since) if chat.digest is not None else None


def _listed(cause: Cause, which: Sequence[Waiting]) -> Listed:
    return Listed(cause, tuple(each.delivery_id for each in which))


def _kept(chat: Chat, waiting: Sequence[Waiting], at: Moment) -> Step:
    """List what a pause or a night kept back."""
    if paused := [each for each in waiting if each.paused]:
        return _listed(Cause.PAUSE, paused)
    night = [each for each in waiting if timing.is_quiet(chat.quiet, at.here, each.created)]
    return _listed(Cause.QUIET, night) if len(night) > QUIET_MOST else None


def _bounded(chat: Chat, waiting: Sequence[Waiting], at: Moment, pushed: Sequence[datetime]) -> Step:
    """Hold a chat to its bound for the day; what was over an earlier day's is listed in the morning."""
    if not chat.cap:
        return None
    if over := [each for each in waiting if _was_over(chat.cap, each, at, pushed)]:
        morning = timing.local(timing.day_of(at.now, at.here), timing.MORNING, at.here)
        return Wait(morning) if at.now < morning else _listed(Cause.CAP, over)
    if _pushed_on(timing.day_of(at.now, at.here), pushed, at.here) < chat.cap:
        return None
    return Wait(timing.next_local(timing.MORNING, at.here, timing.next_local(0, at.here, at.now)))


def _was_over(cap: int, each: Waiting, at: Moment, pushed: Sequence[datetime]) -> bool:
    day = timing.day_of(each.created, at.here)
    return day < timing.day_of(at.now, at.here) and _pushed_on(day, pushed, at.here) >= cap


def _pushed_on(day: date, pushed: Sequence[datetime], here: tzinfo) -> int:
    return sum(1 for when in pushed if timing.day_of(when, here) == day)


def _backlog(chat: Chat, waiting: Sequence[Waiting], at: Moment) -> Step:
    """List what could not be sent for long. One such post is no storm, and says more than a list of one."""
    late = [each for each in waiting if at.now - each.first_seen > at.patience]
    old = [each for each in late if not timing.is_quiet(chat.quiet, at.here, each.created)]
    return _listed(Cause.BACKLOG, old) if len(old) > 1 else None


def _next(waiting: Sequence[Waiting]) -> Step:
    """Push the oldest; of a flood its newest, and then the others as a list."""
    first = waiting[0]
    if not first.flood:
        return Whole(first.delivery_id)
    if first.lead:
        return Whole(first.lead)
    return _listed(Cause.FLOOD, [each for each in waiting if each.flood == first.flood])
