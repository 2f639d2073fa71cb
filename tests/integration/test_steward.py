from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot import i18n, telling
from bot.core.errors import RivalError, StoreError
from bot.core.models import Address, Part, PlaceKind, Rejected, Sent, Trouble
from bot.core.ports import Platform
from bot.upkeep import steward as room
from bot.upkeep.probes import PROBE
from bot.upkeep.steward import Manner, Steward
from bot.watch import Watch
from tests.world import BLOG, ScriptedPlatform, ScriptedSource, World, entry

BOSS = "7"


def steward(
    world: World,
    operators: Sequence[tuple[str, str]] = (("telegram", BOSS),),
    *others: Platform,
    all_well: bool = False,
    copies: Callable[[], str] = str,
) -> Steward:
    """Make a steward for the world's platform, and others."""
    platforms = {each.name: each for each in (world.platform, *others)}
    manner = Manner(operators, i18n.load, "en", "UTC", all_well)
    return Steward(world.store, platforms, manner, Path(), world.clock, lambda: None, copies)


async def ail(world: World, trouble: Trouble | None) -> None:
    """Give the feed a trouble, or take it away."""
    async with world.store.begin() as work:
        feed = (await work.feeds())[0]
        await work.save_feed(replace(feed, trouble=trouble))


def dns(world: World, hours: float = 7, count: int = 7) -> Trouble:
    """Make a trouble that has lasted."""
    return Trouble("dns", "no address", world.clock.now() - timedelta(hours=hours), count)


@pytest.mark.asyncio
async def test_trouble_is_told_once_and_again_when_over(world: World) -> None:
    """In the words that the design fixes; further rounds and a restart add nothing."""
    await ail(world, dns(world))
    await steward(world).round()
    for _ in range(3):
        await world.clock.sleep(3600)
        await steward(world).round()
    await world.deliver()
    (said,) = world.platform.texts(BOSS)
    assert said.startswith("blog hasn't loaded for 7 hours: ")
    assert said.endswith("I keep trying and will tell you when it's over.")
    await ail(world, None)
    await steward(world).round()
    await steward(world).round()
    await world.deliver()
    assert world.platform.texts(BOSS)[1:] == ["blog loads again, after 3 hours."]


@pytest.mark.asyncio
async def test_a_frozen_feed_is_told_once(world: World) -> None:
    """It answers well and shows nothing new for over four times the blog's usual gap; a new post ends that."""
    week = timedelta(days=7)
    begun = world.clock.now()
    rhythm = json.dumps({"last": begun.timestamp(), "gap": week.total_seconds()})
    for weeks in (3.9, 4.1, 5, 6):
        now = world.clock.time = begun + weeks * week
        async with world.store.begin() as work:
            feed = (await work.feeds())[0]
            await work.save_feed(replace(feed, pace=rhythm, last_ok=now))
        await steward(world).round()
        await world.deliver()
        assert len(world.platform.texts(BOSS)) == (weeks > 4)
    async with world.store.begin() as work:
        await work.save_feed(replace(feed, pace=json.dumps({"last": now.timestamp(), "gap": week.total_seconds()})))
    for _ in range(2):
        await steward(world).round()
        await world.deliver()
    silent, over = world.platform.texts(BOSS)
    assert "blog" in silent
    assert "7 days" in silent
    assert over != silent


@pytest.mark.asyncio
async def test_how_long_is_too_silent_is_learned_from_the_blogs_own_dates(world: World) -> None:
    """A blog that wrote each week is silent after four of them, though the bot saw none of its posts come."""
    source = ScriptedSource(world.clock)
    watch = Watch(world.store, source, world.matcher, world.clock, lambda: None)
    begun = world.clock.now()
    source.show(BLOG, *(entry(f"week {weeks}", published=begun - timedelta(weeks=weeks)) for weeks in range(5)))
    for days in (0, 14, 27, 29, 36):
        world.clock.time = begun + timedelta(days=days)
        await watch.look_now(world.feed)
        await steward(world).round()
        await world.deliver()
        assert len(world.platform.texts(BOSS)) == (days > 28)
    assert "7 days" in world.platform.texts(BOSS)[0]


