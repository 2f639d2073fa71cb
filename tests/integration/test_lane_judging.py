"""Faults of ours while what waits is judged again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.core.models import Filter, Post, Verdict
from tests.world import World


@pytest.mark.asyncio
async def test_a_list_that_cannot_be_judged_holds_up_nobody(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault in judging one chat's list makes its deliveries dead, with the reason; all others go out."""
    chat, other = await world.subscribe("1"), await world.subscribe("2", query="c")
    one, two = await world.publish("a", "b")
    await world.subscribe("1", query="poison")
    world.clock.time += timedelta(hours=7)
    (three,) = await world.publish("c")
    real = world.matcher.judge

    def judge(post: Post, filter_: Filter) -> Verdict:
        if filter_.query == "poison":
            raise LookupError
        return real(post, filter_)

    monkeypatch.setattr(world.matcher, "judge", judge)
    await world.deliver()
    assert await world.states(other) == {three: "sent"}
    assert await world.states(chat) == {one: "dead: fault: LookupError", two: "dead: fault: LookupError"}
