from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.models import (
    Address,
    Gone,
    Moved,
    Outcome,
    Part,
    PartState,
    Rejected,
    Retry,
    Sent,
    Uncertain,
)
from bot.core.plan import (
    BLIND_REPEATS,
    CHAT_HOLD,
    FIRST_DELAY,
    LONGEST_DELAY,
    LONGEST_DOUBT,
    REPEATS,
    Step,
    after,
    delay,
)
from tests.clock import START

ADDRESS = Address("telegram", "1")


def part(*, attempts: int = 0, uncertain: int = 0, first_try: datetime | None = None, plain: bool = False) -> Part:
    """Make a part with some history."""
    return Part(1, 1, 0, "nonce", {"text": "a"}, ADDRESS, attempts, uncertain, first_try, plain)


def step(outcome: Outcome, of: Part | None = None, *, can_repeat: bool = False, jitter: float = 0.0) -> Step:
    """Decide."""
    return after(outcome, of or part(), START, can_repeat=can_repeat, jitter=jitter)


def test_sent_is_the_end() -> None:
    """What arrived is sent, with the platform's reference, and nothing is to be done."""
    assert step(Sent("77")) == Step(PartState.SENT, ref="77")


@pytest.mark.parametrize("seconds", [0.0, 1.0, 30.0, 86_400.0])
def test_what_the_platform_asked_for_is_a_floor(seconds: float) -> None:
    """A Retry-After is never shortened, and lengthened by less than half a second."""
    for jitter in (0.0, 0.5, 1.0):
        at = step(Retry("flood", seconds), jitter=jitter).at
        assert at is not None
        assert timedelta(seconds=seconds) < at - START < timedelta(seconds=seconds + 0.5)


def test_without_a_wish_the_wait_doubles_up_to_an_hour() -> None:
    """Seconds first, an hour at last, each with up to a fifth more."""
    waits = [delay(attempts, jitter=0.0) for attempts in range(30)]
    assert waits[:3] == [FIRST_DELAY, 2 * FIRST_DELAY, 4 * FIRST_DELAY]
    assert waits == sorted(waits)
    assert waits[-1] == LONGEST_DELAY
    assert delay(30, jitter=1.0) == LONGEST_DELAY * 1.2


def test_a_retry_of_the_platform_holds_everything() -> None:
    """Its scope decides: the chat alone, or the whole platform until the same time."""
    one, all_ = step(Retry("flood", 5)), step(Retry("flood", 5, scope="platform"))
    assert (one.hold, all_.hold) == (None, all_.at)
    assert one.state is all_.state is PartState.RETRY


def test_a_platform_out_of_reach_is_asked_again_within_minutes() -> None:
    """Everything waits for it, answers too, and nobody tells when it is back."""
    step = after(Retry("unreachable", scope="platform"), part(attempts=16), START, can_repeat=False, jitter=1.0)
    assert step.hold == step.at == START + timedelta(minutes=6)


def test_a_chat_is_given_up_after_a_week() -> None:
    """A retry that would come more than seven days after the first try is not made; one just before is."""
    old = START - CHAT_HOLD
    assert step(Retry("flood", 60), part(first_try=old)) == Step(PartState.DEAD, "gave up: flood")
    assert step(Retry("flood", 60), part(first_try=old + timedelta(hours=1))).state is PartState.RETRY


def test_a_platform_is_never_given_up() -> None:
    """Where nobody can be reached, no post is to blame."""
    ancient = START - 10 * CHAT_HOLD
    assert step(Retry("refused", scope="platform"), part(first_try=ancient)).state is PartState.RETRY


def test_one_doubt_is_repeated_and_two_are_reported() -> None:
    """Uncertain: once more after a while; a second time it is dead."""
    first = step(Uncertain("reset"))
    assert (first.state, first.uncertain) == (PartState.UNCERTAIN, 1)
    assert first.at is not None
    assert first.at > START
    second = step(Uncertain("reset"), part(attempts=1, uncertain=1))
    assert (second.state, second.reason, second.uncertain) == (PartState.DEAD, "unconfirmed", 2)


def test_a_recognised_nonce_may_be_repeated_more_often() -> None:
    """Where the platform knows a nonce again, a day of doubts is allowed; a few where it cannot be asked."""
    states = [step(Uncertain("reset"), part(uncertain=count), can_repeat=True).state for count in range(REPEATS + 1)]
    assert states == [PartState.UNCERTAIN] * REPEATS + [PartState.DEAD]
    blind = Uncertain("unreadable", blind=True)
    states = [step(blind, part(uncertain=count), can_repeat=True).state for count in range(BLIND_REPEATS + 1)]
    assert states == [PartState.UNCERTAIN] * BLIND_REPEATS + [PartState.DEAD]
    assert step(blind, part(uncertain=1)).state == PartState.DEAD


