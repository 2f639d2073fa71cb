from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.models import Address, Chat, DeliveryState, Feed, PlaceKind, Retry, Sent, Subscription, Uncertain
from tests.clock import START
from tests.world import World, entry

WANTED, SENT, DROPPED = "wanted", "sent", "dropped: unsubscribed"


async def another_feed(world: World) -> int:
    """Add a second feed."""
    async with world.store.begin() as work:
        return await work.put_feed(Feed(id=0, name="two", url="https://two.example/feed", next_check=START))


async def unsubscribe(world: World, chat: Chat, feed: int | None = None) -> bool:
    """End a subscription."""
    async with world.store.begin() as work:
        return await work.unsubscribe(chat.id, feed or world.feed, world.clock.now())


async def undo(world: World, chat: Chat, feed: int | None = None) -> Subscription | None:
    """Bring back what was ended last."""
    async with world.store.begin() as work:
        return await work.resubscribe(chat.id, feed or world.feed, world.clock.now())


async def close(world: World, chat: Chat, reason: str = "blocked") -> None:
    """Close a chat's place."""
    async with world.store.begin() as work:
        await work.close_place(chat.address, reason, world.clock.now())


async def opened(world: World, chat: Chat) -> Chat:
    """Open a chat's place."""
    async with world.store.begin() as work:
        return await work.open_chat(chat.address, chat.kind, "", world.clock.now(), language="en", timezone="UTC")


async def move(world: World, old: str, new: str) -> None:
    """Give a place its new id."""
    async with world.store.begin() as work:
        await work.move_place("telegram", old, new, world.clock.now())


async def mark(world: World, chat: Chat, post: int, state: str) -> None:
    """Set a delivery's state directly."""
    async with world.store._engine.transaction() as connection:
        await connection.execute(
            "UPDATE delivery SET state = ? WHERE chat_id = ? AND post_id = ?", (state, chat.id, post)
        )


async def due(world: World) -> list[str]:
    """Name the places that have something to send now."""
    heads = await world.store.outbox.heads("telegram", world.clock.now(), 100, [])
    return [head.chat.address.place for head in heads]


# -- chats and subscriptions ------------------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_a_chat_is_one_thread_of_a_place(world: World) -> None:
    """Opening twice finds the same chat; another thread is another chat of the same place, with its own settings."""
    one, again = await world.subscribe("-1", kind=PlaceKind.GROUP), await world.subscribe("-1", kind=PlaceKind.GROUP)
    other = await world.subscribe("-1", thread="7", kind=PlaceKind.GROUP)
    async with world.store.begin() as work:
        await work.save_chat(replace(one, language="en", length=100, silent=True))
        assert await work.chat(one.address) == replace(one, language="en", length=100, silent=True)
        assert await work.chat(other.address) == other
        assert await work.chat(Address("telegram", "-2")) is None
        assert len(await work.chats()) == 2
    assert (one, one.place_id) == (again, other.place_id)


@pytest.mark.asyncio
async def test_equal_filters_share_a_row(world: World) -> None:
    """The order in which topics were ticked, and ticking one twice, make no difference."""
    await world.subscribe("1", topics=("python", "diffusion"), query="x")
    await world.subscribe("2", topics=("diffusion", "python", "diffusion"), query="x")
    await world.subscribe("3", query="x")
    async with world.store.begin() as work:
        filters = await work.filters(world.feed)
    assert sorted(each.topics for each in filters) == [(), ("diffusion", "python")]


@pytest.mark.asyncio
async def test_subscribing_again_changes_the_filter_and_not_the_date(world: World) -> None:
    """One subscription per chat and feed; the first date stays."""
    chat = await world.subscribe("1")
    world.clock.time += timedelta(days=1)
    await world.subscribe("1", topics=("python",))
    async with world.store.begin() as work:
        (made,) = await work.subscriptions(chat.id)
    assert (made.filter.topics, made.created) == (("python",), START)


