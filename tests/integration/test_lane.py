from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from bot.core.models import Address, Part, PlaceKind, Retry, Sent
from bot.core.ports import Bid, Limits, Window
from bot.deliver import Writer
from bot.store.outbox import OutboxReads
from bot.store.sqlite import Work
from tests.clock import START
from tests.world import LIMITS, World, too_many, write

OVERALL, PRIVATE, GROUP = Window(30, 1.0), Window(1, 1.0), Window(20, 60.0)


class NaiveLane:
    """What anybody writes first: no pacing, and it sends before it records. The assertions below must see that."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def run(self) -> None:
        """Send everything that waits, each chat on its own."""
        platform, store = self._world.platform, self._world.store
        writer = Writer(platform, self._world.matcher, write)
        heads = await store.outbox.heads("telegram", self._world.clock.now(), 1000, [])
        for head in heads:
            assert head.wanted is not None
            post = (await store.posts([head.wanted.post_id]))[0]
            bid = writer.bid(head.chat, head.wanted, post, self._world.clock.now())
            assert not isinstance(bid, str)
            async with store.begin() as work:
                (part,) = await work.claim_new([bid], self._world.clock.now())
                assert part is not None
                await platform.send(part)


def assert_paced(world: World, place: str, window: Window) -> None:
    """Check a limit over every request that was made."""
    assert too_many(world.platform.times(place), window) == []


@pytest.mark.asyncio
async def test_every_chat_gets_its_posts_in_order(world: World) -> None:
    """However long each request takes, a chat's posts arrive in the order of their commits, each once."""
    places = ["1", "2", "3"]
    for place in places:
        await world.subscribe(place)
    world.platform.latency = 2.5
    titles = [f"post {number}" for number in range(6)]
    async with world.running() as lane:
        await world.publish(*titles[:3])
        lane.wake()
        await world.clock.sleep(1.0)
        await world.publish(*titles[3:])
        await world.clock.sleep(60)
    assert [world.platform.texts(place) for place in places] == [titles] * 3


@pytest.mark.asyncio
async def test_a_stuck_chat_holds_up_nobody_else(world: World) -> None:
    """A chat whose every message is put off keeps its own order; the others do not notice."""
    await world.subscribe("1")
    await world.subscribe("2")
    world.platform.always("1", Retry("flood", 3600))
    await world.publish("a", "b", "c")
    await world.deliver(5)
    assert world.platform.texts("2") == ["a", "b", "c"]
    assert {each.text for each in world.platform.requests if each.place == "1"} == {"a"}


@pytest.mark.asyncio
async def test_a_request_that_hangs_holds_up_nobody_else(world: World) -> None:
    """While one request gets no answer, others go on; nothing is sent to that chat meanwhile."""
    await world.subscribe("1")
    await world.subscribe("2")

    async def hang(_: object) -> Sent:
        await world.clock.sleep(100)
        return Sent("late")

    world.platform.answer("1", hang)
    await world.publish("a", "b")
    async with world.running():
        await world.clock.sleep(50)
        assert world.platform.texts() == ["a", "b"]
        await world.clock.sleep(60)
    assert world.platform.texts("1") == ["a", "b"]


@pytest.mark.asyncio
async def test_no_second_sees_more_requests_than_the_platform_allows(world: World) -> None:
    """A post to a hundred chats goes out at thirty a second, and takes no longer than that needs."""
    for number in range(100):
        await world.subscribe(str(number))
    await world.publish("a")
    await world.deliver(10)
    assert len(world.platform.texts()) == 100
    assert_paced(world, "", OVERALL)
    assert max(world.platform.times()) - START <= timedelta(seconds=3.4)


@pytest.mark.asyncio
async def test_a_lane_without_pacing_is_caught(world: World) -> None:
    """The check of the limits is not blind: thirty-one requests at once are too many."""
    for number in range(31):
        await world.subscribe(str(number))
    await world.publish("a")
    await NaiveLane(world).run()
    with pytest.raises(AssertionError):
        assert_paced(world, "", OVERALL)


@pytest.mark.asyncio
async def test_a_private_chat_gets_one_message_a_second(world: World) -> None:
    """A second lies between two messages to one person, and no more than that."""
    await world.subscribe("1")
    await world.publish(*"abcd")
    await world.deliver(10)
    assert world.platform.texts() == [*"abcd"]
    assert_paced(world, "1", PRIVATE)
    assert world.platform.times()[-1] - START <= timedelta(seconds=3.1)


@pytest.mark.asyncio
async def test_the_threads_of_a_group_share_its_twenty_a_minute(world: World) -> None:
    """Three threads of one forum get sixty messages, never more than twenty of them in a minute."""
    for thread in ("", "7", "8"):
        await world.subscribe("-1", thread=thread, kind=PlaceKind.GROUP)
    await world.publish(*(f"{number}" for number in range(20)))
    await world.deliver(200)
    assert len(world.platform.texts()) == 60
    assert_paced(world, "-1", GROUP)
    assert world.platform.times()[-1] - START <= timedelta(seconds=121)


@pytest.mark.asyncio
async def test_replies_count_and_go_first(world: World) -> None:
    """A reply takes the next free place in a full group's minute, before posts that have waited longer."""
    await world.subscribe("-1", kind=PlaceKind.GROUP)
    await world.publish(*(f"{number}" for number in range(30)))
    replies = []
    async with world.running() as lane:

        async def reply() -> None:
            await lane.pace(Address("telegram", "-1"), PlaceKind.GROUP)
            replies.append(world.clock.now())

        await world.clock.sleep(10)
        await asyncio.gather(*(reply() for _ in range(3)))
        await world.clock.sleep(120)
    assert len(world.platform.texts()) == 30
    assert too_many(sorted([*world.platform.times(), *replies]), GROUP) == []
    waited = [at for at in world.platform.times() if at > START + timedelta(seconds=30)]
    assert max(replies) <= min(waited)