@pytest.mark.asyncio
async def test_a_storm_is_one_message(world: World) -> None:
    """Fifty feeds that fail together are a list of ten and a count; what follows within a quarter of an hour waits."""
    async with world.store.begin() as work:
        for number in range(50):
            await work.add_feed(f"https://{number}.example/", world.clock.now())
        for feed in await work.feeds():
            await work.save_feed(replace(feed, trouble=dns(world)))
    await steward(world).round()
    await ail(world, None)
    for _ in range(10):
        await world.clock.sleep(60)
        await steward(world).round()
    await world.deliver()
    (said,) = world.platform.texts(BOSS)
    assert said.count("hasn't loaded") == 10
    assert "41 more" in said
    await world.clock.sleep(900)
    await steward(world).round()
    await world.deliver()
    assert world.platform.texts(BOSS)[1:] == ["blog loads again, after 1 minute."]


@pytest.mark.asyncio
async def test_a_delivery_that_could_not_be_made_is_told(world: World) -> None:
    """By its post, with how many chats did not get it; nothing follows when a day has passed."""
    for place in ("1", "2"):
        await world.subscribe(place)
        world.platform.always(place, Rejected("bad text"))
    await world.publish("扩散")
    await world.deliver()
    await steward(world).round()
    await world.deliver()
    (said,) = world.platform.texts(BOSS)
    assert said.startswith('2 copies of "扩散" could not be delivered on telegram: rejected: bad text.')
    await world.clock.sleep(2 * 86400)
    await steward(world).round()
    await world.deliver()
    assert len(world.platform.texts(BOSS)) == 1


@pytest.mark.asyncio
async def test_a_closed_group_is_told_and_a_reader_who_blocks_the_bot_is_not(world: World) -> None:
    """Missing rights have the fixed words; a place that opens again is told as over."""
    await world.subscribe("1001")
    await world.subscribe("-5", kind=PlaceKind.GROUP)
    async with world.store.begin() as work:
        await work.close_place(Address("telegram", "1001"), "blocked", world.clock.now())
        await work.close_place(Address("telegram", "-5"), "no_rights", world.clock.now())
    await steward(world).round()
    await world.deliver()
    assert world.platform.texts(BOSS) == [
        'I lack "send messages" in telegram:-5. Grant it and I resume by myself; no post is lost.'
    ]
    await world.subscribe("-5", kind=PlaceKind.GROUP)
    await world.clock.sleep(3600)
    await steward(world).round()
    await world.deliver()
    assert world.platform.texts(BOSS)[1:] == ["telegram:-5 takes messages again, after 1 hour."]


@pytest.mark.asyncio
@pytest.mark.parametrize("closed", ["", "blocked"])
async def test_a_closed_place_is_told_privately_to_whoever_connected_it(world: World, closed: str) -> None:
    """Besides the operators, if their private chat is open: in its language, of their own places alone, and the end."""
    own = await world.subscribe("1001")
    for place, user in (("-5", "1001"), ("-6", "1001"), ("-7", "2002"), ("-8", BOSS)):
        chat = await world.subscribe(place, kind=PlaceKind.GROUP)
        async with world.store.begin() as work:
            await work.connect(chat.place_id, user)
            if place != "-6":
                await work.close_place(Address("telegram", place), "no_rights", world.clock.now())
    async with world.store.begin() as work:
        await work.connect(own.place_id, "3003")
        if closed:
            await work.close_place(Address("telegram", "1001"), closed, world.clock.now())
    await steward(world).round()
    await world.deliver()
    assert len(world.platform.texts(BOSS)) == 1
    assert world.platform.texts("2002") == []
    said = [] if closed else ["我在 telegram:-5 缺少「发消息」权限。开启后会自动恢复，文章不会丢。"]
    assert world.platform.texts("1001") == said
    await world.subscribe("-5", kind=PlaceKind.GROUP)
    await world.clock.sleep(3600)
    await steward(world).round()
    await world.deliver()
    assert len(world.platform.texts("1001")) == 2 * len(said)


