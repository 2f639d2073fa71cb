from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from bot import i18n
from bot.core.incidents import Kind, Sign
from bot.core.models import Address, PlaceKind, Rejected, Trouble
from bot.web import page
from bot.web.page import View
from tests.world import World, entry
from tests.years import Years

HOUR = timedelta(hours=1)
LONG = f"{'with a name that does not end ' * 4}{'Donaudampfschifffahrtsgesellschaft' * 3}"


def name(key: str, names: Mapping[str, str]) -> str:
    """Say what a topic is called."""
    return names.get(key, key)


async def write(world: World, language: str = "en", wrong: Mapping[str, str] | None = None) -> str:
    """Write the page as the caretaker does."""
    now = world.clock.now()
    overview = await world.store.facts.overview(now, timedelta(hours=8))
    return page.write(overview, wrong or {}, View(i18n.load(language), "Asia/Shanghai", now, name))


def text_of(html: str) -> str:
    """Give what a reader sees, roughly."""
    return " ".join(re.sub(r"<style>.*?</style>|<[^>]+>", " ", html).split())


async def busy(world: World) -> None:
    """Fill the world: two feeds, chats of all sorts, posts with every fate."""
    async with world.store.begin() as work:
        await work.add_feed("https://other.example/feed", world.clock.now())
        await work.add_categories(world.feed, [("t-diffusion", "扩散模型")])
        first, second = await work.feeds()
        await work.save_feed(
            replace(
                first,
                title="科学空间",
                home="https://blog.example/",
                last_check=world.clock.now(),
                last_ok=world.clock.now(),
            )
        )
        trouble = Trouble("dns", "no address", world.clock.now() - timedelta(hours=5), 5)
        ill = replace(second, title=f"A blog {LONG}", trouble=trouble, last_check=world.clock.now())
        await work.save_feed(ill)
    await world.subscribe("1001", topics=("diffusion",))
    await world.subscribe("1002")
    await world.subscribe("1003", query="-扩散")
    broken = await world.subscribe("1004")
    world.platform.always("1004", Rejected("bad text"))
    closed = await world.subscribe("-5", kind=PlaceKind.GROUP)
    async with world.store.begin() as work:
        await work.close_place(closed.address, "kicked", world.clock.now())
    for title in ("扩散模型的新进展", "装饰器入门", "<script>alert(1)</script>"):
        await world.publish(title)
    await world.deliver(20)
    assert set((await world.states(broken)).values()) == {"dead: rejected: bad text"}
    await world.publish("还在路上")


@pytest.mark.asyncio
async def test_the_page_says_what_the_operator_needs(world: World) -> None:
    """Feeds with trouble and remedy, the queue, each post with how many got it and why the others did not."""
    await busy(world)
    seen = text_of(await write(world))
    assert "1 thing to mend" in seen
    assert seen.partition("To mend")[2].startswith(f" A blog {LONG} : its host name leads nowhere ")
    assert "for 5 hours: " in seen
    assert "Try: " in seen
    row = re.search(r"扩散模型的新进展.*?科学空间 (\d) (.*?) 1月|扩散模型的新进展 \S+ 科学空间 (\d) ([^<]*)", seen)
    assert row is not None
    assert "2 1 could not be delivered" in seen
    assert "1 closed" in seen
    assert "chose other topics, filter" in seen
    assert "3 wait" in seen
    assert "telegram · closed" in seen
    chinese = text_of(await write(world, "zh"))
    assert "1 处要处理" in chinese
    assert "办法：" in chinese
    assert '["page_' not in chinese
    assert "page_" not in chinese + seen


