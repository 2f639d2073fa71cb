from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import pytest_asyncio

from bot.commands.why import NO_POST
from bot.core.models import Address, Choice, Notice, PlaceKind, Reply
from bot.platforms import discord as room
from bot.platforms.discord import gateway, ground, talk
from bot.reading.doc import Doc, paragraph
from tests.emulators import discord_rules as rules
from tests.emulators.discord import Discord
from tests.emulators.discord_doors import House, answer, settings
from tests.emulators.discord_interactions import Interaction
from tests.emulators.discord_world import GUILD
from tests.emulators.proxy import Proxy

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


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let what waits for seconds wait for a moment."""
    monkeypatch.setattr(talk, "PATIENCE", 0.1)
    monkeypatch.setattr(ground, "SETTLE", 0.05)


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


@pytest.mark.asyncio
async def test_who_may_not_manage_channels_is_offered_direct_messages(
    discord: Discord, house: House, running: None
) -> None:
    """Nothing is done; one press subscribes the member's own direct messages, and says so there."""
    made = discord.people.slash(MEMBER, CHANNEL, "subscribe", locale="en-US", topic="diffusion")
    message = await shown(made)
    assert message["content"].startswith("Only admins can change this here.")
    assert house.asks == []
    pressed = discord.people.press(MEMBER, message, "Send to my DMs", locale="en-US")
    told = await shown(pressed)
    assert (told["content"], told["flags"] & rules.EPHEMERAL) == ("It is in your direct messages.", rules.EPHEMERAL)
    (ask,) = house.asks
    assert (ask.address, ask.kind, ask.args) == (Address("discord", f"@{MEMBER}"), PlaceKind.PRIVATE, '"diffusion"')
    direct = discord.world.direct(MEMBER)
    assert [entry.content for entry in discord.world.ledger if entry.channel == direct.id] == ['subscribe: "diffusion"']


@pytest.mark.asyncio
async def test_refused_direct_messages_name_the_switch(discord: Discord, house: House, running: None) -> None:
    """Whoever has direct messages switched off reads which switch that is, and the place is closed."""
    discord.world.closed_dms.add(MEMBER)
    made = discord.people.slash(MEMBER, CHANNEL, "subscribe", locale="en-US", private=True)
    assert '"Direct Messages" in the Privacy Settings' in (await shown(made))["content"]
    assert house.closed == [(Address("discord", f"@{MEMBER}"), "dms_closed")]


@pytest.mark.asyncio
async def test_missing_permissions_are_named_all_at_once(discord: Discord, house: House, running: None) -> None:
    """Subscribing a channel where the bot lacks rights says which, by the names in the asker's Discord, and where."""
    discord.world.update_channel(OTHER, overwrites=[_deny(rules.SEND | rules.EMBED | rules.HISTORY)])
    made = discord.people.slash(ADMIN, OTHER, "subscribe", locale="en-US")
    content = (await shown(made))["content"]
    assert 'I lack "Send Messages, Embed Links, Read Message History" in Server #other' in content
    made = discord.people.slash(ADMIN, OTHER, "subscribe", locale="zh-CN")
    assert "我在 Server #other 缺少「发送消息、嵌入链接、阅读消息历史记录」权限" in (await shown(made))["content"]
    await asyncio.sleep(0)
    made = discord.people.slash(ADMIN, CHANNEL, "subscribe", locale="en-US", channel=OTHER)
    assert "Send Messages, Embed Links" in (await shown(made))["content"]
    assert house.asks[-1].address == Address("discord", OTHER)


def _deny(bits: int) -> dict[str, Any]:
    return {"id": GUILD, "type": 0, "deny": str(bits), "allow": "0"}


