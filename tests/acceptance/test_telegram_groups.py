"""Groups with the real program: who may do what, for every command of the table; what is said to whom, and by whom."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

import pytest

from bot.commands import TABLE, Right
from bot.topics.rules import category_key
from tests.acceptance.harness import until
from tests.acceptance.telegram_scene import Scene
from tests.acceptance.telegram_stage import NEW, OLD, kept, labels, plain, playing
from tests.emulators import telegram_deeds as deeds
from tests.emulators.telegram_people import BOT

GROUP, FORUM, MUTE, QUIET, CHANNEL = -1001, -1002000002, -1003000003, -1004000004, -1005000005
ADMIN, MEMBER, NOBODY = 8008, 7007, 9009

READS = (
    ("/start", "这里已经订阅了信号站。\n现在收信号站的全部文章"),
    ("/help", "/subscribe – 订阅新文章"),
    ("/help digest", "例如：/digest weekly mon 08:00"),
    ("/topics", "现在收信号站的全部文章"),
    ("/filter", "没有过滤词"),
    ("/filter test 加噪", "最近 2 篇里有 1 篇符合"),
    ("/latest", "一步加噪\n"),
    ("/search 加噪", "搜「加噪」，找到：\n1. 一步加噪"),
    ("/why", "最近 2 篇：\n1. ○ 一步加噪"),
    ("/digest", "没有合成文摘"),
    ("/pause", "暂停多久？"),
    ("/settings", "时区 · Asia/Shanghai"),
    ("/status", "收：全部文章"),
    ("/language", "想让我用哪种语言？"),
    ("/privacy", "我存的只有这些"),
    ("/channels", "请私下找我：/channels"),
)
"""What everyone may ask in a group that gets all posts, and what the answer has in it."""

CHANGES = (
    (f"/start t_{category_key('扩散模型')}", "现在只收：扩散模型"),
    ("/subscribe all", "好了，信号站的新文章会送到这里"),
    ("/topics 扩散模型", "现在只收：扩散模型"),
    ("/filter 加噪", "已保存：加噪"),
    ("/digest daily 08:00", "每天 08:00 送一期文摘"),
    ("/pause 2h", "已暂停到"),
    ("/resume", "已恢复"),
    ("/settings silent on", "静音 · 开"),
    ("/unsubscribe", "已退订信号站"),
    ("/stop", "已全部停止"),
    ("/stop delete", "已删除"),
    ("/language en", "English"),
)
"""What only admins may have done, in an order in which each changes something, and what it then says."""


def places(scene: Scene) -> None:
    """Make the groups and the channel; of NOBODY Telegram does not say whether they are an admin."""
    add, admins = scene.world.add_chat, {ADMIN: "administrator"}
    add(GROUP, "supergroup", title="读书会", members=admins, hidden=frozenset({NOBODY}))
    add(FORUM, "supergroup", title="论坛", forum=True, threads={7: True}, members=admins)
    for place in (MUTE, QUIET):
        add(place, "supergroup", title="别处", members=admins)
    add(CHANNEL, "channel", title="频道", members=admins)


def test_the_tables_below_leave_no_command_out() -> None:
    """Each command is asked by a member; each that needs an admin's right is among those that change something."""
    changing = {line.split()[0].removeprefix("/") for line, _ in CHANGES}
    reading = {line.split()[0].removeprefix("/") for line, _ in READS}
    everywhere = {each.name for each in TABLE if each.right is Right.ADMIN} - {"channels"}
    assert changing == everywhere
    assert reading | changing == {each.name for each in TABLE if each.right is not Right.OPERATOR} - {"rate-limited"}


@pytest.mark.asyncio
async def test_everyone_may_look_only_admins_may_change(tmp_path: Path) -> None:
    """Every command by a member, who changes nothing, and by an admin who writes as the group, who changes all."""
    async with playing(tmp_path, NEW, OLD) as scene:
        places(scene)
        await scene.start()
        for place in (GROUP, QUIET):
            await scene.says(place, "/subscribe", user=ADMIN)
        before = kept(scene, GROUP), kept(scene, QUIET)
        for line, expected in READS:
            assert expected in plain(await scene.says(QUIET, line, user=MEMBER)), line
        for line, _ in CHANGES:
            refused = await scene.says(GROUP, line, user=MEMBER)
            assert plain(refused) == "这里的设置只有管理员能改。你可以私下订阅：", line
            assert refused.keyboard[0][0]["url"] == f"https://t.me/{BOT['username']}"
        assert (kept(scene, GROUP), kept(scene, QUIET)) == before
        for line, expected in CHANGES:
            assert expected in plain(await scene.says(FORUM, line, anonymous=True, thread=7)), line
        assert "只给运行我的人用" in plain(await scene.says(MUTE, "/feeds", user=MEMBER))
        scene.world.say(MUTE, MEMBER, "/nonsense")
        named = await scene.says(MUTE, f"/nosuchcommand@{BOT['username']}", user=MEMBER)
        assert "没有 /nosuchcommand 这个命令" in plain(named)
        assert len(scene.in_chat(MUTE)) == 2


