"""Which entries of a document are posts that were never seen: the decision, pure.

Keys are evidence, not proof, so the store keeps every key that a post was ever seen under, and several posts may share
one: blogs reuse guids, links and titles.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile
from operator import attrgetter
from typing import TypeAlias

from bot.core.case import Case
from bot.core.draft import meant_from, unfinished
from bot.core.entry import Entry, entries_of, standing
from bot.core.evidence import SEVERAL, recognise, rekeyed, trace, trace_rekeyed
from bot.core.keys import GIST_CELLS, Keys, keys_of, likeness, lookup
from bot.core.models import Known, KnownPost, Sighting, Sightings
from bot.core.order import WINDOW, for_delivery, newest_first, rising
from bot.core.ordinary import plainly_new

__all__ = ["Decision", "Keys", "decide", "keys_of", "lookup"]

_SKEW = timedelta(days=1)
"""How far ahead a date may be: time zones are left out or wrong. Beyond, it is a slip or a trick."""
_FEW = 8
_PAGE = 2
"""First pages of a listing that are as long as what the blog's feed would show: they have about half of it."""
_MANY = 3
"""Entries that share title and text, with pages of their own: no rename and no second category leaves so many."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What one document means. An entry may stand in none of the tuples: a repetition, a draft that is waited for."""

    announce: tuple[Sighting, ...] = ()
    """New posts, in the order of delivery: to be stored and pushed."""
    held: tuple[Sighting, ...] = ()
    """Unknown entries suspected to be re-keyed old ones: to be stored, their deliveries held for the operator."""
    record: tuple[Sighting, ...] = ()
    """Posts to be stored and not pushed, the oldest first: a baseline, old entries that surface."""
    same: tuple[tuple[int, Sighting], ...] = ()
    """Stored posts seen again, by id, each once: new keys are to be added, the content may have changed."""
    copies: tuple[tuple[int, Sighting], ...] = ()
    """Further entries of posts in ``same``, which a document shows twice: their keys are to be added, no more."""
    unchanged: tuple[int, ...] = ()
    """Stored posts whose entries were not read again, because their slices are the same: seen again, no more."""
    joined: tuple[int, ...] = ()
    """Those of ``same`` that another feed showed first and that are new on this one, in the order of delivery:
    to be pushed to this feed's chats that did not have them."""
    rekeyed: bool = False
    """Whether the feed is suspected of having changed its ids, so that something is held: the operator is told."""
    flood: bool = False
    """Whether more than max(3, 30 %) of the document are pushed at once: newest whole, the others in a summary."""
    again: datetime | None = None
    """When a draft that is waited for will be a post if it is still there: to be read again then, unchanged or not."""


def decide(
    *,
    feed_baseline: bool,
    sightings: Sequence[Sighting],
    known: Sequence[KnownPost],
    now: datetime,
    window: int | None = None,
) -> Decision:
    """Decide about a document. ``feed_baseline`` tells whether the feed ever had a well-formed one before.

    ``window`` is how many entries a listing's first page shows, where the document is one.

    ``known`` holds every stored post that shares a key of ``lookup(sightings)``, and all posts of the feed's last good
    document, each once. An empty document decides nothing. Never raises; the order of the arguments' items does not
    matter, only the sightings' positions do.
    """
    document, posts, latest = Sightings.of(sightings), Known.of(known), now + _SKEW
    read = entries_of(document.read, latest)
    if feed_baseline and plainly_new(read, document.unread, posts):
        return Decision(
            announce=_sightings(for_delivery(read)),
            unchanged=tuple(dict.fromkeys(document.unread.posts)),
            flood=_flood(len(read), len(document), window),
        )
    entries = sorted([*read, *standing(document.unread, latest)], key=attrgetter("position"))
    case = Case.of([entry for entry in entries if entry.unread is not None or not entry.blank], known)
    recognise(case)
    lost = _lost(case)
    trace(case)
    if lost or rekeyed(case):
        trace_rekeyed(case)
    unchanged = tuple(dict.fromkeys(post.id for entry, post in case.owner.items() if entry.unread == post.id))
    same, copies = _seen_again(case, frozenset(unchanged))
    unknown = _singles(case)
    if not feed_baseline:
        return Decision(record=_sightings(for_delivery(unknown)), same=same, copies=copies, unchanged=unchanged)
    old = set(_surfacing(case))
    waiting = {entry for entry in unknown if entry not in old and unfinished(case, entry, now)}
    fresh = [entry for entry in unknown if entry not in old and entry not in waiting]
    held = _doubtful(case, fresh, lost, now)
    pushed = for_delivery(entry for entry in fresh if entry not in held)
    joined = for_delivery(entry for entry, post in case.owner.items() if not post.here and entry not in old)
    ids = tuple(dict.fromkeys(case.owner[entry].id for entry in joined))
    return Decision(
        announce=_sightings(pushed),
        held=_sightings(for_delivery(held)),
        record=_sightings(for_delivery(entry for entry in unknown if entry in old)),
        same=same,
        copies=copies,
        unchanged=unchanged,
        joined=ids,
        rekeyed=bool(held),
        flood=_flood(len(pushed) + len(ids), len(entries), window),
        again=meant_from(waiting),
    )


def _flood(pushed: int, shown: int, window: int | None) -> bool:
    return pushed > max(3, 0.3 * max(shown, _PAGE * (window or 0)))


def _sightings(entries: Iterable[Entry]) -> tuple[Sighting, ...]:
    return tuple(entry.sighting for entry in entries)


Found: TypeAlias = tuple[tuple[int, Sighting], ...]


