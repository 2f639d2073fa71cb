from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.identity import keys_of, lookup
from bot.core.models import (
    Address,
    Feed,
    FeedKind,
    Hit,
    KnownPost,
    PlaceKind,
    Sighting,
    Trouble,
    Validators,
    Verdict,
)
from bot.store.sqlite import Store, Work
from tests.clock import START
from tests.world import categories, entry

HOUR = timedelta(hours=1)
URL = "https://blog.example/feed"
CHAT = (Address("telegram", "1"), PlaceKind.PRIVATE, "")


async def put(store: Store, name: str = "blog", url: str = URL, *, in_config: bool = True) -> Feed:
    """Add a feed, as the configuration or the command line does; give it as it is then."""
    async with store.begin() as work:
        number = await work.put_feed(Feed(id=0, name=name, url=url, next_check=START), in_config=in_config)
        feed = await work.feed(number)
    assert feed is not None
    return feed


async def read(store: Store, feed: Feed) -> Feed:
    """Read a feed as it is now."""
    async with store.begin() as work:
        found = await work.feed(feed.id)
    assert found is not None
    return found


async def save(store: Store, feed: Feed) -> None:
    """Store what a look changed."""
    async with store.begin() as work:
        await work.save_feed(feed)


async def active(store: Store) -> list[str]:
    """Name the active feeds."""
    async with store.begin() as work:
        return [feed.name for feed in await work.feeds()]


def pairs(seen: Sighting) -> list[tuple[str, str]]:
    """Give a sighting's keys as they are stored."""
    return [(str(kind), value) for kind, value in lookup([seen])]


async def add(work: Work, feed: Feed, seen: Sighting) -> int:
    """Store a new post."""
    return await work.add_post(feed.id, seen, pairs(seen), keys_of(seen).gist, START)


async def known(store: Store, feed: Feed, *seen: Sighting) -> list[KnownPost]:
    """Ask what is known of a document."""
    async with store.begin() as work:
        return sorted(await work.known(feed.id, lookup(seen)), key=lambda post: post.id)


# -- feeds ------------------------------------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_a_feed_is_kept_as_it_was_saved(store: Store) -> None:
    """Every field that a look changes comes back, to the millisecond."""
    feed = replace(
        await put(store),
        url="https://elsewhere.example/feed",
        title="博客",
        kind=FeedKind.PAGE,
        baseline=True,
        validators=Validators('W/"1"', "Tue, 20 Jan 2026 12:00:00 GMT"),
        body_hash="abc",
        next_check=START + HOUR,
        last_check=START,
        last_ok=START,
        last_new=START,
        interval=90.5,
        trouble=Trouble("timeout", "slow", START, 3),
        home="https://blog.example/",
        language="zh",
        pace='{"gap": 1.5}',
    )
    await save(store, feed)
    assert await read(store, feed) == feed


@pytest.mark.asyncio
async def test_a_new_address_under_an_old_name_keeps_what_was_seen(store: Store) -> None:
    """The posts stay known; validators, the old server's wishes and its trouble go; the feed is due at once."""
    feed = await put(store)
    async with store.begin() as work:
        await add(work, feed, entry("a"))
    feed = replace(feed, baseline=True, validators=Validators("1", "2"), body_hash="x", pace="{}")
    await save(store, replace(feed, next_check=START + HOUR, trouble=Trouble("not_found", "404", START)))
    moved = await put(store, url="https://new.example/feed")
    assert (moved.id, moved.url, moved.baseline) == (feed.id, "https://new.example/feed", True)
    assert (moved.validators, moved.body_hash, moved.trouble, moved.pace) == (Validators(), None, None, "")
    assert moved.next_check == START
    assert [post.in_last for post in await known(store, moved)] == [True]


@pytest.mark.asyncio
async def test_the_same_configuration_changes_nothing(store: Store) -> None:
    """A restart keeps validators, schedule and trouble: the blog is not asked more often for it."""
    feed = await put(store)
    kept = replace(feed, validators=Validators("1"), next_check=START + HOUR, trouble=Trouble("dns", "no", START))
    await save(store, kept)
    assert await put(store) == kept


@pytest.mark.asyncio
async def test_a_permanent_redirect_survives_restarts_until_the_address_is_edited(store: Store) -> None:
    """Where it led to is asked from then on, though the file has the old address; a new one in the file counts."""
    feed = await put(store)
    await save(store, replace(feed, url="https://moved.example/feed"))
    assert (await put(store)).url == "https://moved.example/feed"
    assert (await put(store, url="https://third.example/feed")).url == "https://third.example/feed"


