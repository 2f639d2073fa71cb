"""SIGTERM under load: the real program ends with 0 within ten seconds, and leaves nothing half-sent."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from tests.killing.campaign import Campaign
from tests.killing.judge import judge

MOMENTS = 6
MOST = 10.0


@pytest.mark.asyncio
@pytest.mark.parametrize("slow", [False, True])
async def test_told_to_stop_at_any_moment_it_ends_in_time_with_nothing_half_sent(tmp_path: Path, *, slow: bool) -> None:
    """Each run is stopped at another moment of its work; together they deliver everything, once, in order."""
    chance = random.Random(5)
    async with Campaign(tmp_path, 5).open() as campaign:
        for _ in range(MOMENTS):
            if campaign.watcher.stored() >= campaign.published:
                # More than three that no look has found yet would be a flood, which is told in a list.
                for _ in range(2):
                    campaign.publish()
            if slow:
                campaign.telegram.world.fault("delay", seconds=0.8, times=3)
            began = await campaign.stopped(chance.uniform(0.05, 0.8))
            assert time.monotonic() - began < MOST
            assert campaign.watcher.killed() == 0, "a part was left under way"
        verdict = await campaign.finish()
    assert verdict.good, verdict
    assert not verdict.repeated
    assert not verdict.unconfirmed


@pytest.mark.asyncio
async def test_an_answer_that_never_comes_is_not_waited_for(tmp_path: Path) -> None:
    """A platform that is silent keeps the program no longer than its grace; the next start asks about that part."""
    async with Campaign(tmp_path, 6, chats=("telegram:1001",)).open() as campaign:
        campaign.publish()
        fault = campaign.telegram.world.fault("delay", seconds=60.0, times=1)
        began = await campaign.stopped(0.0, after=lambda: not fault.times)
        assert time.monotonic() - began < MOST
        await campaign.finish()
        verdict = judge(campaign.arrivals(), campaign.owed, campaign.watcher)
    assert not verdict.lost