@pytest.mark.asyncio
async def test_forgetting_a_chat_leaves_nothing_of_it(world: World) -> None:
    """Subscriptions, deliveries, messages and, with its last chat, the place's title go; the posts stay."""
    chat = await world.subscribe("1")
    await world.publish("a", "b|c")
    world.platform.answer("1", Sent("1"), Retry("flood", 60))
    await world.deliver(5)
    async with world.store.begin() as work:
        await work.forget_chat(chat.id)
        counts = dict(await work.counts())
    tables = ("chat", "place", "subscription", "delivery", "queue", "message", "message_delivery", "part", "attempt")
    assert [await world.rows(f"SELECT count(*) FROM {table}") for table in tables] == [[(0,)]] * len(tables)  # noqa: S608 -- names of ours
    assert counts["posts"] == 2
    await world.deliver(5)


@pytest.mark.asyncio
async def test_a_place_stays_while_another_thread_is_there(world: World) -> None:
    """Forgetting one thread of a forum leaves the others."""
    one = await world.subscribe("-1", kind=PlaceKind.GROUP)
    other = await world.subscribe("-1", thread="7", kind=PlaceKind.GROUP)
    async with world.store.begin() as work:
        await work.forget_chat(one.id)
        assert await work.chat(other.address) == other


# -- fan-out ----------------------------------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_a_post_is_owed_to_exactly_the_chats_whose_filter_lets_it_through(world: World) -> None:
    """Topics and queries decide; every such chat gets one delivery, and is due."""
    all_, topic, query, none = [
        await world.subscribe("1"),
        await world.subscribe("2", topics=("diffusion",)),
        await world.subscribe("3", query="-cooking"),
        await world.subscribe("4", topics=("python",)),
    ]
    one, two = await world.publish("about diffusion", "about cooking")
    assert [await world.states(chat) for chat in (all_, topic, query, none)] == [
        {one: WANTED, two: WANTED},
        {one: WANTED},
        {one: WANTED},
        {},
    ]
    assert sorted(await due(world)) == ["1", "2", "3"]


@pytest.mark.asyncio
async def test_a_post_is_owed_to_a_chat_once_whichever_feeds_show_it(world: World) -> None:
    """A second feed with the same post delivers only to chats that did not have it."""
    two = await another_feed(world)
    both, second = await world.subscribe("1"), await world.subscribe("2", feed=two)
    await world.subscribe("1", feed=two)
    (post,) = await world.publish("a")
    await world.deliver(5)
    async with world.store.begin() as work:
        await work.see_posts(two, [(post, entry("a"), [], "gist")], START)
        found = (await work.posts([post]))[0]
        await work.want(post, two, world.matcher.match(found, await work.filters(two)), START)
    assert (await world.states(both), await world.states(second)) == ({post: SENT}, {post: WANTED})


@pytest.mark.asyncio
async def test_posts_committed_before_a_subscription_are_not_owed(world: World) -> None:
    """A chat gets what is committed after it subscribed, no history."""
    await world.publish("before")
    chat = await world.subscribe("1")
    (after,) = await world.publish("after")
    assert await world.states(chat) == {after: WANTED}


@pytest.mark.asyncio
async def test_what_waits_for_the_operator_is_owed_and_not_sent(world: World) -> None:
    """Held posts have their reason; neither opening the place nor unsubscribing and back releases them."""
    chat = await world.subscribe("1")
    (post,) = await world.publish("a", held="rekeyed")
    await opened(world, chat)
    await unsubscribe(world, chat)
    await undo(world, chat)
    await world.deliver(5)
    assert (await world.states(chat), world.platform.requests) == ({post: "held: rekeyed"}, [])


