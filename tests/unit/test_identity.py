"""Identity case by case: what blogs do to their feeds, and what is new then."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.core.identity import Decision, decide
from bot.core.models import Sighting
from bot.reading.doc import Doc
from tests.calls import counted
from tests.emulators.entries import LATER, NEW, NOW, OLD, after, doc, document, placed, post, silent, text, titles
from tests.emulators.posts import Posts

# -- what is new ------------------------------------------------------------------------------------------------------


def test_the_baseline_is_recorded_in_silence() -> None:
    """The first document pushes nothing, whatever it holds."""
    decision = decide(feed_baseline=False, sightings=OLD, known=[], now=NOW)
    assert silent(decision)
    assert decision.record == tuple(reversed(OLD))


def test_an_empty_document_decides_nothing() -> None:
    """Nothing in it, nothing to do: the posts of the last document stay known."""
    assert after(OLD, []) == Decision()
    assert silent(after(OLD, [], OLD))


def test_the_first_post_of_an_empty_blog_is_new() -> None:
    """A baseline may be empty; what comes then is news."""
    assert after([], [NEW]).announce == (replace(NEW, position=0),)


def test_a_backdated_post_is_new() -> None:
    """Dates never decide newness: an import under an old date in the middle of the document is announced."""
    old_date = replace(NEW, published=OLD[4].published)
    assert titles(after(OLD, [*OLD[:5], old_date, *OLD[5:]]).announce) == ["A new post"]


def test_a_date_ahead_or_at_the_epoch_only_loses_its_say_in_the_order() -> None:
    """Absurd dates are as good as none: the order of delivery is the document's."""
    odd = [
        replace(post(60), published=NOW + timedelta(days=400)),
        replace(post(61), published=datetime(1, 1, 1, tzinfo=UTC)),
    ]
    assert titles(after(OLD, [*odd, NEW, *OLD]).announce) == ["A new post", odd[1].title, odd[0].title]


def test_delivery_goes_by_date() -> None:
    """Posts are delivered in the order in which they were written, however the document sorts them."""
    fresh = [post(61), post(63), post(62)]
    assert titles(after(OLD, [*fresh, *OLD]).announce) == titles([post(61), post(62), post(63)])


def test_a_reused_guid_is_a_new_post() -> None:
    """One guid with another title and another text is another post (a page that was overwritten)."""
    assert titles(after(OLD, [replace(NEW, guid=OLD[3].guid), *OLD[:3], *OLD[4:]]).announce) == ["A new post"]


def test_a_link_that_leads_everywhere_is_a_new_post_each_time() -> None:
    """A feed of titles whose items all point at one page tells them by title and date."""
    daily = [
        Sighting(link="https://quote.example/today", title=f"Day {day}", published=NOW - timedelta(days=9 - day))
        for day in range(9)
    ]
    assert titles(after(daily[:1], daily[1:2]).announce) == ["Day 1"]


def test_one_guid_on_all_entries_counts_for_nothing() -> None:
    """A key that stands on several entries tells nothing: the other keys do."""
    before = [replace(item, guid="blog", link="https://blog.example/title.html") for item in OLD]
    fresh = replace(NEW, guid="blog", link="https://blog.example/title.html")
    decision = after(before, [fresh, *before])
    assert titles(decision.announce) == ["A new post"]
    assert len(decision.same) == len(OLD)


def test_a_periodical_is_new_each_time() -> None:
    """One title and one slug every week, another text under a later date: another post."""
    issues = [
        replace(post(100 + week), title="Weekly links", guid=None, link=f"https://blog.example/{week}/weekly-links/")
        for week in range(4)
    ]
    assert after(issues[:2], issues[:3]).announce == (replace(issues[2], position=2),)
    assert after(issues[:1], issues[3:]).announce == (replace(issues[3], position=0),)


def test_a_standing_description_is_no_fingerprint() -> None:
    """Episodes that all carry one long text are told by their titles."""
    episodes = [replace(post(100 + number), doc=doc(text(7)), sketch="") for number in range(5)]
    assert len(after(episodes[:3], episodes[1:]).announce) == 2


def test_notes_without_titles_are_posts() -> None:
    """A microblog's entries have no titles; each is announced as it comes, also without guid and link."""
    notes = [Sighting(doc=doc(text(number, 12)), published=NOW - timedelta(hours=number)) for number in range(1, 8)]
    decision = after(notes[1:], notes, notes)
    assert silent(decision)
    assert after(notes[1:], notes).announce == (replace(notes[0], position=0),)


