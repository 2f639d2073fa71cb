"""More made-up pasts: posts that are pinned, swapped, taken back or renamed, and blogs that move meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

from tests.emulators.generator import Blog
from tests.emulators.pasts import (
    PASTS,
    dated_path,
    live_through,
    live_through_with_post,
    numbered_path,
    past,
    quiet,
)

__all__ = ["PASTS"]

# -- what befalls all posts at once -----------------------------------------------------------------------------------


def _befalls(befall: Callable[[Blog], None]) -> Callable[[Blog], None]:
    """Note two pasts in which something befalls the blog, without a new post and with one."""

    def alone(blog: Blog) -> Iterator[None]:
        blog.path = dated_path
        yield from live_through(blog, lambda: befall(blog))

    def together(blog: Blog) -> Iterator[None]:
        blog.path = dated_path
        yield from live_through_with_post(blog, lambda: befall(blog))

    PASTS[befall.__name__] = alone
    PASTS[f"{befall.__name__}_with_a_post"] = together
    return befall


def _rename(blog: Blog, name: Callable[[str], str]) -> None:
    blog.posts = [replace(post, title=name(post.title)) for post in blog.posts]


def _move(blog: Blog) -> None:
    blog.base, blog.path, blog.guid = "https://new.example", numbered_path, "number"


@_befalls
def shown_by_hugo(blog: Blog) -> None:
    """Show every post there is, as Hugo does, as an excerpt and under an address without a date."""
    blog.path, blog.window, blog.words = (lambda post: f"/posts/{post.slug}/"), 50, "short"


@_befalls
def proxied(blog: Blog) -> None:
    """Let a service count the readers: its own addresses, and a footer under each text."""
    blog.base, blog.words = "https://proxy.example", "framed"
    blog.path = lambda post: f"/~r/blog/~3/{post.number * 7919 % 99991}xyz/"


@_befalls
def slugs_translated(blog: Blog) -> None:
    """Write all addresses in another language."""
    blog.posts = [replace(post, slug=f"other-words-{post.number * 31 % 97}") for post in blog.posts]


@_befalls
def titles_suffixed(blog: Blog) -> None:
    """Put the blog's name behind each title."""
    _rename(blog, lambda title: f"{title} | A blog")


@_befalls
def titles_suffixed_in_a_move(blog: Blog) -> None:
    """Do so in a new home, with new ids and addresses."""
    _rename(blog, lambda title: f"{title} | A blog")
    _move(blog)


@_befalls
def titles_cut_in_a_move(blog: Blog) -> None:
    """Show only how titles begin."""
    _rename(blog, lambda title: title[:12] + "…")
    _move(blog)


@_befalls
def titles_escaped_twice_in_a_move(blog: Blog) -> None:
    """Let readers see how an ampersand is written."""
    _rename(blog, lambda title: title.replace(" ", " &amp; ", 1))
    _move(blog)


@_befalls
def a_language_and_a_format_in_each_address(blog: Blog) -> None:
    """Begin to be bilingual, and let the feed link to the pages for phones."""
    blog.path = lambda post: f"/en/posts/{post.slug}/amp/"


@_befalls
def headlines_only_under_other_addresses(blog: Blog) -> None:
    """Take the texts out and write the addresses anew."""
    blog.words = "none"
    slugs_translated(blog)


# -- where posts stand ------------------------------------------------------------------------------------------------


@past
def a_pin(blog: Blog) -> Iterator[None]:
    """Tell this: an old post stands above all others for years; one is taken back, and one from below comes up."""
    blog.pin = 3
    blog.publish(20)
    yield
    del blog.posts[-2]
    yield
    blog.publish()
    yield
    del blog.posts[-3:-1]
    yield
    blog.pin = None
    blog.publish()
    yield


@past
def a_pin_and_a_longer_window(blog: Blog) -> Iterator[None]:
    """Tell this: an old post stands above all others, and the feed begins to show more of them."""
    blog.pin = 3
    blog.publish(30)
    yield
    blog.window = 15
    yield
    blog.publish()
    yield


@past
def one_dated_back_amid_the_others(blog: Blog) -> Iterator[None]:
    """Tell this: the feed is sorted by number, and one post's date is wrong by months."""
    blog.order = "number"
    blog.publish(20)
    blog.edit(15, date=blog.posts[2].date)
    yield
    del blog.posts[-2]
    yield
    blog.window = 14
    yield
    blog.publish()
    yield


@past
def windows_breathe(blog: Blog) -> Iterator[None]:
    """Tell this: the feed shows twenty, five, fifteen, three posts, and what it showed before never mattered."""
    blog.publish(30)
    yield
    for window in (20, 5, 15, 3, 25):
        blog.window = window
        yield
        blog.publish()
        yield
        blog.window += 5
        blog.publish(2)
        yield


@past
def the_last_month(blog: Blog) -> Iterator[None]:
    """Tell this: the feed shows what was written within a month, be it one post."""
    blog.publish(12)
    yield
    for days in (5, 40, 3, 60, 1):
        blog.publish(days=days)
        blog.window = sum(post.date > blog.now - timedelta(days=30) for post in blog.posts)
        yield


@past
def the_oldest_first_without_dates(blog: Blog) -> Iterator[None]:
    """Tell this: new posts come at the end, nothing is dated, and the addresses count."""
    blog.order, blog.dates, blog.path = "rising", "", numbered_path
    blog.publish(12)
    for many in (1, 2, 1):
        yield
        blog.publish(many)
    yield


@past
def a_move_without_dates(blog: Blog) -> Iterator[None]:
    """Tell this: headlines only, no dates at all, and a new home with a post beside it."""
    blog.words, blog.dates = "none", ""
    blog.publish(14)
    yield
    _move(blog)
    blog.publish()
    yield
    blog.publish(2)
    yield


