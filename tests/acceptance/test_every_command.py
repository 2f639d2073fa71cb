"""Every command of the table with the real program, on Telegram and on Discord, in the asker's language."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from bot.commands import TABLE, Right, find
from tests.acceptance.harness import Program, until
from tests.acceptance.telegram_scene import OPERATOR, Scene
from tests.acceptance.telegram_stage import labels, plain
from tests.emulators import discord_rules as rules
from tests.emulators.blog import Blog
from tests.emulators.discord import Discord
from tests.emulators.discord_interactions import Interaction
from tests.emulators.discord_world import GUILD
from tests.emulators.documents import Entry, rss
from tests.emulators.telegram import Telegram

CHANNEL, ADMIN = "500000000000000001", "100000000000000001"
POST = Entry("一步加噪", "加噪只要一步。", ("扩散模型",), "/first", 1)
OTHERS = [Entry(f"Owning things {n}", "A value has one owner.", ("Rust",), f"/other-{n}") for n in range(12, 0, -1)]


class Line(NamedTuple):
    """What is said; what stands in the answer to it, every word of it; and the buttons below."""

    said: str
    words: tuple[str, ...]
    labels: tuple[str, ...] = ()


AWAY = datetime.now(UTC) + timedelta(days=10)

SPOKEN: tuple[tuple[str, tuple[Line, ...]], ...] = (
    (
        "zh-hans",
        (
            Line("/start", ("你好！", "想收哪些博客，还是只收几个主题？"), ("选博客", "选几个主题")),
            Line("/topics", ("勾选想收的主题，就订阅了",), ("☐ Rust", "☐ 扩散模型", "全部文章")),
            Line(
                "/topics 扩散模型",
                ("好了，", "最近一篇：一步加噪。", "现在只收：扩散模型。"),
                ("☐ Rust", "✅ 扩散模型", "给我看看", "退订"),
            ),
        ),
    ),
    (
        "zh-hans",
        (
            Line("/subscribe 信号站", ("好了，信号站的新文章会送到这里。最近一篇：一步加噪。",), ("给我看看", "主题")),
            Line("/filter", ("没有过滤词。", "/filter off", "文章属于你勾选的任一主题"), ()),
            Line(
                "/filter -rust 加噪",
                ("已保存：-rust 加噪", "最近 1 篇里有 1 篇符合。", "1. 一步加噪"),
                ("给我看看", "去掉过滤词"),
            ),
            Line("/filter test 猫", ("如果过滤词是 猫：", "最近 1 篇里没有一篇符合过滤词。")),
        ),
    ),
    (
        "zh-hans",
        (
            Line("/subscribe all", ("好了，信号站、Rust、坏的的新文章会送到这里。",), ("给我看看", "主题")),
            Line("/why", ("最近 10 篇：", "1. ○ 一步加噪", "10. ○ Owning things 4", "/why 加序号或链接")),
            Line(
                "/why https://blog.example/first",
                ("一步加噪\n没送：它比这里的订阅早，订阅是 ",),
                ("主题", "暂停", "设置"),
            ),
            Line("/unsubscribe", ("退订哪一个？",), ("信号站", "Rust", "坏的", "全部")),
        ),
    ),
    (
        "zh-hans",
        (
            Line("/sub rust", ("好了，Rust 的新文章会送到这里。",), ("给我看看", "主题")),
            Line("/list", ("Rust\n收：全部文章\n上次查看",), ("主题", "退订")),
            Line("/unsub rust", ("已退订 Rust，不会再推。",), ("撤销",)),
        ),
    ),
    (
        "zh-hans",
        (
            Line(
                "/help",
                ("/subscribe – 订阅新文章", "/channels – ", "\n/start /help /unsubscribe /search /resume /status"),
            ),
            Line(
                "/help digest",
                ("/digest [off | daily 08:00 | weekly mon 08:00 | now]", "例如：/digest weekly mon 08:00"),
            ),
            Line("/latest", ("一步加噪\n信号站", "\n加噪只要一步。\n\n#扩散模型"), ("阅读原文", "⚙")),
            Line("/latest 3", ("最近 3 篇：\n1. 一步加噪\n2. Owning things 12\n3. Owning things 11",)),
        ),
    ),
    (
        "zh-hant",
        (
            Line("/subscribe 信号站", ("好了，信号站的新文章會送到這裡。最近一篇：一步加噪。",), ("給我看看", "主題")),
            Line(
                "/status",
                ("信号站\n收：全部文章\n上次檢視 ", "，下次 ", "\n最近一篇：一步加噪，"),
                ("主題", "退訂"),
            ),
            Line(
                "/privacy",
                ("我存的只有這些：\n• 這個聊天的編號、設定和訂閱", "你的姓名和你寫的話都不存", "/stop 停止一切"),
            ),
            Line(
                "/language en",
                ("From now on I speak English here.\n好的，以后这里用English。",),
            ),
        ),
    ),
    (
        "zh-hant",
        (
            Line("/search owner", ("搜「owner」，找到：\n1. Owning things 12\n", "\n10. Owning things 3"), ("更多",)),
            Line(
                "/settings",
                (
                    "長度 · 摘要 480 列\n公式 · 文字\n圖片 · 正文下方\n靜音 · 關\n免打擾 · 關\n時區 · Asia/Shanghai\n",
                    "\n每日上限 · 關",
                ),
                ("長度", "公式", "圖片", "靜音", "免打擾", "時區", "主題標籤", "每日上限"),
            ),
            Line("/settings length title", ("長度 · 只有標題",)),
            Line("/settings quiet 23:00-08:00", ("免打擾 · 23:00–08:00",)),
        ),
    ),
    (
        "en",
        (
            Line(
                "/subscribe rust",
                ("Done. New posts from Rust will arrive here. Latest: Owning things 12.",),
                ("Show me", "Topics"),
            ),
            Line(
                "/digest daily 08:00",
                ("A digest comes daily at 08:00; the next one ",),
                ("✅ daily at 08:00", "One now"),
            ),
            Line("/digest now", ("Nothing new yet.",)),
            Line("/digest off", ("Posts come one by one, as they appear.",)),
        ),
    ),
    (
        "en",
        (
            Line("/subscribe rust", ("Done.",)),
            Line("/pause 2h", ("Paused until ", "Posts are kept and listed when you resume."), ("Resume",)),
            Line("/resume", ("Resumed. Nothing came meanwhile.",)),
            Line("/stop", ("All off. Nothing will be sent any more.",), ("Undo", "Delete my data")),
        ),
    ),
    (
        "zh-hans",
        (
            Line("/subscribe rust", ("好了，Rust 的新文章会送到这里。",), ("给我看看", "主题")),
            Line("/subscribe rust", ("这里已经订阅了 Rust。\n现在收 Rust 的全部文章。",), ("☐ Rust", "退订")),
            Line("/latest 2 rust", ("最近 2 篇：\n1. Owning things 12\n2. Owning things 11",)),
            Line("/digest weekly mon 08:00", ("每周一 08:00 送一期文摘，下一期：", "日 08:00。"), ("✅ 每周一 08:00",)),
        ),
    ),
    (
        "zh-hans",
        (
            Line("/settings 时区 Europe/London", ("时区 · Europe/London",)),
            Line("/settings 标签 关", ("主题标签 · 关",)),
            Line("/settings limit 3", ("每日上限 · ",)),
            Line("/settings formulas rich", ("公式 · 富文本", "有些客户端什么也不显示")),
        ),
    ),
    (
        "zh-hans",
        (
            Line("/subscribe all", ("好了，信号站、Rust、坏的的新文章会送到这里。",)),
            Line(
                "/filter feed:rust -owner", ("已保存。不过最近 12 篇里没有一篇符合，可能写得太窄。",), ("去掉过滤词",)
            ),
            Line("/status", ("信号站\n收：全部文章\n", "Rust\n收：全部文章；过滤词：-owner\n")),
            Line("/filter off", ("已去掉过滤词。",)),
            Line("/unsubscribe all", ("已退订信号站、Rust、坏的",), ("撤销",)),
            Line("/subscribe undo", ("好了，信号站、Rust、坏的的新文章会送到这里。",)),
        ),
    ),
    (
        "en",
        (
            Line("/subscribe rust", ("Done.",)),
            Line(f"/pause {AWAY:%Y-%m-%d}", (f"Paused until {AWAY.day} {AWAY:%b}",), ("Resume",)),
            Line("/feeds", ("Only those who run this bot can use this command.",)),
            Line(
                "/subscribe https://nowhere.example/rss", ('No blog "https://nowhere.example/rss".', "• 信号站\n• Rust")
            ),
            Line("/channels", ("Every command also takes a channel first: /subscribe @channel",)),
        ),
    ),
)
"""Conversations, each in a private chat of its own, and the language that its reader's client speaks."""

