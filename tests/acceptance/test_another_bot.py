"""Another bot's token over the same database: by mistake it costs nothing, and on purpose it takes the chats over."""

from __future__ import annotations

import pytest

from tests.acceptance.harness import READER, Program, posts
from tests.acceptance.readers import show
from tests.emulators.documents import Entry

OLD, NEW, LAST = (
    Entry("旧文章", "从前。", (), "/old"),
    Entry("新文章", "今天。", (), "/new"),
    Entry("末篇", "明天。", (), "/last"),
)
LOOK = ("once", "--all", "--wait", "60")


@pytest.mark.asyncio
async def test_a_wrong_token_closes_no_chat_and_loses_no_post(program: Program) -> None:
    """Each pass and `check` name both bots and both ways out; with the old token back, the post arrives."""
    right = program.telegram.token
    show(program, OLD)
    await program.inline("chats", "add", f"telegram:{READER}")
    await program.inline(*LOOK)
    show(program, NEW, OLD)
    program.telegram.token = "888:TEST-token_of_another_bot"
    said = await program.refused(*LOOK)
    assert said.startswith("telegram: the token is bot 888's, but bot 777 has 1 open chat here")
    assert "put its token back, or," in said
    checked = await program.run("check")
    assert checked.code == 1
    assert said in checked.out
    assert posts(program.telegram) == []
    program.telegram.token = right
    await program.inline(*LOOK)
    assert len(posts(program.telegram)) == 1


@pytest.mark.asyncio
async def test_a_bot_takes_anothers_chats_over_when_it_is_told_so(program: Program) -> None:
    """The line that the refusal names is all it takes; subscriptions and what was seen stay."""
    show(program, OLD)
    await program.inline("chats", "add", f"telegram:{READER}")
    await program.inline(*LOOK)
    program.telegram.token = "888:TEST-token_of_another_bot"
    assert "incoming chats hand-over telegram" in await program.refused(*LOOK)
    assert "takes the chats over" in await program.inline("chats", "hand-over", "telegram")
    show(program, LAST, OLD)
    await program.inline(*LOOK)
    assert [text.splitlines()[0] for text in posts(program.telegram)] == ["末篇"]


@pytest.mark.asyncio
async def test_a_token_without_chats_may_be_any(program: Program) -> None:
    """Who tries one bot and goes on with another is asked nothing."""
    show(program, OLD)
    await program.inline(*LOOK)
    program.telegram.token = "888:TEST-token_of_another_bot"
    await program.inline(*LOOK)
    said = await program.refused("chats", "hand-over", "matrix")
    assert said == "matrix is no platform; there are: telegram, discord"
