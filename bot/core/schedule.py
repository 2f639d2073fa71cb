"""When to look at a feed next. Pure: the time is passed in, and so is chance.

The rules are those of polite feed readers (Rachel Kroll's feed-reader criteria, "E" numbers in the tests): what the
server asks for leads; without a wish, a conditional request an hour and an unconditional one a day at most; quiet blogs
are looked at less often, failing ones ever less, a blog that says that it is gone no more.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import Any, Final

from bot.core.models import Failed, Feed, Fetched, FetchInfo, Look, Trouble, Validators
from bot.core.strayed import turned
from bot.core.tempo import Tempo, dump, load
from bot.core.trouble import TroubleName

MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0
MONTH = 31 * DAY
SLEEPS_AFTER = 30 * DAY
"""After so many seconds of nothing but failures a feed sleeps: it is looked at once a week."""
_WEEK = 7 * DAY
_NEVER = 3650 * DAY
_JITTER = 0.1
_CONSISTENT = 2
"""So many looks in a row must be redirected to the same place: a hotel's login page redirects everything once."""
_NEWEST = 12
# Nobody was reached, so nobody is spared by waiting longer; and most often it is this machine's own network.
_LOCAL = frozenset({TroubleName.DNS, TroubleName.PROXY, TroubleName.OVERLOADED})
_NO_VALIDATORS: Final = Validators()


@dataclass(frozen=True, slots=True)
class Bounds:
    """The operator's limits in seconds, for feeds without an interval of their own.

    ``floor`` is the shortest time between conditional requests, ``bare_floor`` between unconditional ones (a server
    without validators), ``ceiling`` the longest time for a quiet blog, ``backoff`` for a failing one.
    """

    floor: float = HOUR
    bare_floor: float = DAY
    ceiling: float = 6 * HOUR
    backoff: float = DAY


USUAL: Final = Bounds()


@dataclass(frozen=True, slots=True)
class Plan:
    """What to store after a look. ``url`` is the address to use from now on, None to keep the old one."""

    next_check: datetime
    tempo: Tempo
    trouble: Trouble | None = None
    url: str | None = None

    @property
    def pace(self) -> str:
        """What is remembered, as it is stored with the feed."""
        return dump(self.tempo)


def next_check(
    feed: Feed, look: Look, now: datetime, *, new: int = 0, jitter: float = 0.0, bounds: Bounds = Bounds()
) -> Plan:
    """Decide after a look. ``feed`` is as it was before, ``new`` how many posts were new, ``jitter`` from 0 to 1."""
    pace = load(feed.pace)
    if isinstance(look, Failed):
        return _after_failure(feed, look, now, pace, jitter, bounds)
    if isinstance(look, Fetched):
        pace = _learn(pace, look, now)
    elif pace.again is not None and pace.again <= now.timestamp():
        pace = _read(pace)
    pace = _rhythm(pace, now, new)
    pace, url = _moves(pace, look.info)
    delay = _interval(feed, look.info, pace, now, bounds)
    # An operator's interval is a promise; all other feeds spread out, so that they do not come in step.
    due = now + timedelta(seconds=delay if feed.interval else delay * (1 + _JITTER * jitter))
    if not feed.interval:
        due = _awake(due, pace)
    return Plan(due, pace if pace.hold is None and pace.left is None else replace(pace, hold=None, left=None), url=url)


