from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from structlog.testing import capture_logs

from bot import admin, i18n
from bot.core.errors import StoreError
from bot.core.models import Failed, Feed, Fetched, FetchInfo, Look, NotModified, Sighting, Validators
from bot.core.trouble import TroubleName
from bot.store.sqlite import Work
from bot.watch import Watch
from tests.clock import START
from tests.world import BLOG, ScriptedSource, World, entry, open_world

OLD = tuple(entry(f"old {number}", published=START - timedelta(days=number + 1)) for number in range(6))
HOUR = timedelta(hours=1)


@dataclass
class Desk:
    """A world with a blog that is looked at."""

    world: World
    source: ScriptedSource
    found: int = 0

    def watch(self) -> Watch:
        """Make the loop that looks."""
        return Watch(self.world.store, self.source, self.world.matcher, self.world.clock, self.tell)

    def tell(self) -> None:
        """Count that something is to be sent."""
        self.found += 1

    async def look(self, watch: Watch | None = None) -> None:
        """Look at every active feed once."""
        async with self.world.store.begin() as work:
            feeds = await work.feeds()
        await (watch or self.watch()).look_at(feeds)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[Watch]:
        """Let the loop run meanwhile."""
        watch = self.watch()
        task = asyncio.create_task(watch.run())
        try:
            yield watch
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def feed(self, number: int | None = None) -> Feed:
        """Read a feed as it is now."""
        async with self.world.store.begin() as work:
            found = await work.feed(number or self.world.feed)
        assert found is not None
        return found

    async def another(self, name: str, **fields: Any) -> int:
        """Add a feed."""
        feed = replace(Feed(id=0, name=name, url=f"https://{name}.example/feed", next_check=START), **fields)
        async with self.world.store.begin() as work:
            return await work.put_feed(feed)

    async def posts(self) -> int:
        """Count the posts that are stored."""
        return int(str((await self.world.rows("SELECT count(*) FROM post"))[0][0]))


@pytest_asyncio.fixture
async def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Desk]:
    """Open a world whose blog shows six old posts."""
    async with open_world(tmp_path / "incoming.db", monkeypatch) as world:
        source = ScriptedSource(world.clock)
        source.show(BLOG, *OLD, etag="1")
        yield Desk(world, source)


# -- what a look means ------------------------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_the_first_look_is_silent(desk: Desk) -> None:
    """Everything that is there already is remembered and pushed to nobody; the feed is known from then on."""
    chat = await desk.world.subscribe("1")
    await desk.look()
    feed = await desk.feed()
    assert (await desk.posts(), await desk.world.states(chat), desk.found) == (6, {}, 0)
    assert (feed.baseline, feed.validators, feed.last_ok, feed.title) == (True, Validators("1"), START, "A blog")


@pytest.mark.asyncio
async def test_a_new_post_is_owed_to_exactly_the_chats_that_want_it(desk: Desk) -> None:
    """Those subscribed to the feed whose filter lets it through; they are told that there is something to send."""
    all_ = await desk.world.subscribe("1")
    topic, other = [
        await desk.world.subscribe(place, topics=(name,)) for place, name in (("2", "diffusion"), ("3", "python"))
    ]
    await desk.look()
    desk.source.show(BLOG, entry("about diffusion"), *OLD)
    await desk.look()
    states = [list((await desk.world.states(chat)).values()) for chat in (all_, topic, other)]
    assert (states, desk.found) == ([["wanted"], ["wanted"], []], 1)
    await desk.look()
    assert (await desk.posts(), desk.found) == (7, 1)


@pytest.mark.asyncio
async def test_what_nobody_wants_is_owed_to_nobody(desk: Desk) -> None:
    """Neither a post nor a whole flood of them: no match, no message."""
    chat = await desk.world.subscribe("1", topics=("python",))
    await desk.look()
    desk.source.show(BLOG, *(entry(f"about diffusion {number}") for number in range(6)), *OLD)
    await desk.look()
    await desk.world.deliver(60)
    assert (await desk.posts(), await desk.world.states(chat), desk.world.platform.requests) == (12, {}, [])


