"""Made-up pasts of blogs: scripts that publish, edit, move and rebuild a blog, looking at its feed in between.

What has to be announced is known from the script alone: every post at the first document that shows it, and nothing
else ever.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

from tests.emulators.generator import Blog, Post

Past = Callable[[Blog], Iterator[None]]
"""Tells a past: each ``yield`` is a moment at which somebody looks."""
PASTS: dict[str, Past] = {}


def past(tell: Past) -> Past:
    """Note a past under its name."""
    PASTS[tell.__name__] = tell
    return tell


def quiet(blog: Blog, looks: int = 2) -> Iterator[None]:
    """Look on days on which nothing happens."""
    for _ in range(looks):
        blog.now += timedelta(days=1)
        yield


def live_through(blog: Blog, change: Callable[[], None]) -> Iterator[None]:
    """Live through a change that comes alone, and posts after it."""
    blog.publish(14)
    yield
    blog.publish()
    yield
    change()
    yield
    yield from quiet(blog)
    for _ in range(3):
        blog.publish()
        yield


def live_through_with_post(blog: Blog, change: Callable[[], None]) -> Iterator[None]:
    """Live through a change that comes together with a post."""
    blog.publish(14)
    yield
    change()
    blog.publish()
    yield
    yield from quiet(blog)
    blog.publish(2)
    yield


def _setting(name: str, value: object) -> None:
    """Note two pasts in which one setting of the generator changes, without a new post and with one."""

    def alone(blog: Blog) -> Iterator[None]:
        yield from live_through(blog, lambda: setattr(blog, name, value))

    def together(blog: Blog) -> Iterator[None]:
        yield from live_through_with_post(blog, lambda: setattr(blog, name, value))

    label = value if isinstance(value, str | int) else str(getattr(value, "__name__", value))
    PASTS[f"{name}_{label}".replace("://", "_")] = alone
    PASTS[f"{name}_{label}_with_a_post".replace("://", "_")] = together


def dated_path(post: Post) -> str:
    """Put the date into the address."""
    return f"/{post.date:%Y/%m/%d}/{post.slug}.html"


def numbered_path(post: Post) -> str:
    """Address a post by its number."""
    return f"/?p={post.number}"


def bare_path(post: Post) -> str:
    """Leave the slash off."""
    return f"/posts/{post.slug}"


def titled_path(post: Post) -> str:
    """Address a post by its title, blanks and all."""
    return f"/notes/{post.title.replace(' ', '%20')}/"


def tracked_path(post: Post) -> str:
    """Count the readers."""
    return f"/posts/{post.slug}/?utm_source=rss&utm_medium=feed"


for _name, _value in (
    ("guid", "tag"),
    ("guid", "number"),
    ("guid", "build"),
    ("guid", "title"),
    ("guid", ""),
    ("base", "http://blog.example"),
    ("base", "https://www.blog.example"),
    ("base", "https://elsewhere.example/blog"),
    ("base", "http://localhost:4000"),
    ("base", ""),
    ("path", dated_path),
    ("path", numbered_path),
    ("path", bare_path),
    ("path", titled_path),
    ("path", tracked_path),
    ("dates", "build"),
    ("dates", "day"),
    ("dates", ""),
    ("order", "rising"),
    ("words", "short"),
    ("words", "framed"),
    ("words", "restless"),
    ("words", "none"),
    ("form", "atom"),
    ("form", "json"),
    ("form", "rdf"),
    ("window", 5),
    ("window", 30),
):
    _setting(_name, _value)


@past
def everything_at_once(blog: Blog) -> Iterator[None]:
    """Tell this: a new engine: another format, domain, permalinks, ids; the dates stay."""

    def move() -> None:
        blog.form, blog.base, blog.path, blog.guid = "atom", "https://new.example", dated_path, "tag"

    yield from live_through(blog, move)


@past
def everything_at_once_and_redated(blog: Blog) -> Iterator[None]:
    """Tell this: a new engine that stamps all posts with the build."""

    def move() -> None:
        blog.base, blog.path, blog.guid, blog.dates = "https://new.example", dated_path, "tag", "build"

    yield from live_through(blog, move)


@past
def there_and_back(blog: Blog) -> Iterator[None]:
    """Tell this: a build on the author's own machine leaks, and is put right."""
    blog.publish(12)
    yield
    home, blog.base = blog.base, "http://localhost:1313"
    yield
    blog.base = home
    blog.publish()
    yield
    yield from quiet(blog)