def settle(
    feed: Feed,
    look: Look,
    *,
    now: datetime,
    new: int = 0,
    again: datetime | None = None,
    jitter: float = 0.0,
    bounds: Bounds = Bounds(),
) -> Feed:
    """Give the feed as it is to be stored after a look. Arguments as for ``next_check``.

    ``again`` is when what was fetched is to be read once more, be it unchanged.

    A failed look changes no validators, the next request is as conditional as this one was; unless it goes to another
    address (``strayed.turned``).
    """
    plan = next_check(feed, look, now, new=new, jitter=jitter, bounds=bounds)
    tempo, after = plan.tempo, dict[str, Any](next_check=plan.next_check, trouble=plan.trouble, last_check=now)
    if isinstance(look, Failed):
        rest = max(bounds.floor, min(look.info.retry_after or 0.0, MONTH))
        at, left = turned(replace(feed, **after), look, tempo.left, now + timedelta(seconds=rest))
        return replace(at, pace=dump(replace(tempo, left=left)))
    after |= {"url": plan.url or feed.url, "validators": look.info.validators, "last_ok": now}
    if isinstance(look, Fetched):
        tempo = replace(tempo, again=again.timestamp()) if again is not None else _read(tempo)
        after |= {
            "baseline": True,
            "body_hash": look.body_hash or None,
            "last_new": now if new else feed.last_new,
            "url": look.found_at or after["url"],
            "title": look.title or feed.title,
            "home": look.home or feed.home,
            "language": look.language or feed.language,
        }
    return replace(feed, **after, pace=dump(tempo))


def afresh(feed: Feed, now: datetime) -> Feed:
    """Give a feed as it is to be looked at now: without what tells an unchanged document, where that is to be read."""
    again = load(feed.pace).again
    return feed if again is None or now.timestamp() < again else replace(feed, validators=Validators(), body_hash=None)


def held_until(feed: Feed) -> datetime | None:
    """Tell until when the server asked to be left alone (Retry-After): no look before that, whoever asks for it."""
    hold = load(feed.pace).hold
    return None if hold is None else datetime.fromtimestamp(hold, UTC)


def rhythm(feed: Feed) -> tuple[datetime, timedelta] | None:
    """Give when a feed last showed something new, and its usual time between posts; None where either is unknown."""
    pace = load(feed.pace)
    if pace.last is None or pace.gap is None:
        return None
    return datetime.fromtimestamp(pace.last, UTC), timedelta(seconds=pace.gap)


def bare(info: FetchInfo) -> bool:
    """Tell whether a server has no way to say "unchanged", and does not say how soon it changes either."""
    return info.validators == _NO_VALIDATORS and info.max_age is None


def asleep(feed: Feed, now: datetime) -> bool:
    """Tell whether a feed is hardly looked at any more, or not at all: the operator should hear that once."""
    return feed.trouble is not None and _asleep(feed.trouble, now)


def _asleep(trouble: Trouble, now: datetime) -> bool:
    return trouble.name == TroubleName.GONE or (now - trouble.since).total_seconds() >= SLEEPS_AFTER


# -- what is remembered -----------------------------------------------------------------------------------------------


def _read(pace: Tempo) -> Tempo:
    """Forget that a document was to be read again: it was."""
    return replace(pace, again=None) if pace.again is not None else pace


def _learn(pace: Tempo, look: Fetched, now: datetime) -> Tempo:
    """Take over the document's wishes, and the blog's rhythm from its dates where none was observed yet."""
    wishes = (look.ttl, tuple(sorted(look.skip_hours)), tuple(sorted(look.skip_days)))
    if wishes != (pace.ttl, pace.hours, pace.days):
        ttl, hours, days = wishes
        pace = replace(pace, ttl=ttl, hours=hours, days=days)
    if pace.last is not None and pace.gap is not None:
        return pace
    dates = sorted({each.published.timestamp() for each in look.sightings if each.published and each.published <= now})
    newest = dates[-_NEWEST:]
    gaps = [later - earlier for earlier, later in pairwise(newest)]
    return replace(
        pace,
        last=pace.last if pace.last is not None or not newest else newest[-1],
        gap=pace.gap if pace.gap is not None or not gaps else median(gaps),
    )


def _rhythm(pace: Tempo, now: datetime, new: int) -> Tempo:
    """Note a new post: the usual gap moves a quarter of the way to the one just seen."""
    moment = now.timestamp()
    if not new:
        return pace if pace.last is not None else replace(pace, last=moment)
    seen = None if pace.last is None else max(0.0, moment - pace.last)
    gap = pace.gap if seen is None else seen if pace.gap is None else (3 * pace.gap + seen) / 4
    return replace(pace, last=moment, gap=gap)


