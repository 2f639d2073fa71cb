"""Telegram and Discord from one process and one database, with the real program."""

from __future__ import annotations

import contextlib
import json
import signal
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.acceptance.harness import READER, Program, posts, until
from tests.emulators import discord_rules as rules
from tests.emulators.blog import Blog
from tests.emulators.discord import Discord
from tests.emulators.discord_world import GUILD
from tests.emulators.documents import Entry, rss
from tests.emulators.telegram import Telegram

CHANNEL = "500000000000000001"
FORUM = "500000000000000002"
ADMIN = "100000000000000001"
OLD = [Entry("旧文章", "一年以前写的。", ("扩散模型",), "/old")]
NEW = [
    Entry("扩散模型的新进展", r"一步加噪：\(x_t=(1-t)x_0+t\varepsilon\)。就这么简单。", ("扩散模型",), "/new"),
    Entry("装饰器入门", "用 functools.wraps 保留名字。", ("Python",), "/python"),
]


@pytest_asyncio.fixture
async def blog() -> AsyncIterator[Blog]:
    """Run a blog that has one old post."""
    async with Blog() as server:
        server.publish("/feed.xml", rss(OLD))
        yield server


@pytest_asyncio.fixture
async def discord() -> AsyncIterator[Discord]:
    """Run a Discord with a channel, a forum and an admin."""
    async with Discord() as server:
        world = server.world
        world.add_channel(CHANNEL)
        world.add_channel(FORUM, rules.FORUM, name="forum")
        world.set_role(rules.EVERYONE | rules.MANAGE_CHANNELS, "55")
        world.guilds[GUILD].members[ADMIN] = ["55"]
        yield server


@pytest.fixture
def program(tmp_path: Path, blog: Blog, telegram: Telegram, discord: Discord) -> Program:
    """Give the program, configured for all three."""
    lines = [
        "[discord]",
        f'token = "{discord.token}"',
        f'api_base = "{discord.base}"',
        f'gateway = "{discord.gateway}"',
        "[[feeds]]",
        'name = "blog"',
        f'url = "{blog.url()}"',
    ]
    return Program(tmp_path, blog, telegram, extra="\n".join(lines))


async def subscribed(program: Program, *chats: str) -> None:
    """Look at the blog for the first time, and subscribe some chats to one topic."""
    await program.inline("once", "--all")
    for chat in chats:
        await program.inline("chats", "add", chat, "--topic", "扩散模型")
    program.blog.publish("/feed.xml", rss([*NEW, *OLD]))


def pushed(discord: Discord, channel: str = "") -> list[str]:
    """Give the titles of the posts that stand in a channel, or anywhere."""
    entries = [entry for entry in discord.world.ledger if entry.kind in {"create", "thread"} and entry.embeds]
    return [entry.embeds[0]["title"] for entry in entries if channel in {"", entry.channel}]


def recorded(program: Program) -> int:
    """Count the deliveries of which the database knows that they arrived."""
    with contextlib.closing(sqlite3.connect(program.folder / "incoming.db")) as database:
        count: int = database.execute("SELECT count(*) FROM delivery WHERE state = 'sent'").fetchone()[0]
    return count


@pytest.mark.asyncio
async def test_one_post_reaches_a_subscriber_on_each(program: Program, telegram: Telegram, discord: Discord) -> None:
    """The same post, once each: a chat, a channel, a forum, a person; the other post reaches nobody."""
    places = [f"telegram:{READER}", f"discord:{CHANNEL}", f"discord:{FORUM}", f"discord:@{ADMIN}"]
    await subscribed(program, *places)
    ended = await program.run("once", "--all")
    assert ended.code == 0, ended.err
    assert len(posts(telegram)) == 1
    assert pushed(discord) == ["扩散模型的新进展"] * 3
    assert len(pushed(discord, CHANNEL)) == len(pushed(discord, discord.world.direct(ADMIN).id)) == 1
    (embed,) = next(entry.embeds for entry in discord.world.ledger if entry.channel == CHANNEL)
    assert "xₜ = (1−t)x₀ + tε" in embed["description"]
    again = await program.run("once", "--all")
    assert again.code == 0, again.err
    assert (len(posts(telegram)), len(pushed(discord))) == (1, 3)


@pytest.mark.asyncio
async def test_an_admin_subscribes_and_gets_the_next_post(program: Program, blog: Blog, discord: Discord) -> None:
    """Slash command, grid of topics, post: all with the real program, and a clean end."""
    await program.run("once", "--all")
    await program.start("run")
    await until(lambda: bool(discord.world.commands and discord.sockets.identified), "the commands")
    made = discord.people.slash(ADMIN, CHANNEL, "subscribe")
    await until(lambda: made.shown is not None, "the answer to /subscribe")
    typed = discord.people.type(ADMIN, CHANNEL, "topics", "topic", "扩散")
    await until(lambda: bool(typed.suggestions), "suggestions")
    chosen = discord.people.slash(ADMIN, CHANNEL, "topics", topic=typed.suggestions[0]["value"])
    await until(lambda: chosen.shown is not None, "the answer to /topics")
    blog.publish("/feed.xml", rss([*NEW, *OLD]))
    program.telegram.world.say(READER, READER, "/feeds check blog")
    await until(lambda: bool(pushed(discord)), "the post")
    ended = await program.stop()
    assert ended.code == 0, ended.err
    assert pushed(discord, CHANNEL) == ["扩散模型的新进展"]
    assert "Traceback" not in ended.err


