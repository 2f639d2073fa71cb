"""Posts when they are wanted, with the real program: digests, pauses, floods, and why each did or did not come."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.acceptance.harness import READER, Program, until
from tests.acceptance.telegram_scene import OPERATOR, Scene
from tests.emulators.blog import Blog
from tests.emulators.documents import Entry, rss
from tests.emulators.telegram import Telegram

AT_ONCE, TOGETHER, AWAY = 3001, 3002, 3003
OLD = Entry("旧文章", "一年以前写的。", ("扩散模型",), "/old")
FIRST = Entry("一步加噪", r"公式：\(x_t=(1-t)x_0+t\varepsilon\)，就这么简单。", ("扩散模型",), "/first", 1)
SECOND = Entry("装饰器入门", "用 functools.wraps 保留名字。", ("Python",), "/second", 2)
THIRD = Entry("散步", "今天没有写代码。", (), "/third", 3)
FLOOD = [Entry(f"搬来的第 {number} 篇", "从旧博客搬来。", (), f"/moved-{number}", 10 + number) for number in range(30)]


@pytest_asyncio.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    """Give the program, running, with a reader who wants posts at once, one who wants a digest, and one who is away."""
    async with Blog() as blog, Telegram() as telegram:
        program = Program(tmp_path, blog, telegram, operators=str(OPERATOR))
        made = Scene(program)
        made.show(OLD)
        await made.start()
        for reader in (AT_ONCE, TOGETHER, AWAY):
            await made.says(reader, "/subscribe")
        yield made
        ended = await program.stop()
        assert ended.code == 0, ended.err
        assert "Traceback" not in ended.err


async def why(scene: Scene, reader: int, post: Entry) -> str:
    """Ask why a post did or did not come; again while it is on its way: it is seen before the answer is recorded."""
    for _ in range(20):
        said = (await scene.says(reader, f"/why https://blog.example{post.path}")).text
        if "正要送来" not in said:
            break
    return said


@pytest.mark.asyncio
async def test_a_digest_and_a_pause_hold_posts_that_come_in_one_list_or_by_a_tap(scene: Scene) -> None:
    """Pushed at once, gathered until asked for, kept until the pause ends: each post once each, and /why knows."""
    shown = await scene.says(TOGETHER, "/digest daily")
    await scene.says(AWAY, "/pause 1d")
    await scene.look(SECOND, FIRST, OLD)
    await scene.arrives(AT_ONCE, SECOND.title)
    assert scene.posts(AT_ONCE) == [FIRST.title, SECOND.title]
    assert (scene.posts(TOGETHER), scene.posts(AWAY)) == ([], [])
    assert "等着下一期文摘" in await why(scene, TOGETHER, FIRST)
    assert "这里暂停到" in await why(scene, AWAY, FIRST)

    await scene.presses(shown, "现在来一期")
    digest = await _listed(scene, TOGETHER, "今日文摘")
    assert "2 篇" in digest
    assert digest.index(FIRST.title) < digest.index(SECOND.title)
    assert "的文摘里" in await why(scene, TOGETHER, FIRST)

    kept = await scene.says(AWAY, "/resume")
    assert FIRST.title in kept.text
    assert SECOND.title in kept.text
    scene.world.press(AWAY, kept.message_id, "发给我", AWAY)
    scene.world.press(AWAY, kept.message_id, "发给我", AWAY)
    await scene.arrives(AWAY, SECOND.title)
    assert "送了" in await why(scene, AWAY, SECOND)
    assert scene.posts(AWAY) == [FIRST.title, SECOND.title]
    assert (len(scene.posts(AT_ONCE)), scene.posts(TOGETHER)) == (2, [])


@pytest.mark.asyncio
async def test_thirty_posts_at_once_are_one_post_and_a_list_of_all_others(scene: Scene) -> None:
    """A blog that moves house: the newest is pushed, the others are named, each once; /why knows where."""
    await scene.look(*FLOOD[::-1], OLD)
    listed = await _listed(scene, AT_ONCE, "博客一次出现了 30 篇新文章")
    assert scene.posts(AT_ONCE) == [FLOOD[-1].title]
    named = [line for line in listed.splitlines() if "搬来的第" in line]
    assert sorted(named) == sorted(set(named))
    assert all(any(f"搬来的第 {number} 篇" in line for line in named) for number in range(29))
    assert "的列表里" in await why(scene, AT_ONCE, FLOOD[3])
    assert "送了" in await why(scene, AT_ONCE, FLOOD[-1])


@pytest.mark.asyncio
async def test_what_waited_longer_than_the_operator_allows_comes_as_a_list(tmp_path: Path) -> None:
    """``list_after`` of a second, a platform that wants three: the post under way comes, the others as one list."""
    async with Blog() as blog, Telegram() as telegram:
        program = Program(tmp_path, blog, telegram, head='language = "zh"\n[deliver]\nlist_after = 1')
        blog.publish("/feed.xml", rss([OLD]))
        await program.inline("once", "--all")
        telegram.world.add_chat(READER)
        await program.inline("chats", "add", f"telegram:{READER}")
        described = "Too Many Requests: retry after 3"
        telegram.world.fault("answer", chat=READER, code=429, description=described, parameters={"retry_after": 3})
        blog.publish("/feed.xml", rss([THIRD, SECOND, FIRST, OLD]))
        await program.inline("once", "--all", "--wait", "30")
    titles = [entry.text.partition("\n")[0] for entry in telegram.world.ledger if entry.chat == READER]
    assert titles == [FIRST.title, "攒下的 2 篇文章"]


async def _listed(scene: Scene, reader: int, title: str) -> str:
    """Wait for a list; give its text."""
    await until(lambda: any(title in entry.text for entry in scene.in_chat(reader)), title)
    return next(entry.text for entry in scene.in_chat(reader) if title in entry.text)