# -- unsubscribing and its undoing ------------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_unsubscribing_drops_what_waits(world: World) -> None:
    """What was not sent yet is dropped with the reason, what was sent stays sent; a second time there is nothing."""
    chat = await world.subscribe("1")
    (one,) = await world.publish("a")
    await world.deliver(5)
    two, three = await world.publish("b", "c")
    assert await unsubscribe(world, chat)
    assert not await unsubscribe(world, chat)
    await world.deliver(5)
    assert await world.states(chat) == {one: SENT, two: DROPPED, three: DROPPED}


@pytest.mark.asyncio
async def test_unsubscribing_takes_messages_in_retry_along(world: World) -> None:
    """A message that was put off, or may have arrived, is not sent any more."""
    for place, outcome in (("1", Retry("flood", 60)), ("2", Uncertain("reset"))):
        chat = await world.subscribe(place)
        world.platform.answer(place, outcome)
        await world.publish(f"for {place}")
        await world.deliver(0.5)
        await unsubscribe(world, chat)
        await world.deliver(600)
        assert set((await world.states(chat)).values()) == {DROPPED}
        assert len([each for each in world.platform.requests if each.place == place]) == 1


@pytest.mark.asyncio
async def test_another_subscription_keeps_what_it_covers(world: World) -> None:
    """Of a post that two feeds showed, ending one of two subscriptions drops nothing."""
    two = await another_feed(world)
    chat = await world.subscribe("1")
    await world.subscribe("1", feed=two)
    (post,) = await world.publish("a")
    async with world.store.begin() as work:
        await work.see_posts(two, [(post, entry("a"), [], "gist")], START)
    await unsubscribe(world, chat)
    assert await world.states(chat) == {post: WANTED}
    await unsubscribe(world, chat, two)
    assert await world.states(chat) == {post: DROPPED}


@pytest.mark.asyncio
async def test_undo_brings_back_topics_query_and_what_was_dropped(world: World) -> None:
    """The subscription is as it was, and what its end dropped is sent; once: a second undo finds nothing."""
    chat = await world.subscribe("1", topics=("diffusion",), query="-cooking")
    (post,) = await world.publish("about diffusion")
    await unsubscribe(world, chat)
    back = await undo(world, chat)
    assert back is not None
    assert (back.filter.topics, back.filter.query) == (("diffusion",), "-cooking")
    await world.deliver(5)
    assert await world.states(chat) == {post: SENT}
    assert await undo(world, chat) is None


@pytest.mark.asyncio
async def test_undo_brings_back_only_what_its_own_feed_lost(world: World) -> None:
    """Two feeds were unsubscribed, one comes back: the other's posts stay dropped, and older ones too."""
    two = await another_feed(world)
    chat = await world.subscribe("1")
    await world.subscribe("1", feed=two)
    (old,) = await world.publish("old")
    await unsubscribe(world, chat)
    world.clock.time += timedelta(hours=1)
    await world.subscribe("1")
    (mine,), (others,) = await world.publish("mine"), await world.publish("other", feed=two)
    await unsubscribe(world, chat)
    await unsubscribe(world, chat, two)
    await undo(world, chat)
    assert await world.states(chat) == {old: DROPPED, mine: WANTED, others: DROPPED}


@pytest.mark.asyncio
async def test_undo_does_not_repeat_what_may_have_arrived(world: World) -> None:
    """A message in doubt stays dropped: nobody knows that it is not there."""
    chat = await world.subscribe("1")
    (post,) = await world.publish("a")
    world.platform.answer("1", Uncertain("reset"))
    await world.deliver(0.5)
    await unsubscribe(world, chat)
    await undo(world, chat)
    await world.deliver(600)
    assert (await world.states(chat), len(world.platform.requests)) == ({post: DROPPED}, 1)


