from __future__ import annotations

import pytest

from bot.commands import suggest
from tests.calls import counted
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
async def test_ten_thousand_topics_are_searched_in_one_go() -> None:
    """A blog with 10,000 categories: 25 suggestions, for four times what 2,500 cost; then cheaper.

    Discord waits for three seconds. In one of them a slow machine calls more than two million functions.
    """
    work = blog()

    async def cost(categories: int, word: str) -> tuple[int, int]:
        many = [post(5, "多", tags=tuple(f"{word}{number}" for number in range(categories)))]
        talk = Talk(MemoryWork(all=work.all, posts=[*work.posts, *many]))
        with counted() as first:
            found = await offered(talk, f"{word}9")
        assert len(found) == 25
        assert all(name.startswith(f"{word}9") for name, _ in found)
        with counted() as second:
            assert await offered(talk, f"{word}99")
        return first.count, second.count

    (few, _), (many, again) = await cost(2_500, "分类"), await cost(10_000, "类别")
    assert many < 5 * few
    assert many < 2_500_000
    assert again < many / 3
