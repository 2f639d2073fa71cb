"""Commands, views, permissions and limits with simcord: Discord in this process, with its own rules.

The client is the bot's own, with the real commands over a store in memory. What the bot asks of the REST API goes to
simcord's table of routes, which refuses what Discord would. One thing that Discord tells and simcord does not is added:
who installed the application.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl

import aiohttp
import discord
import pytest
import pytest_asyncio
import simcord
from pydantic import SecretStr
from simcord.backend.errors import BackendError
from simcord.http import router

from bot import i18n
from bot.commands import Desk, answer, needs_admin, suggest
from bot.core.models import Address, Chat, Notice, PlaceKind
from bot.core.ports import Ask
from bot.platforms.discord import ground
from bot.platforms.discord.channels import Channels
from bot.platforms.discord.draw import draw
from bot.platforms.discord.gateway import Client
from bot.platforms.discord.rest import Rest
from bot.platforms.discord.sender import Sender
from bot.platforms.discord.settings import DiscordSettings
from bot.platforms.discord.talk import Talk
from bot.reading.doc import Doc, paragraph
from bot.topics.match import Matcher
from tests.emulators.discord_doors import House
from tests.unit.fakes import RULES, MemoryWork, blog, post


class Inside(Rest):
    """REST without a network: requests go to simcord's routes."""

    env: simcord.Env

    async def _exchange(
        self, method: str, path: str, body: object, *_files: object, **_others: object
    ) -> tuple[int, Mapping[str, str], bytes]:
        where, _, query = path.partition("?")
        try:
            data = router.dispatch(self.env.backend, method, where, json=body, params=dict(parse_qsl(query)))
        except BackendError as error:
            return error.status, {}, json.dumps(error.to_json()).encode()
        return 200, {}, json.dumps(data).encode()


@dataclass
class Scene:
    """A server with a channel, an admin and a member, and the bot in it."""

    env: simcord.Env
    work: MemoryWork
    house: House
    rest: Inside
    guild: Any
    channel: Any
    admin: Any
    user: Any
    member: Any

    def topics(self, place: str) -> tuple[str, ...] | None:
        """Give what a place has ticked; None without a subscription."""
        chat = self.work.chats.get(Address("discord", place))
        held = [each for (owner, _), each in self.work.held.items() if chat is not None and owner == chat.id]
        return held[0].filter.topics if held else None

    @property
    def here(self) -> str:
        """Name the channel."""
        return str(self.channel.id)


def client(work: MemoryWork, house: House) -> tuple[Client, Inside]:
    """Make the bot's client: its own tree, items and commands."""
    matcher = Matcher(RULES)

    def desk() -> Desk:
        return Desk(work=work, judge=matcher, words=i18n.load, nearest=i18n.nearest)

    async def offer(ask: Ask, what: str) -> list[tuple[str, str]]:
        return await suggest(ask, desk(), what)

    settings = DiscordSettings(token=SecretStr("a-token"))
    rest = Inside(settings, house.clock)
    doors = replace(house.doors(), needs_admin=needs_admin, suggest=offer)
    channels = Channels(rest)
    talk = Talk(rest, channels, Sender(rest, channels, house.clock), doors, lambda ask: answer(ask, desk()))
    return Client(settings, talk, doors, aiohttp.TCPConnector()), rest


@pytest.fixture(autouse=True)
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every server have the bot installed, and surveys begin at once."""
    monkeypatch.setattr(discord.Interaction, "is_guild_integration", lambda self: self.guild_id is not None)
    monkeypatch.setattr(ground, "SETTLE", 0.0)


@pytest_asyncio.fixture
async def scene() -> AsyncIterator[Scene]:
    """Open a Discord with the bot in a server."""
    work, house = blog(), House()
    made, rest = client(work, house)
    rest.env = env = simcord.Env(made)
    await env.start()
    guild = env.create_guild("Server")
    mods = guild.create_role("Mods", permissions=discord.Permissions(manage_channels=True))
    admin = guild.add_member(env.create_user("admin"), roles=[mods])
    user = env.create_user("member")
    yield Scene(
        env, work, house, rest, guild, guild.create_text_channel("general"), admin, user, guild.add_member(user)
    )
    await env.shutdown()
    env.raise_errors()


@pytest.mark.asyncio
async def test_an_admin_subscribes_a_channel_and_ticks_topics(scene: Scene) -> None:
    """Command, menu and button, each by Discord's rules: the answer is ephemeral, the menu changes in place."""
    subscribed = await scene.admin.slash(scene.channel, "subscribe")
    assert subscribed.ephemeral
    assert "New posts from A Blog will arrive here" in subscribed.response.content
    assert scene.topics(scene.here) == ()
    grid = await scene.admin.slash(scene.channel, "topics")
    (menu,) = [row["components"][0] for row in grid.response.components if row["components"][0]["type"] == 3]
    values = [option["value"] for option in menu["options"] if option["label"] in {"Diffusion", "Flow matching"}]
    await scene.admin.select(grid.response, values)
    assert scene.topics(scene.here) == ("diffusion", "flow-matching")
    left = await scene.admin.slash(scene.channel, "unsubscribe")
    assert scene.topics(scene.here) is None
    await scene.admin.click(left.response, label="Undo")
    assert scene.topics(scene.here) == ("diffusion", "flow-matching")