@pytest.mark.asyncio
async def test_a_reply_and_a_post_of_one_moment_share_the_limit(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reply that is asked for while a post is being claimed for the same chat waits its second."""
    await world.subscribe("1")
    await world.publish("a")
    replies = []
    tasks: list[asyncio.Task[None]] = []
    lane, real, loop = world.lane(), Work.claim_new, asyncio.get_running_loop()

    async def reply() -> None:
        await lane.pace(Address("telegram", "1"), PlaceKind.PRIVATE)
        replies.append(world.clock.now())

    async def meanwhile(work: Work, bids: Sequence[Bid], now: datetime) -> Sequence[Part | None]:
        # The claim has the database's thread, the reply the event loop's.
        loop.call_soon_threadsafe(lambda: tasks.append(loop.create_task(reply())))
        return await real(work, bids, now)

    monkeypatch.setattr(Work, "claim_new", meanwhile)
    async with world.running(lane):
        await world.clock.sleep(5)
    assert len(replies) == len(tasks) == 1
    assert too_many(sorted([*world.platform.times(), *replies]), PRIVATE) == []


@pytest.mark.asyncio
async def test_the_budgets_survive_a_restart(world: World) -> None:
    """A new process knows what the old one sent in the last minute, replies too."""
    await world.subscribe("-1", kind=PlaceKind.GROUP)
    await world.publish(*(f"{number}" for number in range(25)))
    async with world.running() as lane:
        await lane.pace(Address("telegram", "-1"), PlaceKind.GROUP)
        reply = world.clock.now()
        await world.clock.sleep(10)
    assert len(world.platform.texts()) == 19
    await world.deliver(100)
    assert len(world.platform.texts()) == 25
    assert too_many(sorted([reply, *world.platform.times()]), GROUP) == []


@pytest.mark.asyncio
async def test_a_day_is_waited_out_where_the_platform_asks_for_it(world: World) -> None:
    """Retry-After of a day: not a request to that chat before, then the post, across a restart."""
    chat = await world.subscribe("1")
    post = (await world.publish("a"))[0]
    world.platform.answer("1", Retry("flood", 86_400))
    await world.deliver(600)
    world.clock.time += timedelta(hours=23)
    await world.deliver(7200)
    first, second = world.platform.times()
    assert timedelta(seconds=86_400) <= second - first <= timedelta(seconds=86_410)
    assert await world.states(chat) == {post: "sent"}


@pytest.mark.asyncio
async def test_the_threads_of_a_place_wait_together(world: World) -> None:
    """A place that asks one of its threads for a minute gets it from all of them."""
    await world.subscribe("-1", kind=PlaceKind.GROUP)
    world.platform.answer("-1", Retry("flood", 60))
    async with world.running() as lane:
        await world.publish("a")
        lane.wake()
        await world.clock.sleep(5)
        await world.subscribe("-1", thread="7", kind=PlaceKind.GROUP)
        await world.publish("b")
        lane.wake()
        await world.clock.sleep(120)
    assert [at - START >= timedelta(seconds=60) for at in world.platform.times()] == [False, True, True, True]
    assert sorted(world.platform.texts()) == ["a", "b", "b"]


@pytest.mark.asyncio
async def test_a_platform_that_wants_rest_gets_it_from_every_chat(world: World) -> None:
    """A platform-wide 429 stops everything for its time, restarts included; then everything goes out."""
    for number in range(5):
        await world.subscribe(str(number))
    world.platform.limits = Limits((PRIVATE,), LIMITS.place)
    world.platform.answer("0", Retry("flood", 600, scope="platform"))
    await world.publish("a")
    await world.deliver(60)
    held = len(world.platform.requests)
    await world.deliver(300)
    assert len(world.platform.requests) == held == 1
    await world.deliver(400)
    assert len(world.platform.texts()) == 5


@pytest.mark.asyncio
async def test_a_clock_that_is_set_back_starves_nobody(world: World) -> None:
    """After the time went back a day, new posts still go out at once: what was sent "tomorrow" is not counted."""
    await world.subscribe("1")
    async with world.running() as lane:
        await world.publish("a")
        lane.wake()
        await world.clock.sleep(5)
        world.clock.time -= timedelta(days=1)
        await world.publish("b")
        lane.wake()
        await world.clock.sleep(5)
        assert world.platform.texts() == ["a", "b"]


@pytest.mark.asyncio
async def test_a_lane_that_rests_does_not_spin(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """With nothing to do for hours, the database is asked a few times a minute at most."""
    await world.subscribe("1")
    asked: list[datetime] = []
    real = OutboxReads.next_due

    async def counted(reads: OutboxReads, platform: str, busy: Sequence[int]) -> datetime | None:
        asked.append(world.clock.now())
        return await real(reads, platform, busy)

    monkeypatch.setattr(OutboxReads, "next_due", counted)
    await world.deliver(3600)
    assert 0 < len(asked) <= 130


@pytest.mark.asyncio
async def test_a_lane_that_goes_round_is_told_from_one_that_stands(world: World) -> None:
    """While it runs it turns and is alive, for hours; some minutes after it stopped, neither."""
    async with world.running() as lane:
        await world.clock.sleep(3 * 3600)
        assert (lane.pulse.turning(world.clock.now()), lane.pulse.alive(world.clock.now())) == (True, True)
    world.clock.time += timedelta(minutes=10)
    assert (lane.pulse.turning(world.clock.now()), lane.pulse.alive(world.clock.now())) == (False, False)