@pytest.mark.asyncio
async def test_new_posts_are_delivered_oldest_first(desk: Desk) -> None:
    """Three new posts in one document arrive in the order in which they were written."""
    await desk.world.subscribe("1")
    await desk.look()
    new = [entry(name, published=START - timedelta(minutes=age)) for name, age in (("c", 1), ("b", 2), ("a", 3))]
    desk.source.show(BLOG, *new, *OLD)
    await desk.look()
    await desk.world.deliver(10)
    assert desk.world.platform.texts() == ["a", "b", "c"]


@pytest.mark.asyncio
@pytest.mark.parametrize("where", ["want", "save_feed"])
async def test_a_look_that_fails_in_the_middle_leaves_nothing_behind(
    desk: Desk, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither post nor delivery nor validators: the next look finds the same news, and nothing is lost or doubled."""
    chat = await desk.world.subscribe("1")
    await desk.look()
    desk.source.show(BLOG, entry("new"), *OLD, etag="2")

    async def refuse(*_: object, **__: object) -> None:
        msg = "disk I/O error"
        raise sqlite3.OperationalError(msg)

    with monkeypatch.context() as patch:
        patch.setattr(Work, where, refuse)
        if where == "save_feed":
            with pytest.raises(StoreError, match=r"what blog shows cannot be stored .*; check the disk"):
                await desk.look()
        else:
            await desk.look()
    assert (await desk.posts(), await desk.world.states(chat), (await desk.feed()).validators.etag) == (6, {}, "1")
    await desk.look()
    assert (await desk.posts(), list((await desk.world.states(chat)).values())) == (7, ["wanted"])
    assert (await desk.feed()).validators.etag == "2"


@pytest.mark.asyncio
async def test_a_store_that_commits_in_pieces_is_caught(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The check above is not blind: were posts committed before their deliveries, it would see them."""
    await desk.world.subscribe("1")
    await desk.look()
    desk.source.show(BLOG, entry("new"), *OLD, etag="2")
    real = Work.add_post

    async def at_once(work: Work, *args: Any, **named: Any) -> int:
        number = await real(work, *args, **named)
        await work._db.commit()
        await work._db.execute("BEGIN")
        return number

    async def refuse(*_: object, **__: object) -> None:
        raise sqlite3.OperationalError

    monkeypatch.setattr(Work, "add_post", at_once)
    monkeypatch.setattr(Work, "want", refuse)
    await desk.look()
    assert await desk.posts() == 7


@pytest.mark.asyncio
async def test_a_second_feed_delivers_only_to_chats_that_did_not_have_the_post(desk: Desk) -> None:
    """One post on two feeds: a chat of both gets it once, a chat of the second one gets it from there."""
    two = await desk.another("two")
    both, second = await desk.world.subscribe("1"), await desk.world.subscribe("2", feed=two)
    await desk.world.subscribe("1", feed=two)
    other = tuple(entry(f"two {number}") for number in range(6))
    desk.source.show("https://two.example/feed", *other)
    await desk.look()
    desk.source.show(BLOG, entry("new"), *OLD)
    await desk.look()
    desk.source.show("https://two.example/feed", replace(entry("new"), guid="elsewhere"), *other)
    await desk.look()
    await desk.world.deliver(10)
    assert await desk.posts() == 13
    assert [len(await desk.world.states(chat)) for chat in (both, second)] == [1, 1]
    assert desk.world.platform.texts() == ["new", "new"]


@pytest.mark.asyncio
async def test_a_copy_that_outlives_its_original_is_known_by_its_own_keys(desk: Desk) -> None:
    """A post stands twice for a while; then only the copy is left, rewritten: it is no news."""
    chat = await desk.world.subscribe("1")
    await desk.look()
    copy = replace(entry("new"), guid="copy", link="https://blog.example/copy")
    body = entry("", text="Every word of it is another one now, and there are more of them.").doc
    for shown in ((entry("new"),), (entry("new"), copy), (replace(copy, doc=body),)):
        desk.source.show(BLOG, *shown, *OLD)
        await desk.look()
    assert (await desk.posts(), list((await desk.world.states(chat)).values())) == (7, ["wanted"])


@pytest.mark.asyncio
async def test_no_entries_where_there_were_many_is_trouble(desk: Desk) -> None:
    """An empty document is an error of the blog, not news; its validators are not taken, and nothing is forgotten."""
    await desk.look()
    desk.source.show(BLOG, etag="empty")
    for count in (1, 2):
        await desk.look()
        feed = await desk.feed()
        assert feed.trouble is not None
        assert (feed.trouble.name, feed.trouble.count, feed.validators.etag) == ("no_entries", count, "1")
    desk.source.show(BLOG, *OLD, etag="3")
    await desk.look()
    assert ((await desk.feed()).trouble, await desk.posts(), desk.found) == (None, 6, 0)


@pytest.mark.asyncio
async def test_an_empty_blog_is_a_baseline_too(desk: Desk) -> None:
    """A blog that has no post yet is no trouble, and its very first post is news."""
    chat = await desk.world.subscribe("1")
    desk.source.show(BLOG)
    await desk.look()
    assert (await desk.feed()).trouble is None
    desk.source.show(BLOG, entry("first"))
    await desk.look()
    assert list((await desk.world.states(chat)).values()) == ["wanted"]


@pytest.mark.asyncio
async def test_not_modified_changes_nothing_but_the_schedule(desk: Desk) -> None:
    """A 304 ends trouble, keeps what was seen, and is looked at again later."""
    await desk.look()
    desk.source.shown[BLOG] = Failed("timeout", "slow")
    await desk.look()
    desk.source.shown[BLOG] = NotModified(FetchInfo(304, Validators("1")))
    await desk.look()
    feed = await desk.feed()
    assert (feed.trouble, feed.validators, await desk.posts()) == (None, Validators("1"), 6)
    assert feed.next_check > START


@pytest.mark.asyncio
async def test_suspected_old_posts_under_new_keys_are_held(desk: Desk) -> None:
    """Every id changed at once and undated strangers came: they are owed, held for the operator, and not sent."""
    chat = await desk.world.subscribe("1")
    await desk.look()
    strangers = [entry(f"stranger {number}", published=START - timedelta(days=90 + number)) for number in range(3)]
    desk.source.show(BLOG, *strangers)
    await desk.look()
    await desk.world.deliver(5)
    assert list((await desk.world.states(chat)).values()) == ["held: rekeyed"] * 3
    assert (desk.found, desk.world.platform.requests) == (0, [])


@pytest.mark.asyncio
async def test_a_look_at_an_address_that_was_changed_meanwhile_counts_for_nothing(desk: Desk) -> None:
    """The configuration moved the feed while the old address was being read: the new one is looked at."""

    async def slow(feed: Feed) -> Look:
        async with desk.world.store.begin() as work:
            await work.put_feed(replace(feed, url="https://new.example/feed"))
        return Fetched(FetchInfo(200), OLD)

    desk.source.shown[BLOG] = slow
    await desk.look()
    feed = await desk.feed()
    assert (feed.baseline, await desk.posts(), feed.next_check) == (False, 0, START)


# -- the loop ---------------------------------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_the_loop_looks_when_a_feed_is_due(desk: Desk) -> None:
    """An interval of ten minutes is kept for hours; what comes is found within it."""
    await desk.world.subscribe("1")
    await desk.another("fast", interval=600.0)
    fast = "https://fast.example/feed"
    desk.source.show(fast, *OLD)
    async with desk.running():
        await desk.world.clock.sleep(2 * 3600 + 1)
    times = [at for at, url in desk.source.looks if url == fast]
    assert len(times) == 13
    assert {later - earlier for earlier, later in pairwise(times)} == {timedelta(minutes=10)}


@pytest.mark.asyncio
async def test_the_schedule_survives_a_restart(desk: Desk) -> None:
    """A new process does not ask the blog again before its time."""
    async with desk.running():
        await desk.world.clock.sleep(60)
    async with desk.running():
        await desk.world.clock.sleep(60)
    assert len(desk.source.looks) == 1
    assert (await desk.feed()).next_check >= START + HOUR


@pytest.mark.asyncio
async def test_a_fault_in_one_feed_stops_no_other_and_is_its_trouble(desk: Desk) -> None:
    """An exception while fetching becomes that feed's trouble, looked at ever more rarely; the others go on."""
    bad = await desk.another("bad")
    desk.source.shown["https://bad.example/feed"] = RuntimeError("broken")
    chat = await desk.world.subscribe("1")
    async with desk.running():
        await desk.world.clock.sleep(60)
        desk.source.show(BLOG, entry("new"), *OLD)
        await desk.world.clock.sleep(3 * 3600)
    assert list((await desk.world.states(chat)).values()) == ["wanted"]
    trouble = (await desk.feed(bad)).trouble
    assert trouble is not None
    assert trouble.name == "poisoned"
    assert len([url for _, url in desk.source.looks if "bad" in url]) <= 4


@pytest.mark.asyncio
@pytest.mark.parametrize("name", TroubleName)
async def test_each_failure_says_its_cause_and_what_mends_it(desk: Desk, name: TroubleName) -> None:
    """In the log, and in the row of `incoming feeds`: the name, the cause, a remedy of its own."""
    desk.source.shown[BLOG] = Failed(name, "so it was", gone=name is TroubleName.GONE)
    with capture_logs() as logs:
        await desk.look()
    (said,) = [line for line in logs if line["event"] == "watch.failed"]
    row = admin.feed_row(await desk.feed())
    assert (said["trouble"], said["cause"]) == (name, "so it was")
    assert (row["state"], row["cause"]) == (f"trouble: {name}", "so it was")
    words = i18n.load("en")
    assert said["remedy"] == row["remedy"] == words(f"remedy_{name}") != words("remedy_other")


@pytest.mark.asyncio
async def test_a_document_that_cannot_be_judged_is_trouble_and_not_a_loop(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault in the decision is said as the feed's trouble, and the blog is not asked again at once."""
    await desk.world.subscribe("1")
    await desk.look()

    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(type(desk.world.matcher), "match", fail)
    desk.source.show(BLOG, entry("new"), *OLD)
    desk.world.clock.time += 2 * HOUR
    async with desk.running():
        await desk.world.clock.sleep(1800)
    trouble = (await desk.feed()).trouble
    assert trouble is not None
    assert (trouble.name, len(desk.source.looks), await desk.posts()) == ("poisoned", 2, 6)


@pytest.mark.asyncio
async def test_a_disk_that_refuses_loses_no_news_and_spares_the_blog(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was fetched is kept in hand until the disk takes it; the blog is asked once."""
    chat = await desk.world.subscribe("1")
    await desk.look()
    desk.source.show(BLOG, entry("new"), *OLD)
    desk.world.clock.time += 2 * HOUR

    async def refuse(*_: object) -> None:
        raise sqlite3.OperationalError

    async with desk.running():
        with monkeypatch.context() as patch:
            patch.setattr(Work, "save_feed", refuse)
            await desk.world.clock.sleep(600)
            assert await desk.world.states(chat) == {}
        await desk.world.clock.sleep(60)
        assert list((await desk.world.states(chat)).values()) == ["wanted"]
    assert len(desk.source.looks) == 2


@pytest.mark.asyncio
async def test_a_database_that_cannot_be_read_stops_the_looking_and_not_the_loop(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Minutes of it show as not alive; after them the looks go on by themselves."""

    async def refuse(*_: object) -> None:
        raise sqlite3.OperationalError

    async with desk.running() as watch:
        with monkeypatch.context() as patch:
            patch.setattr(desk.world.store, "due_feeds", refuse)
            await desk.world.clock.sleep(600)
            assert not watch.pulse.alive(desk.world.clock.now())
        await desk.world.clock.sleep(60)
        assert watch.pulse.alive(desk.world.clock.now())
    assert len(desk.source.looks) == 1


@pytest.mark.asyncio
async def test_a_slow_feed_holds_up_nobody(desk: Desk) -> None:
    """One blog answers after ten minutes: it is looked at once, the others as always."""

    async def slow(_: Feed) -> Look:
        await desk.world.clock.sleep(600)
        return Failed("timeout", "slow")

    await desk.another("slow", interval=60.0)
    await desk.another("fast", interval=60.0)
    desk.source.shown["https://slow.example/feed"] = slow
    desk.source.show("https://fast.example/feed", *OLD)
    async with desk.running():
        await desk.world.clock.sleep(599)
    looks = [url for _, url in desk.source.looks]
    assert (looks.count("https://slow.example/feed"), looks.count("https://fast.example/feed")) == (1, 10)


@pytest.mark.asyncio
async def test_a_feed_can_be_looked_at_now(desk: Desk) -> None:
    """On request a feed is looked at before its time, and its trouble is told; one that is not there has none."""
    async with desk.running() as watch:
        await desk.world.clock.sleep(10)
        assert await watch.look_now(desk.world.feed) is None
        desk.source.shown[BLOG] = Failed("timeout", "slow")
        trouble = await watch.look_now(desk.world.feed)
        assert trouble is not None
        assert (trouble.name, len(desk.source.looks)) == ("timeout", 3)
        assert await watch.look_now(999) is None


@pytest.mark.asyncio
async def test_whoever_stops_waiting_for_a_look_does_not_stop_the_look(desk: Desk) -> None:
    """Two ask for one look: one gives up, the other gets its answer, and the blog was asked once."""

    async def slow(_: Feed) -> Look:
        await desk.world.clock.sleep(10)
        return Failed("timeout", "slow")

    desk.source.shown[BLOG] = slow
    watch = desk.watch()
    first, second = [asyncio.create_task(watch.look_now(desk.world.feed)) for _ in range(2)]
    await desk.world.clock.sleep(1)
    first.cancel()
    trouble = await second
    assert trouble is not None
    assert (trouble.name, len(desk.source.looks)) == ("timeout", 1)


@pytest.mark.asyncio
async def test_a_loop_that_goes_round_is_told_from_one_that_stands(desk: Desk) -> None:
    """While it runs it turns and is alive, for hours; some minutes after it stopped, neither."""
    async with desk.running() as watch:
        await desk.world.clock.sleep(3 * 3600)
        assert (watch.pulse.turning(desk.world.clock.now()), watch.pulse.alive(desk.world.clock.now())) == (True, True)
    desk.world.clock.time += timedelta(minutes=10)
    assert (watch.pulse.turning(desk.world.clock.now()), watch.pulse.alive(desk.world.clock.now())) == (False, False)


@pytest.mark.asyncio
async def test_stopping_in_the_middle_of_a_look_stores_all_of_it_or_nothing(desk: Desk) -> None:
    """Cancelled at any moment: the posts and the validators are there together, or neither is; nothing runs on."""
    outcomes = set[bool]()
    # A slow disk takes longer to the second outcome.
    for steps in (*range(0, 60, 3), 100, 1000, 10_000):
        if steps >= 60 and outcomes == {True, False}:
            break
        desk.source.show(BLOG, entry(f"new {steps}"), *OLD, etag=f"{steps}")
        desk.world.clock.time += 12 * HOUR
        async with desk.running():
            for _ in range(steps):
                await asyncio.sleep(0.0002)
        feed = await desk.feed()
        titles = {str(title) for (title,) in await desk.world.rows("SELECT title FROM post")}
        assert (feed.validators.etag == f"{steps}") == (f"new {steps}" in titles)
        outcomes.add(f"new {steps}" in titles)
    assert outcomes == {True, False}


@pytest.mark.asyncio
async def test_a_feed_whose_server_asked_for_rest_is_known_to_be_held(desk: Desk) -> None:
    """A Retry-After is kept by whoever asks; it ends by itself."""
    desk.source.shown[BLOG] = Failed("rate_limited", "429", FetchInfo(429, retry_after=7200))
    await desk.look()
    watch = desk.watch()
    feed = await desk.feed()
    assert watch.held(feed)
    looks = len(desk.source.looks)
    trouble = await watch.look_now(feed.id)
    assert trouble == feed.trouble
    assert trouble is not None
    assert len(desk.source.looks) == looks
    desk.world.clock.time += 3 * HOUR
    assert not watch.held(await desk.feed())
    await watch.look_now(feed.id)
    assert len(desk.source.looks) == looks + 1


@pytest.mark.asyncio
async def test_one_pass_looks_at_many_feeds_and_one_bad_one_stops_none(desk: Desk) -> None:
    """A hundred feeds in one pass, not all at the same time, each once."""
    under_way, most = 0, 0

    async def counted(_: Feed) -> Look:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await desk.world.clock.sleep(1)
        under_way -= 1
        return Fetched(FetchInfo(200), (Sighting("1", None, "a"),))

    for number in range(100):
        await desk.another(f"n{number}")
        desk.source.shown[f"https://n{number}.example/feed"] = counted
    desk.source.shown[BLOG] = RuntimeError("broken")
    await desk.look()
    assert (len(desk.source.looks), most) == (101, 64)
