"""Days, like hours, are those of the chat's own time zone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.unit.fakes import Talk, text

EVENING = datetime(2026, 1, 19, 23, 55, tzinfo=UTC)
"""In Shanghai it is 07:55 on the 20th."""


@pytest.mark.asyncio
@pytest.mark.parametrize(("zone", "said"), [("Asia/Shanghai", "20 Jan"), ("America/New_York", "19 Jan")])
async def test_the_last_post_has_the_chats_date(talk: Talk, zone: str, said: str) -> None:
    """/status and /feeds name the day on which it came out where the chat is."""
    talk.asker = replace(talk.asker, operator=True)
    talk.work.posts = [replace(talk.work.posts[0], published=EVENING, first_seen=EVENING)]
    await talk.say("/subscribe")
    await talk.say(f"/settings timezone {zone}")
    for line in ("/status", "/feeds blog"):
        assert f"Last post: 扩散模型漫谈, {said}" in text(await talk.say(line))


@pytest.mark.asyncio
async def test_silence_begins_on_the_chats_date(talk: Talk) -> None:
    """/start says since which day a blog has been silent, as the chat counts days."""
    talk.work.posts = [
        replace(each, published=EVENING.replace(year=2024, day=19 - number))
        for number, each in enumerate(talk.work.posts)
    ]
    assert "20 Jan 2024" in text(await talk.say("/start"))
