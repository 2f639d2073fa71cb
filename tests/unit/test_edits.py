"""When a message that was sent is edited: decided without anything around it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.core.edits import MOST, Shown, Stale, after, differing, follows, mark
from bot.core.models import (
    Address,
    Chat,
    Gone,
    Moved,
    Outcome,
    PartState,
    Payload,
    PlaceKind,
    Rejected,
    Retry,
    Sent,
    Uncertain,
)

NOW = datetime(2026, 1, 20, 12, tzinfo=UTC)
CHAT = Chat(1, Address("telegram", "1001"), PlaceKind.PRIVATE, 1)
TWO_DAYS = timedelta(days=2)


def stale(age: timedelta, *, closed: str = "", paused: bool = False) -> Stale:
    """Make a message of an age."""
    chat = Chat(1, CHAT.address, CHAT.kind, 1, closed=closed, paused_until=NOW + TWO_DAYS if paused else None)
    return Stale(chat, 7, 8, NOW - age, asked=1, attempts=0, size=1, parts=())


@pytest.mark.parametrize(
    ("message", "so"),
    [
        (stale(timedelta(0)), True),
        (stale(TWO_DAYS - timedelta(seconds=1)), True),
        (stale(TWO_DAYS), False),
        (stale(timedelta(0), closed="blocked"), False),
        (stale(timedelta(0), paused=True), True),
    ],
)
def test_a_message_follows_its_post_while_it_is_young_and_its_chat_open(message: Stale, so: bool) -> None:  # noqa: FBT001 -- a table of cases
    """For as long as it is asked to; a pause does not count, since an edit rings nothing."""
    assert follows(message, NOW, TWO_DAYS) is so


def test_a_mark_names_what_is_shown() -> None:
    """The order of keys is no difference, everything else is; what cannot be written as UTF-8 raises nothing."""
    one: Payload = {"text": "扩散", "entities": [{"type": "bold", "offset": 0}]}
    assert mark(one) == mark(dict(reversed(list(one.items()))))
    assert len({mark(one), mark(one | {"text": "扩散。"}), mark({"text": "\ud800"}), mark({})}) == 4


def test_parts_differ_by_what_they_show() -> None:
    """One that is the same, that has no id any more, or that was edited often enough is left alone."""
    parts = [
        Shown(1, 0, "m1", "old"),
        Shown(2, 1, "m2", "same"),
        Shown(3, 2, "", "old"),
        Shown(4, 3, "m4", "old", edits=MOST),
        Shown(5, 4, "m5", "old", edits=MOST - 1),
    ]
    assert [part.id for part in differing(parts, ["new", "same", "new", "new", "new"])] == [1, 5]


@pytest.mark.parametrize(
    ("outcome", "state", "seconds"),
    [
        (Sent("m1"), PartState.SENT, None),
        (Retry("flood", 30.0), PartState.RETRY, 30.1),
        (Retry("flood"), PartState.RETRY, 2.0),
        (Retry("full", 60.0), PartState.PENDING, 60.1),
        (Uncertain("timeout"), PartState.PENDING, 2.0),
        (Gone("archived_thread"), PartState.DEAD, None),
        (Rejected("message to edit not found"), PartState.DEAD, None),
        (Moved("1002"), PartState.DEAD, None),
    ],
)
def test_what_an_outcome_means(outcome: Outcome, state: PartState, seconds: float | None) -> None:
    """Only a 429 holds the place back; what may have arrived is tried again; a refusal ends it and closes no place."""
    step = after(outcome, 0, NOW, jitter=0.0)
    assert (step.state, step.closed) == (state, "")
    assert step.at == (None if seconds is None else NOW + timedelta(seconds=seconds))
    assert step.moved == ("1002" if isinstance(outcome, Moved) else "")


def test_a_platform_that_wants_rest_gets_it() -> None:
    """What it refuses for everybody holds everybody back."""
    step = after(Retry("flood", 30.0, scope="platform"), 0, NOW, jitter=0.0)
    assert step.hold == step.at == NOW + timedelta(seconds=30.1)


def test_a_platform_out_of_reach_is_asked_again_within_minutes() -> None:
    """It holds up posts and answers too, and they are not to wait for its edits."""
    step = after(Retry("unreachable", scope="platform"), 16, NOW, jitter=1.0)
    assert step.hold == step.at == NOW + timedelta(minutes=6)


def test_waits_grow_to_an_hour() -> None:
    """An edit that keeps failing asks less and less."""
    waits = [after(Uncertain("timeout"), attempts, NOW, jitter=0.0).at for attempts in (0, 1, 5, 30)]
    assert waits == [NOW + timedelta(seconds=seconds) for seconds in (2, 4, 64, 3600)]