@pytest.mark.asyncio
async def test_a_sample_goes_where_the_posts_will(discord: Discord, house: House, running: None) -> None:
    """After subscribing, one press shows the newest post to everybody there, in the chat's own language."""
    message = await shown(discord.people.slash(ADMIN, CHANNEL, "subscribe", locale="en-US"))
    house.says = lambda ask: Reply(Notice(Doc((paragraph("…"),)), title=f"{ask.name}: {ask.args}"))
    told = await shown(discord.people.press(ADMIN, message, "Send a sample", locale="en-US"))
    assert told["content"] == "The sample is there."
    (sample,) = [entry for entry in discord.world.ledger if entry.kind == "create"]
    assert (sample.channel, sample.embeds[0]["title"]) == (CHANNEL, "latest: 1")
    assert (house.asks[-1].name, house.asks[-1].speaks) == ("latest", "")
    told = await shown(discord.people.press(MEMBER, message, "Send a sample", locale="en-US"))
    assert "admins" in told["content"]


@pytest.mark.asyncio
async def test_rights_in_another_channel_are_those_of_that_channel(
    discord: Discord, house: House, running: None
) -> None:
    """An admin of one channel is none of another; a button reads it again, and nothing in the button counts."""
    allow = {"id": MEMBER, "type": 1, "deny": "0", "allow": str(rules.MANAGE_CHANNELS)}
    discord.world.update_channel(CHANNEL, overwrites=[allow])
    await shown(discord.people.slash(MEMBER, CHANNEL, "topics"))
    assert house.asks[-1].asker.admin
    refused = await shown(discord.people.slash(MEMBER, CHANNEL, "topics", channel=OTHER, locale="en-US"))
    assert refused["content"].startswith("Only admins")
    house.says = lambda _: _grid()
    grid = await shown(discord.people.slash(ADMIN, CHANNEL, "topics", channel=OTHER))
    await shown(discord.people.press(MEMBER, grid, "next"))
    assert (house.asks[-1].address, house.asks[-1].asker.admin) == (Address("discord", OTHER), False)
    await shown(discord.people.press(ADMIN, grid, "next"))
    assert (house.asks[-1].address, house.asks[-1].asker.admin) == (Address("discord", OTHER), True)


def _grid(*ticked: str) -> Reply:
    boxes = tuple(
        Choice(name, f"topics {'-' if name in ticked else '+'}{name} p0", on=name in ticked) for name in "abc"
    )
    body = Doc((paragraph(f"now: {', '.join(ticked)}"),))
    rows = (boxes, (Choice("next", "topics p1"),))
    return Reply(Notice(body, choices=rows), edits=True, toast="done")


@pytest.mark.asyncio
async def test_boxes_are_ticked_in_a_menu(discord: Discord, house: House, running: None) -> None:
    """Only what changed is done, in the order of the boxes; the grid replaces itself and says what happened."""
    house.says = lambda ask: _grid() if not ask.pressed else _grid("a", "c")
    message = await shown(discord.people.slash(ADMIN, CHANNEL, "topics"))
    chosen = discord.people.choose(ADMIN, message, "a", "c")
    grid = await shown(chosen)
    assert [ask.args for ask in house.asks[1:]] == ["+a p0", "+c p0"]
    assert all(ask.pressed and ask.asker.admin for ask in house.asks[1:])
    assert grid["id"] == message["id"]
    assert grid["content"] == "-# done\nnow: a, c"
    options = grid["components"][0]["components"][0]["options"]
    assert [option["default"] for option in options] == [True, False, True]
    again = discord.people.choose(ADMIN, grid, "a", "c")
    await until(lambda: again.kind == 6)
    assert len(house.asks) == 3


@pytest.mark.asyncio
async def test_what_excludes_the_rest_is_chosen_alone(discord: Discord, house: House, running: None) -> None:
    """Another language, listed before the one that is ticked: only the new one is asked for, so that it stays."""
    row = tuple(Choice(each, f"language {each}", on=each == "en", sole=True) for each in ("zh", "zh-TW", "en"))
    house.says = lambda _: Reply(Notice(Doc((paragraph("?"),)), choices=(row,)))
    message = await shown(discord.people.slash(ADMIN, CHANNEL, "language"))
    await shown(discord.people.choose(ADMIN, message, "zh"))
    assert [(ask.name, ask.args) for ask in house.asks[1:]] == [("language", "zh")]


