"""Grids of topics and lists of blogs with the real program: paged, ticked in place, and never silent about it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.acceptance.harness import READER, until
from tests.acceptance.telegram_scene import OPERATOR, Scene
from tests.acceptance.telegram_stage import labels, plain, playing, rows, together
from tests.emulators.documents import Entry as Post
from tests.emulators.telegram_world import Entry

TOPICS = [f"主题{number:02}" for number in range(1, 13)]
MANY = Post("百科", "什么都有。", tuple(TOPICS), "/many", 1)
LAST = Post("最后一个主题", "只有它。", (TOPICS[-1],), "/last", 2)
ELSE = Post("第一个主题", "没有别的。", (TOPICS[0],), "/else", 3)


@pytest.mark.asyncio
async def test_topics_are_ticked_in_place_on_pages_and_blogs_come_and_go(tmp_path: Path) -> None:
    """Ten topics a page, the state shown, the same message changed; beside it the operator adds and removes a blog."""
    async with playing(tmp_path, MANY) as scene:
        await scene.start()
        await together((_reader(scene), _operator(scene)))
        await scene.look(ELSE, LAST, MANY)
        await scene.arrives(READER, ELSE.title)
        assert scene.posts(READER) == [LAST.title, ELSE.title]


async def _reader(scene: Scene) -> None:
    """Turn the page and back, tick on the second, and untick what is the last."""
    grid = await scene.says(READER, "/topics")
    assert labels(grid) == [*(f"☐ {name}" for name in TOPICS[:10]), "›", "全部文章"]
    second = await scene.presses(grid, "›")
    assert (second.method, second.message_id) == ("editMessageText", grid.message_id)
    assert labels(second) == [*(f"☐ {name}" for name in TOPICS[10:]), "‹", "全部文章"]
    ticked = await _ticks(scene, grid, "☐ 主题12", "已选：主题12")
    assert labels(ticked) == ["☐ 主题11", "✅ 主题12", "‹", "给我看看", "退订"]
    typed = await scene.says(READER, "/topics page:2")
    assert labels(typed) == ["☐ 主题11", "✅ 主题12", "‹", "退订"]
    assert "现在只收：主题12。全部取消就恢复为全部文章。" in plain(typed)
    everything = await _ticks(scene, typed, "✅ 主题12", "没有勾选的主题了，恢复为全部文章")
    assert (everything.message_id, labels(everything)[-1]) == (typed.message_id, "退订")
    assert "现在收信号站的全部文章。" in plain(everything)


async def _ticks(scene: Scene, grid: Entry, button: str, toast: str) -> Entry:
    """Press a box; it is said above the chat what that did."""
    before = len(scene.world.answers)
    shown = await scene.presses(grid, button)
    await until(lambda: any(told.get("text") == toast for told in scene.world.answers[before:]), toast)
    assert shown.method == "editMessageText"
    return shown


async def _operator(scene: Scene) -> None:
    """Add a blog by its address, read why it cannot be read and what mends that, and remove it again."""
    address = scene.program.blog.url("/second.xml")
    added = await scene.says(OPERATOR, f"/feeds add {address}")
    assert plain(added).startswith(f"{address}\n{address}\n上次查看 ")
    assert "网站不用的端口。办法：请用 80 或 443 端口的地址" in plain(added)
    assert labels(added) == ["现在查一次", "移除"]
    assert labels(await scene.says(OPERATOR, "/feeds")) == [f"查 {address}"]
    removed = await scene.says(OPERATOR, f"/feeds remove {address}")
    assert plain(removed) == f"不再看 {address}。什么都没有删除，再添加就接着看。"
    assert rows(scene, "SELECT url FROM feed WHERE active") == [(scene.program.blog.url(),)]
    kept = await scene.says(OPERATOR, "/feeds remove blog")
    assert plain(kept) == "信号站写在配置文件里，请在那里去掉，然后重启。"
