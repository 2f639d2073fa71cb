from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.models import Address, Chat, Hours, PlaceKind, Rhythm
from bot.core.outgoing import Cause, Listed, Moment, Wait, Waiting, Whole, next_step

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOON = datetime(2026, 1, 20, 4, 0, tzinfo=UTC)
"""Noon in Shanghai."""
CHAT = Chat(1, Address("telegram", "1"), PlaceKind.PRIVATE, 1)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def moment(now: datetime = NOON) -> Moment:
    """Decide in Shanghai, with six hours of patience."""
    return Moment(now, SHANGHAI, 6 * HOUR)


def waits(number: int, since: datetime = NOON, **more: Any) -> Waiting:
    """Make a delivery that has waited since a time."""
    return Waiting(number, since, since, **more)


def test_nothing_waits() -> None:
    """Then there is nothing to do."""
    assert next_step(CHAT, (), moment()) is None


def test_posts_go_one_by_one_oldest_first() -> None:
    """Without any wish of the chat, that is all there is."""
    assert next_step(CHAT, (waits(1), waits(2)), moment()) == Whole(1)


def test_a_pause_lets_nothing_through_and_is_listed_after_it() -> None:
    """Until it ends, not even what was asked for; then what it held, and only that, comes as a list."""
    paused = replace(CHAT, paused_until=NOON)
    held = (waits(1, NOON - HOUR, paused=True), waits(2, NOON - HOUR, paused=True))
    assert next_step(paused, (*held, waits(3, whole=True)), moment(NOON - HOUR)) == Wait(NOON)
    assert next_step(paused, (*held, waits(3)), moment()) == Listed(Cause.PAUSE, (1, 2))


def test_what_was_asked_for_goes_whole_at_once() -> None:
    """Through quiet hours, past the digest and beyond the bound."""
    chat = replace(CHAT, quiet=Hours(0, 23 * 60), digest=Rhythm(480), cap=1)
    assert next_step(chat, (waits(1), waits(2, whole=True)), moment(), [NOON]) == Whole(2)


def test_quiet_hours_hold_and_few_posts_come_one_by_one_after_them() -> None:
    """Three of a night are no storm, however long the night was; four come as one list, without the later one."""
    quiet = replace(CHAT, quiet=Hours(23 * 60, 8 * 60))
    night = NOON - 12 * HOUR
    four = [waits(number, night) for number in range(1, 5)]
    assert next_step(quiet, four, moment(night)) == Wait(NOON - 4 * HOUR)
    assert next_step(quiet, four[:3], moment(NOON)) == Whole(1)
    assert next_step(quiet, [*four, waits(9)], moment(NOON)) == Listed(Cause.QUIET, (1, 2, 3, 4))


def test_a_digest_waits_for_its_time() -> None:
    """Everything that waits then is in it; a time that went by while the bot was off is made up for."""
    chat = replace(CHAT, digest=Rhythm(18 * 60))
    some = (waits(1, NOON - HOUR), waits(2))
    assert next_step(chat, some, moment()) == Wait(NOON + 6 * HOUR)
    assert next_step(chat, some, moment(NOON + 6 * HOUR)) == Listed(Cause.DIGEST, (1, 2))
    assert next_step(chat, some, moment(NOON + 3 * DAY)) == Listed(Cause.DIGEST, (1, 2))


def test_a_digest_out_of_turn_is_asked_for_once() -> None:
    """What came before the asking goes at once, what came later waits for the next one."""
    chat = replace(CHAT, digest=Rhythm(18 * 60), digest_asked=NOON)
    assert next_step(chat, (waits(1, NOON - HOUR),), moment()) == Listed(Cause.DIGEST, (1,))
    later = NOON + HOUR
    assert next_step(chat, (waits(2, later),), moment(later)) == Wait(NOON + 6 * HOUR)
    at_night = replace(chat, quiet=Hours(0, 23 * 60))
    assert next_step(at_night, (waits(1, NOON - HOUR),), moment()) == Listed(Cause.DIGEST, (1,))


def test_the_bound_of_a_day() -> None:
    """Three a day: the fourth waits for the morning, and comes as a list with what else was too much."""
    chat = replace(CHAT, cap=3)
    pushed = [NOON - HOUR * number for number in range(3)]
    morning = datetime(2026, 1, 21, 0, 0, tzinfo=UTC)
    assert next_step(chat, (waits(4),), moment(), pushed[:2]) == Whole(4)
    assert next_step(chat, (waits(4),), moment(), pushed) == Wait(morning)
    over = (waits(4), waits(5, NOON + HOUR))
    assert next_step(chat, over, moment(NOON + 11 * HOUR), pushed) == Wait(morning)
    assert next_step(chat, over, moment(morning - 3 * HOUR), pushed) == Wait(morning)
    assert next_step(chat, over, moment(morning), pushed) == Listed(Cause.CAP, (4, 5))


