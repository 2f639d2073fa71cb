"""Formulas as pictures with the real program: chosen by a reader, drawn in a process of their own, hostile ones too."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from bot.drawing import picture
from tests.acceptance.harness import READER, Program, until
from tests.emulators import discord_rules as rules
from tests.emulators import png
from tests.emulators.blog import Blog
from tests.emulators.discord import Discord
from tests.emulators.discord_world import GUILD
from tests.emulators.documents import Entry, rss
from tests.emulators.telegram import Telegram

CHANNEL = "500000000000000001"
ADMIN = "100000000000000001"
OLD = [Entry("旧文章", "一年以前写的。", (), "/old")]
LOSS = r"\mathcal{L}=\frac{1}{n}\sum_{i=1}^n x_i"


def nested(depth: int, leaf: str) -> str:
    """Write a formula whose layout takes many times longer with each step, and that the check lets through."""
    inner = nested(depth - 1, leaf) if depth else leaf
    return rf"\left(\frac{{{inner}}}{{{inner}}}\right)" if depth else leaf


HOSTILE = nested(3, "a_1+b_2+c_3+d_4+e_5+f_6")
NEW = [
    Entry("又是一张图", rf"能量：\[E=mc^2\] 以及 \[{LOSS}\]", (), "/third"),
    Entry("画不完的公式", rf"太深了：\[{HOSTILE}\] 完。", (), "/second"),
    Entry("损失函数", rf"损失函数是：\[{LOSS}\] 就这样。", (), "/first"),
]


@pytest.mark.asyncio
async def test_a_reader_gets_formulas_as_pictures(tmp_path: Path) -> None:
    """A tap on a setting; then posts come as photos with their words, the one that cannot be drawn in time as text."""
    async with Blog() as blog, Telegram() as telegram, Discord() as discord:
        blog.publish("/feed.xml", rss(OLD))
        telegram.world.add_chat(READER)
        discord.world.add_channel(CHANNEL)
        discord.world.set_role(rules.EVERYONE | rules.MANAGE_CHANNELS, "55")
        discord.world.guilds[GUILD].members[ADMIN] = ["55"]
        lines = ["[discord]", f'token = "{discord.token}"', f'api_base = "{discord.base}"']
        lines += [f'gateway = "{discord.gateway}"', "[[feeds]]", 'name = "blog"', f'url = "{blog.url()}"']
        program = Program(tmp_path, blog, telegram, extra="\n".join(lines))
        await program.inline("once", "--all")
        for chat in (f"telegram:{READER}", f"discord:{CHANNEL}"):
            await program.inline("chats", "add", chat)
        await program.start("run")
        await choose(telegram, discord)
        blog.publish("/feed.xml", rss([*NEW, *OLD]))
        telegram.world.say(READER, READER, "/feeds check blog")
        await until(lambda: len(by_title(telegram)) == 3, "the posts on Telegram")
        await until(lambda: len(pushed(discord)) == 3, "the posts on Discord")
        ended = await program.stop()
    assert ended.code == 0
    sent = by_title(telegram)
    assert {title: entry.method for title, entry in sent.items()} == {
        "损失函数": "sendPhoto",
        "画不完的公式": "sendMessage",
        "又是一张图": "sendPhoto",
    }
    assert "a₁+b₂" in sent["画不完的公式"].text
    first = bytes.fromhex(sent["损失函数"].payload["formulas"]["hex"])
    assert first == await asyncio.to_thread(picture, [LOSS])
    both = bytes.fromhex(sent["又是一张图"].payload["formulas"]["hex"])
    assert (png.size(both) or (0, 0))[1] > (png.size(first) or (0, 0))[1]
    assert bytes.fromhex(pushed(discord)["损失函数"]["files"]["formulas.png"]) == first
    assert "files" not in pushed(discord)["画不完的公式"]
    assert "formulas.not_drawn" in ended.err


async def choose(telegram: Telegram, discord: Discord) -> None:
    """Choose pictures: by a tap on Telegram, by a command on Discord, where no rich messages are offered."""
    telegram.world.say(READER, READER, "/settings 公式")
    await until(lambda: any("公式" in entry.text for entry in telegram.world.ledger), "the setting")
    asked = next(entry for entry in telegram.world.ledger if "公式" in entry.text)
    assert "画在摘要下面" in asked.text
    (button,) = [one for row in asked.keyboard for one in row if one["text"].endswith("图片")]
    telegram.world.press(READER, asked.message_id, button["text"], READER)
    await until(lambda: "公式 · 图片" in telegram.world.ledger[-1].text, "the choice on Telegram")
    await until(lambda: bool(discord.world.commands and discord.sockets.identified), "the commands")
    rich = discord.people.slash(ADMIN, CHANNEL, "settings", setting="formulas", value="rich")
    await until(lambda: rich.shown is not None, "the answer about rich messages")
    assert "富文本" in str(rich.shown) or "rich" in str(rich.shown)
    chosen = discord.people.slash(ADMIN, CHANNEL, "settings", setting="formulas", value="picture")
    await until(lambda: chosen.shown is not None, "the choice on Discord")


def by_title(telegram: Telegram) -> dict[str, Any]:
    """Give what was pushed, by its first line."""
    pushed = [entry for entry in telegram.world.ledger if any("url" in one for row in entry.keyboard for one in row)]
    return {entry.text.split("\n")[0]: entry for entry in pushed}


def pushed(discord: Discord) -> dict[str, Any]:
    """Give the requests of the posts that stand in the channel, by their titles."""
    entries = [entry for entry in discord.world.ledger if entry.kind == "create" and entry.embeds]
    return {entry.embeds[0]["title"]: entry.payload for entry in entries}
