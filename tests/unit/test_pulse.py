from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.core.pulse import SET_BACK, Pulse

NOW = datetime(2026, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
FIRST = Pulse.first(NOW, MINUTE)


def test_a_loop_that_begins_is_well_for_as_long_as_patience_says() -> None:
    """It turns and is alive until just before that time is over, and neither from then on."""
    before, after = NOW + MINUTE - timedelta.resolution, NOW + MINUTE
    assert (FIRST.turning(before), FIRST.alive(before)) == (True, True)
    assert (FIRST.turning(after), FIRST.alive(after)) == (False, False)


def test_a_loop_whose_turns_all_fail_turns_and_is_not_alive() -> None:
    """A restart mends a loop that stands, not one that the disk lets do nothing."""
    later = NOW + 10 * MINUTE
    failing = FIRST.tries(later)
    assert (failing.turning(later), failing.alive(later)) == (True, False)
    assert failing.turns(later).alive(later)


def test_a_pulse_is_a_value() -> None:
    """A new one for each turn: who looks at one sees it as it was."""
    assert FIRST.tries(NOW + MINUTE).turns(NOW + MINUTE) == Pulse(MINUTE, NOW + MINUTE, NOW + MINUTE)
    assert Pulse.first(NOW, MINUTE) == FIRST


@pytest.mark.parametrize(
    ("by", "seen"),
    [
        (-MINUTE, timedelta()),
        (timedelta(), timedelta()),
        (SET_BACK, timedelta()),
        (SET_BACK + timedelta.resolution, SET_BACK + timedelta.resolution),
        (timedelta(days=400), timedelta(days=400)),
    ],
)
def test_a_clock_that_was_set_back_is_noticed_by_how_much(by: timedelta, seen: timedelta) -> None:
    """Since the last turn that succeeded; time that passes and small steps are nothing."""
    assert FIRST.tries(NOW + MINUTE).set_back(NOW - by) == seen


def test_a_clock_that_was_set_back_keeps_a_loop_well() -> None:
    """A time before the last turn is no long time after it."""
    assert (FIRST.turning(NOW - 10 * MINUTE), FIRST.alive(NOW - 10 * MINUTE)) == (True, True)