# -- what is not ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("minutes", [None, 0, 50])
def test_a_post_shown_twice_is_pushed_once(minutes: int | None) -> None:
    """Two entries with one title and one text are one post, new or known: undated, or dated within the hour."""
    shown = NEW if minutes is not None else replace(NEW, published=None)
    later = NEW.published + timedelta(minutes=minutes) if minutes is not None and NEW.published else None
    copy = replace(shown, guid="copy", link="https://blog.example/tip/copy/", published=later)
    assert len(after(OLD, [shown, copy, *OLD]).announce) == 1
    decision = after([shown, *OLD], [copy, shown, *OLD], [copy, shown, *OLD])
    assert silent(decision)
    assert len(decision.copies) == 1
    assert [number for number, _ in decision.copies] == [
        number for number, item in decision.same if item.title == NEW.title
    ]


@pytest.mark.parametrize(("guid", "link"), [(NEW.guid, None), (NEW.guid, "/again"), ("again", NEW.link), (None, None)])
def test_a_post_shown_twice_under_one_key_is_pushed_once(guid: str | None, link: str | None) -> None:
    """Whatever the dates say: what shares a page or an id with its twin, or has neither, is no other post."""
    link = "https://blog.example" + link if link == "/again" else link
    again = replace(NEW, guid=guid, link=link, published=LATER - timedelta(minutes=30))
    first = replace(NEW, published=NOW - timedelta(days=8))
    assert len(after(OLD, [again, first, *OLD]).announce) == 1
    for shown in ([again, first, *OLD], [first, again, *OLD]):
        decision = after([first, *OLD], shown)
        assert silent(decision)
        assert len(decision.copies) == 1


def test_where_titles_repeat_an_issue_put_in_late_is_new_and_one_of_the_same_date_is_not() -> None:
    """A date of its own, among those that are known, is a post of its own; the very date of another one is a copy's."""
    issues = [replace(NEW, guid=f"{day}", link=f"https://blog.example/{day}") for day in (1, 3, 8)]
    first, late, last = (
        replace(each, published=NOW - timedelta(days=day)) for each, day in zip(issues, (1, 3, 8), strict=True)
    )
    assert after([first, last, *OLD], [first, late, last, *OLD]).announce == (replace(late, position=1),)
    decision = after([first, last, *OLD], [first, replace(late, published=first.published), last, *OLD])
    assert silent(decision)
    assert len(decision.copies) == 1


def test_a_copy_beside_a_post_that_was_redated_is_a_copy() -> None:
    """A build that dates all entries anew: what counts is how the post is dated in this document."""
    first, *others = [replace(item, published=LATER) for item in [NEW, *OLD]]
    copy = replace(first, guid="copy", link="https://blog.example/tip/copy/")
    long_ago = replace(NEW, published=NOW - timedelta(days=8))
    decision = after([long_ago, *OLD], [first, copy, *others])
    assert silent(decision)
    assert len(decision.copies) == 1


def test_what_another_feed_showed_is_the_same_post_however_it_is_dated() -> None:
    """A planet dates a post by when it came there, under an address and an id of its own."""
    posts = Posts()
    posts.look(placed([NEW, *OLD]), NOW, feed=1)
    posts.look(placed(OLD), NOW, feed=2)
    there = replace(NEW, guid="there", link="https://planet.example/50", published=LATER + timedelta(days=2))
    decision = posts.look(placed([there, *OLD]), LATER + timedelta(days=3), feed=2)
    assert (decision.announce, len(decision.joined)) == ((), 1)


def test_a_post_that_comes_back_is_no_news() -> None:
    """An entry that was gone for a while is known by any key it ever had."""
    assert silent(after(OLD, OLD[1:], OLD[1:], OLD))


@pytest.mark.parametrize("dated", [True, False])
def test_old_posts_that_surface_are_recorded(dated: bool) -> None:  # noqa: FBT001 -- drawn
    """Entries that come up at the end of a window when posts above are taken out are old."""
    window = document(list(range(5, 15)), dated=dated)
    below = document([3, 4], dated=dated)
    decision = after(window, [*window[:4], *window[6:], *below])
    assert silent(decision)
    assert titles(decision.record) == titles(below[::-1])


def test_a_widened_window_is_no_news() -> None:
    """A feed that shows ten posts more than before shows ten old ones."""
    assert silent(after(document(list(range(11, 21))), document(list(range(1, 21)))))


def test_a_slip_in_the_year_is_news() -> None:
    """One entry at the end of a document that lost nothing is a new post with a wrong date."""
    assert titles(after(OLD, [*OLD, replace(NEW, published=datetime(2000, 2, 1, tzinfo=UTC))]).announce) == [
        "A new post"
    ]


