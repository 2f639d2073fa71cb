"""Formulas as pictures on Telegram: one photo with its words, and Unicode in the same delivery wherever that fails."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio

from bot.core.models import Address, Chat, Choice, Notice, Outcome, Part, Payload, PlaceKind, Sent
from bot.drawing import picture
from bot.platforms.telegram.photo import CAPTION
from bot.platforms.telegram.platform import Telegram as Platform
from bot.reading.doc import CodeBlock, Doc, Math, MathBlock, paragraph
from bot.reading.text import utf16
from tests.emulators import png
from tests.emulators.easel import Easel
from tests.emulators.telegram import Telegram
from tests.emulators.telegram_doors import House, settings
from tests.emulators.telegram_world import Entry

HOME = Address("telegram", "5")
CHAT = Chat(1, HOME, PlaceKind.PRIVATE, 1, formulas="picture")
LOSS = r"\mathcal{L}=\left\|\mathbf{v}_\theta(\mathbf{x}_t)-\frac{a}{b}\right\|^2"
POST = Notice(
    Doc(
        (
            paragraph("损失函数是 <这个>：", Math("t")),
            MathBlock(LOSS),
            paragraph("就这么简单。"),
            CodeBlock("x = 1", "py"),
        )
    ),
    title="@everyone 流匹配",
    link="https://blog.example/1",
    topics=("流匹配",),
    image="https://blog.example/1.png",
    choices=((Choice("阅读原文", url="https://blog.example/1"),),),
    silent=True,
)


@pytest_asyncio.fixture
async def telegram() -> AsyncIterator[Telegram]:
    """Give an emulator without limits."""
    async with Telegram() as server:
        server.world.add_chat(5)
        yield server


@pytest.fixture
def house() -> House:
    """Give the app's side, with somebody who draws."""
    made = House()
    made.artist = Easel()
    return made


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


def uploaded(entry: Entry) -> bytes:
    """Give the picture that a request brought."""
    return bytes.fromhex(entry.payload["formulas"]["hex"])


@pytest.mark.asyncio
async def test_a_post_comes_as_a_picture_of_its_formulas_with_its_words(platform: Platform, telegram: Telegram) -> None:
    """One message: title, excerpt with the formula in Unicode too, hashtags, button, silence; the photo below."""
    assert isinstance(await send(platform), Sent)
    (entry,) = telegram.world.ledger
    assert entry.method == "sendPhoto"
    assert entry.text.startswith("@\u2060everyone 流匹配\n\n损失函数是 <这个>：t\nℒ = ‖𝐯_θ(𝐱ₜ)")
    assert entry.text.endswith("#流匹配")
    assert {one["type"] for one in entry.entities} == {"bold", "text_link", "pre"}
    assert entry.keyboard[0][0]["url"] == "https://blog.example/1"
    assert entry.silent
    assert entry.payload["show_caption_above_media"] is True
    assert entry.payload["formulas"]["content_type"] == "image/png"
    assert uploaded(entry) == picture([LOSS])
    width, height = png.size(uploaded(entry)) or (0, 0)
    assert (width >= 800, width <= 1600, width / height <= 5) == (True, True, True)
    assert "fallback" not in entry.payload


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("notice", "chat"),
    [
        (replace(POST, body=Doc((paragraph("只有行内公式 ", Math("x_t")),))), CHAT),
        (replace(POST, body=Doc((MathBlock(r"\unknown{x}"), MathBlock(r"\text{损失}=0")))), CHAT),
        (replace(POST, body=Doc((MathBlock(LOSS), paragraph("字" * CAPTION)))), CHAT),
        (replace(POST, title=""), CHAT),
        (POST, replace(CHAT, formulas="unicode")),
    ],
)
async def test_where_there_is_nothing_to_draw_it_is_an_ordinary_message(
    platform: Platform, telegram: Telegram, house: House, notice: Notice, chat: Chat
) -> None:
    """Formulas within a line, those that the check refuses, texts too long for a caption, answers, other chats."""
    assert isinstance(await send(platform, notice, chat), Sent)
    assert [entry.method for entry in telegram.world.ledger] == ["sendMessage"]
    assert isinstance(house.artist, Easel)
    assert house.artist.drawn == []


@pytest.mark.asyncio
async def test_a_caption_may_fill_its_limit(platform: Platform, telegram: Telegram) -> None:
    """1,024 UTF-16 units are taken, one more is a text."""
    bare = replace(POST, topics=(), title="t", link=None)
    room = CAPTION - utf16("t\n\n") - utf16("\n") - utf16("a = 1")
    for length in (room, room + 1):
        body = Doc((paragraph("字" * length), MathBlock("a=1")))
        assert isinstance(await send(platform, replace(bare, body=body)), Sent)
    assert [(entry.method, utf16(entry.text)) for entry in telegram.world.ledger] == [
        ("sendPhoto", CAPTION),
        ("sendMessage", CAPTION + 1),
    ]


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "fault",
    [
        {"code": 400, "description": "Bad Request: not enough rights to send photos to the chat"},
        {"code": 400, "description": "Bad Request: PHOTO_INVALID_DIMENSIONS"},
    ],
)
async def test_a_refused_photo_is_text_in_the_same_delivery(
    platform: Platform, telegram: Telegram, fault: dict[str, Any]
) -> None:
    """Once, with its Unicode, its button and the post's own image."""
    telegram.world.fault("answer", method="sendPhoto", **fault)
    assert isinstance(await send(platform), Sent)
    (entry,) = telegram.world.ledger
    assert (entry.method, entry.silent) == ("sendMessage", True)
    assert "ℒ = ‖𝐯_θ(𝐱ₜ)" in entry.text
    assert entry.keyboard[0][0]["url"] == "https://blog.example/1"
    assert entry.payload["link_preview_options"]["url"] == "https://blog.example/1.png"


