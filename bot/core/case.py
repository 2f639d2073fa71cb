"""One document against the stored posts: what an entry and a post have in common; pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeAlias

from bot.core.entry import APART, ZONES, Entry
from bot.core.keys import likeness, slug, title_key
from bot.core.models import KnownPost

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


@dataclass(slots=True)
class Case:
    """One document against the stored posts, and who was recognised so far."""

    entries: Sequence[Entry]
    owner: dict[Entry, KnownPost] = field(default_factory=dict)
    claimed: set[int] = field(default_factory=set)
    last: list[KnownPost] = field(default_factory=list)
    _known: Sequence[KnownPost] = ()
    _by: dict[str, dict[str, list[KnownPost]]] = field(default_factory=dict)
    _seen: dict[str, Counter[object]] = field(default_factory=dict)
    _titles: dict[int, str] = field(default_factory=dict)
    _dates: dict[int, datetime | None] = field(default_factory=dict)
    _unknown: list[Entry] | None = None
    _candidates: dict[Entry, list[KnownPost]] = field(default_factory=dict)

    @classmethod
    def of(cls, entries: Sequence[Entry], known: Iterable[KnownPost]) -> Case:
        """Put both sides together, and settle the entries that were not read again."""
        posts = {post.id: post for post in known}
        case = cls(entries, _known=list(posts.values()))
        case.last = [post for post in case._known if post.in_last]
        owner, claimed = case.owner, case.claimed
        for entry in entries:
            if entry.unread is not None and (post := posts.get(entry.unread)) is not None:
                entry.date = entry.date or post.published
                owner[entry] = post
                claimed.add(post.id)
                case._dates[post.id] = entry.date
        return case

    # -- what stands where, found out when it is asked for ------------------------------------------------------------

    def _posts(self, kind: str, value: str) -> Sequence[KnownPost]:
        """Give the stored posts that bear a key, the likeliest first."""
        index = self._by.get(kind)
        if index is None:
            index = self._by[kind] = defaultdict(list)
            bearers = (post for post in self._known if post.named or kind == "gist")
            for post in sorted(bearers, key=lambda post: (post.in_last, post.here, post.id), reverse=True):
                for each in self._values(kind, post):
                    index[each].append(post)
        return index.get(value, ())

    def _values(self, kind: str, post: KnownPost) -> Iterable[str]:
        match kind:
            case "guid":
                return post.guids
            case "link":
                return post.links
            case "print":
                return post.prints
            case "title":
                return (self._title(post),)
            case _:
                return (post.gist,)

    def _title(self, post: KnownPost) -> str:
        if post.id not in self._titles:
            self._titles[post.id] = title_key(post.title)
        return self._titles[post.id]

    def _count(self, kind: str, value: object) -> int:
        """Tell on how many entries of the document a key or a date stands."""
        if kind not in self._seen:
            self._seen[kind] = Counter(getattr(entry, kind) for entry in self.entries)
        return self._seen[kind][value]

    # -- what an entry and a post have in common ----------------------------------------------------------------------

    def key(self, entry: Entry, post: KnownPost) -> bool:
        """Tell whether they share a guid or a link."""
        return entry.guid in post.guids or entry.link in post.links

    def sole(self, entry: Entry, post: KnownPost) -> bool:
        """Tell whether they share a guid or a link that stands nowhere else, in the document or in the store."""
        pairs = (("guid", entry.guid, post.guids), ("link", entry.link, post.links))
        return any(
            value in values and self._count(kind, value) == 1 and len(self._posts(kind, value)) == 1
            for kind, value, values in pairs
            if value
        )

    def taken(self, entry: Entry) -> bool:
        """Tell whether a key of an entry is some stored post's."""
        return any(value and self._posts(kind, value) for kind, value in (("guid", entry.guid), ("link", entry.link)))

    def crowded(self, entry: Entry) -> bool:
        """Tell whether a key of an entry stands on another entry, too."""
        return self._count("guid", entry.guid) > 1 or self._count("link", entry.link) > 1

    def only_neighbours(self, entry: Entry, post: KnownPost) -> bool:
        """Tell whether nothing joins them but a page and a title that others bear, too: two comments by one reader."""
        named = entry.guid in post.guids and self._count("guid", entry.guid) == 1
        if named or not self.crowded(entry):
            return False
        common = self._count("title", entry.title) > 1 or len(self._posts("title", entry.title)) > 1
        alike = likeness(entry.gist, post.gist)
        return common and (self.later(entry, post) if alike is None else alike < OTHER)

    def reissued(self, entry: Entry, post: KnownPost) -> bool:
        """Tell whether they are two posts under one title over one text: "Weekly notes", a notice that all is well.

        What a rename or a second category leaves behind is dated as the post itself. So an entry with keys of its own
        is another post where it is later than the one that still stands there; where several posts share much with it,
        also where it is earlier, where that one is gone or where nothing is dated.
        """
        if entry.keyless or self.key(entry, post):
            return False
        alike = [each for each in self._posts("title", entry.title)[:_BUCKET] if self.text(entry, each, OTHER)]
        stands, repeated = post.id in self.claimed, len(alike) > 1
        date = self._dates.get(post.id) or post.published
        if entry.date is None or date is None:
            return repeated
        if stands and repeated:
            return entry.date != date
        return (stands or repeated) and entry.date > date + (APART if stands else ZONES)

    def next_issue(self, entry: Entry, post: KnownPost) -> bool:
        """Tell whether an entry is dated after a post of its title, by a date of its own and not by the build's."""
        return self.later(entry, post, ZONES) and self._count("date", entry.date) == 1

    def title(self, entry: Entry, post: KnownPost) -> bool:
        """Tell whether both bear one title."""
        return bool(entry.title) and entry.title == self._title(post)

    def retitled(self, entry: Entry, post: KnownPost) -> bool:
        """Tell whether they bear two titles; an untitled draft that gets one is not retitled."""
        return bool(entry.title) and bool(self._title(post)) and entry.title != self._title(post)

    def unchanged(self, entry: Entry, post: KnownPost) -> bool:
        """Tell whether title and text are exactly the same."""
        return entry.title == self._title(post) and entry.gist == post.gist

    def date(self, entry: Entry, post: KnownPost) -> bool:
        """Tell whether they bear one date, and no other entry does (a build stamps all of them alike)."""
        return entry.date is not None and entry.date == post.published and self._count("date", entry.date) == 1

    def alone(self, entry: Entry, post: KnownPost) -> bool:
        """Tell whether an entry without keys says what the post says: its title over no other text, or all its text."""
        if not entry.keyless or self.retitled(entry, post):
            return False
        alike = likeness(entry.gist, post.gist)
        if self.title(entry, post):
            return alike is None or alike >= OTHER
        return alike is not None and alike >= TWIN

    def later(self, entry: Entry, post: KnownPost, by: timedelta = timedelta()) -> bool:
        """Tell whether the entry is dated after the post, by more than so much."""
        return entry.date is not None and post.published is not None and entry.date > post.published + by

    def text(self, entry: Entry, post: KnownPost, least: float) -> bool:
        """Tell whether the texts are alike, at least so much."""
        if entry.print is not None and entry.print in post.prints:
            return True
        alike = likeness(entry.gist, post.gist)
        return alike is not None and alike >= least

    def telling(self, entry: Entry, post: KnownPost) -> bool:
        """Tell whether title and text are enough to join them: two blogs may each have an "Open thread" with one line.

        So where a text is too short to be anybody's own, another feed's post has to be of that hour, or of that key.
        """
        if post.here or entry.print is not None or self.key(entry, post):
            return True
        return entry.date is not None and post.published is not None and abs(entry.date - post.published) < APART

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
        if self._unknown is None:
            self._unknown = [entry for entry in self.entries if entry not in self.owner]
        return self._unknown

    def gone(self) -> list[KnownPost]:
        """Give the posts of the last document that nobody is yet."""
        return [post for post in self.last if post.id not in self.claimed]

    def candidates(self, entry: Entry) -> list[KnownPost]:
        """Give the posts that share any key with an entry, the likeliest first."""
        if entry not in self._candidates:
            self._candidates[entry] = self._found(entry)
        return self._candidates[entry]

    def _found(self, entry: Entry) -> list[KnownPost]:
        keys = [("guid", entry.guid), ("link", entry.link), ("title", entry.title), ("print", entry.print)]
        if entry.keyless:
            keys.append(("gist", entry.gist))
        found: dict[int, KnownPost] = {}
        for kind, value in keys:
            if value:
                posts = self._posts(kind, value)
                # Of many posts that bear one title, the one of that date is hardly among the first.
                dated = [post for post in posts[_BUCKET:] if post.published == entry.date] if entry.date else []
                found.update((post.id, post) for post in (*posts[:_BUCKET], *dated[:_BUCKET]))
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
        self._dates.setdefault(post.id, entry.date)
        self._unknown = None


Rule: TypeAlias = Callable[[Case, Entry, KnownPost], bool]
