"""Formulas as TeX, pictures, and edits: what is refused arrives all the same, in the same delivery."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from bot.core.models import Address, Chat, Choice, Notice, Outcome, Part, Payload, PlaceKind, Rejected, Sent
from bot.platforms.telegram.draw import draw
from bot.platforms.telegram.platform import Telegram as Platform
from bot.platforms.telegram.rich import rich
from bot.reading import doc as d
from bot.reading.doc import Doc, paragraph
from tests.emulators.telegram import Telegram
from tests.emulators.telegram_doors import House, settings
from tests.emulators.telegram_rich import check_rich
from tests.emulators.telegram_rules import autolinks

HOME = Address("telegram", "5")
CHAT = Chat(1, HOME, PlaceKind.PRIVATE, 1, formulas="rich")
BODY = Doc(
    (
        paragraph("一步加噪：", d.Math(r"x_t=(1-t)x_0+t\varepsilon"), " 就这么简单 <&>"),
        d.MathBlock(r"\frac{a}{b}"),
        d.CodeBlock("x < y", "python"),
    )
)
POST = Notice(
    BODY,
    title="@everyone /stop 扩散",
    link="https://blog.example/1",
    topics=("扩散模型",),
    choices=((Choice("阅读原文", url="https://blog.example/1"),),),
)


@pytest_asyncio.fixture
async def telegram() -> AsyncIterator[Telegram]:
    """Give an emulator without limits."""
    async with Telegram() as server:
        yield server


@pytest.fixture
def house() -> House:
    """Give the app's side."""
    return House()


@pytest_asyncio.fixture
async def platform(telegram: Telegram, house: House) -> AsyncIterator[Platform]:
    """Give the platform."""
    made = Platform(settings(telegram), house.doors())
    yield made
    await made.close()


def part(payload: Payload) -> Part:
    """Make a part."""
    return Part(1, 1, 0, "n", payload, HOME)


async def send(platform: Platform, notice: Notice = POST, chat: Chat = CHAT) -> Outcome:
    """Draw a notice and send it."""
    (payload,) = platform.render(notice, chat)
    return await platform.send(part(payload))


# -- rich -------------------------------------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_formulas_travel_as_tex_where_the_chat_wants_that(platform: Platform, telegram: Telegram) -> None:
    """One rich message with both kinds of formulas, its words escaped, its buttons there."""
    assert isinstance(await send(platform), Sent)
    (entry,) = telegram.world.ledger
    message = telegram.world.messages[5, entry.message_id]
    assert entry.method == "sendRichMessage"
    assert message["formulas"] == [r"x_t=(1-t)x_0+t\varepsilon", r"\frac{a}{b}"]
    assert "就这么简单 <&>" in message["rich"]
    assert "x < y" in message["rich"]
    assert message["links"] == ["https://blog.example/1"]
    assert entry.keyboard[0][0]["url"] == "https://blog.example/1"
    assert autolinks(message["rich"]) == [("hashtag", "#扩散模型")]


@pytest.mark.asyncio
async def test_without_formulas_and_without_the_wish_it_is_an_ordinary_message(
    platform: Platform, telegram: Telegram
) -> None:
    """Rich messages are shown by fewer clients: they are used for formulas alone."""
    await send(platform, replace(POST, body=Doc((paragraph("没有公式"),))))
    await send(platform, chat=replace(CHAT, formulas="unicode"))
    assert [entry.method for entry in telegram.world.ledger] == ["sendMessage", "sendMessage"]
    assert "𝐱" not in telegram.world.ledger[1].text
    assert "xₜ = (1−t)x₀ + tε" in telegram.world.ledger[1].text


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "fault",
    [
        {"code": 400, "description": "Bad Request: can't parse rich message"},
        {"code": 404, "description": "Not Found: method not found"},
    ],
)
async def test_a_refused_rich_message_is_unicode_in_the_same_delivery(
    platform: Platform, telegram: Telegram, house: House, fault: dict[str, Any]
) -> None:
    """Whatever it is refused for, also by a server that does not know the method; the chat keeps Unicode."""
    telegram.world.fault("answer", method="sendRichMessage", **fault)
    assert isinstance(await send(platform), Sent)
    (entry,) = telegram.world.ledger
    assert entry.method == "sendMessage"
    assert "xₜ = (1−t)x₀ + tε" in entry.text
    assert entry.keyboard
    assert entry.entities
    assert house.formulas == [(HOME, "unicode")]


