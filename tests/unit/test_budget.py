"""Budgets count when requests arrive, as well as that can be told from their answers."""

from __future__ import annotations

import heapq
import random
from datetime import timedelta

import pytest

from bot.core.models import PlaceKind
from bot.core.ports import Limits, Window
from bot.deliver.budget import LATEST, Budget
from bot.platforms.telegram.platform import PAID
from tests.clock import START

SECOND = timedelta(seconds=1)
AT_ONCE = 4
"""An eighth of thirty."""
FREE = Window(30, 1.02)
LIMITS = Limits((FREE,), {PlaceKind.PRIVATE: (Window(1, 1.02),)})


def broadcast(
    jitter: float,
    seed: int,
    window: Window = FREE,
    count: int = 600,
    *,
    back: float = 0.0,
    work: float = 0.0,
) -> list[float]:
    """Send requests to as many chats over a slow line, as fast as the budget lets; give when each arrived.

    In seconds: ``jitter`` is how much later than the quickest one arrives at most, ``back`` how much later its answer
    does, ``work`` what the platform takes for each before it looks at the next.
    """
    rng, budget, now = random.Random(seed), Budget(Limits((window,), LIMITS.place)), START
    under_way: list[tuple[float, int, float]] = []
    arrivals: list[float] = []
    left, idle = count, 0.0
    while left or under_way:
        while under_way and START + timedelta(seconds=under_way[0][0]) <= now:
            answered, number, began = heapq.heappop(under_way)
            budget.answered(str(number), START + timedelta(seconds=began), START + timedelta(seconds=answered))
        for _ in range(min(left, budget.room(now))):
            began = (now - START) / SECOND
            arrival = max(began + 0.03 + rng.uniform(0, jitter), idle)
            idle = arrival + work if work else 0.0
            arrivals.append(arrival)
            heapq.heappush(under_way, (arrival + 0.02 + (back and rng.uniform(0, back)), left, began))
            budget.spend(str(left), now)
            left -= 1
        now += timedelta(milliseconds=1)
    return sorted(arrivals)


@pytest.mark.parametrize(
    ("jitter", "seed"), [(0.0, 0), *((jitter, seed) for jitter in (0.05, 0.1, 0.3) for seed in range(3))]
)
def test_what_arrives_keeps_the_limit_whatever_the_line_does(jitter: float, seed: int) -> None:
    """No second sees more than thirty requests arrive, and a line that does not tremble costs nothing."""
    times = broadcast(jitter, seed)
    assert all(later - earlier >= 1.0 for earlier, later in zip(times, times[30:], strict=False))
    assert times[-1] - times[0] < (600 / 30) * (1.02 + jitter)


@pytest.mark.parametrize("work", [0.0, 0.0006])
@pytest.mark.parametrize("back", [0.0, 0.1])
@pytest.mark.parametrize("jitter", [0.0, 0.01, 0.1])
def test_a_paid_broadcast_keeps_its_limit_with_a_little_to_spare(jitter: float, back: float, work: float) -> None:
    """No second sees more than a thousand arrive, and a steady line is used to the full.

    What is believed too late keeps the window shut for longer, never for less: a trembling line costs its mean, there
    and back, and so does a burst that waits for its turn at the platform.
    """
    times = broadcast(jitter, 1, PAID, 4000, back=back, work=work)
    assert all(later - earlier >= 1.0 for earlier, later in zip(times, times[1000:], strict=False))
    assert times[-1] - times[0] < (4000 / 1000) * (1.02 + jitter / 2 + back / 2 + 63 * work / 2) + jitter + back


def test_without_the_answers_a_trembling_line_breaks_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the correction is for."""
    monkeypatch.setattr(Budget, "answered", lambda *_: None)
    times = broadcast(0.1, 1)
    assert any(later - earlier < 1.0 for earlier, later in zip(times, times[30:], strict=False))


def test_a_request_that_hangs_holds_its_place_no_longer_than_is_believed() -> None:
    """An answer that takes half a minute says little of when the request arrived."""
    budget = Budget(LIMITS)
    quick, slow = START, START + SECOND
    budget.spend("1", quick)
    budget.answered("1", quick, quick + 0.05 * SECOND)
    budget.spend("2", slow)
    budget.answered("2", slow, slow + 30 * SECOND)
    assert budget.opens("2", PlaceKind.PRIVATE, slow) == slow + LATEST + 1.02 * SECOND


def test_a_clock_that_is_set_back_starts_anew() -> None:
    """Requests of what is the future now count no more, and those of now do."""
    budget = Budget(LIMITS)
    for number in range(30):
        budget.spend(str(number), START + 3600 * SECOND)
    assert budget.free(START) == START
    assert budget.room(START) == AT_ONCE
    for number in range(30):
        budget.spend(str(number), START)
    assert budget.room(START) == 0
    assert budget.room(START + 1.03 * SECOND) == AT_ONCE


def test_posts_leave_room_for_an_answer() -> None:
    """A broadcast at the limit is spread over the second, so that a command is answered within an eighth of it."""
    budget, now, waits = Budget(LIMITS), START, []
    for _ in range(5000):
        for _ in range(budget.room(now)):
            budget.spend("post", now)
        waits.append((budget.free(now) - now) / SECOND)
        now += timedelta(milliseconds=1)
    assert max(waits) < 0.14


@pytest.mark.parametrize("count", [30, 1000])
def test_a_turn_that_takes_its_time_costs_a_broadcast_little(count: int) -> None:
    """Forty milliseconds from the choice to the request, at each turn: nine tenths of the limit are still reached."""
    budget = Budget(Limits((Window(count, 1.02),), {}))
    now, sent = START, 0
    while now < START + 20 * SECOND:
        room = budget.room(now)
        now += 0.04 * SECOND if room else max(budget.next(now) - now, 0.001 * SECOND)
        for _ in range(room):
            budget.spend("post", now)
        sent += room
    assert 0.9 < sent / (count * 20 / 1.02) <= 1.06
