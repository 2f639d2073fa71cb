"""What stops posts from flowing, told once and again when it is over. Pure: signs of now against open incidents.

A sign is looked up anew each round; an incident is a row, so that a restart tells nothing twice. What relapses soon
after it was over has to last before it is told again, and all that is to be told goes into one message.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from bot.core import schedule
from bot.core.models import Feed
from bot.core.trouble import TroubleName

FAILURES: Final = 3
"""So many failures in a row ..."""
BRIEF: Final = timedelta(minutes=15)
"""... over at least this time are trouble; fewer are not worth a word ..."""
LONG: Final = timedelta(hours=6)
"""... unless they last as long as this."""
SILENCES: Final = 4
"""So many times the usual gap between posts is a silence ..."""
SHORTEST_SILENCE: Final = timedelta(days=3)
"""... but no shorter one: a weekend is none."""
RELAPSE: Final = timedelta(hours=6)
"""What begins again so soon after it was over is a relapse ..."""
LASTING: Final = timedelta(hours=1)
"""... and is told only when it lasts as long as this."""
APART: Final = timedelta(minutes=15)
"""At least so long between two messages about incidents."""
HOST: Final = "host"
"""The fact that says who connected a place: a user's id."""
THREAD: Final = "thread"
"""The fact that says which thread of a place it is about; without it, all of the place."""
FRESH: Final = timedelta(days=1)
"""Deliveries that came to nothing are told within this time, then taken as known."""


class Kind(StrEnum):
    """What sort of trouble. The values stand in the database and in the log."""

    FEED = "feed"
    """Looks at a feed fail."""
    ASLEEP = "asleep"
    """They have failed for so long that it is hardly looked at any more."""
    SILENT = "silent"
    """A feed answers, and shows nothing new for much longer than usual."""
    HELD = "held"
    """A feed gave its known posts new names: what looks new waits for the operator."""
    DELIVERY = "delivery"
    """Deliveries came to nothing, or could not be confirmed."""
    PLACE = "place"
    """A group or channel takes nothing any more, or one of its threads."""
    PLATFORM = "platform"
    """A platform does not answer, or refuses our token."""
    DISK = "disk"
    """The database can hardly be written any more."""
    BACKUP = "backup"
    """No daily copy of the database could be made."""

    @property
    def ends(self) -> bool:
        """Whether its end is told."""
        return self not in {Kind.DELIVERY, Kind.ASLEEP, Kind.HELD}


Facts = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Sign:
    """Something that is wrong now. ``facts`` is what the words about it need."""

    kind: Kind
    subject: str
    facts: Facts = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str]:
        """What makes two signs the same incident."""
        return self.kind, self.subject


@dataclass(frozen=True, slots=True)
class Incident:
    """A trouble as it is remembered. ``over`` is when its end was told, or was not worth telling."""

    id: int
    kind: Kind
    subject: str
    facts: Facts
    opened: datetime
    told: datetime | None = None
    closed: datetime | None = None
    over: datetime | None = None

    @property
    def key(self) -> tuple[str, str]:
        """What makes it the same as a sign."""
        return self.kind, self.subject


# -- signs ------------------------------------------------------------------------------------------------------------


def of_feeds(feeds: Iterable[Feed], now: datetime) -> tuple[Sign, ...]:
    """Find what is wrong with feeds."""
    return tuple(sign for feed in feeds if feed.active for sign in _of_feed(feed, now))


def _of_feed(feed: Feed, now: datetime) -> Iterable[Sign]:
    name = feed.called
    if feed.trouble is None:
        yield from _silence(feed, name, now)
        return
    trouble, lasts = feed.trouble, now - feed.trouble.since
    facts = {"feed": name, "trouble": trouble.name, "cause": trouble.cause, "since": trouble.since.isoformat()}
    if trouble.name == TroubleName.GONE or lasts >= LONG or (trouble.count >= FAILURES and lasts >= BRIEF):
        yield Sign(Kind.FEED, feed.name, facts)
    if schedule.asleep(feed, now):
        yield Sign(Kind.ASLEEP, feed.name, facts)


def _silence(feed: Feed, name: str, now: datetime) -> Iterable[Sign]:
    rhythm = schedule.rhythm(feed)
    if rhythm is None or feed.last_ok is None:
        return
    last, gap = rhythm
    if feed.last_ok - last > max(SILENCES * gap, SHORTEST_SILENCE) and now - feed.last_ok < LONG:
        facts = {"feed": name, "since": last.isoformat(), "usual": str(gap.total_seconds())}
        yield Sign(Kind.SILENT, feed.name, facts)


# -- what changed -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Changes:
    """What a round finds: signs of new incidents, and incidents without a sign."""

    opened: tuple[Sign, ...]
    closed: tuple[Incident, ...]


def compare(known: Sequence[Incident], signs: Sequence[Sign]) -> Changes:
    """Hold what is wrong now against the incidents that are open."""
    still = {each.key: each for each in known if each.closed is None}
    now = {sign.key: sign for sign in signs}
    return Changes(
        tuple(sign for key, sign in now.items() if key not in still),
        tuple(incident for key, incident in still.items() if key not in now),
    )


@dataclass(frozen=True, slots=True)
class News:
    """What there is to tell: what is wrong, what is over, and what ended without being worth a word."""

    begun: tuple[Incident, ...] = ()
    over: tuple[Incident, ...] = ()
    moot: tuple[Incident, ...] = ()


def news(known: Sequence[Incident], now: datetime) -> News:
    """Choose what to tell. ``known`` are the incidents that are open, and those that were closed lately."""
    ended = [each for each in known if each.closed is not None and each.over is None]
    over = tuple(each for each in ended if _worth(each))
    return News(
        begun=tuple(each for each in known if each.closed is None and each.told is None and _lasts(each, known, now)),
        over=over,
        moot=tuple(each for each in ended if each not in over),
    )


def _worth(incident: Incident) -> bool:
    """Tell an end where its beginning was told, or could not be: a platform cannot say that it is away."""
    lasted = (incident.closed or incident.opened) - incident.opened
    return incident.kind.ends and (incident.told is not None or (incident.kind is Kind.PLATFORM and lasted >= LASTING))


def _lasts(incident: Incident, known: Sequence[Incident], now: datetime) -> bool:
    """Wait with a relapse until it has lasted."""
    relapse = any(
        each.key == incident.key and each.closed is not None and incident.opened - each.closed < RELAPSE
        for each in known
    )
    return not relapse or now - incident.opened >= LASTING
