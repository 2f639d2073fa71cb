"""docs/conversation*.md: a reader's first five minutes, word for word what the real program says.

``make docs`` writes the pages anew; here they are compared. What a page shows holds no time and no number that changes.
"""

from __future__ import annotations

import asyncio
import os
import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot import i18n
from tests.acceptance.harness import READER, ROOT, Program
from tests.acceptance.telegram_scene import OPERATOR, Scene
from tests.emulators.blog import Blog
from tests.emulators.documents import Entry as Post
from tests.emulators.telegram import Telegram
from tests.emulators.telegram_world import Entry

FORMULA = r"\[\mathbf{x}_t=(1-t)\mathbf{x}_0+t\varepsilon\]"
CODE = '<pre><code class="language-python">xt = (1 - t) * x0 + t * eps</code></pre>'


@dataclass(frozen=True)
class Play:
    """What one language's page needs: its file, what stands on it besides the conversation, and the blog's posts."""

    page: str
    client: str
    blog: str
    head: str
    reader: str
    bot: str
    presses: str
    changes: str
    publishes: str
    scenes: tuple[str, ...]
    posts: tuple[Post, Post, Post, Post]
    topic: str


ENGLISH = Play(
    page="conversation.md",
    client="en",
    blog="Signal Station",
    head="""\
# A reader's first five minutes

[中文](conversation.zh.md) · What a reader and the bot say to one another on Telegram, from the first tap to the first
posts and the first change of mind. The test that compares this page plays it with the real program; `make docs` writes
it anew. Buttons stand in brackets.
""",
    reader="**Reader:** `{}`",
    bot="**Bot**{}:",
    presses="**Reader** presses **[{}]**",
    changes=" (the same message changes)",
    publishes="*The blog publishes “{}” and “{}”.*",
    scenes=(
        "Hello",
        "Some topics only",
        "What would a post look like?",
        "The first post",
        "Why did it come, and why not the other one?",
        "Less of it",
        "A holiday",
        "Enough",
    ),
    posts=(
        Post("Last year", "<p>What was written in a year.</p>", ("Essays",), "/last-year"),
        Post("Diffusion from the beginning", "<p>The simplest case first.</p>", ("Diffusion",), "/beginning", 1),
        Post("Decorators", "<p>functools.wraps keeps the name.</p>", ("Python",), "/decorators", 2),
        Post(
            "Flow Matching in one noising step",
            f"<p>Flow Matching adds noise in one step: {FORMULA}</p><p>In code:</p>{CODE}"
            "<p>As t goes from 0 to 1, data turns into noise.</p>",
            ("Diffusion", "Generative models"),
            "/flow-matching",
            3,
        ),
    ),
    topic="Diffusion",
)
CHINESE = Play(
    page="conversation.zh.md",
    client="zh-hans",
    blog="信号站",
    head="""\
# 读者的最初五分钟

[English](conversation.md) · 读者和机器人在 Telegram 上说的话：从第一次点开，到收到第一篇文章，再到改主意。
测试用真正的程序把它演一遍，再和这一页比较；`make docs` 重新生成。方括号里是按钮。
""",
    reader="**读者：** `{}`",
    bot="**机器人**{}：",
    presses="**读者**点 **[{}]**",
    changes="（还是那条消息，变成）",
    publishes="*博客发表了《{}》和《{}》。*",
    scenes=(
        "打招呼",
        "只要几个主题",
        "文章会是什么样子？",
        "第一篇文章",
        "它为什么来，另一篇为什么没来？",
        "再少一点",
        "休假",
        "不要了",
    ),
    posts=(
        Post("去年的总结", "<p>这一年写了什么。</p>", ("随笔",), "/last-year"),
        Post("从头说扩散模型", "<p>先从最简单的情形说起。</p>", ("扩散模型",), "/beginning", 1),
        Post("装饰器入门", "<p>用 functools.wraps 保留名字。</p>", ("Python",), "/decorators", 2),
        Post(
            "从一步加噪看 Flow Matching",
            f"<p>Flow Matching 的一步加噪公式：{FORMULA}</p><p>写成代码只有一行：</p>{CODE}"
            "<p>t 从 0 走到 1，数据就逐渐变成噪声。</p>",
            ("扩散模型", "生成模型"),
            "/flow-matching",
            3,
        ),
    ),
    topic="扩散模型",
)


