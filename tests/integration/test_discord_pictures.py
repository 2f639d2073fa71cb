"""Formulas as pictures on Discord: under the embed, with the same nonce; without them wherever they are refused."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio

from bot.core.models import Address, Chat, Notice, Part, PlaceKind, Sent, Uncertain
from bot.drawing import picture
from bot.platforms.discord.platform import Discord as Platform
from bot.reading.doc import Doc, Math, MathBlock, paragraph
from tests.emulators import discord_rules as rules
from tests.emulators.discord import Discord
from tests.emulators.discord_doors import START, House, StillClock, settings
from tests.emulators.discord_records import Entry
from tests.emulators.discord_world import GUILD
from tests.emulators.easel import Easel

CHANNEL = "500000000000000001"
FORUM = "500000000000000002"
CHAT = Chat(1, Address("discord", CHANNEL), PlaceKind.GROUP, 1, formulas="picture")
LOSS = r"\mathcal{L}=\sum_{i=1}^n\frac{a_i}{b}"
NOTICE = Notice(
    Doc((paragraph("The loss:", Math("t")), MathBlock(LOSS))),
    title="Flow matching",
    link="https://b.example/flow",
    topics=("Diffusion",),
    image="https://b.example/flow.png",
)
NO_FILES = {"id": GUILD, "type": 0, "allow": "0", "deny": str(rules.ATTACH)}


@pytest.fixture
def easel() -> Easel:
    """Give somebody who draws."""
    return Easel()


@pytest.fixture
def clock() -> StillClock:
    """Give the clock that the bot and Discord share."""
    return StillClock()


@pytest_asyncio.fixture
async def discord(clock: StillClock) -> AsyncIterator[Discord]:
    """Run a Discord with a text channel and a forum."""
    async with Discord(clock=clock.seconds) as server:
        server.world.add_channel(CHANNEL)
        server.world.add_channel(FORUM, rules.FORUM, name="forum")
        yield server


@pytest_asyncio.fixture
async def platform(discord: Discord, easel: Easel, clock: StillClock) -> AsyncIterator[Platform]:
    """Give the platform."""
    house = House(clock)
    house.artist = easel
    made = Platform(settings(discord), house.doors())
    yield made
    await made.close()


def part(platform: Platform, notice: Notice = NOTICE, chat: Chat = CHAT, place: str = CHANNEL) -> Part:
    """Make a part of a post's message."""
    (payload,) = platform.render(notice, chat)
    return Part(1, 1, 0, "n1", payload, Address("discord", place), first_try=START)


def shown(entry: Entry) -> str:
    """Give the address of the picture that a message shows."""
    return str(entry.embeds[0].get("image", {}).get("url", ""))


@pytest.mark.asyncio
async def test_the_picture_stands_under_the_embed(platform: Platform, discord: Discord) -> None:
    """The words stay, the post's own image moves to the corner, the nonce goes with it, the file is what was drawn."""
    assert isinstance(await platform.send(part(platform)), Sent)
    (entry,) = discord.world.ledger
    assert shown(entry) == "attachment://formulas.png"
    assert entry.embeds[0]["thumbnail"] == {"url": "https://b.example/flow.png"}
    assert "ℒ = ∑ᵢ₌₁ⁿ aᵢ/b" in entry.embeds[0]["description"]
    assert bytes.fromhex(entry.payload["files"]["formulas.png"]) == picture([LOSS])
    assert (entry.payload["nonce"], entry.payload["enforce_nonce"]) == ("n1", True)
    assert "formulas" not in entry.payload


@pytest.mark.asyncio
async def test_a_lost_answer_is_repeated_with_the_same_nonce(platform: Platform, discord: Discord) -> None:
    """There is one message."""
    discord.world.fault("drop", path=f"/channels/{CHANNEL}/messages")
    first = part(platform)
    assert isinstance(await platform.send(first), Uncertain)
    assert isinstance(await platform.send(replace(first, attempts=1, uncertain=1)), Sent)
    assert len(discord.world.ledger) == 1


@pytest.mark.asyncio
async def test_where_files_are_not_allowed_the_message_comes_without(platform: Platform, discord: Discord) -> None:
    """In the same delivery, in channels and forums; nothing is closed for it."""
    for place in (CHANNEL, FORUM):
        discord.world.channels[place].overwrites = [NO_FILES]
    discord.world.fault("answer", path=f"/channels/{FORUM}/threads", status=403)
    assert isinstance(await platform.send(part(platform)), Sent)
    assert isinstance(await platform.send(part(platform, place=FORUM)), Sent)
    assert [shown(entry) for entry in discord.world.ledger] == ["https://b.example/flow.png"] * 2
    assert all("files" not in entry.payload for entry in discord.world.ledger)


@pytest.mark.asyncio
@pytest.mark.parametrize("bad", [None, b"GIF89a", b"\x89PNG\r\n\x1a\nno picture"])
async def test_what_is_no_picture_is_left_out(
    platform: Platform, discord: Discord, easel: Easel, bad: bytes | None
) -> None:
    """Nothing drawn is one request; what Discord cannot read is two."""
    easel.bad = bad
    assert isinstance(await platform.send(part(platform)), Sent)
    assert [shown(entry) for entry in discord.world.ledger] == ["https://b.example/flow.png"]
    posted = [request.status for request in discord.world.requests if request.method == "POST"]
    assert posted == ([400] if bad is not None else []) + [200]


@pytest.mark.asyncio
async def test_a_forums_thread_begins_with_the_picture(platform: Platform, discord: Discord) -> None:
    """It goes with the thread's first message."""
    assert isinstance(await platform.send(part(platform, place=FORUM)), Sent)
    (entry,) = discord.world.ledger
    assert (entry.kind, shown(entry)) == ("thread", "attachment://formulas.png")


@pytest.mark.asyncio
async def test_an_edit_brings_the_new_picture_or_takes_it_away(platform: Platform, discord: Discord) -> None:
    """A message follows its post's formulas, unlike a text that becomes a photo."""
    sent = await platform.send(part(platform))
    assert isinstance(sent, Sent)
    newer = replace(NOTICE, body=Doc((MathBlock("E=mc^2"),)))
    assert await platform.edit(sent.ref, part(platform, newer)) == sent
    edit = discord.world.ledger[-1]
    assert bytes.fromhex(edit.payload["files"]["formulas.png"]) == picture(["E=mc^2"])
    bare = replace(NOTICE, body=Doc((paragraph("none"),)))
    assert await platform.edit(sent.ref, part(platform, bare)) == sent
    assert discord.world.ledger[-1].payload["attachments"] == []
    assert shown(discord.world.ledger[-1]) == "https://b.example/flow.png"


@pytest.mark.asyncio
async def test_other_chats_and_posts_get_no_picture(platform: Platform, discord: Discord, easel: Easel) -> None:
    """Chats that did not ask, formulas within lines, answers: nothing is drawn."""
    inline = replace(NOTICE, body=Doc((paragraph("inline ", Math("x_t")),)))
    for notice, chat in (
        (NOTICE, replace(CHAT, formulas="unicode")),
        (inline, CHAT),
        (replace(NOTICE, title=""), CHAT),
    ):
        assert isinstance(await platform.send(replace(part(platform, notice, chat), nonce=str(id(notice)))), Sent)
    assert easel.drawn == []