@pytest.mark.asyncio
async def test_where_nobody_runs_the_bot_whoever_connected_a_place_still_hears(world: World) -> None:
    """Told once, though there is no operator; and after they had their data deleted, nobody is told."""
    await world.subscribe("1001")
    for place in ("-5", "-6"):
        chat = await world.subscribe(place, kind=PlaceKind.GROUP)
        async with world.store.begin() as work:
            await work.connect(chat.place_id, "1001")
    for place in ("-5", "-6"):
        async with world.store.begin() as work:
            await work.close_place(Address("telegram", place), "kicked", world.clock.now())
        for _ in range(2):
            await steward(world, ()).round()
            await world.clock.sleep(3600)
        await world.deliver()
        async with world.store.begin() as work:
            await work.forget_user("telegram", "1001")
    assert len(world.platform.texts("1001")) == 1


@pytest.mark.asyncio
async def test_trouble_on_one_platform_is_told_on_the_other(world: World) -> None:
    """Two failed questions in a row; the sick platform itself is not asked to carry the news."""
    discord = ScriptedPlatform(world.clock)
    discord.name = "discord"
    keeper = steward(world, (("discord", "9"), ("telegram", BOSS)), discord)
    discord.illness = "discord.token: Discord does not know this token"
    for _ in range(3):
        await world.clock.sleep(60)
        await keeper.round()
    assert keeper.platforms == {"telegram": "", "discord": "discord.token: Discord does not know this token"}
    await world.deliver()
    (said,) = world.platform.texts(BOSS)
    assert "discord has been out of reach" in said
    assert "does not know this token" in said
    assert await world.rows("SELECT count(*) FROM place WHERE platform = 'discord'") == [(0,)]
    discord.illness = ""
    for _ in range(20):
        await world.clock.sleep(60)
        await keeper.round()
    await world.deliver()
    assert [text for text in world.platform.texts(BOSS) if "discord is back" in text]


