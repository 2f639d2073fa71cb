"""Answers that say what was left out, what to do first, and nothing that only sounds exact."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.models import Trouble
from tests.unit.fakes import NOW, Talk, blog, button, buttons, post, text


@pytest.mark.asyncio
async def test_latest_says_that_it_lists_ten_at_most(talk: Talk) -> None:
    """Whoever asks for more is told, with what finds older posts; who asks for ten, or gets all there are, is not."""
    most = "10 titles at most are listed; /search finds older posts."
    assert most not in text(await talk.say("/latest 99"))
    talk.work.posts = [post(number, f"post {number}") for number in range(1, 13)]
    assert text(await talk.say("/latest 99")).splitlines()[-1] == most
    assert len(text(await talk.say("/latest 99")).splitlines()) == 12
    assert most not in text(await talk.say("/latest 10"))
    await talk.say("/language zh")
    assert text(await talk.say("/latest 11")).splitlines()[-1] == "一次最多列 10 篇，更早的用 /search 找。"


@pytest.mark.asyncio
async def test_a_digest_now_needs_a_digest(talk: Talk) -> None:
    """Where there is none, it is said what to do, with the buttons that do it."""
    await talk.say("/subscribe")
    reply = await talk.say("/digest now")
    assert text(reply).splitlines()[0] == (
        "There is no digest yet: posts come one by one, as they appear. To have digests, choose when."
    )
    await talk.press(reply, "daily at 08:00")
    assert "One now" in [choice.label for choice in buttons(await talk.say("/digest"))]
    assert button(reply, "every Monday").command == "digest weekly mon 08:00"


@pytest.mark.asyncio
async def test_a_digest_now_in_a_paused_chat_says_that_it_is_paused(talk: Talk) -> None:
    """Nothing comes one by one there, whether it has a digest or none."""
    await talk.say("/subscribe")
    await talk.say("/pause 1d")
    none = text(await talk.say("/digest now"))
    assert "one by one" not in none
    await talk.say("/digest daily")
    for said in (none, text(await talk.say("/digest now"))):
        assert said.startswith("Paused until")


@pytest.mark.asyncio
async def test_what_failed_just_now_has_not_failed_for_a_minute() -> None:
    """Right after a blog was added and could not be read, no length of time is said; a minute later it is."""
    for seconds, said in ((0, "doesn't load: there"), (59, "doesn't load: there"), (60, "hasn't loaded for 1 minute:")):
        talk = Talk(blog())
        trouble = Trouble("not_found", "404 Not Found", NOW - timedelta(seconds=seconds))
        talk.work.all[1] = replace(talk.work.all[1], trouble=trouble)
        await talk.say("/subscribe")
        assert f"A Blog {said}" in text(await talk.say("/status"))


@pytest.mark.asyncio
@pytest.mark.parametrize("asked", ["0", "5", "99", "1234"])
async def test_a_number_that_the_list_of_why_does_not_have_is_said_to_be_that(talk: Talk, asked: str) -> None:
    """It is no title that nobody has seen: the list is shorter, and older posts are named otherwise."""
    assert text(await talk.say(f"/why {asked}")).startswith(f'I have not seen "{asked}".'), "no list, no number"
    await talk.say("/subscribe")
    assert text(await talk.say(f"/why {asked}")).startswith("The list of /why has only 4 posts.")


@pytest.mark.asyncio
async def test_quotation_marks_are_neither_doubled_nor_looked_for(talk: Talk) -> None:
    """Words of a title may be quoted; what is not found is quoted once."""
    assert text(await talk.say('/why "by hand"')).startswith("Flow matching by hand")
    assert text(await talk.say("/why 「扩散」漫谈")).startswith("扩散模型漫谈")
    assert text(await talk.say('/why "glue and"')).startswith('I have not seen "glue and".')
    assert text(await talk.say('/why "')).startswith("I have not seen")


@pytest.mark.asyncio
async def test_no_posts_at_all_cannot_be_asked_for(talk: Talk) -> None:
    """/latest 0 is not taken as 1 without a word."""
    for line in ("/latest 0", "/latest 00", "/latest 0 diffusion"):
        assert text(await talk.say(line)) == "I can show from 1 to 10 posts."
