"""Promise 1 against SIGKILL: the real program, both platforms, every boundary. The long form is a benchmark."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot import failpoint
from tests.killing.campaign import CHATS, Campaign

KILLS = 30
"""In each of two campaigns, which run side by side."""
ON_DISCORD = tuple(chat for chat in CHATS if chat.startswith("discord:"))
"""Where nothing may come twice, be it in the send window: there a control that doubles cannot be excused."""


@pytest.mark.asyncio
@pytest.mark.parametrize("seed", [1, 2])
async def test_killed_at_any_moment_nothing_is_silently_lost_and_doubled_only_in_the_send_window(
    tmp_path: Path, seed: int
) -> None:
    """Nothing is lost or out of order; Discord has nothing twice, Telegram only what was under way at a kill."""
    async with Campaign(tmp_path, seed).open() as campaign:
        verdict = await campaign.go(KILLS)
    assert verdict.good, (verdict, campaign.log())
    assert verdict.kills == KILLS
    assert verdict.in_window > KILLS // 5
    assert verdict.owed > 60
    assert campaign.watcher.most == 1
    assert sum(where in campaign.kills for where in (*failpoint.NAMES, "received", "applied", "random")) > 6


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("kind", "fault"),
    [("sends_first", "doubled"), ("records_first", "lost"), ("guid_only", "lost"), ("no_nonce", "doubled")],
)
async def test_the_same_harness_catches_bots_that_break_a_rule(tmp_path: Path, kind: str, fault: str) -> None:
    """Negative controls: each usual mistake does its own harm under the same kills, whatever else it does."""
    async with Campaign(tmp_path, 3, "tests.killing.naive", (kind,), ON_DISCORD).open() as campaign:
        verdict = await campaign.go(15)
    assert not verdict.good
    assert getattr(verdict, fault), verdict
