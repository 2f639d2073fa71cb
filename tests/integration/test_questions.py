"""Questions and their answers: every command that asks, how long it waits, and for whom."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.core.models import Address
from bot.core.ports import Asker
from bot.store.sqlite import Store
from tests.talks import Chat
from tests.unit.fakes import text

ASKING = (
    ("/filter", "-python", "Saved: -python", "已保存：-python"),
    ("/pause", "2h", "Paused until", "已暂停到"),
    ("/search", "flow", 'Found for "flow":', "搜「flow」，找到："),
)
"""What asks when it is said alone, an answer to it, and what is then said in a private chat and in a group."""


@pytest.mark.asyncio
@pytest.mark.parametrize(("command", "words", "said", "said_in_group"), ASKING)
@pytest.mark.parametrize(("minutes", "awaited"), [(9, True), (11, False)])
async def test_a_question_waits_ten_minutes(
    filled: Store, command: str, words: str, said: str, said_in_group: str, minutes: int, *, awaited: bool
) -> None:
    """After nine the asker's words are the argument; after eleven they are words like any other."""
    chat = Chat(filled)
    group = Chat(filled, address=Address("telegram", "-5"), asker=Asker("7", admin=True))
    for each in (chat, group):
        await each.say("/subscribe")
        assert (await each.say(command)).asks
        each.now += timedelta(minutes=minutes)
    answer, there = await chat.say(f" {words}"), await group.maybe(f" {words}")
    if awaited:
        assert said in text(answer)
        assert there is not None
        assert said_in_group in text(there)
    else:
        assert text(answer) == "I understand commands: /help lists them."
        assert there is None
