from __future__ import annotations

import time

import pytest

from bot.commands import suggest
from tests.unit.fakes import MemoryWork, Talk, blog, post


async def offered(talk: Talk, typed: str, what: str = "topic") -> list[tuple[str, str]]:
    """Give what is offered for what was typed."""
    return await suggest(talk.ask(f"/{what} {typed}"), talk.desk(), what)


@pytest.mark.asyncio
async def test_topics_are_offered_as_they_are_typed() -> None:
    """In any script, width, case and language; names that begin so come first; nothing typed offers all."""
    talk = Talk(blog())
    names = [name for name, _ in await offered(talk, "")]
    assert names == ["Diffusion", "Flow matching", "信息时代", "数学研究", "Machine Learning"]
    assert await offered(talk, "ＦＬＯＷ") == [("Flow matching", "flow-matching")]
    assert [name for name, _ in await offered(talk, "m")] == ["Machine Learning", "Flow matching"]
    assert [name for name, _ in await offered(talk, "數學")] == ["数学研究"]
    assert await offered(talk, "nothing like it") == []
    assert [value for _, value in await offered(talk, "扩散")] == ["diffusion"]


@pytest.mark.asyncio
async def test_a_topic_stands_for_its_key_and_a_feed_for_its_number() -> None:
    """What is offered is what the command line takes."""
    talk = Talk(blog())
    assert ("Diffusion", "diffusion") in await offered(talk, "diff")
    ((_, value),) = await offered(talk, "", "feed")
    assert value == "#1"
    reply = await talk.say(f"/subscribe feed:{value} flow-matching")
    assert talk.ticked() == ("flow-matching",)
    assert reply.notice.choices


@pytest.mark.asyncio
async def test_ten_thousand_topics_are_searched_in_time() -> None:
    """A blog with 10,000 categories: 25 suggestions, well within the three seconds that Discord waits; then quicker."""
    work = blog()
    many = [post(5, "多", tags=tuple(f"类别{number}" for number in range(10_000)))]
    talk = Talk(MemoryWork(all=work.all, posts=[*work.posts, *many]))
    began = time.process_time()
    found = await offered(talk, "类别9")
    assert len(found) == 25
    assert all(name.startswith("类别9") for name, _ in found)
    assert time.process_time() - began < 1.5
    began = time.process_time()
    assert await offered(talk, "类别99")
    assert time.process_time() - began < 0.5
