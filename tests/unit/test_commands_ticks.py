"""Several ticks in one line, and all of them taken away by a word."""

from __future__ import annotations

import pytest

from tests.unit.fakes import Talk, post, text


@pytest.mark.asyncio
async def test_everything_that_was_switched_is_confirmed(talk: Talk) -> None:
    """Several topics in one line are all named: what is on, and what is off."""
    await talk.say("/subscribe")
    assert (await talk.say('/topics +diffusion +数学研究 +"Machine Learning"')).toast == (
        "On: Diffusion, 数学研究, Machine Learning"
    )
    assert (await talk.say("/topics -diffusion -数学研究")).toast == "Off: Diffusion, 数学研究"
    assert (await talk.say('/topics diffusion +数学研究 "Machine Learning"')).toast == (
        "On: Diffusion, 数学研究. Off: Machine Learning"
    )
    assert (await talk.say("/topics =flow-matching =diffusion")).toast == "On: Flow matching, Diffusion"


@pytest.mark.asyncio
@pytest.mark.parametrize("word", ["off", "all", "全部", "OFF", "关"])
async def test_all_ticks_are_taken_away_by_a_word(talk: Talk, word: str) -> None:
    """Every post again, as unticking the last one means; again it changes nothing, and it subscribes nobody."""
    assert text(await talk.say(f"/topics {word}")).startswith("Tick topics to subscribe to A Blog")
    await talk.say("/subscribe")
    await talk.say("/topics diffusion 数学研究")
    said = await talk.say(f"/topics {word}")
    assert (talk.ticked(), said.toast) == ((), "No topics ticked: every post again")
    again = await talk.say(f"/topics {word}")
    assert (again.toast, text(again)) == (
        "",
        "You get every post from A Blog. Tick topics to get only those.",
    )


@pytest.mark.asyncio
async def test_a_topic_that_is_called_so_is_meant(talk: Talk) -> None:
    """A blog's own category ``off`` is a topic; so is what stands in quotes."""
    await talk.say("/subscribe")
    await talk.say("/topics diffusion")
    assert text(await talk.say('/topics "off"')).startswith('No topic "off".')
    talk.work.posts.append(post(5, "Dark", tags=("Off",)))
    assert (await talk.say("/topics off")).toast == "On: Off"
    assert talk.ticked() == ("diffusion", "off")
