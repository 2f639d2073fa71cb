"""Still more made-up pasts: posts that say the same again and again, and what stands where a window ends."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from tests.emulators.generator import Blog
from tests.emulators.pasts import dated_path, numbered_path, past
from tests.emulators.troubled_pasts import PASTS

__all__ = ["PASTS"]

STANDING = "What I read in these days, what I wrote in them, and what is to come next; the links are below. " * 3

# -- one title, one text, post after post -----------------------------------------------------------------------------


def _notes(blog: Blog, many: int = 1, *, days: float = 3.3) -> None:
    blog.publish(many, title="Weekly notes", text=(STANDING,), days=days)


@past
def the_same_notes_every_week(blog: Blog) -> Iterator[None]:
    """Tell this: title and text never change; each post has an address and an id of its own."""
    _notes(blog, 8)
    for many in (1, 1, 2, 1, 1, 1):
        yield
        _notes(blog, many)
    yield


@past
def the_same_notes_every_week_without_dates(blog: Blog) -> Iterator[None]:
    """Tell this: nor is anything dated."""
    blog.guid, blog.dates = "number", ""
    yield from the_same_notes_every_week(blog)


@past
def the_same_notes_amid_other_posts(blog: Blog) -> Iterator[None]:
    """Tell this: the first of them is one like any other, and the second is no copy of it."""
    blog.publish(8)
    for _ in range(7):
        yield
        blog.publish(2)
        _notes(blog)
    yield


@past
def the_same_notes_twice_a_day(blog: Blog) -> Iterator[None]:
    """Tell this: two at once, hours apart."""
    blog.publish(12)
    for _ in range(3):
        yield
        _notes(blog, 2, days=0.1)
    yield


@past
def the_same_notes_in_a_short_window(blog: Blog) -> Iterator[None]:
    """Tell this: what stood there is gone when the next one comes."""
    blog.window = 3
    _notes(blog, 6)
    for many in (1, 2, 3, 1):
        yield
        _notes(blog, many)
    yield


@past
def notes_that_are_mostly_the_same(blog: Blog) -> Iterator[None]:
    """Tell this: the standing part is longer than what is new in each."""
    blog.words = "full"
    blog.publish(8)
    for _ in range(12):
        blog.publish()
        _notes(blog)
        blog.edit(blog.posts[-1].number, text=(STANDING, blog.posts[-2].text[1][:60]))
        yield


@past
def quotes_move(blog: Blog) -> Iterator[None]:
    """Tell this: a title repeats over short texts of their own, nothing is dated, and all ids and addresses change."""
    blog.dates, blog.words = "", "full"
    quotes = ("Less is more.", "Know thyself.", "All rivers run into the sea.", "To err is human.", "Time flies.")
    for quote in quotes[:4]:
        blog.publish(2)
        blog.publish(title="Quote of the day", text=(quote,))
    yield
    blog.base, blog.path, blog.guid = "https://new.example", numbered_path, "number"
    yield
    blog.publish(title="Quote of the day", text=quotes[4:])
    yield


@past
def the_same_notes_move(blog: Blog) -> Iterator[None]:
    """Tell this: all ids and addresses change; the dates stay."""
    for _ in range(6):
        blog.publish()
        _notes(blog)
    yield
    _notes(blog)
    yield
    blog.base, blog.path, blog.guid = "https://new.example", numbered_path, "number"
    yield
    _notes(blog)
    yield


@past
def a_move_that_dates_all_anew(blog: Blog) -> Iterator[None]:
    """Tell this: ids, slugs and texts are others, every date is the build's, and titles are all that is left."""
    blog.publish(14)
    yield
    blog.posts = [replace(post, slug=f"page-{post.number * 31 % 97}") for post in blog.posts]
    blog.guid, blog.dates, blog.words = "number", "build", "none"
    blog.publish()
    yield
    blog.publish(2)
    yield


