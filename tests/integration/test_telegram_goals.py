"""The judgement of ``benchmarks.telegram``: what misses a goal is named, and ends with 1."""

from __future__ import annotations

import pytest

from benchmarks import telegram as benchmark
from benchmarks.telegram import Goal, Outcomes, control, missed_so_far, verdict

BURST = Goal(60.0, 0.05)
THIRTY = tuple(map(str, range(30)))


@pytest.mark.parametrize(
    ("found", "missed"),
    [
        (Outcomes(30, THIRTY, 0, 60.7), []),
        (Outcomes(30, THIRTY[1:], 0, 60.7), ["1 lost"]),
        (Outcomes(30, (*THIRTY, "7"), 0, 60.7), ["1 doubled"]),
        (Outcomes(30, (*THIRTY[2:], "7"), 0, 60.7), ["2 lost", "1 doubled"]),
        (Outcomes(30, THIRTY, 4, 60.7), ["4 times 429"]),
        (Outcomes(30, THIRTY, 0, 63.1), ["63.10 s instead of 60.00 s within 5%"]),
        (Outcomes(30, THIRTY, 0, 56.9), ["56.90 s instead of 60.00 s within 5%"]),
    ],
)
def test_each_way_to_miss_a_goal_is_named(
    found: Outcomes, missed: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Lost, doubled, refused, too slow and too fast, a line each; the exit code is 1 where there is any."""
    assert BURST.missed(found) == missed
    assert verdict(missed) == bool(missed)
    assert capsys.readouterr().out.splitlines() == [f"missed: {each}" for each in missed]


@pytest.mark.parametrize(
    ("found", "missed"),
    [
        (Outcomes(3000, THIRTY, 0, 1.9), []),
        (Outcomes(3000, THIRTY[:29], 0, 1.9), ["only 29 arrived"]),
        (Outcomes(3000, (*THIRTY, "1"), 2, 1.9), ["1 doubled", "2 times 429"]),
        (Outcomes(3, THIRTY[:3], 0, 1.9), []),
    ],
)
def test_a_run_that_is_ended_early_may_meet_no_429_and_not_stand_still(found: Outcomes, missed: list[str]) -> None:
    """After two seconds half of what the limit allows is there, once."""
    assert missed_so_far(found, 2.0) == missed


@pytest.mark.asyncio
async def test_the_control_is_refused_and_one_that_is_not_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twenty-five a minute to a group meet a 429; a control that kept the limits would find nothing, and says so."""
    monkeypatch.setattr(benchmark, "PATIENCE", 0.002)
    assert await control() == []
    monkeypatch.setattr(benchmark, "TOO_MANY", None)
    assert len(await control()) == 1