@pytest.mark.asyncio
@pytest.mark.parametrize("name", ["chosen", "claimed", "answered", "answered:2", "recorded"])
async def test_killed_between_claim_and_record_discord_gets_it_exactly_once(
    program: Program, discord: Discord, name: str
) -> None:
    """SIGKILL before, between and after the requests for a channel and a forum: nothing lost, nothing doubled."""
    await subscribed(program, f"discord:{CHANNEL}", f"discord:{FORUM}")
    killed = await program.run("once", "--all", INCOMING_FAILPOINT=name)
    assert killed.code == -signal.SIGKILL, killed.err
    again = await program.run("once", "--all")
    assert again.code == 0, again.err
    assert pushed(discord) == ["扩散模型的新进展"] * 2
    assert pushed(discord, CHANNEL) == ["扩散模型的新进展"]


@pytest.mark.asyncio
@pytest.mark.parametrize("kind", ["late", "drop"])
async def test_an_answer_that_is_lost_doubles_nothing(program: Program, discord: Discord, kind: str) -> None:
    """502 or a broken link after the message was taken: one message in the channel and one in the forum."""
    await subscribed(program, f"discord:{CHANNEL}", f"discord:{FORUM}")
    for place in (f"/channels/{CHANNEL}/messages", f"/channels/{FORUM}/threads"):
        discord.world.fault(kind, path=place)
    ended = await program.run("once", "--all")
    assert ended.code == 0, ended.err
    assert pushed(discord) == ["扩散模型的新进展"] * 2


@pytest.mark.asyncio
async def test_a_crash_between_the_two_doubles_neither(program: Program, telegram: Telegram, discord: Discord) -> None:
    """Telegram's message is recorded and Discord's request under way when the process dies."""
    await subscribed(program, f"telegram:{READER}", f"discord:{CHANNEL}")
    fault = discord.world.fault("delay", path=f"/channels/{CHANNEL}/messages", seconds=3.0)
    await program.start("run")
    program.telegram.world.say(READER, READER, "/feeds check blog")
    await until(lambda: not fault.times and len(posts(telegram)) == 1, "both requests")
    await until(lambda: recorded(program) == 1, "Telegram's record")
    await program.stop(signal.SIGKILL)
    ended = await program.run("once", "--all")
    assert ended.code == 0, ended.err
    asked = ("POST", f"/channels/{CHANNEL}/messages")
    await until(lambda: [(each.method, each.path) for each in discord.world.requests].count(asked) == 2, "the late one")
    assert len(posts(telegram)) == 1
    assert pushed(discord) == ["扩散模型的新进展"]


@pytest.mark.asyncio
async def test_the_gateway_is_not_needed_for_sending(program: Program, discord: Discord) -> None:
    """With the gateway down all posts arrive."""
    discord.sockets.refusing = True
    await subscribed(program, f"discord:{CHANNEL}")
    await program.start("run")
    program.telegram.world.say(READER, READER, "/feeds check blog")
    await until(lambda: bool(pushed(discord)), "the post")
    ended = await program.stop()
    assert ended.code == 0, ended.err


GONE, THREAD, AFAR = "500000000000000003", "500000000000000004", "500000000000000005"
ELSEWHERE = "900000000000000002"


@pytest.mark.asyncio
async def test_lost_ground_holds_and_resumes(program: Program, telegram: Telegram, discord: Discord) -> None:
    """No right, a channel deleted, a thread put away, a kick: held, and said why; what comes back gets its post."""
    world = discord.world
    world.add_channel(GONE)
    world.add_channel(THREAD, rules.THREAD, parent=CHANNEL, name="thread")
    world.add_guild(ELSEWHERE)
    world.add_channel(AFAR, guild=ELSEWHERE)
    lost = {CHANNEL: "no_rights", GONE: "channel_deleted", THREAD: "locked_thread", AFAR: "no_access"}
    await subscribed(program, *(f"discord:{place}" for place in lost))
    world.update_channel(CHANNEL, overwrites=[{"id": GUILD, "type": 0, "deny": str(rules.SEND), "allow": "0"}])
    world.delete_channel(GONE)
    world.update_channel(THREAD, archived=True, locked=True)
    world.remove_guild(ELSEWHERE)
    await program.run("once", "--all")
    assert pushed(discord) == []
    states = json.loads(await program.inline("chats", "--json"))
    assert {row["chat"]: row["state"] for row in states} == {
        f"discord:{place}": f"closed: {reason}" for place, reason in lost.items()
    }
    await program.start("run")
    await until(lambda: bool(discord.sockets.identified and world.commands), "the gateway")
    asked = discord.people.slash(ADMIN, CHANNEL, "status")
    await until(lambda: asked.shown is not None, "the answer to /status")
    assert asked.shown is not None
    assert "「发消息」" in str(asked.shown), asked.shown
    telegram.world.say(READER, READER, "/status")
    await until(lambda: any("500000000000000001" in entry.text for entry in telegram.world.ledger), "the operator's")
    (told,) = [entry.text for entry in telegram.world.ledger if GONE in entry.text][:1]
    assert "发消息" in told
    world.update_channel(CHANNEL, overwrites=[])
    world.update_channel(THREAD, archived=False, locked=False)
    world.add_guild(ELSEWHERE)
    await until(lambda: len(pushed(discord)) == 3, "the held posts")
    ended = await program.stop()
    assert ended.code == 0, ended.err
    assert sorted(entry.channel for entry in world.ledger if entry.embeds) == [CHANNEL, THREAD, AFAR]