@past
def a_move_of_posts_that_say_little(blog: Blog) -> Iterator[None]:
    """Tell this: every other post has no text at all; ids, slugs and dates are others, titles and texts stay."""
    blog.words = "full"
    blog.publish(16)
    for post in blog.posts[::2]:
        blog.edit(post.number, text=())
    for post in blog.posts[-4:]:
        blog.edit(post.number, text=(f"{post.title} {STANDING[post.number :]}",))
    yield
    blog.posts = [replace(post, slug=f"page-{post.number * 31 % 97}") for post in blog.posts]
    blog.guid, blog.dates = "number", "build"
    blog.publish()
    yield
    blog.publish(2)
    yield


@past
def addresses_dated_anew(blog: Blog) -> Iterator[None]:
    """Tell this: every post was touched, second after second; only headlines are shown, and addresses have the day."""
    blog.path, blog.words = dated_path, "none"
    blog.publish(14)
    yield
    blog.now += timedelta(days=3)
    blog.posts = [replace(post, date=blog.now + timedelta(seconds=post.number)) for post in blog.posts]
    blog.publish()
    yield
    blog.publish(2)
    yield


@past
def photographs(blog: Blog) -> Iterator[None]:
    """Tell this: one title for all, no word of their own, and several within the hour."""
    footer = ("Photographs may be used freely where the name of this blog is told beside them, and not sold at all.",)
    blog.publish(12)
    for many in (4, 2, 1):
        yield
        blog.publish(many, title="Photograph", text=footer, days=0.002)
    yield


@past
def the_clock_is_set_amid_the_same_notes(blog: Blog) -> Iterator[None]:
    """Tell this: the server's time zone changes, and with it the days in some addresses."""
    blog.path = dated_path
    for _ in range(6):
        blog.publish()
        _notes(blog)
    yield
    blog.posts = [replace(post, date=post.date + timedelta(hours=8)) for post in blog.posts]
    yield
    _notes(blog)
    yield


@past
def a_periodical_in_a_short_window(blog: Blog) -> Iterator[None]:
    """Tell this: three posts at each look push out all others, and one of them bears its predecessor's title."""
    blog.window = 3
    blog.publish(6)
    for _ in range(5):
        yield
        blog.publish(title="Links of the week")
        blog.publish(2)
    yield


@past
def a_periodical_in_half_a_window(blog: Blog) -> Iterator[None]:
    """Tell this: four posts of five are new at each look."""
    blog.window = 5
    blog.publish(6)
    for _ in range(5):
        yield
        blog.publish(title="Links of the week")
        blog.publish(3)
    yield


# -- where a window ends ----------------------------------------------------------------------------------------------


@past
def a_window_that_shrinks_to_few_and_grows(blog: Blog) -> Iterator[None]:
    """Tell this: from four posts, and from two, to many more than were ever shown."""
    blog.publish(40)
    yield
    for window in (4, 20, 2, 40):
        blog.window = window
        yield
        blog.publish()
        yield


@past
def a_young_blog_brings_its_old_posts(blog: Blog) -> Iterator[None]:
    """Tell this: three posts are all there is, and then two from years before."""
    blog.publish(3)
    yield
    for days in (200, 100):
        blog.publish(date=blog.posts[0].date - timedelta(days=days))
    yield
    blog.publish()
    yield


@past
def a_draft_dated_where_the_window_ends(blog: Blog) -> Iterator[None]:
    """Tell this: a post is dated just after the oldest that is shown, and takes its place."""
    blog.publish(20)
    yield
    oldest = blog.shown()[-1].date
    blog.publish(date=oldest + timedelta(minutes=5))
    yield
    blog.publish()
    yield


@past
def posts_of_a_week_put_in_late(blog: Blog) -> Iterator[None]:
    """Tell this: days later, posts come that are older than all that is left, and younger than what was there."""
    blog.publish(20)
    yield
    blog.publish()
    yield
    late = blog.posts[-4].date + timedelta(hours=1)
    blog.posts = [*blog.posts[:11], blog.posts[-1]]
    for hours in range(9):
        blog.publish(date=late + timedelta(hours=hours))
    yield
    blog.publish()
    yield


@past
def a_pin_taken_off(blog: Blog) -> Iterator[None]:
    """Tell this: what was above all others is gone, and one comes up at the end for it."""
    blog.pin = 3
    blog.publish(20)
    yield
    blog.pin = None
    yield
    blog.publish()
    yield
