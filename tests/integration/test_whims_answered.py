"""Chats, threads and platforms that change their minds at random, with restarts and changed posts between."""

from __future__ import annotations

import asyncio
import random
import re
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest

from bot.core.models import Chat, Gone, Outcome, Part, PlaceKind, Rejected, Retry, Sent, Uncertain
from bot.deliver import Lane, editing, lane
from bot.store.sqlite import Work
from tests.integration.test_whims import NEW, OLD, REST, STUCK, WHIMS, Whim
from tests.world import World, entry, open_world

STORIES: Final = range(12)
LEFT: Final = "SELECT chat_id FROM queue UNION ALL SELECT message_id FROM edit"
"""What is still to be looked at, though nothing waits."""
NAMED: Final = re.compile(r"[0-9]+-[0-9]+ ")
"""How the first part of a post begins, as it was or changed."""
REFUSALS: Final[tuple[Outcome, ...]] = (
    Retry("flood", 400),
    Retry("unreachable", scope="platform"),
    Retry("bad_gateway", scope="message"),
    Rejected("cannot parse"),
    Uncertain("timeout"),
    Gone("kicked"),
    Gone("thread_closed"),
)
ALL_WHIMS: Final[tuple[Whim, ...]] = (
    *WHIMS,
    lambda work, chat, world, _: work.send_whole(chat.id, 0, 0, world.clock.now()),
    lambda work, chat, world, _: work.save_chat(replace(chat, digest_asked=world.clock.now())),
    lambda work, chat, world, chance: work.subscribe(
        chat.id, world.feed, world.clock.now(), query=chance.choice(("", "-story"))
    ),
)


class Moody:
    """A platform that refuses a third of what it is asked, until it is calm."""

    def __init__(self, chance: random.Random) -> None:
        self.calm = False
        self._chance = chance

    async def answer(self, part: Part) -> Outcome:
        """Answer a request or an edit."""
        return Sent(f"m{part.id}") if self.calm or self._chance.random() < 0.7 else self._chance.choice(REFUSALS)


async def change(work: Work, world: World, chance: random.Random) -> None:
    """Change a post's title, which may then be longer than its message; its first word stays."""
    number = chance.randint(1, world.count)
    (post,) = await work.posts([number])
    title = f"{post.title.split()[0]} changed {chance.randrange(9)}{chance.choice(('', '|and longer'))}"
    await work.see_posts(world.feed, [(number, entry(title), [], title)], world.clock.now())
    while await work.expand(1000, world.clock.now()):
        pass


async def restarted(world: World, running: tuple[Lane, asyncio.Task[None]] | None) -> tuple[Lane, asyncio.Task[None]]:
    """Start a lane in place of one that is stopped."""
    await ended(running)
    started = world.lane()
    await started.prepare()
    return started, asyncio.create_task(started.run())


async def ended(running: tuple[Lane, asyncio.Task[None]] | None) -> None:
    """Stop a lane."""
    if running is not None:
        await running[0].stop()
        await running[1]


async def live(world: World, chance: random.Random) -> None:
    """Let two threads of two places live for some days, and then have peace."""
    places = [(place, thread) for place in (OLD, NEW) for thread in ("", "7")]
    chats = [await world.subscribe(place, thread=thread, kind=PlaceKind.GROUP) for place, thread in places]
    moody = Moody(chance)
    for place in (OLD, NEW):
        world.platform.always(place, moody.answer)
        world.platform.answer_edits(place, *[moody.answer] * 500)
    running = await restarted(world, None)
    for number in range(chance.randint(6, 16)):
        await _happen(world, chance, chats, number)
        if chance.random() < 0.1:
            running = await restarted(world, running)
        running[0].wake()
        await world.clock.sleep(chance.choice((0.1, 5, 600, 7200, 40_000)))
    moody.calm = True
    async with world.store.begin() as work:
        for chat in await work.chats():
            await work.open_place(chat.address, world.clock.now())
    running[0].wake()
    await world.clock.sleep(3 * 86_400 + 3600)
    await ended(running)


async def _happen(world: World, chance: random.Random, chats: list[Chat], number: int) -> None:
    if chance.random() < 0.5:
        titles = [f"{number}-{each} story" for each in range(chance.choice((1, 1, 2, 5)))]
        await world.publish(*(f"{title}{chance.choice(('', '', '|its end'))}" for title in titles))
    async with world.store.begin() as work:
        if (chat := await work.chat(chance.choice(chats).address)) is not None:
            await chance.choice(ALL_WHIMS)(work, chat, world, chance)
        if world.count and chance.random() < 0.4:
            await change(work, world, chance)


@pytest.mark.asyncio
async def test_nothing_is_stuck_or_repeated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever chats wish and platforms answer: in the end all has come, and once."""
    monkeypatch.setattr(lane, "LONGEST_REST", REST)
    monkeypatch.setattr(editing, "LONGEST_REST", timedelta(seconds=REST))
    for story in STORIES:
        with monkeypatch.context() as patch:
            async with open_world(tmp_path / f"{story}.db", patch) as world:
                await live(world, random.Random(story))
                arrived = [each for each in world.platform.requests if isinstance(each.outcome, Sent)]
                posts = Counter((each.part.address, found[0]) for each in arrived if (found := NAMED.match(each.text)))
                doubled = [key for key, times in posts.items() if times > 1]
                stuck = [*await world.rows(STUCK), *await world.rows(LEFT)]
                assert (story, stuck, doubled) == (story, [], [])