@pytest.mark.asyncio
async def test_due_feeds_come_longest_due_first(store: Store) -> None:
    """Feeds that are due, at most so many; when the next one is due is known."""
    for number, name in enumerate("abc"):
        feed = await put(store, name, f"{URL}/{name}")
        await save(store, replace(feed, next_check=START + (3 - number) * HOUR))
    assert [feed.name for feed in await store.due_feeds(START + 2 * HOUR, 10)] == ["c", "b"]
    assert [feed.name for feed in await store.due_feeds(START + 3 * HOUR, 1)] == ["c"]
    assert await store.next_check() == START + HOUR
    async with store.begin() as work:
        await work.remove_feed(feed.id)
    assert await store.next_check() == START + 2 * HOUR


# -- posts ------------------------------------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_a_post_is_kept_as_it_was_seen(store: Store) -> None:
    """Title, text, dates and all, in Chinese, with formulas; and it is found by its link however that is written."""
    feed = await put(store)
    seen = replace(entry("一步", tags=("扩散",), published=START), authors=("苏",), image="https://blog.example/a.png")
    async with store.begin() as work:
        number = await add(work, feed, seen)
    (post,) = await store.posts([number])
    assert (post.title, post.doc, post.summary, post.tags) == (seen.title, seen.doc, seen.summary, seen.tags)
    assert (post.published, post.first_seen, post.authors, post.image) == (START, START, seen.authors, seen.image)
    assert (post.link, post.feed_ids, post.seq) == (seen.link, (feed.id,), number)
    async with store.begin() as work:
        for link in (str(seen.link), f"{seen.link}/", f"{seen.link}?utm_source=x"):
            assert await work.find_post(link) == post
        assert await work.find_post("https://blog.example/none") is None


@pytest.mark.asyncio
async def test_known_gives_what_shares_a_key_and_the_last_document(store: Store) -> None:
    """Posts of the last document are known though no key asks for them; older ones only by their keys."""
    feed = await put(store)
    async with store.begin() as work:
        old, last = await add(work, feed, entry("old")), await add(work, feed, entry("last"))
        await work.begin_document(feed.id, {})
        await work.see_posts(feed.id, [(last, entry("last"), pairs(entry("last")), "g")], START)
    assert [(post.id, post.in_last) for post in await known(store, feed)] == [(last, True)]
    both = await known(store, feed, entry("old"))
    assert [(post.id, post.in_last, post.here) for post in both] == [(old, False, True), (last, True, True)]
    assert both[0].guids == {"id-old"}


@pytest.mark.asyncio
async def test_entries_that_were_not_read_again_speak_for_their_posts(store: Store) -> None:
    """As far as these stood in the last document; a post that another entry asks for comes from the store, as ever."""
    feed = await put(store)
    async with store.begin() as work:
        gone, here, asked = [await add(work, feed, entry(name)) for name in ("gone", "here", "asked")]
        await work.leave(feed.id, [gone])
        unread = [
            replace(entry(name), sketch=f"print:{name}", known_as=post)
            for name, post in (("then", gone), ("now", here), ("once", asked))
        ]
        found = {post.id: post for post in await work.known(feed.id, lookup([entry("asked")]), unread)}
    assert found.keys() == {here, asked}
    assert (found[here].title, found[here].gist, found[here].in_last, found[here].named) == ("now", "now", True, False)
    assert (found[asked].title, found[asked].guids, found[asked].named) == ("asked", frozenset({"id-asked"}), True)


@pytest.mark.asyncio
async def test_guids_are_scoped_to_their_feed_and_links_join_feeds(store: Store) -> None:
    """A number as guid means nothing elsewhere; a link does."""
    one, two = await put(store), await put(store, "two", URL + "2")
    seen = Sighting("1", "https://blog.example/a", "A", entry("a").doc)
    async with store.begin() as work:
        await add(work, one, seen)
    other = Sighting("1", "https://blog.example/b", "B", entry("b").doc)
    assert await known(store, two, other) == []
    (found,) = await known(store, two, replace(seen, guid="2"))
    assert (found.here, found.in_last, found.guids) == (False, False, frozenset())


