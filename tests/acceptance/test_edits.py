"""Messages that follow their posts, on both platforms, with the real program."""

from __future__ import annotations

import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.acceptance.harness import READER, Program, posts, until
from tests.emulators import discord_rules as rules
from tests.emulators.blog import Blog
from tests.emulators.discord import Discord
from tests.emulators.documents import Entry, rss
from tests.emulators.telegram import Telegram

CHANNEL = "500000000000000001"
FORUM = "500000000000000002"
OLD = Entry("旧文章", "一年以前写的。", (), "/old")
BEFORE, AFTER = "扩散模型的新进展", "扩散模型的更正"


@pytest_asyncio.fixture
async def discord() -> AsyncIterator[Discord]:
    """Run a Discord with a channel and a forum."""
    async with Discord() as server:
        server.world.add_channel(CHANNEL)
        server.world.add_channel(FORUM, rules.FORUM, name="forum")
        yield server


@pytest_asyncio.fixture
async def program(tmp_path: Path, telegram: Telegram, discord: Discord) -> AsyncIterator[Program]:
    """Give the program with three subscribers, and a new post on the blog."""
    async with Blog() as blog:
        tables = f'[discord]\ntoken = "{discord.token}"\napi_base = "{discord.base}"\ngateway = "{discord.gateway}"'
        feed = f'[[feeds]]\nname = "blog"\nurl = "{blog.url()}"'
        made = Program(tmp_path, blog, telegram, extra=f"{tables}\n{feed}")
        blog.publish("/feed.xml", rss([OLD]))
        assert (await made.run("once", "--all")).code == 0
        for chat in (f"telegram:{READER}", f"discord:{CHANNEL}", f"discord:{FORUM}"):
            assert (await made.run("chats", "add", chat)).code == 0
        show(made, BEFORE)
        yield made


def show(program: Program, title: str) -> None:
    """Show the new post under a title."""
    new = Entry(title, r"一步加噪：\(x_t=(1-t)x_0+t\varepsilon\)。就这么简单。", (), "/new", 1)
    program.blog.publish("/feed.xml", rss([new, OLD]))


def standing(telegram: Telegram, discord: Discord) -> list[str]:
    """Give the titles that the posts bear which stand in the chat, the channel and the forum."""
    said = [message.get("text", "") for (chat, _), message in telegram.world.messages.items() if chat == READER]
    titles = [text.split("\n")[0] for text in said if text.startswith((BEFORE, AFTER))]
    return [*titles, *(embed["title"] for each in discord.world.messages.values() for embed in each["embeds"])]


def sent(telegram: Telegram, discord: Discord) -> tuple[int, int]:
    """Count the posts that were ever sent on each platform."""
    begun = [
        entry for entry in telegram.world.ledger if entry.method == "sendMessage" and entry.text.startswith("扩散")
    ]
    return len(begun), sum(entry.kind in {"create", "thread"} for entry in discord.world.ledger)


@pytest.mark.asyncio
async def test_a_change_on_the_blog_edits_the_messages_in_place(
    program: Program, telegram: Telegram, discord: Discord
) -> None:
    """A chat, a channel and a forum show the new title in the same messages, with their buttons; once is enough."""
    await program.start("run")
    telegram.world.say(READER, READER, "/feeds check blog")
    await until(lambda: standing(telegram, discord) == [BEFORE] * 3, "the post everywhere")
    show(program, AFTER)
    for _ in range(2):
        telegram.world.say(READER, READER, "/feeds check blog")
        await until(lambda: standing(telegram, discord) == [AFTER] * 3, "the new title everywhere")
    ended = await program.stop()
    assert (ended.code, "Traceback" in ended.err) == (0, False), ended.err
    assert sent(telegram, discord) == (1, 2)
    (edit,) = [entry for entry in telegram.world.ledger if entry.method == "editMessageText"]
    assert edit.keyboard
    assert sum(entry.kind == "edit" for entry in discord.world.ledger) == 2


@pytest.mark.asyncio
async def test_killed_at_every_step_of_an_edit_the_messages_end_with_the_new_text(
    program: Program, telegram: Telegram, discord: Discord
) -> None:
    """SIGKILL before, between and after the requests, one after the other: no edit is lost, nothing is sent anew."""
    assert (await program.run("once", "--all")).code == 0
    assert (len(posts(telegram)), standing(telegram, discord)) == (1, [BEFORE] * 3)
    show(program, AFTER)
    for name in ("committed", "editing", "claimed", "answered", "recorded"):
        killed = await program.run("once", "--all", INCOMING_FAILPOINT=name)
        assert killed.code == -signal.SIGKILL, (name, killed.err)
    again = await program.run("once", "--all")
    assert again.code == 0, again.err
    assert standing(telegram, discord) == [AFTER] * 3
    assert sent(telegram, discord) == (1, 2)