@pytest.mark.asyncio
async def test_a_bad_token_is_no_refusal_of_the_message(platform: Platform, telegram: Telegram, house: House) -> None:
    """A token that Telegram does not know says the same 404, and changes no chat's settings."""
    telegram.revoked = True
    result = await send(platform)
    assert getattr(result, "reason", "") == "bad_token"
    assert house.formulas == []


@pytest.mark.asyncio
async def test_refused_in_every_form_it_is_refused(platform: Platform, telegram: Telegram) -> None:
    """Then the lane makes plain text of it, from the same words."""
    telegram.world.fault("answer", method="*", code=400, description="Bad Request: no", times=9)
    (payload,) = platform.render(POST, CHAT)
    assert isinstance(await platform.send(part(payload)), Rejected)
    plain = platform.plainly(payload)
    assert plain["method"] == "sendMessage"
    assert "entities" not in plain
    assert "xₜ = (1−t)x₀ + tε" in str(plain["text"])


def test_a_formula_that_is_not_sound_is_unicode_beside_others() -> None:
    """Unbalanced, unknown and endless TeX is never sent as TeX."""
    bad = (r"\frac{a", r"\unknowncommand{x}", "x" * 5000)
    body = Doc(tuple(paragraph(d.Math(tex)) for tex in (*bad, "a^2")))
    text, formulas, _ = check_rich({"html": rich(Notice(body), "", ())}, frozenset())
    assert formulas == ["a^2"]
    assert "\\frac{a" not in text


def test_a_long_text_is_sent_in_ordinary_messages() -> None:
    """What takes several messages has no single replacement, so it is not rich."""
    body = Doc((*BODY.blocks, *(paragraph("长" * 900) for _ in range(9))))
    payloads = draw(replace(POST, body=body), CHAT)
    assert len(payloads) > 1
    assert {payload["method"] for payload in payloads} == {"sendMessage"}


_WORDS = st.text(st.sampled_from("ab<>&\"'@/#\n 扩"), max_size=8)
_INLINE: st.SearchStrategy[d.Inline] = st.recursive(
    st.one_of(
        st.builds(d.Text, _WORDS),
        st.just(d.Break()),
        st.builds(d.CodeSpan, _WORDS),
        st.builds(d.Math, st.sampled_from(["a^2", "x<y", r"\frac{1}{2}", r"\frac{1", "&", ""])),
        st.builds(d.InlineImage, st.just("https://x.example/i"), _WORDS),
    ),
    lambda inner: st.one_of(
        st.builds(d.Styled, st.sampled_from(["bold", "sub", "mark", "spoiler", "odd"]), st.tuples(inner)),
        st.builds(d.Link, st.sampled_from(["https://x.example/?a=1&b=2", "tg://user?id=1"]), st.tuples(inner, inner)),
    ),
    max_leaves=4,
)
_LINE = st.lists(_INLINE, max_size=3).map(tuple)
_BLOCK: st.SearchStrategy[d.Block] = st.recursive(
    st.one_of(
        st.builds(d.Paragraph, _LINE),
        st.builds(d.Heading, st.integers(1, 6), _LINE),
        st.builds(d.MathBlock, st.sampled_from(["a^2", "x<y", r"\begin{cases}a", r"a\\b"])),
        st.builds(d.CodeBlock, _WORDS, st.sampled_from(["", "c++", '"'])),
        st.builds(d.Image, st.just("https://x.example/i.png"), _WORDS),
        st.builds(d.Table, st.lists(st.lists(_LINE, max_size=3).map(tuple), max_size=3).map(tuple), st.booleans()),
    ),
    lambda inner: st.one_of(
        st.builds(d.Quote, st.lists(inner, max_size=2).map(tuple)),
        st.builds(d.Listing, st.sampled_from([None, 1, 3]), st.lists(st.tuples(inner), max_size=2).map(tuple)),
    ),
    max_leaves=6,
)


