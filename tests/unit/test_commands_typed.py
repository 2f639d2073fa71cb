"""What buttons do and can be typed, too: turning a page, taking an end back."""

from __future__ import annotations

import pytest

from bot.commands import needs_admin
from bot.commands.arguments import parse
from bot.core.models import PlaceKind
from tests.unit.fakes import GROUP, Talk, blog, text


@pytest.mark.parametrize(
    ("line", "pressed", "page", "left"),
    [
        ("page:2", False, 1, ()),
        ("Page：1", False, 0, ()),
        ("page:0", False, 0, ()),
        ("flow page:3", False, 2, ("flow",)),
        ('"page:2"', False, None, ("page:2",)),
        ("page:2 flow", False, None, ("page:2", "flow")),
        ("p2", False, None, ("p2",)),
        ("page:2", True, None, ("page:2",)),
        ("p2", True, 2, ()),
    ],
)
def test_a_page_is_typed_with_its_word_and_pressed_without(
    line: str, page: int | None, left: tuple[str, ...], *, pressed: bool
) -> None:
    """``page:2`` at the end is the second page; in quotes, or elsewhere, it is a name."""
    found = parse(line, pressed=pressed)
    assert (found.page, tuple(token.text for token in found.tokens)) == (page, left)


def test_turning_a_page_is_everyones() -> None:
    """It changes nothing, so a member of a group may; a name beside it does."""
    talk = Talk(blog(one="One"), address=GROUP, kind=PlaceKind.GROUP)
    lines = ("/topics page:2", "/topics diffusion page:2")
    assert [needs_admin(talk.ask(line)) for line in lines] == [False, True]


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("typed", "left", "said"),
    [
        ("/subscribe undo one", {1}, "Done."),
        ("/subscribe undo feed:one", {1}, "Done."),
        ("/subscribe 撤销 all", {1, 2}, "Done."),
        ("/subscribe undo", {1, 2}, "Done."),
        ("/subscribe undo three", set(), 'No blog "three".'),
        ('/subscribe "undo"', set(), 'No topic "undo".'),
    ],
)
async def test_an_end_can_be_taken_back_by_typing(typed: str, left: set[int], said: str) -> None:
    """Of one feed, of all; without a name of those that were ended last, by one command."""
    talk = Talk(blog(one="One", two="Two"))
    await talk.say("/subscribe all")
    await talk.say("/filter flow")
    await talk.say("/unsubscribe all")
    answer = await talk.say(typed)
    assert text(answer).startswith(said)
    assert {feed for _, feed in talk.work.held} == left
    assert {each.filter.query for each in talk.work.held.values()} <= {"flow"}


@pytest.mark.asyncio
async def test_who_never_subscribed_has_nothing_to_take_back() -> None:
    """It says so, and nothing is stored."""
    talk = Talk(blog(one="One"))
    assert text(await talk.say("/subscribe undo")) == "This chat is not subscribed to anything."
    assert talk.work.chats == {}
    talk = Talk(blog(one="One", two="Two"))
    await talk.say("/subscribe one")
    assert text(await talk.say("/subscribe undo")).startswith("Which blogs")
    assert {feed for _, feed in talk.work.held} == {1}