SLASHES: tuple[tuple[str, dict[str, Any], str], ...] = (
    ("start", {}, "想收哪些博客，还是只收几个主题？"),
    ("help", {"command": "digest"}, "例如：`/digest"),
    ("subscribe", {"feed": "信号站"}, "好了，信号站的新文章会送到这里"),
    ("topics", {"topic": "扩散模型"}, "只收：扩散模型"),
    ("filter", {"query": "加噪"}, "其中 1 篇也属于你勾选的主题"),
    ("latest", {}, "一步加噪"),
    ("search", {"words": "加噪"}, "搜「加噪」，找到"),
    ("digest", {"when": "daily 08:00"}, "08:00"),
    ("pause", {"until": "2h"}, "已暂停到"),
    ("resume", {}, "已恢复"),
    ("why", {}, "最近"),
    ("settings", {"setting": "length", "value": "title"}, "只有标题"),
    ("status", {}, "上次查看"),
    ("language", {"language": "zh"}, "简体中文"),
    ("privacy", {}, "你的姓名和你写的话都不存"),
    ("unsubscribe", {"feed": "信号站"}, "已退订信号站"),
    ("stop", {}, "已全部停止"),
)


@pytest.mark.asyncio
async def test_every_command_is_answered_on_both_platforms(tmp_path: Path) -> None:
    """Three blogs, one of them ill; readers of three languages on Telegram, an admin on Discord: each is told all."""
    async with Blog() as blog, Telegram() as telegram, Discord() as discord:
        scene = Scene(_program(tmp_path, blog, telegram, discord))
        await scene.program.inline("once", "--all")
        await scene.program.start("run")
        await until(lambda: bool(discord.world.commands and discord.sockets.identified), "the commands")
        await until(lambda: len(telegram.world.commands) == 12, "the menus")
        _menus(telegram)
        told = (_told(scene, *conversation) for conversation in enumerate(SPOKEN, 1001))
        await asyncio.gather(_several(scene), _more(scene), _slashes(discord), *told)
        ended = await scene.program.stop()
    assert ended.code == 0
    assert "Traceback" not in ended.err
    typed = {find(line.said.split()[0]) for _, lines in SPOKEN for line in lines}
    assert typed == {each for each in TABLE if each.name != "rate-limited"}
    assert {name for name, _, _ in SLASHES} == {each.name for each in TABLE if not each.hidden} - {"feeds"}