@past
def every_guid_at_every_build(blog: Blog) -> Iterator[None]:
    """Tell this: ids are random, dates are the build's."""
    blog.guid, blog.dates = "build", "build"
    blog.publish(12)
    for _ in range(5):
        yield
        blog.publish()
        yield
        yield from quiet(blog)


@past
def ids_by_place(blog: Blog) -> Iterator[None]:
    """Tell this: a script counts its items from the top."""
    blog.guid = "place"
    blog.publish(12)
    for _ in range(5):
        yield
        blog.publish()
    yield


@past
def batches(blog: Blog) -> Iterator[None]:
    """Tell this: honest batches: five, a whole window, more than a window."""
    blog.publish(12)
    yield
    for many in (5, blog.window, 3):
        blog.publish(many)
        yield
        yield from quiet(blog)


@past
def short_window(blog: Blog) -> Iterator[None]:
    """Tell this: a feed of three entries turns over at once."""
    blog.window = 3
    blog.publish(8)
    for many in (1, 3, 2, 3):
        yield
        blog.publish(many)
    yield


@past
def one_post_and_growing(blog: Blog) -> Iterator[None]:
    """Tell this: a young blog."""
    yield
    for _ in range(6):
        blog.publish()
        yield


@past
def a_post_taken_back(blog: Blog) -> Iterator[None]:
    """Tell this: a post goes, an old one surfaces at the window's end; the post comes back."""
    blog.publish(20)
    yield
    gone = blog.posts.pop(15)
    yield
    yield from quiet(blog)
    blog.posts.insert(15, gone)
    yield
    blog.publish()
    yield


@past
def a_title_and_slug_put_right(blog: Blog) -> Iterator[None]:
    """Tell this: the author finds a slip in the title an hour later; the slug follows."""
    blog.publish(12)
    yield
    for _ in range(3):
        blog.publish()
        yield
        last = blog.posts[-1]
        blog.edit(last.number, title=last.title.replace(" ", " of ", 1), slug=last.slug + "-2")
        yield


@past
def a_post_rewritten(blog: Blog) -> Iterator[None]:
    """Tell this: half of a text is new, later its title, later its date."""
    blog.publish(12)
    yield
    last = blog.posts[-1]
    blog.edit(last.number, text=(*last.text[:2], "Rewritten altogether in the light of later findings " * 5))
    yield
    blog.edit(last.number, title="Quite another title for it", updated=blog.now)
    yield
    blog.edit(last.number, date=last.date + timedelta(days=2))
    yield
    blog.publish()
    yield


@past
def an_edit_brings_old_posts_up(blog: Blog) -> Iterator[None]:
    """Tell this: the feed is sorted by the last edit, and old posts that it showed come to the top."""
    blog.order, blog.dates = "updated", "updated"
    blog.publish(10)
    yield
    for number in (2, 5, 9):
        blog.now += timedelta(days=1)
        blog.edit(number, updated=blog.now)
        yield
    blog.publish()
    yield


@past
def an_edit_brings_back_what_had_left_the_window(blog: Blog) -> Iterator[None]:
    """Tell this: a post that slid out of the window is edited and stands at the top with today's date."""
    blog.order, blog.dates = "updated", "updated"
    blog.publish(10)
    yield
    for _ in range(6):
        blog.publish(2)
        yield
    for number in (3, 7):
        blog.now += timedelta(days=1)
        blog.edit(number, updated=blog.now)
        yield


@past
def the_oldest_first_and_then_redated(blog: Blog) -> Iterator[None]:
    """Tell this: new posts come at the end, and later all bear the build's date."""
    blog.order = "rising"
    blog.publish(12)
    yield
    blog.publish()
    yield
    blog.dates = "build"
    for _ in range(3):
        blog.publish()
        yield


@past
def tags_renamed(blog: Blog) -> Iterator[None]:
    """Tell this: all categories get other names."""

    def rename() -> None:
        blog.posts = [replace(post, tags=tuple(f"new {tag}" for tag in post.tags)) for post in blog.posts]

    yield from live_through(blog, rename)


@past
def an_empty_build(blog: Blog) -> Iterator[None]:
    """Tell this: a broken build shows nothing, the next one everything."""
    blog.publish(12)
    yield
    window, blog.window = blog.window, 0
    yield
    blog.window = window
    yield
    blog.publish()
    yield


@past
def a_truncated_build(blog: Blog) -> Iterator[None]:
    """Tell this: two entries for a day, then all again."""
    blog.publish(12)
    yield
    window, blog.window = blog.window, 2
    yield
    blog.window = window
    yield
    blog.publish()
    yield