@pytest.mark.asyncio
async def test_buttons_go_on_working_after_a_restart(discord: Discord, house: House) -> None:
    """What a button does stands in it: another process does it, and goes by the rights of that moment."""
    platform = room.build(settings(discord), house.doors())
    assert platform is not None
    house.says = lambda _: _grid("a")
    async with platform.listen(house.answer):
        await until(lambda: bool(discord.world.commands and discord.sockets.identified))
        message = await shown(discord.people.slash(ADMIN, CHANNEL, "topics"))
    fresh = House()
    fresh.notes = house.notes
    again = room.build(settings(discord), fresh.doors())
    assert again is not None
    async with again.listen(fresh.answer):
        await until(lambda: len(discord.sockets.identified) == 2)
        await shown(discord.people.press(ADMIN, message, "next"))
        await shown(discord.people.choose(MEMBER, message, "a", "b"))
    assert [(ask.args, ask.asker.admin) for ask in fresh.asks] == [("p1", True), ("+b p0", False)]
    assert discord.world.syncs == 1


@pytest.mark.asyncio
async def test_a_slow_answer_is_announced(discord: Discord, house: House, running: None) -> None:
    """What takes long asks for more time first, and answers in place of that."""
    house.pause = 0.3
    made = discord.people.slash(ADMIN, CHANNEL, "status")
    message = await shown(made)
    assert made.kind == 5
    assert made.answered - made.time < 0.3
    assert message["flags"] & rules.EPHEMERAL
    house.says = lambda _: _grid("a")
    made = discord.people.slash(ADMIN, CHANNEL, "topics")
    message = await shown(made)
    pressed = discord.people.press(ADMIN, message, "next")
    await shown(pressed)
    assert pressed.kind == 6
    assert len(made.answers) == 1


@pytest.mark.asyncio
async def test_what_nobody_waits_for_any_more_is_not_done(discord: Discord, house: House, running: None) -> None:
    """An interaction that arrives after its three seconds changes nothing: its sender was told that it failed."""
    discord.world.clock = lambda: time.time() - 5
    made = discord.people.slash(ADMIN, CHANNEL, "topics", topic="a")
    discord.world.clock = time.time
    await until(lambda: any("callback" in request.path for request in discord.world.requests))
    await until(lambda: not made.kind)
    await asyncio.sleep(0.05)
    assert house.asks == []


@pytest.mark.asyncio
async def test_suggestions_while_somebody_types(discord: Discord, house: House, running: None) -> None:
    """At most 25, and what is asked for is what was typed, for whom it is meant."""
    house.offers = [(f"主题{number}", f"t{number}") for number in range(40)]
    made = discord.people.type(ADMIN, CHANNEL, "subscribe", "topic", "主")
    await until(lambda: made.kind == 8)
    assert len(made.suggestions) == 25
    assert made.suggestions[0] == {"name": "主题0", "value": "t0"}
    ((ask, what),) = house.typed
    assert (ask.args, what, ask.address) == ("主", "topic", HERE)


@pytest.mark.asyncio
async def test_direct_messages_are_answered_openly(discord: Discord, house: House, running: None) -> None:
    """In a direct message nobody else reads along: the place is the person, the answer stays, all is allowed."""
    direct = discord.world.direct(MEMBER)
    message = await shown(discord.people.slash(MEMBER, direct.id, "subscribe"))
    assert message["flags"] & rules.EPHEMERAL == 0
    (ask,) = house.asks
    assert (ask.address, ask.kind, ask.asker.admin) == (Address("discord", f"@{MEMBER}"), PlaceKind.PRIVATE, True)


@pytest.mark.asyncio
async def test_somebody_who_brings_the_bot_along_subscribes_themselves(
    discord: Discord, house: House, running: None
) -> None:
    """In a server that the bot is not in, everything is about the person who installed it."""
    discord.world.add_channel("600000000000000001", guild=FOREIGN)
    message = await shown(discord.people.slash(MEMBER, "600000000000000001", "subscribe", locale="en-US"))
    assert message["flags"] & rules.EPHEMERAL
    assert house.asks[0].address == Address("discord", f"@{MEMBER}")
    assert message["content"] == "It is in your direct messages."


