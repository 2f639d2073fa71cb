"""What waits while its chat, its place or the clock changes; and the numbers and reports that tell of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.commands.pausing import until_when
from bot.core.models import Address, PlaceKind, Retry, Rhythm, Uncertain
from bot.upkeep.probes import PROBE, Probes
from tests.integration.test_lane_lists import wish
from tests.integration.test_steward import BOSS, steward
from tests.world import World, for_days

MINUTE = 60.0
HOUR = 3600.0


async def close(world: World, address: Address, reason: str = "kicked") -> None:
    """Close a place, or a thread of it."""
    async with world.store.begin() as work:
        await work.close_place(address, reason, world.clock.now())


async def pause(world: World, number: int, seconds: float) -> None:
    """Pause a chat."""
    now = world.clock.now()
    async with world.store.begin() as work:
        await work.pause(number, now + timedelta(seconds=seconds), now)


# -- pauses, bounds, lists --------------------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_a_pause_ends_for_what_a_bound_holds_too(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a pause kept is listed at its end, be it that the day's bound would have kept it until the morning."""
    for_days(monkeypatch)
    chat = await world.subscribe("1")
    await wish(world, chat, cap=1)
    await world.publish("a", "b")
    async with world.running() as lane:
        await world.clock.sleep(MINUTE)
        await pause(world, chat.id, HOUR)
        await world.publish("c")
        lane.wake()
        await world.clock.sleep(2 * HOUR)
    assert [text.splitlines()[0] for text in world.platform.texts()] == ["a", "暂停结束了，这期间来了 2 篇文章"]


@pytest.mark.asyncio
async def test_a_lists_button_leaves_alone_what_a_pause_holds(world: World) -> None:
    """It asks for the posts of that list; those of a pause that is not over yet come at its end."""
    chat = await world.subscribe("1")
    await pause(world, chat.id, HOUR)
    first, last = await world.publish("a", "b")
    await world.deliver(HOUR + MINUTE)
    await pause(world, chat.id, HOUR)
    (held,) = await world.publish("c")
    async with world.store.begin() as work:
        assert await work.send_whole(chat.id, first, last, world.clock.now()) == 2
    assert (await world.states(chat))[held] == "held: paused"


@pytest.mark.asyncio
async def test_posts_that_were_asked_for_and_then_paused_are_listed_at_its_end(world: World) -> None:
    """A pause that comes before them takes the wish back, and holds up nothing once it is over."""
    chat = await world.subscribe("1")
    await pause(world, chat.id, HOUR)
    await world.publish("a", "b")
    async with world.store.begin() as work:
        await work.resume(chat.id, world.clock.now())
        await work.send_whole(chat.id, 0, 0, world.clock.now())
    await pause(world, chat.id, HOUR)
    await world.deliver(HOUR + MINUTE)
    assert [text.splitlines()[0] for text in world.platform.texts()] == ["暂停结束了，这期间来了 2 篇文章"]


@pytest.mark.asyncio
async def test_a_list_that_may_have_arrived_is_not_repeated_to_who_has_left(world: World) -> None:
    """As a post is not: whoever ended the subscription gets nothing of it any more."""
    chat = await world.subscribe("1")
    await pause(world, chat.id, HOUR)
    await world.publish("a", "b")
    world.platform.answer("1", Uncertain("timeout"))
    async with world.running() as lane:
        await world.clock.sleep(HOUR + 1)
        assert len(world.platform.requests) == 1
        async with world.store.begin() as work:
            await work.unsubscribe(chat.id, world.feed, world.clock.now())
        lane.wake()
        await world.clock.sleep(HOUR)
    assert world.platform.texts() == []
    assert set((await world.states(chat)).values()) == {"dropped: unsubscribed"}


@pytest.mark.asyncio
async def test_a_digest_that_is_asked_for_counts_what_a_pause_held(world: World) -> None:
    """After a pause that ended by itself its posts are part of the digest: it is no empty one."""
    chat = await world.subscribe("1")
    await wish(world, chat, digest=Rhythm(8 * 60))
    await pause(world, chat.id, HOUR)
    await world.publish("a", "b")
    await world.deliver(HOUR + MINUTE)
    async with world.store.begin() as work:
        assert await work.hurry(chat.id, world.clock.now()) == 2


def test_the_next_leap_day_may_be_next_year() -> None:
    """A day that this year does not have is no time only where the next one has it neither."""
    assert until_when("2-29", datetime(2027, 11, 1, tzinfo=UTC), "UTC") == datetime(2028, 2, 29, tzinfo=UTC)
    assert until_when("2-29", datetime(2026, 11, 1, tzinfo=UTC), "UTC") is None


@pytest.mark.asyncio
async def test_a_wait_beyond_all_times_holds_up_nobody_for_ever(world: World) -> None:
    """A platform that names a time beyond the calendar loses the post; it is not under way until the next start."""
    chat = await world.subscribe("1")
    world.platform.answer("1", Retry("flood", 1e13))
    (first,) = await world.publish("a")
    await world.deliver(MINUTE)
    assert (await world.states(chat))[first] == "dead: gave up: flood"