@past
def dates_shifted(blog: Blog) -> Iterator[None]:
    """Tell this: the server's time zone changes: all dates eight hours on."""

    def shift() -> None:
        blog.posts = [replace(post, date=post.date + timedelta(hours=8)) for post in blog.posts]

    yield from live_through(blog, shift)


@past
def a_periodical(blog: Blog) -> Iterator[None]:
    """Tell this: the same title every week, other links in it."""
    blog.publish(8, title="Links of the week")
    for _ in range(4):
        yield
        blog.publish(title="Links of the week")
    yield


@past
def notes_without_titles(blog: Blog) -> Iterator[None]:
    """Tell this: a microblog."""
    blog.publish(8, title="")
    for _ in range(4):
        yield
        blog.publish(2, title="")
    yield


@past
def titles_without_texts(blog: Blog) -> Iterator[None]:
    """Tell this: a feed of headlines."""
    blog.words = "none"
    blog.publish(12)
    for _ in range(3):
        yield
        blog.publish(2)
    yield


@past
def one_address_for_all(blog: Blog) -> Iterator[None]:
    """Tell this: every link leads to the front page, and there are no ids."""
    blog.path, blog.guid = (lambda _: "/"), ""
    blog.publish(12)
    for _ in range(3):
        yield
        blog.publish(2)
        yield
    yield from quiet(blog)


@past
def backdated(blog: Blog) -> Iterator[None]:
    """Tell this: a post is dated a week before the newest."""
    blog.publish(12)
    yield
    blog.publish(date=blog.now - timedelta(days=7))
    yield
    blog.publish()
    yield


@past
def dated_ahead(blog: Blog) -> Iterator[None]:
    """Tell this: a post is announced for next month, and put right."""
    blog.publish(12)
    yield
    blog.publish(date=blog.now + timedelta(days=30))
    yield
    blog.edit(blog.posts[-1].number, date=blog.now)
    yield
    blog.publish()
    yield


@past
def leaked_drafts(blog: Blog) -> Iterator[None]:
    """Tell this: pages without a word are rendered by accident and taken back."""
    blog.publish(12)
    yield
    kept = list(blog.posts)
    blog.words = "full"
    blog.publish(3, number=0, title="", text=(), days=0.01)
    yield
    yield
    blog.posts = kept
    yield
    blog.publish()
    yield


@past
def comments(blog: Blog) -> Iterator[None]:
    """Tell this: a feed of comments: a handful of titles, pages shared, fragments apart."""
    blog.words = "full"
    blog.path = lambda post: f"/posts/{post.number % 3}/#comment-{post.number}"
    for number in range(12):
        blog.publish(title=f"By reader {number % 4}", days=0.2)
    for number in range(5):
        yield
        blog.publish(title=f"By reader {number % 4}", days=0.2)
    yield


@past
def a_link_blog(blog: Blog) -> Iterator[None]:
    """Tell this: entries link to other people's pages, to one of them twice."""
    blog.path = lambda post: f"/elsewhere/{post.number % 5}"
    blog.guid = "number"
    blog.publish(12)
    for _ in range(4):
        yield
        blog.publish(2)
    yield


@past
def episodes(blog: Blog) -> Iterator[None]:
    """Tell this: a podcast: each text is the same description of the show, with a word or two of its own."""
    standing = ("In this show two friends talk about machines, numbers and what they read this week. " * 6,)
    for number in range(12):
        blog.publish(title=f"Episode {number + 1}", text=standing)
    for number in range(12, 17):
        yield
        blog.publish(title=f"Episode {number + 1}", text=standing)
    yield


@past
def a_series(blog: Blog) -> Iterator[None]:
    """Tell this: parts of one work, each beginning with the same foreword."""
    foreword = "This series reads the book from the beginning, a chapter each week, with the exercises. " * 3
    for number in range(10):
        blog.publish(title=f"The book, part {number + 1}")
        blog.edit(blog.posts[-1].number, text=(foreword, *blog.posts[-1].text))
    for number in range(10, 15):
        yield
        blog.publish(title=f"The book, part {number + 1}")
        blog.edit(blog.posts[-1].number, text=(foreword, *blog.posts[-1].text))
    yield


@past
def exercises(blog: Blog) -> Iterator[None]:
    """Tell this: short solutions on one template, several a day."""
    for number in range(12):
        blog.publish(title=f"Exercise {number + 100}", text=(f"Exercise {number + 100}", "Idea", "Code", "Cost: O(n)"))
    for number in range(12, 20, 2):
        yield
        for each in (number, number + 1):
            text = (f"Exercise {each + 100}", "Idea", "Code", "Cost: O(n)")
            blog.publish(title=f"Exercise {each + 100}", text=text, days=0.1)
    yield