@pytest.mark.asyncio
async def test_a_member_is_offered_direct_messages(scene: Scene) -> None:
    """No command is hidden from members; without Manage Channels one press subscribes their own direct messages."""
    assert {"subscribe", "topics", "filter", "latest", "why", "help"} <= set(
        scene.member.available_commands(scene.channel)
    )
    refused = await scene.member.slash(scene.channel, "subscribe")
    assert refused.ephemeral
    assert "Only admins" in refused.response.content
    assert scene.topics(scene.here) is None
    told = await scene.member.click(refused.response, label="Send to my DMs")
    assert "direct messages" in told.followups[-1].content
    assert scene.topics(f"@{scene.member.id}") == ()
    assert "New posts from A Blog" in scene.user.dm_channel.last_message.content


@pytest.mark.asyncio
async def test_rights_are_read_at_the_press(scene: Scene) -> None:
    """An admin's grid in a member's hands changes nothing, nor does the admin who is none any more."""
    await scene.admin.slash(scene.channel, "subscribe")
    grid = await scene.admin.slash(scene.channel, "unsubscribe")
    assert scene.topics(scene.here) is None
    scene.env.backend.get_guild(scene.guild.id).members[scene.admin.id].role_ids.clear()
    await scene.admin.click(grid.response, label="Undo")
    assert scene.topics(scene.here) is None


@pytest.mark.asyncio
async def test_views_go_on_working_after_a_restart(scene: Scene) -> None:
    """Another client of the same bot answers the buttons that the first one drew."""
    await scene.admin.slash(scene.channel, "subscribe")
    left = await scene.admin.slash(scene.channel, "unsubscribe")
    fresh, rest = client(scene.work, scene.house)
    rest.env = scene.env
    await scene.env.restart_bot(fresh)
    await scene.admin.click(left.response, label="Undo")
    assert scene.topics(scene.here) == ()


@pytest.mark.asyncio
async def test_commands_are_registered_once_for_the_same_table(scene: Scene) -> None:
    """A restart with the same commands registers nothing; a table that has changed is registered."""
    count = _registered(scene.env)
    assert count == 1
    fresh, rest = client(scene.work, scene.house)
    rest.env = scene.env
    await scene.env.restart_bot(fresh)
    assert _registered(scene.env) == count
    scene.house.notes = dict.fromkeys(scene.house.notes, "another table")
    fresh, rest = client(scene.work, scene.house)
    rest.env = scene.env
    await scene.env.restart_bot(fresh)
    assert _registered(scene.env) == count + 1


def _registered(env: simcord.Env) -> int:
    return sum(one.method == "PUT" and one.path.endswith("/commands") for one in env.http_requests)


@pytest.mark.asyncio
async def test_what_is_typed_is_completed(scene: Scene) -> None:
    """Topics in Chinese and English, at most 25 of ten thousand; its cost: tests/unit/test_commands_suggest.py."""
    offered = await scene.admin.autocomplete(scene.channel, "topics", "topic", "扩散")
    assert [choice["value"] for choice in offered] == ["diffusion"]
    tags = tuple(f"主题 {number}" for number in range(10_000))
    scene.work.posts.append(post(9, "Everything", tags=tags))
    offered = await scene.admin.autocomplete(scene.channel, "topics", "topic", "主题 99")
    assert len(offered) == 25
    assert all("99" in choice["name"] for choice in offered)


@pytest.mark.asyncio
async def test_the_message_menu_asks_why(scene: Scene) -> None:
    """The entry ``Why this post?`` of a message of the bot's is answered about that post."""
    await scene.admin.slash(scene.channel, "subscribe")
    sender = Sender(scene.rest, Channels(scene.rest), scene.house.clock)
    (payload,) = draw(_post(), _chat(scene))
    await sender.post(scene.here, payload)
    shown = await scene.member.context_menu(scene.channel, "Why this post?", scene.channel.last_message)
    assert shown.ephemeral
    assert "Python tips" in shown.response.content


def _chat(scene: Scene) -> Chat:
    return Chat(1, Address("discord", scene.here), PlaceKind.GROUP, 1)


def _post(text: str = "正文。", title: str = "Python tips") -> Notice:
    return Notice(Doc((paragraph(text),)), title=title, link="https://blog.example/4", topics=("Python",))


@pytest.mark.asyncio
async def test_what_is_drawn_is_within_discords_limits(scene: Scene) -> None:
    """The longest post there is: each of its messages passes the checks that Discord makes of embeds and buttons."""
    sender = Sender(scene.rest, Channels(scene.rest), scene.house.clock)
    for payload in draw(_post("*公式_" * 20_000, "标题" * 400), _chat(scene)):
        outcome = await sender.post(scene.here, payload)
        assert type(outcome).__name__ == "Sent", outcome
    refused = await scene.rest.call("POST", f"/channels/{scene.here}/messages", {"content": "x" * 2001})
    assert (refused.status, refused.code) == (400, 50035)


@pytest.mark.asyncio
async def test_missing_permissions_are_named_in_the_answer(scene: Scene) -> None:
    """Subscribing a channel where the bot may not write says which permission is missing; and refusing is Discord's."""
    assert scene.env.bot.user is not None
    denied = discord.PermissionOverwrite(send_messages=False, embed_links=False)
    closed = scene.guild.create_text_channel("closed", overwrites={scene.env.bot.user: denied})
    answered = await scene.admin.slash(closed, "subscribe")
    assert 'I lack "Send Messages, Embed Links" in Server #closed' in answered.response.content
    sent = await Sender(scene.rest, Channels(scene.rest), scene.house.clock).post(str(closed.id), {"content": "hello"})
    assert (type(sent).__name__, getattr(sent, "reason", "")) == ("Gone", "no_rights")