# -- closing and opening ----------------------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_a_closed_place_holds_what_waits_and_what_comes(world: World) -> None:
    """Held with the reason, for every thread; opening any of them releases all."""
    one = await world.subscribe("-1", kind=PlaceKind.GROUP)
    other = await world.subscribe("-1", thread="7", kind=PlaceKind.GROUP)
    (before,) = await world.publish("before")
    await close(world, one, "kicked")
    (after,) = await world.publish("after")
    assert await due(world) == []
    assert await world.store.outbox.next_due("telegram", []) is None
    for chat in (one, other):
        assert await world.states(chat) == {before: "held: kicked", after: "held: kicked"}
    assert (await opened(world, one)).closed == ""
    for chat in (one, other):
        assert await world.states(chat) == {before: WANTED, after: WANTED}
    assert await due(world) == ["-1", "-1"]


@pytest.mark.asyncio
async def test_opening_keeps_a_chats_settings(world: World) -> None:
    """The language of a first request does not replace what the chat chose."""
    chat = await world.subscribe("1")
    assert (await opened(world, chat)).language == "zh"


# -- moving -----------------------------------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_a_place_that_moves_keeps_everything(world: World) -> None:
    """Same chats, same subscriptions, same deliveries, under the new id; an unknown place changes nothing."""
    chat = await world.subscribe("-1", kind=PlaceKind.GROUP)
    (post,) = await world.publish("a")
    await move(world, "-9", "-10")
    await move(world, "-1", "-100")
    await move(world, "-100", "-100")
    assert (await world.states(chat), await due(world)) == ({post: WANTED}, ["-100"])


@pytest.mark.asyncio
async def test_a_place_that_was_closed_is_open_where_it_moved_to(world: World) -> None:
    """The platform itself leads there: what was held is sent there."""
    chat = await world.subscribe("-1", kind=PlaceKind.GROUP)
    await world.publish("a")
    await close(world, chat, "deactivated")
    await move(world, "-1", "-100")
    await world.deliver(5)
    assert world.platform.texts("-100") == ["a"]


@pytest.mark.asyncio
@pytest.mark.parametrize("sent_in", ["old", "new"])
async def test_in_a_merge_what_was_sent_in_either_place_counts(world: World, sent_in: str) -> None:
    """A post that one of the two chats has is not sent to the merged one again."""
    old, new = await world.subscribe("-1", kind=PlaceKind.GROUP), await world.subscribe("-100", kind=PlaceKind.GROUP)
    (post,) = await world.publish("a")
    await mark(world, old if sent_in == "old" else new, post, DeliveryState.SENT)
    await move(world, "-1", "-100")
    await world.deliver(5)
    assert (await world.states(new), world.platform.requests) == ({post: SENT}, [])


@pytest.mark.asyncio
async def test_in_a_merge_what_was_sent_is_not_said_to_be_held(world: World) -> None:
    """With the state of the place that has the post comes its reason."""
    old, new = await world.subscribe("-1", kind=PlaceKind.GROUP), await world.subscribe("-100", kind=PlaceKind.GROUP)
    (post,) = await world.publish("a")
    await mark(world, old, post, DeliveryState.SENT)
    await close(world, new, "kicked")
    assert await world.states(new) == {post: "held: kicked"}
    await move(world, "-1", "-100")
    assert await world.states(new) == {post: SENT}


@pytest.mark.asyncio
@pytest.mark.parametrize("begun_in", ["-1", "-100"])
async def test_in_a_merge_a_message_that_was_begun_is_gone_on_with_once(world: World, begun_in: str) -> None:
    """Both chats wait for a post, one has tried it: the merged chat gets it once, and not before its time."""
    await world.subscribe("-1", kind=PlaceKind.GROUP)
    new = await world.subscribe("-100", kind=PlaceKind.GROUP)
    other = "-100" if begun_in == "-1" else "-1"
    world.platform.answer(begun_in, Retry("flood", 30))
    world.platform.answer(other, Retry("flood", 30))
    (post,) = await world.publish("a")
    await world.deliver(1)
    await move(world, "-1", "-100")
    await world.deliver(120)
    assert (await world.states(new), world.platform.texts()) == ({post: SENT}, ["a"])