@pytest.mark.parametrize("jitter", [0.0, 1.0])
def test_doubts_last_for_a_day(jitter: float) -> None:
    """An outage of 20 hours loses nothing, its end is seen within six minutes, and no chat is held up for over 24."""
    waits = []
    for count in range(REPEATS):
        at = step(Uncertain("reset"), part(attempts=count + 1, uncertain=count), can_repeat=True, jitter=jitter).at
        assert at is not None
        waits.append((at - START).total_seconds())
    assert max(waits) <= 1.2 * LONGEST_DOUBT
    assert 19 * 3600 <= sum(waits) <= 24 * 3600


@pytest.mark.parametrize("outcome", [Retry("flood", 5), Gone("blocked"), Moved("2"), Rejected("bad"), Sent("1")])
def test_doubts_are_remembered(outcome: Outcome) -> None:
    """Whatever comes after a doubt, the doubt still counts."""
    assert step(outcome, part(uncertain=1)).uncertain == 1


def test_a_refusal_steps_down_once() -> None:
    """Refused: at once as plain text; refused as plain text: dead, with what the platform said."""
    down = step(Rejected("bad"))
    assert (down.state, down.plain, down.at) == (PartState.PENDING, True, START)
    assert step(Rejected("bad"), part(plain=True)) == Step(PartState.DEAD, "rejected: bad")


def test_news_of_a_place_is_passed_on() -> None:
    """Gone closes the place, Moved gives its new id; the part stays to be sent."""
    gone, moved = step(Gone("blocked")), step(Moved("2"))
    assert (gone.state, gone.closed, gone.moved) == (PartState.PENDING, "blocked", "")
    assert (moved.state, moved.closed, moved.moved) == (PartState.PENDING, "", "2")


# -- any history ------------------------------------------------------------------------------------------------------

seconds = st.one_of(st.none(), st.floats(0, 40 * 86_400))
outcomes = st.one_of(
    st.builds(Sent, st.just("1")),
    st.builds(Retry, st.just("flood"), seconds, st.sampled_from(["chat", "platform"])),
    st.builds(Uncertain, st.just("reset")),
    st.builds(Gone, st.just("blocked")),
    st.builds(Moved, st.just("2")),
    st.builds(Rejected, st.just("bad")),
)


def follow(history: list[Outcome], *, can_repeat: bool) -> list[Outcome]:
    """Live through a history as the lane and the store do; give the attempts that were made."""
    now, state, made = START, part(), []
    last: Step | None = None
    for outcome in history:
        if last is not None and last.state in {PartState.SENT, PartState.DEAD}:
            break
        last = after(outcome, state, now, can_repeat=can_repeat)
        made.append(outcome)
        state = part(
            attempts=state.attempts + 1,
            uncertain=last.uncertain,
            first_try=state.first_try or now,
            plain=state.plain or last.plain,
        )
        now = max(now, last.at or now)
    return made


@given(st.lists(outcomes, max_size=30), st.booleans())
def test_no_history_repeats_what_arrived_or_doubts_too_often(history: list[Outcome], can_repeat: bool) -> None:  # noqa: FBT001 -- drawn
    """After any history: at most one arrival, at most as many doubts as allowed, at most two forms of the text."""
    made = follow(history, can_repeat=can_repeat)
    doubts = sum(isinstance(outcome, Uncertain) for outcome in made)
    assert sum(isinstance(outcome, Sent) for outcome in made) <= 1
    assert doubts <= (REPEATS if can_repeat else 1) + 1
    assert sum(isinstance(outcome, Rejected) for outcome in made) <= 2


@given(outcomes, st.integers(0, 10_000), st.integers(0, 3), st.booleans(), st.floats(0, 1))
def test_every_step_says_what_comes_next(
    outcome: Outcome,
    attempts: int,
    uncertain: int,
    plain: bool,  # noqa: FBT001 -- drawn
    jitter: float,
) -> None:
    """A part that is not finished has a time, not in the past; one that is finished and did not arrive has a reason."""
    decided = step(outcome, part(attempts=attempts, uncertain=uncertain, plain=plain), jitter=jitter)
    if decided.state in {PartState.SENT, PartState.DEAD}:
        assert decided.at is None
        assert decided.reason or decided.ref
    else:
        assert decided.at is not None
        assert decided.at >= START
