"""The quick way of deciding about a document beside the thorough one: the same decisions, and hardly any work."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.identity import Decision, decide
from bot.core.keys import sketch
from bot.core.models import Sighting
from bot.reading.doc import Doc
from tests.emulators.entries import LATER, NOW, doc, document, placed, post, text
from tests.emulators.posts import Posts
from tests.emulators.sparing import spare, untouched

Change: TypeAlias = Callable[[Sighting, Sighting], Sighting]
"""Gives a new entry something that an old one has, or takes something from it."""


def _edited(new: Sighting, old: Sighting, words: int = 12) -> Sighting:
    """Make an old post's 80 words and some others the new one's."""
    changed = doc(f"{text(int(new.title.split()[1]), words)} {text(int(old.title.split()[1]))}")
    return replace(new, doc=changed, sketch=sketch(changed, Doc()))


# What makes the thorough way necessary, where the old one is gone.
ODD: dict[str, Change] = {
    "most of the text": _edited,
    "the text": lambda new, old: replace(new, doc=old.doc, sketch=old.sketch),
    "all but the title": lambda new, old: replace(old, title=new.title),
    "guid and title": lambda new, old: replace(new, guid=old.guid, title=old.title),
    "link and title": lambda new, old: replace(new, link=old.link, title=old.title),
    "the guid": lambda new, old: replace(new, guid=old.guid),
    "the title": lambda new, old: replace(new, title=old.title),
    "the date": lambda new, old: replace(new, published=old.published),
    "undated": lambda new, _: replace(new, published=None),
    "ahead": lambda new, _: replace(new, published=NOW + timedelta(days=9)),
    "a placeholder": lambda new, _: replace(new, published=datetime(1970, 1, 1, 5, tzinfo=UTC)),
    "untitled today": lambda new, _: replace(new, title="", published=NOW),
    "keyless": lambda new, _: replace(new, guid=None, link=None),
    "blank": lambda *_: Sighting(sketch=":"),
}
EVEN: tuple[Change, ...] = (
    lambda new, _: new,
    lambda new, old: _edited(new, old, 40),
    lambda new, _: replace(new, published=NOW - timedelta(days=800)),
    lambda new, _: replace(new, doc=Doc(), sketch=":"),
    lambda new, _: replace(new, guid=None),
    lambda new, _: replace(post(300), guid=new.guid, link=new.link),
)


numbers = st.lists(st.integers(1, 40), min_size=1, max_size=12, unique=True).map(sorted)
change = st.sampled_from(EVEN) | st.sampled_from([*ODD.values()])
changes = st.lists(change, min_size=1, max_size=3) | st.tuples(change, st.integers(2, 3)).map(
    lambda two: [two[0]] * two[1]
)


@st.composite
def looks(draw: st.DrawFn) -> tuple[Posts, list[Sighting]]:
    """Draw a blog's posts, and what its feed shows at the next look: what stood there was not read again."""
    posts, before = Posts(), document(draw(numbers), dated=draw(st.integers(0, 9)) > 0)
    staying = seen(posts, before)[: max(len(before) - draw(st.sampled_from((0, 1, 1, 2, 3, 6))), 0)]
    gone = before[len(staying) :]
    if draw(st.integers(0, 9)) == 0:
        # One slice twice, and a post that another look has seen leave.
        staying += staying[:1]
        posts.last[1].pop()
    old = st.sampled_from(gone or before) | st.sampled_from(before)
    fresh = [change(post(number), draw(old)) for number, change in enumerate(draw(changes), 100)]
    middle = draw(st.sampled_from((0, 0, 0, len(staying) // 2, len(staying))))
    shown = [*staying[:middle], *reversed(fresh), *staying[middle:]]
    return posts, placed(shown[::-1] if draw(st.booleans()) else shown)


def seen(posts: Posts, document: list[Sighting]) -> list[Sighting]:
    """Look at a document, and give its entries as they are when they are not read again."""
    posts.look(document, NOW)
    ids = {each.guid: number for number, each in posts.look(document, NOW).same}
    return [replace(each, known_as=ids[each.guid]) for each in document]


def both(posts: Posts, sightings: list[Sighting], window: int | None = None) -> tuple[Decision, Decision, bool]:
    """Decide as the product does, and the thorough way; tell whether the first was the quick way."""
    shown, known = spare(sightings, posts.known(1, sightings))
    found = decide(feed_baseline=True, sightings=shown, known=known, now=LATER, window=window)
    quick = untouched(shown)
    thorough = decide(feed_baseline=True, sightings=list(shown), known=list(known), now=LATER, window=window)
    return found, thorough, quick


@settings(max_examples=800, deadline=None)
@given(looks(), st.sampled_from((None, 3)))
def test_the_quick_way_decides_as_the_thorough_one(look: tuple[Posts, list[Sighting]], window: int | None) -> None:
    """Whatever is new has in common with what stood there, or lacks; wherever it stands, and whatever is gone."""
    found, thorough, _ = both(*look, window)
    assert found == thorough


@pytest.mark.parametrize("rising", [False, True])
@pytest.mark.parametrize("new", [1, 6])
@pytest.mark.parametrize("gone", [0, 1])
def test_new_posts_take_the_quick_way(*, rising: bool, new: int, gone: int) -> None:
    """Nobody asks for one of the entries that were not read again, be the feed turned round or not."""
    posts = Posts()
    staying = seen(posts, document(list(range(1, 13))))[: 12 - gone]
    shown = [*document(list(range(13, 13 + new))), *staying]
    found, thorough, quick = both(posts, placed(shown[::-1] if rising else shown))
    assert quick
    assert found == thorough
    assert [each.guid for each in found.announce] == [post(number).guid for number in range(13, 13 + new)]
    assert found.flood is (new == 6)
    assert len(found.unchanged) == 12 - gone


@pytest.mark.parametrize("has", ODD)
def test_what_may_be_no_new_post_takes_the_thorough_way(has: str) -> None:
    """It has something in common with a post that is gone, or lacks something."""
    posts = Posts()
    *staying, gone = seen(posts, document(list(range(1, 13))))
    found, thorough, quick = both(posts, placed([ODD[has](post(100), gone), *staying]))
    assert not quick
    assert found == thorough


def test_what_looks_like_a_change_of_ids_takes_the_thorough_way() -> None:
    """Half of the posts are gone, and two came that have half of their texts."""
    posts = Posts()
    before = seen(posts, document(list(range(1, 13))))
    fresh = [_edited(post(100 + place), gone, 40) for place, gone in enumerate(before[6:8])]
    found, thorough, quick = both(posts, placed([*fresh, *before[:6]]))
    assert not quick
    assert found == thorough


def test_a_post_that_another_look_has_seen_leave_takes_the_thorough_way() -> None:
    """Its entry was not read again, and speaks for it no more: it is read at the next look."""
    posts = Posts()
    staying = seen(posts, document(list(range(1, 13))))
    posts.last[1].remove(staying[3].known_as or 0)
    found, thorough, quick = both(posts, placed([post(100), *staying]))
    assert not quick
    assert found == thorough
    assert len(found.unchanged) == 11


@pytest.mark.parametrize("title", ["Note 100 on flow", "Note 101 on flow"])
def test_two_new_entries_of_one_title_take_the_thorough_way(title: str) -> None:
    """They may be one post twice."""
    posts = Posts()
    staying = seen(posts, document(list(range(1, 13))))
    fresh = [
        replace(post(100), guid=guid, link=None, title=title)
        for guid, title in (("a", title), ("b", "Note 100 on flow"))
    ]
    found, thorough, quick = both(posts, placed([*fresh, *staying]))
    assert quick is (title != "Note 100 on flow")
    assert found == thorough
