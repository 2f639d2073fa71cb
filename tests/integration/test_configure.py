"""The configuration's feeds at a start: which of them are new, moved, named anew, gone or back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot import config
from bot.core.models import FeedKind
from bot.sections import FeedSection
from bot.store.configure import configure, retire
from bot.store.sqlite import Store
from tests.clock import START
from tests.integration.test_store_feeds import HOUR, URL, active, add, known, put, read
from tests.world import entry

MINUTE, LONG = timedelta(minutes=1), timedelta(days=1, milliseconds=500)


async def load(store: Store, *feeds: FeedSection) -> None:
    """Start with a configuration that has these feeds."""
    async with store.begin() as work:
        loaded = config.load(None, {}, given={"feeds": [feed.model_dump() for feed in feeds]})
        await configure(work, loaded, START)
        await retire(work, loaded)


@pytest.mark.asyncio
async def test_a_feed_that_left_the_configuration_is_paused_and_woken_when_it_is_back(store: Store) -> None:
    """Removal deletes nothing: the feed sleeps with all it has seen, and is due at once when it is back."""
    one, two = FeedSection(url=URL, name="one"), FeedSection(url=URL + "2", name="two")
    await load(store, one, two)
    async with store.begin() as work:
        feed = (await work.feeds())[1]
        await add(work, feed, entry("a"))
        await work.save_feed(replace(feed, baseline=True, next_check=START + HOUR))
    await load(store, one)
    assert await active(store) == ["one"]
    assert [each.name for each in await store.due_feeds(START + 2 * HOUR, 10)] == ["one"]
    await load(store, one, two)
    woken = await read(store, feed)
    assert (woken.active, woken.baseline, woken.next_check) == (True, True, START)
    assert len(await known(store, woken)) == 1


@pytest.mark.asyncio
async def test_feeds_that_the_configuration_never_had_are_left_alone(store: Store) -> None:
    """What the command line or a chat added is not paused by a start; a feed may have no name in the file."""
    await put(store, "by hand", URL + "2", in_config=False)
    async with store.begin() as work:
        await work.add_feed("https://reader.example/feed", START)
    await load(store, FeedSection(url=URL))
    assert await active(store) == ["by hand", "https://reader.example/feed", URL]


@pytest.mark.asyncio
async def test_a_readers_wish_changes_nothing_about_an_operators_feed(store: Store) -> None:
    """A chat that adds the address of a configured feed takes neither its interval nor its rights away."""
    await load(store, FeedSection(url=URL, interval=600, kind=FeedKind.FEED))
    async with store.begin() as work:
        feed = await work.add_feed(URL, START)
    kept = await read(store, feed)
    assert (kept.from_config, kept.interval, kept.kind) == (True, 600, FeedKind.FEED)


@pytest.mark.asyncio
async def test_a_readers_wish_brings_no_rights_back(store: Store) -> None:
    """An operator's feed that was taken out and is added by a chat is a reader's feed: no allowed addresses."""
    await load(store, FeedSection(url=URL, interval=600))
    await load(store)
    async with store.begin() as work:
        feed = await work.add_feed(URL, START)
    kept = await read(store, feed)
    assert (kept.active, kept.from_config, kept.interval) == (True, False, None)


@pytest.mark.asyncio
async def test_an_operator_may_adopt_a_readers_feed(store: Store) -> None:
    """What stands in the file is the operator's, whoever was first."""
    async with store.begin() as work:
        await work.add_feed(URL, START)
    await load(store, FeedSection(url=URL))
    async with store.begin() as work:
        assert [feed.from_config for feed in await work.feeds()] == [True]


@pytest.mark.asyncio
@pytest.mark.parametrize("written", [URL, URL.replace("https", "http") + "/"])
async def test_a_new_name_for_a_watched_address_keeps_its_readers(store: Store, written: str) -> None:
    """Whoever names a feed in the file, or names it anew, loses neither what was seen nor who reads it."""
    await load(store, FeedSection(url=URL))
    async with store.begin() as work:
        (feed,) = await work.feeds()
        await work.save_feed(replace(feed, baseline=True, url="https://moved.example/feed"))
    await load(store, FeedSection(url=written, name="blog"))
    assert await active(store) == ["blog"]
    named = await read(store, feed)
    assert (named.baseline, named.active) == (True, True)
    async with store.begin() as work:
        assert len(await work.all_feeds()) == 1