def _program(folder: Path, blog: Blog, telegram: Telegram, discord: Discord) -> Program:
    blog.publish("/feed.xml", rss([POST], title="信号站"))
    blog.publish("/rust.xml", rss(OTHERS, title="Rust"))
    discord.world.add_channel(CHANNEL)
    discord.world.set_role(rules.EVERYONE | rules.MANAGE_CHANNELS, "55")
    discord.world.guilds[GUILD].members[ADMIN] = ["55"]
    lines = ["[discord]", f'token = "{discord.token}"', f'api_base = "{discord.base}"']
    lines += [f'gateway = "{discord.gateway}"', "[[feeds]]", 'name = "信号站"', f'url = "{blog.url()}"']
    lines += ["[[feeds]]", 'name = "Rust"', f'url = "{blog.url("/rust.xml")}"']
    lines += ["[[feeds]]", 'name = "坏的"', f'url = "{blog.url("/gone.xml")}"']
    return Program(folder, blog, telegram, extra="\n".join(lines), operators=str(OPERATOR))


def _menus(telegram: Telegram) -> None:
    """See what clients list: by language, with English for all others, and by what may be done where."""
    menus = {key: {one["command"]: one["description"] for one in menu} for key, menu in telegram.world.commands.items()}
    assert {language for _, language in menus} == {"zh", "en", ""}
    everywhere = [each.name for each in TABLE if not each.hidden and each.right is not Right.OPERATOR]
    for language, says in (("zh", "订阅新文章"), ("en", "get new posts here"), ("", "get new posts here")):
        private, admins = menus["all_private_chats", language], menus["all_chat_administrators", language]
        assert list(private) == [*everywhere, "channels"]
        assert menus["default", language] == private
        assert list(admins) == [name for name in everywhere if name not in {"start", "privacy"}]
        assert private["subscribe"] == admins["subscribe"] == says
        members = menus["all_group_chats", language]
        assert {"help", "topics", "latest", "search", "why", "status"} <= set(members) < set(admins)
        assert not {"subscribe", "unsubscribe", "resume", "stop"} & set(members)


async def _told(scene: Scene, chat: int, conversation: tuple[str, tuple[Line, ...]]) -> None:
    language, lines = conversation
    for line in lines:
        shown = len(scene.in_chat(chat))
        await scene.says(chat, line.said, language=language)
        answer = scene.in_chat(chat)[shown]
        assert [word for word in line.words if word not in plain(answer)] == [], plain(answer)
        assert set(line.labels) <= set(labels(answer)), line.said


async def _several(scene: Scene) -> None:
    """With several blogs ``/subscribe`` asks by buttons, and nothing is subscribed until one is pressed."""
    asked = await scene.says(OPERATOR, "/subscribe")
    assert {"☐ 全部", "☐ 信号站", "☐ Rust"} <= set(labels(asked))
    status = plain(await scene.says(OPERATOR, "/status"))
    assert status.startswith("这里还没有订阅。")
    for said in (
        "聊天 ",
        "失败 0。",
        "1 个博客有问题：",
        "没查成：那里什么也没有",
        "那里什么也没有（404）",
        "办法：到博客上找到现在的订阅地址",
    ):
        assert said in status
    ticked = await scene.presses(asked, "☐ Rust")
    assert "✅ Rust" in labels(ticked)
    feeds = await scene.says(OPERATOR, "/feeds")
    for said in ("信号站\nhttp://127.0.0.1", "\n上次查看 ", "没查成：", "404", "/feeds check 名称"):
        assert said in plain(feeds)
    assert labels(feeds) == ["查坏的"]
    assert "添加" in labels(await scene.says(OPERATOR, "/subscribe https://nowhere.example/rss"))


async def _more(scene: Scene) -> None:
    """Search: ten titles, and with [More] the others."""
    found = await scene.says(2001, "/search owner")
    others = await scene.presses(found, "更多")
    assert [line for line in plain(others).splitlines() if "Owning" in line] == [
        "11. Owning things 2",
        "12. Owning things 1",
    ]


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