@given(blocks=st.lists(_BLOCK, max_size=5).map(tuple), title=_WORDS)
@hypothesis_settings(max_examples=150, deadline=None)
def test_whatever_a_post_holds_its_html_is_taken(blocks: tuple[d.Block, ...], title: str) -> None:
    """Tags are closed and known, formulas sound, and no link leads into Telegram."""
    html = rich(Notice(Doc(blocks), title=title, link="https://x.example/"), "a & b", ("#tag",))
    if html:
        text, formulas, links = check_rich({"html": html}, frozenset())
        assert formulas
        assert all(link.startswith("https://") for link in links)
        assert "<details" not in html
        assert text


# -- pictures ---------------------------------------------------------------------------------------------------------

PICTURE = "https://blog.example/p.png"


@pytest.mark.asyncio
async def test_a_picture_that_telegram_refuses_leaves_the_words(platform: Platform, telegram: Telegram) -> None:
    """The card goes, everything else stays; a chat without pictures is not asked."""
    telegram.world.bad_images = frozenset({PICTURE})
    notice = replace(POST, image=PICTURE)
    plain = replace(CHAT, formulas="unicode")
    assert isinstance(await send(platform, notice, plain), Sent)
    (entry,) = telegram.world.ledger
    assert entry.payload["link_preview_options"] == {"is_disabled": True}
    assert entry.keyboard
    assert entry.entities
    await send(platform, notice, replace(plain, images="off"))
    assert [one.status for one in telegram.world.requests] == [400, 200, 200]


# -- edits ------------------------------------------------------------------------------------------------------------


@pytest.mark.asyncio
@pytest.mark.parametrize("formulas", ["rich", "unicode"])
async def test_a_message_is_edited_in_the_kind_that_it_was_sent_as(
    platform: Platform, telegram: Telegram, formulas: str
) -> None:
    """Also where the chat has chosen otherwise since."""
    sent = await send(platform, chat=replace(CHAT, formulas=formulas))
    assert isinstance(sent, Sent)
    (newer,) = platform.render(replace(POST, title="改过的标题"), CHAT)
    assert await platform.edit(sent.ref, part(newer)) == sent
    (bare,) = platform.render(replace(POST, title="没有公式了", body=Doc((paragraph("只有字。"),))), CHAT)
    (_, entry) = telegram.world.ledger
    assert await platform.edit(sent.ref, part(bare)) == sent
    assert "没有公式了" in telegram.world.ledger[-1].text
    assert entry.method == "editMessageText"
    assert "改过的标题" in entry.text
    assert ("rich_message" in entry.payload) == (formulas == "rich")
    assert "disable_notification" not in entry.payload
    assert entry.keyboard


@pytest.mark.asyncio
async def test_an_edit_that_changes_nothing_is_done_and_one_that_finds_nothing_refused(
    platform: Platform, telegram: Telegram
) -> None:
    """Neither is tried again."""
    chat = replace(CHAT, formulas="unicode")
    sent = await send(platform, chat=chat)
    assert isinstance(sent, Sent)
    (payload,) = platform.render(POST, chat)
    assert await platform.edit(sent.ref, part(payload)) == sent
    assert await platform.edit("999", part(payload)) == Rejected("Message to edit not found")
    assert len(telegram.world.ledger) == 1


@pytest.mark.asyncio
async def test_an_edit_meets_limits_like_a_message(platform: Platform, telegram: Telegram) -> None:
    """A 429 is waited out by the lane."""
    sent = await send(platform)
    assert isinstance(sent, Sent)
    telegram.world.fault("answer", method="editMessageText", code=429, parameters={"retry_after": 3})
    (payload,) = platform.render(replace(POST, title="新"), CHAT)
    assert getattr(await platform.edit(sent.ref, part(payload)), "seconds", None) == 3.0
