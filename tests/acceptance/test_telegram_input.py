"""Bad input with the real program: a short, helpful answer in the reader's language, and nobody's words in the log."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.acceptance.harness import until
from tests.acceptance.telegram_stage import OLD, kept, labels, plain, playing, together

GROUP, ADMIN, MEMBER, READER, STRANGER, SUBSCRIBER = -1001, 8008, 7007, 1001, 6006, 5005
SECRET = "绝不能写进日志的话"


@pytest.mark.asyncio
async def test_bad_input_gets_a_short_helpful_answer(tmp_path: Path) -> None:
    """Slips, nonsense, books, old buttons, floods: always said what to do, and the log holds nobody's words."""
    async with playing(tmp_path, OLD) as scene:
        scene.world.add_chat(GROUP, "group", title="读书会", members={ADMIN: "administrator"})
        await scene.start()

        async def reader() -> None:
            slip = await scene.says(READER, "/subscrib")
            assert plain(slip) == "没有 /subscrib 这个命令。是不是 /subscribe？/help 列出全部。"
            near = await scene.says(READER, "/topics 扩散摸型")
            assert plain(near) == "没有「扩散摸型」这个主题。是不是「扩散模型」？"
            assert labels(near) == ["选扩散模型", "全部主题"]
            assert "现在只收：扩散模型。" in plain(await scene.presses(near, "选扩散模型"))
            assert plain(await scene.says(READER, f"/filter {SECRET * 600}")) == "太长了，最多 1000 个字。"
            unknown = await scene.says(READER, "/nosuchcommand")
            assert plain(unknown) == "没有 /nosuchcommand 这个命令。/help 列出全部。"

        async def stranger() -> None:
            far = plain(await scene.says(STRANGER, "/topics whatever", language="en"))
            assert far.startswith('No topic "whatever".\nTopics: 扩散模型')
            assert plain(await scene.says(STRANGER, SECRET, language="en")).startswith("I understand commands")

        async def subscriber() -> None:
            told = await scene.says(SUBSCRIBER, "/subscribe")
            assert plain(told) == "好了，信号站的新文章会送到这里。最近一篇：旧文章。"
            assert labels(told) == ["给我看看", "主题"]
            lost = await scene.says(SUBSCRIBER, "/pause 下辈子")
            assert plain(lost).startswith(
                "看不懂「下辈子」这个时间，或者它不在今后一年之内。\n例如：/pause 2h、/pause 7d、/pause 20"
            )
            entry = await scene.says(SUBSCRIBER, "/topics")
            old = "这个按钮太旧了，我看不出它指什么。请直接输入命令，/help 列出全部。"
            await scene.toast(
                lambda: scene.world.callback(SUBSCRIBER, entry.message_id, "ONCE UPON A TIME", SUBSCRIBER), old
            )

        await together((reader(), stranger(), subscriber()))
        theirs = await scene.says(GROUP, "/topics", user=ADMIN)
        for _ in range(40):
            scene.world.press(GROUP, theirs.message_id, "☐ 扩散模型", MEMBER)
        await until(lambda: "慢一点" in scene.in_chat(GROUP)[-1].text, "the polite answer")
        await scene.says(MEMBER, "/help")
        (polite,) = scene.in_chat(GROUP)[1:]
        assert plain(polite).startswith("慢一点，我跟不上了。")
        assert sum("只有管理员能改" in told.get("text", "") for told in scene.world.answers) == 19
        assert kept(scene, GROUP) == ([], [])
        ended = await scene.program.stop()
    for word in (SECRET, "下辈子", "whatever", "扩散摸型", "nosuchcommand", f"User {READER}"):
        assert word not in ended.err + ended.out
    for word in ('"command": "unknown"', '"command": "pause"', "telegram.stale_button", "telegram.flood"):
        assert word in ended.err + ended.out
    assert (ended.code, "Traceback" in ended.err) == (0, False)