@pytest.mark.asyncio
async def test_the_page_says_when_each_feed_was_looked_at_and_what_chats_chose(world: World) -> None:
    """Last and next check and the last new post, each in its column; open chats by platform and by topic."""
    await busy(world)
    now = world.clock.now()
    async with world.store.begin() as work:
        first, _ = await work.feeds()
        looked = replace(first, last_check=now - 2 * HOUR, next_check=now + 3 * HOUR, last_new=now - 5 * HOUR)
        await work.save_feed(looked)
    seen = text_of(await write(world))
    assert "Feed Last check Next check Last new post State 科学空间 18:00 23:00 15:00 Fine" in seen
    assert "Chats telegram 4 telegram · closed 1 Chosen topics All posts 4 diffusion 1" in seen
    assert "9 20 Jan: 6 delivered, 3 could not be delivered" in seen
    world.clock.time += 3.5 * HOUR
    assert "科学空间 18:00 23:30 15:00 Fine" in text_of(await write(world))  # Overdue is now.


@pytest.mark.asyncio
async def test_a_chat_counts_once_however_many_feeds_it_has(world: World) -> None:
    """Of the chats that chose a topic, and of those that a post of several feeds did not go to."""
    async with world.store.begin() as work:
        second = (await work.add_feed("https://other.example/feed", world.clock.now())).id
    for feed in (world.feed, second):
        await world.subscribe("1001", feed=feed, topics=("diffusion",))
        await world.subscribe("1002", feed=feed)
    await world.subscribe("1003", topics=("diffusion", "attention"))
    (post,) = await world.publish("装饰器入门")
    async with world.store.begin() as work:
        await work.see_posts(second, [(post, entry("装饰器入门"), [("guid", "again")], "gist")], world.clock.now())
    await world.deliver(5)
    seen = text_of(await write(world))
    assert "Chosen topics diffusion 2 All posts 1 attention 1 " in seen
    assert "1 2 chose other topics, filter it, or came later" in seen


@pytest.mark.asyncio
async def test_why_others_did_not_get_a_post(world: World) -> None:
    """Each reason in its own words, with how many chats it was the reason for."""
    paused, _, leaves, *_ = [await world.subscribe(str(number)) for number in range(1001, 1006)]
    async with world.store.begin() as work:
        await work.pause(paused.id, world.clock.now() + 9 * HOUR, world.clock.now())
    await world.publish("扩散")
    async with world.store.begin() as work:
        await work.unsubscribe(leaves.id, world.feed, world.clock.now())
    for number in (1004, 1005):
        await world.subscribe(str(number), query="-扩散")
    await world.deliver(20)
    await world.publish("又是从前", held="rekeyed")
    seen = text_of(await write(world)).partition("Why others did not")[2]
    assert re.search("又是从前 .*? 0 4 held for you to decide 扩散 ", seen)
    _, _, reasons = seen.partition(" 扩散 ")
    assert re.search(" 1 2 narrowed their filters since, ", reasons)
    assert {"1 paused", "1 unsubscribed since"} <= set(reasons.split(" 1 2 ")[1].split(", "))


@pytest.mark.asyncio
async def test_no_chat_is_on_the_page_and_nothing_hostile_runs(world: World) -> None:
    """Neither names nor ids of chats; a title with markup is text; no script, no foreign address is loaded."""
    async with world.store.begin() as work:
        await work.open_chat(
            Address("telegram", "987654321"),
            PlaceKind.PRIVATE,
            "Alice's chat",
            world.clock.now(),
            language="zh",
            timezone="UTC",
        )
    await busy(world)
    html = await write(world, wrong={"telegram": 'refused "5:secret" at https://user:pw@host/?key=1'})
    assert "Alice" not in html
    assert "987654321" not in html
    assert "1001" not in html
    assert "<script" not in html
    assert "&lt;script&gt;" in html
    assert "src=" not in html
    assert "url(" not in html
    assert "pw@" not in html


@pytest.mark.asyncio
async def test_what_is_open_stands_on_the_page(world: World) -> None:
    """What was told in the chat can be seen here: a page that says all is well while copies fail would be a lie."""
    signs = (
        Sign(Kind.BACKUP, "daily", {"folder": "data", "cause": "disk full <b>"}),
        Sign(Kind.HELD, "blog", {"feed": "blog", "n": "3"}),
        Sign(Kind.PLACE, "telegram:-5", {"place": "Alice's group", "reason": "kicked"}),
        Sign(Kind.PLACE, "telegram:-6", {"place": "Bob's group", "reason": "kicked"}),
    )
    async with world.store.begin() as work:
        for sign in signs:
            await work.open_incident(sign, world.clock.now())
    html = await write(world)
    assert "I could not make today's copy of the database: disk full &lt;b&gt;" in html.replace("&#x27;", "'")
    assert "3 posts that look new are held back" in text_of(html)
    assert "telegram: 2 closed" in html
    assert "3 things to mend" in html
    assert not re.search(r"Alice|Bob|telegram:-", html)
    async with world.store.begin() as work:
        for incident in await work.open_incidents():
            await work.close_incident(incident.id, world.clock.now())
    assert "All well" in text_of(await write(world))