# -- two posts in each other's way ------------------------------------------------------------------------------------


def _swap(blog: Blog, field: str) -> Iterator[None]:
    blog.publish(12)
    yield
    one, other = blog.posts[-1], blog.posts[-3]
    blog.edit(one.number, **{field: getattr(other, field)})
    blog.edit(other.number, **{field: getattr(one, field)})
    yield
    blog.publish()
    yield


@past
def addresses_swapped(blog: Blog) -> Iterator[None]:
    """Tell this: two posts stood under each other's address, which is put right; only headlines are shown."""
    blog.words = "none"
    yield from _swap(blog, "slug")


@past
def titles_swapped(blog: Blog) -> Iterator[None]:
    """Tell this: two posts bore each other's title."""
    yield from _swap(blog, "title")


@past
def dates_swapped(blog: Blog) -> Iterator[None]:
    """Tell this: two posts bore each other's date."""
    yield from _swap(blog, "date")


@past
def one_id_for_all(blog: Blog) -> Iterator[None]:
    """Tell this: a template that was never filled in gives every post the same id."""
    blog.guid = "one"
    blog.publish(12)
    for many in (1, 2, 1):
        yield
        blog.publish(many)
    yield


@past
def a_periodical_with_nothing_of_its_own(blog: Blog) -> Iterator[None]:
    """Tell this: one title, one id and one address for all, and a counter that changes every text."""
    blog.guid, blog.path, blog.words = "one", (lambda _: "/weekly"), "restless"
    blog.publish(12, title="Links of the week")
    for many in (1, 2, 1):
        yield
        blog.publish(many, title="Links of the week")
    yield


@past
def a_periodical_known_by_its_title(blog: Blog) -> Iterator[None]:
    """Tell this: the id is the title, which is always the same."""
    blog.guid, blog.words = "title", "restless"
    blog.publish(12, title="Links of the week")
    for _ in range(3):
        yield
        blog.publish(title="Links of the week")
    yield


@past
def a_periodical_moves(blog: Blog) -> Iterator[None]:
    """Tell this: every post bears one title, only headlines are shown, and all ids and addresses change."""
    blog.words = "none"
    blog.publish(12, title="Links of the week")
    yield
    _move(blog)
    yield
    blog.publish(title="Links of the week")
    yield


@past
def comments_without_texts(blog: Blog) -> Iterator[None]:
    """Tell this: a feed of comments that says who wrote where: a handful of titles, pages shared, fragments apart."""
    blog.words = "none"
    blog.path = lambda post: f"/posts/{post.number % 3}/#comment-{post.number}"
    for number in range(12):
        blog.publish(title=f"By reader {number % 4}", days=0.2)
    for number in range(8):
        yield
        blog.publish(title=f"By reader {number % 4}", days=0.2)
    yield


# -- posts that go and come -------------------------------------------------------------------------------------------


@past
def published_again_in_another_version(blog: Blog) -> Iterator[None]:
    """Tell this: a post is taken back and comes days later, rewritten at the end, under another address and date."""
    blog.publish(13)
    yield
    blog.publish()
    yield
    gone = blog.posts.pop()
    yield from quiet(blog)
    text = (*gone.text[:3], "Another ending, with thanks to all who wrote about the first one " * 3)
    blog.posts.append(replace(gone, date=blog.now, slug=gone.slug + "-again", text=text))
    yield
    blog.publish()
    yield


@past
def six_posts_restored(blog: Blog) -> Iterator[None]:
    """Tell this: posts are lost in an accident and put back under other addresses, with one beside them."""
    blog.publish(20)
    yield
    lost, blog.posts = blog.posts[12:18], [*blog.posts[:12], *blog.posts[18:]]
    yield
    blog.publish()
    yield
    blog.posts = sorted([*blog.posts, *(replace(post, slug=post.slug + "-2") for post in lost)], key=lambda it: it.date)
    yield
    blog.publish()
    yield


@past
def a_post_in_two_halves(blog: Blog) -> Iterator[None]:
    """Tell this: a post is cut in two, and its second half is published by itself."""
    blog.publish(12)
    yield
    whole = blog.posts[-1]
    blog.edit(whole.number, title=f"{whole.title}, part 1", text=whole.text[:2])
    yield
    blog.publish(title=f"{whole.title}, part 2", text=whole.text[2:])
    yield


@past
def only_the_newest_in_full(blog: Blog) -> Iterator[None]:
    """Tell this: with each post the ones before it shrink to their beginnings."""
    blog.publish(12)
    yield
    for _ in range(3):
        blog.posts = [replace(post, text=(post.text[0][:150],)) for post in blog.posts]
        blog.publish()
        yield


@past
def an_import_within_a_move(blog: Blog) -> Iterator[None]:
    """Tell this: the new home shows everything, and posts of years ago were brought there from another one."""
    blog.publish(12)
    yield
    _move(blog)
    blog.window = 50
    elsewhere = [
        replace(
            post,
            number=-post.number,
            title=f"Then: {post.title}",
            text=tuple(f"{each} As it was then." for each in reversed(post.text)),
            date=post.date - timedelta(days=1900),
        )
        for post in blog.posts
    ]
    blog.posts = [*elsewhere, *blog.posts]
    yield
    blog.publish()
    yield


@past
def a_clock_in_each_address(blog: Blog) -> Iterator[None]:
    """Tell this: the server's time zone changes, which moves some addresses by a day; only headlines are shown."""
    blog.words, blog.path = "none", dated_path
    blog.publish(14, days=0.9)
    yield
    blog.posts = [replace(post, date=post.date + timedelta(hours=8)) for post in blog.posts]
    blog.now += timedelta(hours=9)
    yield
    blog.publish()
    yield
