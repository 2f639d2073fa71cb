"""Faults of ours in what the steward asks of platforms: its rounds go on."""

from __future__ import annotations

import sqlite3

import pytest

from bot.core.errors import StoreError
from bot.core.models import Outcome, Part
from bot.upkeep.probes import PROBE
from tests.integration.test_steward import steward
from tests.world import World


@pytest.mark.asyncio
async def test_an_answer_that_nobody_expected_is_a_platforms_trouble(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Something in between that answers for the platform, and not as it: named, and nothing ends."""

    async def probe() -> str:
        raise KeyError

    keeper = steward(world)
    with monkeypatch.context() as patch:
        patch.setattr(world.platform, "probe", probe)
        for _ in range(3):
            await world.clock.sleep(PROBE.total_seconds())
            await keeper.round()
        assert keeper.platforms == {"telegram": "a fault while asking it: KeyError"}
    await world.clock.sleep(PROBE.total_seconds())
    await keeper.round()
    assert keeper.platforms == {"telegram": ""}


@pytest.mark.asyncio
async def test_a_fault_in_saying_that_the_disk_is_full_ends_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other operators are told all the same; ended, the bot would say it again at each start."""

    def refuse() -> None:
        raise StoreError(sqlite3.OperationalError("database or disk is full"))

    real = world.platform.send

    async def send(part: Part) -> Outcome:
        if part.address.place == "7":
            raise LookupError
        return await real(part)

    keeper = steward(world, (("telegram", "7"), ("telegram", "8")))
    with monkeypatch.context() as patch:
        patch.setattr(world.store, "begin", refuse)
        patch.setattr(world.platform, "send", send)
        await keeper.round()
    assert "disk is full" in keeper.disk
    (said,) = world.platform.texts("8")
    assert said.startswith("I cannot write the database")
