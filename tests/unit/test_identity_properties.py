"""What holds of identity whatever a feed looks like."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, timedelta

from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.core.identity import decide, keys_of, lookup
from bot.core.keys import likeness
from bot.core.models import KnownPost, Sighting
from bot.reading.doc import Doc, paragraph
from tests.emulators.entries import NOW, document, placed, post, silent, text
from tests.emulators.posts import Posts

anything = st.builds(
    Sighting,
    guid=st.none() | st.text(max_size=12),
    link=st.none() | st.text(max_size=20) | st.sampled_from(["https://a.example/x", "http://a.example/?p=1", "//["]),
    title=st.text(max_size=12),
    doc=st.builds(lambda text: Doc((paragraph(text),)), st.text(max_size=60)),
    published=st.none() | st.datetimes(timezones=st.just(UTC)),
    sketch=st.just("") | st.text(max_size=5),
)
stored = st.builds(
    KnownPost,
    id=st.integers(1, 5),
    guids=st.frozensets(st.text(max_size=3), max_size=2),
    links=st.frozensets(st.sampled_from(["//a.example/x", "//a.example?p=1"])),
    prints=st.frozensets(st.text(max_size=3), max_size=1),
    title=st.text(max_size=5),
    gist=st.text(max_size=5),
    published=st.none() | st.datetimes(timezones=st.just(UTC)),
    here=st.booleans(),
    in_last=st.booleans(),
)


FEW = settings(max_examples=50, deadline=None)
blogs = st.lists(st.integers(1, 200), min_size=1, max_size=12, unique=True)


@given(st.lists(anything, max_size=6), st.lists(stored, max_size=5, unique_by=lambda item: item.id), st.booleans())
def test_no_input_raises(sightings: list[Sighting], known: list[KnownPost], baseline: bool) -> None:  # noqa: FBT001 -- drawn
    """Whatever stands in a document and in the store, there is a decision, and each entry stands in it once at most."""
    decision = decide(feed_baseline=baseline, sightings=placed(sightings), known=known, now=NOW)
    told = [
        *decision.announce,
        *decision.held,
        *decision.record,
        *(item for _, item in decision.same + decision.copies),
    ]
    assert len({item.position for item in told}) == len(told) <= len(sightings)
    ids = [number for number, _ in decision.same]
    assert len(set(ids)) == len(ids)
    assert all(len(value) <= 200 for _, value in lookup(sightings))


@given(st.lists(anything, max_size=6))
@example(
    [Sighting(None, None, "", Doc((paragraph(each),)), sketch=made) for each, made in (("", ""), ("0", "0"), ("0", ""))]
)
def test_a_document_seen_twice_announces_nothing(sightings: list[Sighting]) -> None:
    """The baseline is silent, and so is the same document at the next look, however strange it is."""
    posts = Posts()
    assert silent(posts.look(placed(sightings), NOW))
    assert silent(posts.look(placed(sightings), NOW))


@FEW
@given(blogs, st.booleans(), st.randoms(use_true_random=False))
def test_the_order_of_the_arguments_does_not_matter(numbers: list[int], dated: bool, dice: random.Random) -> None:  # noqa: FBT001 -- drawn
    """Only positions count: shuffled sightings and stored posts give the same decision."""
    posts = Posts()
    posts.look(document(numbers[::2], dated=dated), NOW)
    sightings = document(numbers, dated=dated)
    known = posts.known(1, sightings)
    first = decide(feed_baseline=True, sightings=sightings, known=known, now=NOW)
    again = dice.sample(sightings, len(sightings)), dice.sample(known, len(known))
    assert decide(feed_baseline=True, sightings=again[0], known=again[1], now=NOW) == first


@FEW
@given(blogs, st.booleans(), st.sampled_from(["guid", "engine", "https", "host"]))
def test_a_change_of_all_ids_announces_nothing(numbers: list[int], dated: bool, change: str) -> None:  # noqa: FBT001 -- drawn
    """Another engine, scheme or host gives every post other keys; it is still the same post."""
    posts = Posts()
    before = document(numbers, dated=dated)
    posts.look(before, NOW)
    assert silent(posts.look([rekeyed(item, change) for item in before], NOW + timedelta(hours=1)))


def rekeyed(item: Sighting, change: str) -> Sighting:
    """Give an entry the keys that it has after a move."""
    link = item.link or ""
    return {
        "guid": replace(item, guid=f"urn:uuid:{item.title}"),
        "engine": replace(item, guid=f"?p={item.title}", link=link.replace("/posts/", "/2026/").replace("-note", "")),
        "https": replace(item, guid=link, link=link.replace("https:", "http:")),
        "host": replace(item, guid=link, link=link.replace("blog.example", "www.elsewhere.example:443")),
    }[change]


@FEW
@given(blogs, st.data())
def test_an_edit_announces_nothing(numbers: list[int], data: st.DataObject) -> None:
    """A new title, a new text, a new date or a bumped place on an entry that keeps a key is an edit."""
    posts = Posts()
    before = document(numbers)
    posts.look(before, NOW)
    at = data.draw(st.integers(0, len(before) - 1))
    old = before[at]
    edited = data.draw(
        st.sampled_from(
            [
                replace(old, title="An entirely different headline"),
                replace(old, doc=Doc((paragraph(text(9999)),)), sketch=""),
                replace(old, doc=Doc(), title="A teaser now", sketch=""),
                replace(old, published=NOW, guid=None),
                replace(old, published=None, link=None),
            ]
        )
    )
    moved = (
        [edited, *before[:at], *before[at + 1 :]]
        if data.draw(st.booleans())
        else [*before[:at], edited, *before[at + 1 :]]
    )
    assert silent(posts.look(placed(moved), NOW + timedelta(hours=1)))
    assert silent(posts.look(before, NOW + timedelta(hours=2)))


@FEW
@given(blogs, st.integers(1, 12), st.booleans(), st.integers(5, 15))
def test_fresh_posts_are_announced(numbers: list[int], many: int, dated: bool, window: int) -> None:  # noqa: FBT001 -- drawn
    """New posts at the top are announced, oldest first, also when they push half of a window out."""
    posts = Posts()
    posts.look(document(numbers, dated=dated)[:window], NOW)
    fresh = [300 + each for each in range(min(many, window - 1))]
    look = placed(document(numbers + fresh, dated=dated)[:window])
    decision = posts.look(look, NOW + timedelta(hours=1))
    assert [item.guid for item in decision.announce] == [post(each).guid for each in fresh]
    assert decision.flood == (len(fresh) > max(3, 0.3 * len(look)))
    assert silent(posts.look(look, NOW + timedelta(hours=2)))


@FEW
@given(blogs)
def test_two_feeds_show_one_post(numbers: list[int]) -> None:
    """What another feed showed first is no new post, and is pushed to the chats of the feed that shows it now."""
    posts = Posts()
    posts.look(document(numbers), NOW, feed=1)
    posts.look([], NOW, feed=2)
    decision = posts.look([replace(item, guid=None) for item in document(numbers)], NOW, feed=2)
    assert not decision.announce
    assert list(decision.joined) == [number for number, _ in reversed(decision.same)]
    assert len(decision.joined) == len(numbers)


@FEW
@given(st.integers(0, 10**6), st.integers(0, 40))
def test_a_gist_tells_how_much_is_common(seed: int, swapped: int) -> None:
    """The likeness of a text and its edit follows the share of words that were left alone."""
    words = text(seed, 200).split()
    edited = [*text(seed + 1, swapped).split(), *words[swapped:]]
    one, other = (keys_of(Sighting(doc=Doc((paragraph(" ".join(each)),)))).gist for each in (words, edited))
    alike = likeness(one, other)
    assert alike is not None
    assert abs(alike - (200 - swapped) / (200 + swapped)) < 0.3


@FEW
@given(blogs, st.lists(st.integers(201, 300), max_size=4, unique=True), st.booleans(), st.data())
def test_entries_that_were_not_read_again_change_nothing(
    numbers: list[int],
    fresh: list[int],
    dated: bool,  # noqa: FBT001 -- drawn
    data: st.DataObject,
) -> None:
    """A source may name the post instead of reading a slice that it knows: the decision is the same."""
    before = document(numbers, dated=dated)
    ids = {item.guid: number for number, item in enumerate(Posts().look(before, NOW).record, 1)}
    full = document(numbers + fresh, dated=dated)
    skipped = data.draw(st.sets(st.sampled_from(before).map(lambda item: item.guid)))
    cut = [Sighting(known_as=ids[item.guid], position=item.position) if item.guid in skipped else item for item in full]
    whole, part = Posts(), Posts()
    whole.look(before, NOW)
    part.look(before, NOW)
    expected, got = whole.look(full, NOW), part.look(cut, NOW)
    assert set(got.unchanged) == {ids[guid] for guid in skipped}
    assert {number for number, _ in got.same} == {number for number, _ in expected.same} - set(got.unchanged)
    assert (got.announce, got.held, got.record, got.flood) == (
        expected.announce,
        expected.held,
        expected.record,
        expected.flood,
    )
    assert part.last == whole.last