@pytest.mark.asyncio
@pytest.mark.parametrize("bad", [None, b"\x89PNG\r\n\x1a\nno picture", b"GIF89a", png.SIGNATURE * 40])
async def test_what_is_no_picture_is_text_in_the_same_delivery(
    platform: Platform, telegram: Telegram, house: House, bad: bytes | None
) -> None:
    """Nothing drawn makes no request of its own; what Telegram cannot read is refused by it, and then it is text."""
    assert isinstance(house.artist, Easel)
    house.artist.bad = bad
    assert isinstance(await send(platform), Sent)
    assert [entry.method for entry in telegram.world.ledger] == ["sendMessage"]
    tried = [(request.method, request.status) for request in telegram.world.requests]
    assert tried == ([("sendPhoto", 400)] if bad is not None else []) + [("sendMessage", 200)]


@pytest.mark.asyncio
async def test_photo_and_image_may_both_be_refused(platform: Platform, telegram: Telegram) -> None:
    """It steps down twice within one delivery: to the text, and to the text without a preview."""
    telegram.world.fault("answer", method="sendPhoto", code=400, description="Bad Request: IMAGE_PROCESS_FAILED")
    telegram.world.bad_images = frozenset({"https://blog.example/1.png"})
    assert isinstance(await send(platform), Sent)
    (entry,) = telegram.world.ledger
    assert entry.payload["link_preview_options"] == {"is_disabled": True}


@pytest.mark.asyncio
async def test_without_anybody_who_draws_it_is_text(telegram: Telegram) -> None:
    """As where the libraries are not installed."""
    platform = Platform(settings(telegram), House().doors())
    assert isinstance(await send(platform), Sent)
    assert [request.method for request in telegram.world.requests] == ["sendMessage"]
    await platform.close()


@pytest.mark.asyncio
async def test_a_photo_that_may_have_arrived_is_uncertain(platform: Platform, telegram: Telegram) -> None:
    """A link that breaks after the upload: neither sent nor free to be repeated. One that never got through is."""
    telegram.world.fault("drop", method="sendPhoto")
    assert type(await send(platform)).__name__ == "Uncertain"
    telegram.world.fault(
        "answer", method="sendPhoto", code=429, description="Too Many Requests", parameters={"retry_after": 3}
    )
    assert type(await send(platform)).__name__ == "Retry"


@pytest.mark.asyncio
async def test_a_photo_is_edited_as_a_photo(platform: Platform, telegram: Telegram) -> None:
    """Its words and its formulas; where nothing is left to draw, or nothing drawn is taken, the words alone."""
    sent = await send(platform)
    assert isinstance(sent, Sent)
    assert sent.ref.endswith("p")
    newer = replace(POST, title="改过的标题", body=Doc((MathBlock("E=mc^2"),)))
    (payload,) = platform.render(newer, CHAT)
    assert await platform.edit(sent.ref, part(payload)) == sent
    assert await platform.edit(sent.ref, part(payload)) == sent
    (_, edit) = telegram.world.ledger
    assert (edit.method, edit.text.split("\n")[0]) == ("editMessageMedia", "改过的标题")
    assert uploaded(edit) == picture(["E=mc^2"])
    assert edit.keyboard[0][0]["url"] == "https://blog.example/1"
    (bare,) = platform.render(replace(newer, title="没有公式了", body=Doc((paragraph("字" * 2000),))), CHAT)
    assert await platform.edit(sent.ref, part(bare)) == sent
    last = telegram.world.ledger[-1]
    assert (last.method, utf16(last.text), last.text[-1]) == ("editMessageCaption", CAPTION, "…")
    telegram.world.fault("answer", method="editMessageMedia", code=400, description="Bad Request: IMAGE_PROCESS_FAILED")
    assert await platform.edit(sent.ref, part(payload)) == sent
    assert telegram.world.ledger[-1].method == "editMessageCaption"


@pytest.mark.asyncio
@pytest.mark.parametrize("before", ["unicode", "rich"])
async def test_what_was_sent_as_text_stays_text(platform: Platform, telegram: Telegram, before: str) -> None:
    """A chat that chose pictures since then: its older messages are edited as they were sent."""
    sent = await send(platform, chat=replace(CHAT, formulas=before))
    assert isinstance(sent, Sent)
    (payload,) = platform.render(replace(POST, title="新"), CHAT)
    assert await platform.edit(sent.ref, part(payload)) == sent
    assert telegram.world.ledger[-1].method == "editMessageText"
    assert telegram.world.ledger[-1].text.startswith("新")


def test_drawing_up_a_message_is_pure_and_small() -> None:
    """The payload holds the TeX, not the picture: what is stored is small, and the same after a crash."""
    made = Platform(settings(Telegram()))
    (payload,) = made.render(POST, CHAT)
    assert payload["method"] == "sendPhoto"
    assert payload["formulas"] == [LOSS]
    assert payload["fallback"] == made.render(POST, replace(CHAT, formulas="unicode"))[0]
    assert made.plainly(payload) == made.plainly(made.render(POST, replace(CHAT, formulas="unicode"))[0])