def _seen_again(case: Case, unchanged: frozenset[int]) -> tuple[Found, Found]:
    """Give the recognised entries: for each post that changed the one nearest to its stored text, and the others."""
    best: dict[int, Entry] = {}
    read = [entry for entry in case.entries if entry.unread is None]
    for entry in read:
        if (post := case.owner.get(entry)) is not None:
            rival = best.setdefault(post.id, entry)
            if (likeness(entry.gist, post.gist) or 0) > (likeness(rival.gist, post.gist) or 0):
                best[post.id] = entry
    pairs = [(case.owner[entry].id, entry) for entry in read if entry in case.owner]
    best = {id_: entry for id_, entry in best.items() if id_ not in unchanged}
    same = tuple((id_, entry.sighting) for id_, entry in pairs if best.get(id_) is entry)
    return same, tuple((id_, entry.sighting) for id_, entry in pairs if best.get(id_) is not entry)


def _singles(case: Case) -> list[Entry]:
    """Give the unknown entries without those that repeat another entry of the document, or that cannot be shown."""
    unknown = case.unknown()
    # Twins have one gist, which costs less to know than all keys.
    gists = {entry.gist for entry in unknown}
    seen = defaultdict[tuple[str | None, ...], list[Entry]](list)
    for entry in _near(case, gists):
        if entry.gist in gists:
            seen[entry.twin_key].append(entry)
    many = Counter([entry.twin_key for entry in unknown] + [key for key, twins in seen.items() for _ in twins])
    singles = []
    for entry in unknown:
        twins, few = seen[entry.twin_key], many[entry.twin_key] < _MANY
        if entry.unread is None and all(entry.apart(twin, few=few) for twin in twins):
            twins.append(entry)
            singles.append(entry)
    return singles


def _near(case: Case, gists: Collection[str]) -> Iterable[Entry]:
    """Give the recognised entries that may have one of some gists: a sketch ends with its gist, or is made anew."""
    if len(gists) > _FEW:
        return case.owner
    ends = tuple(gists)
    return [entry for entry in case.owner if len(entry.sketch) < GIST_CELLS or entry.sketch.endswith(ends)]


def _lost(case: Case) -> frozenset[int]:
    """Give the posts that are gone where that looks like a change of ids.

    That is: half of the last document's posts are gone, and at least two unknown entries came.
    """
    gone = frozenset(post.id for post in case.gone())
    return gone if 0 < len(case.last) <= 2 * len(gone) and len(case.unknown()) >= SEVERAL else frozenset()


def _doubtful(case: Case, fresh: list[Entry], lost: frozenset[int], now: datetime) -> list[Entry]:
    """Give those that may be old posts under new keys.

    A batch pushes the half of a short window out, too, so that the suspicion alone proves nothing (in the open
    histories it would hold back 33 real posts and not one old one). What proves it: half of the lost posts were found
    again under other keys, or nothing at all of the last document is left. Even then, what is dated after
    all that was known is new, and so is what has no date and stands above all that was found again.
    """
    found = len(lost & case.claimed)
    if not lost or not (2 * found >= len(lost) or len(case.gone()) == len(case.last)):
        return []
    dates = [post.published for post in case.last if post.published is not None and post.published <= now]
    newest = max(dates, default=None)
    above = {*takewhile(lambda entry: entry not in case.owner, newest_first(case))} if found else set()

    def doubtful(entry: Entry) -> bool:
        return entry not in above if entry.date is None else newest is None or entry.date < newest

    return [entry for entry in fresh if doubtful(entry)]


def _surfacing(case: Case) -> list[Entry]:
    """Give the old posts that came up from below a feed's window: at its end, undated or older than all others.

    They come where something above was taken out, so no more than are gone, or where the window was widened, several
    at once. A single one at the end of a document that lost nothing is a new post with a slip in its date. A document
    shorter than any generator's default window shows all there is, unless posts come back that had left it.
    """
    rest = newest_first(case)
    if not rest or (rest[-1] in case.owner and case.owner[rest[-1]].here):
        return []
    stored = {entry for entry in rest if entry in case.owner and case.owner[entry].here}
    if not stored or (len(case.last) < WINDOW and all(case.owner[entry].in_last for entry in stored)):
        return []
    oldest, end = _oldest([entry.date for entry in rest if entry in stored and entry.date is not None]), _end(case)

    def below(entry: Entry) -> bool:
        return entry not in stored and (
            entry.date is None or all(date is None or entry.date <= date for date in (oldest, end))
        )

    tail = list(takewhile(below, reversed(rest)))
    return tail if len(tail) > 1 or len(tail) <= len(case.gone()) else []


def _end(case: Case) -> datetime | None:
    """Give the earliest date that is gone: what is later did not come up from below it, the last document had a gap.

    None where that tells nothing: one that was pinned, or dated back, did not stand at the window's end.
    """
    gone = [post.published for post in case.gone() if post.published is not None]
    dates = sorted(post.published for post in case.last if post.published is not None)
    if not gone or len(dates) < WINDOW or dates[1] - dates[0] > dates[-1] - dates[1]:
        return None
    return min(gone)


def _oldest(dates: Sequence[datetime]) -> datetime | None:
    """Give the date that a window ends with; None where all are one, the date of the build, which tells nothing.

    Where the dates fall, that is the last one: one pinned to the top, or dated back, may be older by years.
    """
    if len(set(dates)) < 2:  # noqa: PLR2004 -- two differ
        return None
    return dates[-1] if -2 * rising(dates) >= len(dates) - 1 else min(dates)
