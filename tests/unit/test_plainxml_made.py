"""The plain way to read a feed, over what is made up: elements in any order, repeated, missing, odd."""

from __future__ import annotations

import pytest
from feedparser.datetimes import _parse_date
from hypothesis import given, note, settings
from hypothesis import strategies as st

from bot.sources.dates import from_struct, usual_date
from bot.sources.plainxml import read_plain
from tests.emulators.oddities import DATES, Dice
from tests.emulators.twoways import both_ways


def dice() -> st.SearchStrategy[Dice]:
    """Give dice of all kinds."""
    return st.integers(0, 2**32).map(Dice)


@settings(max_examples=1000)
@given(dice())
def test_it_says_the_same_or_nothing(dice: Dice) -> None:
    """Whatever stands in a feed, and wherever."""
    document = dice.document()
    note(document.decode())
    both = both_ways(document)
    assert both.plain == both.other


def test_much_of_that_is_plain() -> None:
    """Else the comparison would say little."""
    assert sum(read_plain(Dice(number).document()) is not None for number in range(300)) > 60


@settings(max_examples=600)
@given(dice())
def test_a_date_is_read_as_feedparser_reads_it(dice: Dice) -> None:
    """Or not at all."""
    text = dice.date()
    note(text)
    found = usual_date(text)
    assert found is None or found == from_struct(_parse_date(text))


@pytest.mark.parametrize("text", DATES)
def test_a_usual_date_is_read(text: str) -> None:
    """What RSS and Atom ask for."""
    assert usual_date(text) is not None