def _moves(pace: Tempo, info: FetchInfo) -> tuple[Tempo, str | None]:
    """Count looks that were sent on for good to one place, and take the place over when they agree."""
    if info.url is None:
        return replace(pace, moved=None, times=0) if pace.times else pace, None
    times = pace.times + 1 if pace.moved == info.url else 1
    if times >= _CONSISTENT:
        return replace(pace, moved=None, times=0), info.url
    return replace(pace, moved=info.url, times=times), None


# -- how long to wait -------------------------------------------------------------------------------------------------


def _interval(feed: Feed, info: FetchInfo, pace: Tempo, now: datetime, bounds: Bounds) -> float:
    """Give the seconds until the next look when all is well."""
    if feed.interval:
        return max(feed.interval, MINUTE)
    own = _quiet(pace, now, bounds)
    wishes = (min(info.max_age or 0.0, MONTH), min(pace.ttl or 0.0, DAY))
    return max(own, _floor(info, bounds), *wishes)


def _floor(info: FetchInfo, bounds: Bounds) -> float:
    """Without validators every look costs the server the whole document, unless it says itself how soon it changes."""
    return bounds.bare_floor if bare(info) else bounds.floor


def _quiet(pace: Tempo, now: datetime, bounds: Bounds) -> float:
    """Slow down with silence: after a quiet day once an hour, after a week every six. A known rhythm brakes that."""
    quiet = max(0.0, now.timestamp() - (pace.last if pace.last is not None else now.timestamp()))
    steady = quiet / 24
    if pace.gap is not None:
        steady = min(steady, max(pace.gap, quiet / 4) / 12)
    return min(max(steady, bounds.floor), max(bounds.ceiling, bounds.floor))


def _awake(due: datetime, pace: Tempo) -> datetime:
    """Move a look out of the hours and days (UTC) that the feed wants to be left alone; all of them means none."""
    if not (pace.hours or pace.days):
        return due
    hours = set(pace.hours) if len(set(pace.hours)) < 24 else set()  # noqa: PLR2004 -- a day's
    days = set(pace.days) if len(set(pace.days)) < 7 else set()  # noqa: PLR2004 -- a week's
    for _ in range(8 * 24):
        if due.hour not in hours and due.weekday() not in days:
            break
        due = due.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return due


def _after_failure(feed: Feed, look: Failed, now: datetime, pace: Tempo, jitter: float, bounds: Bounds) -> Plan:
    trouble = _trouble(feed, look, now)
    if look.gone:
        delay = _NEVER
    elif _asleep(trouble, now):
        delay = _WEEK
    else:
        delay = _backoff(feed, look, trouble.count, bounds)
    delay = max(delay * (1 + _JITTER * jitter), min(look.info.retry_after or 0.0, MONTH))
    asked = look.info.retry_after
    hold = pace.hold if asked is None else now.timestamp() + min(asked, MONTH)
    # A failed look says nothing about where the feed lives now, so redirects are counted from the start again.
    pace = replace(pace, hold=hold, moved=None, times=0)
    return Plan(now + timedelta(seconds=delay), pace, trouble)


def _trouble(feed: Feed, look: Failed, now: datetime) -> Trouble:
    """Go on with a run of failures, whatever each of them is called, or begin one."""
    before = feed.trouble
    if before is None:
        return Trouble(look.name, look.cause, now)
    return Trouble(look.name, look.cause, before.since, before.count + 1)


def _backoff(feed: Feed, look: Failed, count: int, bounds: Bounds) -> float:
    """Double the wait with each failure, up to a day. "Too often" (429) begins at four times the usual wait."""
    usual = max(feed.interval, MINUTE) if feed.interval else bounds.floor
    start = usual * 4 if look.name == TroubleName.RATE_LIMITED else usual
    longest = max(usual, HOUR) if look.name in _LOCAL else max(bounds.backoff, start)
    return min(start * 2.0 ** min(count - 1, 30), longest)
