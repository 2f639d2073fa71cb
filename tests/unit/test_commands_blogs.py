"""What a chat with several blogs is told that it gets: "only" is said of a blog, not of them all."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.topics.rules import category_key
from tests.unit.fakes import NOW, MemoryWork, Talk, blog, buttons, text

UNTICK = "Untick all to get every post again."


@pytest.fixture
def two() -> Talk:
    """Talk with the bot of two blogs, of which the first alone has categories; the chat reads both."""
    work = blog(one="One", two="Two")
    work.posts = [replace(work.posts[0], tags=("Python", "数学")), work.posts[1]]
    return Talk(work)


@pytest.mark.asyncio
@pytest.mark.parametrize("line", ["/topics", "/start"])
async def test_a_blog_without_ticks_is_not_left_out_of_what_comes(two: Talk, line: str) -> None:
    """With a topic ticked for one blog, the other still sends every post, and both are said."""
    await two.say("/subscribe all")
    await two.say("/topics feed:one diffusion")
    said = text(await two.say(line))
    assert said.endswith(f"Of One you get only: Diffusion.\nOf Two you get every post.\n{UNTICK}")
    assert "You get only" not in said


@pytest.mark.asyncio
async def test_each_blog_has_its_own_topics(two: Talk) -> None:
    """Two blogs with different topics are two lines: neither topic comes from both."""
    await two.say("/subscribe all")
    await two.say("/topics feed:one diffusion")
    said = await two.say("/topics feed:two flow-matching")
    assert text(said) == f"Of Two you get only: Flow matching.\n{UNTICK}"
    assert text(await two.say("/topics")) == (
        f"Of One you get only: Diffusion.\nOf Two you get only: Flow matching.\n{UNTICK}"
    )


@pytest.mark.asyncio
async def test_it_is_said_in_chinese_too(two: Talk) -> None:
    """A blog a line, and a Latin name with blanks around it."""
    await two.say("/language zh")
    await two.say("/subscribe all")
    await two.say("/topics feed:one diffusion")
    said = text(await two.say("/topics"))
    assert said == "One：只收扩散模型。\nTwo：收全部文章。\n全部取消就恢复为全部文章。"


@pytest.mark.asyncio
async def test_one_blog_of_several_is_named(two: Talk) -> None:
    """Asked about one blog, or just narrowed to a topic of it, a chat that has another reads the blog's name."""
    await two.say("/subscribe all")
    ticked = f"Of One you get only: Diffusion.\n{UNTICK}"
    assert text(await two.say("/topics feed:one diffusion")) == ticked
    assert text(await two.say("/topics feed:one")) == ticked
    assert text(await two.say("/topics feed:two")) == "You get every post from Two. Tick topics to get only those."


@pytest.mark.asyncio
async def test_blogs_that_are_alike_share_a_sentence(two: Talk) -> None:
    """Where all blogs have the same topics, "only" is true of all."""
    await two.say("/subscribe all")
    assert text(await two.say("/topics diffusion")) == f"You get only: Diffusion. {UNTICK}"
    assert text(await two.say("/topics feed:two")) == f"You get only: Diffusion. {UNTICK}"


@pytest.mark.asyncio
async def test_what_is_brought_back_is_named(two: Talk) -> None:
    """[Undo] of one blog names it, and its filter alone: another's does not apply to it."""
    await two.say("/subscribe all")
    await two.say("/topics feed:two diffusion")
    await two.say("/filter -python")
    assert two.filters[0].query == two.filters[1].query == "-python"
    said = text(await two.press(await two.say("/unsubscribe two"), "Undo"))
    assert f"Of Two you get only: Diffusion.\n{UNTICK}\nYour filter still applies: -python" in said
    await two.say("/unsubscribe two")
    two.work.ended.clear()
    assert "filter" not in text(await two.say("/subscribe two"))


@pytest.mark.asyncio
async def test_a_long_list_of_blogs_ends_somewhere() -> None:
    """Twelve blogs with a topic of their own each are ten lines, and an ellipsis."""
    work = blog(**{f"blog{number}": f"Blog {number}" for number in range(12)})
    work.posts = [replace(each, tags=(f"tag{each.id}",)) for each in work.posts]
    talk = Talk(work)
    await talk.say("/subscribe all")
    for number in range(1, 13):
        await talk.say(f"/topics feed:blog{number - 1} tag{number}")
    said = text(await talk.say("/topics")).splitlines()
    assert said[0] == "Of Blog 0 you get only: tag1."
    assert said[9:] == ["Of Blog 9 you get only: tag10.", "…", UNTICK]


# -- what a topic is called -------------------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_a_category_of_another_blog_keeps_its_name(two: Talk) -> None:
    """Ticked for all blogs, a category is called as people know it, also where a blog does not have it."""
    await two.say("/subscribe all")
    await two.say("/topics 数学")
    said = text(await two.say("/status"))
    assert said.count("Gets: 数学") == 2
    assert category_key("数学") not in said
    grid = await two.say("/topics feed:two")
    assert text(grid).startswith(f"You get only: 数学. {UNTICK}")
    assert next(choice.label for choice in buttons(grid) if choice.on) == "数学"


@pytest.mark.asyncio
async def test_a_topic_that_nobody_knows_is_its_key(two: Talk) -> None:
    """What neither a rule nor a blog has any more is still said, and can be unticked."""
    await two.say("/subscribe one")
    work: MemoryWork = two.work
    ((chat, feed),) = work.held
    await work.subscribe(chat, feed, NOW, topics=("gone",))
    assert "Gets: gone" in text(await two.say("/status"))


# -- a blog that sends nothing ----------------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_a_blog_that_has_none_of_the_ticked_topics_is_named(two: Talk) -> None:
    """Silence looks broken: where a category that only one blog has is ticked for both, the other is named."""
    await two.say("/subscribe all")
    still = "Two has none of them now, so nothing comes from it."
    assert text(await two.say("/topics =数学")).splitlines()[1:] == [still]
    assert still in text(await two.say("/topics"))
    assert still in text(await two.say("/topics feed:two"))
    assert still not in text(await two.say("/topics feed:one"))
    assert still not in text(await two.say("/topics +diffusion")), "a rule's topic may be in any post"
    await two.say("/topics =数学")
    assert still not in text(await two.say("/topics feed:two off"))
    assert [each.topics for each in two.filters] == [(category_key("数学"),), ()]


@pytest.mark.asyncio
async def test_a_blog_that_was_never_read_is_not_said_to_be_still(two: Talk) -> None:
    """Nobody knows yet which categories it has."""
    await two.say("/subscribe all")
    two.work.posts = two.work.posts[:1]
    assert "nothing comes" not in text(await two.say("/topics =数学"))
