"""A message that many chats get is written once."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from bot.core.models import Payload
from bot.platforms.discord.draw import PUBLISH, TAG
from bot.platforms.discord.picture import FORMULAS
from bot.platforms.discord.written import KEPT, Texts

VALUES = st.text() | st.booleans() | st.integers() | st.lists(st.dictionaries(st.text(), st.text()))


@given(
    st.dictionaries(st.text() | st.sampled_from([PUBLISH, TAG, FORMULAS]), VALUES),
    st.text("0123456789abcdef", min_size=1, max_size=24),
)
def test_a_message_is_its_json_with_the_nonce(payload: Payload, nonce: str) -> None:
    """Whatever it says, without what is meant for the sender alone; a lone surrogate is no fault."""
    payload.pop("nonce", None)
    payload.pop("enforce_nonce", None)
    shown = {name: value for name, value in payload.items() if name not in {PUBLISH, TAG, FORMULAS}}
    whole = json.dumps(shown | {"nonce": nonce, "enforce_nonce": True}, ensure_ascii=False)
    assert json.loads(Texts().of(payload, nonce)) == json.loads(whole.encode("utf-8", "replace"))


def test_messages_are_told_apart_however_many_there_are() -> None:
    """More than are kept, again and again, each for several chats."""
    texts = Texts()
    payloads: list[Payload] = [{"content": str(number)} for number in range(2 * KEPT)]
    for nonce in ("a", "b", "c"):
        for number, payload in enumerate(payloads):
            assert json.loads(texts.of(payload, nonce)) == {
                "content": str(number),
                "nonce": nonce,
                "enforce_nonce": True,
            }