@pytest.mark.asyncio
async def test_presses_questions_and_what_can_always_be_typed(tmp_path: Path) -> None:
    """By a member: refused. By who may be an admin: how else. A question is its asker's, and is answered by a reply."""
    async with playing(tmp_path, NEW, OLD) as scene:
        places(scene)
        await scene.start()
        await scene.says(GROUP, "/subscribe", anonymous=True)
        grid = await scene.says(GROUP, "/topics", anonymous=True)
        before = kept(scene, GROUP)
        await scene.toast(lambda: scene.world.press(GROUP, grid.message_id, "☐ 扩散模型", MEMBER), "只有管理员能改")
        await scene.toast(lambda: scene.world.press(GROUP, grid.message_id, "退订", MEMBER), "只有管理员能改")
        await scene.toast(lambda: scene.world.press(GROUP, grid.message_id, "☐ 扩散模型", NOBODY), "/topics 主题名")
        assert scene.world.answers[-1]["show_alert"] is True
        assert "把我设为管理员，不用给任何权限" in scene.world.answers[-1]["text"]
        assert kept(scene, GROUP) == before
        assert "现在只收：扩散模型" in plain(await scene.says(GROUP, "/topics 扩散模型", anonymous=True))
        scene.world.chats[GROUP].hidden = frozenset()
        scene.world.chats[GROUP].members[NOBODY] = "administrator"
        again = await scene.presses(grid, "☐ 扩散模型", user=NOBODY)
        assert "✅ 扩散模型" in labels(again)

        late = await scene.says(GROUP, "/filter", user=ADMIN)
        assert late.payload["reply_markup"] == {"force_reply": True, "selective": True}
        _pass(scene, minutes=11)
        deeds.answer(scene.world, GROUP, ADMIN, "-晚", late.message_id)
        asked = await scene.says(GROUP, "/filter", user=ADMIN)
        shown = len(scene.in_chat(GROUP))
        _pass(scene, minutes=9)
        deeds.answer(scene.world, GROUP, MEMBER, "-步", asked.message_id)
        saved = await scene.replies(asked, "-python", user=ADMIN)
        assert plain(asked).startswith("没有过滤词。")
        assert plain(saved).startswith("已保存：-python")
        assert len(scene.in_chat(GROUP)) == shown + 1


def _pass(scene: Scene, minutes: int) -> None:
    """Make what is asked older, as if so much time had passed."""
    with contextlib.closing(sqlite3.connect(scene.program.folder / "incoming.db")) as db, db:
        assert db.execute("UPDATE question SET expires = expires - ?", (minutes * 60_000,)).rowcount == 1


@pytest.mark.asyncio
async def test_a_new_group_is_greeted_once_and_a_channel_never(tmp_path: Path) -> None:
    """In the group, in General of a forum with a word on threads, or privately to the adder; who is known is not."""
    async with playing(tmp_path, NEW, OLD) as scene:
        places(scene)
        await scene.start()
        await scene.says(QUIET, "/subscribe", user=ADMIN)
        refusal = "Bad Request: not enough rights to send text messages to the chat"
        scene.world.fault("answer", chat=MUTE, code=400, description=refusal, times=1)
        for place, status in ((CHANNEL, "administrator"), (QUIET, "member"), (GROUP, "member"), (FORUM, "member")):
            scene.world.join(place, ADMIN, status)
        private = await scene.after(lambda: scene.world.join(MUTE, ADMIN), ADMIN, "the greeting")
        await until(lambda: bool(scene.in_chat(GROUP) and scene.in_chat(FORUM)), "the greetings")
        await scene.says(ADMIN, "/help")
        (group,), (forum,) = scene.in_chat(GROUP), scene.in_chat(FORUM)
        command = f"/subscribe@{BOT['username']}"
        for greeting in (group, forum, private):
            assert greeting.text.startswith("大家好！博客有新文章时")
            assert greeting.text.endswith(f"\n{command}")
        assert (forum.thread, "每个话题各有自己的订阅" in forum.text) == (None, True)
        assert "话题" not in group.text
        assert (len(scene.in_chat(QUIET)), scene.in_chat(CHANNEL), scene.in_chat(MUTE)) == (1, [], [])
        assert plain(await scene.says(FORUM, command, user=ADMIN, thread=7)).startswith("好了，信号站")


@pytest.mark.asyncio
@pytest.mark.parametrize("env", [{"INCOMING_TELEGRAM__EPHEMERAL_ANSWERS": "true"}, {}], ids=["set", "usual"])
async def test_answers_in_a_group_are_their_askers_alone_where_that_is_set(tmp_path: Path, env: dict[str, str]) -> None:
    """``telegram.ephemeral_answers`` on: only the asker sees an answer and what a press makes of it; else all do."""
    async with playing(tmp_path, NEW, OLD, env=env) as scene:
        places(scene)
        await scene.start()
        alone = {"receiver_user_id": ADMIN} if env else None
        grid = await scene.says(GROUP, "/topics", user=ADMIN)
        ticked = await scene.presses(grid, "☐ 扩散模型", user=ADMIN)
        shown = await scene.says(GROUP, "/latest", user=ADMIN)
        assert grid.payload.get("ephemeral_message_parameters") == alone
        assert ticked.method == ("editEphemeralMessageText" if alone else "editMessageText")
        assert (ticked.message_id, "✅ 扩散模型" in labels(ticked)) == (grid.message_id, True)
        assert "ephemeral_message_parameters" not in shown.payload