def test_a_document_with_its_newest_entry_last_is_read_so() -> None:
    """Where dates rise from the top, the end of the document is where new posts stand."""
    rising = list(reversed(OLD))
    assert titles(after(rising, [*rising[2:], NEW]).announce) == ["A new post"]


def test_a_leaked_draft_is_waited_for() -> None:
    """An untitled entry among titled ones is announced when it gets its title, or when it has stayed for a day."""
    draft = replace(NEW, title="", published=LATER)
    assert after(OLD, [draft, *OLD]).announce == ()
    assert after(OLD, [draft, *OLD], [NEW, *OLD]).announce == (replace(NEW, position=0),)
    assert len(after(OLD, [replace(draft, published=NOW - timedelta(days=2)), *OLD]).announce) == 1


def test_a_page_without_a_word_is_never_announced() -> None:
    """However long it stays, there is nothing to tell of it; once it says something, it is a post."""
    empty = replace(post(9), title="", doc=Doc(), sketch="", published=NOW - timedelta(days=300))
    assert silent(after(document([1, 2, 3]), placed([empty, *document([1, 2, 3])])))
    photo = replace(empty, image="https://blog.example/9.jpg")
    assert len(after(document([1, 2, 3]), placed([photo, *document([1, 2, 3])])).announce) == 1


def test_a_leaked_page_is_not_announced() -> None:
    """An undated page that is sorted below the dated posts (archive, about) is no post."""
    assert silent(after(OLD, [*OLD, replace(NEW, title="Archive", published=None)]))


def test_a_date_ahead_is_a_slip_and_makes_no_page_of_a_post() -> None:
    """The year mistyped, or this machine's clock behind: such a post is announced wherever it is sorted."""
    ahead, rising = replace(NEW, published=NOW + timedelta(days=400)), OLD[::-1]
    for shown in ([*rising, ahead], [OLD[5], ahead, *OLD[:5], *OLD[6:]], [post(60), ahead, *OLD]):
        assert "A new post" in titles(after(rising if shown[0] is rising[0] else OLD, shown).announce)


# -- floods and re-keyings --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("many", "flood"), [(3, False), (4, True)])
def test_more_than_three_and_thirty_percent_is_a_flood(many: int, flood: bool) -> None:  # noqa: FBT001 -- drawn
    """An honest batch is announced whole, and marked so that it comes as one list."""
    fresh = document(list(range(60, 60 + many)))
    decision = after(OLD, [*fresh, *OLD[: 10 - many]])
    assert len(decision.announce) == many
    assert decision.flood is flood
    assert not decision.rekeyed


def test_a_batch_that_replaces_the_window_is_no_rekeying() -> None:
    """Where everything is gone, what is dated after all of it is new."""
    decision = after(OLD, document(list(range(60, 70))))
    assert len(decision.announce) == 10
    assert not decision.rekeyed


def test_what_stays_unknown_in_a_rekeying_is_held() -> None:
    """A feed that was turned into another one is for the operator to look at; nothing of it is lost or pushed."""
    other = [
        replace(
            item,
            guid=f"x{item.guid}",
            link=None,
            title=f"Other {at}",
            doc=doc(text(500 + at)),
            published=None,
            sketch="",
        )
        for at, item in enumerate(OLD)
    ]
    decision = after(OLD, other)
    assert decision.rekeyed
    assert len(decision.held) == 10
    assert decision.announce == decision.record == ()


def test_a_rekeying_is_seen_through_by_titles_alone() -> None:
    """A new engine that also cuts texts to teasers leaves the titles; a real post among them still arrives."""
    moved = [
        replace(item, guid=f"?p={at}", link=f"https://new.example/{at}", doc=Doc(), published=None, sketch="")
        for at, item in enumerate(OLD)
    ]
    decision = after(OLD, [NEW, *moved])
    assert titles(decision.announce) == ["A new post"]
    assert not decision.held
    assert len(decision.same) == 10


# -- cost -------------------------------------------------------------------------------------------------------------


def test_a_hostile_document_is_decided_in_its_own_size() -> None:
    """A thousand entries with one title over another thousand cost four times what 250 over 250 do, or little more."""

    def entries(start: int, size: int) -> list[Sighting]:
        gist = "".join(chr(65 + (start + at) % 26) for at in range(64))
        return placed([Sighting(guid=f"{start + at}", title="Same", sketch=f":{gist}") for at in range(size)])

    def cost(size: int) -> int:
        posts = Posts()
        posts.look(entries(0, size), NOW)
        known = posts.known(1, entries(5000, size))
        with counted() as calls:
            decide(feed_baseline=True, sightings=entries(5000, size), known=known, now=LATER)
        return calls.count

    assert cost(1000) < 5 * cost(250)