@pytest.mark.asyncio
async def test_a_feed_that_is_back_under_another_name_is_the_same(store: Store) -> None:
    """As it would be under its own; and one that is watched goes before one that sleeps."""
    await load(store, FeedSection(url=URL, name="one"))
    async with store.begin() as work:
        (feed,) = await work.feeds()
        await work.save_feed(replace(feed, baseline=True))
    await load(store)
    await load(store, FeedSection(url=URL, name="two"))
    assert await active(store) == ["two"]
    assert (await read(store, feed)).name == "two"
    await load(store)
    async with store.begin() as work:
        added = await work.add_feed(URL, START)
    await load(store, FeedSection(url=URL, name="three"))
    assert (await read(store, added)).name == "three"


@pytest.mark.asyncio
async def test_a_feed_that_a_chat_added_is_the_files_under_its_name(store: Store) -> None:
    """One blog is not asked twice because its owner and a reader call it differently."""
    async with store.begin() as work:
        added = await work.add_feed(URL, START)
    await load(store, FeedSection(url=URL, name="blog"), FeedSection(url=f"{URL}2", name="other"))
    assert await active(store) == ["blog", "other"]
    assert (await read(store, added)).from_config


@pytest.mark.asyncio
async def test_a_name_that_is_known_is_taken_from_nobody(store: Store) -> None:
    """Two names of the file that change places are two feeds with new addresses, as ever."""
    one, two = FeedSection(url=URL, name="one"), FeedSection(url=f"{URL}2", name="two")
    await load(store, one, two)
    before = {
        name: (await read(store, await put(store, name, url))).id for name, url in [("one", URL), ("two", f"{URL}2")]
    }
    await load(store, FeedSection(url=URL, name="two"), FeedSection(url=f"{URL}2", name="one"))
    async with store.begin() as work:
        assert {feed.name: feed.id for feed in await work.feeds()} == before


@pytest.mark.asyncio
async def test_the_address_that_was_asked_for_says_more_than_where_it_led(store: Store) -> None:
    """Of two names for a feed's two addresses, the one for the address that somebody wrote down is its own."""
    async with store.begin() as work:
        added = await work.add_feed(URL, START)
        await work.save_feed(replace(added, url=f"{URL}2"))
    await load(store, FeedSection(url=f"{URL}2", name="there"), FeedSection(url=URL, name="here"))
    assert (await read(store, added)).name == "here"
    assert await active(store) == ["here", "there"]


@pytest.mark.asyncio
async def test_many_feeds_of_readers_do_not_slow_a_start_down(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each address is looked at once or twice, and not once for each name: nobody else writes meanwhile."""
    asked: list[str] = []

    def key(url: str) -> str:
        asked.append(url)
        return url

    monkeypatch.setattr("bot.store.configure.address_key", key)
    async with store.begin() as work:
        for number in range(30):
            await work.add_feed(f"{URL}{number}", START)
    await load(store, *(FeedSection(url=f"https://b.example/{number}", name=f"n{number}") for number in range(30)))
    assert len(asked) <= 30 + 2 * 30


@pytest.mark.asyncio
@pytest.mark.parametrize(("pace", "due"), [("", 50 * MINUTE), (f'{{"hold":{(START + LONG).timestamp()}}}', LONG)])
async def test_a_feed_that_is_back_soon_is_not_asked_too_soon(store: Store, pace: str, due: timedelta) -> None:
    """An hour lies between two looks (E13), and more where its server asked for rest (E8): it knows of no file."""
    one = FeedSection(url=URL, name="one")
    await load(store, one)
    async with store.begin() as work:
        (feed,) = await work.feeds()
        last = START - 10 * MINUTE
        await work.save_feed(replace(feed, last_check=last, next_check=START + 5 * LONG, pace=pace))
    await load(store)
    await load(store, one)
    assert (await read(store, feed)).next_check == START + due


@pytest.mark.asyncio
async def test_a_stranger_cannot_lead_a_feed_to_where_the_file_will_take_it_over(store: Store) -> None:
    """What it showed before it moved there would stand among the blog's own posts: it goes on beside it."""
    async with store.begin() as work:
        strange = await work.add_feed("https://stranger.example/feed", START)
        await work.save_feed(replace(strange, url=URL, baseline=True))
    await load(store, FeedSection(url=URL, name="blog"))
    assert await active(store) == ["https://stranger.example/feed", "blog"]
