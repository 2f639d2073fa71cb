"""Answers on Discord that are refused, that would be shown to the wrong people, and surveys of odd places."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import discord as library
import pytest
import pytest_asyncio

from bot.core.models import Address, Sent
from bot.platforms import discord as room
from bot.platforms.discord import talk
from bot.platforms.discord.ground import Ground
from tests.emulators import discord_rules as rules
from tests.emulators.discord import Discord
from tests.emulators.discord_doors import House, answer, settings
from tests.emulators.discord_world import GUILD
from tests.integration.test_discord_gateway import ADMIN, CHANNEL, _grid, shown, until
from tests.integration.test_discord_sender import written


@pytest_asyncio.fixture
async def discord() -> AsyncIterator[Discord]:
    """Run a Discord with a channel and an admin."""
    async with Discord() as server:
        server.world.add_channel(CHANNEL)
        server.world.set_role(rules.EVERYONE | rules.MANAGE_CHANNELS, "55")
        server.world.guilds[GUILD].members |= {ADMIN: ["55"]}
        yield server


@pytest_asyncio.fixture
async def house(discord: Discord, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    """Let the platform listen, for the app's side."""
    monkeypatch.setattr(talk, "PATIENCE", 0.05)
    made = House()
    platform = room.build(settings(discord), made.doors())
    assert platform is not None
    async with platform.listen(made.answer):
        await until(lambda: bool(discord.world.commands and discord.sockets.identified))
        yield made


@pytest.mark.asyncio
async def test_a_late_answer_that_is_refused_is_given_in_plain_words(discord: Discord, house: House) -> None:
    """Who was told to wait does not wait in vain: what Discord refuses for its looks comes without them."""
    house.pause = 0.2
    house.says = lambda _: _grid("a")
    refused = discord.world.fault("answer", method="PATCH", path="/webhooks/", status=400, code=50035, message="bad")
    made = discord.people.slash(ADMIN, CHANNEL, "topics")
    message = await shown(made)
    assert made.kind == 5
    assert refused.times == 0
    assert (message["content"], message["components"]) == ("-# done\nnow: a", [])
    assert message["flags"] & rules.EPHEMERAL


@pytest.mark.asyncio
async def test_a_late_grid_that_is_refused_takes_the_old_ones_buttons_away(discord: Discord, house: House) -> None:
    """In place of a message stand the words alone, without what its buttons were."""
    house.says = lambda _: _grid("a")
    message = await shown(discord.people.slash(ADMIN, CHANNEL, "topics"))
    house.pause = 0.2
    discord.world.fault("answer", method="PATCH", path="/webhooks/", status=400, code=50035, message="bad")
    changed = await shown(discord.people.press(ADMIN, message, "next"))
    assert (changed["id"], changed["content"], changed["components"]) == (message["id"], "-# done\nnow: a", [])


@pytest.mark.asyncio
async def test_a_sample_that_is_no_post_is_shown_to_its_asker(discord: Discord, house: House) -> None:
    """Where no post passes, who asked for a sample reads that, and nobody else."""
    message = await shown(discord.people.slash(ADMIN, CHANNEL, "subscribe", locale="en-US"))
    house.says = lambda ask: answer(f"none ({ask.speaks})")
    told = await shown(discord.people.press(ADMIN, message, "Send a sample", locale="en-US"))
    assert told["content"] == "none (en)"
    assert [entry for entry in discord.world.ledger if entry.kind == "create"] == []


@pytest.mark.asyncio
async def test_a_channel_that_becomes_one_for_announcements_publishes(discord: Discord) -> None:
    """What is remembered of a channel does not outlive its change: from then on posts are published."""
    platform = room.build(settings(discord), House().doors())
    assert platform is not None
    one = written(CHANNEL, ("publish", "on"))
    async with platform.listen(House().answer):
        await until(lambda: bool(discord.world.commands and discord.sockets.identified))
        assert isinstance(await platform.send(one), Sent)
        discord.world.update_channel(CHANNEL, type=rules.ANNOUNCEMENTS)
        await until(lambda: CHANNEL not in platform._channels._known)
        assert isinstance(await platform.send(replace(one, nonce="another")), Sent)
    assert [entry.kind for entry in discord.world.ledger] == ["create", "create", "crosspost"]


@pytest.mark.asyncio
async def test_a_thread_without_its_parent_keeps_no_other_place_from_being_surveyed() -> None:
    """Discord may not show a thread's channel: nothing is known of the thread then, and the survey goes on."""
    house = House()
    thread = library.Thread.__new__(library.Thread)
    thread.guild = cast("Any", SimpleNamespace(get_channel=lambda _: None, me=None))
    thread.parent_id, thread.locked, thread.archived = 9, False, False
    can = SimpleNamespace(value=(1 << 60) - 1)
    text = library.TextChannel.__new__(library.TextChannel)
    text.guild = cast("Any", SimpleNamespace(me=None))
    text._type = 0
    spots = {1: thread, 2: text}
    house.stored = {Address("discord", "1"): "no_rights", Address("discord", "2"): "no_rights"}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(library.TextChannel, "permissions_for", lambda *_: can)
        ground = Ground(cast("Any", SimpleNamespace(get_channel=spots.get)), house.doors())
        ground.look_again()
        await until(lambda: house.opened)
        await ground.stop()
    assert house.opened == [Address("discord", "2")]