def test_a_post_of_midnight_is_not_over_a_bound_that_was_not_reached() -> None:
    """What came just before midnight and waits for its turn is pushed after it."""
    chat = replace(CHAT, cap=3)
    before = datetime(2026, 1, 20, 15, 59, tzinfo=UTC)
    assert next_step(chat, (waits(1, before),), moment(before + timedelta(minutes=2)), [before]) == Whole(1)


def test_what_waited_for_long_comes_as_a_list() -> None:
    """By when it was first seen, never by its own date; one alone is pushed; what is fresh is not in it."""
    old = (waits(1, NOON - 7 * HOUR), waits(2, NOON - 7 * HOUR))
    assert next_step(CHAT, old[:1], moment()) == Whole(1)
    assert next_step(CHAT, (*old, waits(3)), moment()) == Listed(Cause.BACKLOG, (1, 2))
    edge = [waits(number, NOON - 6 * HOUR) for number in (1, 2)]
    assert next_step(CHAT, edge, moment()) == Whole(1)


def test_a_flood_is_its_newest_post_and_a_list() -> None:
    """The newest first, then the others; what came before the flood goes first of all."""
    flood = [waits(number, flood=7, lead=5) for number in (3, 4, 5)]
    assert next_step(CHAT, [waits(1), *flood], moment()) == Whole(1)
    assert next_step(CHAT, flood, moment()) == Whole(5)
    rest = [replace(each, lead=0) for each in flood[:2]]
    assert next_step(CHAT, [*rest, waits(9)], moment()) == Listed(Cause.FLOOD, (3, 4))


chats = st.builds(
    lambda cap, quiet, digest, asked, paused: replace(
        CHAT, cap=cap, quiet=quiet, digest=digest, digest_asked=asked, paused_until=paused
    ),
    st.sampled_from([0, 1, 5]),
    st.none() | st.builds(Hours, st.integers(0, 1439), st.integers(0, 1439)),
    st.none() | st.builds(Rhythm, st.integers(0, 1439), st.none() | st.integers(0, 6)),
    st.sampled_from([None, NOON - DAY, NOON]),
    st.sampled_from([None, NOON - HOUR, NOON + HOUR]),
)
waiting = st.lists(
    st.tuples(st.integers(0, 200), st.booleans(), st.booleans(), st.sampled_from([0, 1])), min_size=1, max_size=8
).map(
    lambda rows: [
        Waiting(number, NOON - HOUR * hours, NOON - HOUR * hours, paused=held, whole=whole, flood=flood)
        for number, (hours, held, whole, flood) in enumerate(rows, 1)
    ]
)
pushes = st.lists(st.integers(0, 48).map(lambda hours: NOON - HOUR * hours), max_size=8)


@settings(max_examples=150)
@given(chats, waiting, pushes)
def test_something_always_happens_to_what_waits(chat: Chat, some: list[Waiting], pushed: list[datetime]) -> None:
    """Each step names deliveries that wait, or a time that lies ahead and at most nine days off."""
    match next_step(chat, some, moment(), pushed):
        case Whole(number):
            assert number in {each.delivery_id for each in some}
        case Listed(_, numbers):
            assert numbers
            assert set(numbers) <= {each.delivery_id for each in some}
        case Wait(until):
            assert NOON < until <= NOON + 9 * DAY
        case None:
            pytest.fail("nothing was decided")


@settings(max_examples=100)
@given(chats, waiting)
def test_everything_goes_out_in_the_end(chat: Chat, some: list[Waiting]) -> None:
    """Following the steps from one time to the next, all that waits is sent, each post once."""
    now, left = NOON, list(some)
    pushed: list[datetime] = []
    for _ in range(60):
        match next_step(chat, left, moment(now), pushed):
            case Whole(number):
                left = [each for each in left if each.delivery_id != number]
                pushed.append(now)
            case Listed(_, numbers):
                assert len(set(numbers)) == len(numbers)
                left = [each for each in left if each.delivery_id not in numbers]
            case Wait(until):
                now = until
            case None:
                break
    assert left == []
