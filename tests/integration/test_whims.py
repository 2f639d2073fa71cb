"""Chats that change their minds at random: whatever happens, nothing is stuck in the end, and nothing comes twice."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest

from bot.core.models import Chat, Hours, PlaceKind, Rhythm, Sent
from bot.deliver import editing, lane
from bot.store.sqlite import Work
from tests.world import World, open_world

OLD, NEW = "-1", "-100"
STORIES: Final = (*range(25), 118, 164, 180, 215)
"""Seeds of chance; the last are those of stories in which something was stuck once."""
REST: Final = 20_000.0
"""Seconds of rest for a lane that has nothing to do: nobody else writes here, and what is due wakes it."""
STUCK: Final = """
    SELECT d.id, d.state, d.reason FROM delivery d JOIN chat c ON c.id = d.chat_id
    WHERE d.state = 'wanted' OR d.state = 'held' AND NOT (d.reason = 'paused' AND c.paused_until IS NULL)
"""
"""What waits, though nothing is in its way. What a reader's /resume left held waits for that reader."""

Whim = Callable[[Work, Chat, World, random.Random], Awaitable[object]]


async def _pause(work: Work, chat: Chat, world: World, chance: random.Random) -> None:
    now = world.clock.now()
    await work.pause(chat.id, now + timedelta(hours=chance.choice((1, 3, 30))), now)


async def _settings(work: Work, chat: Chat, _: World, chance: random.Random) -> None:
    wishes = (
        {"digest": Rhythm(chance.randrange(1440))},
        {"digest": None},
        {"quiet": Hours(1200, 300)},
        {"quiet": None},
        {"cap": chance.choice((0, 1))},
    )
    await work.save_chat(replace(chat, **chance.choice(wishes)))


async def _close(work: Work, chat: Chat, world: World, chance: random.Random) -> None:
    await work.close_place(chat.address, chance.choice(("kicked", "thread_closed")), world.clock.now())


WHIMS: Final[tuple[Whim, ...]] = (
    _pause,
    _pause,
    _settings,
    _settings,
    _close,
    lambda work, chat, world, _: work.open_place(chat.address, world.clock.now()),
    lambda work, chat, world, _: work.resume(chat.id, world.clock.now()),
    lambda work, chat, world, _: work.unsubscribe(chat.id, world.feed, world.clock.now()),
    lambda work, chat, world, _: work.resubscribe(chat.id, world.feed, world.clock.now()),
    lambda work, _chat, world, _: work.move_place("telegram", OLD, NEW, world.clock.now()),
)


async def live(world: World, chance: random.Random) -> None:
    """Let two chats, one of which may move to where the other is, live for some days."""
    chats = [await world.subscribe(place, kind=PlaceKind.GROUP) for place in (OLD, NEW)]
    async with world.running() as running:
        for number in range(chance.randint(4, 14)):
            if chance.random() < 0.4:
                await world.publish(*(f"{number}-{each}" for each in range(chance.choice((1, 1, 2, 5)))))
            async with world.store.begin() as work:
                if (chat := await work.chat(chance.choice(chats).address)) is not None:
                    await chance.choice(WHIMS)(work, chat, world, chance)
            running.wake()
            await world.clock.sleep(chance.choice((0.1, 5, 600, 7200, 40_000)))
        async with world.store.begin() as work:
            for chat in await work.chats():
                await work.open_place(chat.address, world.clock.now())
        running.wake()
        await world.clock.sleep(2 * 86_400 + 3600)


@pytest.mark.asyncio
async def test_nothing_is_stuck_in_the_end_and_nothing_comes_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pauses, settings, closings, moves and second thoughts, in any order: days later all that is wanted has come."""
    monkeypatch.setattr(lane, "LONGEST_REST", REST)
    monkeypatch.setattr(editing, "LONGEST_REST", timedelta(seconds=REST))
    for story in STORIES:
        with monkeypatch.context() as patch:
            async with open_world(tmp_path / f"{story}.db", patch) as world:
                await live(world, random.Random(story))
                arrived = [each for each in world.platform.requests if isinstance(each.outcome, Sent)]
                doubled = [
                    key for key, times in Counter((each.place, each.text) for each in arrived).items() if times > 1
                ]
                assert (story, await world.rows(STUCK), doubled) == (story, [], [])