# -- the clock --------------------------------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_resuming_is_at_once_where_the_clock_was_set_back_during_the_pause(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The end of a pause is a time of the clock: what had to wait for it goes when it is taken back."""
    for_days(monkeypatch)
    chat = await world.subscribe("1")
    await pause(world, chat.id, 5 * HOUR)
    await world.publish("a")
    async with world.running() as lane:
        await world.clock.sleep(MINUTE)
        world.clock.time -= timedelta(hours=1)
        lane.wake()
        await world.clock.sleep(1)
        due = await world.rows("SELECT due = (SELECT paused_until FROM chat) FROM queue")
    assert due == [(1,)]


@pytest.mark.asyncio
async def test_platforms_are_asked_though_the_clock_was_set_back(world: World) -> None:
    """Not only once it has caught up with what it said before."""
    probes = Probes({"telegram": world.platform}, world.clock.now())
    world.platform.illness = "the token is refused"
    now = world.clock.now() - timedelta(days=2)
    for number in range(4):
        await probes.look(now + number * PROBE)
    assert probes.causes == {"telegram": "the token is refused"}


@pytest.mark.asyncio
async def test_a_short_hold_does_not_shorten_a_long_one(world: World) -> None:
    """Requests under way together are refused with different times: after a restart too the latest one counts."""
    await world.subscribe("1")
    now = world.clock.now()
    async with world.store.begin() as work:
        await work.hold("telegram", now + timedelta(seconds=90))
        await work.hold("telegram", now + timedelta(seconds=5))
    assert await world.store.outbox.held("telegram") == now + timedelta(seconds=90)


# -- numbers and reports ----------------------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_what_a_closed_chat_had_begun_is_not_due(world: World) -> None:
    """Neither after a restart, nor where another thread of its place is opened, nor where a notice is added to it."""
    group = [await world.subscribe("-1", thread=thread, kind=PlaceKind.GROUP) for thread in ("7", "8")]
    gone = await world.subscribe("1")
    for place in ("-1", "1"):
        world.platform.always(place, Retry("flood", 300, scope="message"))
    await world.publish("a")
    await world.deliver(5)
    for chat, reason in ((group[0], "thread_closed"), (group[1], "thread_closed"), (gone, "blocked")):
        await close(world, chat.address, reason)
    async with world.store.begin() as work:
        await work.recover("telegram", 1, world.clock.now())
        await work.add_notice(gone.id, [{"text": "topics are lost"}], world.clock.now())
    assert await world.rows("SELECT chat_id FROM queue") == []
    async with world.store.begin() as work:
        await work.open_place(group[0].address, world.clock.now())
    assert await world.rows("SELECT chat_id FROM queue") == [(group[0].id,)]


@pytest.mark.asyncio
async def test_what_was_said_to_a_closed_chat_goes_out_when_it_is_open_again(world: World) -> None:
    """A notice for it is kept, not lost."""
    chat = await world.subscribe("1")
    await close(world, chat.address, "blocked")
    async with world.store.begin() as work:
        await work.add_notice(chat.id, [{"text": "topics are lost"}], world.clock.now())
    await world.deliver(MINUTE)
    async with world.store.begin() as work:
        await work.open_place(chat.address, world.clock.now())
    await world.deliver(MINUTE)
    assert world.platform.texts() == ["topics are lost"]


@pytest.mark.asyncio
async def test_a_closed_thread_counts_as_a_closed_chat(world: World) -> None:
    """As the list of chats says it."""
    for thread in ("7", "8"):
        chat = await world.subscribe("-1", thread=thread, kind=PlaceKind.GROUP)
    await close(world, chat.address, "thread_closed")
    assert (await world.store.facts.overview(world.clock.now())).chats == {
        ("telegram", True): 1,
        ("telegram", False): 1,
    }
    assert await world.store.facts.active_chats() == {"telegram": 1}


@pytest.mark.asyncio
async def test_a_closed_place_more_ends_no_other_ones_trouble(world: World) -> None:
    """However many are closed: the end of a trouble is told where it is over."""
    async with world.store.begin() as work:
        await work.open_chat(
            Address("telegram", BOSS), PlaceKind.PRIVATE, "", world.clock.now(), language="en", timezone="UTC"
        )
    chats = [await world.subscribe(f"-{number}", kind=PlaceKind.GROUP) for number in range(1, 104)]
    for chat in chats[2:]:
        await close(world, chat.address)
    await steward(world).round()
    await close(world, chats[0].address)
    await world.clock.sleep(HOUR)
    await steward(world).round()
    await world.deliver()
    assert [text for text in world.platform.texts(BOSS) if "after 1 hour" in text] == []
    assert await world.rows("SELECT count(*) FROM incident WHERE closed IS NOT NULL") == [(0,)]