class Script:
    """The conversation as a page."""

    def __init__(self, scene: Scene, play: Play) -> None:
        self._scene = scene
        self._play = play
        self._titles = iter(play.scenes)
        self._words = i18n.load(play.client)
        self.page = [play.head]

    def label(self, key: str) -> str:
        """Give a button's label."""
        return self._words(key)

    def scene(self) -> None:
        """Begin the next section."""
        self.page.append(f"## {next(self._titles)}\n")

    async def says(self, text: str) -> Entry:
        """Let the reader write."""
        self.page.append(self._play.reader.format(text) + "\n")
        return self.bot(await self._scene.says(READER, text))

    async def presses(self, entry: Entry, button: str) -> Entry:
        """Let the reader press a button."""
        self.page.append(self._play.presses.format(button) + "\n")
        return self.bot(await self._scene.presses(entry, button))

    async def replies(self, entry: Entry, text: str) -> Entry:
        """Let the reader answer a question."""
        self.page.append(self._play.reader.format(text) + "\n")
        return self.bot(await self._scene.replies(entry, text))

    async def publishes(self, *posts: Post) -> Entry:
        """Let the blog publish, and wait for the newest post, which the reader gets."""
        self.page.append(self._play.publishes.format(posts[0].title, posts[1].title) + "\n")
        await self._scene.look(*posts, *reversed(self._play.posts[:2]))
        return self.bot(await self._scene.arrives(READER, posts[0].title))

    def bot(self, entry: Entry) -> Entry:
        """Write what the bot shows, as a quotation that keeps its lines."""
        lines = [_timeless(line) for line in entry.text.replace("\u2060", "").splitlines()]
        lines += [" ".join(f"[{button['text']}]" for button in row) for row in entry.keyboard]
        quoted = [f"> {line}\\" if line and after else f"> {line}".rstrip() for line, after in _with_next(lines)]
        changed = self._play.changes if entry.method.startswith("edit") else ""
        self.page.append(self._play.bot.format(changed) + "\n\n" + "\n".join(quoted) + "\n")
        return entry


def _with_next(lines: list[str]) -> list[tuple[str, str]]:
    return list(zip(lines, [*lines[1:], ""], strict=True))


_DAY = r"(?:(?:\d{4}年)?\d{1,2}月\d{1,2}日 |\d{1,2} [A-Z][a-z]{2}(?: \d{4})?, |[A-Z][a-z]{2} \d{1,2},(?: \d{4},)? )"
_MOMENT = re.compile(rf"{_DAY}?\b\d{{2}}:\d{{2}}\b")


def _timeless(line: str) -> str:
    """Leave out the times, which are others at each run."""
    return _MOMENT.sub("…", line)


@pytest.mark.asyncio
async def test_the_pages_say_what_the_program_says(tmp_path: Path) -> None:
    """Welcome, topics, a sample, the first post with its formula, why, a filter, a pause, the end; in two languages."""
    for play in (ENGLISH, CHINESE):
        (tmp_path / play.client).mkdir()
    # Side by side: what takes time is that a private chat gets a message a second.
    written = await asyncio.gather(*(performed(tmp_path / play.client, play) for play in (ENGLISH, CHINESE)))
    for play, text in zip((ENGLISH, CHINESE), written, strict=True):
        page = ROOT / "docs" / play.page
        if os.environ.get("WRITE_DOCS"):
            page.write_text(text, encoding="utf-8")
        assert text == page.read_text(encoding="utf-8"), f"docs/{play.page} is stale: `make docs` writes it anew"


async def performed(folder: Path, play: Play) -> str:
    """Play it with a program, a blog and a Telegram of its own, and give the page."""
    async with Blog() as blog, Telegram() as telegram:
        telegram.world.add_chat(READER)
        program = Program(folder, blog, telegram, operators=str(OPERATOR), head=f'language = "{play.client[:2]}"')
        scene = Scene(program, language=play.client, title=play.blog)
        old, first, python, flow = play.posts
        scene.show(first, old)
        await scene.start()
        script = Script(scene, play)
        await played(script, play, (flow, python))
        ended = await program.stop()
    assert ended.code == 0, ended.err
    return "\n".join(script.page)


async def played(script: Script, play: Play, new: tuple[Post, Post]) -> None:
    """Play it."""
    label = script.label
    script.scene()
    welcome = await script.says("/start")
    grid = await script.presses(welcome, label("choose_topics"))
    script.scene()
    grid = await script.presses(grid, f"☐ {play.topic}")
    script.scene()
    await script.says("/latest")
    script.scene()
    post = await script.publishes(*new)
    script.scene()
    await script.presses(post, "⚙")
    await script.says(f"/why https://blog.example{new[1].path}")
    script.scene()
    asked = await script.says("/filter")
    await script.replies(asked, "-tag:Essays" if play is ENGLISH else "-tag:随笔")
    script.scene()
    await script.says("/pause 7d")
    await script.says("/resume")
    script.scene()
    left = await script.says("/stop")
    await script.presses(left, label("delete_data"))
