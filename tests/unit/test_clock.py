"""The machine's clock."""

from __future__ import annotations

import asyncio

import pytest

from bot.clock import SystemClock


@pytest.mark.asyncio
@pytest.mark.parametrize("steps", range(6))
async def test_who_waits_can_be_told_to_end_at_any_moment(steps: int) -> None:
    """A cancellation that comes with the event, or some steps of the loop after it, is never lost."""
    event = asyncio.Event()

    async def waits() -> None:
        while True:
            await SystemClock().wait(event, 60)
            event.clear()

    task = asyncio.create_task(waits())
    await asyncio.sleep(0)
    event.set()
    for _ in range(steps):
        await asyncio.sleep(0)
    task.cancel()
    done, _ = await asyncio.wait([task], timeout=5)
    assert done
    assert task.cancelled()


@pytest.mark.asyncio
async def test_an_event_in_time_and_one_that_does_not_come() -> None:
    """True where it came, at once where it was there before; False where time ran out."""
    event = asyncio.Event()
    assert not await SystemClock().wait(event, 0.001)
    assert not await SystemClock().wait(event, -1)
    event.set()
    assert await SystemClock().wait(event, 0.001)