@past
def two_posts_of_one_title(blog: Blog) -> Iterator[None]:
    """Tell this: two posts called the same on one day."""
    blog.publish(12)
    yield
    blog.publish(2, title="Notes", days=0.1)
    yield
    blog.publish(title="Notes", days=0.1)
    yield


@past
def garbled(blog: Blog) -> Iterator[None]:
    """Tell this: for one build all letters are garbled by a wrong encoding."""
    blog.publish(12)
    yield
    kept = blog.posts

    def garble(text: str) -> str:
        return text.encode().decode("latin-1").replace("\x85", "?")

    blog.posts = [replace(post, title=garble(post.title), text=tuple(map(garble, post.text))) for post in kept]
    yield
    blog.posts = kept
    blog.publish()
    yield


@past
def titles_lost(blog: Blog) -> Iterator[None]:
    """Tell this: a broken theme calls every post the same for a day."""
    blog.publish(12)
    yield
    kept = blog.posts
    blog.posts = [replace(post, title="A blog") for post in kept]
    yield
    blog.posts = kept
    blog.publish()
    yield


@past
def untitled_becomes_titled(blog: Blog) -> Iterator[None]:
    """Tell this: a post comes as "Untitled" and gets its title and slug an hour later."""
    blog.publish(12)
    yield
    blog.publish(title="Untitled", slug="untitled")
    yield
    blog.edit(blog.posts[-1].number, title="The finished title", slug="the-finished-title")
    yield
    blog.publish()
    yield


@past
def a_slug_used_again(blog: Blog) -> Iterator[None]:
    """Tell this: a page is given to another post: other title, text and date under the same address."""
    blog.publish(12, slug="now")
    yield
    blog.publish(slug="now")
    yield
    blog.publish(slug="now")
    yield


@past
def old_posts_imported(blog: Blog) -> Iterator[None]:
    """Tell this: posts of years ago are imported below the window; nothing of them shows."""
    blog.publish(20)
    yield
    kept = blog.posts
    old = [replace(post, number=100 + post.number, date=post.date - timedelta(days=900)) for post in kept[:9]]
    blog.posts = [*old, *kept]
    yield
    blog.publish()
    yield


@past
def a_summary_grows(blog: Blog) -> Iterator[None]:
    """Tell this: from an excerpt to the full text, entry by entry."""
    blog.words = "short"
    blog.publish(12)
    yield
    blog.words = "full"
    yield
    blog.publish()
    yield


@past
def everything_again_under_new_ids_every_week(blog: Blog) -> Iterator[None]:
    """Tell this: someone's plugin republishes the window with new ids, addresses and dates, again and again."""
    blog.dates = "build"
    blog.publish(12)
    for number in range(4):
        yield
        blog.base, blog.guid = f"https://mirror{number}.example", "build"
        blog.now += timedelta(days=7)
        yield
        blog.publish()
        yield


_SETTINGS: dict[str, tuple[object, ...]] = {
    "guid": ("tag", "number", "build", "title", "", "link"),
    "base": ("http://blog.example", "https://www.blog.example", "https://elsewhere.example/b", "http://localhost:4000"),
    "path": (dated_path, numbered_path, bare_path, titled_path, tracked_path),
    "dates": ("build", "day", "", "own", "updated"),
    "order": ("date", "updated"),
    "words": ("short", "framed", "restless", "none", "full"),
    "form": ("atom", "json", "rdf", "rss"),
    "window": (5, 10, 20),
}


def stray(blog: Blog) -> Iterator[None]:
    """Live at random, by the blog's seed: posts, edits of recent ones, one or two settings changed at a time."""
    dice = random.Random(blog.seed)
    blog.publish(14)
    yield
    for _ in range(12):
        kind = dice.choice(["post", "post", "set", "set", "set twice", "set and post", "edit", "quiet"])
        for name in dice.sample(sorted(_SETTINGS), kind.startswith("set") + (kind == "set twice")):
            setattr(blog, name, dice.choice(_SETTINGS[name]))
        if kind.endswith("post"):
            blog.publish(dice.choice([1, 1, 2]))
        if kind == "edit":
            post = dice.choice(blog.posts[-5:])
            blog.now += timedelta(hours=3)
            blog.edit(post.number, updated=blog.now, title=post.title + " again")
        yield
