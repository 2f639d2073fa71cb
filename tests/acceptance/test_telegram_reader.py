"""What one reader can always do, with the real program: see why a post came, and have everything kept of them gone."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

import pytest

from tests.acceptance.telegram_scene import Scene
from tests.acceptance.telegram_stage import NEW, OLD, OTHER, kept, labels, plain, playing, rows, together
from tests.emulators import telegram_deeds as deeds
from tests.emulators.documents import Entry as Post

ALONE = Post("没有主题", "它只到收全部文章的地方。", (), "/alone", 2)
READER, LEAVER, GROUP, CHANNEL, ADMIN, MEMBER = 424_242_001, 515_151_002, -1001, -1002000002, 8008, 7007


@pytest.mark.asyncio
async def test_from_a_post_it_is_one_step_to_why_it_came(tmp_path: Path) -> None:
    """By the gear beside [Read], which leads on to topics, pause and settings; in a group by a reply."""
    async with playing(tmp_path, OLD) as scene:
        scene.world.add_chat(GROUP, "supergroup", title="读书会", members={ADMIN: "administrator"})
        await scene.start()
        await together((scene.says(READER, "/topics 扩散模型"), scene.says(GROUP, "/subscribe", user=ADMIN)))
        await scene.look(OTHER, ALONE, NEW, OLD)
        post = await scene.arrives(READER, NEW.title)
        there = await scene.arrives(GROUP, NEW.title)
        assert (labels(post), labels(there)) == (["阅读原文", "⚙"], ["阅读原文"])
        for each in (ALONE, OTHER):
            await scene.arrives(GROUP, each.title)
        shown = len(scene.in_chat(GROUP))
        latest = await scene.says(READER, "/latest")
        assert (latest.text, latest.entities, latest.keyboard) == (post.text, post.entities, post.keyboard)
        why = await scene.presses(post, "⚙")
        assert plain(why).startswith("一步加噪\n送了，因为博客把它归在「扩散模型」。\n送出时间：")
        assert labels(why) == ["主题", "暂停", "设置"]
        asked = await scene.after(
            lambda: deeds.answer(scene.world, GROUP, MEMBER, "/why", there.message_id), GROUP, "the reply"
        )
        assert plain(asked).startswith("一步加噪\n送了，因为这里收全部文章。\n送出时间：")
        assert (labels(asked), len(scene.in_chat(GROUP)) - shown) == ([], 1)
        assert "✅ 扩散模型" in labels(await scene.presses(why, "主题"))
        listed = plain(await scene.says(READER, "/why"))
        assert listed.startswith("最近 4 篇：\n1. – 装饰器入门\n2. – 没有主题\n3. ✅ 一步加噪\n4. ○ 旧文章\n✅ 送了，")
        assert [ALONE.title in scene.posts(chat) for chat in (READER, GROUP)] == [False, True]


@pytest.mark.asyncio
async def test_what_is_kept_is_said_and_goes_with_a_tap(tmp_path: Path) -> None:
    """``/privacy`` names it, ``/stop`` ends everything with a way back; [Delete my data] leaves not even the number."""
    async with playing(tmp_path, OLD) as scene:
        scene.world.add_chat(GROUP, "supergroup", title="读书会", members={LEAVER: "administrator"})
        scene.world.add_chat(CHANNEL, "channel", title="频道", members={LEAVER: "creator"})
        await scene.start()
        await together((scene.says(READER, "/subscribe"), scene.says(GROUP, "/subscribe", user=LEAVER)))
        await scene.says(LEAVER, "/topics 扩散模型")
        await scene.look(NEW, OLD)
        await scene.arrives(LEAVER, NEW.title)
        said = await scene.says(READER, "/privacy")
        lines = plain(said).splitlines()
        assert (lines[0], len(lines)) == ("我存的只有这些：", 6)
        assert "你的姓名和你写的话都不存" in lines[4]
        assert lines[5] == "/stop 停止一切，并可以删除这些数据。"

        await scene.says(LEAVER, f"/channels {CHANNEL}")
        before = kept(scene, LEAVER)
        stopped = await scene.says(LEAVER, "/stop")
        assert (plain(stopped), labels(stopped)) == ("已全部停止，什么也不会再送。", ["撤销", "删除我的数据"])
        assert kept(scene, LEAVER)[1] == []
        await scene.presses(stopped, "撤销")
        assert kept(scene, LEAVER) == before
        gone = await scene.presses(stopped, "删除我的数据")
        assert plain(gone) == "已删除：这个聊天的设置、订阅和送达记录都没有了。"
        await scene.program.stop()
        assert _named(scene, LEAVER) == []
        assert _named(scene, READER) == ["place"]
        assert rows(scene, "SELECT DISTINCT body FROM inbox") == [("",)]
        left = "SELECT DISTINCT ref FROM chat JOIN place ON place.id = place_id JOIN delivery ON chat_id = chat.id"
        assert set(rows(scene, left)) == {(str(READER),), (str(GROUP),)}


def _named(scene: Scene, number: int) -> list[str]:
    """Give the tables in which a number stands anywhere."""
    with contextlib.closing(sqlite3.connect(scene.program.folder / "incoming.db")) as db:
        tables = [name for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        found = {name: [*db.execute(f'SELECT * FROM "{name}"')] for name in tables}  # noqa: S608 -- our own names
    return [name for name, lines in found.items() if any(str(number) in str(field) for line in lines for field in line)]