@pytest.mark.asyncio
async def test_another_program_with_the_token_is_told_as_what_it_is(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Commands go astray, posts do not: on the other platform nobody reads that it was out of reach."""
    other = ScriptedPlatform(world.clock)
    other.name = "discord"

    async def rival() -> str:
        msg = "conflict: another program polls with this token"
        raise RivalError(msg)

    monkeypatch.setattr(world.platform, "probe", rival)
    keeper = steward(world, (("discord", BOSS),), other)
    for _ in range(3):
        await world.clock.sleep(PROBE.total_seconds())
        await keeper.round()
    async with world.store.begin() as work:
        (found,) = await work.open_incidents()
    said = telling.line(found, i18n.load("en"), world.clock.now())
    assert said.startswith("Another program takes this bot's commands on telegram, for 10 minutes now: conflict:")


@pytest.mark.asyncio
async def test_copies_that_cannot_be_made_are_told_and_that_they_can_be_again(world: World) -> None:
    """A copy that is missing is found out on the day that it is needed: so it is told before."""
    wrong = ["backups: cannot be written: disk full"]
    keeper = steward(world, copies=lambda: wrong[0])
    await keeper.round()
    await world.deliver()
    assert "could not make today's copy of the database: backups: cannot be written" in world.platform.texts(BOSS)[0]
    wrong[0] = ""
    await world.clock.sleep(3600)
    await keeper.round()
    await world.deliver()
    assert world.platform.texts(BOSS)[1].startswith("The daily copies of the database are made again")


@pytest.mark.asyncio
async def test_an_operator_who_cannot_be_reached_is_told_later(world: World) -> None:
    """An incident counts as told only once somebody was told."""
    await world.subscribe(BOSS)
    async with world.store.begin() as work:
        await work.close_place(Address("telegram", BOSS), "blocked", world.clock.now())
    await ail(world, dns(world))
    await steward(world).round()
    assert await world.rows("SELECT told FROM incident") == [(None,)]
    await world.subscribe(BOSS)
    await world.clock.sleep(60)
    await steward(world).round()
    await world.deliver()
    assert len(world.platform.texts(BOSS)) == 1


@pytest.mark.asyncio
async def test_a_disk_that_takes_no_writes_is_told_past_the_database_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sentence goes out directly; so does that it is over."""
    keeper = steward(world)
    with monkeypatch.context() as patch:

        def refuse() -> None:
            raise StoreError(sqlite3.OperationalError("database or disk is full"))

        patch.setattr(world.store, "begin", refuse)
        for _ in range(3):
            await keeper.round()
    assert "disk is full" in keeper.disk
    await keeper.round()
    assert keeper.disk == ""
    first, second = world.platform.texts(BOSS)
    assert first.startswith("I cannot write the database")
    assert second.startswith("The database can be written again")


@pytest.mark.asyncio
async def test_a_disk_that_is_nearly_full_is_told_while_it_can_be(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before the bot stops, with how much is left."""
    monkeypatch.setattr(room, "LOW_DISK", 2**62)
    await steward(world).round()
    await world.deliver()
    assert "has only" in world.platform.texts(BOSS)[0]


@pytest.mark.asyncio
async def test_all_well_is_said_once_a_week_where_it_is_asked_for(world: World) -> None:
    """Not at the first start, not while something is wrong, and not at all unless the setting is on."""
    for _ in range(3 * 7):
        await steward(world, all_well=True).round()
        await world.clock.sleep(86400)
    await world.deliver()
    assert world.platform.texts(BOSS) == ["All well this week: 1 feed loads, and nothing is stuck."] * 2
    for _ in range(8):
        await steward(world).round()
        await world.clock.sleep(86400)
    await world.deliver()
    assert len(world.platform.texts(BOSS)) == 2


@pytest.mark.asyncio
async def test_held_posts_are_told(world: World) -> None:
    """What looks like a renaming waits for the operator, who hears of it."""
    await world.subscribe("1001")
    await world.publish("扩散", "另一篇", held="rekeyed")
    await steward(world).round()
    await world.deliver()
    (said,) = world.platform.texts(BOSS)
    assert "2 posts that look new are held back" in said


@pytest.mark.asyncio
async def test_a_notice_waits_its_turn_behind_a_message_that_is_tried_again(world: World) -> None:
    """It neither hurries what has to wait, nor is it forgotten."""
    await world.subscribe(BOSS)
    tried: list[str] = []

    async def later(part: Part) -> Sent:
        tried.append(str(part.payload["text"]))
        return Sent("m")

    world.platform.always(BOSS, later)
    await world.publish("扩散")
    await ail(world, dns(world))
    await steward(world).round()
    await world.deliver()
    assert sorted(tried)[1] == "扩散"
    assert len(tried) == 2


@pytest.mark.asyncio
async def test_what_is_wrong_shows_in_status_and_is_over_there_too(world: World) -> None:
    """An operator who asks sees closed groups beside the feeds, in the words in which they were told."""
    await world.subscribe("-5", kind=PlaceKind.GROUP)
    async with world.store.begin() as work:
        await work.close_place(Address("telegram", "-5"), "kicked", world.clock.now())
    await steward(world).round()
    async with world.store.begin() as work:
        (found,) = await work.open_incidents()
    assert telling.line(found, i18n.load("en"), world.clock.now()).startswith("telegram:-5 takes no messages")
    await world.subscribe("-5", kind=PlaceKind.GROUP)
    await steward(world).round()
    async with world.store.begin() as work:
        assert await work.open_incidents() == []
