from __future__ import annotations

import asyncio

import pytest

from bot.sources.turns import Turns
from tests.acceptance.harness import until

NEVER = 1000.0


async def _enter(turns: Turns, log: list[str], name: str, leave: asyncio.Event) -> None:
    async with turns.turn():
        log.append(name)
        await leave.wait()


class Crowd:
    """Some that want to be inside."""

    def __init__(self, turns: Turns) -> None:
        self.turns = turns
        self.inside: list[str] = []
        self.leave: dict[str, asyncio.Event] = {}
        self.tasks: dict[str, asyncio.Task[None]] = {}

    async def come(self, name: str) -> None:
        """Come, and give it every chance to get in that needs no waiting."""
        self.leave[name] = asyncio.Event()
        self.tasks[name] = asyncio.create_task(_enter(self.turns, self.inside, name, self.leave[name]))
        for _ in range(5):
            await asyncio.sleep(0)

    async def go(self, *names: str) -> None:
        """Leave."""
        for name in names:
            self.leave[name].set()
            await self.tasks[name]


@pytest.mark.asyncio
async def test_one_is_let_in_at_a_time() -> None:
    """Who comes while somebody is inside waits, and is next."""
    crowd = Crowd(Turns(3, NEVER))
    for name in "abc":
        await crowd.come(name)
    assert crowd.inside == ["a"]
    await crowd.go("a", "b", "c")
    assert crowd.inside == ["a", "b", "c"]


@pytest.mark.asyncio
async def test_who_has_waited_is_let_in_beside_up_to_the_most() -> None:
    """Patience makes room for one more each time, and not beyond the bound."""
    crowd = Crowd(Turns(2, 0.0))
    for name in "abc":
        await crowd.come(name)
    await until(lambda: len(crowd.inside) == 2, "a place beside the first")
    await asyncio.sleep(0.01)
    assert crowd.inside == ["a", "b"]
    await crowd.go("b", "a", "c")
    assert crowd.inside == ["a", "b", "c"]


@pytest.mark.asyncio
async def test_after_a_rest_it_is_one_at_a_time_again() -> None:
    """Room that was made stays while somebody is inside, and is taken back when nobody is."""
    turns = Turns(2, 0.0)
    crowd = Crowd(turns)
    for name in "ab":
        await crowd.come(name)
    await until(lambda: len(crowd.inside) == 2, "a place beside the first")
    turns.narrow()
    await crowd.go("b")
    await crowd.come("c")
    assert crowd.inside == ["a", "b", "c"]
    await crowd.go("a", "c")
    turns.narrow()
    turns._patience = NEVER
    for name in "de":
        await crowd.come(name)
    assert crowd.inside[3:] == ["d"]
    await crowd.go("d", "e")


@pytest.mark.asyncio
async def test_who_gives_up_waiting_takes_no_place() -> None:
    """A look that is cancelled while it waits leaves nothing behind, also no room that it would have asked for."""
    turns = Turns(2, NEVER)
    crowd = Crowd(turns)
    for name in "ab":
        await crowd.come(name)
    crowd.tasks["b"].cancel()
    await asyncio.gather(crowd.tasks["b"], return_exceptions=True)
    await crowd.go("a")
    await crowd.come("c")
    assert crowd.inside == ["a", "c"]
    await crowd.go("c")
    assert turns._inside == 0
