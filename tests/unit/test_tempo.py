"""What is remembered of a feed's rhythm, written and read."""

from __future__ import annotations

import json
from dataclasses import asdict

from hypothesis import given
from hypothesis import strategies as st

from bot.core.tempo import Tempo, dump, load

moments = st.none() | st.floats(-9e10, 9e10).filter(bool)
addresses = st.none() | st.text(min_size=1, max_size=9)
rhythms = st.builds(
    Tempo,
    last=moments,
    gap=moments,
    hold=moments,
    moved=addresses,
    times=st.integers(0, 3),
    left=addresses,
    again=moments,
    ttl=moments,
    hours=st.lists(st.integers(0, 23), max_size=3).map(tuple),
    days=st.lists(st.integers(0, 6), max_size=3).map(tuple),
)


@given(rhythms)
def test_a_rhythm_comes_back_as_it_was(tempo: Tempo) -> None:
    """All of it, each number to its last digit."""
    assert load(dump(tempo)) == tempo


@given(st.floats())
def test_a_rhythm_is_written_as_json_writes_it(number: float) -> None:
    """Be a number no number, or beyond all of them."""
    tempo = Tempo(last=number, moved='a"b', times=2, hours=(1, 2))
    told = {name: value for name, value in asdict(tempo).items() if value}
    assert dump(tempo) == json.dumps(told, separators=(",", ":"))
