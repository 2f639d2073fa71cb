"""Threads of one place that close and open by themselves, and places that open again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core.incidents import Incident
from bot.core.models import Address, Gone, Outcome, Part, PlaceKind, Sent
from bot.i18n import load
from bot.telling import closed_chat, line
from tests.world import World

FORUM = "-1001"


def closing(thread: str, reason: str) -> Gone | Sent:
    """Stand for what a platform answers in a thread."""
    return Gone(reason) if thread == "7" else Sent("1")


async def open_(world: World, thread: str = "") -> None:
    """Hear that a place, or a thread of it, takes messages again."""
    async with world.store.begin() as work:
        await work.open_place(Address("telegram", FORUM, thread), world.clock.now())


def refuse(world: World, reason: str) -> None:
    """Let thread 7 refuse, and the others take what comes."""

    async def answer(part: Part) -> Outcome:
        return closing(part.address.thread, reason)

    world.platform.always(FORUM, answer)


@pytest.mark.asyncio
@pytest.mark.parametrize("reason", ["thread_closed", "thread_deleted"])
async def test_a_closed_thread_holds_its_own_posts_only(world: World, reason: str) -> None:
    """The other thread goes on; the closed one is shown as such, and later posts are held without a request."""
    here = await world.subscribe(FORUM, thread="7", kind=PlaceKind.GROUP)
    there = await world.subscribe(FORUM, thread="8", kind=PlaceKind.GROUP)
    refuse(world, reason)
    (first,) = await world.publish("first")
    await world.deliver()
    (second,) = await world.publish("second")
    await world.deliver()
    assert await world.states(here) == {first: f"held: {reason}", second: f"held: {reason}"}
    assert await world.states(there) == {first: "sent", second: "sent"}
    assert [each.part.address.thread for each in world.platform.requests].count("7") == 1
    async with world.store.begin() as work:
        closed = {chat.address.thread: chat.closed for chat in await work.chats()}
    assert closed == {"7": reason, "8": ""}


@pytest.mark.asyncio
async def test_a_thread_that_opens_again_gets_what_was_held(world: World) -> None:
    """Nothing is lost, and nothing is sent twice."""
    chat = await world.subscribe(FORUM, thread="7", kind=PlaceKind.GROUP)
    refuse(world, "thread_closed")
    await world.publish("first", "second")
    await world.deliver()
    world.platform.always(FORUM, Sent("1"))
    await open_(world, "7")
    await world.deliver()
    assert set((await world.states(chat)).values()) == {"sent"}
    assert world.platform.texts(FORUM) == ["first", "second"]


@pytest.mark.asyncio
async def test_more_rights_open_closed_threads_but_no_deleted_ones(world: World) -> None:
    """An admin may write in closed threads, nobody in deleted ones; what is still closed closes again."""
    seven = await world.subscribe(FORUM, thread="7", kind=PlaceKind.GROUP)
    eight = await world.subscribe(FORUM, thread="8", kind=PlaceKind.GROUP)
    async with world.store.begin() as work:
        await work.close_place(seven.address, "thread_closed", world.clock.now())
        await work.close_place(eight.address, "thread_deleted", world.clock.now())
    (post,) = await world.publish("first")
    await open_(world)
    await world.deliver()
    assert await world.states(seven) == {post: "sent"}
    assert await world.states(eight) == {post: "held: thread_deleted"}


@pytest.mark.asyncio
async def test_a_command_in_a_thread_opens_it(world: World) -> None:
    """Who can write there shows that it is open."""
    chat = await world.subscribe(FORUM, thread="7", kind=PlaceKind.GROUP)
    async with world.store.begin() as work:
        await work.close_place(chat.address, "thread_closed", world.clock.now())
    (post,) = await world.publish("first")
    again = await world.subscribe(FORUM, thread="7", kind=PlaceKind.GROUP)
    await world.deliver()
    assert again.closed == ""
    assert await world.states(chat) == {post: "sent"}


@pytest.mark.asyncio
async def test_a_place_that_opens_again_gets_what_was_held(world: World) -> None:
    """Blocked and unblocked: the posts of the time between arrive."""
    chat = await world.subscribe(FORUM, kind=PlaceKind.GROUP)
    world.platform.answer(FORUM, Gone("kicked"))
    await world.publish("first", "second")
    await world.deliver()
    assert set((await world.states(chat)).values()) == {"held: kicked"}
    await open_(world)
    await world.deliver()
    assert world.platform.texts(FORUM) == ["first", "second"]


@pytest.mark.asyncio
async def test_an_unknown_place_that_opens_is_nobodys_business(world: World) -> None:
    """Being added somewhere makes no rows."""
    await open_(world)
    assert await world.rows("SELECT count(*) FROM place") == [(0,)]


@pytest.mark.asyncio
@pytest.mark.parametrize(("thread", "called"), [("7", "7"), ("", "General")])
async def test_a_closed_thread_is_a_trouble_of_its_own_until_it_opens_again(
    world: World, thread: str, called: str
) -> None:
    """It is named by its number, with the place's title, and told to whoever connected the place; the place is well."""
    chat = await world.subscribe(FORUM, thread=thread, kind=PlaceKind.GROUP)
    await world.subscribe(FORUM, thread="8", kind=PlaceKind.GROUP)
    async with world.store.begin() as work:
        await work.close_place(Address("telegram", FORUM, thread), "thread_closed", world.clock.now())
        await work.connect(chat.place_id, "1001")
        (sign,) = await work.signs(world.clock.now())
    assert sign.key == ("place", f"telegram:{FORUM}:{called}")
    assert sign.facts == {"place": f"telegram:{FORUM}", "reason": "thread_closed", "thread": called, "host": "1001"}
    incident = Incident(1, sign.kind, sign.subject, sign.facts, world.clock.now())
    assert f"telegram:-1001, thread {called} was closed or deleted" in line(incident, load("en"), world.clock.now())
    shut = replace(chat, title="Lab", closed="thread_closed")
    assert closed_chat(load("en"), shut).startswith(f"Lab, thread {called} was closed")
    assert closed_chat(load("en"), replace(shut, closed="kicked")).startswith("Lab takes no messages")
    await open_(world, thread)
    async with world.store.begin() as work:
        assert await work.signs(world.clock.now()) == []
