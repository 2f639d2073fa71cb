"""What an operator is told in numbers."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.advice import counted
from bot.app import Pass
from bot.core.models import Feed


@pytest.mark.parametrize(("number", "said"), [(0, "0 feeds"), (1, "1 feed"), (2, "2 feeds")])
def test_one_is_one(number: int, said: str) -> None:
    """One of something is not called as several are."""
    assert counted(number, "feed") == said


def test_a_pass_in_which_nothing_was_due_says_when_it_will_be() -> None:
    """How many feeds were looked at, when the first of them is due, and what does not wait for that."""
    feeds = [
        Feed(at, "", "https://blog.example/", next_check=datetime(2026, 1, 20, 12, at, tzinfo=UTC)) for at in (2, 1)
    ]
    due = "the next is due at 2026-01-20 12:01 UTC (--all looks at every one)"
    assert str(Pass(0, delivered=True, feeds=feeds)) == f"looked at 0 of 2 feeds; {due}"
    assert str(Pass(0, delivered=True, feeds=feeds[1:])) == f"looked at 0 of 1 feed; {due}"
    assert str(Pass(0, delivered=True, feeds=[])) == "looked at 0 of 0 feeds"
