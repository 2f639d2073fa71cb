"""Parameters of the Bot API as a form."""

from __future__ import annotations

import json
from urllib.parse import parse_qs

from hypothesis import given
from hypothesis import strategies as st

from bot.platforms.telegram.form import KEPT, Forms, form

TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)


@given(st.dictionaries(st.from_regex(r"[a-z_]{1,9}", fullmatch=True), TEXT | st.integers() | st.lists(TEXT)))
def test_what_is_written_is_read_back(params: dict[str, object]) -> None:
    """Strings arrive as they are, everything else as JSON, whatever is in them."""
    found = {name: values[0] for name, values in parse_qs(form(params), keep_blank_values=True).items()}
    assert found == {name: each if isinstance(each, str) else json.dumps(each) for name, each in params.items()}


def test_nothing_is_left_out_and_half_a_character_is_no_failure() -> None:
    """None stands for a parameter that is not given; a lone surrogate becomes a question mark."""
    assert form({"a": None, "b": True, "c": "x\ud800&y"}) == "b=true&c=x%3F%26y"


def test_a_message_is_written_once_and_not_mixed_up_with_another() -> None:
    """Many chats get the same message: its form is the same object. Another one, be it equal, has its own."""
    forms = Forms()
    messages = [{"method": "sendMessage", "text": str(number)} for number in range(2 * KEPT)]
    written = [forms.of(message, ("method",)) for message in messages]
    assert written == [f"text={number}" for number in range(2 * KEPT)]
    assert forms.of(messages[-1], ("method",)) is written[-1]
    assert len(forms._kept) == KEPT
