"""By what a post is recognised when blogs change its keys, its title, its text or its date: each rule of evidence."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.models import Sighting
from bot.reading.doc import Doc
from tests.emulators.entries import LATER, NEW, NOW, OLD, after, doc, placed, silent, text
from tests.emulators.posts import Posts

MOVED = replace(OLD[2], guid="new", link="https://new.example/elsewhere")
REWRITTEN = doc(text(777))
REVISED = doc(" ".join(text(8).split()[:60]) + text(776, 20))
HALVED = doc(" ".join(text(8).split()[:45]) + text(775, 35))


def edit(item: Sighting, body: Doc) -> Sighting:
    """Give an entry another text."""
    return replace(item, doc=body, sketch="")


@pytest.mark.parametrize(
    "again",
    [
        replace(OLD[2], guid="per-request-9f3", link=f"{OLD[2].link}?utm_source=rss#more"),
        edit(replace(MOVED, published=LATER), REVISED),
        edit(MOVED, REWRITTEN),
        edit(replace(MOVED, link="https://new.example/2026/8-note", published=NOW - timedelta(days=500)), REWRITTEN),
        replace(MOVED, title="Renamed and moved", published=LATER),
        edit(replace(MOVED, title="Done anew"), REWRITTEN),
        edit(replace(OLD[2], title="Done anew"), REWRITTEN),
        edit(replace(OLD[2], title="Done anew", published=LATER), HALVED),
        replace(OLD[2], title=f"Sticky: {OLD[2].title}", published=LATER),
    ],
    ids=["session", "revised", "date", "slug", "renamed", "second", "redone", "rewritten", "sticky"],
)
def test_a_post_under_other_keys_is_no_news(again: Sighting) -> None:
    """A post that keeps a key, its title, its text or its very second is recognised, whatever else was changed."""
    assert silent(after(OLD, [*OLD[:2], again, *OLD[3:]]))


@pytest.mark.parametrize(
    "again",
    [
        replace(MOVED, published=LATER, doc=REVISED, sketch=""),
        edit(MOVED, REWRITTEN),
        edit(replace(MOVED, link="https://new.example/2026/8-note", published=NOW - timedelta(days=500)), REWRITTEN),
        replace(MOVED, title="Renamed and moved", published=LATER),
    ],
    ids=["text", "date", "slug", "renamed"],
)
def test_several_vanished_posts_are_told_apart(again: Sighting) -> None:
    """Where other posts vanish with it, a moved post is still recognised."""
    assert silent(after(OLD, [*OLD[:2], again, *OLD[4:]]))


@pytest.mark.parametrize(
    "again",
    [
        edit(replace(OLD[2], published=LATER), REWRITTEN),
        edit(replace(OLD[2], title="Done anew"), REWRITTEN),
        replace(OLD[2], title="Done anew", published=LATER),
    ],
    ids=["title", "date", "text"],
)
def test_under_a_key_that_stands_everywhere_title_date_or_text_tells(again: Sighting) -> None:
    """Where one permalink stands on all entries, an edit is recognised by what it left alone."""
    before, edited = ([replace(item, guid=None, link=NEW.link) for item in each] for each in (OLD, [again]))
    assert silent(after(before, [*before[:2], *edited, *before[4:]]))


def test_entries_that_share_key_and_title_are_told_by_their_texts() -> None:
    """Front matter copied from post to post: each entry stays the post that has its text."""
    copied = [replace(item, guid=None, link=NEW.link, title="Untitled", published=None) for item in OLD[:3]]
    posts = Posts()
    third, second, first = (number for number, _ in enumerate(posts.look(copied, NOW).record, 1))
    revised = [edit(item, Doc((*item.doc.blocks, *doc("and a word").blocks))) for item in copied]
    same = posts.look(placed([revised[1], revised[2], revised[0]]), LATER).same
    assert {item.position: number for number, item in same} == {2: first, 0: second, 1: third}


def test_entries_that_differ_in_one_key_alone_stay_apart() -> None:
    """Of entries that say the same on one page, each is told by the guid that it has or has not."""
    bare = Sighting(link="https://blog.example/page")
    same = [bare, bare, replace(bare, guid="0")]
    assert silent(after(same, same))


def test_an_edit_of_an_entry_without_keys_is_no_news() -> None:
    """Without guid and link, the title is what an entry is known by."""
    bare = [replace(item, guid=None, link=None, published=None) for item in OLD]
    assert silent(after(bare, [*bare[:2], edit(replace(bare[2], published=LATER), HALVED), *bare[4:]]))


def test_a_rekeying_is_seen_through_by_half_of_the_texts() -> None:
    """A new engine with a new way of titles: in a re-keying, half of a text is enough."""
    moved = [
        Sighting(guid=f"?p={at}", title=f"No. {at}", doc=doc(" ".join(text(10 - at).split()[:48])))
        for at in range(len(OLD))
    ]
    assert silent(after(OLD, moved))


@pytest.mark.parametrize(("hours", "new"), [(0, False), (13, True), (24, True)])
def test_one_line_under_one_title_is_another_blogs_post_at_another_hour(hours: int, new: bool) -> None:  # noqa: FBT001 -- a row's expectation
    """Two blogs may each have an "Open thread"; the same post in two feeds bears one date."""
    thread = Sighting("a", "https://a.example/1", "Open thread", doc("Talk about anything."), published=NOW)
    other = replace(thread, guid="b", link="https://b.example/7", published=NOW + timedelta(hours=hours))
    posts = Posts()
    posts.look(placed([thread, *OLD]), LATER, feed=1)
    posts.look(OLD[:5], LATER, feed=2)
    assert bool(posts.look(placed([other, *OLD[:5]]), LATER + timedelta(days=2), feed=2).announce) is new


@pytest.mark.parametrize(
    "seen",
    [
        replace(NEW, guid="other", link="http://www.blog.example/posts/50-note?utm_medium=feed"),
        replace(NEW, guid="other", link="https://feeds.example/~r/17", title="The blog: a new post"),
    ],
    ids=["link", "text"],
)
def test_a_post_of_another_feed_joins(seen: Sighting) -> None:
    """A post that another feed showed first is not new, but is pushed to the chats of this feed, too."""
    posts = Posts()
    posts.look(OLD, NOW, feed=1)
    posts.look(placed([NEW, *OLD]), LATER, feed=1)
    posts.look(OLD[:5], NOW, feed=2)
    decision = posts.look(placed([seen, *OLD[:5]]), LATER, feed=2)
    assert decision.joined == (11,)
    assert not decision.announce
    assert silent(posts.look(placed([seen, *OLD[:5]]), LATER, feed=2))
