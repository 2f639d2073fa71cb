"""Every command of the table with the real program, on Telegram and on Discord, in the asker's language."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from bot.commands import TABLE
from tests.acceptance.harness import Program, until
from tests.acceptance.telegram_scene import OPERATOR, Scene
from tests.emulators import discord_rules as rules
from tests.emulators.blog import Blog
from tests.emulators.discord import Discord
from tests.emulators.discord_interactions import Interaction
from tests.emulators.discord_world import GUILD
from tests.emulators.documents import Entry, rss
from tests.emulators.telegram import Telegram

CHANNEL, ADMIN = "500000000000000001", "100000000000000001"
POST = Entry("一步加噪", "加噪只要一步。", ("扩散模型",), "/first", 1)
OTHER = Entry("Owning things", "A value has one owner.", ("Rust",), "/other")

SPOKEN = {
    (1001, "zh-hans"): (
        ("/topics 扩散模型", "只收：扩散模型"),
        ("/filter 加噪", "又通过它的有 1 篇"),
        ("/why", "最近"),
        ("/unsubscribe 信号站", "已退订 信号站"),
    ),
    (1002, "zh-hans"): (
        ("/start", "想收全部，还是只收几个主题？"),
        ("/help digest", "例如：/digest"),
        ("/latest", "一步加噪"),
    ),
    (1003, "zh-hant"): (
        ("/subscribe 信号站", "好了，信号站 的新文章會送到這裡"),
        ("/status", "上次檢視"),
        ("/privacy", "不存你的姓名"),
        ("/language en", "English"),
    ),
    (1004, "zh-hant"): (
        ("/search 加噪", "找到「加噪」"),
        ("/settings", "時區 · "),
        ("/settings length title", "長度 · 只有標題"),
    ),
    (1005, "en"): (
        ("/subscribe rust", "Done. New posts from Rust will arrive here."),
        ("/digest daily 08:00", "A digest comes daily at 08:00"),
        ("/pause 2h", "Paused until"),
        ("/resume", "Resumed"),
        ("/stop", "All off."),
    ),
    (1006, "en"): (
        ("/feeds", "run this bot"),
        ("/channels", "Choose a channel"),
    ),
}
"""What is said, by whom, and what the answer has in it."""

SLASHES: tuple[tuple[str, dict[str, Any], str], ...] = (
    ("start", {}, "想收全部，还是只收几个主题？"),
    ("help", {"command": "digest"}, "例如：`/digest"),
    ("subscribe", {"feed": "信号站"}, "好了，信号站 的新文章会送到这里"),
    ("topics", {"topic": "扩散模型"}, "只收：扩散模型"),
    ("filter", {"query": "加噪"}, "又通过它的有 1 篇"),
    ("latest", {}, "一步加噪"),
    ("search", {"words": "加噪"}, "找到「加噪」"),
    ("digest", {"when": "daily 08:00"}, "08:00"),
    ("pause", {"until": "2h"}, "已暂停到"),
    ("resume", {}, "已恢复"),
    ("why", {}, "最近"),
    ("settings", {"setting": "length", "value": "title"}, "只有标题"),
    ("status", {}, "上次查看"),
    ("language", {"language": "zh"}, "简体中文"),
    ("privacy", {}, "不存你的姓名"),
    ("unsubscribe", {"feed": "信号站"}, "已退订 信号站"),
    ("stop", {}, "已全部停止"),
)


@pytest.mark.asyncio
async def test_every_command_is_answered_on_both_platforms(tmp_path: Path) -> None:
    """Two blogs; readers of three languages on Telegram and an admin on Discord: each says what it is to say."""
    async with Blog() as blog, Telegram() as telegram, Discord() as discord:
        scene = Scene(_program(tmp_path, blog, telegram, discord))
        await scene.program.inline("once", "--all")
        await scene.program.start("run")
        await until(lambda: bool(discord.world.commands and discord.sockets.identified), "the commands")
        await asyncio.gather(_several(scene), _slashes(discord), *(_told(scene, *who) for who in SPOKEN))
        ended = await scene.program.stop()
    assert ended.code == 0
    assert "Traceback" not in ended.err
    typed = {said.split()[0].removeprefix("/") for lines in SPOKEN.values() for said, _ in lines}
    assert typed == {each.name for each in TABLE if each.name != "rate-limited"}
    assert {name for name, _, _ in SLASHES} == {each.name for each in TABLE if not each.hidden} - {"feeds"}


def _program(folder: Path, blog: Blog, telegram: Telegram, discord: Discord) -> Program:
    blog.publish("/feed.xml", rss([POST], title="信号站"))
    blog.publish("/rust.xml", rss([OTHER], title="Rust"))
    for chat in (*(chat for chat, _ in SPOKEN), OPERATOR):
        telegram.world.add_chat(chat)
    discord.world.add_channel(CHANNEL)
    discord.world.set_role(rules.EVERYONE | rules.MANAGE_CHANNELS, "55")
    discord.world.guilds[GUILD].members[ADMIN] = ["55"]
    lines = ["[discord]", f'token = "{discord.token}"', f'api_base = "{discord.base}"']
    lines += [f'gateway = "{discord.gateway}"', "[[feeds]]", 'name = "信号站"', f'url = "{blog.url()}"']
    lines += ["[[feeds]]", 'name = "Rust"', f'url = "{blog.url("/rust.xml")}"']
    return Program(folder, blog, telegram, extra="\n".join(lines), operators=str(OPERATOR))


async def _told(scene: Scene, chat: int, language: str) -> None:
    for said, expected in SPOKEN[chat, language]:
        await _one_told(scene, chat, language, said, expected)


async def _one_told(scene: Scene, chat: int, language: str, said: str, expected: str) -> None:
    before = len(scene.in_chat(chat))
    await scene.says(chat, said, language=language)
    await until(lambda: _has(scene, chat, before, expected), f"{expected!r} in answer to {said!r}")


def _has(scene: Scene, chat: int, before: int, expected: str) -> bool:
    return any(expected in entry.text.replace("\u2060", "") for entry in scene.in_chat(chat)[before:])


async def _several(scene: Scene) -> None:
    """With several blogs ``/subscribe`` asks by buttons, and nothing is subscribed until one is pressed."""
    asked = await scene.says(OPERATOR, "/subscribe")
    assert {"☐ 信号站", "☐ Rust"} <= {button["text"] for row in asked.keyboard for button in row}
    assert "还没有订阅" in (await scene.says(OPERATOR, "/status")).text
    ticked = await scene.presses(asked, "☐ Rust")
    assert "✅ Rust" in str(ticked.keyboard)
    assert "信号站" in (await scene.says(OPERATOR, "/feeds")).text


async def _slashes(discord: Discord) -> None:
    for name, options, expected in SLASHES:
        made = discord.people.slash(ADMIN, CHANNEL, name, **options)
        message = await _shown(made)
        assert expected in str(message), f"{expected!r} in answer to /{name}"
        assert message["flags"] & rules.EPHEMERAL


async def _shown(made: Interaction) -> dict[str, Any]:
    await until(lambda: made.shown is not None, f"the answer to /{made.data['name']}")
    assert made.shown is not None
    return made.shown
