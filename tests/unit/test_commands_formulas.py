"""``/settings formulas``: what is offered is what the platform can do here and now, and what each way does is said."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from bot.commands import Desk
from bot.core.models import Chat
from tests.unit.fakes import HOME, Talk, blog, buttons, text


@dataclass
class Here(Talk):
    """A conversation on a platform that has some ways of showing formulas."""

    ways: tuple[str, ...] = ("unicode", "rich", "picture")

    def desk(self) -> Desk:
        """Lay out a desk."""
        return replace(super().desk(), formulas=self.ways)

    @property
    def chat(self) -> Chat:
        """The chat as it is stored."""
        return self.work.chats[HOME]


@pytest.mark.asyncio
async def test_only_what_works_here_is_offered_and_explained() -> None:
    """Everything on Telegram, no rich messages on Discord, Unicode alone in a terminal."""
    for ways, offered, said in (
        (("unicode", "rich", "picture"), ["Unicode", "rich", "picture"], ["some clients show nothing", "draws"]),
        (("unicode", "picture"), ["Unicode", "picture"], ["draws"]),
        (("unicode",), ["Unicode"], []),
    ):
        shown = await Here(blog(), ways=ways).say("/settings formulas")
        labels = [choice.label for choice in buttons(shown)][: len(ways)]
        assert labels == offered
        for words in ("some clients show nothing", "draws"):
            assert (words in text(shown)) == (words in said)


@pytest.mark.asyncio
async def test_what_does_not_work_here_is_refused_and_nothing_changes() -> None:
    """Typed, or by a button of an older message."""
    here = Here(blog(), ways=("unicode",))
    await here.say("/start")
    refused = await here.say("/settings formulas picture")
    assert text(refused).startswith('Formulas cannot come as "picture" here: they are Unicode.')
    assert here.chat.formulas == "unicode"


@pytest.mark.asyncio
async def test_a_choice_that_works_no_more_is_named_as_such() -> None:
    """As where the libraries that draw are gone: the setting stays for when they are back."""
    here = Here(blog())
    await here.say("/start")
    await here.press(await here.say("/settings formulas"), "picture")
    assert here.chat.formulas == "picture"
    here.ways = ("unicode", "rich")
    assert text(await here.say("/settings formulas")).startswith('Formulas cannot come as "picture" here')
    assert here.chat.formulas == "picture"


@dataclass
class There(Talk):
    """A conversation on a platform with settings of its own."""

    def desk(self) -> Desk:
        """Lay out a desk."""
        return replace(super().desk(), options=("roles", "publish", "tag"))


@pytest.mark.asyncio
async def test_settings_of_one_platform_have_names_and_are_explained() -> None:
    """In the reader's language, with the word that is typed; and an example of what it takes."""
    there = There(blog())
    await there.say("/language zh")
    overview = text(await there.say("/settings"))
    assert all(f"{name} · 关" in overview for name in ("提醒的角色（roles）", "自动发布（publish）", "默认标签（tag）"))
    assert "diffusion=@" in text(await there.say("/settings roles"))
