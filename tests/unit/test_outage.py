"""Server errors one after the other: who waits, and for how long."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.core.models import Gone, Outcome, Sent, Uncertain
from bot.platforms.telegram.outage import FIRST, LONGEST, LONGEST_SPARED, SERVER_ERROR, SPARED, Outage
from tests.unit.fakes import NOW

ERROR = Uncertain(SERVER_ERROR)
OUTCOMES: tuple[Outcome, ...] = (ERROR, Sent("1"), Uncertain("reset"), Gone("blocked"))


def after(outage: Outage, result: Outcome | None, seconds: float = 0.0) -> None:
    """Let a message go out, and end so."""
    outage.end(result, NOW + timedelta(seconds=seconds), probe=outage.begin())


def test_one_error_spares_the_last_try_only() -> None:
    """After a single one others go on; that message's last try waits for a minute, or for somebody's success."""
    outage = Outage()
    after(outage, ERROR)
    assert (outage.rest(NOW, last=False), outage.rest(NOW, last=True)) == (0.0, SPARED)
    after(outage, Gone("blocked"))
    assert outage.rest(NOW, last=True) == SPARED
    after(outage, Sent("1"))
    assert outage.rest(NOW, last=True) == 0.0


def test_in_a_row_they_hold_all_back_for_longer_and_longer() -> None:
    """Messages go one at a time, 4 to 300 seconds apart; last tries after a quarter of an hour."""
    outage, at, pauses = Outage(), 0.0, list[float]()
    after(outage, ERROR)
    for _ in range(10):
        after(outage, ERROR, at)
        now = NOW + timedelta(seconds=at)
        assert outage.rest(now, last=True) == LONGEST_SPARED
        pauses.append(outage.rest(now, last=False))
        at += pauses[-1]
        assert outage.rest(NOW + timedelta(seconds=at), last=False) == 0.0
    assert pauses[:3] == [FIRST, 2 * FIRST, 4 * FIRST]
    assert pauses[-1] == LONGEST
    after(outage, Sent("1"))
    assert (outage.lasts, outage.rest(NOW, last=True)) == (False, 0.0)


def test_one_at_a_time() -> None:
    """While one message asks, the others wait; also where nobody waits for its answer any more."""
    outage = Outage()
    after(outage, ERROR)
    after(outage, ERROR)
    later = NOW + timedelta(seconds=FIRST)
    assert outage.begin()
    assert outage.rest(later, last=False) == FIRST
    outage.end(None, later, probe=True)
    assert outage.rest(later, last=False) == 0.0


def test_those_that_were_under_way_make_it_no_longer() -> None:
    """Thirty errors that come at once are one outage that begins, not thirty rounds of it."""
    outage = Outage()
    begun = [outage.begin() for _ in range(30)]
    for probe in begun:
        outage.end(ERROR, NOW, probe=probe)
    assert outage.rest(NOW, last=False) == FIRST


@given(st.lists(st.tuples(st.sampled_from(OUTCOMES), st.floats(-90_000, 90_000)), max_size=30), st.booleans())
def test_nobody_waits_for_ever(made: list[tuple[Outcome, float]], last: bool) -> None:  # noqa: FBT001 -- drawn
    """Whatever comes, and whichever way the clock is set: a rest is never negative, nor longer than the longest."""
    outage = Outage()
    for result, at in made:
        after(outage, result, at)
        rest = outage.rest(NOW, last=last)
        assert 0.0 <= rest <= (LONGEST_SPARED if last else LONGEST)