@pytest.mark.asyncio
async def test_what_the_page_links_to_and_how_it_is_kept_fresh(world: World) -> None:
    """A blog and a post by their web addresses, and by nothing else; loaded again each minute; a month of bars."""
    await busy(world)
    async with world.store.begin() as work:
        first, second = await work.feeds()
        await work.save_feed(replace(first, home="https://blog.example/home"))
        await work.save_feed(replace(second, home="javascript:alert(1)"))
    html = await write(world)
    assert '<a href="https://blog.example/home" rel="noreferrer">科学空间</a>' in html
    assert "javascript:" not in html
    assert '<meta http-equiv="refresh" content="60">' in html
    assert "6 in 30 days." in text_of(html)
    for days, shown in ((25, "6 in 30 days."), (10, "0 in 30 days.")):
        world.clock.time += timedelta(days=days)
        assert shown in text_of(html := await write(world))
        assert ('<rect class="sent"' in html) is (shown[0] == "6")


@pytest.mark.asyncio
async def test_the_queue_says_how_many_wait_and_for_how_long(world: World) -> None:
    """Waiting, due, held; what could have gone for more than a minute says since when."""
    await busy(world)
    numbers = "{} waiting, digests and quiet hours included {} chats are due now {} held by pauses"
    assert numbers.format(3, 3, 4) in text_of(await write(world))
    world.clock.time += timedelta(minutes=7)
    assert "3 chats are due, the first for 7 minutes 4 held by pauses" in text_of(await write(world))


@pytest.mark.asyncio
async def test_the_last_twenty_posts(world: World) -> None:
    """The newest first, and no more than that."""
    await world.subscribe()
    await world.publish(*(f"Post-{number:02}" for number in range(23)))
    assert re.findall(r"Post-\d\d", text_of(await write(world))) == [f"Post-{n:02}" for n in range(22, 2, -1)]


@pytest.mark.asyncio
async def test_an_empty_bot_has_a_page(world: World) -> None:
    """Before the first post and the first chat."""
    seen = text_of(await write(world))
    assert "All well" in seen
    assert "No post was pushed yet." in seen
    assert "None yet." in seen


@pytest.mark.asyncio
async def test_the_page_looks_at_each_delivery_it_counts_hardly_more_than_once(world: World) -> None:
    """Every read of it uses an index: none goes through what it does not show, or through a delivery many times.

    Milliseconds, with a hundred thousand deliveries, are the business of ``benchmarks.status_page``.
    """
    years = Years(world.store._engine.path)
    years.subscribe(1250, world.clock.now())
    years.publish(world.clock.now(), 20)
    await world.clock.sleep(100 * 86400)
    for _ in range(4):
        years.publish(world.clock.now(), 5)
        await world.clock.sleep(86400)
    assert years.count("delivery") == 50_000
    assert "25000" in await write(world)
    assert await steps(world) < 22 * 25_000  # 17 today
    years.forget_sending()
    years.close()
    assert "1250 wait" in await write(world)
    assert await steps(world) < 22 * 50_000  # 18 today


async def steps(world: World) -> int:
    """Give the steps of SQLite's virtual machine that the page's reads take, in hundreds: no clock counts them."""
    ticks: list[int] = []
    reader = world.store._engine._reader
    assert reader is not None
    # What it gives, nothing, lets SQLite go on.
    await reader.set_progress_handler(lambda: ticks.append(1), 100)
    await write(world)
    return 100 * len(ticks)
