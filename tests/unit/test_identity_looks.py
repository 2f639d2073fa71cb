"""Many looks in a row at an honest, dated feed whose known entries are not read again: nothing is lost or doubled."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.identity import Decision
from bot.core.models import Sighting
from bot.reading.doc import Doc
from tests.emulators.entries import NOW, doc, placed, post, text
from tests.emulators.posts import Posts

_CHANGES = ("none", "edited", "retitled", "without guid", "moved", "deleted", "rebuilt")


@dataclass
class Blog:
    """A blog that publishes, edits and forgets, and a bot that reads of its feed only what changed."""

    numbers: list[int]
    window: int
    rising: bool
    pinned: int | None
    changed: dict[int, Sighting] = field(default_factory=dict)
    posts: Posts = field(default_factory=Posts)
    slices: dict[str, int] = field(default_factory=dict)
    build: int = 0

    def entry(self, number: int) -> Sighting:
        """Give a post's entry as it is now."""
        found = self.changed.get(number, post(number))
        return replace(found, slice=f"{hash((found, self.build)):x}".replace("-", "m"))

    def change(self, number: int, how: str) -> None:
        """Do something to a post, or to the head of the feed."""
        now = self.changed.get(number, post(number))
        match how:
            case "edited":
                now = replace(now, doc=doc(f"{text(number)} and one more word"), sketch="")
            case "retitled":
                now = replace(now, title=f"{now.title} (updated)")
            case "without guid":
                now = replace(now, guid=None)
            case "moved":
                now = replace(now, link=f"https://blog.example/archive/{number}-note/")
            case "rebuilt":
                self.build += 1
            case "deleted" if number <= self.window and number != self.pinned and len(self.numbers) > self.window + 3:
                self.numbers.remove(number)
        self.changed[number] = now

    def document(self) -> Iterator[Sighting]:
        """Write the feed; entries whose slices are known are not read."""
        shown = sorted(self.numbers, reverse=True)[: self.window]
        if self.pinned is not None:
            shown = [self.pinned, *(number for number in shown if number != self.pinned)][: self.window]
        for each in placed([self.entry(number) for number in (reversed(shown) if self.rising else shown)]):
            known = self.slices.get(each.slice)
            yield each if known is None else replace(each, doc=Doc(), known_as=known)

    def look(self, hours: int) -> Decision:
        """Look once, and remember what every entry is."""
        before, document = len(self.posts.posts), list(self.document())
        decision = self.posts.look(document, NOW + timedelta(hours=hours))
        fresh = [*decision.record, *decision.announce, *decision.held]
        stored = [*decision.same, *enumerate(fresh, before + 1)]
        self.slices = {each.slice: number for number, each in stored}
        for each in document:
            if each.known_as is not None and each.known_as in decision.unchanged:
                self.slices[each.slice] = each.known_as
        return decision


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 12),
    st.integers(5, 15),
    st.booleans(),
    st.booleans(),
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 30), st.sampled_from(_CHANGES)), max_size=7),
)
def test_each_post_is_announced_once(
    many: int,
    window: int,
    rising: bool,  # noqa: FBT001 -- drawn
    pinned: bool,  # noqa: FBT001 -- drawn
    steps: list[tuple[int, int, str]],
) -> None:
    """Whatever else happens to one post between two looks, those that came are announced, each of them once."""
    blog = Blog(list(range(1, many + 1)), window, rising, 1 if pinned else None)
    blog.look(0)
    told: list[int] = []
    for hours, (new, which, how) in enumerate(steps, 1):
        newest = blog.numbers[-1]
        blog.numbers.extend(range(newest + 1, newest + 1 + new))
        blog.change(blog.numbers[which % len(blog.numbers)], how)
        decision = blog.look(hours)
        assert not decision.held
        told += [int(each.title.split()[1]) for each in decision.announce]
    assert len(told) == len(set(told))
    assert set(range(many + 1, blog.numbers[-1] + 1)) <= set(told)
