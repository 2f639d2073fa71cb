from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import pytest_asyncio

from bot.core.models import Address, Choice, Notice, PlaceKind, Reply
from bot.platforms import discord as room
from bot.platforms.discord import gateway
from bot.reading.doc import Doc, paragraph
from tests.emulators import discord_rules as rules
from tests.emulators.discord import Discord
from tests.emulators.discord_doors import House, answer, settings
from tests.emulators.discord_interactions import Interaction
from tests.emulators.discord_world import GUILD

CHANNEL = "500000000000000001"
OTHER = "500000000000000002"
ADMIN = "100000000000000001"
MEMBER = "100000000000000002"
FOREIGN = "990000000000000001"
HERE = Address("discord", CHANNEL)


@pytest_asyncio.fixture
async def discord() -> AsyncIterator[Discord]:
    """Run a Discord: a server with two channels, an admin and a member."""
    async with Discord() as server:
        world = server.world
        world.add_channel(CHANNEL)
        world.add_channel(OTHER, name="other")
        world.set_role(rules.EVERYONE | rules.MANAGE_CHANNELS, "55")
        world.guilds[GUILD].members |= {ADMIN: ["55"], MEMBER: []}
        yield server


@pytest.fixture
def house() -> House:
    """Give the app's side."""
    return House()


@pytest_asyncio.fixture
async def running(discord: Discord, house: House) -> AsyncIterator[None]:
    """Let the platform listen."""
    platform = room.build(settings(discord), house.doors())
    assert platform is not None
    async with platform.listen(house.answer):
        await until(lambda: bool(discord.world.commands and discord.sockets.identified))
        yield


async def until(happened: Callable[[], Any], seconds: float = 10.0) -> None:
    """Wait until something happened."""
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end, "it never happened"
        await asyncio.sleep(0.01)


async def shown(interaction: Interaction) -> dict[str, Any]:
    """Wait for an interaction's answer and give it."""
    await until(lambda: interaction.shown)
    assert interaction.shown is not None
    return interaction.shown


@pytest.mark.asyncio
async def test_a_command_is_answered_to_its_asker_alone(discord: Discord, house: House, running: None) -> None:
    """The options become the line of arguments; the answer is ephemeral, and speaks the asker's language."""
    made = discord.people.slash(ADMIN, CHANNEL, "topics", topic="扩散 模型", feed="#3")
    message = await shown(made)
    assert message["flags"] & rules.EPHEMERAL
    (ask,) = house.asks
    assert (ask.address, ask.kind, ask.name) == (HERE, PlaceKind.GROUP, "topics")
    assert ask.args == '"扩散 模型" feed:"#3"'
    assert (ask.asker.id, ask.asker.admin, ask.speaks, ask.place_title) == (ADMIN, True, "zh", "Server #general")