@pytest.mark.asyncio
async def test_the_menu_is_localised_and_hidden_from_nobody(discord: Discord, house: House, running: None) -> None:
    """Names and descriptions in simplified and traditional Chinese and English; nothing asks for a permission."""
    commands = {command["name"]: command for command in discord.world.commands}
    subscribe = commands["subscribe"]
    assert subscribe["name_localizations"] == {"zh-CN": "订阅", "zh-TW": "訂閱"}
    assert subscribe["description_localizations"].keys() == {"zh-CN", "zh-TW"}
    feed, topic, *_ = subscribe["options"]
    assert (feed["name"], topic["name_localizations"]["zh-CN"], feed["autocomplete"]) == ("feed", "主题", True)
    assert all(command["default_member_permissions"] is None for command in discord.world.commands)
    assert set(subscribe["contexts"]) == {0, 1, 2}
    assert set(subscribe["integration_types"]) == {0, 1}
    assert commands["feeds"]["contexts"] == [1]
    assert not commands.keys() & {"channels", "rate-limited"}, "what nobody types stands in no menu"


@pytest.mark.asyncio
async def test_least_privilege(discord: Discord, house: House, running: None) -> None:
    """The gateway is asked for news of servers and for nothing else."""
    (identified,) = discord.sockets.identified
    assert identified["intents"] == 1


@pytest.mark.asyncio
async def test_a_dropped_link_is_taken_up_again(discord: Discord, house: House, running: None) -> None:
    """After an abrupt end the session is resumed: what was said meanwhile is answered, once."""
    await until(lambda: house.clock is not None)
    await shown(discord.people.slash(ADMIN, CHANNEL, "status"))
    await discord.sockets.ask_to_reconnect()
    made = discord.people.slash(ADMIN, CHANNEL, "help")
    await shown(made)
    await until(lambda: discord.sockets.resumed == 1)
    assert [ask.name for ask in house.asks] == ["status", "help"]