@pytest.mark.asyncio
async def test_in_a_merge_a_message_that_was_put_off_is_not_sent_beside_one_that_arrived(world: World) -> None:
    """The old chat has the post, the new one has only tried it: that is the end of the trying."""
    await world.subscribe("-1", kind=PlaceKind.GROUP)
    new = await world.subscribe("-100", kind=PlaceKind.GROUP)
    world.platform.answer("-100", Retry("flood", 30))
    (post,) = await world.publish("a")
    await world.deliver(1)
    await move(world, "-1", "-100")
    await world.deliver(120)
    assert (await world.states(new), len(world.platform.requests)) == ({post: SENT}, 2)
    assert await world.store.outbox.next_due("telegram", []) is None


@pytest.mark.asyncio
@pytest.mark.parametrize("both", [False, True])
async def test_in_a_merge_a_doubt_is_remembered(world: World, both: bool) -> None:  # noqa: FBT001 -- a parameter
    """What may have arrived in the old group is sent once more in the new one at most, which may wait for it too."""
    await world.subscribe("-1", kind=PlaceKind.GROUP)
    if both:
        waiting = await world.subscribe("-100", kind=PlaceKind.GROUP)
        async with world.store.begin() as work:
            await work.save_chat(replace(waiting, paused_until=world.clock.now() + timedelta(seconds=60)))
    (post,) = await world.publish("a")
    world.platform.answer("-1", Uncertain("reset"))
    await world.deliver(0.5)
    new = await world.subscribe("-100", kind=PlaceKind.GROUP)
    world.platform.answer("-100", Uncertain("reset"))
    await move(world, "-1", "-100")
    await world.deliver(600)
    assert (await world.states(new), len(world.platform.requests)) == ({post: "dead: unconfirmed"}, 2)


@pytest.mark.asyncio
async def test_in_a_merge_threads_and_subscriptions_come_together(world: World) -> None:
    """A thread that only the old place has moves over; where both have one, the new one's choices stay."""
    two = await another_feed(world)
    await world.subscribe("-1", kind=PlaceKind.GROUP, topics=("python",))
    await world.subscribe("-1", kind=PlaceKind.GROUP, feed=two)
    thread = await world.subscribe("-1", thread="7", kind=PlaceKind.GROUP)
    new = await world.subscribe("-100", kind=PlaceKind.GROUP)
    await move(world, "-1", "-100")
    async with world.store.begin() as work:
        assert sorted((each.feed_id, each.filter.topics) for each in await work.subscriptions(new.id)) == [
            (world.feed, ()),
            (two, ()),
        ]
        moved = await work.chat(Address("telegram", "-100", "7"))
        assert len(await work.chats()) == 2
    assert moved is not None
    assert moved.id == thread.id
    assert await world.rows("SELECT ref FROM place") == [("-100",)]


# -- what operators and /why see --------------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_deliveries_are_shown_newest_first(world: World) -> None:
    """With title, link, state and times; at most so many; an unknown one is None."""
    chat = await world.subscribe("1")
    one, two = await world.publish("a", "b")
    async with world.store.begin() as work:
        views = await work.deliveries(chat.id, 1)
        assert await work.delivery(chat.id, one) is not None
        assert await work.delivery(chat.id, 99) is None
    assert [(view.post_id, view.title, view.link, view.state) for view in views] == [
        (two, "b", "https://blog.example/b", DeliveryState.WANTED)
    ]


@pytest.mark.asyncio
async def test_everything_is_counted(world: World) -> None:
    """What an operator sees in one line."""
    one, two = await world.subscribe("1"), await world.subscribe("2")
    posts = await world.publish(*"abcd")
    for post, state in zip(posts, ("sent", "held", "dead", "wanted"), strict=True):
        await mark(world, one, post, state)
        await mark(world, two, post, state)
    async with world.store.begin() as work:
        assert dict(await work.counts()) == {
            "chats": 2, "subscriptions": 2, "posts": 4, "wanted": 2, "held": 2, "dead": 2, "sent": 2
        }  # fmt: skip
