"""Which entry of a document is which stored post: evidence weighed from the surest kind to the weakest, pure.

A key alone proves nothing. Blogs change all guids with their engine, put one permalink on every entry, reuse a page
for another post, bump dates and retitle; each rule below names the practice that it answers to.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from bot.core.keys import canonical, guid_key, likeness, sketched, slug, title_key
from bot.core.models import KnownPost, Sighting

EDITED = 0.5
"""Likeness from which two texts under one title are versions of one text: revisions of a post keep most of it."""
TWIN = 0.9
"""Likeness of one text in two renderings."""
COPIED = 0.75
"""Likeness from which the text alone tells: posts of one series, written on one template, stay well below."""
OTHER = 0.25
"""Likeness below which two texts share nothing but a template."""

_BUCKET = 8
"""Stored posts looked at per key: a title that stands over more ("Untitled", "Photo") tells nothing."""
_COMPARED = 10_000
"""Pairs of texts compared at most: honest documents have a handful of entries left at that point."""


class Entry:
    """A sighting with its keys and its date, None where that is missing or absurd. Equal to itself alone."""

    def __init__(self, sighting: Sighting, date: datetime | None) -> None:
        self.sighting = sighting
        self.position = sighting.position
        self.date = date
        self.guid = guid_key(sighting.guid)
        self.link = canonical(sighting.link)
        self.title = title_key(sighting.title)
        self.print, self.gist = sketched(sighting)
        self.unread = sighting.known_as
        """The post that its very slice was at the last look: it was not read again, and is settled."""

    @property
    def keyless(self) -> bool:
        """Whether it has neither guid nor page; hand-made feeds and cards have neither."""
        return not self.guid and not self.link

    @property
    def blank(self) -> bool:
        """Whether it says nothing at all: there is nothing to show or to recognise it by."""
        return self.unread is None and self.keyless and not self.title and not self.gist

    @property
    def twin_key(self) -> tuple[str | None, ...]:
        """What two entries share that show one post twice: title and text, or else all keys."""
        return (self.title, self.print) if self.title and self.print else (self.title, self.guid, self.link, self.gist)


@dataclass(slots=True)
class Case:
    """One document against the stored posts, and who was recognised so far."""

    entries: Sequence[Entry]
    owner: dict[Entry, KnownPost] = field(default_factory=dict)
    claimed: set[int] = field(default_factory=set)
    _by: dict[tuple[str, str], list[KnownPost]] = field(default_factory=lambda: defaultdict(list))
    _seen: Counter[tuple[str, object]] = field(default_factory=Counter)
    _titles: dict[int, str] = field(default_factory=dict)
    last: list[KnownPost] = field(default_factory=list)

    @classmethod
    def of(cls, entries: Sequence[Entry], known: Iterable[KnownPost]) -> Case:
        """Index both sides."""
        case = cls(entries)
        posts: dict[int, KnownPost] = {}
        for post in sorted(known, key=lambda item: (item.in_last, item.here, item.id), reverse=True):
            posts[post.id] = post
            case._titles[post.id] = title_key(post.title)
            named = (("guid", post.guids), ("link", post.links), ("print", post.prints))
            for pair in {*((kind, value) for kind, values in named for value in values)}:
                case._by[pair].append(post)
            case._by["title", case._titles[post.id]].append(post)
            case._by["gist", post.gist].append(post)
            if post.in_last:
                case.last.append(post)
        for entry in entries:
            if entry.unread in posts:
                post = posts[entry.unread]
                entry.date = entry.date or post.published
                case.claim(entry, post)
            case._seen.update({("guid", entry.guid), ("link", entry.link), ("date", entry.date)})
        return case

    # -- what an entry and a post have in common ----------------------------------------------------------------------

    def key(self, entry: Entry, post: KnownPost) -> bool:
        """Tell whether they share a guid or a link."""
        return entry.guid in post.guids or entry.link in post.links

    def sole(self, entry: Entry, post: KnownPost) -> bool:
        """Tell whether they share a guid or a link that stands nowhere else, in the document or in the store."""
        pairs = (("guid", entry.guid, post.guids), ("link", entry.link, post.links))
        return any(
            value in values and self._seen[kind, value] == 1 and len(self._by[kind, value]) == 1
            for kind, value, values in pairs
            if value
        )

    def crowded(self, entry: Entry) -> bool:
        """Tell whether a key of an entry stands on another entry, too."""
        return self._seen["guid", entry.guid] > 1 or self._seen["link", entry.link] > 1

    def title(self, entry: Entry, post: KnownPost) -> bool:
        """Tell whether both bear one title."""
        return bool(entry.title) and entry.title == self._titles[post.id]

    def retitled(self, entry: Entry, post: KnownPost) -> bool:
        """Tell whether they bear two titles; an untitled draft that gets one is not retitled."""
        return bool(entry.title) and bool(self._titles[post.id]) and entry.title != self._titles[post.id]

    def unchanged(self, entry: Entry, post: KnownPost) -> bool:
        """Tell whether title and text are exactly the same."""
        return entry.title == self._titles[post.id] and entry.gist == post.gist

    def date(self, entry: Entry, post: KnownPost) -> bool:
        """Tell whether they bear one date, and no other entry does (a build stamps all of them alike)."""
        return entry.date is not None and entry.date == post.published and self._seen["date", entry.date] == 1

    def alone(self, entry: Entry, post: KnownPost) -> bool:
        """Tell whether an entry without keys says what the post says: its title over no other text, or all its text."""
        if not entry.keyless or self.retitled(entry, post):
            return False
        alike = likeness(entry.gist, post.gist)
        if self.title(entry, post):
            return alike is None or alike >= OTHER
        return alike is not None and alike >= TWIN

    def later(self, entry: Entry, post: KnownPost) -> bool:
        """Tell whether the entry is dated after the post."""
        return entry.date is not None and post.published is not None and entry.date > post.published

    def text(self, entry: Entry, post: KnownPost, least: float) -> bool:
        """Tell whether the texts are alike, at least so much."""
        if entry.print is not None and entry.print in post.prints:
            return True
        alike = likeness(entry.gist, post.gist)
        return alike is not None and alike >= least

    def another(self, entry: Entry, post: KnownPost) -> bool:
        """Tell whether a shared key was reused: title and text are others, or, where no text tells, title and date."""
        if not self.retitled(entry, post):
            return False
        alike = likeness(entry.gist, post.gist)
        return self.later(entry, post) if alike is None else alike < OTHER

    def path(self, entry: Entry, post: KnownPost) -> bool:
        """Tell whether their addresses end alike: moves to another host or permalink scheme keep the last piece."""
        ends = {slug(link) for link in post.links}
        return entry.link is not None and slug(entry.link) in ends - {""}

    # -- the search ---------------------------------------------------------------------------------------------------

    def unknown(self) -> list[Entry]:
        """Give the entries that nobody recognised yet."""
        return [entry for entry in self.entries if entry not in self.owner]

    def gone(self) -> list[KnownPost]:
        """Give the posts of the last document that nobody is yet."""
        return [post for post in self.last if post.id not in self.claimed]

    def candidates(self, entry: Entry) -> list[KnownPost]:
        """Give the posts that share any key with an entry, the likeliest first."""
        keys = [("guid", entry.guid), ("link", entry.link), ("title", entry.title), ("print", entry.print)]
        if entry.keyless:
            keys.append(("gist", entry.gist))
        found: dict[int, KnownPost] = {}
        for kind, value in keys:
            if value:
                found.update((post.id, post) for post in self._by.get((kind, value), ())[:_BUCKET])
        return list(found.values())

    def settle(self, holds: Rule, *, shared: bool = False) -> None:
        """Make every unknown entry the first post of which a rule holds; ``shared``: even one that was seen already."""
        for entry in self.unknown():
            for post in self.candidates(entry):
                if (shared or post.id not in self.claimed) and holds(self, entry, post):
                    self.claim(entry, post)
                    break

    def claim(self, entry: Entry, post: KnownPost) -> None:
        """Note that an entry is a post."""
        self.owner[entry] = post
        self.claimed.add(post.id)


Rule: TypeAlias = Callable[[Case, Entry, KnownPost], bool]


def recognise(case: Case) -> None:
    """Settle what is sure: an edit keeps a key and either title, date or most of the text."""
    case.settle(lambda its, entry, post: entry.guid in post.guids and its.unchanged(entry, post))
    case.settle(lambda its, entry, post: its.key(entry, post) and its.unchanged(entry, post))
    # Permalinks that are configured wrongly put one address on every entry: there the text goes first.
    case.settle(lambda its, entry, post: its.key(entry, post) and its.crowded(entry) and its.text(entry, post, TWIN))
    case.settle(lambda its, entry, post: its.key(entry, post) and its.title(entry, post))
    case.settle(lambda its, entry, post: its.key(entry, post) and its.date(entry, post))
    # A post under new keys, or a second time in the document: a copy left behind by a rename or by two categories.
    case.settle(
        lambda its, entry, post: (
            its.title(entry, post) and its.text(entry, post, EDITED if its.key(entry, post) else TWIN)
        ),
        shared=True,
    )
    case.settle(Case.alone)
    case.settle(lambda its, entry, post: its.sole(entry, post) and not its.another(entry, post))


def trace(case: Case) -> None:
    """Settle posts whose own keys are gone: a new slug, a new engine or host changes guid and link together."""
    case.settle(lambda its, entry, post: its.title(entry, post) and its.text(entry, post, EDITED))
    case.settle(lambda its, entry, post: its.title(entry, post) and its.date(entry, post))
    # A periodical repeats title and slug, under a later date.
    case.settle(
        lambda its, entry, post: its.title(entry, post) and its.path(entry, post) and not its.later(entry, post)
    )
    # Through another feed the title may be dressed up ("Blog: title"); one text alone may be boilerplate.
    case.settle(
        lambda its, entry, post: (
            its.text(entry, post, 1) and (its.date(entry, post) or its.path(entry, post)) and not post.here
        )
    )
    _trace_renamed(case, COPIED)
    # The one entry that vanished and the one that came with its very second.
    gone = case.gone()
    if len(gone) == 1:
        for entry in case.unknown():
            if (
                entry.date is not None
                and (entry.date.minute, entry.date.second) != (0, 0)
                and case.date(entry, gone[0])
            ):
                case.claim(entry, gone[0])
                break


def _trace_redone(case: Case) -> None:
    """Settle the one post that vanished, where an entry bears its very second; a bare day or hour tells nothing."""
    gone = case.gone()
    if len(gone) != 1 or (day := gone[0].published) is None or (day.minute, day.second) == (0, 0):
        return
    for entry in case.unknown():
        if case.date(entry, gone[0]):
            case.claim(entry, gone[0])
            return


def trace_rekeyed(case: Case) -> None:
    """Settle more boldly, where half of the feed seems to have changed its ids: by a title alone, by half of a text."""
    left = Counter(entry.title for entry in case.unknown())
    case.settle(lambda its, entry, post: its.title(entry, post) and post.in_last and left[entry.title] == 1)
    _trace_renamed(case, EDITED)


def _trace_renamed(case: Case, least: float) -> None:
    """Settle posts that were renamed: other keys, other title, the same text as one that vanished.

    A text that also resembles a post that stands there still is a template (an episode's standing description).
    """
    if len(case.unknown()) * len(case.last) > _COMPARED:
        return
    for entry in case.unknown():
        alike = [post for post in case.last if case.text(entry, post, least)]
        if len(alike) == 1 and alike[0].id not in case.claimed and entry.print:
            case.claim(entry, alike[0])