@pytest.mark.asyncio
async def test_a_gateway_that_is_down_at_first_is_tried_again(
    discord: Discord, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The library gives up where the first link fails: a fresh client comes after it."""
    monkeypatch.setattr(gateway, "FIRST_PAUSE", 0.05)
    discord.sockets.refusing = True
    platform = room.build(settings(discord), house.doors())
    assert platform is not None
    async with platform.listen(house.answer):
        await until(lambda: bool(discord.world.commands))
        await asyncio.sleep(0.3)
        discord.sockets.refusing = False
        await until(lambda: bool(discord.sockets.identified))
        await shown(discord.people.slash(ADMIN, CHANNEL, "status"))


@pytest.mark.asyncio
async def test_lost_ground_closes_and_opens_by_itself(discord: Discord, house: House, running: None) -> None:
    """A right that is taken away closes the place with its reason, and opens it when it is given back."""
    house.stored[HERE] = ""
    discord.world.update_channel(CHANNEL, overwrites=[_deny(rules.SEND)])
    await until(lambda: house.closed == [(HERE, "no_rights")])
    discord.world.update_channel(CHANNEL, overwrites=[_deny(rules.VIEW)])
    discord.world.update_channel(CHANNEL, overwrites=[])
    await until(lambda: house.opened == [HERE])


@pytest.mark.asyncio
async def test_a_kick_and_a_return(discord: Discord, house: House, running: None) -> None:
    """The bot is thrown out of a server and comes back: its places close and open."""
    house.stored |= {HERE: "", Address("discord", OTHER): "", Address("discord", "123"): ""}
    await asyncio.sleep(0.05)
    discord.world.remove_guild()
    await until(lambda: len(house.closed) == 2)
    assert {reason for _, reason in house.closed} == {"kicked"}
    discord.world.add_guild()
    await until(lambda: len(house.opened) == 2)


@pytest.mark.asyncio
async def test_a_deleted_channel_and_a_thread_that_comes_back(discord: Discord, house: House, running: None) -> None:
    """Deleting closes; a thread that was locked and archived opens again with the thread."""
    thread = Address("discord", "700000000000000001")
    house.stored |= {Address("discord", OTHER): "", thread: "locked_thread"}
    discord.world.delete_channel(OTHER)
    await until(lambda: (Address("discord", OTHER), "channel_deleted") in house.closed)
    discord.world.add_channel(thread.place, rules.THREAD, parent=CHANNEL, name="thread")
    await until(lambda: thread in house.opened)


@pytest.mark.asyncio
async def test_a_wrong_token_is_said_and_not_hammered(
    discord: Discord, house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    """The log names the remedy; the next try comes later and later."""
    platform = room.build(settings(discord, token="wrong"), house.doors())
    assert platform is not None
    async with platform.listen(house.answer):
        await asyncio.sleep(1.0)
    assert sum(request.status == 401 for request in discord.world.requests) == 1
    assert "Reset Token" in capsys.readouterr().out


@pytest.mark.asyncio
async def test_shared_answers_are_for_everybody(discord: Discord, house: House, running: None) -> None:
    """The option share shows the newest post to the whole channel."""
    house.says = lambda _: answer("the newest")
    message = await shown(discord.people.slash(MEMBER, CHANNEL, "latest", share=True))
    assert message["flags"] & rules.EPHEMERAL == 0


@pytest.mark.asyncio
async def test_a_setting_that_could_never_work_is_refused(discord: Discord, house: House, running: None) -> None:
    """A role that the server has not, a tag outside forums: said why, and not kept; what fits goes to the command."""

    async def said(setting: str, value: str, channel: str = CHANNEL) -> str:
        made = discord.people.slash(ADMIN, channel, "settings", locale="en-US", setting=setting, value=value)
        return str((await shown(made))["content"])

    tags = [{"id": "71", "name": "Diffusion", "moderated": False, "emoji_id": None, "emoji_name": None}]
    discord.world.add_channel("500000000000000009", rules.FORUM, name="forum", tags=tags)
    assert await said("roles", "diffusion=<@&999999>") == "This server has no role 999999."
    assert await said("tag", "Diffusion") == "Tags are for forum channels."
    assert await said("tag", "Rust", "500000000000000009") == "This forum has no such tag. It has: Diffusion"
    assert house.asks == []
    assert await said("tag", "diffusion", "500000000000000009") == "settings: tag diffusion"
    discord.world.set_role(0, "710000")
    assert await said("roles", "diffusion=<@&710000>") == "settings: roles diffusion=\\<\\@&710000>"


@pytest.mark.asyncio
async def test_the_gateway_goes_through_the_proxy_too(discord: Discord, house: House) -> None:
    """REST, interactions and the gateway's socket: nothing is asked directly."""
    async with Proxy() as proxy:
        platform = room.build(settings(discord, proxy=proxy.address), house.doors())
        assert platform is not None
        async with platform.listen(house.answer):
            await until(lambda: bool(discord.world.commands and discord.sockets.identified))
            await shown(discord.people.slash(ADMIN, CHANNEL, "status"))
        assert len(proxy.asked) >= 2


@pytest.mark.asyncio
async def test_the_menu_of_a_message_asks_why_it_came(discord: Discord, house: House, running: None) -> None:
    """The entry ``Why this post?`` asks about the post that it shows."""
    embed = {"title": "T", "url": "https://b.example/flow", "type": "rich"}
    message = discord.world.message(CHANNEL, {"embeds": [embed]})
    made = discord.people.context(MEMBER, CHANNEL, "Why this post?", message)
    await shown(made)
    await shown(discord.people.context(MEMBER, CHANNEL, "Why this post?", discord.world.message(CHANNEL, {})))
    assert [(ask.name, ask.args) for ask in house.asks] == [("why", "https://b.example/flow"), ("why", NO_POST)]