@pytest.mark.asyncio
async def test_a_post_seen_again_keeps_all_its_keys_and_its_newest_text(store: Store) -> None:
    """A new link and a new title are added to the old ones; the text is replaced, the title is the newest one."""
    feed = await put(store)
    first, second = entry("a"), replace(entry("a"), link="https://blog.example/a2", title="A, edited")
    second = replace(second, doc=entry("other").doc)
    async with store.begin() as work:
        number = await add(work, feed, first)
        await work.see_posts(feed.id, [(number, second, pairs(second), "new gist")], START + HOUR)
    (post,) = await store.posts([number])
    assert (post.title, post.link, post.doc) == (second.title, second.link, second.doc)
    for seen in (first, second):
        (found,) = await known(store, feed, seen)
        assert (found.id, found.title, found.gist) == (number, "A, edited", "new gist")
        assert len(found.links) == 2


@pytest.mark.asyncio
async def test_the_feed_that_showed_a_post_first_speaks_for_it(store: Store) -> None:
    """Another feed's excerpt does not replace the full text; its keys are added all the same."""
    one, two = await put(store), await put(store, "two", URL + "2")
    short = replace(entry("a"), guid="other", doc=entry("a", text="短").doc)
    async with store.begin() as work:
        number = await add(work, one, entry("a"))
        await work.see_posts(two.id, [(number, short, pairs(short), "gist")], START)
    (post,) = await store.posts([number])
    assert (post.doc, post.feed_ids) == (entry("a").doc, (one.id, two.id))
    (found,) = await known(store, two, short)
    assert (found.here, found.guids) == (True, frozenset({"other"}))


@pytest.mark.asyncio
async def test_keys_of_copies_are_kept(store: Store) -> None:
    """A document that shows a post twice is recognised by both guids from then on."""
    feed = await put(store)
    async with store.begin() as work:
        number = await add(work, feed, entry("a"))
        await work.add_keys(feed.id, [(number, [("guid", "copy")])])
    (found,) = await known(store, feed, Sighting("copy", None, "x"))
    assert found.guids == {"id-a", "copy"}


@pytest.mark.asyncio
async def test_the_newest_posts_come_first(store: Store) -> None:
    """By date where that is believable, else by when they were first seen; at most so many."""
    feed = await put(store)
    dates = {"old": START - 9 * HOUR, "undated": None, "new": START - HOUR, "future": START + 1000 * HOUR}
    async with store.begin() as work:
        for name, date in dates.items():
            await add(work, feed, entry(name, published=date))
        titles = [post.title for post in await work.latest([feed.id], 3)]
        assert await work.latest([], 3) == []
    assert titles == ["future", "undated", "new"]


@pytest.mark.asyncio
async def test_categories_are_counted(store: Store) -> None:
    """The most frequent category comes first, named as the feed names it."""
    feed = await put(store)
    async with store.begin() as work:
        await work.add_categories(feed.id, categories("数学", "C++", "数学"))
        found = await work.topics(feed.id)
    assert [(topic.category, topic.name("zh")) for topic in found] == [("数学", "数学"), ("C++", "C++")]


@pytest.mark.asyncio
async def test_categories_of_several_feeds_stand_together(store: Store) -> None:
    """One feed's categories follow the other's, in the order that was asked for; no feed shows more than its bound."""
    one, other, silent = await put(store), await put(store, "other"), await put(store, "silent")
    async with store.begin() as work:
        await work.add_categories(one.id, categories("数学", "C++", "数学"))
        await work.add_categories(other.id, categories("数学", *(f"tag{number:03}" for number in range(300))))
        found = await work.topics(other.id, silent.id, one.id)
        assert await work.topics() == []
    assert len(found) == 202
    assert [topic.category for topic in found[:2]] == ["tag000", "tag001"]
    assert [topic.category for topic in found[200:]] == ["数学", "C++"]


@pytest.mark.asyncio
async def test_why_a_post_was_let_through_is_kept(store: Store) -> None:
    """The verdict of the filter that let a post through stands beside its delivery."""
    feed = await put(store)
    verdict = Verdict(passes=True, hits=(Hit("diffusion", "扩散", "text"),))
    async with store.begin() as work:
        chat = await work.open_chat(*CHAT, START, language="zh", timezone="UTC")
        made = await work.subscribe(chat.id, feed.id, START)
        number = await add(work, feed, entry("a"))
        await work.want(number, feed.id, {made.filter.id: verdict}, START)
        view = await work.delivery(chat.id, number)
    assert view is not None
    assert view.verdict == verdict
