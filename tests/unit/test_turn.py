"""What a turn says in the log."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.deliver.turn import ranges


def test_ids_that_follow_one_another_are_a_range() -> None:
    """Hundreds of deliveries are a word, and one that stands alone is its number."""
    assert ranges([215, *range(17, 213), 300, 301]) == ["17-212", 215, "300-301"]


@given(st.sets(st.integers(1, 10_000) | st.integers(1, 30)))
def test_ranges_name_all_ids_and_no_other(ids: set[int]) -> None:
    """Whichever they are."""
    spans = [[int(end) for end in str(each).split("-")] for each in ranges(ids)]
    named = [number for span in spans for number in range(span[0], span[-1] + 1)]
    assert named == sorted(ids)
