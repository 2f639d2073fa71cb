"""What a command is about stays what its buttons, its question and its next page are about."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.commands import answer
from bot.core.models import Trouble
from tests.unit.fakes import NOW, Talk, blog, button, buttons, post, text


def _two() -> Talk:
    return Talk(blog(one="One", two="Two"))


def _queries(talk: Talk) -> dict[int, str]:
    return {feed: each.filter.query for (_, feed), each in talk.work.held.items()}


@pytest.mark.asyncio
async def test_a_question_about_one_blog_is_answered_about_that_blog() -> None:
    """/filter feed:Two asks for words; they become the filter of Two alone, also after a try that was wrong."""
    talk = _two()
    await talk.say("/subscribe all")
    for asks in ("/filter feed:Two", "/filter feed:Two (wrong"):
        assert (await talk.say(asks)).asks
        await answer(replace(talk.ask("x"), name="", args="-python"), talk.desk())
        assert _queries(talk) == {1: "", 2: "-python"}
        await talk.say("/filter off")


@pytest.mark.asyncio
async def test_a_filters_buttons_are_about_its_blog() -> None:
    """[Remove filter] and [Show me] under the filter of one blog leave the others alone."""
    talk = _two()
    await talk.say("/subscribe all")
    await talk.say("/filter -python")
    for reply in (await talk.say("/filter feed:Two -java"), await talk.say("/filter feed:Two")):
        await talk.say("/filter feed:Two -java")
        await talk.press(reply, "Remove filter")
        assert _queries(talk) == {1: "-python", 2: ""}
    saved = await talk.say("/filter feed:One -java")
    assert (await talk.press(saved, "Show me")).notice.title == "One 1"


@pytest.mark.asyncio
@pytest.mark.parametrize("words", ['"flow matching"', "#2", 'feed:Two "flow matching"'])
async def test_the_next_page_of_a_search_is_of_the_same_search(words: str) -> None:
    """A phrase stays one, a number is no blog, and where one blog is searched the others stay out."""
    talk = _two()
    for number in range(10, 25):
        talk.work.posts.append(post(number, f"flow matching #2 {number}", feed=2))
        talk.work.posts.append(post(number + 100, f"matching flow {number}", feed=1))
    if words == "#2":
        talk.work.posts[-1] = replace(talk.work.posts[-1], title="flow matching #2 x")
    first = await talk.say(f"/search {words}")
    second = text(await talk.press(first, "More"))
    assert "flow matching #2" in second
    assert "matching flow" not in text(first) + second


@pytest.mark.asyncio
async def test_the_list_of_languages_marks_the_chats_own(talk: Talk) -> None:
    """Who asks in another language, as on Discord, sees which one the chat speaks, and can choose their own."""
    await talk.say("/language zh")
    reply = await answer(replace(talk.ask("/language"), speaks="en"), talk.desk())
    assert reply is not None
    assert [choice.label for choice in buttons(reply) if choice.on] == ["简体中文"]


@pytest.mark.asyncio
async def test_a_setting_that_was_typed_is_confirmed_once(talk: Talk) -> None:
    """Where there is a line for it in the answer, no toast says the same again; a press has the toast alone."""
    await talk.say("/subscribe")
    typed = await talk.say("/settings silent on")
    assert not typed.toast
    assert text(typed).splitlines()[0].startswith("Silent")
    one = await talk.say("/settings silent")
    pressed = await talk.press(one, "off")
    assert pressed.toast
    assert pressed.toast not in text(pressed)


@pytest.mark.asyncio
async def test_a_reader_cannot_take_a_blog_away_by_adding_it(talk: Talk) -> None:
    """Where anyone may add blogs, one that somebody else added and that cannot be read yet stays theirs."""
    url = "https://another.example/feed"
    made = await talk.work.add_feed(url, NOW)
    talk.work.all[made.id] = replace(made, trouble=Trouble("unreachable", "no route", NOW))
    talk.anyone = True
    looking = await talk.say(f"/subscribe {url}")
    assert looking.errand is not None
    reply = await answer(talk.ask(looking.errand.then, pressed=True), talk.desk())
    assert reply is not None
    assert talk.work.all[made.id].active
    assert made.id not in {feed for _, feed in talk.work.held}


@pytest.mark.asyncio
async def test_start_greets_who_is_subscribed_with_what_there_is(talk: Talk) -> None:
    """A second /start says what the chat gets; no button of it would take the topics away unasked."""
    await talk.say("/topics diffusion")
    reply = await talk.say("/start")
    assert text(reply).startswith("This chat is already subscribed to A Blog.")
    assert "Diffusion" in text(reply)
    assert all(choice.command != "subscribe all" for choice in buttons(reply))
    assert button(reply, "Unsubscribe").command == "unsubscribe"


@pytest.mark.asyncio
async def test_start_in_a_chat_with_some_of_the_blogs_leads_to_the_others() -> None:
    """Who has one of two blogs finds the list of both below what they have; a code is still confirmed first."""
    talk = _two()
    talk.codes = frozenset(("once",))
    await talk.say("/subscribe Two")
    assert button(await talk.say("/start"), "Choose").command == "subscribe"
    claimed = text(await talk.say("/start once"))
    assert "This chat is already subscribed to Two." in claimed
    assert not claimed.startswith("This chat")


@pytest.mark.asyncio
async def test_why_takes_the_number_of_its_own_list(talk: Talk) -> None:
    """/why 3 is the third post that /why shows; a number that the list does not have is words of a title."""
    await talk.say("/subscribe")
    shown = text(await talk.say("/why")).splitlines()
    third = shown[3].removeprefix("○ ")
    assert text(await talk.say("/why 3")).splitlines()[0] == third
    talk.work.posts.append(post(50, "Top 10 of 2025"))
    assert text(await talk.say("/why 10")).splitlines()[0] == "Top 10 of 2025"
    assert text(await talk.say("/why 2025")).splitlines()[0] == "Top 10 of 2025"
