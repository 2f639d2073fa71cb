"""A chat's subscription to a blog that is not watched now: it is seen, and it ends like any other."""

from __future__ import annotations

import pytest
import pytest_asyncio

from tests.unit.fakes import Talk, blog, button, buttons, text


@pytest_asyncio.fixture
async def half() -> Talk:
    """Talk in a chat with two blogs, of which the second is paused."""
    talk = Talk(blog(one="One", two="Two"))
    await talk.say("/subscribe all")
    await talk.work.remove_feed(2)
    return talk


@pytest.mark.asyncio
@pytest.mark.parametrize("line", ["/stop", "/unsubscribe all"])
async def test_all_off_ends_what_is_paused_too(half: Talk, line: str) -> None:
    """Nothing more will arrive, also once the blog is watched again; [Undo] brings both back."""
    said = await half.say(line)
    assert half.work.held == {}
    await half.press(said, "Undo")
    assert {feed for _, feed in half.work.held} == {1, 2}
    await half.say(line)
    await half.work.add_feed("https://two.example/feed", half.ask("").now)
    assert half.work.held == {}


@pytest.mark.asyncio
async def test_what_is_paused_is_left_like_any_other(half: Talk) -> None:
    """It stands in the list of what can be left, and can be named."""
    assert [each.label for each in buttons(await half.say("/unsubscribe"))] == ["One", "Two", "All"]
    assert text(await half.say("/unsubscribe two")).startswith("Unsubscribed from Two.")
    assert {feed for _, feed in half.work.held} == {1}


@pytest.mark.asyncio
async def test_only_what_is_paused_can_be_left(half: Talk) -> None:
    """A chat whose only blog is paused is still subscribed, and leaves without naming it."""
    await half.say("/unsubscribe one")
    assert "not subscribed" not in text(await half.say("/status"))
    said = await half.say("/unsubscribe")
    assert half.work.held == {}
    assert text(await half.press(said, "Undo")) == "Paused, so I am not looking now: Two. The subscription is kept."
    assert {feed for _, feed in half.work.held} == {2}


@pytest.mark.asyncio
async def test_unticking_all_blogs_unticks_what_is_paused(half: Talk) -> None:
    """[All] in the list of blogs, taken away, leaves nothing."""
    await half.work.add_feed("https://two.example/feed", half.ask("").now)
    listed = await half.say("/subscribe")
    await half.work.remove_feed(2)
    assert button(listed, "All").on
    await half.press(listed, "All")
    assert half.work.held == {}


@pytest.mark.asyncio
async def test_status_names_what_is_paused(half: Talk) -> None:
    """The subscription is there, so it is said, with the reason why nothing comes."""
    said = text(await half.say("/status"))
    assert "Paused, so I am not looking now: Two. The subscription is kept." in said
    await half.say("/stop")
    assert "paused" not in text(await half.say("/status"))
